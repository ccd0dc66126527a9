"""Networks out of what students write: neurons of every layer."""

import re
from itertools import pairwise

from fclab.course.reading.plain import fold, plain

MOST_LAYERS = 12
MOST_NEURONS = 100_000
_INPUTS = {3072, 32323}
"""How inputs are counted; Markdown takes the signs of multiplication out of 32*32*3."""
_FC = r"(?:fc|f\.c\.|linear|dense|линейн\w*(?: слой)?|полносвязн\w*(?: слой)?|пс|фс)"
_LAYER = re.compile(
    rf"(?:(?P<before>\d{{1,2}})\s?[*x×х]\s?)?(?:nn\.)?{_FC}"
    r"(?:\d{1,2}(?=\s*(?:[(\[{]|[=:]\s*\d))|_\d+)?\s*[-:=_]?\s*"
    r"(?:[(\[{]\s*(?P<inside>[^)\]}]{1,60})[)\]}]|(?P<bare>\d{1,5})(?![\d.,]\d))"
    r"(?:\s?[*x×х]\s?(?P<after>\d{1,2})(?!\d))?"
)
_WORDS = {"один": 1, "одн": 1, "one": 1, "два": 2, "две": 2, "two": 2, "три": 3, "three": 3,
          "четыре": 4, "four": 4}  # fmt: skip
_MANY = r"(\d{1,2}|один|одн\w*|два|две|три|четыре|one|two|three|four)"
_BETWEEN = r"\s?(?:->|=>|[-→>/|:,;*x+хи]|and)\s?"
_SEVERAL = rf"(\d{{1,5}}(?:{_BETWEEN}\d{{1,5}})*)"
_SHAPES = (
    r"hidden[ _]?(?:size|dims?|units|layers?)?\s*[:=]?\s*[(\[]?\s*NUMBERS",
    r"(?<![\d.,])NUMBERS\s*(?:скрыт\w*\s*)?(?:нейрон|neuron|hidden)",
    r"нейрон\w*[^\d]{0,30}?[:=(-]\s*NUMBERS",
    r"(?:скрыт\w* сло\w*|hidden layers?)[^\d]{0,20}NUMBERS",
    r"(?:сло[ияе]\w*|layers?)\s*[:=]\s*[(\[]?\s*NUMBERS",
)
"""In which hidden layers are named in words."""
_COUNTED = re.compile(
    r"(?P<hidden>скрыт\w* )?(?:сло[ей]в|hidden layers)\s*[:=-]?\s*(?P<n>\d{1,2}|нет)(?![\d.])"
)
"""A number of layers, not of neurons: "скрытых слоёв: 2"."""
_AROUND = re.compile(
    r"\b(?:relu|softmax|logsoftmax|активац\w*|функци\w* активации|activation|вход\w*|input\w*"
    r"|выход\w*|output\w*|скрыт\w*|hidden|слои|слой|слоя|слое|layers?|нейрон\w*|neurons?|mlp"
    r"|модель\w*|model|сеть|net|network|нс|cifar\s?100_?(?:mlp)?|архитектура|нов\w*|базов\w*"
    r"|исходн\w*|прежн\w*|base|baseline|new|классов|классы|и|с|из|в|with)\b"
    r"|\b\w{1,8}-?слойн\w*|№\s?\d+"
)
"""Words beside the numbers of a cell that is about a network."""


def named_layers(text: str) -> tuple[tuple[int, ...] | None, str]:
    """The layers that a text names as such, and the text without them."""
    flat = plain(text)
    low = flat.casefold().replace("ё", "е")
    low = _latest(low)
    found = list(_LAYER.finditer(low))
    widths: list[int] = []
    for layer in found:
        inside = layer["inside"] if layer["inside"] is not None else layer["bare"]
        numbers = [int(n) for n in re.findall(r"(?<![\d.])\d{1,5}(?![\d.]\d)", _evaluated(inside))]
        if not numbers:
            continue
        linear = "linear" in layer[0] or "линейн" in layer[0]
        if len(numbers) == 1 or (len(found) == 1 and numbers[0] not in _INPUTS and not linear):
            new = numbers
        elif numbers[0] in _INPUTS or linear or len(numbers) == 2:
            new = numbers[-1:]
        else:
            new = numbers
        times = int(layer["before"] or layer["after"] or 1)
        widths += new * (times if 1 <= times <= MOST_LAYERS else 1)
    if widths and widths[0] in _INPUTS and len(widths) > 1:
        widths = widths[1:]
    if widths:
        return _checked(widths), _LAYER.sub(" ", low)
    if pairs := _pairs(low):
        return pairs
    if worded := _worded(fold(low)):
        return worded, fold(low)
    chain = re.search(
        r"(?:3072|32323|32\s?\*\s?32\s?\*\s?3)((?:\s?(?:->|=>|[-→>/|:,;*xх])\s?\d{1,5})+)", low
    )
    if chain:
        numbers = [int(n) for n in re.findall(r"\d+", chain[1])]
        return _checked(numbers), low.replace(chain[0], " ")
    return None, low


def bare_layers(text: str) -> tuple[int, ...] | None:
    """The layers of a cell that is about nothing else: 10-3, [10, 3], (10, 3), 10."""
    flat = fold(text)
    if _COUNTED.search(flat):
        return None
    many = re.match(rf"{_MANY}\s(?:\w+\s)?(?:сло\w*|layers?)\s*[:(\[,-]?\s*(?=\d)", flat)
    rest = flat[many.end() :] if many else flat
    rest = re.sub(r"[()\[\]{}]", " ", _AROUND.sub(" ", rest))
    rest = " ".join(rest.strip(" .,;:=*-").split())
    rest = re.sub(r"(?:\s?[,;]\s?)+", ",", re.sub(r"(?<=\d) (?=\d)", ",", rest))
    if not re.fullmatch(rf"\d{{1,5}}(?:{_BETWEEN}\d{{1,5}})*", rest):
        return None
    numbers = [int(n) for n in re.findall(r"\d+", rest)]
    if numbers[0] in _INPUTS and len(numbers) > 1:
        numbers = numbers[1:]
    if many and len(numbers) not in (_many(many[1]), _many(many[1]) + 1):
        return None
    return _checked(numbers)


def repeated(depth: str, width: tuple[int, ...], *, hidden: bool) -> tuple[int, ...] | None:
    """Hidden layers out of how many there are and the neurons of each.

    Args:
        depth: a cell of how many layers.
        width: neurons: of all of them, or of each.
        hidden: the output is not counted; else it may be.

    Returns:
        The layers; None: the two may be read in several ways.
    """
    found = re.fullmatch(r"\d{1,2}", fold(depth))
    if not found:
        return width
    n = int(found[0])
    if len(width) > 1 or n == 1:
        return width if len(width) in (n, n + 1) or (not hidden and len(width) == n - 1) else None
    return _checked(list(width) * n) if hidden else None


def _latest(low: str) -> str:
    """Of a network that replaces another one, the new one alone."""
    if (found := re.search(r"(?:стал[аио]?|теперь|now|became)\b\s*:?(?=.*\d)", low)) and re.search(
        _FC, low[found.end() :]
    ):
        return low[found.end() :]
    parts = re.split(r"\s*(?:->|=>|→)\s*", low)
    if len(parts) == 2:
        ends = [[m["inside"] or m["bare"] for m in _LAYER.finditer(part)] for part in parts]
        if all(len(widths) > 1 for widths in ends) and "linear" not in low:
            return parts[1]
    return low


def _pairs(low: str) -> tuple[tuple[int, ...] | None, str] | None:
    """Sizes of matrices: 3072x10, 10x3."""
    sides = r"(?<![\d.,])\(?(\d{1,5})\s?(?:->|[x*хX×,→])\s?(\d{1,5})\)?(?![\d.]|,\d)"
    found = re.search(rf"{sides}(?:[\s,;+>-]{{1,4}}{sides})+", _evaluated(low))
    if not found:
        return None
    pairs = [(int(a), int(b)) for a, b in re.findall(sides, found[0])]
    if pairs[0][0] not in _INPUTS or any(one[1] != two[0] for one, two in pairwise(pairs)):
        return None
    return _checked([b for _, b in pairs]), _evaluated(low).replace(found[0], " ")


def _worded(flat: str) -> tuple[int, ...] | None:
    """Hidden layers in words: "2 слоя по 10", "10 нейронов", "hidden_size = 10"."""
    each = re.search(
        rf"{_MANY}[- ](?:скрыт\w* )?(?:сло\w*|hidden layers?|layers?)(?: скрыт\w*)?,?"
        r"\s*(?:по|of|with|x|\*)\s*(\d{1,5})",
        flat,
    )
    if each and 1 <= _many(each[1]) <= MOST_LAYERS:
        return _checked([int(each[2])] * _many(each[1]))
    if found := _COUNTED.search(flat):
        return _counted(found, flat[: found.start()] + " ; " + flat[found.end() :])
    for shape in _SHAPES:
        if found := re.search(shape.replace("NUMBERS", _SEVERAL), flat):
            numbers = [int(n) for n in re.findall(r"\d+", found[1])]
            return _checked(numbers[1:] if numbers[0] in _INPUTS else numbers)
    return None


def _counted(found: re.Match[str], rest: str) -> tuple[int, ...] | None:
    """Layers of a text that says how many there are; None: it does not say of how many neurons."""
    listed = re.search(rf"(?<![\w.,]){_SEVERAL}(?![\w.]|,\d)", rest)
    if not listed or not found["n"].isdecimal():
        return None
    numbers = tuple(int(n) for n in re.findall(r"\d+", listed[1]))
    return repeated(found["n"], numbers, hidden=bool(found["hidden"]))


def _many(word: str) -> int:
    return int(word) if word.isdecimal() else _WORDS.get(word[:6], _WORDS.get(word[:3], 1))


def _evaluated(text: str) -> str:
    """``32*32*3`` as its value."""
    return re.sub(r"32\s?\*\s?32\s?\*\s?3|3\s?\*\s?32\s?\*\s?32", "3072", text)


def _checked(numbers: list[int]) -> tuple[int, ...] | None:
    if not 1 <= len(numbers) <= MOST_LAYERS or not all(1 <= n <= MOST_NEURONS for n in numbers):
        return None
    return tuple(numbers)
