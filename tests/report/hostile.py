"""A report full of what breaks markup: made of quotes, tags, emoji, control characters."""

from dataclasses import replace

from matplotlib.figure import Figure

from fclab.report.model import (
    Beside,
    Code,
    FigureBlock,
    Items,
    Note,
    Paragraph,
    Report,
    Section,
    Source,
    Sources,
    Table,
)
from fclab.report.title import TitleSettings, title_page
from fclab.words.spans import Span

EVIL = "<script>alert(\"x\")</script> & 'q' «ё» 🍎 #let x = [*_`$\\@~//] ]] {{ 7*7 }} %s {0}"
LONG = "Щ" * 300


def words(text: str):
    return (Span(text),)


def hostile_report(**fields) -> Report:
    """Every place where a user's text can come to stand holds the worst of it."""
    cells = (words(EVIL), words(LONG))
    blocks = (
        Paragraph((Span(EVIL), Span(EVIL, "strong"), Span(EVIL, "emphasis"), Span(EVIL, "code"),
                   Span("see "), Span("f", "ref"), Span("src", "cite"))),
        Paragraph(words("control \x00\x07\x0b\ud800 characters")),
        Items((words(EVIL), words(LONG))),
        Note(words(EVIL)),
        Table("t", words(EVIL), cells, (cells, cells), ("left", "right")),
        FigureBlock("f", words(EVIL), EVIL, lambda: Figure(figsize=(1, 1))),
        Beside(tuple(
            FigureBlock(name, words(EVIL), EVIL, lambda: Figure(figsize=(1, 1)))
            for name in ("left", "right")
        )),
        Code("c", words(EVIL), f"print({EVIL!r})\n\n\nx = '\x07'  # {LONG}\n"),
        Sources((Source("src", words(EVIL)),)),
    )  # fmt: skip
    settings = TitleSettings(
        student=EVIL, teacher=LONG, group=EVIL, university=LONG, discipline=EVIL, title=EVIL,
        city="\n#pagebreak()\n", year="2026",
    )  # fmt: skip
    report = Report(
        title=EVIL,
        subtitle=words(LONG),
        language="ru",
        sections=(Section("one", EVIL, blocks, (Section("two", LONG),)),),
        title_page=title_page(settings, "ru"),
        author=EVIL,
    )
    return replace(report, **fields)
