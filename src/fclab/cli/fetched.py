"""CIFAR-100 from one of its mirrors, for a command: a bar that names it, a line when it is left."""

from collections.abc import Sequence
from pathlib import Path

from rich.progress import Progress as Bars

from fclab.cli.progress import byte_bar
from fclab.data.cifar100 import Left, Trying, fetch
from fclab.values.progress import Progress
from fclab.words.said import said
from fclab.words.wording import Wording


def fetched(
    bars: Bars, words: Wording, *, mirrors: Sequence[str] = (), source: str = "", anew: bool = False
) -> Path:
    """Brings CIFAR-100 into the cache; see `fclab.data.cifar100.fetch`.

    Args:
        bars: where its bars go, see `fclab.cli.progress.byte_bars`.
        words: of their language.
        mirrors: further addresses.
        source: the only one to ask, or a file of this machine.
        anew: replace what the cache holds.

    Returns:
        The folder that holds the images.

    Raises:
        FclabError: as `fetch` does.
    """
    bar: list[Progress] = []

    def tell(event: Trying | Left) -> None:
        if isinstance(event, Trying):
            for task in bars.task_ids:  # of the mirror before
                bars.remove_task(task)
            bar[:] = [byte_bar(bars, words.plain("cli.data.download", mirror=event.mirror.name))]
            return
        left = words.plain(
            "cli.data.left", mirror=event.mirror.name, reason=said(event.reason, words.language)
        )
        bars.console.print(left, soft_wrap=True, highlight=False)

    def step(done: float, total: float) -> None:
        if not bar:  # another process downloads
            bar.append(byte_bar(bars, words.plain("cli.data.wait")))
        bar[0](done, total)

    return fetch(
        mirrors=mirrors,
        source=source,
        anew=anew,
        progress=step,
        telling=tell,
        checking=byte_bar(bars, words.plain("cli.data.check")),
    )
