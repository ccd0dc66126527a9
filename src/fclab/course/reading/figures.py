"""The classification report, and the error of part 1."""

import re
from collections.abc import Sequence

from fclab.course.reading.accuracy import figure
from fclab.course.reading.classes import class_number
from fclab.course.reading.document import Document, Paragraph, Table
from fclab.course.reading.plain import NUMBER, fold, number, plain
from fclab.course.reading.roles import TEST_WORDS, TRAIN_WORDS
from fclab.course.values import ClassFigures, Figure

_HEAD = re.compile(r"precision\s+recall\s+f1-?score(?:\s+support)?", re.IGNORECASE)
_LINE = re.compile(
    r"^\s*(\S.{0,40}?)\s+([01][.,]\d{1,6})\s+([01][.,]\d{1,6})\s+([01][.,]\d{1,6})(?:\s+(\d{1,6}))?\s*$"
)
_TOTAL = re.compile(r"accuracy|macro avg|weighted avg|micro avg|samples avg")
_NAMES = {
    "precision": r"precision|точность",
    "recall": r"recall|полнота",
    "f1": r"f1|ф1|f-мера|f мера",
    "support": r"support|количество|объектов|примеров|число",
}


def class_reports(document: Document) -> tuple[tuple[ClassFigures, ...], ...]:
    """All classification reports on test images, in the order of the file."""
    found: list[tuple[str, tuple[ClassFigures, ...]]] = []
    before = ""
    for block in _blocks(document):
        if isinstance(block, Table):
            if (made := _in_table(block)) is not None:
                found.append((_part(made, before), made))
            continue
        found += _in_text(block, before)
        before = block.text[-300:]
    return tuple(_labelled(made) for part, made in found if part != "train")


def _labelled(lines: tuple[ClassFigures, ...]) -> tuple[ClassFigures, ...]:
    """Labels 0, 1, 2 are places, not classes: the report was printed without names."""
    if [one.label for one in lines] != [str(place) for place in range(len(lines))]:
        return lines
    return tuple(one.model_copy(update={"number": None}) for one in lines)


def _blocks(document: Document) -> list[Paragraph | Table]:
    """The blocks of a file; paragraphs one after the other, as lines of a listing are, as one."""
    out: list[Paragraph | Table] = []
    for block in document.blocks:
        last = out[-1] if out else None
        if (
            isinstance(block, Paragraph)
            and isinstance(last, Paragraph)
            and last.kind == block.kind == "text"
        ):
            out[-1] = Paragraph(f"{last.text}\n{block.text}", block.kind)
        else:
            out.append(block)
    return out


def _in_text(block: Paragraph, before: str) -> list[tuple[str, tuple[ClassFigures, ...]]]:
    heads = list(_HEAD.finditer(block.text))
    out = []
    for place, head in enumerate(heads):
        end = heads[place + 1].start() if place + 1 < len(heads) else len(block.text)
        lines: list[ClassFigures] = []
        for line in block.text[head.end() : end][:4000].splitlines():
            if _TOTAL.search(line):
                break
            if found := _LINE.match(plain(line)):
                values = dict(zip(("precision", "recall", "f1"), found.groups()[1:4], strict=True))
                figures = {k: made for k, v in values.items() if (made := figure(v, share=True))}
                if found[5]:
                    figures["support"] = Figure(value=int(found[5]), decimals=0, text=found[5])
                lines.append(_class(found[1], figures))
        if 2 <= len(lines) <= 20:
            above = (before + "\n" + block.text[: head.start()])[-300:]
            out.append((_part(tuple(lines), above), tuple(lines)))
    return out


def _class(label: str, figures: dict[str, Figure]) -> ClassFigures:
    return ClassFigures(label=label.strip()[:60], number=class_number(label), figures=figures)


def _part(lines: Sequence[ClassFigures], before: str) -> str:
    """Of which images a report is: by how many they are, else by the words nearest above it."""
    supports = [c.figures["support"].value for c in lines if "support" in c.figures]
    if supports and all(n == 500 for n in supports):
        return "train"
    if supports and all(n == 100 for n in supports):
        return "test"
    flat = fold(before)
    tests = [m.start() for m in re.finditer(TEST_WORDS, flat)]
    trains = [m.start() for m in re.finditer(TRAIN_WORDS, flat)]
    return "train" if trains and (not tests or trains[-1] > tests[-1]) else "test"


def _in_table(table: Table) -> tuple[ClassFigures, ...] | None:
    for top, row in enumerate(table.rows[:3]):
        places: dict[str, int] = {}
        for name, words in _NAMES.items():
            for place, cell in enumerate(row[1:], start=1):
                if re.search(rf"^(?:{words})", fold(cell)) and place not in places.values():
                    places.setdefault(name, place)
        if not {"precision", "recall"} <= places.keys():
            continue
        lines = []
        for line in table.rows[top + 1 : top + 30]:
            label = line[0]
            if _TOTAL.search(label.casefold()) or not label.strip():
                continue
            figures = {}
            for name, place in places.items():
                read = number(fold(line[place]).rstrip("% "))
                if read is None:
                    continue
                made = figure(line[place]) if name != "support" else Figure(
                    value=read.value, decimals=read.decimals, text=line[place])  # fmt: skip
                if made:
                    figures[name] = made
            if {"precision", "recall"} & figures.keys():
                lines.append(_class(label, figures))
        return tuple(lines) if 2 <= len(lines) <= 20 else None
    return None


_BEGIN = re.compile(r"часть\s*(?:№\s*)?1|part\s*1|регресси|regression|задани\w* 1\b|cur_loss")
_END = re.compile(
    r"часть\s*(?:№\s*)?2|part\s*2\b|бинарн\w+ классиф|binary classif|make_circles"
    r"|logloss|задани\w* 2\b"
)
_ERROR = re.compile(
    r"(?:ошибк\w*|mse\b|mean squared error|squared error|loss|лосс\w*|потер\w*|погрешност\w*"
    r"|error|квадрат\w*)"
    r"(?:\s*\([^)\d]{0,40}\))?(?P<between>[^\n\d]{0,80}?)(?P<value>(?<![\w.,])"
    + NUMBER
    + r")(?!\s?%)(?![\d\w])(?:\s*(?:до|to|->|→)\s*(?P<last>"
    + NUMBER
    + r")(?!\s?%)(?![\d\w]))?"
)


def part_1_error(document: Document) -> Figure | None:
    """The mean squared error that part 1 ended with: what the lab's cell printed, else the one that
    the text of part 1 states last."""
    printed, waiting = None, False
    for block in document.blocks:
        if not isinstance(block, Paragraph):
            continue
        if block.kind == "code":
            waiting = "cur_loss" in block.text and "print" in block.text
        elif block.kind == "output" and waiting:
            if (made := _printed(block.text)) is not None:
                printed = made
        elif block.kind == "text" and (
            found := re.search(r"print\(cur_loss[^\n]*\n\s*(?:```)?\s*(\d[.,]\d+\S*)", block.text)
        ):
            printed = _error(found[1])
    return printed or _in_words(document.text("text"))


def _printed(text: str) -> Figure | None:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line in reversed(lines):
        alone = re.fullmatch(
            r"(?:tensor\(|np\.float\d+\(|[\w .]{0,30}[:=]\s*)?([\d.,]+(?:e-?\d+)?)\)?", line
        )
        if alone and (made := _error(alone[1])):
            return made
    return None


def _in_words(text: str) -> Figure | None:
    flat = "\n".join(fold(line) for line in text.splitlines())
    for found in _BEGIN.finditer(flat):
        end = _END.search(flat, found.end())
        section = flat[found.start() : end.start() if end else found.start() + 8000]
        section = re.sub(r"(?<![.:])\n(?=[а-яa-z])", " ", section)
        if (last := _last_error(section)) is not None:
            return last
    for found in re.finditer(r"(?:част\w* 1|part 1)[^\n]{0,120}", flat):
        if (last := _last_error(found[0])) is not None:
            return last
    return None


def _last_error(section: str) -> Figure | None:
    last = None
    section = re.sub(
        r"\d[\d ]*\s*(?:тыс\w*\.?\s*)?(?:итерац|эпох|шаг|iteration|epoch|step)\w*", " ", section
    )
    for found in _ERROR.finditer(section):
        if (
            re.search(r"эпох|итерац|шаг|lr|learning|скорост|от\s*$", found["between"])
            and not found["last"]
        ):
            continue
        if made := _error(found["last"] or found["value"]):
            final = re.search(
                r"итог|final|конеч|достиг|состав|получ|равн",
                section[max(0, found.start() - 40) : found.end()],
            )
            if last is None or final:
                last = made
    return last


def _error(text: str) -> Figure | None:
    read = number(plain(text))
    if read is None or not 0 < read.value < 5 or (read.decimals == 0 and "e" not in text):
        return None
    return Figure(value=read.value, decimals=read.decimals, text=text.strip())
