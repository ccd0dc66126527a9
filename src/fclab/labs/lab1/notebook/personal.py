"""The notebook of one student: classes of the variant filled in, title and name.

Whatever was typed is data: in code it becomes a Python literal, in markdown every character that
could be markup becomes a character reference.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nbformat import NotebookNode

from fclab.labs.lab1.notebook.source import build, tagged
from fclab.labs.lab1.settings import LAB_IMAGES, recipe_for
from fclab.labs.lab1.variant import Variant, department_text, notes, trap
from fclab.values.dataset import DatasetInfo
from fclab.values.names import CLASS_NAMES
from fclab.words.languages import Lang
from fclab.words.wording import Wording, wording

# ASCII punctuation but for what is harmless in the middle of a line.
_MARKUP = re.compile(r"[!-'*+/:-@\[-`{-~]")


def personal(
    classes: Sequence[int],
    lang: Lang,
    *,
    variant: Variant | None = None,
    group: str | None = None,
    student: str | None = None,
    title: str | None = None,
    own: DatasetInfo | None = None,
) -> NotebookNode:
    """The notebook with these classes, not executed.

    Args:
        classes: class numbers, 0 to 99, in the order in which they were named.
        lang: the code of a language.
        variant: how they follow from group and variant, for the first page.
        group: the group as its people write it: "ИУ5-25М".
        student: name for the first page.
        title: in place of the lab's.
        own: pictures of one's own in place of the classes.
    """
    notebook, words = build(lang), wording(lang)
    front = tagged(notebook, "front")
    _, *rest = front.source.split("\n")
    rest = [line for line in rest if "colab-badge" not in line]  # it opens the common notebook
    heading = as_text(title) if title else words.plain("notebook.front.title")
    facts = _facts(words, classes, variant, group, student, own)
    told = [] if own else [*_derivation(words, variant), *_lines(trap(classes, lang))]
    front.source = "\n".join([f"# {heading}", "", *facts, *told, *rest])
    about: dict[str, Any] = {"classes": list(classes)}
    if own:
        phrase, instead = words.each("notebook.own", "of_the_lab", "of_ones_own")
        front.source = front.source.replace(phrase, instead)
        about = {"pictures": _on_pictures(notebook, own, words)}
    else:
        tagged(notebook, "classes").source = "\n".join(
            [f"# {words.plain('notebook.front.comment')}", f"CLASSES = {tuple(classes)!r}"]
        )
    if variant is not None:
        about["variant"] = variant.model_dump(
            mode="json",
            include={"group": True, "number": True, "department": True, "scheme": {"name"}},
        )
    notebook.metadata["fclab"] |= about
    # The fields that the notebook format has for it (converters read them).
    notebook.metadata["title"] = title or words.plain("notebook.front.title")
    if student:
        notebook.metadata["authors"] = [{"name": student}]
    return notebook


def _on_pictures(notebook: NotebookNode, own: DatasetInfo, words: Wording) -> dict[str, Any]:
    """Part 3 on pictures of one's own, and where these are."""
    assert own.pictures is not None
    folder, texts = own.pictures.folder, words.plain
    tagged(notebook, "classes").source = "\n".join(
        [
            f"# {texts('notebook.own.folder')}",
            f"PICTURES = {folder.place!r}",
            f"SIZE, SPLIT_SEED = {folder.side}, {folder.seed}",
            f"CLASSES = {own.labels!r}",
            f"# {texts('notebook.own.epochs', n=LAB_IMAGES * own.n_outputs)}",
            f"EPOCHS = {recipe_for(own).epochs}",
        ]
    )
    call = "fclab.notebook.pictures(PICTURES, size=SIZE, seed=SPLIT_SEED)"
    tagged(notebook, "images").source = f"dataset = {call}\ndataset"
    anchor = tagged(notebook, "part-3").source.split("\n")[0]
    tagged(notebook, "part-3").source = "\n".join(
        [anchor, f"## {texts('notebook.own.title')}", "", texts("notebook.own.part")]
    )
    notebook.cells = [c for c in notebook.cells if "trap" not in c.metadata.get("tags", ())]
    return folder.model_dump(mode="json")


def as_text(typed: str) -> str:
    """What was typed, as one line of markdown that shows just that."""
    line = " ".join(typed.encode("utf-8", "replace").decode().split())
    return _MARKUP.sub(lambda found: f"&#{ord(found[0])};", line)


def _facts(
    words: Wording,
    classes: Sequence[int],
    variant: Variant | None,
    group: str | None,
    student: str | None,
    own: DatasetInfo | None,
) -> list[str]:
    lang = words.language
    facts: Mapping[str, str | None] = {
        "student": student,
        "group": group or (str(variant.group) if variant else None),
        "variant": str(variant.number) if variant else None,
        "department": department_text(variant.department, lang) if variant else None,
        "classes": ", ".join(f"{n} ({words.called(CLASS_NAMES[n])})" for n in classes),
        "own_classes": ", ".join(map(words.called, own.class_names)) if own else None,
    }
    return [
        f"- **{words.plain(f'notebook.front.{name}')}:** {as_text(value)}"
        for name, value in facts.items()
        if value
    ] + [""]


def _derivation(words: Wording, variant: Variant | None) -> list[str]:
    """The table of how the classes follow."""
    if variant is None:
        return []
    lang = words.language
    names = [words.plain(f"notebook.front.{name}") for name in ("rule", "calculation", "class")]
    return [
        words.plain("notebook.front.derivation"),
        "",
        _row(names),
        "| --- | --- | --- |",
        *(
            _row([term.rule(lang), term.formula, f"{term.number} – {words.called(term.name)}"])
            for term in variant.terms
        ),
        "",
        *_lines(notes(variant, lang)),
    ]  # fmt: skip


def _lines(sentences: Iterable[str]) -> list[str]:
    """Sentences as a paragraph of markdown that shows just them."""
    return [as_text(" ".join(sentences)), ""]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
