"""The look of all figures, the mark of data that are not CIFAR-100, and saving.

Nothing here or in the figures goes through pyplot or leaves a trace in the global rcParams: the
style holds while a figure is built and while it is rendered, and whatever a user has set in
matplotlib does not reach it.
"""

import io
import math
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np
from matplotlib import style as mpl_style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.textpath import text_to_path

from fclab.values.dataset import ClassName, Dataset, DatasetInfo, Substitute
from fclab.values.files import write_atomic
from fclab.words.languages import Lang
from fclab.words.wording import Wording, wording

# Colours that stay apart for the colour-blind and in grey: Okabe & Ito 2008 for the parts of a
# dataset, the ends of ColorBrewer's PRGn (Harrower & Brewer 2003) for the two classes of part 2.
TRAIN, VALID, TEST = "#0072B2", "#009E73", "#D55E00"
SPLITS = {"train": TRAIN, "valid": VALID, "test": TEST}
SERIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#5F5F5F")
CLASSES = ("#762A83", "#1B7837")
INK, MUTED, FAINT = "#222222", "#6B6B6B", "#DDDDDD"
ALARM = "#B00020"

WIDTH = 7.0
"""Inches: the text width of a page, so that no figure is scaled there."""
HALF = 3.45
"""Inches: of figures that stand beside each other."""
PAD = 0.06
"""Inches left free around everything."""
SMALL, NORMAL, TITLE = 8.0, 9.0, 10.0
"""Font sizes, points."""

_RC: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],  # ships with matplotlib and has Cyrillic
    "font.size": NORMAL,
    "axes.titlesize": TITLE,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.titlepad": 8,
    "axes.labelsize": NORMAL,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "round",
    "legend.frameon": False,
    "legend.fontsize": SMALL,
    "legend.title_fontsize": SMALL,
    "text.color": INK,
    "text.parse_math": False,  # a name with dollars is a name
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "svg.hashsalt": "fclab",  # else the ids of an SVG are random
    "svg.fonttype": "path",  # looks the same where DejaVu Sans is not installed
}
_LONGEST_LABEL = 1.6
"""Inches of the name of a class."""
_LOCK = RLock()


@contextmanager
def styled() -> Iterator[None]:
    """Within it, matplotlib's defaults and the house style hold; after it, what held before.

    rcParams belong to the process, so one thread at a time.
    """
    with _LOCK, mpl_style.context(["default", _RC]), warnings.catch_warnings():
        # A person's names may have letters that the face lacks: a box stands for each.
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        yield


def new_figure(
    width: float, height: float, words: Wording, *sources: Dataset | DatasetInfo
) -> Figure:
    """An empty figure, marked at once if any of its sources stands in place of CIFAR-100.

    Args:
        width: inches.
        height: inches, without the mark.
        words: of the mark.
        sources: whatever the figure shows.
    """
    layout = ConstrainedLayoutEngine(w_pad=PAD, h_pad=PAD)
    fig = Figure(figsize=(width, height), layout=layout)
    infos = [s.info if isinstance(s, Dataset) else s for s in sources]
    marks: list[Substitute] = [info.substitute for info in infos if info.substitute]
    if marks:
        mark_substitute(fig, marks[0], words.language)
    return fig


def mark_substitute(fig: Figure, substitute: Substitute, lang: Lang) -> None:
    """Stamp at the top what stands in place of CIFAR-100; the figure grows to make room.

    `new_figure` does it for every figure of such data. By hand, do it before the figure is
    rendered: then its layout is settled.
    """
    band = 0.34
    height = fig.get_figheight() + band
    fig.set_figheight(height)
    engine = fig.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(rect=(0, 0, 1, 1 - band / height))
    fig.text(
        0.5,
        1 - 0.5 * band / height,
        wording(lang).plain("figures.stand_in", substitute=substitute),
        color="white",
        weight="bold",
        size=TITLE,
        ha="center",
        va="center_baseline",
        in_layout=False,
        bbox={"facecolor": ALARM, "edgecolor": "none", "boxstyle": "square,pad=0.4"},
    )


def capital(words: str) -> str:
    """The first letter large, the others as they are."""
    return words[:1].upper() + words[1:]


def grid(ax: Axes, axis: Any = "both") -> None:
    """Faint lines behind the data."""
    ax.grid(True, axis=axis)
    ax.tick_params(length=0 if axis == "both" else 3)


def end_labels(ax: Axes, labels: Sequence[tuple[float, str, str]], share: float = 0.75) -> None:
    """Name lines at their right ends, outside the axes; close ones are moved apart.

    Call it when the limits and the scale of the y-axis are set.

    Args:
        ax: where the lines are.
        labels: of each line its last y (not finite: the middle), its text and its colour.
        share: about how much of the figure's height the axes take.
    """
    figure = ax.get_figure(root=True)
    assert figure is not None
    line = 1.4 * SMALL / 72 / (share * figure.get_figheight())  # of text, in heights of the axes
    to_axes = ax.transScale + ax.transLimits
    wanted = [float(to_axes.transform((1, y))[1]) if math.isfinite(y) else 0.5
              for y, _, _ in labels]  # fmt: skip
    heights = [line * (label.count("\n") + 1) for _, label, _ in labels]
    for at, (_, label, colour) in zip(_spread(wanted, heights), labels, strict=True):
        ax.annotate(
            label, (1, at), xycoords="axes fraction", xytext=(5, 0), textcoords="offset points",
            color=colour, size=SMALL, va="center", annotation_clip=False,
        )  # fmt: skip


def _spread(wanted: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Middles of boxes of these heights, as near to the wanted ones as lets them lie within 0..1
    and not overlap: pushed up from the lowest, then down from the highest."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    places, floor, ceiling = list(wanted), 0.0, 1.0
    for i in order:
        places[i] = max(places[i], floor + heights[i] / 2)
        floor = places[i] + heights[i] / 2
    for i in reversed(order):
        places[i] = min(places[i], ceiling - heights[i] / 2)
        ceiling = places[i] - heights[i] / 2
    return places


def text_width(words: Iterable[str], size: float) -> float:
    """Width of the widest of some texts in the house font, inches."""
    font = FontProperties(family="DejaVu Sans", size=size)
    measure = text_to_path.get_text_width_height_descent
    return max(measure(word, font, ismath=False)[0] for word in words) / 72


def class_labels(words: Wording, names: Iterable[ClassName], size: float) -> list[str]:
    """Classes beside the axes of a figure: a name that is too long for that is cut off."""
    labels = []
    for name in names:
        label = capital(words.called(name))
        short = label
        while len(short) > 1 and text_width([short], size) > _LONGEST_LABEL:
            label = label[:-1].rstrip()
            short = f"{label}…"
        labels.append(short)
    return labels


def readable_on(colour: Sequence[float] | np.ndarray) -> str:
    """White or ink, whichever contrasts more (WCAG 2 relative luminance)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05
    return "white" if 1.05 / light > light / 0.066 else INK


def tint(colour: str) -> LinearSegmentedColormap:
    """White to a colour."""
    return LinearSegmentedColormap.from_list("tint", ["white", colour])


def png_bytes(fig: Figure, dpi: int = 150) -> bytes:
    """The figure as a PNG file."""
    return _rendered(fig, "png", dpi)


def svg_text(fig: Figure, dpi: int = 150) -> str:
    """The figure as an ``<svg>`` element, ready to stand inside HTML.

    Args:
        fig: what to draw.
        dpi: of the images within it.
    """
    whole = _rendered(fig, "svg", dpi).decode()
    return whole[whole.index("<svg") :]


def save(
    fig: Figure,
    path_without_suffix: Path,
    formats: tuple[str, ...] = ("png", "svg"),
    dpi: int = 150,
) -> tuple[Path, ...]:
    """Write the figure in every format, each file in one move; the same figure gives the same
    bytes.

    Args:
        fig: what to draw.
        path_without_suffix: the format is appended to it, so it may hold dots of its own.
        formats: "png", "svg" or "pdf".
        dpi: of PNG, and of the images within SVG and PDF.

    Returns:
        The files.

    Raises:
        FclabError: a file cannot be written.
    """
    stem = path_without_suffix
    return tuple(
        write_atomic(stem.with_name(f"{stem.name}.{name}"), _rendered(fig, name, dpi))
        for name in formats
    )


# Left to itself matplotlib writes the time into the file.
_NO_DATE: dict[str, dict[str, Any]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}


def _rendered(fig: Figure, file_format: str, dpi: int) -> bytes:
    buffer = io.BytesIO()
    with styled():
        if isinstance(engine := fig.get_layout_engine(), ConstrainedLayoutEngine):
            # It starts each time from where it came out the last time, and ends elsewhere: lay
            # the figure out once, so that every rendering of it is the same.
            engine.execute(fig)
            fig.set_layout_engine("none")
        # Figure.savefig draws all of it twice, to find out about the layout.
        shown, fig.dpi = fig.dpi, dpi
        try:
            match file_format:
                case "png":
                    FigureCanvasAgg(fig).print_png(buffer)
                case "svg":
                    FigureCanvasSVG(fig).print_svg(buffer, metadata=_NO_DATE["svg"])
                case _:
                    metadata = _NO_DATE.get(file_format)
                    fig.savefig(buffer, format=file_format, dpi=dpi, metadata=metadata)
        finally:
            fig.dpi = shown
    return buffer.getvalue()
