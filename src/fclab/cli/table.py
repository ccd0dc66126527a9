"""`fclab table` and `fclab compare`: kept studies, read without the images and without training."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from fclab.cli.place import KEPT, WHERE, FlattenedKept, FlattenedWhere, results_folder

if TYPE_CHECKING:
    from fclab.store.database import Store
    from fclab.study.study import Study


def table(
    *,
    format: Literal["terminal", "lab", "markdown", "csv", "latex", "json"] = "terminal",
    study: str | None = None,
    out: Path | None = None,
    answers: Annotated[bool, Parameter(negative="")] = False,
    where: FlattenedKept = KEPT,
) -> None:
    """Print the final table of a kept study; nothing is trained, and no images are needed.

    Examples:

        fclab table

        fclab table --answers --lang en

        fclab table --study cifar100-0-55-58-validation --format markdown

        fclab table --format lab --out table.docx

        fclab table --format latex --out table.tex

    Parameters
    ----------
    format
        terminal, markdown and latex for people; csv and json for programs (shares are 0 to 1).
        lab is the form that the assignment asks for, four columns: Markdown, or what --out says
        by its ending, .md, .docx or .csv.
    study
        Name of the study; default: the one that was changed last.
    out
        Write the table to this file; or a folder of results: its store is meant.
    answers
        The answers to tasks 1 to 6 too, on the terminal.
    where
        Which store, and the language.
    """
    from fclab.cli.progress import say
    from fclab.labs.lab1.content import lab_form
    from fclab.study.kept import load_study, newest_study
    from fclab.values.errors import UsageError
    from fclab.values.files import write_atomic
    from fclab.words.wording import wording

    folder = results_folder(out, where.store)
    out = None if folder else out
    if format == "terminal" and out is not None:
        raise UsageError(
            "--out needs a format for files: --format lab, markdown, csv, latex or json; a "
            "folder of results says where to look, but there is no folder {out}",
            out=out,
        )
    if format == "lab" and out is not None:
        lab_form.check_file(out)
    with where.open(folder) as kept:
        name = study or newest_study(kept)
        found = load_study(kept, name)
    if format == "terminal":
        from fclab.cli.study_output import print_study

        print_study(found, name, where.language, answers=answers)
        return
    from fclab.labs.lab1.content.study_formats import FORMATS
    from fclab.labs.lab1.study import final_table

    made, words = final_table(found), wording(where.written)
    if format == "lab" and out is not None:
        say(str(lab_form.write(made, words, out)))
        return
    text = FORMATS[format](made, name, words) if format != "lab" else lab_form.markdown(made, words)
    if out is None:
        print(text, end="")
    else:
        say(str(write_atomic(out, text)))


def compare(
    first: str, second: str, /, *, study: str | None = None, where: FlattenedWhere = WHERE
) -> None:
    """Compare two rows: difference, interval, p, what could have been seen, and each class.

    Rows of two studies of the same images are written STUDY:ROW.

    Examples:

        fclab compare fc-64 base

        fclab compare cifar100-0-55-58-lab:stop cifar100-0-55-58-validation:stop

    Parameters
    ----------
    first
        A row: its name, or STUDY:ROW.
    second
        The row that it is compared to.
    study
        Name of the study; default: the one that was changed last.
    where
        Which store, and the language.
    """
    from fclab.cli.compare_output import print_comparison
    from fclab.study.two_rows import compare_rows

    with where.open(where.out) as kept:
        one, other = (_row(kept, text, study) for text in (first, second))
    print_comparison(compare_rows(*one, *other), where.language)


def _row(store: "Store", text: str, study: str | None) -> "tuple[Study, str]":
    from fclab.study.kept import load_study, newest_study

    named, colon, row = text.rpartition(":")
    if colon and named in store.names("study"):
        return load_study(store, named), row
    return load_study(store, study or newest_study(store)), text
