"""`fclab notebook`: the lab as a notebook, made for a variant."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from fclab.variant import Variant

Many = Parameter(consume_multiple=True, negative="")


def notebook(
    *,
    group: str | None = None,
    variant: int | None = None,
    department: str = "iu5",
    scheme: str = "2026",
    schemes: Path | None = None,
    classes: Annotated[tuple[int, ...] | None, Many] = None,
    student: str | None = None,
    title: str | None = None,
    lang: Literal["ru", "en"] | None = None,
    out: Path | None = None,
    force: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Write the lab's notebook for a variant: classes filled in, title, student; not executed.

    Examples:

        fclab notebook --group ИУ5-25М --variant 1 --department iu5 --student "Иванова А. Б."

        fclab notebook --group 25 --variant 7 --department foreign --lang en --out lab1.ipynb

        fclab notebook --classes 0 55 58 --title "My first network"

    Parameters
    ----------
    group
        Number of the group, or its full name: 25, ИУ5-25М.
    variant
        Number of the variant, from 1.
    department
        iu5 (ИУ5), guimc (ГУИМЦ) or foreign (иностранцы).
    scheme
        The year's rule for the classes; other years come from --schemes.
    schemes
        TOML file with the rules of other years.
    classes
        The classes themselves, in place of group and variant.
    student
        Name for the first page.
    title
        Title in place of the lab's.
    lang
        Language of the notebook; default: ru (or FCLAB_LANG).
    out
        File to write; default: lab1 and a name that says which variant, in this folder.
    force
        Write over a file that is there: the answers in it are lost.
    """
    import nbformat

    from fclab.cli.classes import find_variant
    from fclab.cli.progress import say
    from fclab.data.images import check_classes
    from fclab.errors import UsageError
    from fclab.files import write_atomic
    from fclab.lang import default_lang
    from fclab.notebook.personal import personal

    chosen = find_variant(group, variant, department, scheme, schemes, classes)
    numbers = chosen.classes if chosen else check_classes(classes or ())
    path = out or Path(f"{_name(chosen, numbers)}.ipynb")
    if path.exists() and not force:
        raise UsageError(f"{path} exists, and may hold answers: give another --out, or --force")
    language = lang or default_lang()
    made = personal(
        numbers, language, variant=chosen, group=group, student=student, title=title
    )  # fmt: skip
    write_atomic(path, nbformat.writes(made) + "\n")
    say(f"{_WRITTEN[language]}: {path.resolve()}")


def _name(variant: "Variant | None", classes: tuple[int, ...]) -> str:
    if variant is None:
        return "-".join(map(str, ("lab1", *classes)))
    return f"lab1-{variant.department}-{variant.group}-{variant.number}"


_WRITTEN = {"ru": "Ноутбук", "en": "Notebook"}
