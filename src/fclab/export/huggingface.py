"""A network as a folder for the Hugging Face Hub: weights, and a model card in its standard fields.

Uploaded as it is, ``fclab predict`` reads it after a download.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from fclab.export.network import check_networks
from fclab.export.yaml import yaml
from fclab.report.recipes import network, training
from fclab.statistics import accuracy_over_images, accuracy_over_seeds
from fclab.store.folder import model_files
from fclab.values.dataset import DatasetInfo
from fclab.values.recipe import format_layers
from fclab.values.run import Run
from fclab.version import __version__
from fclab.words.languages import Lang
from fclab.words.spans import Text
from fclab.words.wording import Say, Wording, wording

_CIFAR: Final = "uoft-cs/cifar100"
_TASKS: Final = {"multiclass": "image-classification", "regression": "tabular-regression",
                 "binary": "tabular-classification"}  # fmt: skip
_MARKS: Final[Mapping[str, str]] = {"strong": "**", "emphasis": "*", "code": "`", "math": "$"}


def huggingface_files(run: Run, seeds: Sequence[Run], lang: Lang) -> dict[str, bytes | str]:
    """The files by their names: ``README.md`` (the card), ``model.safetensors``, ``model.json``.

    Args:
        run: of the network, with its weights.
        seeds: all runs of its recipe that are known, this one among them: of them are the mean and
            the intervals.
        lang: of the card's sentences; its fields are what the Hub reads.

    Raises:
        FclabError: weights were not kept, or training diverged.
    """
    check_networks([run.model])
    return {"README.md": card(run, seeds, lang), **model_files(run.model)}


def card(run: Run, seeds: Sequence[Run], lang: Lang) -> str:
    """The model card: front matter in YAML, then sections; see `huggingface_files`."""
    words, info = wording(lang), run.dataset
    sections = {
        None: _what(run, words),
        "data": _data(info, words),
        "results": _results(run, seeds, words),
        "training": [_markdown(words, *network(run)), _markdown(words, *training(run)),
                     words.plain("export.card.seed", seed=run.seed, engine=run.engine.name)],
        "use": [_use(run)],
        "limits": _limits(run, seeds, words),
    }  # fmt: skip
    body = [f"# {_title(run, words)}"]
    for name, paragraphs in sections.items():
        body += [f"## {words.plain(f'export.card.{name}')}"] if name else []
        body += paragraphs
    return f"---\n{yaml(_fields(run, words))}---\n\n" + "\n\n".join(body) + "\n"


def _fields(run: Run, words: Wording) -> dict[str, Any]:
    """What the Hub reads: https://huggingface.co/docs/hub/model-cards."""
    info = run.dataset
    kind = _kind(info)
    name, value = _figure(run)
    return {
        "license": "unknown",
        "library_name": "fclab",
        "pipeline_tag": kind,
        "tags": ["fully-connected", "mlp", kind],
        **({"datasets": [_CIFAR]} if info.source == "cifar100" else {}),
        "metrics": [name],
        "model-index": [{
            "name": _title(run, words),
            "results": [{
                "task": {"type": kind},
                "dataset": {
                    "name": info.name,
                    "type": _CIFAR if info.source == "cifar100" else info.source,
                    "split": "test",
                },
                "metrics": [{"type": name, "value": round(value, 6)}],
            }],
        }],
    }  # fmt: skip


def _kind(info: DatasetInfo) -> str:
    images = len(info.input_shape) == 3
    return _TASKS[info.task] if images or info.task != "multiclass" else _TASKS["binary"]


def _figure(run: Run) -> tuple[str, float]:
    if run.dataset.task == "regression":
        return "mse", run.metrics["test_loss"]
    return "accuracy", run.metrics["test_accuracy"]


def _title(run: Run, words: Wording) -> str:
    return f"{_escaped(words.data(run.dataset.name))}: {format_layers(run.recipe.layers)}"


def _what(run: Run, words: Wording) -> list[str]:
    info = run.dataset
    about = words.plain("export.card.about", version=__version__, images=len(info.input_shape) == 3)
    return [about, *_warnings(info, words)]


def _warnings(info: DatasetInfo, words: Wording) -> list[str]:
    if not info.substitute:
        return []
    return [f"> **{words.plain('export.card.substitute', substitute=info.substitute)}**"]


def _data(info: DatasetInfo, words: Wording) -> list[str]:
    source = info.source if words.has(f"export.card.source.{info.source}") else "own"
    sizes = {"valid": 0, **info.sizes}
    lines = [words.plain(f"export.card.source.{source}", sizes=sizes)]
    if info.class_names:
        rows = [(str(name.number), _escaped(name.en), _escaped(name.ru))
                for name in info.class_names]  # fmt: skip
        lines.append(_table(words.each("export.card.column", "number", "en", "ru"), rows))
    made = info.preprocessing
    lines.append(words.plain(
        "export.card.prepared", scale=made.scale, mean=made.mean, std=made.std,
        fingerprint=info.fingerprint,
    ))  # fmt: skip
    return lines


def _results(run: Run, seeds: Sequence[Run], words: Wording) -> list[str]:
    heading = words.each("export.card.column", "what", "value", "interval")
    if run.dataset.task == "regression":
        what = words.plain("export.card.error")
        return [_table(heading, [(what, words.sig(run.metrics["test_loss"]), "—")])]
    healthy = [one for one in seeds if one.diverged_at is None]
    images = run.dataset.sizes["test"]
    here = accuracy_over_images(_correct([run]))
    rows = [("this", run.metrics["test_accuracy"], here.low, here.high)]
    if len(healthy) > 1:
        of_seeds = accuracy_over_seeds([one.metrics["test_accuracy"] for one in healthy], images)
        new = accuracy_over_images(_correct(healthy))
        rows += [("seeds", of_seeds.mean, of_seeds.low, of_seeds.high),
                 ("new", new.mean, new.low, new.high)]  # fmt: skip
    told = [
        (words.plain(f"export.card.{key}", n=len(healthy), images=images), words.pct(mean),
         f"{words.pct(low)} … {words.pct(high)}")
        for key, mean, low, high in rows
    ]  # fmt: skip
    lines = [_table(heading, told), words.plain("export.card.intervals")]
    if len(healthy) < len(seeds):
        lines.append(words.plain("export.card.diverged", n=len(seeds) - len(healthy)))
    return lines


def _correct(runs: Sequence[Run]) -> np.ndarray:
    """Which test examples were answered right, ``(seeds, examples)``; where the answers are not
    known, as many as were."""
    if all("test" in run.outputs for run in runs):
        return np.stack([run.answers("test") == run.targets["test"] for run in runs])
    n = runs[0].dataset.sizes["test"]
    right = [round(run.metrics["test_accuracy"] * n) for run in runs]
    return np.stack([np.arange(n) < k for k in right])


def _use(run: Run) -> str:
    images = len(run.dataset.input_shape) == 3
    call = (
        "model.predict_proba(images)  # uint8 (n, {}, {}, {})".format(*run.dataset.input_shape)
        if images
        else "model.predict(points)  # float (n, {})".format(*run.dataset.input_shape)
    )
    predict = "```sh\nfclab predict FOLDER picture.jpg\n```\n\n" if images else ""
    return f"""{predict}```python
from pathlib import Path
from fclab.store.folder import read_model
model = read_model(Path("FOLDER"))
{call}
```"""


def _limits(run: Run, seeds: Sequence[Run], words: Wording) -> list[str]:
    info = run.dataset
    keys = []
    if info.task != "regression":
        keys.append("only")
    if len(info.input_shape) == 3:
        keys += ["small", "places"]
    if info.task != "regression":
        keys.append("one" if len(seeds) < 2 else "seed_0")
    keys.append("licence")
    said = [
        words.plain(f"export.card.limit.{key}", names=info.class_names, shape=info.input_shape,
                    n=info.sizes["test"], seeds=len(seeds))
        for key in keys
    ]  # fmt: skip
    return ["\n".join(f"- {' '.join(line.split())}" for line in said)]


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _escaped(text: str) -> str:
    """A name as text of Markdown, whatever it holds."""
    return re.sub(r"([\\`*_{}\[\]<>#|!])", r"\\\1", " ".join(text.split()))


def _markdown(words: Wording, *sentences: Say) -> str:
    return " ".join("".join(_spans(words.text(*sentences))).split())


def _spans(text: Text) -> Iterator[str]:
    for span in text:
        mark = _MARKS.get(span.style, "")
        yield f"{mark}{span.text}{mark}"
