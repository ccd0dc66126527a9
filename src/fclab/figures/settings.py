"""The settings that were tried for some models: how deep and how flat the optimum is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from fclab.figures.style import (
    ALARM,
    INK,
    MUTED,
    SMALL,
    TEST,
    WIDTH,
    new_figure,
    readable_on,
    styled,
    text_width,
    tint,
)
from fclab.values.dataset import Dataset, DatasetInfo
from fclab.words.languages import Lang
from fclab.words.wording import Wording, wording

_MOST = 4  # maps in a row
_WORST = 0.05  # above the least loss of all: the darkest shade, at least
_LABELS = 0.6  # inches beside a map
_LINE = 1.25 * SMALL / 72  # inches from a line of a title to the next


@dataclass(frozen=True)
class Tried:
    """A setting of a model and its loss.

    Attributes:
        lr, batch: of the grid; a batch of None is all images.
        loss: mean over the seeds at its over-fitting epoch.
    """

    lr: float
    batch: int | None
    loss: float


@dataclass(frozen=True)
class SettingsMap:
    """What was tried for a model.

    Attributes:
        title: the model: "FC(10), FC(3)".
        tried: in any order; what diverged is missing, and its cell stays empty.
        chosen: learning rate and batch of the row; other seeds may have chosen it, so its loss need
            not be the least one.
    """

    title: str
    tried: tuple[Tried, ...]
    chosen: tuple[float, int | None]


@styled()
def settings_maps(maps: Sequence[SettingsMap], lang: Lang, source: Dataset | DatasetInfo) -> Figure:
    """The loss of every combination of learning rate and batch size, a map a model: the darker the
    larger, on one scale for all; the chosen one is framed. A title that is wider than its map has
    several lines.

    Args:
        maps: one at least.
        lang: of all texts.
        source: the data.
    """
    words = wording(lang)
    columns = min(_MOST, len(maps))
    rows = math.ceil(len(maps) / columns)
    titles = [_lines(one.title, WIDTH / columns - _LABELS) for one in maps]
    tallest = max(title.count("\n") for title in titles)
    fig = new_figure(WIDTH, (1.75 + _LINE * tallest) * rows + 0.1, words, source)
    axes = fig.subplots(rows, columns, squeeze=False).ravel()
    losses = [it.loss for one in maps for it in one.tried]
    least, most = min(losses), max(losses)
    norm = Normalize(least, max(most, least * (1 + _WORST)))
    for ax, one, title in zip(axes, maps, titles, strict=False):
        _map(ax, one, norm, words)
        ax.set_title(title, size=SMALL, weight="normal")
    for ax in axes[len(maps) :]:
        ax.set_axis_off()
    for ax in axes[::columns]:
        ax.set_ylabel(words.plain("figures.effect_rate"), size=SMALL)
    return fig


def _lines(title: str, room: float) -> str:
    """The title, broken behind its commas where it is wider than so many inches."""
    first, *others = title.split(", ")
    lines = [first]
    for layer in others:
        longer = f"{lines[-1]}, {layer}"
        if text_width([longer], SMALL) <= room:
            lines[-1] = longer
        else:
            lines[-1] += ","
            lines.append(layer)
    return "\n".join(lines)


def _map(ax: Axes, one: SettingsMap, norm: Normalize, words: Wording) -> None:
    rates = sorted({it.lr for it in one.tried}, reverse=True)
    batches = sorted({it.batch for it in one.tried}, key=lambda b: (b is None, b or 0))
    losses = np.full((len(rates), len(batches)), np.nan)
    for it in one.tried:
        losses[rates.index(it.lr), batches.index(it.batch)] = it.loss
    image = ax.imshow(losses, cmap=tint(TEST), norm=norm, aspect="auto")
    colours = image.to_rgba(losses)
    for (i, j), loss in np.ndenumerate(losses):
        known = bool(np.isfinite(loss))
        ax.text(
            j, i, words.sig(float(loss)) if known else "×", ha="center", va="center", size=SMALL,
            color=readable_on(colours[i, j]) if known else ALARM,
        )  # fmt: skip
        if (rates[i], batches[j]) == one.chosen:
            ax.add_patch(Rectangle((j - 0.47, i - 0.47), 0.94, 0.94, fill=False, edgecolor=INK,
                                   linewidth=1.6))  # fmt: skip
    ax.set_xticks(
        range(len(batches)), ["—" if b is None else words.whole(b) for b in batches], size=SMALL - 1
    )
    ax.set_yticks(range(len(rates)), [words.num(lr, 4) for lr in rates], size=SMALL - 1)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_xlabel(words.plain("figures.effect_batch"), size=SMALL, color=MUTED)
