"""Formulas in LaTeX, written from recipes: examples are rows, as in the reference engine.

Only commands that typeset alike in MathML, in Word and in TeX are used.
"""

from collections.abc import Mapping

from fclab.values.recipe import Activation, Loss, Recipe
from fclab.words.languages import Lang
from fclab.words.wording import wording

_TARGETS: Mapping[str, str] = {
    "sigmoid": r"f(x) = \frac{1}{1 + e^{-10x}}",
    "sine": r"f(x) = \frac{1 + \sin 2\pi x}{2}",
    "bump": r"f(x) = e^{-(x/POINT)^2}",
    "parabola": r"f(x) = 4x^2",
    "abs": r"f(x) = 2\left|x\right|",
    "step": r"f(x) = \begin{cases} 1, & x \geq 0 \\ 0, & x < 0 \end{cases}",
}

_ACTIVATIONS: Mapping[Activation, tuple[str, str]] = {
    "relu": (
        r"\varphi(z) = \max(0, z)",
        r"\varphi'(z) = \begin{cases} 1, & z > 0 \\ 0, & z \leq 0 \end{cases}",
    ),
    "sigmoid": (
        r"\varphi(z) = \frac{1}{1 + e^{-z}}",
        r"\varphi'(z) = \varphi(z)\,(1 - \varphi(z))",
    ),
    "tanh": (r"\varphi(z) = \tanh z", r"\varphi'(z) = 1 - \tanh^2 z"),
    "gelu": (
        r"\varphi(z) = z\,\Phi(z)",
        r"\varphi'(z) = \Phi(z) + \frac{z}{\sqrt{2\pi}} e^{-z^2/2}",
    ),
}

_EXPLICIT = 3  # deeper networks get the recurrence instead of every layer


def target(name: str, language: Lang) -> str | None:
    """The curve of part 1 by the name of its dataset, or None if it is not known."""
    latex = _TARGETS.get(name)
    point = wording(language).fixed(0.15, 2).replace(",", "{,}")  # else LaTeX adds a space
    return latex and latex.replace("POINT", point)


def activation(name: Activation) -> tuple[str, ...]:
    """The nonlinearity and its derivative."""
    return _ACTIVATIONS[name]


def forward(recipe: Recipe) -> tuple[str, ...]:
    """The forward pass, a line per layer; Z_L are the outputs."""
    last = len(recipe.layers)
    if last > _EXPLICIT:
        return (
            r"Z_l = A_{l-1} W_l^{\top} + b_l,\quad A_l = \varphi(Z_l),\quad A_0 = X",
            rf"l = 1, \ldots, {last}",
        )
    lines = []
    for i in range(1, last + 1):
        line = rf"Z_{i} = {'X' if i == 1 else f'A_{i - 1}'} W_{i}^{{\top}} + b_{i}"
        lines.append(line if i == last else rf"{line},\quad A_{i} = \varphi(Z_{i})")
    return tuple(lines)


def loss(recipe: Recipe) -> tuple[str, ...]:
    """The loss as it is differentiated: summed or averaged over the n examples of a step."""
    total = r"\sum_{i=1}^{n} "
    if recipe.reduction == "mean":
        total = r"\frac{1}{n} " + total
    match recipe.loss:
        case "squared_error":
            return (rf"L = {total} (\hat{{y}}_i - y_i)^2",)
        case "log_loss":
            return (
                rf"L = -{total} \left( y_i \, \log(p_i) + (1 - y_i) \log(1 - p_i) \right)",
                r"p_i = \frac{1}{1 + e^{-z_i}}",
                rf"L = {total} \left( \log(1 + e^{{z_i}}) - y_i z_i \right)",
            )
        case "cross_entropy":
            return (
                rf"L = -{total} \log(p_{{i, y_i}})",
                r"p_{i,k} = \frac{e^{z_{i,k}}}{\sum_{j} e^{z_{i,j}}}",
            )


def short_loss(recipe: Recipe) -> tuple[str, ...]:
    """The loss, and what the probabilities in it are, in one line."""
    return (r",\quad ".join(loss(recipe)[:2]),)


def gradients(recipe: Recipe) -> tuple[str, ...]:
    """The gradient by every weight and bias, from the last layer back."""
    last, mean = len(recipe.layers), r"\frac{1}{n} " if recipe.reduction == "mean" else ""
    start = _DELTA[recipe.loss].format(last=last, mean=mean)
    if last > _EXPLICIT:
        return (
            start,
            _by_weights("l", "A_{l-1}"),
            r"\Delta_{l-1} = (\Delta_l W_l) \odot \varphi'(Z_{l-1}),"
            rf"\quad l = {last}, \ldots, 2",
        )
    lines = [start]
    for i in range(last, 0, -1):
        lines.append(_by_weights(str(i), f"A_{i - 1}" if i > 1 else "X"))
        if i > 1:
            before = i - 1
            lines.append(rf"\Delta_{before} = (\Delta_{i} W_{i}) \odot \varphi'(Z_{before})")
    return tuple(lines)


def step(recipe: Recipe) -> str | None:
    """The rule of plain gradient descent, or None where the step is not that."""
    plain = recipe.optimizer == "sgd" and not (recipe.momentum or recipe.weight_decay)
    if not plain:
        return None
    rule = r"W_l \leftarrow W_l - \eta \frac{\partial L}{\partial W_l}"
    return rule + r",\quad " + rule.replace("W_l", "b_l")


_DELTA: Mapping[Loss, str] = {
    "squared_error": r"\Delta_{last} = \frac{{\partial L}}{{\partial Z_{last}}} = "
    r"{mean}2(\hat{{Y}} - Y)",
    "log_loss": r"\Delta_{last} = \frac{{\partial L}}{{\partial Z_{last}}} = {mean}(P - Y)",
    "cross_entropy": r"\Delta_{last} = \frac{{\partial L}}{{\partial Z_{last}}} = {mean}(P - Y)",
}


def _by_weights(i: str, inputs: str) -> str:
    return (
        rf"\frac{{\partial L}}{{\partial W_{i}}} = \Delta_{i}^{{\top}} {inputs},\quad "
        rf"\frac{{\partial L}}{{\partial b_{i}}} = \sum_{{k=1}}^{{n}} (\Delta_{i})_k"
    )
