"""fclab.toml: single values are set in it, and all else that a person wrote stays as it is."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from fclab.values.errors import DataError

SETTINGS_FILE = Path("fclab.toml")
"""Of the current folder."""

_SECTION = re.compile(r"^\s*\[")


def with_values(text: str, section: str, values: Mapping[str, str | int | list[int]]) -> str:
    """The text with values of a section set; a key that is there is replaced where it stands.

    Args:
        text: of a TOML file.
        section: its name, without dots.
        values: texts, whole numbers and lists of such.

    Raises:
        DataError: the text is no TOML, or says the key in a form that is not understood here.
    """
    lines = text.splitlines()
    for name, value in values.items():
        _set(lines, section, f"{name} = {json.dumps(value, ensure_ascii=False)}", name)
    changed = "\n".join(lines) + "\n"
    try:
        before, after = tomllib.loads(text), tomllib.loads(changed)
    except tomllib.TOMLDecodeError as error:
        raise DataError("the settings cannot be changed: {reason}", reason=error) from error
    wanted = {**before, section: {**before.get(section, {}), **values}}
    if after != wanted:
        raise DataError("the settings cannot be changed: section [{section}]", section=section)
    return changed


def _set(lines: list[str], section: str, line: str, name: str) -> None:
    heading = re.compile(rf"^\s*\[\s*{re.escape(section)}\s*\]\s*(#.*)?$")
    start = next((i for i, old in enumerate(lines) if heading.match(old)), None)
    if start is None:
        lines += [*([""] if lines else []), f"[{section}]", line]
        return
    rest = range(start + 1, len(lines))
    end = next((i for i in rest if _SECTION.match(lines[i])), len(lines))
    same = re.compile(rf"^\s*{re.escape(name)}\s*=")
    for i in range(start + 1, end):
        if same.match(lines[i]):
            lines[i] = line
            return
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1
    lines.insert(end, line)
