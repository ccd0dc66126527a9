"""`fclab notebook`: the lab as a notebook, made for a variant."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from fclab.cli.classes import PICTURES, RULE, Chosen, FlattenedPictures, FlattenedRule
from fclab.cli.language import Spoken
from fclab.words.languages import Lang

if TYPE_CHECKING:
    from fclab.values.dataset import DatasetInfo


def notebook(
    *,
    rule: FlattenedRule = RULE,
    own: FlattenedPictures = PICTURES,
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

        fclab notebook --images photos

    Parameters
    ----------
    rule
        Which classes.
    own
        Pictures of your own.
    student
        Name for the first page.
    title
        Title in place of the lab's.
    out
        File to write; default: lab1 and a name that says which variant, in this folder.
    force
        Write over a file that is there: the answers in it are lost.
    """
    from fclab.values.extras import require

    require("jupytext", "notebook", "fclab notebook")
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
    info = _own(rule, own, spoken)
    chosen = rule.chosen(spoken) if info is None else Chosen(())
    name = f"lab1-{info.name}" if info else _name(chosen, distinct_classes(chosen.numbers))
    path = out or Path(f"{file_name(name)}.ipynb")
    if path.exists() and not force:
        raise UsageError(
            "{path} exists, and may hold answers: give another --out, or --force", path=path
        )
    made = personal(
        chosen.numbers, language, variant=chosen.variant, group=group, student=student, title=title,
        own=info,
    )  # fmt: skip
    write_atomic(path, nbformat.writes(made) + "\n")
    say(wording(spoken).plain("cli.notebook", path=path.resolve()))


def _own(rule: FlattenedRule, own: FlattenedPictures, lang: Lang) -> "DatasetInfo | None":
    """Pictures of one's own, if they were asked for.

    Raises:
        UsageError: classes of CIFAR-100 were, too.
        DataError: see `fclab.data.own.read_own`.
    """
    from fclab.cli.images import get_pictures
    from fclab.values.errors import UsageError

    if (folder := own.folder()) is None:
        return None
    if rule.classes is not None or rule.variant is not None:
        raise UsageError("--images are pictures of your own: leave out --classes and --variant")
    return get_pictures(folder, lang).info


def _name(chosen: Chosen, ordered: tuple[int, ...]) -> str:
    variant = chosen.variant
    if variant is None:
        return "-".join(map(str, ("lab1", *ordered)))
    return f"lab1-{variant.department}-{variant.group}-{variant.number}{chosen.other_rule}"
