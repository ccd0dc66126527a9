"""Network and hyper-parameters out of what students write in a cell."""

import re
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from fclab.course.reading.layers import named_layers
from fclab.course.reading.plain import NUMBER, fold, fraction, number, plain
from fclab.course.reading.roles import BATCH_WORDS, EPOCH_WORDS, LR_WORDS

_Value = TypeVar("_Value", int, float)
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
    flat = _parted(fold(rest))
    return Settings(
        layers=layers,
        lr=_named(flat, rf"(?:{LR_WORDS}|\balpha\b|α|\bшаг(?=\s*[:=]))", rate, _RATE),
        batch_size=_named(flat, rf"(?:{BATCH_WORDS}|\bb(?=\s*[:=]))", count, NUMBER),
        epochs=_named(flat, rf"(?:{EPOCH_WORDS}|\be(?=\s*[:=]))", count, _MANY, before=True),
        other=others(text),
    )


def _parted(flat: str) -> str:
    """Names and their numbers apart: ``lr0.005_bs128_ep250``."""
    return re.sub(r"(?<![a-z])(lr|bs|ep|epochs?|batch)(?=[\d.])", r" \1 ", flat)


_BY = r"(?P<by>\d{1,4}(?:[.,]\d)?)(?![\d/*]|[.,]\d|\s?/)"
_RATE = rf"(?:\d+\s?/\s?\d+(?!\d)|{NUMBER}|10\s?-\s?\d)"
_MANY = rf"(?:\d{{1,3}}(?: \d{{3}})+(?!\d)|{NUMBER})"


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
    if found := re.fullmatch(r"2\s?\^\s?(\d{1,2})", text):
        return 2 ** int(found[1])
    read = number(text)
    if read is None or read.value != int(read.value) or not 0 < read.value < 1e8:
        return None
    return int(read.value)


def rate_of(text: str) -> float | None:
    """The learning rate of a cell about nothing else, after all changes that it tells of."""
    return _alone(text, rate, _RATE)


def count_of(text: str) -> int | None:
    """`rate_of` for whole numbers."""
    return _alone(text, count, _MANY)


def _alone(text: str, read: Callable[[str], _Value | None], shape: str) -> _Value | None:
    flat = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", " ", fold(text))
    flat = re.split(r"\b(?:было|вместо|was|instead)\b", flat)[0].strip(" .;,~≈*")
    if (value := read(flat)) is not None:
        return value
    found = re.match(rf"(?:[^\d.,/%-]{{0,25}}\s)?({shape})", flat)
    value = read(found[1]) if found else None
    if found is None or value is None:
        return None
    value, rest = _changed(value, flat[found.end() :], read, shape)
    return value if not re.search(r"\d", rest) else None


def _named(
    flat: str, words: str, read: Callable[[str], _Value | None], shape: str, *, before: bool = False
) -> _Value | None:
    """The number beside a name: after it, or where it may be, before it. Of numbers that were
    changed ("250 → 60", "с 0,005 до 0,001", "60·5 = 300") the one that holds in the end."""
    near = r"(?:\s*\([^()\d]{0,30}\))?" + _SIGN + r"(?P<gap>(?:[^\d,;.|=:()/%]{0,25}[\s=:])?)"
    for found in re.finditer(rf"{words}{near}(?P<value>{shape})", flat):
        if before and re.fullmatch(r"\s*(?:по|of|with|при)\s*", found["gap"]):
            continue
        if (value := read(found["value"])) is not None:
            return _changed(value, flat[found.end() :], read, shape)[0]
    if before:
        for found in re.finditer(rf"({shape})\s*[-]?(?:ти|х|и)?\s*{words}", flat):
            if (value := read(found[1])) is not None:
                return value
    return None


def _changed(
    value: _Value, rest: str, read: Callable[[str], _Value | None], shape: str
) -> tuple[_Value, str]:
    """A number after all changes that the text behind it tells of, and the text behind those."""
    while True:
        if found := re.match(
            rf"\s*(?:->|=>|→|=|(?:[,;]\s*)?(?:до|to|стал[аио]?|теперь|now)\s)\s*({shape})", rest
        ):
            new = read(found[1])
        elif found := re.match(rf"(?P<before>\s?)[*/x](?P<after>\s?){_BY}(?P<is>\s?=)?", rest):
            if found["before"] and not found["after"] and not found["is"]:
                return value, rest  # "256 ×2" tells by how much it was changed
            by = float(found["by"].replace(",", "."))
            shrinks = "/" in found[0]
            new = None if by == 0 or by > 20 else value / by if shrinks else value * by
            if new is not None and isinstance(value, int):
                new = int(new) if new == int(new) else None
            elif new is not None:
                new = float(f"{new:.12g}")
        else:
            return value, rest
        if new is None:
            return value, rest
        value, rest = new, rest[found.end("by" if "by" in found.re.groupindex else 0) :]  # pyright: ignore[reportAssignmentType]


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
