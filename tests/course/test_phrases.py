"""Cells, titles and statements in the words of many students."""

import pytest

from fclab.course.reading.files import read_file
from fclab.course.reading.understood import understand
from fclab.course.values import Claims

NETWORK, SETTINGS = "FC(10), FC(3)", "lr = 0.005, batch_size = 128, epochs = 250"
ACCURACY = "test = 70%, train = 98%"
HEAD = "Конфигурация нейросети|Гиперпараметры|Точность|Комментарий"


def read(text: str) -> Claims:
    return understand("report.md", [read_file("report.md", text.encode())], [], [])


def table(*rows: str, head: str = HEAD) -> Claims:
    width = len(head.split("|"))
    return read("\n".join([f"| {head} |", "|---" * width + "|", *(f"| {r} |" for r in rows)]))


def codes(claims: Claims) -> dict[str, str]:
    return {code: about for code, about in claims.unread if code != "no_classes"}


@pytest.mark.parametrize(
    ("written", "layers"),
    [
        ("FC(10)-FC(3)", (10, 3)),
        ("FC (10) → FC(3)", (10, 3)),
        ("3072-10-3", (10, 3)),
        ("3072x64x32x3", (64, 32, 3)),
        ("[10, 3]", (10, 3)),
        ("10/3", (10, 3)),
        ("Linear(3072, 10), Linear(10, 3)", (10, 3)),
        ("nn.Linear(32*32*3, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 3)",
         (128, 64, 3)),
        ("Linear(in_features=3072, out_features=10), Linear(in_features=10, out_features=3)",
         (10, 3)),
        ("MLP (32\\*32\\*3 → 10 → 3)", (10, 3)),
        ("MLP (32*32*3 → 10 → 3)", (10, 3)),
        ("FC(3072, 10), FC(10, 3)", (10, 3)),
        ("FC(10,3)", (10, 3)),
        ("FC10, FC3", (10, 3)),
        ("FC1(10), FC2(3)", (10, 3)),
        ("FC(10)", (10, 3)),
        ("FC(10), FC(10)", (10, 10, 3)),
        ("FC(3)", (3,)),
        ("2xFC(10), FC(3)", (10, 10, 3)),
        ("FС(10), FС(3)", (10, 3)),
        ("ПС(10), ПС(3)", (10, 3)),
        ("10", (10, 3)),
        ("10 нейронов", (10, 3)),
        ("Число нейронов: 20", (20, 3)),
        ("2 слоя по 10", (10, 10, 3)),
        ("два скрытых слоя по 64 нейрона", (64, 64, 3)),
        ("два слоя: 64 и 32 нейрона", (64, 32, 3)),
        ("3 слоя: 64, 32, 3", (64, 32, 3)),
        ("Входной слой 3072, скрытый слой 10, выходной слой 3", (10, 3)),
        ("HIDDEN_SIZE=64", (64, 3)),
        ("Cifar100_MLP(hidden_size=10, classes=3)", (10, 3)),
        ("FC(64) → ReLU → FC(32) → ReLU → FC(3)", (64, 32, 3)),
        ("Базовая модель", None),
        ("вход 3072, скрытый 10 (ReLU), выход 3", (10, 3)),
        ("10 (ReLU) + 3", (10, 3)),
        ("3 слоя (128, 64, 3)", (128, 64, 3)),
        ("два полносвязных слоя (10 и 3)", (10, 3)),
        ("4-слойная: 256-128-64-3", (256, 128, 64, 3)),
        ("3072:10:3", (10, 3)),
        ("fc1=10, fc2=3", (10, 3)),
        ("3072x10, 10x3", (10, 3)),
        ("(3072, 10), (10, 3)", (10, 3)),
        ("Cifar100_MLP(10, 3)", (10, 3)),
        ("скрытых слоёв 2: 64, 32", (64, 32, 3)),
        ("скрытых слоёв: 2, нейронов: 64", (64, 64, 3)),
        ("скрытых слоёв: 2", None),
        ("слоёв: 2, нейронов: 64", None),
        ("FC(10), FC(3) → FC(64), FC(3)", (64, 3)),
        ("было FC(10), FC(3); стало FC(64), FC(3)", (64, 3)),
        ("FC(10), FC(3), добавлен слой FC(20)", None),
    ],
)  # fmt: skip
def test_networks(written, layers):
    (row,) = table(f"{written} | {SETTINGS} | {ACCURACY} | x").rows
    assert row.layers == layers
    assert (row.lr, row.batch_size, row.epochs) == (0.005, 128, 250)


@pytest.mark.parametrize(
    "written",
    [
        "lr=0,005, batch=128, epochs=250",
        "lr=.005, batch=128, epochs=250",
        "lr: 5·10⁻³; батч: 128; эпохи: 250",
        "lr = 5*10^-3, bs = 128, ep = 250",
        "lr = 5·10-3, batch = 128, epochs = 250",
        "lr = 5e−3, Batch size 128, 250 epochs",
        "lr = 5е-3, batch = 128, epochs = 250",
        "lr = 1/200, batch size 128, 250 эпох",
        "Скорость обучения: 0.005<br>Размер батча: 128<br>Количество эпох: 250",
        "шаг обучения 0.005, размер мини-батча 128, число эпох 250",
        "η = 0,005; размер пакета = 128; эпох = 250",
        "SGD(lr=0.005), batch=128, 250 эпох",
        "lr уменьшили до 0.005, batch_size оставили 128, epochs увеличили до 250",
        "EPOCHS=250, batch_size=128, lr=0.005, momentum=0, weight_decay=0",
        "lr 0.01 → 0.005, batch 64→128, эпох 60 → 250",
        "lr уменьшен с 0.01 до 0.005, batch_size = 128, эпох увеличено с 60 до 250",
        "lr = 0.01/2 = 0.005, batch = 64*2, epochs = 50·5 = 250",
        "lr=0.005 (было 0.01), batch=128 (вместо 64), epochs=250 (x5)",
        "lr=0.005 ×1, batch=128 ×2, epochs=250 (×5)",
        "lr0.005_bs128_ep250",
        "α=0.005; B=128; E=250",
        "lr = 5e-3 / batch 128 / 250 ep.",
        "250 эпох по 12 итераций, lr 0.005, batch=2^7=128",
        "epochs=250, iterations=3000, batch=128, lr=0.005",
        "lr=0,005,batch=128,epochs=250",
    ],
)
def test_settings(written):
    (row,) = table(f"{NETWORK} | {written} | {ACCURACY} | x").rows
    assert (row.lr, row.batch_size, row.epochs) == (pytest.approx(0.005), 128, 250)
    assert row.layers == (10, 3)
    assert row.other == ()


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ("lr=0.005; batch=128; epochs=250; momentum=0.9", ("momentum=0.9",)),
        (f"{SETTINGS}, optimizer = Adam", ("Adam",)),
        (f"{SETTINGS}, L2 = 0.01", ("L2 = 0.01",)),
        (f"{SETTINGS}, Dropout(0.5)", ("Dropout(0.5)",)),
        (f"{SETTINGS}, без dropout", ()),
        (f"{SETTINGS}, регуляризация не использовалась", ()),
        (f"{SETTINGS}, до момента переобучения", ()),
        (f"{SETTINGS}, момент = 0,9", ("момент = 0,9",)),
        (f"{SETTINGS}, momentum=0,9", ("momentum=0,9",)),
        (f"{SETTINGS}, converges faster", ()),
    ],
)
def test_settings_beyond_plain_descent_are_named(written, other):
    (row,) = table(f"{NETWORK} | {written} | {ACCURACY} | x").rows
    assert row.other == other


@pytest.mark.parametrize(
    ("written", "test", "train"),
    [
        ("тест 70, обучение 98", (70, 0), (98, 0)),
        ("train: 98% test: 70%", (70, 0), (98, 0)),
        ("70% (test), 98% (train)", (70, 0), (98, 0)),
        ("Test accuracy: 0.7033, Train accuracy: 0.98", (70.33, 2), (98, 0)),
        ("test: 0,703 train: 0,981", (70.3, 1), (98.1, 1)),
        ("train = 1.0, test = 0.7", (70, 0), (100, 0)),
        ("на тестовой 70,3 %, на обучающей 98,1 %", (70.3, 1), (98.1, 1)),
        ("Обучающая: 98,13%; Тестовая: 70,33%", (70.33, 2), (98.13, 2)),
        ("test=70.33%,train=98.13%", (70.33, 2), (98.13, 2)),
        ("train/test = 98/70", (70, 0), (98, 0)),
        ("acc_test 70.3 acc_train 98.1", (70.3, 1), (98.1, 1)),
        ("test = 70.3 ± 1.5 %, train = 98.1 ± 0.3 %", (70.3, 1), (98.1, 1)),
        ("test = 66,3 % (62,1–70,6), train = 98,1 % (95,6–100,0)", (66.3, 1), (98.1, 1)),
        ("~70% test, ~98% train", (70, 0), (98, 0)),
        ("test = 210/300, train = 1470/1500", (70, 2), (98, 2)),
        ("test: 210 из 300, train: 1470 из 1500", (70, 2), (98, 2)),
        ("test = 69% → 70%, train = 99% → 98%", (70, 0), (98, 0)),
        ("train: 98% → test: 70%", (70, 0), (98, 0)),
        ("test 70% (+3 п.п.), train 98% (↓1%)", (70, 0), (98, 0)),
        ("test = 70 %; train = 98 %; разрыв 28 %", (70, 0), (98, 0)),
        ("test acc 70.3, test loss 0.85, train acc 98.1, train loss 0.05", (70.3, 1), (98.1, 1)),
        ("train 0.98, val 0.73, test 0.70", (70, 0), (98, 0)),
        ("accuracy: 0.98, val_accuracy: 0.70", (70, 0), (98, 0)),
        ("top-1 test 70%, train 98%", (70, 0), (98, 0)),
        ("точность 70%, обучение 98%", (70, 0), (98, 0)),
        ("70% train=98%", (70, 0), (98, 0)),
    ],
)
def test_accuracies(written, test, train):
    (row,) = table(f"{NETWORK} | {SETTINGS} | {written} | x").rows
    assert row.test
    assert row.train
    assert (row.test.value, row.test.decimals) == test
    assert (row.train.value, row.train.decimals) == train


@pytest.mark.parametrize(
    ("written", "code", "test"),
    [
        ("70,3 % / 98,1 %", "taken_by_size", 70.3),
        ("≈70%", "taken_as_test", 70),
        ("70±2", "taken_as_test", 70),
        ("70.3 (лучшая эпоха 45: 72)", "best_epoch", 70.3),
        ("max test = 72% (эпоха 45), train = 90%", "best_epoch", 72),
        ("70-72%", "range", None),
        ("test = 70..72%", "range", None),
        ("test от 70 до 72%", "range", None),
        ("test > 70%", "range", None),
        ("test loss 0.85, train loss 0.05", "accuracies", None),
        ("ошибка на тесте 29%, на обучении 2%", "accuracies", None),
        ("70%, прирост 1.3%", "taken_as_test", 70),
        ("test = 170%", "odd_figure", None),
    ],
)
def test_what_is_not_plain_is_named(written, code, test):
    claims = table(f"{NETWORK} | {SETTINGS} | {written} | x")
    (row,) = claims.rows
    assert (row.test and row.test.value) == test
    assert row.best_epoch == (code == "best_epoch")
    assert code in codes(claims)


def test_a_cell_that_says_the_same_takes_the_row_above():
    claims = table(
        f"{NETWORK} | {SETTINGS} | {ACCURACY} | x",
        f"то же | lr = 0.001, batch_size = 128, epochs = 1250 | {ACCURACY} | x",
        f" | lr = 0.001, batch_size = 64, epochs = 600 | {ACCURACY} | x",
        f"— | lr = 0.001, batch_size = 32, epochs = 300 | {ACCURACY} | x",
        f"FC(64), FC(3) | lr = 0.01 | {ACCURACY} | x",
    )
    assert [row.layers for row in claims.rows] == [(10, 3), (10, 3), (10, 3), None, (64, 3)]
    assert claims.rows[4].epochs is None
    missing = [about for code, about in claims.unread if code == "missing"]
    assert missing == ["4: layers", "5: batch_size", "5: epochs"]


def test_the_final_table_is_found_among_others():
    claims = read(f"""
# Отчёт

| Слой | Параметров |
|---|---|
| 1 | 30730 |

| Эпоха | loss | test |
|---|---|---|
| 1 | 1.2 | 0.4 |

| Конфигурация | lr | batch | epochs | test | train |
|---|---|---|---|---|---|
| {NETWORK} | 0.005 | 128 | 250 | 70 | 98 |

Итоговая таблица

| Конфигурация | lr | batch | epochs | test | train |
|---|---|---|---|---|---|
| {NETWORK} | 0.005 | 128 | 250 | 70 | 98 |
| {NETWORK} | 0.001 | 128 | 300 | 72 | 99 |
""")
    assert [row.lr for row in claims.rows] == [0.005, 0.001]


@pytest.mark.parametrize(
    ("written", "classes"),
    [
        ("Классы: 40, 57, 22", (40, 57, 22)),
        ("Классы 40, 57 и 22", (40, 57, 22)),
        ("Мои классы: 40 (lamp), 57 (pear), 22 (clock)", (40, 57, 22)),
        ("классы: часы, груша, лампа", (22, 57, 40)),
        ("Classes: apple, otter, pickup truck", (0, 55, 58)),
        ("использовались классы №38, №65 и №30", (38, 65, 30)),
        ("Классы CIFAR100: [38, 65, 30]", (38, 65, 30)),
        ("Класс 1: 38\nКласс 2: 65\nКласс 3: 30", (38, 65, 30)),
        ("Номер группы + 15 = 38\n\nНомер варианта + 56 = 65\n\nИУ5 (Номер варианта + 21) = 30",
         (38, 65, 30)),
        ("1. 23 + 15 = 38\n2. 9 + 56 = 65\n3. 9 + 21 = 30", (38, 65, 30)),
        ("Классы по варианту:\n- 38 — кенгуру\n- 65 — кролик\n- 30 — дельфин", (38, 65, 30)),
        ("| Класс | Номер |\n|--|--|\n| кенгуру | 38 |\n| кролик | 65 |\n| дельфин | 30 |",
         (38, 65, 30)),
        ("```python\nCLASSES = [38, 65, 30]\n```", (38, 65, 30)),
        ("CLASSES = [0, 55, 58]\n\nКлассы: 38, 65, 30", (38, 65, 30)),
        ("Вы должны использовать следующие классы из CIFAR100:\n1. Номер группы + 15\n"
         "2. Номер варианта + 56\n3. ИУ5 (Номер варианта + 21); ГУИМЦ (80); Иностранцы (90)", None),
        ("необходимо классифицировать 3 класса", None),
        ("Номер группы + 7 = 3 + 7 = 10; вариант + 30 = 1 + 30 = 31; 1 + 50 = 51", (10, 31, 51)),
        ("1. Номер группы + 7: 10\n2. Номер варианта + 30: 31\n3. Номер варианта + 50: 51",
         (10, 31, 51)),
        ("Номер группы (3) + 7 = 10, номер варианта (1) + 30 = 31, ИУ5 (1 + 50) = 51",
         (10, 31, 51)),
        ("10 - bowl (миска)\n\n31 - elephant (слон)\n\n51 - mushroom (гриб)", (10, 31, 51)),
        ("Сеть различает классы bowl (10), elephant (31) и mushroom (51)", (10, 31, 51)),
        ("По варианту: 10, 31, 51", (10, 31, 51)),
        ("Class IDs: 10, 31, 51", (10, 31, 51)),
        ("Часть 2. Сеть разделяет классы 0 и 1", None),
    ],
)  # fmt: skip
def test_classes(written, classes):
    assert read(written).classes == classes


@pytest.mark.parametrize(
    ("written", "name", "group"),
    [
        ("Выполнил: Иванов И.И.\nГруппа: ИУ5-23М\nПроверил: Канев А.И.", "Иванов И.И.", "ИУ5-23М"),
        ("Студент группы ИУ5-23М   Иванов Иван Иванович\n\nПреподаватель Канев А.И.",
         "Иванов Иван Иванович", "ИУ5-23М"),
        ("Выполнила студентка группы ИУ5И-21М\nАлексеева М. А.", "Алексеева М. А.", "ИУ5И-21М"),
        ("Student: Li Wei, group IU5I-21M", "Li Wei", "IU5I-21M"),
        ("Студент ИУ5-25М  ________  Н.А. Кузнецова\n\nРуководитель  А.И. Канев",
         "Н.А. Кузнецова", "ИУ5-25М"),
        ("Преподаватель: Канев А.И.", "", ""),
    ],
)  # fmt: skip
def test_title_pages(written, name, group):
    claims = read(written)
    assert (claims.name, claims.group) == (name, group)


@pytest.mark.parametrize(
    ("written", "error"),
    [
        ("Часть 1. Регрессия\n\nMSE = 0,00251. Хорошо\n\nЧасть 2\n\nloss = 0.1", 0.00251),
        ("# Часть 1\n\nlr = 1e-4, итоговое значение функции потерь: 2.5e-3\n\n# Часть 2", 0.0025),
        ("Задание 1. Регрессия\n\nОшибка после 50000 итераций: 0.0026\n\nЗадание 2", 0.0026),
        ("```\nprint(cur_loss.numpy().mean())\n0.0024876\n```", 0.0024876),
        ("Часть 1. loss уменьшился с 0.35 до 0.0025.\n\nЧасть 2", 0.0025),
        ("Часть 2. loss = 0.1", None),
    ],
)
def test_errors_of_part_1(written, error):
    found = read(written).part_1_error
    assert (found and found.value) == error
