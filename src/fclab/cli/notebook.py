"""`fclab notebook`: the lab as a notebook, made for a variant."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from fclab.cli.classes import RULE, Chosen, FlattenedRule
from fclab.cli.language import Spoken


def notebook(
    *,
    rule: FlattenedRule = RULE,
    student: str | None = None,
    title: str | None = None,
    lang: Spoken = None,
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
    rule
        Which classes.
    student
        Name for the first page.
    title
        Title in place of the lab's.
    out
        File to write; default: lab1 and a name that says which variant, in this folder.
    force
        Write over a file that is there: the answers in it are lost.
    """
    import nbformat

    from fclab.cli.options import typed
    from fclab.cli.progress import say
    from fclab.labs.lab1.notebook.personal import personal
    from fclab.values.errors import UsageError
    from fclab.values.files import write_atomic
    from fclab.values.names import distinct_classes
    from fclab.values.text import file_name
    from fclab.words.languages import spoken_lang, written_lang
    from fclab.words.wording import wording

    language, spoken = written_lang(lang), spoken_lang(lang)
    student, title = typed("--student", student), typed("--title", title)
    group = typed("--group", rule.group)
    chosen = rule.chosen(spoken)
    ordered = distinct_classes(chosen.numbers)
    path = out or Path(f"{file_name(_name(chosen, ordered))}.ipynb")
    if path.exists() and not force:
        raise UsageError(
            "{path} exists, and may hold answers: give another --out, or --force", path=path
        )
    made = personal(
        chosen.numbers, language, variant=chosen.variant, group=group, student=student, title=title
    )
    write_atomic(path, nbformat.writes(made) + "\n")
    say(wording(spoken).plain("cli.notebook", path=path.resolve()))


def _name(chosen: Chosen, ordered: tuple[int, ...]) -> str:
    variant = chosen.variant
    if variant is None:
        return "-".join(map(str, ("lab1", *ordered)))
    return f"lab1-{variant.department}-{variant.group}-{variant.number}{chosen.other_rule}"
