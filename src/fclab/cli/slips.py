"""Slips of a command line that have one meaning: what a person means is read, and said.

Cyclopts gets the words that were meant. What has several meanings is left as it is, and answered
by an error. Free text and names of files are never altered.
"""

import os
import pathlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache
from itertools import takewhile
from typing import Final, NamedTuple

from fclab.values.errors import Clause, FclabError, listed

TEXTS: Final = {
    "--student", "--teacher", "--university", "--faculty", "--department-name", "--discipline",
    "--city", "--year", "--designation", "--title", "--comment", "--name",
}  # fmt: skip
"""Options whose value is a person's own text."""

FILES: Final = {
    "--out", "--data", "--images", "--store", "--storage", "--rows", "--schemes", "--space",
    "--notes", "--template", "--settings", "--figures", "--histories", "--rescue", "--mirror",
    "--from",
}  # fmt: skip
"""Options whose value is a file, a folder or an address."""

_DASHES: Final = "‐‑‒–—―−-"
_OPTION: Final = re.compile(
    rf"(?P<dashes>[{_DASHES}]{{1,3}})(?P<name>[^\W\d_][\w{_DASHES}]*)(?P<rest>.*)", re.DOTALL
)
_NAME: Final = re.compile(r"(?:[^\W\d_]{1,6}\d*[^\W\d_]?[\s‐‑–—-]+)?\d+[^\W\d_]?")
_UNSEEN: Final = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"))
_SPACES: Final = "\u00a0\u2007\u202f"
_QUOTES: Final = {"“": "”", "„": "“”", "«": "»", "‘": "’", "'": "'", "”": "”", '"': '"'}
_LATIN: Final = str.maketrans("асеёорхукмнтві", "aceeopxykmhtbi")
_KEYS: Final = str.maketrans("йцукенгшщзхъфывапролджэячсмитьбю", "qwertyuiop[]asdfghjkl;'zxcvbnm,.")
_CYRILLIC: Final = str.maketrans("ABCEHKMOPTXYUI", "АВСЕНКМОРТХУУИ")
_POWERS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−–", "0123456789---")

_BY_GROUP: Final = {"run", "variant", "notebook", "study", "ladder", "ceilings", "search"}
"""Commands that take a group and a variant, and no words without an option."""

_HELP: Final = {"help", "/?", "-?", "/h", "справка", "помощь"}
_IN_RUSSIAN: Final = {
    "группа": "group", "вариант": "variant", "кафедра": "department", "язык": "lang",
    "классы": "classes", "данные": "data", "слои": "layers", "эпохи": "epochs", "зерно": "seed",
    "студент": "student", "преподаватель": "teacher", "помощь": "help", "справка": "help",
}  # fmt: skip
_VERSION: Final = {"-v", "version", "версия"}
_LANGUAGES: Final = {"русский": "ru", "рус": "ru", "rus": "ru", "russian": "ru",
                     "английский": "en", "англ": "en", "eng": "en", "english": "en"}  # fmt: skip


_DATA: Final = {
    "круги": "circles", "окружности": "circles", "кольца": "circles", "луны": "moons",
    "полумесяцы": "moons", "месяцы": "moons", "спираль": "spiral", "исключающее или": "xor",
    "сигмоида": "sigmoid", "синус": "sine", "горб": "bump", "парабола": "parabola",
    "модуль": "abs", "ступенька": "step",
}  # fmt: skip
"""Curves and point clouds, as the texts call them."""


class Understood(NamedTuple):
    """The words that were meant, and what is to be said about it."""

    words: list[str]
    remark: FclabError | None


def understood(
    arguments: Sequence[str], commands: Collection[str], options: Callable[[str], Collection[str]]
) -> Understood:
    """A command line without its slips.

    Args:
        arguments: the words behind ``fclab``.
        commands: all there are.
        options: those of a command; asked for only where a name is not Latin.
    """
    words = _with_command(list(_whole(_pasted(arguments))), commands)
    command = next(iter(words), "")
    known = cache(lambda: frozenset(options(command)))
    read: list[str] = []
    pairs: list[tuple[str, str]] = []
    option = ""
    for word in words:
        if not read and word in commands:
            read.append(word)
            continue
        given = [word]
        if named := _option(word, known):
            option, *given = named
            read.append(option)
            pairs.append((word, " ".join(named)))
        for one in given:
            own = option in FILES or _is_text(command, option)
            made = [one] if _is_text(command, option) else _value(option, one)
            pairs.append((one, " ".join(made)))
            given_so = named or re.match("-[^-].", one)  # --out=-x, or --out -x but not --out -h
            if own and one[:1] == "-" and given_so and read[-1:] == [option]:
                read[-1] = f"{option}={made.pop(0)}"  # it would be taken for another option
            read += made
    read = _joined_layers(read)
    if named := _by_position(read):
        places = slice(1, 1 + len(named) // 2)
        pairs.append((" ".join(read[places]), " ".join(named)))
        read[places] = named
    if command == "predict" and "-" in read:  # a word, not an option: behind -- it is one
        read = [word for word in read if word != "-"]
        read += ["-"] if "--" in read else ["--", "-"]
    told = [_told(one, other) for one, other in pairs if _seen(one) != _seen(other)]
    return Understood(read, Clause("read {pairs}", pairs=listed(told)) if told else None)


def _told(given: str, read: str) -> Clause:
    if given.lower().translate(_LATIN) == read.lower():
        return Clause("{given} (with Cyrillic letters) as {read}", given=given, read=read)
    return Clause("{given} as {read}", given=given, read=read)


def _pasted(arguments: Iterable[str]) -> Iterator[str]:
    """Words without what comes along when a command is pasted: the prompt, signs of a line that
    goes on, line ends, spaces that do not break, what is not seen."""
    begun, before = False, ""
    for argument in arguments:
        word = argument.strip("\r\n\ufeff\u200b\u2060" + _SPACES)
        if before in TEXTS | FILES:
            before = ""
            yield word if word else argument
            continue
        if word in ("\\", "`", "^") or (argument and not word):
            continue
        if not begun and word.lower() in ("$", ">", "fclab", "fclab.exe"):
            continue
        begun, before = True, word
        if os.path.lexists(word):
            yield word
            continue
        for part in re.split(rf"[{_SPACES}]+(?=[{_DASHES}]+\w)", word):
            if part[:1] in (*_DASHES,):
                yield from re.split(f"[{_SPACES}]+", part, maxsplit=1)
            else:
                yield part


def _whole(words: Iterable[str]) -> Iterator[str]:
    """Words between quotes that no shell knows are one, and so are ``--group = 25``, ``№ 7``."""
    rest, before = list(words), ""
    while rest:
        word = rest.pop(0)
        if word in ("№", "N") and rest and rest[0][:1].isdigit() and before not in TEXTS | FILES:
            word += rest.pop(0)
        if _OPTION.fullmatch(word) and rest and (word.endswith("=") or rest[0][:1] == "="):
            value = rest.pop(0).removeprefix("=")
            word = f"{word.removesuffix('=')}={value or (rest.pop(0) if rest else '')}"
        ends = _QUOTES.get(word[:1], "")
        if ends and " " not in word and not {*word[1:]} & {*ends}:
            last = next(
                (n for n, one in enumerate(takewhile(_is_torn, rest)) if one[-1] in ends), None
            )
            if last is not None:
                word = " ".join((word, *rest[: last + 1]))[1:-1]
                del rest[: last + 1]
        yield word
        before = word


def _is_torn(word: str) -> bool:
    """Whether a shell may have cut it off: what has spaces was between quotes that it knows, and
    an option begins something else."""
    return bool(word) and " " not in word and not word.startswith("--")


def _with_command(words: list[str], commands: Collection[str]) -> list[str]:
    """The command first and as it is spelled; ``fclab help run`` is ``fclab run --help``."""
    lang = words[:2] if words[:1] == ["--lang"] else words[:1]
    if lang and lang[0].startswith("--lang") and set(words[len(lang) :][:1]) <= set(commands):
        words = [*words[len(lang) :][:1], *lang, *words[len(lang) + 1 :]]
    if not words:
        return words
    first = words[0].casefold()
    if first in _HELP:
        return [*words[1:2], "--help"]
    if first in _VERSION:
        return ["--version"]
    spelled = first.translate(_LATIN)
    words = [spelled if spelled in commands else words[0], *words[1:]]
    if words[1:2] and words[1].casefold() in _HELP:
        return [words[0], "--help"]
    return words


def _option(word: str, known: Callable[[], Collection[str]]) -> list[str] | None:
    """The option that a word is, and its value if that is in the same word; None: it is none."""
    found = _OPTION.fullmatch(word)
    if found is None:
        return None
    name, rest = found["name"], found["rest"]
    if found["dashes"] == "-" and len(name) == 1:
        return None
    name = re.sub(f"[_{_DASHES}]", "-", name.translate(_UNSEEN).lower())
    if glued := re.fullmatch(r"([a-z-]*[a-z])(\d.*)", name):
        name, rest = glued[1], f"={glued[2]}{rest}"
    if not name.isascii():
        ways = (name.translate(_LATIN), name.translate(_KEYS), _IN_RUSSIAN.get(name, ""))
        name = next((way for way in ways if way and f"--{way}" in known()), "")
    if not name or (rest and rest[0] not in "=: " + _SPACES):
        return None
    value = rest[1:].strip() if rest else ""
    return [f"--{name}", value] if rest else [f"--{name}"]


def _is_text(command: str, option: str) -> bool:
    """Whether its value is a person's own text: a report's group is a line of its title page."""
    return option in TEXTS or (command, option) == ("report", "--group")


def _value(option: str, word: str) -> list[str]:
    """The value that is meant, of some options several."""
    if option in FILES or os.path.lexists(word):
        return [word]
    plain = word.translate(_UNSEEN).strip()
    if (ends := _QUOTES.get(plain[:1])) and len(plain) > 1 and plain[-1] in ends:
        plain = plain[1:-1].strip()
    match option:
        case "":
            return [plain]
        case "--group":
            return [_group(plain)]
        case "--department":
            name = _group(re.sub(r"[\s-]", "", plain))
            return [name if name == "ИУ5" and not plain.isascii() else plain]
        case "--variant":
            found = re.fullmatch(
                r"(?:вариант|вар\.?|в|v|n|№)?\s*(\d+)\s*(?:-?[йя]|\.)?", plain, re.I
            )
            return [found[1] if found else plain]
        case "--classes":
            return _classes(plain)
        case "--layers" | "--hidden":
            plain = re.sub(r"[FФ][CСК](?=[^\w,;]*\d)", "FC", plain, flags=re.IGNORECASE)
            return [re.sub(rf"\s*[{_DASHES}]\s*(?=FC)", ", ", plain, flags=re.IGNORECASE)]
        case "--shapes" | "--target":
            return [_DATA.get(plain.casefold(), plain)]
        case "--lang":
            code = plain.casefold()
            return [_LANGUAGES.get(code, re.split("[-_.]", code)[0])]
        case _:
            return [_number(plain)]


def _group(name: str) -> str:
    """ИУ5-25М, in whatever letters it was typed."""
    name = re.sub(r"^(группа|гр\.?|group)\s*№?\s*(?=\S)", "", name, flags=re.IGNORECASE)
    if not re.search(r"\d", name) or not (_NAME.fullmatch(name) or _NAME.fullmatch(f"{name}-1")):
        return name
    upper = re.sub("[‐‑–—]", "-", name.upper())
    cyrillic = re.sub("^(IU|UY|IY|UU)(?=5)", "ИУ", upper).translate(_CYRILLIC)
    cyrillic = re.sub("^(УУ|ИY|ИУ)(?=5)", "ИУ", cyrillic)
    return upper if re.search("[A-Z]", cyrillic) else cyrillic


def _classes(text: str) -> list[str]:
    """``0-55-58``, ``0/55/58`` and ``[0, 55, 58]`` are three classes."""
    bare = text.strip("[](){}")
    if re.fullmatch(r"\d+([-–—/.]\d+){2,}", bare):
        return re.split("[-–—/.]", bare)
    return [bare]


def _number(text: str) -> str:
    """``5·10⁻³`` is 5e-3, ``70%`` is 0.7."""
    power = re.fullmatch(
        r"(?:([\d.,]+)\s*[·⋅*×xх]\s*)?10\s*(?:\^\s*([-−–]?\d+)|([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))",
        text,
        re.IGNORECASE,
    )
    if power:
        return f"{power[1] or 1}e{(power[2] or power[3]).translate(_POWERS)}"
    if share := re.fullmatch(r"(\d+(?:[.,]\d+)?)\s*%", text):
        return f"{float(share[1].replace(',', '.')) / 100:g}"
    return text


def torn_text(words: Sequence[str]) -> tuple[str, str] | None:
    """An option of a person's own text behind which several words stand, and these; None: there is
    no such one."""
    for place, word in enumerate(words):
        option, equals, value = word.partition("=")
        if _is_text(next(iter(words), ""), option):
            following = takewhile(lambda one: not one.startswith("-"), words[place + 1 :])
            text = [value] * bool(equals) + list(following)
            if len(text) > 1:
                return option, " ".join(text)
    return None


def _joined_layers(words: Sequence[str]) -> list[str]:
    """``--layers FC(10), FC(3)`` without quotes is one value."""
    read: list[str] = []
    option = ""
    for word in words:
        if word.startswith("--"):
            option = word
        elif option == "--layers" and read[-1] != option:
            read[-1] += f" {word}"
            continue
        read.append(word)
    return read


def _by_position(words: Sequence[str]) -> list[str]:
    """``run ИУ5-25М 1``: group and variant by their places; ``data FILE``: a file that is here."""
    if words[:1] == ["data"] and words[1:] and pathlib.Path(words[1]).exists():
        return ["--data", words[1]]
    if not words or words[0] not in _BY_GROUP:
        return []
    given = list(takewhile(lambda word: not word.startswith("-"), words[1:]))
    if not 1 <= len(given) <= 2 or not _NAME.fullmatch(given[0]):
        return []
    if len(given) == 2 and not re.fullmatch(r"№?\d+\.?", given[1]):
        return []
    named = ["--group", _group(given[0])]
    return named + (["--variant", given[1].strip("№.")] if len(given) == 2 else [])


def _seen(text: str) -> str:
    """What tells it from another: a difference in case or in marks around it needs no line."""
    plain = text.translate(_UNSEEN).casefold().replace("_", "-").replace("=", " ")
    return plain.strip(" \"'“”„‘’«»[](){},.№")
