"""Blocks in an order that leaves no page half empty: simulated pages, and real ones."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from fclab.report.model import Code, FigureBlock, Paragraph, Report, Section, Table
from fclab.report.pdf.document import laid_out
from fclab.report.pdf.settle import Heights, settled
from fclab.words.spans import Span


def words(text):
    return (Span(text),)


def paragraph(name, lines=1):
    return Paragraph(words(f"{name} " + "слово " * (12 * lines)))


def figure(name, height=4.0):
    return FigureBlock(name, words(name), name, lambda: Figure(figsize=(6, height)))


def table(rows=30):
    return Table("t", words("t"), (words("a"),), tuple((words("b" * 60),) for _ in range(rows)),
                 ("left",))  # fmt: skip


def report(*blocks, **fields):
    made = Report("T", words("s"), "ru", (Section("a", "A", tuple(blocks)),))
    return replace(made, **fields)


def heights(made, *high, start=0.0, page=100.0):
    return Heights(page=page, start=start, headings={"a": 10.0}, blocks={"a": high},
                   breaks=frozenset())  # fmt: skip


def order(made):
    return [getattr(block, "name", "p") for block in made.sections[0].blocks]


def test_sentences_fill_the_room_that_a_figure_leaves():
    made = report(paragraph("one"), figure("f"), paragraph("two"), paragraph("three"))
    filled = settled(made, heights(made, 30, 70, 40, 20))
    assert order(filled) == ["p", "p", "p", "f"]
    assert filled.numbers == made.numbers


def test_what_fits_stays():
    made = report(paragraph("one"), figure("f"), paragraph("two"))
    assert settled(made, heights(made, 30, 60, 40)) is made


def test_only_as_many_sentences_move_as_are_needed():
    made = report(paragraph("one"), figure("f"), paragraph("two"), paragraph("three"))
    filled = settled(made, heights(made, 30, 70, 55, 20))
    assert order(filled) == ["p", "p", "f", "p"]


def test_no_figure_passes_another_one():
    made = report(paragraph("one"), figure("f"), figure("g"), figure("h"), paragraph("two"))
    filled = settled(made, heights(made, 60, 70, 70, 70, 40))
    assert order(filled) == ["p", "f", "p", "g", "h"]  # sentences pass one block at most


def test_a_large_table_stays_whole_where_that_leaves_little_empty():
    made = report(paragraph("one"), table(), paragraph("two"))
    (kept,) = settled(made, heights(made, 65, 85, 5)).tables
    assert kept.kept
    (risky,) = settled(made, heights(made, 85, 85, 5)).tables
    assert not risky.kept
    (broken,) = settled(made, heights(made, 40, 85, 5)).tables
    assert not broken.kept
    (huge,) = settled(made, heights(made, 70, 250, 5)).tables
    assert not huge.kept


def test_a_listing_goes_on_over_the_page_rather_than_leave_much_of_it_empty():
    made = report(paragraph("one"), Code("c", words("c"), "x = 1\n" * 30), paragraph("two"))
    (little,) = settled(made, heights(made, 80, 50, 200)).listings
    assert little.is_short
    alone = report(paragraph("one"), Code("c", words("c"), "x = 1\n" * 30), figure("f"))
    (much,) = settled(alone, heights(alone, 60, 50, 80)).listings
    assert not much.is_short


@given(st.lists(st.tuples(st.booleans(), st.floats(5, 130)), min_size=1, max_size=12))
def test_nothing_is_lost_and_figures_keep_their_order(parts):
    blocks = [
        figure(f"f{n}") if is_figure else paragraph(str(n))
        for n, (is_figure, _) in enumerate(parts)
    ]
    made = report(*blocks)
    filled = settled(made, heights(made, *(height for _, height in parts)))
    assert sorted(map(id, filled.sections[0].blocks)) == sorted(map(id, blocks))
    assert [one.name for one in filled.figures] == [one.name for one in made.figures]
    texts = [b for b in filled.sections[0].blocks if isinstance(b, Paragraph)]
    assert texts == [b for b in blocks if isinstance(b, Paragraph)]


def test_a_real_document_has_fewer_pages_and_the_same_words(tmp_path):
    blocks = []
    for n in range(4):
        blocks += [paragraph(f"start{n}", 8), figure(f"f{n}", 6.0), paragraph(f"end{n}", 14)]
    made = report(*blocks)
    laid = laid_out(made)
    assert laid.report is not made
    assert sorted(map(str, laid.report.blocks)) == sorted(map(str, made.blocks))
    assert len(laid.pdf) > 1000
