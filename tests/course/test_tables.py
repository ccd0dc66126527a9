"""Final tables in the many layouts that students give them."""

import json

import pytest

from fclab.course.reading.document import Unreadable
from fclab.course.reading.files import read_file
from fclab.course.reading.understood import understand
from fclab.course.values import Claims

L = (10, 3)
BASE, STOP = (L, 0.005, 128, 250, 71.3, 99.1), (L, 0.005, 128, 60, 72.3, 88.1)


def read(data: str | bytes, name: str = "report.md") -> Claims:
    content = data.encode() if isinstance(data, str) else data
    return understand(name, [read_file(name, content)], [], [])


def rows(claims: Claims) -> list[tuple[object, ...]]:
    return [
        (r.layers, r.lr, r.batch_size, r.epochs, r.test and r.test.value, r.train and r.train.value)
        for r in claims.rows
    ]


def codes(claims: Claims) -> set[str]:
    return {code for code, _ in claims.unread} - {"no_classes"}


def markdown(text: str) -> str:
    lines = text.strip().splitlines()
    width = lines[0].count("|") + 1
    return "\n".join([lines[0], "|".join(["---"] * width), *lines[1:]]).replace("\n", " |\n| ")


def table(text: str) -> str:
    return f"| {markdown(text)} |\n"


PLAIN = """
Сеть|lr|batch|epochs|test|train
FC(10), FC(3)|0.005|128|250|71.3|99.1
FC(10), FC(3)|0.005|128|60|72.3|88.1
"""
LAYOUTS = {
    "losses, iterations and differences beside them": """
№|Задание|Слои|lr|batch|epochs|iterations|Loss train|Loss test|Acc train|Acc test|Δ test|Вывод
1|Базовая|3072-10-3|0,005|128|250|3000|0,05|1,21|0,991|0,713|–|переобучение
2|Остановка|3072-10-3|0,005|128|60|720|0,35|0,75|0,881|0,723|+1|было 71, стало 72
""",
    "validation before test": """
Сеть|lr|bs|epochs|Train|Val|Test
FC(10), FC(3)|0.005|128|250|99.1|73|71.3
FC(10), FC(3)|0.005|128|60|88.1|74|72.3
""",
    "the best epoch before the last": """
Сеть|lr|bs|epochs|Лучшая эпоха|Best test|Final test|Final train
FC(10), FC(3)|0.005|128|250|61|73|71.3|99.1
FC(10), FC(3)|0.005|128|60|58|73|72.3|88.1
""",
    "before and after": """
Сеть|lr|bs|epochs|Точность test до|Точность test после|Точность train
FC(10), FC(3)|0.005|128|250|60|71.3|99.1
FC(10), FC(3)|0.005|128|60|71.3|72.3|88.1
""",
    "changes": """
Шаг|Конфигурация|lr|Batch size|Эпохи|Train|Test
Базовый|FC(10), FC(3)|0.01/2|256 → 128|50*5|99.1|71.3
2|FC(10), FC(3)|0.005 (было 0.01)|128 (B)|250 → 60|88.1|72.3
""",
    "a column for each layer": """
Слой 1|Слой 2|lr|batch|epochs|test|train
10|3|0.005|128|250|71.3|99.1
10|3|0.005|128|60|72.3|88.1
""",
    "how many layers, how many neurons": """
Кол-во скрытых слоёв|Кол-во нейронов|lr|batch|epochs|test|train
1|10|0.005|128|250|71.3|99.1
1|10|0.005|128|60|72.3|88.1
""",
    "the network in the name of the experiment": """
Этап|Параметры|Точность train|Точность test
Базовая модель FC(10), FC(3)|lr=0.005, bs=128, ep=250|99.1%|71.3%
Ранняя остановка FC(10), FC(3)|lr=0.005, bs=128, ep=60|88.1%|72.3%
""",
    "headings of tasks": """
Конфигурация|Гиперпараметры|Точность|Комментарий
Задание 1|Задание 1|Задание 1|Задание 1
FC(10), FC(3)|lr=0.005, batch=128, epochs=250|test=71.3%, train=99.1%|x
Задание 2|Задание 2|Задание 2|Задание 2
FC(10), FC(3)|lr=0.005, batch=128, epochs=60|test=72.3%, train=88.1%|x
""",
    "turned, with short names": """
Показатель|1|2
Сеть|3072-10-3|3072-10-3
η|5e-3|5e-3
B|128|128
E|250|60
Loss (train)|0.05|0.2
Acc (train), %|99.1|88.1
Acc (test), %|71.3|72.3
""",
    "iterations in brackets, sums below": """
Модель|Скорость обучения|Размер батча|Кол-во эпох (итераций)|Точность на обучении / тесте
FC(10), FC(3)|0,005|128|250 (3000)|99,1 / 71,3
FC(10), FC(3)|0,005|128|60 (720)|88,1 / 72,3
Среднее||||93,6 / 71,8
""",
    "runs and their mean": """
Сеть|lr|bs|epochs|Запуск 1|Запуск 2|Запуск 3|Среднее test|Среднее train
FC(10), FC(3)|0.005|128|250|70|71|72.9|71.3|99.1
FC(10), FC(3)|0.005|128|60|71|72|73.9|72.3|88.1
""",
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout):
    assert rows(read(table(LAYOUTS[layout]))) == [BASE, STOP]


def test_precision_is_no_accuracy_and_two_unnamed_columns_are_not_guessed():
    said = read(
        table("""
Сеть|lr|bs|epochs|Точность (precision)|Полнота (recall)|Доля верных ответов (accuracy)
FC(10), FC(3)|0.005|128|250|0.72|0.75|0.713
""")
    )
    assert rows(said) == [(*BASE[:5], None)]
    said = read(
        table("""
Сеть|lr|bs|epochs|Точность модели А|Точность модели Б
FC(10), FC(3)|0.005|128|250|71|99
""")
    )
    assert rows(said) == [(*BASE[:4], None, None)]
    assert "accuracies" in codes(said)


def test_the_table_called_final_is_taken_and_others_are_named():
    many = "\n".join(f"FC(10), FC(3)|0.01|{2**k}|100|7{k}|9{k}" for k in range(2, 9))
    said = read(
        "Подбор\n\n" + table("Сеть|lr|batch|epochs|test|train\n" + many)
        + "\nИтоговая таблица с результатами\n\n" + table(PLAIN)
    )  # fmt: skip
    assert rows(said) == [BASE, STOP]
    assert ("more_rows", "7") in said.unread


def test_a_table_for_each_task_is_one_table():
    head, base, stop = PLAIN.strip().splitlines()
    batch = "FC(10), FC(3)|0.005|64|30|71|88"
    said = read(
        "Задание 2\n\n" + table("\n".join([head, base, stop]))
        + "\nЗадание 3\n\n" + table("\n".join([head, stop, batch]))
    )  # fmt: skip
    assert rows(said) == [BASE, STOP, (L, 0.005, 64, 30, 71, 88)]
    assert ("tables_joined", "2") in said.unread


def test_lines_of_the_text_where_there_is_no_table():
    said = read(
        "Результаты:\n\n"
        "1) FC(10), FC(3): lr = 0.005, batch = 128, epochs = 250 – test = 71.3%, train = 99.1%\n\n"
        "2) FC(10), FC(3): lr = 0.005, batch = 128, epochs = 60 – test = 72.3%, train = 88.1%\n"
    )
    assert rows(said) == [BASE, STOP]
    assert codes(said) == {"rows_of_text"}


def notebook(printed: str) -> bytes:
    output = {"output_type": "stream", "name": "stdout", "text": printed.splitlines(keepends=True)}
    cell = {"cell_type": "code", "source": ["show()"], "outputs": [output], "metadata": {}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "cells": [cell]}).encode()


PRINTED = {
    "pandas": """
    layers     lr  batch_size  epochs  train_acc  test_acc
0  [10, 3]  0.005         128     250      0.991     0.713
1  [10, 3]  0.005         128      60      0.881     0.723
""",
    "tabulate, grid": """
+---------------+-------+---------+----------+---------+--------+
| model         |    lr |   batch |   epochs |   train |   test |
+===============+=======+=========+==========+=========+========+
| FC(10), FC(3) | 0.005 |     128 |      250 |    99.1 |   71.3 |
+---------------+-------+---------+----------+---------+--------+
| FC(10), FC(3) | 0.005 |     128 |       60 |    88.1 |   72.3 |
+---------------+-------+---------+----------+---------+--------+
""",
    "tabulate, simple": """
model            lr    batch    epochs    train    test
-------------  -----  -------  --------  -------  ------
FC(10), FC(3)  0.005      128       250     99.1    71.3
FC(10), FC(3)  0.005      128        60     88.1    72.3
""",
}


@pytest.mark.parametrize("shape", PRINTED)
def test_tables_that_programs_print(shape):
    assert rows(read(notebook(PRINTED[shape]), "lab1.ipynb")) == [BASE, STOP]


def test_a_screenshot_pasted_into_markdown_holds_nothing_up():
    picture = "![image.png](data:image/png;base64," + "iVBORw0KGgoAAA" * 40_000 + ")"
    assert rows(read(f"Классы: 10, 31, 51\n\n{picture}\n\n{table(PLAIN)}")) == [BASE, STOP]


def test_a_log_of_settings_and_epochs_is_no_table():
    lines = [f"Epoch {n}/250 lr 0.005 batch 128 test acc 0.71 train acc 0.98" for n in range(25)]
    lines += [f"lr=0.01, batch=64, epochs={n}: test acc 0.71, train acc 0.98" for n in range(60)]
    assert read(notebook("\n".join(lines)), "lab1.ipynb").rows == ()


def test_a_log_of_epochs_is_no_table():
    log = "\n".join(f"Epoch {n}/250 loss 0.{n} train acc 0.98 test acc 0.71" for n in range(250))
    assert read(notebook(log), "lab1.ipynb").rows == ()


def test_latex():
    said = read(
        r"""\documentclass{article}\begin{document}
Классы: 10, 32, 52. % FC(99)
\begin{tabular}{|l|l|l|l|}\hline
Конфигурация & Гиперпараметры & Точность & \multirow{2}{*}{Комментарий} \\ \hline
\multirow{2}{*}{FC(10), FC(3)} & lr $= 5\cdot 10^{-3}$, batch\_size = 128, epochs = 250
  & test = 71.3\%, train = 99.1\% & \textbf{База} \\ \cline{2-4}
 & lr $= 0{,}005$, batch\_size = 128, epochs = 60 & test = 72.3\%, train = 88.1\% & Стоп \\
\hline\end{tabular}\end{document}""",
        "report.tex",
    )
    assert rows(said) == [BASE, STOP]
    assert said.classes == (10, 32, 52)


def test_what_a_row_of_a_pdf_needs_on_the_next_page_is_part_of_it():
    typst = pytest.importorskip("typst")
    head = "[Конфигурация], [Гиперпараметры], [Точность], [Комментарий]"
    rest = (
        "[FC(10), FC(3)], [lr = 0,005, batch = 128, epochs = 60], [test = 72,3 %, train = 88,1 %]"
    )
    made = typst.compile(
        (
            f"#set page(height: 6cm)\n#v(0.3cm)\n#table(columns: (2cm, 4cm, 3cm, 2.6cm), "
            f"table.header({head}), [FC(10), FC(3)], [lr = 0,005, batch = 128, epochs = 250], "
            f"[test = 71,3 %, train = 99,1 %], [Сеть заучила все изображения целиком], {rest}, [x])"
        ).encode()
    )
    assert rows(read(made, "report.pdf")) == [BASE, STOP]


def test_columns_of_a_pdf_that_stand_close():
    typst = pytest.importorskip("typst")
    head = "table.hline(), [Сеть], [lr], [Batch], [Epochs], [Test, %], [Train, %], table.hline()"
    body = "[FC(10), FC(3)], [0,005], [128], [250], [71,3], [99,1], "
    body += "[FC(10), FC(3)], [0,005], [128], [60], [72,3], [88,1], table.hline()"
    made = typst.compile(
        f"#set page(columns: 2)\n#table(columns: 6, stroke: none, {head}, {body})\n".encode()
    )
    assert rows(read(made, "report.pdf")) == [BASE, STOP]


def test_the_caption_of_a_table_in_a_pdf_is_the_line_above_it():
    typst = pytest.importorskip("typst")
    head = "[Сеть], [lr], [batch], [epochs], [test], [train]"
    many = ", ".join(f"[FC(10)], [0.01], [{2**k}], [100], [7{k}], [9{k}]" for k in range(2, 9))
    rows_ = ", ".join(
        f"[FC(10), FC(3)], [0.005], [128], [{e}], [{a}], [{b}]" for *_, e, a, b in (BASE, STOP)
    )
    made = typst.compile(
        f"Подбор\n#table(columns: 6, {head}, {many})\nИтоговая таблица\n"
        f"#table(columns: 6, {head}, {rows_})\nВывод".encode()
    )
    assert rows(read(made, "report.pdf")) == [BASE, STOP]


def test_words_that_narrow_columns_of_a_pdf_divide():
    typst = pytest.importorskip("typst")
    cells = [
        "Networ\\ k",
        "Learni\\ ng rate",
        "Batch\\ size",
        "Epochs",
        "Test\\ acc.",
        "Train\\ acc.",
    ]
    cells += ["FC(6\\ 4), FC(3)", "5e-\\ 03", "128", "250", "0.713", "0.991"]
    cells += ["FC(1\\ 28), FC(3\\ )", "5e-03", "128", "60", "0.723", "0.881"]
    made = typst.compile(f"#table(columns: 6, {', '.join(f'[{c}]' for c in cells)})".encode())
    assert rows(read(made, "report.pdf")) == [((64, 3), *BASE[1:]), ((128, 3), *STOP[1:])]


def test_a_document_of_pages_is_named(tmp_path):
    import zipfile

    path = tmp_path / "отчёт.pages"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Index/Document.iwa", "x")
    with pytest.raises(Unreadable, match="apple"):
        read_file(path.name, path.read_bytes())
