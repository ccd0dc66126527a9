"""A language made mechanically from English, in a copy of the package: a folder of texts in every
room that has some, and one line of the list. Every letter has an accent and the texts are about a
third longer, so a word that no text file has is seen at once, and so is a text without room.
"""

import re
import shutil
from pathlib import Path

CODE = "xa"
LINE = f'        Language("{CODE}", "eo", "en-GB", "“”"),\n'
"""Its numbers and lists are those of Esperanto: neither "0.5" nor "a and b" would be."""

_ACCENTS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "áƀćďéƒǵĥíĵķĺḿńóṕʠŕśťúṽẃẋýźÁɃĆĎÉƑǴĤÍĴĶĹḾŃÓṔɊŔŚŤÚṼẂẊÝŹ",
)
_KEPT = re.compile(
    r"\{\{.*?\}\}|\{%.*?%\}"  # expressions of templates
    r"|<(code|m|ref|cite)>.*?</\1>|</?\w+>"  # what is no word of a language, and markup
    r"|https?://[\w./?=&%-]+"
    r"|<!--.*?-->|<a id=.*?</a>|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|\]\([^)]*\)",  # of markdown
    re.DOTALL,
)
_STRING = re.compile(
    r'(?P<open>"""|\'\'\'|"|\')(?P<text>.*?)(?<!\\)(?P=open)(?!\s*=)',  # not a key
    re.DOTALL,
)


def accented(text: str) -> str:
    """A text of the files in the made language: áććéńťś, and a, e, o said twice."""
    made, end = [], 0
    for kept in _KEPT.finditer(text):
        made += [_longer(text[end : kept.start()]), kept[0]]
        end = kept.end()
    return "".join([*made, _longer(text[end:])])


def _longer(words: str) -> str:
    parts = re.split(r"(\\u[0-9a-fA-F]{4}|\\.)", words)  # escapes of TOML are no letters
    parts[::2] = [re.sub("[aeo]", r"\g<0>\g<0>", part).translate(_ACCENTS) for part in parts[::2]]
    return "".join(parts)


def made_package(folder: Path, source: Path) -> Path:
    """A copy of the package that has one language more.

    Args:
        folder: where its copy goes, to be put on the path of Python.
        source: the package.
    """
    copy = shutil.copytree(
        source, folder / "src" / "fclab", ignore=shutil.ignore_patterns("__pyc*")
    )
    shutil.copytree(source.parents[1] / "notebooks", folder / "notebooks")
    for english in sorted(copy.rglob("texts/en")):
        shutil.copytree(english, english.with_name(CODE))
        for path in english.with_name(CODE).rglob("*"):
            if path.is_file():
                path.write_text(_file(path, path.read_text("utf-8")), "utf-8")
    listed = copy / "words" / "languages.py"
    lines = listed.read_text("utf-8")
    assert lines.count('        Language("en"') == 1
    listed.write_text(
        lines.replace('        Language("en"', LINE + '        Language("en"'), "utf-8"
    )
    return copy


def _file(path: Path, text: str) -> str:
    if path.suffix != ".toml":
        return accented(text)
    body = re.sub(r"^#.*$|(?<=\])  #.*$", "", text, flags=re.MULTILINE)  # comments have apostrophes
    typed = body.find("[typed]")
    if typed < 0:
        return _strings(body)
    return _strings(body[:typed]) + body[typed:]  # it is the last: what keys are pressed


def _strings(body: str) -> str:
    return _STRING.sub(lambda s: f"{s['open']}{accented(s['text'])}{s['open']}", body)
