"""What `fclab.scripts` prints runs as it stands, without fclab, and gets the numbers of fclab."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from fclab.data import BINARY_SHAPES, TARGETS, cifar100
from fclab.data.kept import Cloud, Curve, Images, KeptData, OwnCurve
from fclab.engines import train
from fclab.scripts import listing, script
from fclab.scripts.program import FIELDS
from fclab.values.dataset import Dataset
from fclab.values.errors import UsageError
from fclab.values.recipe import BEST, BINARY, CIFAR, FREE, REGRESSION, Recipe
from fclab.values.run import Run
from fclab.words.languages import LANGUAGES

CLASSES = (0, 55, 58)
IMAGES = Images(classes=CLASSES, source="cifar100")
OF_THE_LAB = {
    "regression": (Curve(), REGRESSION),
    "xor": (Cloud(shape="xor"), BINARY),
    "cifar": (IMAGES, CIFAR),
}
_TOLD = """
import contextlib, io, json, runpy, sys
told = []
for path in sys.argv[1:]:
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        names = runpy.run_path(path)
    told.append([names["losses"], printed.getvalue().splitlines()])
assert "fclab" not in sys.modules
print(json.dumps(told))
"""


class Case(NamedTuple):
    """A script to be compared with a run.

    Attributes:
        data, recipe, seed: of both.
        dataset: where the data are no formula.
        engine: of the run.
        rtol: of the losses.
    """

    data: KeptData
    recipe: Recipe
    seed: int = 0
    dataset: Dataset | None = None
    engine: str = "reference"
    rtol: float = 1e-4


@pytest.fixture(scope="module")
def images(cifar_dir) -> Dataset:
    return cifar100(CLASSES, cifar_dir, cache=False)


def executed(codes: Sequence[str], folder: Path, data: Path | str) -> list[Any]:
    """Of every program its losses, and the lines that it prints; one process runs them all, and
    every warning is an error."""
    paths = [folder / f"script{number}.py" for number in range(len(codes))]
    for path, code in zip(paths, codes, strict=True):
        path.write_text(code, "utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _TOLD, *map(str, paths)],
        capture_output=True, text=True, check=False, encoding="utf-8",
        env={**os.environ, "OMP_NUM_THREADS": "1", "FCLAB_DATA": str(data)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def numbers(line: str) -> list[float]:
    """Loss, and accuracy if there is one, of a line like "test: loss 0.6, accuracy 75.33%"."""
    words = line.split(": ")[1].split(", ")
    return [float(word.split()[-1].rstrip("%")) for word in words]


def check_same(run: Run, losses: list[float], printed: list[str], rtol: float) -> None:
    """The numbers of a script against those of a run: the course of the loss, then what both say
    of train and test; the accuracy may differ by an example that rounding moves."""
    np.testing.assert_allclose(losses, run.history["running_loss"], rtol=rtol)
    for part, line in zip(("train", "test"), printed[-2:], strict=True):
        loss, *accuracy = numbers(line)
        assert loss == pytest.approx(run.metrics[f"{part}_loss"], rel=rtol, abs=2e-6)
        if accuracy:
            share = 100 * run.metrics[f"{part}_accuracy"]
            assert accuracy[0] == pytest.approx(share, abs=110 / run.dataset.sizes[part])


def compare(cases: Mapping[str, Case], folder: Path, data: Path | str = "") -> None:
    """The scripts of all cases against the runs."""
    made = [script(case.data, case.recipe, case.seed, "en") for case in cases.values()]
    told = executed([one.whole for one in made], folder, data)
    for (name, case), one, (losses, printed) in zip(cases.items(), made, told, strict=True):
        dataset = case.dataset or case.data.make()
        assert dataset is not None
        (run,) = train(dataset, [case.recipe], [case.seed], engine=case.engine)
        assert one.listing == listing(run, "en"), name
        assert one.listing in one.whole, name
        check_same(run, losses, printed, case.rtol)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("part", OF_THE_LAB)
def test_the_listing_of_the_lab_is_whole_and_a_part_of_the_whole(part, lang):
    made = script(*OF_THE_LAB[part], lang=lang)
    assert made.listing in made.whole
    lines = made.listing.splitlines()
    assert 10 <= len(lines) <= 25
    assert max(map(len, lines)) <= 80
    assert "fclab" not in [name for node in ast.walk(ast.parse(made.whole))
                           for name in _imported(node)]  # fmt: skip


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [name.name.split(".")[0] for name in node.names]
    return [(node.module or "").split(".")[0]] if isinstance(node, ast.ImportFrom) else []


def test_its_code_is_the_same_in_every_language():
    for data, recipe in [*OF_THE_LAB.values(), (IMAGES, BEST)]:
        first, *others = (_without_words(script(data, recipe, 3, lang).whole) for lang in LANGUAGES)
        assert all(other == first for other in others)


def _without_words(code: str) -> str:
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


def test_parts_1_and_2_get_the_numbers_of_a_run(tmp_path):
    recipe = REGRESSION.replace(epochs=1500)
    compare(
        {
            "by hand": Case(Curve(), recipe),
            "fused": Case(Curve(), recipe, engine="fused"),
            **{
                shape: Case(Cloud(shape=shape, seed=4), BINARY.replace(epochs=800), seed=4)
                for shape in BINARY_SHAPES
            },
        },
        tmp_path,
    )


def test_part_3_gets_the_numbers_of_a_run(images, cifar_dir, tmp_path):
    case = Case(IMAGES, CIFAR.replace(epochs=4), 7, images)
    compare({"module": case, "gram": case._replace(engine="gram")}, tmp_path, cifar_dir)


def test_any_recipe_of_points_gets_the_numbers_of_a_run(tmp_path):
    short, cloud = {"epochs": 40}, Cloud(shape="xor")
    part_1, part_2 = REGRESSION.replace(**short), BINARY.replace(**short)
    fast = {"schedule": "step", "layers": (8, 4, 1), "activation": "relu", "init": "fan_in"}
    recipes = {
        "own": (OwnCurve(points=((0.3, 0.7), (-0.4, 0.1), (0.0, 0.5)), seed=3), part_1),
        "deep": (Curve(), part_1.replace(layers=(9, 5, 1), activation="tanh")),
        "gelu": (Curve(), part_1.replace(activation="gelu", init="fan_in")),
        "mean": (Curve(), part_1.replace(activation="sigmoid", reduction="mean")),
        "linear": (Curve(), part_1.replace(layers=(1,))),
        "fading": (Curve(), part_1.replace(schedule="cosine")),
        "momentum": (Curve(), part_1.replace(momentum=0.5, schedule="linear")),
        "batches": (Curve(), part_1.replace(batch_size=64, epochs=3)),
        "squares": (Cloud(shape="moons"), part_2.replace(loss="squared_error")),
        "deep cloud": (Cloud(shape="circles", points=100, noise=0.1), part_2.replace(**fast)),
        "adam": (cloud, part_2.replace(optimizer="adam", reduction="mean")),
        "average": (cloud, part_2.replace(ema=0.9, norm="layer", dropout=0.2)),
    }
    for target in TARGETS:
        recipes[target] = (Curve(target=target, points=30, repeats=2, seed=3), part_1)
    cases = {name: Case(data, recipe, 5) for name, (data, recipe) in recipes.items()}
    for name in ("adam", "average"):  # beyond the lab's own loops
        cases[name] = cases[name]._replace(engine="torch")
    compare(cases, tmp_path)


QUICK = CIFAR.replace(epochs=2)
OF_IMAGES: dict[str, tuple[dict[str, Any], Recipe]] = {
    "best": ({}, FREE.replace(epochs=3, layers=(64, 32, 3))),
    "shift, flip": ({}, QUICK.replace(shift=3, flip=True, tta="flip", optimizer="adamw",
                                  weight_decay=0.01, lr=1e-3)),
    "turn": ({}, QUICK.replace(rotate=15, jitter=0.1, contrast=True, schedule="one_cycle")),
    "pool": ({}, QUICK.replace(pool=4, zoom=0.1, label_smoothing=0.1, batch_size=None)),
    "mixup": ({}, QUICK.replace(mixup=0.4, dropout=0.3, norm="batch", activation="gelu")),
    "local": ({}, QUICK.replace(locality=2.0, layers=(20, 3), init="uniform", reduction="sum",
                            lr=1e-4)),
    "tied": ({}, QUICK.replace(tied=0.5, layers=(64, 16, 3), pool=2, locality=1.0,
                           norm="batch", dropout=0.2, mixup=0.3, ema=0.9, momentum=0.9,
                           label_smoothing=0.1, schedule="one_cycle", flip=True)),
    "tied, adam": ({}, QUICK.replace(tied=0.5, layers=(256, 3), optimizer="adam", lr=1e-3)),
    "tied, deep": ({}, QUICK.replace(tied=0.5, layers=(32, 8, 3, 2, 3), pool=4, init="uniform",
                                 optimizer="adamw", lr=1e-3, batch_size=None)),
    "tied, patience": ({"hold_out": 0.2, "seed": 6},
                       CIFAR.replace(epochs=12, tied=0.25, layers=(32, 3), pool=4, lr=0.1,
                                 patience=2, schedule="cosine", momentum=0.5, ema=0.9)),
    "tied, stopped": ({"hold_out": 0.2, "seed": 6},
                      CIFAR.replace(epochs=12, tied=0.84, layers=(16, 3), pool=4, lr=0.3,
                                patience=2, momentum=0.9, norm="batch")),
    "average": ({}, QUICK.replace(ema=0.95, norm="batch", contrast=True, momentum=0.9)),
    "patience": ({"hold_out": 0.2, "seed": 6},
                 CIFAR.replace(epochs=12, lr=0.1, patience=2, schedule="step", nesterov=True,
                           momentum=0.5)),
    "patience, tta": ({"hold_out": 0.1}, QUICK.replace(epochs=4, patience=1, tta="shift", ema=0.5)),
}  # fmt: skip


def test_any_recipe_of_images_gets_the_numbers_of_a_run(images, cifar_dir, tmp_path):
    cases = {}
    for name, (held, recipe) in OF_IMAGES.items():
        share = held.get("hold_out")
        dataset = images.hold_out(share, seed=held.get("seed", 0)) if share else images
        data = IMAGES.model_copy(update=held)
        cases[name] = Case(data, recipe, 1, dataset, engine="torch", rtol=1e-3)
    compare(cases, tmp_path, cifar_dir)


_SOME: dict[str, tuple[Any, ...]] = {
    "layers": ((10, 3), (24, 3), (12, 8, 3), (3,)),
    "activation": ("relu", "sigmoid", "tanh", "gelu"),
    "reduction": ("mean", "mean", "sum"),
    "init": ("fan_in", "uniform"),
    "optimizer": ("sgd", "sgd", "adam", "adamw"),
    "momentum": (0.0, 0.9),
    "nesterov": (False, True),
    "weight_decay": (0.0, 0.01),
    "batch_size": (128, 500, 97, None),
    "schedule": ("constant", "step", "linear", "cosine", "one_cycle"),
    "flip": (False, True),
    "shift": (0, 2, 4),
    "rotate": (0.0, 10.0),
    "zoom": (0.0, 0.2),
    "jitter": (0.0, 0.2),
    "pool": (1, 2, 4),
    "locality": (0.0, 1.0),
    "tied": (0.0, 0.0, 0.5),
    "dropout": (0.0, 0.3),
    "label_smoothing": (0.0, 0.1),
    "mixup": (0.0, 0.5),
    "norm": ("none", "batch", "layer"),
    "ema": (0.0, 0.9),
    "contrast": (False, True),
    "tta": ("none", "flip", "shift"),
}


def some_recipes(count: int, seed: int) -> Iterator[Recipe]:
    """Recipes of images that draw every field at random."""
    rng = np.random.default_rng(seed)
    while count:
        fields = {name: some[rng.integers(len(some))] for name, some in _SOME.items()}
        if fields["optimizer"] != "sgd":
            fields["momentum"] = 0.0
        if fields["tied"]:
            places = (16 // fields["pool"]) ** 2
            widths = (places, places // 2)[: len(fields["layers"]) - 1]
            fields["layers"] = (*widths, 3)
            # A bias before batch norm has a gradient of rounding alone: Adam makes steps of it,
            # all copies of a filter the same ones: enough to move answers.
            plain = fields["norm"] == "none" or fields["optimizer"] != "sgd"
            fields["norm"] = "none" if plain else "batch"
        fields["nesterov"] = fields["nesterov"] and fields["momentum"] > 0
        fields["lr"] = 1e-5 if fields["reduction"] == "sum" else 1e-3
        yield CIFAR.replace(epochs=2, **fields)
        count -= 1


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(4))
def test_recipes_of_random_fields(seed, images, cifar_dir, tmp_path):
    cases = {
        str(recipe): Case(IMAGES, recipe, seed, images, engine="torch", rtol=1e-3)
        for recipe in some_recipes(8, seed)
    }
    compare(cases, tmp_path, cifar_dir)


def test_a_field_that_the_templates_do_not_know_is_refused(monkeypatch):
    assert set(Recipe.model_fields) >= FIELDS
    monkeypatch.setattr("fclab.scripts.program.FIELDS", FIELDS - {"ema"})
    with pytest.raises(UsageError, match="a script cannot say ema"):
        script(IMAGES, CIFAR.replace(ema=0.9))
    script(IMAGES, CIFAR)


def test_what_cannot_be_said_is_refused_in_a_line():
    with pytest.raises(UsageError, match="the stand-in"):
        script(Images(classes=CLASSES, source="synthetic"), CIFAR)
    with pytest.raises(UsageError, match="batch norm"):
        script(IMAGES, CIFAR.replace(norm="batch", batch_size=1499))

    class Strange(KeptData, frozen=True):
        kind: str = "strange"

    with pytest.raises(UsageError, match="strange"):
        script(Strange(), CIFAR)


def test_it_is_written_as_ruff_writes(tmp_path):
    made = [(IMAGES.model_copy(update=held), recipe) for held, recipe in OF_IMAGES.values()]
    made += [*OF_THE_LAB.values(), (IMAGES, BEST), *((IMAGES, it) for it in some_recipes(20, 9))]
    for number, (data, recipe) in enumerate(made):
        lang = list(LANGUAGES)[number % 2]
        (tmp_path / f"script{number}.py").write_text(script(data, recipe, 0, lang).whole, "utf-8")
    for command in (["check", "--select", "E,F,W,I,B,UP,C4,SIM"], ["format", "--diff"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", tmp_path],
            capture_output=True, encoding="utf-8", check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
