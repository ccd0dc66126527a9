"""Submissions as students write them: the same values in many styles and formats.

`Told` is what a student has to tell; ``STYLES[style](told)`` is the name's ending and the bytes of
a file that tells it. What is written is rounded as `Style.digits` says.
"""

import csv
import html
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from fclab.values.names import CLASS_NAMES


class Row(NamedTuple):
    """A row of a final table: accuracies in percent."""

    layers: tuple[int, ...]
    lr: float
    batch_size: int
    epochs: int
    test: float
    train: float
    comment: str = ""


@dataclass(frozen=True)
class Told:
    """All that a report says."""

    name: str = "Иванов Иван Петрович"
    group: str = "ИУ5-23М"
    variant: int = 9
    classes: tuple[int, ...] = (10, 39, 59)
    rows: tuple[Row, ...] = ()
    part_1_error: float = 0.0025
    per_class: tuple[tuple[float, float, float], ...] = ()
    """Precision, recall and f1 of each class, 0 to 1, in the order of ``classes``."""


class Cell(NamedTuple):
    """A cell of a table that takes several places; those it takes are None."""

    text: str
    across: int = 1
    down: int = 1


Grid = list[list[str | Cell | None]]


def base_rows() -> tuple[Row, ...]:
    """Rows as the lab asks for."""
    return (
        Row((10, 3), 0.005, 128, 250, 66.33, 98.13, "Базовый вариант"),
        Row((10, 3), 0.005, 128, 30, 67.67, 79.67, "Остановились до переобучения"),
        Row((10, 3), 0.005, 64, 15, 66.0, 77.4, "Уменьшили батч в 2 раза"),
        Row((10, 3), 0.001, 128, 150, 68.33, 79.53, "Уменьшили скорость обучения в 5 раз"),
        Row((64, 32, 3), 0.01, 256, 40, 70.33, 84.47, "Изменили модель"),
        Row((64, 3), 0.0025, 512, 1000, 71.0, 99.87, "Больше нейронов"),
    )


# Numbers as they are written.


def comma(x: float, digits: int | None = None) -> str:
    """With a decimal comma."""
    return (f"{x:g}" if digits is None else f"{x:.{digits}f}").replace(".", ",")


def power(x: float) -> str:
    """5·10⁻³."""
    factor, exponent = f"{x:e}".split("e")
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{float(factor):g}·10{raised}".replace(".", ",")


def short(x: float) -> str:
    """5e-3."""
    factor, exponent = f"{x:e}".split("e")
    return f"{float(factor):g}e{int(exponent)}"


def fc(layers: Sequence[int], between: str = ", ", letters: str = "FC") -> str:
    """FC(10), FC(3)."""
    return between.join(f"{letters}({n})" for n in layers)


# Tables.


def lab(rows: Sequence[Row]) -> Grid:
    """As the lab's text shows it."""
    head = ["Конфигурация нейросети", "Гиперпараметры", "Точность", "Комментарий"]
    return [
        head,
        *(
            [
                fc(r.layers),
                f"lr = {r.lr:g}, batch_size = {r.batch_size}, epochs = {r.epochs}",
                f"test = {r.test:.0f}%, train = {r.train:.0f}%",
                r.comment,
            ]
            for r in rows
        ),
    ]


def russian(rows: Sequence[Row]) -> Grid:
    """All in Russian, decimal commas."""
    head = ["Архитектура сети", "Параметры обучения", "Результат (точность)", "Что изменили"]
    return [
        head,
        *(
            [
                fc(r.layers, " – "),
                f"скорость обучения = {comma(r.lr)}; размер батча {r.batch_size}; эпох {r.epochs}",
                f"тест {comma(r.test, 1)}, обучение {comma(r.train, 1)}",
                r.comment,
            ]
            for r in rows
        ),
    ]


def columns(rows: Sequence[Row]) -> Grid:
    """A column for each value."""
    head = [
        "№",
        "Слои",
        "lr",
        "Размер батча",
        "Кол-во эпох",
        "Точность на тесте, %",
        "Точность на обучении, %",
        "Комментарий",
    ]
    return [
        head,
        *(
            [
                str(n),
                fc(r.layers, "-"),
                comma(r.lr),
                str(r.batch_size),
                str(r.epochs),
                comma(r.test, 1),
                comma(r.train, 1),
                r.comment,
            ]
            for n, r in enumerate(rows, 1)
        ),
    ]


def shares(rows: Sequence[Row]) -> Grid:
    """English heads, shares, the training images first."""
    head = ["Train acc", "Test acc", "Epochs", "Batch", "Learning rate", "Network"]
    return [
        head,
        *(
            [
                f"{r.train / 100:.4f}",
                f"{r.test / 100:.4f}",
                str(r.epochs),
                str(r.batch_size),
                short(r.lr),
                str(list(r.layers)),
            ]
            for r in rows
        ),
    ]


def merged(rows: Sequence[Row]) -> Grid:
    """Two rows of heads; equal networks are one cell."""
    table: Grid = [
        [
            Cell("Конфигурация", 1, 2),
            Cell("Гиперпараметры", 3),
            None,
            None,
            Cell("Точность, %", 2),
            None,
            Cell("Комментарий", 1, 2),
        ],
        [None, "lr", "batch", "epochs", "test", "train", None],
    ]
    place = 0
    while place < len(rows):
        same = 1
        while place + same < len(rows) and rows[place + same].layers == rows[place].layers:
            same += 1
        for n, r in enumerate(rows[place : place + same]):
            table.append(
                [
                    Cell(fc(r.layers), 1, same) if n == 0 else None,
                    f"{r.lr:g}",
                    str(r.batch_size),
                    str(r.epochs),
                    f"{r.test:.2f}",
                    f"{r.train:.2f}",
                    r.comment,
                ]
            )
        place += same
    return table


def slashes(rows: Sequence[Row]) -> Grid:
    """Values in the order that the heads name."""
    head = ["Модель", "lr / batch / epochs", "Точность (тест/обучение), %", "Вывод"]
    return [
        head,
        *(
            [
                "-".join(map(str, (3072, *r.layers))),
                f"{r.lr:g} / {r.batch_size} / {r.epochs}",
                f"{r.test:.1f}/{r.train:.1f}",
                r.comment,
            ]
            for r in rows
        ),
    ]


def powers(rows: Sequence[Row]) -> Grid:
    """Powers of ten, spaces that do not break, train first."""
    head = ["Сеть", "Гиперпараметры модели", "Точность", "Примечание"]
    return [
        head,
        *(
            [
                fc(r.layers, "; "),
                (
                    f"lr\u00a0=\u00a0{power(r.lr)}, батч\u00a0=\u00a0{r.batch_size}, эпохи\u00a0= "
                    f"{r.epochs}"
                ),
                f"train: {comma(r.train, 2)}\u00a0%, test: {comma(r.test, 2)}\u00a0%",
                r.comment,
            ]
            for r in rows
        ),
    ]


def linear(rows: Sequence[Row]) -> Grid:
    """As PyTorch calls things."""
    head = ["Architecture", "Hyperparameters", "Accuracy", "Comment"]

    def layers(r: Row) -> str:
        sizes = (3072, *r.layers)
        return " -> ReLU -> ".join(f"Linear({a}, {b})" for a, b in pairwise(sizes))

    return [
        head,
        *(
            [
                layers(r),
                (
                    f"learning_rate={short(r.lr)}, batch_size={r.batch_size}, "
                    f"num_epochs={r.epochs}, SGD"
                ),
                f"{r.test:.1f}% (test), {r.train:.1f}% (train)",
                r.comment,
            ]
            for r in rows
        ),
    ]


def alike(rows: Sequence[Row]) -> Grid:
    """Cyrillic letters that look like the Latin ones, in names of both kinds."""
    head = ["Конфигурация нейросети", "Гиперпараметры", "Точность", "Комментарий"]
    return [
        head,
        *(
            [
                fc(r.layers, ", ", "F\u0421"),
                (
                    f"lr={r.lr:g}, b\u0430t\u0441h_siz\u0435={r.batch_size}, "
                    f"\u0435p\u043echs={r.epochs}"
                ),
                f"t\u0435st={r.test:.0f}%, tr\u0430in={r.train:.0f}%",
                r.comment,
            ]
            for r in rows
        ),
    ]


def headless(rows: Sequence[Row]) -> Grid:
    """No heads at all; values by name."""
    return [
        [
            fc(r.layers),
            f"lr {r.lr:g}, batch {r.batch_size}, epochs {r.epochs}",
            f"test {r.test:.1f} train {r.train:.1f}",
            r.comment,
        ]
        for r in rows
    ]


def turned(rows: Sequence[Row]) -> Grid:
    """A column is a training."""
    lines = zip(
        *(
            [
                f"Опыт {n}",
                fc(r.layers),
                f"{r.lr:g}",
                str(r.batch_size),
                str(r.epochs),
                f"{r.test:.1f}",
                f"{r.train:.1f}",
            ]
            for n, r in enumerate(rows, 1)
        ),
        strict=True,
    )
    heads = [
        "Параметр",
        "Архитектура",
        "Скорость обучения",
        "Размер батча",
        "Число эпох",
        "Точность test, %",
        "Точность train, %",
    ]
    return [[head, *line] for head, line in zip(heads, lines, strict=True)]


def words(rows: Sequence[Row]) -> Grid:
    """Networks in words, figures about and with what is beside them."""
    head = ["Скрытые слои", "Гиперпараметры", "Точность", "Комментарий"]

    def layers(r: Row) -> str:
        hidden = r.layers[:-1]
        if len(set(hidden)) == 1 and len(hidden) > 1:
            return f"{len(hidden)} слоя по {hidden[0]} нейронов"
        return ", ".join(map(str, hidden)) + " нейронов"

    return [
        head,
        *(
            [
                layers(r),
                f"Скорость обучения {comma(r.lr)}, мини-батч {r.batch_size}, {r.epochs} эпох",
                f"≈{r.test:.0f} % на тестовой, ≈{r.train:.0f} % на обучающей",
                r.comment,
            ]
            for r in rows
        ),
    ]


def hidden(rows: Sequence[Row]) -> Grid:
    """Without FC(3); a rate as a fraction; one cell for all."""
    head = ["Конфигурация и гиперпараметры", "Точность train / test", "Комментарий"]
    return [
        head,
        *(
            [
                f"{fc(r.layers[:-1])}; lr=1/{round(1 / r.lr)}; bs={r.batch_size}; ep={r.epochs}",
                f"{r.train:.1f}% / {r.test:.1f}%",
                r.comment,
            ]
            for r in rows
        ),
    ]


def epochs_first(rows: Sequence[Row]) -> Grid:
    """Epochs first, intervals behind the figures."""
    head = ["Модель", "Настройки", "Тест", "Трейн", "Примечания"]
    return [
        head,
        *(
            [
                str(r.layers),
                f"эпохи: {r.epochs}, батч: {r.batch_size}, лр (lr): {r.lr:g}",
                f"{r.test:.1f}±2%",
                f"{r.train:.1f} ± 0.5 %",
                r.comment,
            ]
            for r in rows
        ),
    ]


# What stands around the table.


def title(told: Told) -> list[str]:
    """The lines of a title page."""
    return [
        "Московский государственный технический университет им. Н.Э. Баумана",
        "Отчёт по лабораторной работе №1",
        "«Полносвязные нейронные сети»",
        f"Выполнил: студент группы {told.group}",
        told.name,
        "Преподаватель: Канев А. И.",
        "Москва 2026",
    ]


def body(told: Told) -> list[str]:
    """What is said before the final table."""
    return [
        "Задание",
        f"Вариант {told.variant}",
        f"Классы по варианту: {', '.join(map(str, told.classes))}",
        "Часть 1. Регрессия",
        "Обучили сеть 50000 итераций, lr = 1e-4.",
        f"Ошибка после обучения составила {told.part_1_error:.6f}",
        "Часть 2. Бинарная классификация",
        "Сеть разделяет XOR, loss = 12.5",
        "Часть 3. Классификация CIFAR100",
    ]


def classification_report(told: Told, support: int = 100, names: bool = False) -> str:
    """As scikit-learn prints it."""
    labels = [CLASS_NAMES[c].en if names else str(c) for c in told.classes]
    lines = ["              precision    recall  f1-score   support", ""]
    for label, figures in zip(labels, told.per_class, strict=True):
        lines.append(f"{label:>12}  " + "".join(f"{x:>10.4f}" for x in figures) + f"{support:>10}")
    total = support * len(labels)
    lines += [
        "",
        f"    accuracy                         0.6633{total:>10}",
        f"   macro avg     0.6600    0.6600    0.6600{total:>10}",
        f"weighted avg     0.6600    0.6600    0.6600{total:>10}",
    ]
    return "\n".join(lines)


# Formats.


def _plain(grid: Grid) -> list[list[str]]:
    return [[cell.text if isinstance(cell, Cell) else cell or "" for cell in row] for row in grid]


def docx(told: Told, grid: Grid) -> bytes:
    """A Word document; merged cells are merged."""
    from docx import Document

    document = Document()
    for line in title(told):
        document.add_paragraph(line)
    for line in body(told):
        document.add_paragraph(line)
    if told.per_class:
        document.add_paragraph("test")
        for line in classification_report(told).splitlines():
            document.add_paragraph(line)
    document.add_paragraph("Таблица 1 – Итоговая таблица")
    table = document.add_table(len(grid), len(grid[0]))
    for y, row in enumerate(grid):
        for x, cell in enumerate(row):
            if cell is None:
                continue
            if isinstance(cell, Cell):
                place = table.cell(y, x)
                if cell.across > 1 or cell.down > 1:
                    place = place.merge(table.cell(y + cell.down - 1, x + cell.across - 1))
                place.text = cell.text
            else:
                table.cell(y, x).text = cell
    document.add_paragraph("Вывод: обучили сеть.")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def markdown(told: Told, grid: Grid) -> bytes:
    """A pipe table; the cells that a merged one takes are empty."""
    lines = ["# " + title(told)[1], *title(told)[2:], "", *("\n" + line for line in body(told)), ""]
    if told.per_class:
        lines += ["test", "```", classification_report(told), "```", ""]
    head, *rows = _plain(grid)
    lines += ["**Итоговая таблица**", "", "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines).encode()


def page(told: Told, grid: Grid) -> bytes:
    """HTML with colspan and rowspan."""
    out = ["<!DOCTYPE html><html><head><title>Отчёт</title><script>alert(1)</script></head><body>"]
    out += [f"<p>{html.escape(line)}</p>" for line in (*title(told), *body(told))]
    if told.per_class:
        out.append(f"<p>test</p><pre>{classification_report(told)}</pre>")
    out.append("<table>")
    for row in grid:
        out.append("<tr>")
        for cell in row:
            if cell is None:
                continue
            one = cell if isinstance(cell, Cell) else Cell(cell)
            out.append(
                f'<td colspan="{one.across}" rowspan="{one.down}">{html.escape(one.text)}</td>'
            )
        out.append("</tr>")
    return "\n".join([*out, "</table></body></html>"]).encode()


def notebook(told: Told, grid: Grid) -> bytes:
    """The lab's notebook, run, with the table at its end."""

    def code(source: str, output: str = "") -> dict[str, object]:
        printed = [{"output_type": "stream", "name": "stdout", "text": output.splitlines(True)}]
        return {
            "cell_type": "code",
            "metadata": {},
            "execution_count": 1,
            "source": source.splitlines(True),
            "outputs": printed if output else [],
        }

    def text(source: str) -> dict[str, object]:
        return {"cell_type": "markdown", "metadata": {}, "source": source.splitlines(True)}

    head, *rows = _plain(grid)
    table = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    table += ["| " + " | ".join(row) + " |" for row in rows]
    cells = [
        text(
            "# Лабораторная работа №1\n\nСтудент: "
            + told.name
            + "\n\nГруппа "
            + told.group
            + f"\n\nВариант {told.variant}"
        ),
        text("# Часть 1. Задача регрессии"),
        code(
            "for i in range(50000):\n  cur_loss = loss(forward(tensor_X), tensor_y)\n"
            "print(cur_loss.numpy().mean())",
            f"{told.part_1_error:.8f}\n",
        ),
        text("# Часть 3. Классификация изображений CIFAR100"),
        code(f"# Здесь указать ваши классы по варианту!!!\nCLASSES = {list(told.classes)}\n"),
        code(
            "EPOCHS = 250\nfor epoch in range(EPOCHS):\n    pass",
            "".join(
                (f"[{n}, 12] loss: {1 / n:.3f}\n[{n}, 3] val loss: {1.1 / n:.3f}\n")
                for n in range(1, 251)
            ),
        ),
    ]
    if told.per_class:
        both = "train\n" + classification_report(told, 500) + "\n" + "-" * 50 + "\ntest\n"
        cells.append(code("for part in ['train', 'test']: ...", both + classification_report(told)))
    cells.append(text("# Итоговая таблица\n\n" + "\n".join(table)))
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}).encode()


def semicolons(told: Told, grid: Grid) -> bytes:
    """CSV as Excel of a Russian Windows saves it."""
    return _separated(grid, ";").encode("cp1251", "replace")


def commas(told: Told, grid: Grid) -> bytes:
    """CSV in UTF-8."""
    return _separated(grid, ",").encode()


def _separated(grid: Grid, separator: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="\r\n").writerows(_plain(grid))
    return out.getvalue()


def workbook(told: Told, grid: Grid) -> bytes:
    """XLSX; numbers are numbers, merged cells merged."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for y, row in enumerate(grid, 1):
        for x, cell in enumerate(row, 1):
            if cell is None:
                continue
            one = cell if isinstance(cell, Cell) else Cell(cell)
            try:
                value: str | float = float(one.text)
            except ValueError:
                value = one.text
            place = sheet.cell(y, x, value)
            if isinstance(value, float) and "." in one.text:
                place.number_format = "0." + "0" * len(one.text.split(".")[1])
            if one.across > 1 or one.down > 1:
                sheet.merge_cells(
                    start_row=y,
                    start_column=x,
                    end_row=y + one.down - 1,
                    end_column=x + one.across - 1,
                )
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _typeset(told: Told, grid: Grid, stroke: str, width: str = "auto") -> bytes:
    import typst

    def cell(one: str | Cell) -> str:
        if not isinstance(one, Cell):
            return json.dumps(one, ensure_ascii=False)
        said = json.dumps(one.text, ensure_ascii=False)
        return f"table.cell(colspan: {one.across}, rowspan: {one.down}, {said})"

    def par(line: str) -> str:
        return f"#par({json.dumps(line, ensure_ascii=False)})"

    cells = ",\n".join(cell(one) for row in grid for one in row if one is not None)
    n = len(grid[0])
    lines = ['#set page(paper: "a4", flipped: true, margin: 1.5cm)', "#set text(size: 9pt)"]
    lines += [par(line) for line in (*title(told), *body(told))]
    if told.per_class:
        lines += [par("test"), f"#raw(block: true, {json.dumps(classification_report(told))})"]
    lines += [
        par("Итоговая таблица"),
        f"#table(columns: ({width},) * {n}, stroke: {stroke},\n{cells})",
    ]
    return typst.compile("\n".join(lines).encode())


def pdf(told: Told, grid: Grid) -> bytes:
    """PDF; the table has lines."""
    return _typeset(told, grid, "0.5pt")


def pdf_without_lines(told: Told, grid: Grid) -> bytes:
    """PDF; the table is set by white space."""
    return _typeset(told, grid, "none")


def pdf_narrow(told: Told, grid: Grid) -> bytes:
    """PDF; the cells of the table, which has no lines, take several lines."""
    return _typeset(told, grid, "none", "27mm")


def odt(told: Told, grid: Grid) -> bytes:
    """An OpenDocument text."""
    office = "urn:oasis:names:tc:opendocument:xmlns:"
    out = [
        f'<office:document-content xmlns:office="{office}office:1.0" xmlns:text="{office}text:1.0"'
        f' xmlns:table="{office}table:1.0"><office:body><office:text>'
    ]
    out += [f"<text:p>{html.escape(line)}</text:p>" for line in (*title(told), *body(told))]
    out.append("<table:table>")
    for row in grid:
        out.append("<table:table-row>")
        for cell in row:
            if cell is None:
                out.append("<table:covered-table-cell/>")
                continue
            one = cell if isinstance(cell, Cell) else Cell(cell)
            out.append(
                f'<table:table-cell table:number-columns-spanned="{one.across}" '
                f'table:number-rows-spanned="{one.down}"><text:p>{html.escape(one.text)}</text:p></table:table-cell>'
            )
        out.append("</table:table-row>")
    out.append("</table:table></office:text></office:body></office:document-content>")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        file.writestr("content.xml", "\n".join(out))
    return made.getvalue()


@dataclass(frozen=True)
class Style:
    """How a submission is written.

    Attributes:
        table: makes the final table of rows.
        format: makes the file.
        ending: of its name.
        digits: after the point, of the accuracies in percent.
        whole: the file says name, variant, classes and the error of part 1 as well.
        reports: it has the classification report.
    """

    table: Callable[[Sequence[Row]], Grid]
    format: Callable[[Told, Grid], bytes]
    ending: str
    digits: int
    whole: bool = field(default=True)
    reports: bool = field(default=True)

    def __call__(self, told: Told) -> bytes:
        """The bytes of the file."""
        return self.format(told, self.table(told.rows))


_TABLES = {
    lab: 0,
    russian: 1,
    columns: 1,
    shares: 2,
    merged: 2,
    slashes: 1,
    powers: 2,
    linear: 1,
    alike: 0,
    headless: 1,
    turned: 1,
    words: 0,
    hidden: 1,
    epochs_first: 1,
}
_FORMATS = {
    docx: ".docx",
    pdf: ".pdf",
    pdf_without_lines: ".pdf",
    markdown: ".md",
    page: ".html",
    notebook: ".ipynb",
    semicolons: ".csv",
    commas: ".csv",
    workbook: ".xlsx",
    odt: ".odt",
}
_ALONE = {semicolons, commas, workbook}
_UNSETTABLE = {
    (headless, pdf_without_lines),
    (turned, pdf_without_lines),
    (headless, markdown),
    (headless, notebook),
    (merged, pdf_without_lines),
    (alike, semicolons),
    (powers, semicolons),
    (words, semicolons),
    (epochs_first, semicolons),
}
"""A table in Markdown has heads; cp1251 lacks letters; without lines, merged "
"cells cannot be seen."""

STYLES: dict[str, Style] = {
    f"{table.__name__}-{form.__name__}": Style(
        table, form, ending, digits, form not in _ALONE, form not in _ALONE and form is not odt
    )
    for table, digits in _TABLES.items()
    for form, ending in _FORMATS.items()
    if (table, form) not in _UNSETTABLE
}
"""Every table in every format that can show it."""
