"""A network as one HTML file that answers for pictures without a server or a network.

The page is built from ``web/`` and lies beside the files of the server; what is written into it is
JSON: texts of every language, and the network with its weights.
"""

import base64
import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np

from fclab.export.network import check_networks
from fclab.values.errors import UsageError
from fclab.values.files import write_atomic
from fclab.values.model import Model
from fclab.values.names import CLASS_NAMES
from fclab.values.recipe import format_layers
from fclab.version import __version__
from fclab.words.languages import LANGUAGES, Lang, written_lang

_HOLE: Final = '"fclab: a network"'
_POLICY: Final = "default-src 'none'"
_CODE: Final = re.compile(r'<script type="module"[^>]*>(.*?)</script>', re.DOTALL)
_STYLE: Final = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)


def write_page(
    models: Sequence[Model], path: Path, lang: Lang | None = None, *, with_onnx: bool = False
) -> None:
    """Write networks as a page.

    Args:
        models: at least one; several answer together, by the mean of their log-probabilities.
        path: of the HTML file.
        lang: spoken where the browser speaks none that the page has.
        with_onnx: whether the page can run ONNX files that are dropped on it; 5 MB more.

    Raises:
        UsageError: the networks do not see images of three channels, or differ in their classes.
        FclabError: weights were not kept, training diverged, or the file cannot be written.
    """
    write_atomic(path, page(models, lang, with_onnx=with_onnx))


def page(models: Sequence[Model], lang: Lang | None = None, *, with_onnx: bool = False) -> str:
    """The page as text, see `write_page`."""
    content = {
        "version": __version__,
        "lang": written_lang(lang),
        "texts": {
            code: {"tag": language.tag, "words": {"picture": _texts(code)}}
            for code, language in LANGUAGES.items()
        },
        "names": [name._asdict() for name in CLASS_NAMES] if with_onnx else [],
        "model": described(models, _in_base64),
    }
    # A name must not end the script that it stands in.
    written = json.dumps(content, ensure_ascii=False).replace("<", "\\u003c")
    empty = _static("page.html").decode()
    scripts, styles = (" ".join(map(_digest, code.findall(empty))) for code in (_CODE, _STYLE))
    runs = ""
    if with_onnx:
        scripts += " blob: 'wasm-unsafe-eval'"
        runs = "".join(
            f'<script type="text/plain" id="fclab-onnx-{name}">{_packed(content)}</script>'
            for name, content in (("code", "onnx.mjs.gz"), ("machine", "onnx.wasm.gz"))
        )
    policy = (
        f"{_POLICY}; script-src {scripts}; style-src {styles}; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )
    filled = empty.replace(_POLICY, policy, 1).replace(_HOLE, written, 1)
    return filled.replace("<body>", f"<body>{runs}", 1)


def described(models: Sequence[Model], packed: Callable[[np.ndarray], object]) -> dict[str, Any]:
    """Networks as the page wants them, see ``web/src/picture/network.ts``.

    Args:
        models: at least one, of the same classes.
        packed: what becomes of an array, float32.

    Raises:
        UsageError, FclabError: see `write_page`.
    """
    check_networks(models)
    info = models[0].dataset
    if info.task != "multiclass" or len(info.input_shape) != 3 or info.input_shape[2] != 3:
        raise UsageError(
            "a page is made of networks that tell colour images apart; {name} has none",
            name=info.name,
        )
    layers = dict.fromkeys(format_layers(model.recipe.layers) for model in models)
    return {
        "name": info.name,
        "shape": list(info.input_shape),
        "classes": [name._asdict() for name in info.class_names],
        "substitute": info.substitute,
        "recipe": "; ".join(layers) + (f" × {len(models)}" if len(models) > 1 else ""),
        "members": [_member(model, packed) for model in models],
    }


def _member(model: Model, packed: Callable[[np.ndarray], object]) -> dict[str, Any]:
    recipe, made = model.recipe, model.dataset.preprocessing
    return {
        "layers": len(recipe.layers),
        **recipe.model_dump(include={"activation", "norm", "pool", "contrast", "tta"}),
        "preprocessing": made.model_dump(include={"scale", "mean", "std"}),
        "weights": {
            name: {"shape": list(array.shape), "data": packed(array.astype("<f4"))}
            for name, array in model.weights.items()
        },
    }


def _static(name: str) -> bytes:
    return (files("fclab.web") / "static" / name).read_bytes()


def _packed(name: str) -> str:
    return base64.b64encode(_static(name)).decode()


def _in_base64(array: np.ndarray) -> str:
    return base64.b64encode(array.tobytes()).decode()


def _texts(lang: str) -> dict[str, Any]:
    text = (files("fclab.web") / "texts" / lang / "picture.toml").read_text("utf-8")
    return tomllib.loads(text)


def _digest(code: str) -> str:
    """How a policy names a script or a style that may stand in the page."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'"
