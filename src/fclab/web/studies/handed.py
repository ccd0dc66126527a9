"""The report of a lab or of a study, as a file for whoever looks on."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from fclab.labs.do import Handed, do_draft
from fclab.study.kept import newest_study
from fclab.values.errors import FclabError
from fclab.values.progress import Progress
from fclab.values.text import file_name
from fclab.web.place import here
from fclab.web.studies.opened import opened, telling
from fclab.web.tasks.study import ReportWish
from fclab.web.tasks.task import SPOKEN, Alive, Emit, Event

LARGEST: Final = 24 << 20  # bytes
TYPES: Final = {
    "html": "text/html",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}


class _Page:
    """What is told while a report is made; see `fclab.labs.values.Show`."""

    def __init__(self, emit: Emit, alive: Alive):
        self._emit, self._alive = emit, alive

    def progress(self, key: str, *, things: bool = False) -> AbstractContextManager[Progress]:
        """How far it is."""
        return nullcontext(telling(self._emit, self._alive))

    def say(self, key: str, **values: object) -> None:
        """Nothing: what could be said is about the folder of a student."""


def report(wish: ReportWish, emit: Emit, alive: Alive) -> Iterator[Event]:
    """The report, made as ``fclab report`` makes it; nothing is trained.

    Raises:
        UsageError, DataError: there is no such lab or study, or a run of it is damaged.
        FclabError: the file cannot be written, or is too large.
    """
    with (
        opened() as store,
        TemporaryDirectory(dir=here().scratch, ignore_cleanup_errors=True) as folder,
    ):
        study = None if wish.lab else wish.study or newest_study(store)
        handed = Handed(formats=(wish.format,), lang=SPOKEN.get())
        (path,) = do_draft(
            store, Path(folder), handed, _Page(emit, alive), name=wish.lab or None, study=study,
            data=here().data,
        )  # fmt: skip
        content = path.read_bytes()
    if len(content) > LARGEST:
        raise FclabError(
            "the report has {size:,} bytes, more than a page is sent: fclab report writes it",
            size=len(content),
        )
    yield {
        "kind": "done",
        "name": f"{file_name(wish.lab or study or 'report')}.{wish.format}",
        "type": TYPES.get(wish.format, "application/octet-stream"),
        "content": content,
    }
