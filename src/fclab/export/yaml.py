"""Values as YAML that people read too: blocks outside, JSON's own spelling of what stands in them.

JSON is YAML, so strings and numbers are written by the ``json`` module.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_UNPRINTED = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")

_BARE = re.compile(r"[a-zA-Z][\w/-]*", re.ASCII)
_OTHER = ("true", "false", "yes", "no", "on", "off", "null", "y", "n")
"""Words that YAML takes for something else than themselves."""


def yaml(value: Mapping[str, Any]) -> str:
    """A mapping as a document, in the order of its keys."""
    return "".join(f"{line}\n" for line in _lines(value))


def _lines(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _entry(f"{_scalar(name)}:", inner, "  ")
    elif _is_list(value) and value:
        for inner in value:
            first, *others = _lines(inner)
            yield f"- {first}"
            yield from (f"  {line}" for line in others)
    else:
        yield _scalar(value)


def _entry(name: str, value: Any, indent: str) -> Iterator[str]:
    if (isinstance(value, Mapping) or _is_list(value)) and value:
        yield name
        yield from (f"{indent}{line}" for line in _lines(value))
    else:
        yield f"{name} {_scalar(value)}"


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _BARE.fullmatch(value) and value.lower() not in _OTHER:
        return value
    written = json.dumps(value, ensure_ascii=False)
    if isinstance(value, float):
        return re.sub(r"^(-?\d+)e", r"\1.0e", written)  # without a point YAML takes it for text
    return _UNPRINTED.sub(lambda found: f"\\u{ord(found[0]):04x}", written)
