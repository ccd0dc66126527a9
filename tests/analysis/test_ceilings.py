"""Other methods on the same images: kernels against wide networks, choices that never see test,
and what is kept."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from fclab.analysis.ceilings.convolution import answers_of_convolutions
from fclab.analysis.ceilings.kept import keep_ceilings, load_ceilings
from fclab.analysis.ceilings.kernels import infinite_width
from fclab.analysis.ceilings.measuring import measure_ceilings
from fclab.analysis.ceilings.values import Ceilings
from fclab.data import binary_points
from fclab.store.database import Store
from fclab.values.dataset import CIFAR_PREPROCESSING, ClassName, Dataset, Split
from fclab.values.errors import DataError, UsageError

X = np.random.default_rng(0).normal(size=(5, 6))


def wide(seed: int, hidden: int, width: int = 500) -> list[torch.Tensor]:
    """Weights N(0, 1), which are divided by the square root of half the inputs."""
    draw = torch.Generator().manual_seed(seed)
    sizes = [X.shape[1] + 1, *[width] * hidden, 1]
    return [
        torch.randn(b, a, generator=draw, dtype=torch.float64, requires_grad=True)
        for a, b in pairwise(sizes)
    ]


def outputs(weights: list[torch.Tensor]) -> torch.Tensor:
    """Of every example, in the parametrisation of Jacot et al.: the factors stand outside."""
    h = torch.tensor(np.c_[X, np.ones(len(X))]).T
    for i, w in enumerate(weights):
        last = i == len(weights) - 1
        h = (w @ h) * ((1 if i == 0 else 2) / w.shape[1]) ** 0.5
        h = h if last else torch.relu(h)
    return h[0]


@pytest.mark.parametrize("hidden", [1, 2])
def test_the_kernels_are_those_of_wide_networks(hidden):
    kernels = infinite_width(X @ X.T, X.shape[1], hidden)
    of_outputs, of_gradients, networks = np.zeros((5, 5)), np.zeros((5, 5)), 40
    for seed in range(networks):
        weights = wide(seed, hidden)
        out = outputs(weights)
        rows = [torch.cat([g.flatten() for g in torch.autograd.grad(o, weights, retain_graph=True)])
                for o in out]  # fmt: skip
        jacobian = torch.stack(rows)
        of_gradients += (jacobian @ jacobian.T).numpy() / networks
        # The last layer is linear: its mean over all draws of its weights is known.
        last = rows[0].numel() - weights[-1].numel()
        of_outputs += (jacobian[:, last:] @ jacobian[:, last:].T).numpy() / networks
    np.testing.assert_allclose(kernels.nngp, of_outputs, rtol=0.06, atol=0.02)
    np.testing.assert_allclose(kernels.ntk, of_gradients, rtol=0.06, atol=0.04)


def test_without_a_hidden_layer_both_are_the_linear_kernel():
    kernels = infinite_width(X @ X.T, 6, 0)
    np.testing.assert_allclose(kernels.nngp, (X @ X.T + 1) / 7)
    np.testing.assert_array_equal(kernels.nngp, kernels.ntk)


def pictures(noise: float = 60.0, side: int = 8) -> Dataset:
    rng = np.random.default_rng(3)
    kinds = rng.uniform(100, 155, (3, side, side, 3))

    def split(size: int) -> Split:
        y = np.arange(size) % 3
        x = kinds[y] + rng.normal(0, noise, (size, side, side, 3))
        return Split(x.clip(0, 255).astype(np.uint8), y)

    names = tuple(ClassName(i, f"kind {i}", f"вид {i}") for i in range(3))
    return Dataset("kinds", "multiclass", "synthetic", split(90), split(60), names,
                   CIFAR_PREPROCESSING)  # fmt: skip


@pytest.fixture(scope="module")
def found() -> Ceilings:
    return measure_ceilings(pictures(), seeds=0)


def test_every_method_learns_and_says_what_it_chose(found):
    methods = [line.method for line in found.lines]
    assert methods == ["neighbours", "logistic", "svm", "nngp", "ntk"]
    for line in found.lines:
        assert found.correct[line.method].shape == (1, 60)
        assert found.correct[line.method].mean() > 0.6
        assert line.held_out is not None
        assert 0.5 < line.held_out <= 1
    assert found.hidden == 1


def test_no_choice_and_no_answer_depends_on_the_classes_of_test(found):
    dataset = pictures()
    other = replace(dataset, test=Split(dataset.test.x, (dataset.test.y + 1) % 3))
    again = measure_ceilings(other, seeds=0)
    for a, b in zip(found.lines, again.lines, strict=True):
        assert (a.settings, a.held_out, a.answers) == (b.settings, b.held_out, b.answers)
    assert again.targets != found.targets


def test_a_convolutional_network_depends_on_its_seed_alone():
    alone = answers_of_convolutions(pictures(), [1], 2)
    told = []
    both = answers_of_convolutions(pictures(), [0, 1], 2, lambda: told.append(1))
    np.testing.assert_array_equal(alone[0], both[1])
    assert len(told) == 4
    (learned,) = answers_of_convolutions(pictures(noise=10), [0], 12)
    assert (learned == pictures().test.y).mean() > 0.6


def test_only_pictures_of_several_classes_are_measured():
    with pytest.raises(UsageError, match="images of several classes, not for"):
        measure_ceilings(binary_points("xor"))
    with pytest.raises(UsageError, match="pictures of 8 pixels a side"):
        measure_ceilings(pictures(side=6))


def test_they_are_kept_for_the_very_images(found, tmp_path):
    info = pictures().info
    with Store(tmp_path / "store.db") as store:
        assert load_ceilings(store, info) is None
        keep_ceilings(store, info, found)
        assert load_ceilings(store, info) == found
        assert load_ceilings(store, info.model_copy(update={"fingerprint": "0" * 64})) is None
        store.keep("ceilings", info.name, {"fingerprint": info.fingerprint, "lines": 3})
        with pytest.raises(DataError, match="another version of fclab: measure them again"):
            load_ceilings(store, info)
