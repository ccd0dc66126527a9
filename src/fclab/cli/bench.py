"""`fclab bench`: the engines against the lab's own loops on this machine."""

from pathlib import Path


def bench(*, data: str | None = None, repeats: int = 3, json: Path | None = None) -> None:
    """Time the engines against the lab's own loops, side by side in one process.

    Takes about five minutes. What is not reached is printed as it is, with what bounds it.

    Examples:

        fclab bench

        fclab bench --data ~/cifar-100-python --json bench.json

    Parameters
    ----------
    data
        CIFAR-100: a folder or archive; default: FCLAB_DATA or the cache.
    repeats
        How often each of the lab's loops is timed; the engines five times as often.
    json
        Write all figures with their timings, hardware and versions to this file.
    """
    import sys
    from dataclasses import asdict
    from json import dumps

    from rich.table import Table

    from fclab.bench.figures import measure_all
    from fclab.cli.images import get_images
    from fclab.cli.progress import console, output, say
    from fclab.engines.job import this_machine
    from fclab.values.errors import DataError
    from fclab.values.files import write_atomic

    images = get_images((0, 55, 58), data or "cifar100", "en")
    if images.source != "cifar100":
        raise DataError("the benchmark needs the real CIFAR-100: fetch it with `fclab data`")
    table = Table("what", "figure", "asked", "", title="fclab against the lab's own loops")
    figures = []
    with console().status("measuring") as status:
        for figure in measure_all(images, data or "", repeats):
            figures.append(figure)
            status.update(f"measured: {figure.name}")
            say(f"{figure.name}: {figure.value:,.2f} {figure.unit}")
            sign = "≤" if figure.at_most else "≥"
            table.add_row(
                figure.name,
                f"{figure.value:,.2f} {figure.unit}",
                f"{sign} {figure.asked:g}" if figure.asked is not None else "",
                {True: "reached", False: "NOT REACHED", None: ""}[figure.reached],
            )
    output().print(table)
    for figure in figures:
        if figure.reached is False and figure.bound:
            output().print(f"{figure.name}: {figure.bound}.")
    machine = this_machine()
    output().print(f"{machine.processor}, {machine.cores} cores; {machine.packages}")
    if json is not None:
        content = {
            "command": " ".join(["fclab", *sys.argv[1:]]),
            "machine": machine.model_dump(),
            "figures": [{**asdict(f), "reached": f.reached} for f in figures],
        }
        write_atomic(json, dumps(content, indent=1, ensure_ascii=False) + "\n")
