"""Part 3 of the lab: which classes are taken for which."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from fclab.figures.style import (
    ALARM,
    INK,
    NORMAL,
    SMALL,
    SPLITS,
    TITLE,
    WIDTH,
    capital,
    class_labels,
    new_figure,
    readable_on,
    styled,
    text_width,
    tint,
)
from fclab.figures.ticks import Ticks
from fclab.values.errors import UsageError
from fclab.values.run import Run
from fclab.words.languages import Lang
from fclab.words.wording import Wording, wording

_MOST_SHARES = 12  # classes whose cells have room for count and share
_MOST_COUNTS = 25  # ... for the count


@styled()
def confusion_matrix(run: Run, split: str, lang: Lang) -> Figure:
    """How often each class was answered as each other; the shade is the share of the true class.

    Cells hold count and share; above 12 classes only the count, above 25 nothing, and the
    classes go by their numbers.

    Args:
        run: of a classifier.
        split: "train", "valid" or "test".
        lang: of all texts.

    Raises:
        UsageError: the run has no classes, or no such split.
    """
    words = wording(lang)
    if run.dataset.task == "regression":
        raise UsageError("{name} has no classes to be confused", name=run.dataset.name)
    run.check_part(split)
    counts = run.confusion(split)
    k = len(counts)
    sums = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, sums, out=np.zeros(counts.shape), where=sums > 0)
    if run.diverged_at is None:
        right = float(np.trace(counts) / counts.sum())
        title = words.plain("figures.confusion", split=words.plain(f"part.{split}"), share=right)
    else:
        title = words.plain("figures.diverged", n=run.diverged_at)
    size = NORMAL if k <= _MOST_SHARES else SMALL - 1
    names = class_labels(words, run.dataset.class_names, size)
    name = text_width(names, size)
    wanted = max(0.9, 1.15 * text_width([title], TITLE) / k)  # the title is bold
    cell = min(wanted, (WIDTH - 1.6 if k > _MOST_COUNTS else WIDTH - 0.6 - name) / k)
    slant = name > 0.95 * cell
    below = 0.75 * name if slant else 0.15
    if k > _MOST_COUNTS:
        name, below = 1.0, 0.15  # the bar instead
    fig = new_figure(k * cell + name + 0.6, k * cell + below + 0.75, words, run.dataset)
    ax = fig.add_subplot()
    # Of many classes each wrong answer has a small share: the root makes it visible.
    norm = PowerNorm(1 if k <= _MOST_SHARES else 0.5, 0, 1)
    image = ax.imshow(shares, cmap=tint(SPLITS[split]), norm=norm)
    ax.tick_params(length=0)
    if k <= _MOST_COUNTS:
        turned = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if slant else {}
        ax.set_xticks(range(k), names, size=size, **turned)
        ax.set_yticks(range(k), names, size=size)
        ax.set_xlabel(words.plain("figures.answer"))
        ax.set_ylabel(words.plain("figures.true_class"))
        _fill_cells(ax, image, counts, shares, words)
    else:
        _number_axes(ax, [name.number for name in run.dataset.class_names], words)
        bar = fig.colorbar(image, ax=ax, ticks=[0, 0.05, 0.25, 0.5, 1], shrink=0.8)
        bar.ax.yaxis.set_major_formatter(Ticks(words, shares=True))
        bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
        bar.set_label(words.plain("figures.row_share"))
    ax.set_title(capital(title), color=INK if run.diverged_at is None else ALARM)
    return fig


def _fill_cells(
    ax: Axes, image: AxesImage, counts: np.ndarray, shares: np.ndarray, words: Wording
) -> None:
    roomy = len(counts) <= _MOST_SHARES
    ax.spines[:].set_visible(False)
    for (i, j), count in np.ndenumerate(counts):
        share = float(shares[i, j])
        look: dict[str, Any] = {"color": readable_on(image.to_rgba(shares)[i, j]), "ha": "center"}
        if roomy:
            size = TITLE if len(counts) <= 6 else SMALL
            ax.text(j, i, words.whole(count), va="bottom", size=size, weight="bold", **look)
            ax.text(j, i + 0.08, words.pct(share), va="top", size=size - 2, **look)
        elif count:
            ax.text(j, i, words.whole(count), va="center", size=SMALL - 2, **look)


def _number_axes(ax: Axes, numbers: list[int], words: Wording) -> None:
    every = 10 if len(numbers) > 50 else 5
    places = range(0, len(numbers), every)
    ax.set_xticks(places, [str(numbers[i]) for i in places])
    ax.set_yticks(places, [str(numbers[i]) for i in places])
    ax.tick_params(length=3)
    ax.set_xlabel(words.plain("figures.answer_number"))
    ax.set_ylabel(words.plain("figures.true_number"))
