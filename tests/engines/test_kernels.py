import platform
import re
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit
from scipy.special import expit

from fclab.engines.compiled import vectormath
from fclab.engines.compiled.kernels import (
    ACTIVATIONS,
    KERNEL,
    LOSSES,
    activate,
    backward,
    flatten,
    forward,
    loss_and_delta,
    sgd_step,
    unflatten,
)
from fclab.engines.fused import shallow
from fclab.values.metrics import losses, predicted

# name: its values in float64, the range of the promise, units in the last place that are promised
SCALARS = {
    "exp": (np.exp, -87.33, 87.33, 1),
    "sigmoid": (expit, -87.33, 300, 3),
    "tanh": (np.tanh, -300, 300, 3),
    "log1p": (np.log1p, 0, 1, 2),
    "log": (np.log, 1, 3e38, 2),
}


def over_an_array(name):
    function = getattr(vectormath, name)

    @njit(**{**KERNEL, "cache": False})
    def loop(x, out):
        for i in range(len(x)):
            out[i] = function(x[i])

    return loop


@pytest.mark.parametrize("name", SCALARS)
def test_a_scalar_function_is_precise_vectorised_and_passes_nan_on(name):
    exact, low, high, ulp = SCALARS[name]
    x = np.arange(0, 2**32, 2003, dtype=np.int64).astype(np.uint32).view(np.float32)
    x = x[(x >= low) & (x <= high)]  # evenly spread over the floats of the range
    loop, out = over_an_array(name), np.empty_like(x)
    loop(x, out)
    expected = exact(x.astype(np.float64))
    smallest = np.finfo(np.float32).tiny
    unit = np.spacing(np.maximum(np.abs(expected), smallest).astype(np.float32))
    assert (np.abs(out - expected) / unit).max() <= ulp

    if name in ("exp", "sigmoid", "tanh"):
        x, out = np.array([np.nan, np.inf, -np.inf], np.float32), np.empty(3, np.float32)
        loop(x, out)
        ends = {"exp": (8.5e37, 1.176e-38), "sigmoid": (1, 1.176e-38), "tanh": (1, -1)}[name]
        assert np.isnan(out[0])
        np.testing.assert_allclose(out[1:], ends, rtol=2e-3)
    if platform.machine() in ("x86_64", "AMD64"):
        assembly = "".join(loop.inspect_asm().values())
        widest = "zmm" if "+avx512f" in vectormath.host_features() else "[yz]mm"
        assert re.search(rf"(mul|fmadd\d*)ps.*{widest}", assembly)


class Stack:
    """A stack of layers on random examples, in one precision."""

    def __init__(self, widths, loss, dtype: type[np.floating] = np.float64, n=19, seed=0):
        rng = np.random.default_rng(seed)
        self.widths, self.loss, self.n = np.array(widths), LOSSES[loss], n
        size = sum(o * (i + 1) for i, o in pairwise(widths))
        self.params = rng.normal(0, 0.7, size).astype(dtype)
        self.a = np.zeros((sum(widths), n + 5), dtype)  # some columns that must not count
        self.a[:, n:] = np.nan
        self.d = self.a.copy()
        self.inputs = rng.normal(size=(widths[0], n)).astype(dtype)
        self.y = rng.integers(max(2, widths[-1]), size=n).astype(dtype)
        self.weight = rng.integers(1, 4, n).astype(dtype)
        self.scale = dtype(0.3)

    def loss_of(self, params, inputs, activation, of_activation=False):
        self.a[: self.widths[0], : self.n] = inputs
        if of_activation:
            activate(self.a, 0, self.widths[0], self.n, activation)
        forward(params, self.widths, self.a, self.n, activation)
        outs = self.widths[-1]
        return loss_and_delta(
            self.a, len(self.a) - outs, outs, self.n, self.y, self.weight, self.scale, self.loss,
            self.d,
        )  # fmt: skip

    def gradients(self, activation, of_activation=False):
        grads = np.full_like(self.params, np.nan)
        self.loss_of(self.params, self.inputs, activation, of_activation)
        backward(self.params, grads, self.widths, self.a, self.d, self.n, activation, of_activation)
        return grads, self.d[: self.widths[0], : self.n]

    def autograd(self, name):
        """Loss and gradients of float64 PyTorch."""
        params = torch.tensor(self.params, dtype=torch.float64, requires_grad=True)
        x, at = torch.tensor(self.inputs.T, dtype=torch.float64), 0
        last = len(self.widths) - 2
        for layer, (i, o) in enumerate(pairwise(self.widths)):
            x = x @ params[at : at + i * o].view(o, i).T + params[at + i * o : at + i * o + o]
            x = getattr(torch, name)(x) if layer < last else x
            at += o * (i + 1)
        y, w = torch.tensor(self.y).double(), torch.tensor(self.weight).double()
        one_loss = [
            lambda: (x[:, 0] - y) ** 2,
            lambda: torch.nn.functional.softplus(x[:, 0]) - y * x[:, 0],
            lambda: torch.nn.functional.cross_entropy(x, y.long(), reduction="none"),
        ][self.loss]()
        total = (w * one_loss).sum()
        (float(self.scale) * total).backward()
        assert params.grad is not None
        return total.item(), params.grad.numpy()


def widths_for(loss, hidden):
    return (3, *hidden, 3 if loss == "cross_entropy" else 1)


@pytest.mark.parametrize("hidden", [(), (5,), (4, 6)])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_gradients_are_those_of_finite_differences_and_of_autograd(name, loss, hidden):
    stack, code, h = Stack(widths_for(loss, hidden), loss), ACTIVATIONS[name], 1e-6
    grads, below = stack.gradients(code, of_activation=True)
    grads, below = grads.copy(), below.copy()
    scale = stack.scale
    for i in range(len(grads)):
        step = np.eye(len(grads))[i] * h
        up = stack.loss_of(stack.params + step, stack.inputs, code, True)[0]
        down = stack.loss_of(stack.params - step, stack.inputs, code, True)[0]
        assert grads[i] == pytest.approx(scale * (up - down) / (2 * h), rel=1e-6, abs=1e-6)
    for k in range(len(below)):  # all examples at once: none depends on another's inputs
        step = np.zeros_like(stack.inputs)
        step[k] = h
        up = stack.loss_of(stack.params, stack.inputs + step, code, True)[0]
        down = stack.loss_of(stack.params, stack.inputs - step, code, True)[0]
        assert below[k].sum() == pytest.approx(scale * (up - down) / (2 * h), rel=1e-6, abs=1e-6)

    np.testing.assert_allclose(
        stack.gradients(code)[0], stack.autograd(name)[1], rtol=1e-11, atol=1e-11
    )


@settings(max_examples=25, deadline=None)
@given(
    hidden=st.lists(st.integers(1, 9), max_size=3),
    inputs=st.integers(1, 7),
    outs=st.integers(2, 9),
    n=st.integers(1, 70),
    name=st.sampled_from(list(ACTIVATIONS)),
    loss=st.sampled_from(list(LOSSES)),
    seed=st.integers(0, 1000),
)
def test_any_stack_in_float32_has_the_gradients_of_autograd(
    hidden, inputs, outs, n, name, loss, seed
):
    outs = outs if loss == "cross_entropy" else 1
    stack = Stack((inputs, *hidden, outs), loss, np.float32, n, seed)
    total = stack.loss_of(stack.params, stack.inputs, ACTIVATIONS[name])[0]
    expected_total, expected = stack.autograd(name)
    assert total == pytest.approx(expected_total, rel=1e-5)
    largest = np.abs(expected).max()
    np.testing.assert_allclose(
        stack.gradients(ACTIVATIONS[name])[0], expected, rtol=1e-4, atol=2e-5 * largest
    )


@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
@pytest.mark.parametrize("hidden", [2, 3, 4, 5, 8, 11, 37])
@pytest.mark.parametrize(
    ("inputs", "name"), [(1, "relu"), (1, "tanh"), (2, "tanh"), (2, "sigmoid")]
)
def test_the_short_ways_of_one_hidden_layer_are_the_general_one(inputs, name, hidden, loss):
    stack, code = Stack((inputs, hidden, 1), loss, n=20), ACTIVATIONS[name]
    shape = shallow.shape_of(stack.widths, code)
    assert shape == (shallow.SMOOTH if name != "relu" else shallow.RELU if hidden >= 4 else 0)
    expected = stack.gradients(code)[0]
    outputs = stack.a[-1].copy()
    found = np.full_like(expected, np.nan)
    if shape == shallow.RELU:
        stack.a[1:] = np.nan
        shallow.relu_forward(stack.params, hidden, stack.a, stack.n)
        np.testing.assert_allclose(stack.a[-1], outputs, rtol=1e-12)
        shallow.relu_backward(stack.params, found, hidden, stack.a, stack.d, stack.n)
    elif shape == shallow.SMOOTH:
        shallow.smooth_backward(
            stack.params, found, inputs, hidden, stack.a, stack.d, stack.n, code
        )
    else:
        return
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("size", [1.0, 20.0, 1e4])
def test_loss_and_right_answers_are_those_of_the_metrics_at_any_size(loss, size):
    rows = 4 if loss == "cross_entropy" else 1
    rng = np.random.default_rng(1)
    z = (size * rng.normal(size=(rows + 2, 50))).astype(np.float32)
    z[1:, 0] = size  # equal outputs: the first of them is the answer
    y = rng.integers(max(2, rows), size=50)
    weight, d = rng.integers(1, 3, 50).astype(np.float32), np.zeros_like(z)
    total, right = loss_and_delta(
        z, 1, rows, 50, y.astype(np.float32), weight, np.float32(1), LOSSES[loss], d
    )
    outputs = z[1 : 1 + rows].T
    assert total == pytest.approx((weight * losses(loss, outputs, y)).sum(), rel=2e-6)
    answers = predicted("multiclass" if rows > 1 else "binary", outputs)
    assert right == (answers == y).sum()
    assert np.isfinite(d).all()
    assert not d[0].any()
    assert not d[-1].any()


@pytest.mark.parametrize("loss", ["log_loss", "cross_entropy"])
def test_the_loss_of_a_sure_answer_is_small_but_not_lost(loss):
    rows = 2 if loss == "cross_entropy" else 1
    z = np.array([[14.0], [0.0]], np.float32)[:rows] + 0
    y, one = np.array([0.0 if rows == 2 else 1.0], np.float32), np.ones(1, np.float32)
    total, _ = loss_and_delta(z, 0, rows, 1, y, one, one[0], LOSSES[loss], np.empty_like(z))
    assert total == pytest.approx(np.log1p(np.exp(-14.0)), rel=1e-6 if rows == 1 else 0.1)


@pytest.mark.parametrize(
    ("momentum", "nesterov", "decay"),
    [(0, False, 0), (0, False, 0.1), (0.9, False, 0.1), (0.9, True, 0.01)],
)
def test_a_step_is_that_of_torch(momentum, nesterov, decay):
    rng = np.random.default_rng(2)
    params = rng.normal(size=37).astype(np.float32)
    p = torch.tensor(params.copy(), requires_grad=True)
    optimizer = torch.optim.SGD(
        [p], lr=0.1, momentum=momentum, nesterov=nesterov, weight_decay=decay
    )
    velocity = np.zeros_like(params)
    for lr in (0.1, 0.1, 0.05, 0.2):
        grads = rng.normal(size=37).astype(np.float32)
        p.grad, optimizer.param_groups[0]["lr"] = torch.tensor(grads), lr
        optimizer.step()
        sgd_step(
            params, grads, velocity, np.float32(lr),
            np.float32(momentum), nesterov, np.float32(decay),
        )  # fmt: skip
        np.testing.assert_allclose(params, p.detach().numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_what_is_not_finite_is_not_hidden(name):
    stack = Stack((3, 5, 4, 1), "squared_error", np.float32)
    stack.params[0] = np.nan
    assert np.isnan(stack.loss_of(stack.params, stack.inputs, ACTIVATIONS[name])[0])


def test_flat_parameters_go_back_to_their_names():
    rng = np.random.default_rng(3)
    weights = {
        f"fc{i}.{part}": rng.normal(size=shape).astype(np.float32)
        for i, (out, below) in enumerate([(4, 6), (3, 4), (2, 3)], start=1)
        for part, shape in (("weight", (out, below)), ("bias", (out,)))
    }
    for first, widths in ((1, (6, 4, 3, 2)), (2, (4, 3, 2))):
        named = unflatten(flatten(weights, first), widths, first)
        assert named.keys() == {name for name in weights if int(name[2]) >= first}
        for name, array in named.items():
            np.testing.assert_array_equal(array, weights[name])
    assert flatten(weights, 4).size == 0
