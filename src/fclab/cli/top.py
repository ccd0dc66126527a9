"""`fclab top`: what a cluster does just now."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from fclab.cli.elsewhere import TRUSTED, FlattenedTrusted
from fclab.cli.language import Spoken

if TYPE_CHECKING:
    from rich.console import Group

    from fclab.cluster.overview import Overview
    from fclab.words.wording import Wording


def top(
    address: str,
    /,
    *,
    once: Annotated[bool, Parameter(negative="")] = False,
    trusted: FlattenedTrusted = TRUSTED,
    lang: Spoken = None,
) -> None:
    """Show what a cluster does: its workers, what is done, the time left, failures.

    Looked at every second until Ctrl-C; once where the output is no terminal.

    Examples:

        fclab top tls://teacher.example.org:8786

        fclab top tcp://127.0.0.1:8786 --once

    Parameters
    ----------
    address
        Of the scheduler, as `fclab cluster scheduler` says it.
    once
        Look once and end.
    trusted
        How the cluster is protected.
    lang
        Language.
    """
    from fclab.cli.elsewhere import require_cluster

    require_cluster("fclab top")
    import time

    from distributed import Client
    from rich.live import Live

    from fclab.cli.progress import wide_output
    from fclab.cluster.address import scheduler_address
    from fclab.cluster.overview import look
    from fclab.cluster.quiet import quieten
    from fclab.values.errors import FclabError
    from fclab.words.languages import spoken_lang
    from fclab.words.wording import wording

    protocol, host, _ = scheduler_address(address)
    security = trusted.trust.security(protocol, host)
    words = wording(spoken_lang(lang))
    quieten()
    out = wide_output(highlight=False)
    try:
        with Client(address, security=security, timeout=10, set_as_default=False) as client:
            if once or not out.is_terminal:
                out.print(_shown(look(client), words))
                return
            with Live(console=out, auto_refresh=False) as live:
                while True:
                    live.update(_shown(look(client), words), refresh=True)
                    time.sleep(1)
    except OSError as error:
        raise FclabError(
            "no scheduler answers at {address}: start it with `fclab cluster scheduler`",
            address=address,
        ) from error


def _shown(found: "Overview", words: "Wording") -> "Group":
    from rich import box
    from rich.console import Group
    from rich.table import Table

    def say(key: str, **values: object) -> str:
        return words.plain(f"cluster.top.{key}", **values)

    workers = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("worker", "version", "doing", "memory"):
        workers.add_column(say(column), justify="right" if column == "memory" else "left")
    for one in found.workers:
        doing = "trains" if one.trains else "waits" if one.asked else "other_version"
        memory = say("bytes", used=one.memory / 2**20, limit=one.limit / 2**20)
        workers.add_row(one.address, one.version or "–", say(doing), memory)
    askers = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("asker", "done", "left", "deaths"):
        askers.add_column(say(column), justify="left" if column == "asker" else "right")
    for one in found.askers:
        left = one.seconds_left
        askers.add_row(
            one.name, say("share", share=one.done / one.whole if one.whole else 1.0),
            say("time", seconds=left) if left is not None else "–", words.whole(one.deaths),
        )  # fmt: skip
    busy = sum(one.trains for one in found.workers)
    lines: list[Table | str] = [
        say("summary", n=len(found.workers), busy=busy, waiting=found.waiting), workers,
    ]  # fmt: skip
    if found.askers:
        lines.append(askers)
    if found.dashboard:
        lines.append(say("dashboard", link=found.dashboard))
    return Group(*lines)
