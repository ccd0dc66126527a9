import pytest

from fclab.report.model import Beside, Code, FigureBlock, Paragraph, Report, Section, Table
from fclab.words.spans import Span


def words(text):
    return (Span(text),)


def table(name, rows=()):
    return Table(name, words("caption"), (words("head"),), rows, ("left",))


def figure(name):
    return FigureBlock(name, words("caption"), "alt", draw=lambda: None)


def report(*sections):
    return Report("title", words("subtitle"), "en", sections)


def test_figures_and_tables_are_numbered_apart_in_reading_order():
    made = report(
        Section("one", "One", (figure("a"), table("t")), (Section("in", "In", (figure("b"),)),)),
        Section("two", "Two", (table("u"), figure("c"))),
    )
    assert dict(made.numbers) == {"a": "1", "b": "2", "c": "3", "t": "1", "u": "2"}
    assert [block.name for block in made.figures] == ["a", "b", "c"]
    assert [section.name for section in made.walk()] == ["one", "in", "two"]


def test_figures_beside_each_other_and_listings_are_numbered_too():
    pair = Beside((figure("b"), figure("c")))
    listing = Code("l", words("caption"), "x = 1")
    made = report(Section("one", "One", (figure("a"), pair, listing, figure("d"))))
    assert dict(made.numbers) == {"a": "1", "b": "2", "c": "3", "d": "4", "l": "1"}
    with pytest.raises(ValueError, match="two of a"):
        report(Section("one", "One", (figure("a"), Beside((figure("a"),)))))


def test_a_reference_to_nothing_is_refused():
    lost = Paragraph((Span("see "), Span("nowhere", "ref")))
    with pytest.raises(ValueError, match="nowhere"):
        report(Section("one", "One", (lost,)))


@pytest.mark.parametrize("second", [table("x"), figure("x")])
def test_two_things_of_one_name_are_refused(second):
    with pytest.raises(ValueError, match="two of x"):
        report(Section("one", "One", (figure("x"), second)))


def test_a_section_and_a_table_share_no_name():
    with pytest.raises(ValueError, match="two of one"):
        report(Section("one", "One", (table("one"),)))


def test_rows_are_as_long_as_the_header():
    with pytest.raises(ValueError, match="not as long"):
        table("t", ((words("a"), words("b")),))


def test_a_figure_is_drawn_when_asked_for_and_once():
    drawn = []
    block = FigureBlock("a", words("caption"), "alt", draw=lambda: drawn.append(1) or "figure")
    assert not drawn
    assert block.figure == block.figure == "figure"
    assert len(drawn) == 1
