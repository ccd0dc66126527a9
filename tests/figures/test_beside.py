"""Figures that another process renders are those that this one renders, to the bit."""

import os

import pytest
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from test_every_figure import DRAW

from fclab.engines.job import usable_cores
from fclab.figures.beside import painter, render
from fclab.report.drawn import rendered
from fclab.report.model import FigureBlock

pytestmark = pytest.mark.skipif(usable_cores() < 2, reason="needs two cores")
DPI = 30


@pytest.fixture(scope="module")
def another():
    with painter() as one:
        assert one is not None
        yield one


@pytest.mark.parametrize("name", DRAW)
def test_every_figure_comes_back_to_the_bit(name, another, regression, binary, images):
    def draw():
        return DRAW[name](regression, binary, images, "ru")

    assert another.render(draw(), DPI, svg=False) == render(draw(), DPI, svg=False)


def small(label: str = "", *, pickled: bool = True) -> Figure:
    figure = Figure(figsize=(2, 1))
    axes = figure.add_subplot(title=label)
    if not pickled:
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:.2f}"))
    return figure


def blocks() -> list[FigureBlock]:
    return [
        FigureBlock(str(k), (), "", lambda k=k: small(str(k), pickled=k % 3 > 0), raster=k % 2 > 0)
        for k in range(8)
    ]


def test_an_svg_comes_back_too_and_what_cannot_be_pickled_does_not(another):
    assert another.render(small("a"), DPI, svg=True) == render(small("a"), DPI, svg=True)
    assert another.render(small(pickled=False), DPI, svg=True) is None
    assert another.render(small("b"), DPI, svg=False) == render(small("b"), DPI, svg=False)


def files(some: list[FigureBlock]) -> list[tuple[bytes, str]]:
    return [(block.png, "" if block.raster else block.svg) for block in some]


def test_two_render_what_one_renders_though_some_must_be_done_here(another):
    together, alone = blocks(), blocks()
    assert len(list(rendered(together, another))) == len(together)
    assert all("png" in vars(block) for block in together)
    assert len(list(rendered(alone))) == len(alone)
    assert files(together) == files(alone)


def test_a_painter_that_is_gone_is_not_missed():
    alone = files(blocks())
    with painter() as gone:
        assert gone is not None
        os.kill(gone.pid, 9 if os.name != "nt" else 15)
        together = blocks()
        assert len(list(rendered(together, gone))) == len(together)
    assert files(together) == alone


def test_whoever_stops_looking_ends_it(another):
    for _ in rendered(blocks(), another):
        break
    assert another.render(small("c"), DPI, svg=False) == render(small("c"), DPI, svg=False)
