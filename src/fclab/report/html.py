"""HTML: the report as one file that needs nothing else, on a screen, a phone or paper.

Formulas become MathML, figures data URIs (PNG for what is made of pixels, SVG for the rest), the
style sheet and a small script stand in the page; nothing is loaded from anywhere.
"""

from base64 import b64encode
from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from fclab.report.columns import shares
from fclab.report.form import FORMS
from fclab.report.headings import contents_title, headings
from fclab.report.mathml import Display, mathml
from fclab.report.model import FigureBlock, Report
from fclab.values.files import write_atomic
from fclab.values.progress import Progress, no_progress
from fclab.version import __version__
from fclab.words.wording import wording

_LONG = 50  # letters of LaTeX: a formula that may be wider than a phone


def render_html(report: Report) -> str:
    """The whole page as text. Draws the figures that were not drawn yet."""
    words, form = wording(report.language), FORMS[report.form]
    left, right, top, bottom = form.margins
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            numbers=report.numbers,
            headings=headings(report),
            contents_title=contents_title(report),
            word=lambda key, **values: words.plain(f"page.{key}", **values),
            generator=words.plain("page.generator", version=__version__),
            form=form,
            margins=f"{top}mm {right}mm {bottom}mm {left}mm",
            style=_own("report.css"),
            script=_own("report.js"),
        )
    )


def write_html(report: Report, path: Path) -> Path:
    """Write the page: whole, or not at all.

    Returns:
        ``path``.

    Raises:
        FclabError: the file cannot be written.
    """
    return write_atomic(path, render_html(report))


def write_figures(
    report: Report, folder: Path, *, progress: Progress = no_progress
) -> tuple[Path, ...]:
    """Save every figure of the report by its name: PNG, and SVG of what is not made of pixels.

    Args:
        report: its figures are drawn if they were not yet.
        folder: made if it does not exist.
        progress: told how many figures are saved, of how many.

    Returns:
        The files.

    Raises:
        FclabError: a file cannot be written.
    """
    paths: list[Path] = []
    for saved, block in enumerate(report.figures, start=1):
        paths.append(write_atomic(folder / f"{block.name}.png", block.png))
        if not block.raster:
            paths.append(write_atomic(folder / f"{block.name}.svg", block.svg))
        progress(saved, len(report.figures))
    return tuple(paths)


def _own(name: str) -> Markup:
    """A style sheet or a script of ours: no text of a user stands in it."""
    return Markup((files("fclab.report") / "templates" / name).read_text("utf-8"))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("fclab.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"mathml": _mathml, "image": _image, "shares": shares}
    return environment


def _mathml(latex: str, display: Display = "inline") -> Markup:
    # LaTeX is written by us alone (see model.Formula); the converter escapes what it holds.
    made = Markup(mathml(latex, display))
    if display == "inline" and len(latex) > _LONG:  # a line of it does not break
        return Markup('<span class="long" tabindex="0">{}</span>').format(made)
    return made


def _image(block: FigureBlock) -> str:
    """A data URI. As an image of its own an SVG cannot clash with the ids of another one."""
    if block.raster:
        kind, data = "png", block.png
    else:
        kind, data = "svg+xml", block.svg.encode()
    return f"data:image/{kind};base64,{b64encode(data).decode()}"
