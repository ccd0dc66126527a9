"""What figures say, in both languages, and how their numbers are written."""

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from babel import Locale
from babel.numbers import format_decimal, format_percent
from matplotlib.ticker import Formatter

Lang = Literal["ru", "en"]

_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")

_TEXTS: dict[str, tuple[str, str]] = {  # key: (English, Russian)
    # the data
    "stand_in": ("SYNTHETIC STAND-IN, not CIFAR-100", "СИНТЕТИЧЕСКАЯ ЗАМЕНА, не CIFAR-100"),
    "train": ("train", "обучающая"),
    "valid": ("validation", "проверочная"),
    "test": ("test", "тестовая"),
    "xor": ("XOR", "исключающее ИЛИ"),
    "circles": ("circles", "окружности"),
    "moons": ("moons", "полумесяцы"),
    "sigmoid": ("sigmoid", "сигмоида"),
    "sine": ("sine", "синус"),
    "bump": ("bump", "горб"),
    "parabola": ("parabola", "парабола"),
    "abs": ("absolute value", "модуль"),
    "step": ("step", "ступенька"),
    # part 1
    "noisy_points": ("{n} noisy examples", "примеры с шумом: {n}"),
    "true_curve": ("true curve", "истинная кривая"),
    "fit_after": ("fit after step {n}", "после шага {n}"),
    "noise_floor": ("error of the true curve: {value}", "ошибка истинной кривой: {value}"),
    "not_finite": ("not finite", "не число"),
    "off_the_picture": ("off the picture", "за краем рисунка"),
    # training
    "steps": ("gradient descent step", "шаг градиентного спуска"),
    "epoch": ("epoch", "эпоха"),
    "squared_error": ("mean squared error", "средний квадрат ошибки"),
    "log_loss": ("log loss per example", "логистическая потеря на пример"),
    "cross_entropy": ("cross-entropy", "перекрёстная энтропия"),
    "loss": ("loss per example", "функция потерь на пример"),
    "accuracy": ("accuracy", "точность"),
    "seed": ("seed {n}", "зерно {n}"),
    "falls_at": ("step {n}", "шаг {n}"),
    "overfitting": ("least test loss: epoch {n}", "наименьшие потери на тесте: эпоха {n}"),
    "diverged": ("diverged at epoch {n}", "разошлось на эпохе {n}"),
    # part 2
    "probability": ("probability of {name}", "вероятность: {name}"),
    "wrong": ("wrong answers: {n}", "неверные ответы: {n}"),
    "correct": ("{share} of train correct", "верно на обучающей: {share}"),
    # part 3
    "true_class": ("true class", "истинный класс"),
    "answer": ("network's answer", "ответ сети"),
    "true_number": ("true class (its number)", "истинный класс (номер)"),
    "answer_number": ("network's answer (number of class)", "ответ сети (номер класса)"),
    "row_share": ("share of the true class", "доля истинного класса"),
    "confusion": ("{split}: {share} correct", "{split} выборка: верно {share}"),
    # the network
    "net_input": ("input", "вход"),
    "net_hidden": ("hidden layer", "скрытый слой"),
    "net_layer": ("layer {n}", "слой {n}"),
    "net_output": ("output layer", "выходной слой"),
    "net_last": ("output", "выход"),
    "net_more": ("layers", "слои"),
    "net_total": ("in all", "всего"),
    "net_inputs": ("inputs of a neuron", "входов у нейрона"),
    "net_neurons": ("neurons", "нейронов"),
    "net_activation": ("activation", "активация"),
    "net_connections": ("connections", "связей"),
    "net_biases": ("biases", "смещений"),
    "net_weights": ("weights and biases", "весов со смещениями"),
    "net_hidden_neurons": ("+ {n}", "ещё {n}"),
    "net_none": ("none", "нет"),
    "net_relu": ("ReLU", "ReLU"),
    "net_sigmoid": ("sigmoid", "сигмоида"),
    "net_tanh": ("tanh", "tanh"),
    "net_gelu": ("GELU", "GELU"),
    "net_softmax": ("softmax", "softmax"),
    "first_of": ("the first {n} of {total} neurons", "первые {n} из {total} нейронов"),
    # the study
    "runs_band": (
        "{n} seeds: mean and 10–90% of them",
        "зёрен: {n}; среднее и 10–90\N{NO-BREAK SPACE}% из них",
    ),
    "seeds_count": ("seeds", "зёрен"),
    "least_of_mean": ("least of the mean: epoch {n}", "минимум среднего: эпоха {n}"),
    "least_of_each": ("least of each seed", "минимумы отдельных зёрен"),
    "diverged_runs": ("diverged: {n}", "разошлось: {n}"),
    "diverged_of_at_once": (
        "diverged: {n} of {total}, at epoch {first}",
        "разошлось: {n} из {total}, на эпохе {first}",
    ),
    "diverged_of": (
        "diverged: {n} of {total}, at epochs {first}–{last}",
        "разошлось: {n} из {total}, на эпохах {first}–{last}",
    ),
    "all_diverged": ("every run diverged", "все запуски разошлись"),
    "better": ("better", "лучше"),
    "worse": ("worse", "хуже"),
    "not_distinguishable": ("not distinguishable", "не отличить"),
    "not_compared": ("nothing to compare", "сравнивать не с чем"),
    "undetectable": ("too small to be seen", "слишком мало, чтобы заметить"),
    "difference_axis": (
        "test accuracy less that of the parent row, percentage points",
        "точность на тесте минус точность исходной строки, процентные пункты",
    ),
    "configuration": (
        "{layers}; η\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{lr}; batch\N{NO-BREAK SPACE}{batch}; "
        "epochs:\N{NO-BREAK SPACE}{epochs}",
        "{layers}; η\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{lr}; батч\N{NO-BREAK SPACE}{batch}; "
        "эпох:\N{NO-BREAK SPACE}{epochs}",
    ),
    "row_base": ("base network", "базовая сеть"),
    "row_stop": ("stopped at epoch {epochs}", "остановка на эпохе {epochs}"),
    "row_batch": ("batch {batch}", "батч {batch}"),
    "row_past": ("batch {batch}, not stopped", "батч {batch} без остановки"),
    "row_lr": ("learning rate {lr}", "скорость обучения {lr}"),
    "row_layers": ("layers {layers}", "слои {layers}"),
    "recall": ("test accuracy of each class", "точность на тесте по классам"),
    "recall_shades": (
        "test accuracy of each class: pale {least}, dark {greatest}",
        "точность на тесте по классам: светлое – {least}, тёмное – {greatest}",
    ),
    "recall_percent": ("test accuracy of each class, %", "точность на тесте по классам, %"),
    "test_accuracy": ("test accuracy", "точность на тесте"),
    "train_accuracy": ("train accuracy", "на обучающей"),
    "interval_of_mean": ("mean and 95% interval", "среднее и 95%-й интервал"),
    "ensemble": ("all seeds voting together", "все зёрна вместе"),
    # a search
    "candidate": ("candidate", "кандидат"),
    "search_accuracy": ("validation accuracy", "точность на проверочной"),
    "search_best": ("best of all seeds: {share}", "лучший на всех зёрнах: {share}"),
    "search_finished": ("trained from all seeds", "обучен на всех зёрнах"),
    "search_pruned": ("pruned after the first seeds", "отсеян после первых зёрен"),
    "search_failed": ("training failed", "обучение не удалось"),
    "search_share": (
        "share of the variance of validation accuracy",
        "доля дисперсии точности на проверочной выборке",
    ),
    "field_layers": ("layers", "слои"),
    "field_activation": ("activation", "функция активации"),
    "field_loss": ("loss", "функция потерь"),
    "field_init": ("initial weights", "начальные веса"),
    "field_init_scale": ("scale of the initial weights", "размах начальных весов"),
    "field_optimizer": ("optimiser", "оптимизатор"),
    "field_lr": ("learning rate", "скорость обучения"),
    "field_momentum": ("momentum", "момент"),
    "field_nesterov": ("Nesterov's momentum", "момент Нестерова"),
    "field_weight_decay": ("weight decay", "коэффициент L2"),
    "field_batch_size": ("batch size", "размер батча"),
    "field_epochs": ("epochs", "число эпох"),
    "field_schedule": ("schedule of the rate", "расписание скорости"),
    "field_patience": ("patience", "терпение ранней остановки"),
    "field_flip": ("flips", "отражения"),
    "field_shift": ("shifts, pixels", "сдвиги, пикселей"),
    "field_rotate": ("turns, degrees", "повороты, градусов"),
    "field_zoom": ("scaling", "изменение размера"),
    "field_jitter": ("brightness and colour", "яркость и цвет"),
    "field_pool": ("pixels averaged", "усреднение пикселей"),
    "field_locality": ("locality", "локальность"),
    "field_dropout": ("dropout", "dropout"),
    "field_label_smoothing": ("label smoothing", "сглаживание меток"),
    "field_mixup": ("mixup", "mixup"),
    "field_norm": ("normalisation", "нормализация"),
    "field_ema": ("average of the weights", "усреднение весов"),
    "field_contrast": ("contrast normalisation", "нормализация контраста"),
    "field_tta": ("views at test time", "виды изображения при ответе"),
}


def text(key: str, lang: Lang, **values: Any) -> str:
    """The text of a key, its gaps filled.

    Raises:
        KeyError: there is no such text.
    """
    return _TEXTS[key][lang == "ru"].format(**values)


def has_text(key: str) -> bool:
    """Whether there is such a text."""
    return key in _TEXTS


def data_name(name: str, lang: Lang) -> str:
    """A dataset by name: "moons" is «полумесяцы»; a name without translation stays."""
    return text(name, lang) if name in _TEXTS else name


def capital(words: str) -> str:
    """The first letter large, the others as they are."""
    return words[:1].upper() + words[1:]


def number(value: float, lang: Lang, digits: int = 0) -> str:
    """So many digits after the point, thousands set apart: 50,000 or 50 000; 0.25 or 0,25."""
    if not math.isfinite(value):
        return "—"
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return _typeset(format_decimal(value, pattern, lang))


def significant(value: float, lang: Lang, digits: int = 3) -> str:
    """So many significant digits: 0.00254; powers of ten where that would be long."""
    if value and math.isfinite(value) and not 1e-5 <= abs(value) < 1e6:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        power = str(int(exponent)).translate(_SUPERSCRIPTS)
        return f"{number(float(mantissa), lang, digits - 1)}·10{power}"
    if not math.isfinite(value):
        return "—"
    rounded = float(f"{value:.{digits - 1}e}")  # Babel writes 0.0998 with two digits as 0.010
    return _typeset(format_decimal(rounded, "@" * digits, lang))


def percent(share: float, lang: Lang, digits: int = 1) -> str:
    """A share 0..1 as 76.5% or 76,5 %."""
    if not math.isfinite(share):
        return "—"
    pattern = Locale(lang).percent_formats[None].pattern
    fraction = "." + "0" * digits if digits else ""
    return format_percent(share, pattern.replace("0", "0" + fraction), lang)


def _typeset(digits: str) -> str:
    return digits.replace("-", "\N{MINUS SIGN}")


class Numbers(Formatter):
    """Tick labels in the language: as many digits for all as the finest of them needs.

    Args:
        lang: of the decimal mark and the thousands.
        shares: write shares as percentages.
        each: digits for each tick by itself, as a logarithmic axis wants them.
    """

    def __init__(self, lang: Lang, *, shares: bool = False, each: bool = False):
        self.lang: Lang = lang
        self.shares, self.each = shares, each

    def __call__(self, x: float, pos: int | None = None) -> str:
        """One value."""
        return self.format_ticks([x])[0]

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """All the labels of an axis."""
        if self.each:
            return [self._label(value, _digits([value])) for value in values]
        digits = _digits(values) if len(values) else 0
        return [self._label(value, digits) for value in values]

    def _label(self, value: float, digits: int) -> str:
        if self.shares:
            return percent(value, self.lang, max(0, digits - 2))
        if value and not 1e-5 < abs(value) < 1e6:
            exponent = math.floor(math.log10(abs(value)) + 1e-9)
            leading = value / 10.0**exponent
            power = f"10{str(exponent).translate(_SUPERSCRIPTS)}"
            alone = math.isclose(leading, 1, abs_tol=1e-6)
            return power if alone else f"{number(leading, self.lang, _digits([leading]))}·{power}"
        return number(value, self.lang, digits)


def _digits(values: Sequence[float]) -> int:
    array = np.asarray(values, float)
    smallest = max(np.abs(array).max(), 1e-12) * 1e-6
    fits = (d for d in range(8) if np.allclose(array, array.round(d), rtol=0, atol=smallest))
    return next(fits, 8)
