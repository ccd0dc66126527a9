import pytest

from fclab.labs.lab1.content import formulas
from fclab.labs.lab1.defence import section as defence
from fclab.labs.lab1.defence import training as defence_training
from fclab.report.linear import linear


@pytest.mark.parametrize(
    ("latex", "line"),
    [
        (r"a_1 x^2 + b_{ij}", "a₁x² + bᵢⱼ"),
        (r"\frac{a}{b}", "a/b"),
        (r"\frac{a + b}{2}", "(a + b)/2"),
        (r"m \cdot n", "m · n"),
        (r"\lceil N / B \rceil", "⌈N/B⌉"),
        (r"W_1^{\top}", "W₁ᵀ"),
        (r"\hat{y}", "ŷ"),
        (r"-1/\sqrt{m}", "−1/√m"),
        (r"p_y", "p_y"),
        (r"e^{-z}", "e^(-z)"),
        (defence._LOG_LOSS, "L = −y log(p) − (1 − y) log(1 − p), p = 1/(1 + e^(-z))"),
        (defence_training._ITERATIONS, "T = E · ⌈N/B⌉"),
        (defence_training._STEP, "w ← w − η/|B| ∑_(i∈B) ∂Lᵢ/∂w"),
        (formulas.target("step", "en"), "f(x) = {1, x ≥ 0; 0, x < 0"),
    ],
)
def test_a_formula_in_one_line(latex, line):
    assert linear(latex) == line
