"""A recipe as a program in PyTorch and NumPy, which needs nothing of fclab.

It draws from the same random streams as fclab, so it starts from the same weights, sees the same
batches, and comes to the same numbers up to rounding, which long training may amplify. Its three
forms are those of the lab and of `fclab.engines.reference`: gradients by hand, autograd,
`nn.Module`. The code stands in templates, what its comments say among the texts (``script``).
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import prod
from pathlib import Path
from typing import Any, Final, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined

from fclab.data import own_cloud
from fclab.data.binary import DEFAULT_NOISE
from fclab.data.kept import Cloud, Curve, Images, KeptData, OwnCloud, OwnCurve
from fclab.data.own import read_own
from fclab.data.own_curve import NAME
from fclab.data.pictures import MAX_PIXELS, known_formats
from fclab.data.regression import Target
from fclab.values.dataset import CIFAR_PREPROCESSING, OTHER, STAND_IN
from fclab.values.errors import DataError, UsageError
from fclab.values.names import CLASS_NAMES
from fclab.values.pictures import TEST_SHARE, Folder
from fclab.values.recipe import Recipe, format_layers
from fclab.values.run import Run
from fclab.words.languages import Lang
from fclab.words.wording import NBSP, Wording, wording

FORMULAS: Final[dict[Target, str]] = {
    "sigmoid": "1 / (1 + np.exp(-10 * x))",
    "sine": "(1 + np.sin(2 * np.pi * x)) / 2",
    "bump": "np.exp(-((x / 0.15) ** 2))",
    "parabola": "4 * x**2",
    "abs": "2 * np.abs(x)",
    "step": "(x >= 0).astype(float)",
}
"""The curves of part 1, as `fclab.data.regression` has them."""

_CHANGED: Final = ("flip", "shift", "rotate", "zoom", "jitter")  # images, anew in every epoch
FIELDS: Final = frozenset({
    "layers", "activation", "loss", "reduction", "init", "init_scale", "optimizer", "lr",
    "momentum", "nesterov", "weight_decay", "batch_size", "epochs", "schedule", "patience", "pool",
    "locality", "tied", "dropout", "label_smoothing", "mixup", "norm", "ema", "contrast",
    "tta", *_CHANGED,
})  # fmt: skip
"""The fields of a recipe that the templates obey."""

_TRAIN_IMAGES: Final = 500  # of a class of CIFAR-100
_SHAPE: Final = (32, 32, 3)  # of its images

_IMPORTS: Final = {
    "copy": "import copy",
    "math": "import math",
    "os": "import os",
    "pickle": "import pickle",
    "sha256": "from hashlib import sha256",
    "Path": "from pathlib import Path",
    "crc32": "from zlib import crc32\n",
    "np": "import numpy as np",
    "torch": "import torch",
    "F": "import torch.nn.functional as F",
    "cdist": "from scipy.spatial.distance import cdist",
    "Halton": "from scipy.stats.qmc import Halton",
    "make_circles": "from sklearn.datasets import make_circles",
    "make_moons": "from sklearn.datasets import make_moons",
}
"""The lines that bring names into the program, in their order."""


@dataclass(frozen=True)
class Script:
    """A program.

    Attributes:
        listing: network, loss and loop, as the lab writes them; a part of ``whole``.
        whole: all of it: random streams, data, first weights, the listing, an evaluation. When it
            is run it prints the loss in the course of training, then loss and accuracy of train
            and test; its variable ``losses`` is the column ``running_loss`` of a history.
    """

    listing: str
    whole: str


@dataclass(frozen=True)
class _Network:
    """What the listing follows from."""

    recipe: Recipe
    task: str
    input_shape: tuple[int, ...]
    n_train: int

    @property
    def form(self) -> Literal["by_hand", "autograd", "module"]:
        """Which page of the reference engine it is like; also the name of the template."""
        recipe = self.recipe
        more = recipe.momentum or recipe.weight_decay or recipe.extras or recipe.optimizer != "sgd"
        if self.task == "multiclass" or recipe.batch_size is not None or more:
            return "module"
        return "by_hand" if self.task == "regression" else "autograd"


def script(data: KeptData, recipe: Recipe, seed: int = 0, lang: Lang = "ru") -> Script:
    """The program that trains a recipe on data from a seed.

    Args:
        data: a curve, a cloud of points, images of CIFAR-100, or pictures of one's own, which are
            looked at.
        recipe: any that can be trained on them.
        seed: of the run.
        lang: of the comments.

    Raises:
        UsageError: a script can have the data only from fclab, or PyTorch's modules do not do what
            the recipe asks for.
        DataError: pictures of one's own are gone, or no longer do.
    """
    words = wording(lang)
    network, of_data = _network(data, recipe, words)
    printed = _listing(network, lang)
    body = _render("body", network, lang, **of_data, data=data, seed=seed, listing=printed)
    top = {"imports": _imports(body), "body": body, "seed": seed, **of_data}
    return Script(printed, _render("whole", network, lang, **top))


def listing(run: Run, lang: Lang = "ru") -> str:
    """Network, loss and loop of a run, as the lab writes them: a part of its `script`.

    Args:
        run: of any data.
        lang: of the comments.

    Raises:
        UsageError: PyTorch's modules do not do what the recipe asks for.
    """
    info = run.dataset
    return _listing(_Network(run.recipe, info.task, info.input_shape, info.sizes["train"]), lang)


def _network(data: KeptData, recipe: Recipe, words: Wording) -> tuple[_Network, dict[str, Any]]:
    """The network for the data, and what the templates are to know of these."""
    match data:
        case Curve():
            network = _Network(recipe, "regression", (1,), data.points * data.repeats)
            return network, {"title": words.data(data.target), "formula": FORMULAS[data.target]}
        case OwnCurve():
            network = _Network(recipe, "regression", (1,), len(data.points) * data.repeats)
            return network, {
                "title": words.data(NAME),
                "points": sorted(data.points, key=lambda point: point[0]),
            }
        case Cloud():
            noise = DEFAULT_NOISE[data.shape] if data.noise is None else data.noise
            network = _Network(recipe, "binary", (2,), data.points)
            return network, {"title": words.data(data.shape), "noise": noise}
        case OwnCloud():
            return _Network(recipe, "binary", (2,), len(data.points)), {
                "title": words.data(own_cloud.NAME)
            }
        case Images(source=source) if source == STAND_IN:
            raise UsageError(
                "the images of the stand-in are made by fclab, a script cannot have them: train on "
                "the real CIFAR-100, which `fclab data` fetches"
            )
        case Images(folder=Folder() as folder):
            return _of_pictures(data, folder, recipe, words)
        case Images(source=source) if source == OTHER:
            raise UsageError(
                "a script has CIFAR-100, and this was trained on a copy that differs from it: "
                "train on the real one, which `fclab data` fetches"
            )
        case Images(source=source) if source != "cifar100":
            raise UsageError(
                "images of one's own ({source}) are not kept: a script has CIFAR-100", source=source
            )
        case Images():
            each = _TRAIN_IMAGES - round((data.hold_out or 0) * _TRAIN_IMAGES)
            network = _Network(recipe, "multiclass", _SHAPE, each * len(data.classes))
            return network, {
                "title": words.names(CLASS_NAMES[i] for i in data.classes),
                "mean": CIFAR_PREPROCESSING.mean,
                "std": CIFAR_PREPROCESSING.std,
            }
    raise UsageError("there is no script for data of the kind {kind!r}", kind=data.kind)


def _of_pictures(
    data: Images, folder: Folder, recipe: Recipe, words: Wording
) -> tuple[_Network, dict[str, Any]]:
    if not os.path.lexists(folder.place):
        raise DataError(
            "the pictures are no longer in {path}: put them back there, or train on them where "
            "they are now", path=folder.place,
        )  # fmt: skip
    if not Path(folder.place).is_dir():
        raise UsageError(
            "a script reads pictures from a folder, and {path} is none: unpack it, and train on "
            "the folder", path=folder.place,
        )  # fmt: skip
    own = read_own(folder)
    dataset = own.dataset.hold_out(data.hold_out, data.seed) if data.hold_out else own.dataset
    network = _Network(recipe, "multiclass", dataset.train.x.shape[1:], len(dataset.train))
    return network, {
        "title": words.names(dataset.class_names),
        "mean": dataset.preprocessing.mean,
        "std": dataset.preprocessing.std,
        "names": list(own.layout.classes),
        "folders": {part: [list(of) for of in there] for part, there in own.layout.folders.items()},
        "formats": known_formats(),
        "most_pixels": MAX_PIXELS // 2,
        "test_share": TEST_SHARE,
    }


def _listing(network: _Network, lang: Lang) -> str:
    recipe, n = network.recipe, network.n_train
    if unknown := recipe.changes_from(Recipe()).keys() - FIELDS:
        raise UsageError("a script cannot say {unknown}", unknown=", ".join(sorted(unknown)))
    if recipe.norm == "batch" and (n - 1) % recipe.batch(n) == 0:
        raise UsageError(
            "the last batch is a single example, which the batch norm of PyTorch refuses: take "
            "another batch size"
        )
    return _render(network.form, network, lang)


def _render(template: str, network: _Network, lang: Lang, **values: Any) -> str:
    recipe = network.recipe
    shapes = recipe.shapes(prod(network.input_shape))
    changed = any(getattr(recipe, name) for name in _CHANGED)
    high, wide, channels = network.input_shape if len(network.input_shape) == 3 else _SHAPE
    seen = f"{high // recipe.pool} * {wide // recipe.pool} * {channels}"
    program = _environment(lang).get_template(f"{template}.py.j2").render(
        values,
        recipe=recipe,
        notation=format_layers(recipe.layers),
        layers=[(i, n_in, n_out) for i, (n_out, n_in) in enumerate(shapes, start=1)],
        form=network.form,
        task=network.task,
        iterations=recipe.iterations(network.n_train),
        batch=recipe.batch(network.n_train),
        every=recipe.epochs // 10 if recipe.epochs > 1000 else 1,
        full=high,
        side=high // recipe.pool,
        filters=_filters(recipe, (high // recipe.pool, wide // recipe.pool, channels)),
        shape=seen if len(network.input_shape) == 3 else "",
        changed=changed,
        # Whether images are normalised before the network, not by it.
        prepared=changed or recipe.pool > 1 or recipe.contrast or recipe.tta != "none",
        network="average" if recipe.ema else "model",
    )  # fmt: skip
    return _spaced(program)


def _filters(recipe: Recipe, shape: tuple[int, ...]) -> list[tuple[tuple[int, ...], int, int]]:
    """Of every hidden layer, where its weights begin tied, as `fclab.engines.tying` has them: the
    shape of what is below (height, width, channels), filters at a place, side of a filter."""
    found = list[tuple[tuple[int, ...], int, int]]()
    for neurons in recipe.layers[:-1] if recipe.tied_epochs else ():
        here = -(-shape[0] // 2), -(-shape[1] // 2)
        filters = neurons // prod(here)
        found.append((shape, filters, 3 if found else 5))
        shape = (*here, filters)
    return found


def _spaced(program: str) -> str:
    """With the blank lines of PEP 8: two around functions and classes, else at most one."""
    lines: list[str] = []
    gap, inside = 0, False
    for line in program.strip().splitlines():
        if not line.strip():
            gap = 1
            continue
        if line[0] not in " )":
            block = line.startswith(("def ", "class ", "@"))
            gap = 2 if inside or block else gap
            inside = block
            if lines and lines[-1].startswith("@"):
                gap = 0
        lines += [""] * gap * bool(lines)
        lines.append(line)
        gap = 0
    return "\n".join(lines) + "\n"


def _imports(body: str) -> str:
    """The import lines of a program, by the names that it uses."""

    def used(*names: str) -> list[str]:
        return [name for name in names if re.search(rf'(?<![\w."]){name}[.(]', body)]

    def lines() -> Iterator[str]:
        yield from map(_IMPORTS.__getitem__, used(*_IMPORTS))
        for module, *names in (
            ("PIL", "Image", "ImageOps"),
            ("torch", "nn", "optim"),
            ("torch.utils.data", "DataLoader", "TensorDataset"),
        ):
            if wanted := used(*names):
                yield f"from {module} import {', '.join(wanted)}"

    return "\n".join(lines())


@cache
def _environment(lang: Lang) -> Environment:
    words = wording(lang)
    environment = Environment(
        loader=PackageLoader("fclab.scripts"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # it is Python that is made
    )
    # Whatever a name holds, it stays text.
    environment.filters["literal"] = lambda value: json.dumps(value, ensure_ascii=False)
    environment.globals["say"] = lambda key, **values: words.plain(
        f"script.{key}", **values
    ).replace(NBSP, " ")
    return environment
