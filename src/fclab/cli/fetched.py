"""CIFAR-100 from one of its mirrors, for a command: a bar that names it, a line when it is left."""

from collections.abc import Sequence

from rich.progress import Progress as Bars
from rich.progress import TaskID

from fclab.cli.progress import byte_bar, byte_bars
from fclab.data.cifar100 import Checking, Left, Source, Trying, fetch, find
from fclab.words.said import said
from fclab.words.wording import Wording


def fetched(
    bars: Bars, words: Wording, *, mirrors: Sequence[str] = (), source: str = "", anew: bool = False
) -> Source:
    """Brings CIFAR-100 into the cache; see `fclab.data.cifar100.fetch`.

    Args:
        bars: where its bars go, see `fclab.cli.progress.byte_bars`.
        words: of their language.
        mirrors: further addresses.
        source: the only one to ask, or a file of this machine.
        anew: replace what the cache holds.

    Returns:
        The folder that holds the images, and what it holds.

    Raises:
        FclabError: as `fetch` does.
    """
    bar: list[TaskID] = []

    def begin(text: str) -> None:
        for task in bars.task_ids:  # of the mirror before
            bars.remove_task(task)
        bar[:] = [bars.add_task(text, total=None)]

    def tell(event: Trying | Left | Checking) -> None:
        if isinstance(event, Trying):
            begin(event.mirror.name)
        elif isinstance(event, Checking):
            begin(words.plain("cli.data.check"))
        else:
            reason = said(event.reason, words.language)
            key = "cli.data.left" if event.begun else "cli.data.skipped"
            left = words.plain(key, mirror=event.mirror.name, reason=reason)
            bars.console.print(left, soft_wrap=True, highlight=False)

    def step(done: float, total: float) -> None:
        if not bar:
            begin(words.plain("cli.data.wait"))  # for another process that downloads
        bars.update(bar[0], completed=done, total=total or None)  # nobody knows it of a folder

    return fetch(
        mirrors=mirrors,
        source=source,
        anew=anew,
        progress=step,
        telling=tell,
        checking=step,
    )


def found_or_fetched(data: str | None, words: Wording) -> Source:
    """CIFAR-100 as it is on this machine, else fetched; with bars of its own.

    Args:
        data: see `fclab.data.cifar100.find`.
        words: of the bars' language.

    Raises:
        DataError: what was given is damaged or no CIFAR-100. FclabError: it cannot be fetched.
    """
    with byte_bars() as bars:
        return find(data, telling=lambda name: byte_bar(bars, name)) or fetched(bars, words)
