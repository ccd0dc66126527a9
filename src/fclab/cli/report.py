"""`fclab report`: the report of a lab that is kept, made again without training."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from fclab.cli.options import TITLE, FlattenedTitle, Lang
from fclab.store import DEFAULT

Format = Literal["html", "docx", "pdf"]
Many = Parameter(consume_multiple=True, negative="")


def report(
    name: str | None = None,
    /,
    *,
    format: Annotated[tuple[Format, ...], Many] = ("html", "docx", "pdf"),
    lang: Lang | None = None,
    out: Path | None = None,
    store: Annotated[str, Parameter(show_default=False)] = str(DEFAULT),
    data: str | None = None,
    group: str | None = None,
    title: FlattenedTitle = TITLE,
) -> None:
    """Write the report of a lab from the store: nothing is trained.

    The title page is filled from the options below, then from the section [report] of fclab.toml,
    then from what `fclab run` was told.

    Examples:

        fclab report

        fclab report --format docx --student "Иванов И. И." --teacher "Петров П. П."

        fclab report classes-0-55-58 --lang en --out results/english --store results/mine/store.db

    Parameters
    ----------
    name
        Which lab, as its folder is called; default: the one that was done last.
    format
        Which files.
    lang
        Language; default: that of fclab.toml, else ru (or FCLAB_LANG).
    out
        Folder for the report; default: results/ and the name of the lab.
    store
        A file, or postgresql://user@host/base; default: results/store.db.
    data
        CIFAR-100: a folder or archive; default: wherever it is on this machine.
    group
        Group of the student, for the title page.
    title
        What the title page says.
    """
    from fclab.cli.options import default_lang
    from fclab.cli.progress import say
    from fclab.cli.results import check_writable, title_of, write_all
    from fclab.store.database import Store
    from fclab.study.lab import kept_lab, lab_results

    told = {**({"group": group} if group else {}), **title.given}
    with Store(store, create=False) as kept:
        chosen, lab = kept_lab(kept, name)
        settings = title_of(told, title.settings)
        settings = settings.model_copy(
            update={k: v for k, v in lab.title.items() if not getattr(settings, k, v)}
        )
        language = lang or settings.lang or default_lang()
        folder = out or Path("results") / chosen
        check_writable(folder)
        results = lab_results(kept, lab, images_of(lab, data))
    for path in write_all(results, folder, language, format, settings):
        say(f"{_REPORT[language]}: {path.resolve()}")


_REPORT = {"ru": "Отчёт", "en": "Report"}


def images_of(lab, data: str | None):
    """The images of a lab from where they are on this machine; None: they are not here."""
    from fclab.data import cifar100, synthetic
    from fclab.data.cifar100 import locate, opened

    wanted = lab.images
    if wanted is None:
        return None
    if wanted.source == "synthetic":
        dataset = synthetic(wanted.classes)
    else:
        place = locate(data)
        if place is None:
            return None
        dataset = cifar100(wanted.classes, opened(place, None) if place.is_file() else place)
    return dataset.hold_out(wanted.hold_out, seed=wanted.seed) if wanted.hold_out else dataset
