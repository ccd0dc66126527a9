"""Network and hyper-parameters out of what students write in a cell."""

import re
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from fclab.course.reading.plain import NUMBER, fold, fraction, number, plain
from fclab.course.reading.roles import BATCH_WORDS, EPOCH_WORDS, LR_WORDS

_Value = TypeVar("_Value", int, float)
MOST_LAYERS = 12
MOST_NEURONS = 100_000
_INPUTS = {3072, 32323}
"""How inputs are counted; Markdown takes the signs of multiplication out of 32*32*3."""
_FC = r"(?:fc|f\.c\.|linear|dense|полносвязн\w*(?: слой)?|пс|фс)"
_LAYER = re.compile(
    rf"(?:(?P<before>\d{{1,2}})\s?[*x×х]\s?)?(?:nn\.)?{_FC}(?:\d{{1,2}}(?=\s*[(\[{{])|_\d+)?\s*[-:_]?\s*"
    r"(?:[(\[{]\s*(?P<inside>[^)\]}]{1,60})[)\]}]|(?P<bare>\d{1,5})(?![\d.,]\d))"
    r"(?:\s?[*x×х]\s?(?P<after>\d{1,2})(?!\d))?"
)
_WORDS = {"один": 1, "одн": 1, "one": 1, "два": 2, "две": 2, "two": 2, "три": 3, "three": 3,
          "четыре": 4, "four": 4}  # fmt: skip
_SIGN = r"[)\]]?\s*(?:size)?\s*[:=≈~\-]*\s*"
_OTHERS = re.compile(
    r"(?:momentum|моментум|момент\w*\s?[=:]|nesterov|нестеров\w*|\badam\w*|адам\w*"
    r"|rmsprop|adagrad|adadelta|\blion\b"
    r"|l-?bfgs|drop[ -]?out|дропаут\w*|weight[ _]?decay|\bwd\b|\bl[12][ -]?(?:рег\w*"
    r"|reg\w*|penalty)|\bl[12]\s?="
    r"|регуляриз\w*|augment\w*|аугмент\w*|batch[ _]?norm\w*|батч-?норм\w*"
    r"|layer[ _]?norm|label[ _]?smoothing"
    r"|schedul\w*|steplr|cosine|warm[- ]?up|планировщик\w*|\bconv\dd\w*"
    r"|convolution\w*|\bcnn\b|сверт\w*|sigmoid"
    r"|сигмоид\w*|\btanh\b|leaky[ _]?relu"
    r"|\bgelu\b|\belu\b|\bselu\b|\bsilu\b|mixup|cutout|cutmix|flip\w*|отражени\w*|resnet\w*)"
    r"(?:\s?\([^()]{0,30}\)|(?:[^,;\n|()]|,(?=\d)){0,30})"
)
_NOT = re.compile(
    r"(?:\bбез|\bне|\bno|\bnot|\bwithout|вместо|instead of|убра\w*)\s*(?:\w+\s+){0,2}$"
)


_SHAPES = (
    r"hidden[ _]?(?:size|dims?|units|layers?)?\s*[:=]?\s*[(\[]?\s*NUMBERS",
    r"(?<![\d.,])NUMBERS\s*(?:скрыт\w*\s*)?(?:нейрон|neuron|hidden)",
    r"нейрон\w*[^\d]{0,30}?[:=(-]\s*NUMBERS",
    r"(?:скрыт\w* сло\w*|hidden layers?)[^\d]{0,20}NUMBERS",
    r"(?:сло[ияе]\w*|layers?)\s*[:=]\s*[(\[]?\s*NUMBERS",
)
"""In which hidden layers are named in words."""


class Settings(NamedTuple):
    """What a text says of a row; None: nothing.

    Attributes:
        layers: neurons of every layer; of a text that names hidden ones alone, those.
        lr, batch_size, epochs: hyper-parameters.
        other: whatever is beyond plain SGD, as written.
    """

    layers: tuple[int, ...] | None = None
    lr: float | None = None
    batch_size: int | None = None
    epochs: int | None = None
    other: tuple[str, ...] = ()


def settings_of(text: str) -> Settings:
    """Whatever a text names by name."""
    layers, rest = named_layers(text)
    flat = fold(rest)
    return Settings(
        layers=layers,
        lr=_named(flat, LR_WORDS, rate),
        batch_size=_named(flat, BATCH_WORDS, count),
        epochs=_named(flat, EPOCH_WORDS, count, before=True),
        other=others(text),
    )


def rate(text: str) -> float | None:
    """A learning rate that stands alone: 5e-3, 0,005, 1/200, 10-3."""
    text = text.strip().rstrip(".;,")
    if found := re.fullmatch(r"10\s?-\s?(\d{1,2})", text):
        return 10.0 ** -int(found[1])
    value = fraction(text)
    return value if value is not None and 0 < value < 100 else None


def count(text: str) -> int | None:
    """A whole number that stands alone; "1 000" is one."""
    text = text.strip(" .;,~≈")
    if re.fullmatch(r"\d{1,3}(?: \d{3})+", text):
        text = text.replace(" ", "")
    if found := re.fullmatch(r"(\d+)\s?[kк]", text):
        return int(found[1]) * 1000
    read = number(text)
    if read is None or read.value != int(read.value) or not 0 < read.value < 1e8:
        return None
    return int(read.value)


def _named(
    flat: str, words: str, read: Callable[[str], _Value | None], *, before: bool = False
) -> _Value | None:
    """The number beside a name: after it, or where it may be, before it."""
    shape = rf"(?:\d+\s?/\s?\d+(?!\d)|{NUMBER}|10\s?-\s?\d)"
    if before:
        shape = rf"(?:\d{{1,3}}(?: \d{{3}})+(?!\d)|{shape})"
    near = r"(?:\s*\([^()\d]{0,30}\))?" + _SIGN + r"(?:[^\d,;.|=:()/%]{0,25}[\s=:])?"
    for found in re.finditer(rf"{words}{near}({shape})", flat):
        if (value := read(found[1])) is not None:
            return value
    if before:
        for found in re.finditer(rf"({shape})\s*[-]?(?:ти|х|и)?\s*{words}", flat):
            if (value := read(found[1])) is not None:
                return value
    return None


def named_layers(text: str) -> tuple[tuple[int, ...] | None, str]:
    """The layers that a text names as such, and the text without them."""
    flat = plain(text)
    low = flat.casefold().replace("ё", "е")
    found = list(_LAYER.finditer(low)) if len(low) == len(flat) else []
    widths: list[int] = []
    for layer in found:
        inside = layer["inside"] if layer["inside"] is not None else layer["bare"]
        numbers = [int(n) for n in re.findall(r"(?<![\d.])\d{1,5}(?![\d.]\d)", _evaluated(inside))]
        if not numbers:
            continue
        if len(numbers) == 1 or (
            len(found) == 1 and numbers[0] not in _INPUTS and "linear" not in layer[0]
        ):
            new = numbers
        elif numbers[0] in _INPUTS or "linear" in layer[0] or len(numbers) == 2:
            new = numbers[-1:]
        else:
            new = numbers
        times = int(layer["before"] or layer["after"] or 1)
        widths += new * (times if 1 <= times <= MOST_LAYERS else 1)
    if widths and widths[0] in _INPUTS and len(widths) > 1:
        widths = widths[1:]
    if widths:
        return _checked(widths), _LAYER.sub(" ", low)
    if worded := _worded(fold(text)):
        return worded, fold(text)
    chain = re.search(
        r"(?:3072|32323|32\s?\*\s?32\s?\*\s?3)((?:\s?(?:->|=>|[-→>/,;*xх])\s?\d{1,5})+)", low
    )
    if chain:
        numbers = [int(n) for n in re.findall(r"\d+", chain[1])]
        return _checked(numbers), low.replace(chain[0], " ")
    return None, flat


def bare_layers(text: str) -> tuple[int, ...] | None:
    """The layers of a cell that is about nothing else: 10-3, [10, 3], (10, 3), 10."""
    flat = fold(text)
    inside = re.fullmatch(
        r"(?:mlp|модель|сеть|слои|layers|net|нс|нейроны)?\s*[:=]?\s*[(\[]?\s*(\d{1,5}(?:\s?(?:->|=>|[-→>/,;*x+])\s?\d{1,5})*)\s*[)\]]?",
        flat,
    )
    if not inside:
        return None
    numbers = [int(n) for n in re.findall(r"\d+", inside[1])]
    if numbers[0] in _INPUTS and len(numbers) > 1:
        numbers = numbers[1:]
    return _checked(numbers)


def _worded(flat: str) -> tuple[int, ...] | None:
    """Hidden layers in words: "2 слоя по 10", "10 нейронов", "hidden_size = 10"."""
    many = r"(\d{1,2}|один|одн\w*|два|две|три|четыре|one|two|three|four)"
    if found := re.search(
        rf"{many}[- ](?:скрыт\w* )?(?:сло\w*|hidden layers?"
rf"|layers?)(?: скрыт\w*)?,?\s*(?:по|of|with|x|\*)\s*(\d{{1,5}})", flat
    ):  # fmt: skip
        times = (
            int(found[1])
            if found[1].isdecimal()
            else _WORDS.get(found[1][:6], _WORDS.get(found[1][:3], 1))
        )
        if 1 <= times <= MOST_LAYERS:
            return _checked([int(found[2])] * times)
    several = r"(\d{1,5}(?:\s?(?:,|;|и|and|-|/|->|→)\s?\d{1,5})*)"
    for shape in _SHAPES:
        if found := re.search(shape.replace("NUMBERS", several), flat):
            numbers = [int(n) for n in re.findall(r"\d+", found[1])]
            return _checked(numbers[1:] if numbers[0] in _INPUTS else numbers)
    return None


def _evaluated(text: str) -> str:
    """``32*32*3`` as its value."""
    return re.sub(r"32\s?\*\s?32\s?\*\s?3|3\s?\*\s?32\s?\*\s?32", "3072", text)


def _checked(numbers: list[int]) -> tuple[int, ...] | None:
    if not 1 <= len(numbers) <= MOST_LAYERS or not all(1 <= n <= MOST_NEURONS for n in numbers):
        return None
    return tuple(numbers)


def others(text: str) -> tuple[str, ...]:
    """Settings beyond plain SGD that a text names and does not deny."""
    flat = " ".join(plain(text).split())
    low = flat.casefold().replace("ё", "е")
    made = []
    for found in _OTHERS.finditer(low):
        denied = re.search(r"=\s*0(?:[.,]0+)?\s*$|\bне\s|\bno\b|\bnot\b|\bнет\b", found[0])
        if _NOT.search(low[: found.start()]) or denied:
            continue
        written = flat[found.start() : found.end()] if len(low) == len(flat) else found[0]
        made.append(written.strip(" .-("))
    return tuple(dict.fromkeys(made))
