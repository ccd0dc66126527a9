"""The glossary of the Russian texts holds in all of them, and every figure is called a figure."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fclab.labs.lab1.notebook.source import build
from fclab.values.names import CLASS_NAMES
from fclab.words.said import sentences
from fclab.words.wording import wording

ROOT = Path(__file__).resolve().parents[2]
GLOSSARY = ROOT / "docs" / "glossary.ru.md"
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
_CELLS = re.compile(r"(?<!\\)\|")  # a regular expression in a cell writes \| for |
_QUOTED = re.compile(r"`([^`]+)`")


def rules() -> list[tuple[re.Pattern[str], list[str]]]:
    """What the glossary forbids, and the phrases that are allowed all the same."""
    found = []
    for line in GLOSSARY.read_text("utf-8").splitlines():
        cells = [cell.replace(r"\|", "|") for cell in _CELLS.split(line)[1:-1]]
        if len(cells) == 4 and (forbidden := _QUOTED.findall(cells[2])):
            allowed = _QUOTED.findall(cells[3])
            found.append((re.compile("|".join(forbidden), re.IGNORECASE), allowed))
    return found


def violations(text: str) -> list[str]:
    """The forbidden words of a text, with what stands around them."""
    found = []
    for pattern, allowed in rules():
        left = re.sub("|".join(allowed), " ", text, flags=re.I) if allowed else text
        found += [left[max(0, m.start() - 30) : m.end() + 20] for m in pattern.finditer(left)]
    return found


def prose(markdown: str) -> str:
    """Markdown without code, comments, addresses of links, gaps to be filled."""
    text = re.sub(r"^```.*?^```|`[^`\n]*`|<!--.*?-->|\]\([^)]*\)|\{.*?\}", " ", markdown,
                  flags=re.DOTALL | re.MULTILINE)  # fmt: skip
    return "\n".join(line for line in text.split("\n") if CYRILLIC.search(line))


def of_template(entry: str) -> str:
    """An entry of the text files without what is not read: expressions, code."""
    return re.sub(r"\{\{.*?\}\}|\{%.*?%\}|<code>.*?</code>", " ", entry, flags=re.DOTALL)


def texts() -> Iterator[tuple[str, str]]:
    """Every Russian text of the project, by where it stands."""
    for key, entry in wording("ru").entries.items():
        yield f"texts/ru: {key}", of_template(entry)
    for kind in ("errors", "help"):
        for english, sentence in sentences("ru", kind).items():
            yield f"{kind}: {english}", re.sub(r"\{.*?\}|`.*?`", " ", sentence)
    for path in sorted((ROOT / "src").rglob("*.py")):
        if path.parent.name == "reading":  # it knows what students write, in whatever words
            continue
        tree = ast.parse(path.read_text("utf-8"))
        statements = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}  # docstrings
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if id(node) in statements:
                    continue
                lines = [line for line in node.value.splitlines() if CYRILLIC.search(line)]
                if lines:
                    yield (
                        f"{path.name}:{node.lineno}",
                        re.sub(r"\{.*?\}|`.*?`", " ", "\n".join(lines)),
                    )
    pages = [ROOT / "README.ru.md", ROOT / "docs" / "notebooks.md", *ROOT.glob("docs/*.ru.md")]
    for path in sorted({*pages} - {GLOSSARY}):
        yield path.name, prose(path.read_text("utf-8"))
    for cell in build("ru").cells:
        yield f"notebook: {cell.source[:30]!r}", prose(cell.source)


def test_the_glossary_is_read():
    assert len(rules()) >= 12
    assert violations("размер пакета, пакетный спуск")[0].startswith("размер пакет")
    assert violations("от 32 seed, --seeds 8")
    assert violations("Скорость обучения : 2")
    assert not violations("пакетный спуск; индекс пакетов; --seed 3; батч и зерно")


def test_one_word_for_one_thing():
    found = {where: bad for where, text in texts() if (bad := violations(text))}
    assert not found


@pytest.mark.parametrize(
    ("lang", "called"),
    [("en", r"(Figure|Table|Figures|Tables|and)$"), ("ru", r"([Рр]исун\w+|[Тт]аблиц\w+|и)$")],
)
def test_a_number_of_a_figure_or_table_stands_behind_its_word(lang, called):
    for key, entry in wording(lang).entries.items():
        before = [re.sub(r"\s+", " ", part).rstrip() for part in entry.split("<ref>")[:-1]]
        for part in before:
            said = re.sub(r"</ref> \([^)]*\)", "", part)  # Table 5 (train) and Table 6
            assert re.search(called, said), f"{key}: ...{said[-40:]}<ref>"


NAMED = re.compile(r"\{\{-? *[\w.\[\]]+ *\| *names? *-?\}\}")
OF_A_CLASS = re.compile(
    r"(?:\bкласс(?:|а|у|ом|е|ы|ов|ам|ами|ах)|plural\(\"class(?:_dat)?\"\) \}\}"  # класс, классу
    r"|:| –|\}\} и)\s*$",  # a list after a colon, a cell, the second of two
    re.IGNORECASE,
)


def test_a_russian_class_name_leaves_case_and_gender_to_the_word_class():
    checked = 0
    for key, entry in wording("ru").entries.items():
        for found in NAMED.finditer(entry):
            before = entry[: found.start()]
            assert OF_A_CLASS.search(before), f"{key}: ...{before[-50:]}{found[0]}"
            checked += 1
    assert checked > 25


def test_russian_class_names_are_whole_and_distinct():
    names = [name.ru for name in CLASS_NAMES]
    assert len({*names}) == 100
    assert all(re.fullmatch("[а-яё]+( [а-яё]+)*", name) for name in names)
