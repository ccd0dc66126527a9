"""`fclab report`: the report of a lab that is kept, made again without training."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from fclab.cli.language import SpokenInFolder
from fclab.cli.options import TITLE, FlattenedTitle
from fclab.report.formats import FORMATS, Format

Many = Parameter(consume_multiple=True, negative="")


def report(
    name: str | None = None,
    /,
    *,
    format: Annotated[tuple[Format, ...], Many] = FORMATS,
    lang: SpokenInFolder = None,
    out: Path | None = None,
    store: Annotated[str | None, Parameter(show_default=False)] = None,
    data: str | None = None,
    group: str | None = None,
    title: FlattenedTitle = TITLE,
) -> None:
    """Write the report of a lab from the store: nothing is trained.

    The title page is filled from the options below, then from what was given for this folder
    before, then from the section [report] of fclab.toml; a blank never replaces a value.

    Examples:

        fclab report

        fclab report --format docx --student "Иванов И. И." --teacher "Петров П. П."

        fclab report classes-0-55-58 --lang en --out results/english --store results/mine/store.db

    Parameters
    ----------
    name
        Which lab, as its folder is called, or that folder; default: the one that was done last.
    format
        Which files.
    out
        Folder for the report; default: where the lab was done. If a lab was done in this folder, it
        is the one that is meant.
    store
        A file, or postgresql://user@host/base; default: that of --out, of the last run from here,
        or results/store.db.
    data
        CIFAR-100: a folder or archive; default: wherever it is on this machine.
    group
        Group of the student, for the title page.
    title
        What the title page says.
    """
    from fclab.cli.place import open_store
    from fclab.cli.progress import say
    from fclab.cli.results import Terminal, print_reports
    from fclab.labs.do import Handed, do_report
    from fclab.labs.kept import lab_names
    from fclab.store.place import results_folder
    from fclab.store.remembered import recall
    from fclab.words.languages import spoken_lang
    from fclab.words.wording import wording

    titles = {**({"group": group} if group else {}), **title.given}
    language = spoken_lang(lang)
    done_in = _results(name) if name else None  # where the lab was done, if that was named
    place = done_in or out
    with open_store(store, place, language, "write") as kept:
        names, there = lab_names(kept), recall(place).lab if place else ""
        if done_in or (name is None and there in names):
            name = there
        if name is None and names:
            told = wording(language)
            say(told.plain("cli.reported", name=names[0], others=names[1:]))
        done = do_report(
            kept,
            lambda called: out or done_in or results_folder(called, kept.address),
            Handed(formats=format, title=titles, settings=title.settings, lang=lang),
            Terminal(language),
            name=name,
            data=data,
        )
    print_reports(done, language)


def _results(name: str) -> Path | None:
    """The folder of results that a path names, or a file in it; None: it names none."""
    from fclab.store.remembered import recall

    path = Path(name)
    folder = path.parent if path.is_file() else path
    return folder if recall(folder).lab else None
