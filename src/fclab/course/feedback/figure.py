"""The claimed figures on the ranges of single runs."""

from matplotlib.figure import Figure

from fclab.course.values import Checked
from fclab.figures.style import MUTED, SPLITS, WIDTH, grid, new_figure, styled
from fclab.figures.ticks import Ticks
from fclab.words.languages import Lang
from fclab.words.wording import wording


@styled()
def ranges(checked: Checked, lang: Lang) -> Figure:
    """Per row and part a bar, 95 % of single runs, a line at their mean, a point at the claim.

    Args:
        checked: at least one of its rows was compared.
        lang: of all texts.
    """
    words = wording(lang)
    rows = [row for row in checked.rows if row.figures]
    fig = new_figure(WIDTH, 1.2 + 0.28 * len(rows), words)
    there = {one.part for row in rows for one in row.figures}
    parts = [part for part in ("test", "train") if part in there]
    axes = fig.subplots(1, len(parts), sharey=True, squeeze=False)[0]
    for ax, part in zip(axes, parts, strict=True):
        for at, row in enumerate(rows):
            for one in row.figures:
                if one.part == part:
                    colour = SPLITS[part]
                    ax.barh(at, one.high - one.low, 0.5, one.low, color=colour, alpha=0.25)
                    ax.plot([one.mean] * 2, [at - 0.25, at + 0.25], color=colour)
                    ax.plot(one.claimed, at, "D", color=colour, markersize=5)
        ax.set_title(words.plain(f"feedback.part.{part}"))
        ax.set_xlabel(words.plain("feedback.axis"))
        ax.xaxis.set_major_formatter(Ticks(words))
        grid(ax, "x")
    axes[0].set_yticks(range(len(rows)), [str(row.row + 1) for row in rows])
    axes[0].set_ylim(len(rows) - 0.5, -0.5)
    axes[0].set_ylabel(words.plain("check.column.row"), color=MUTED)
    return fig
