"""The title page and the language of a report: what is given, and what its folder remembers."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fclab.store.remembered import FILE, Remembered, damaged, recall
from fclab.values.errors import UsageError
from fclab.words.languages import Lang, written_lang

if TYPE_CHECKING:
    from fclab.report.title import TitleSettings


def title_of(given: Mapping[str, str], settings: Path | None) -> "TitleSettings":
    """What the title page says: what was given first, then the settings file.

    Raises:
        UsageError: the file or the template cannot be read.
    """
    from fclab.report.title import merged, read_settings, title_page

    title = merged(given, read_settings(settings).model_dump())
    title_page(title, written_lang())  # what is wrong with it is better known before the training
    return title


def title_for(
    folder: Path,
    given: Mapping[str, str],
    settings: Path | None,
    lang: Lang | None,
    kept: Mapping[str, str],
) -> tuple["TitleSettings", Lang, Remembered]:
    """The title page and the language of the report in a folder. A blank never replaces a value.

    What is given now comes first (options, then a file named by ``--settings``), then what was
    given for this folder before, then fclab.toml, then what was found there before. The student's
    own text is ``notes.md`` of the folder, else of the current one, if no other file was given.

    Args:
        folder: of the report.
        given: options of the title page.
        settings: the file of ``--settings``.
        lang: the option ``--lang``.
        kept: what the lab was told where it was done, for a folder that remembers nothing.

    Returns:
        The title page, the language, and what the folder is to remember.

    Raises:
        UsageError: a settings file or the template cannot be read.
        DataError: what the folder remembers is damaged.
    """
    from fclab.report.title import merged, read_settings, title_page

    memory = recall(folder)
    try:
        before, found_before = merged(memory.given), merged(memory.found)
    except UsageError as error:
        raise damaged(folder / FILE, error) from error
    named = _values(read_settings(settings)) if settings is not None else {}
    around = _values(read_settings()) if settings is None else {}
    around = {**_notes_of(Path()), **around}
    if not Path(found_before.notes).is_file():  # found then, not asked for: it may go
        found_before = found_before.model_copy(update={"notes": ""})
    options = {**_absolute(given), **({"lang": lang} if lang else {})}
    told = merged(options, named, _values(before))
    title = merged(_values(told), _notes_of(folder), around, _values(found_before), kept)
    language = written_lang(title.lang)
    try:
        title_page(title, language)
    except UsageError as error:
        if title.template and title.template in (before.template, found_before.template):
            raise UsageError(
                "{reason} (remembered in {path})", reason=error, path=folder / FILE
            ) from error
        raise
    found = merged(around, {"lang": language}, _values(found_before))
    memory = memory.model_copy(update={"given": _values(told), "found": _values(found)})
    return title, language, memory


def title_values(memory: Remembered) -> dict[str, str]:
    """What the title page was given, for the lab itself: how its report is set
    belongs to a folder."""
    from fclab.report.title import OF_THE_FOLDER

    return {k: v for k, v in memory.given.items() if k not in OF_THE_FOLDER}


def _values(settings: "TitleSettings") -> dict[str, str]:
    return _absolute({name: value for name, value in settings.model_dump().items() if value})


def _absolute(values: Mapping[str, str]) -> dict[str, str]:
    """With a template and notes that are found from any folder."""
    from fclab.report.title import placed

    return {**values, **placed(values, Path.cwd())}


def _notes_of(folder: Path) -> dict[str, str]:
    """The student's own text that lies in a folder, by the name of the setting."""
    from fclab.report.notes import NOTES_FILE

    path = (folder / NOTES_FILE).absolute()
    return {"notes": str(path)} if path.is_file() else {}
