"""Headings as a form writes them: numbers, letters of appendices, capitals, new pages."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fclab.report.form import FORMS, Form
from fclab.report.model import Report, Section
from fclab.words.wording import Wording, wording

_MOST_LINES, _LETTERS = 34, 62
"""Of a page of contents: its lines, and about how many letters one of them has."""
_OWN_NUMBER = re.compile(r"(?:(\w+) )?(\d{1,2})\. (?=\S)")


@dataclass(frozen=True)
class Heading:
    """How a section is headed.

    Attributes:
        label: what stands before the title: "2.1", "Приложение А"; or nothing.
        title: in capitals where the form wants them; where it numbers the section, the title's own
            number stands behind it, "Регрессия (часть 1)", or, if it is nothing else, is left out.
        line: label and title in one line, as the contents have it.
        level: 1 for a section at the top.
        centred: it stands in the middle; else it is indented as a paragraph.
        apart: the label has a line for itself.
        new_page: it begins a page.
    """

    label: str
    title: str
    line: str
    level: int
    centred: bool = False
    apart: bool = False
    new_page: bool = False


def headings(report: Report) -> Mapping[str, Heading]:
    """The heading of every section by the section's name, in reading order."""
    words, form = wording(report.language), FORMS[report.form]
    chapters = [section for section in report.sections if section.part == "chapter"]
    made: dict[str, Heading] = {}
    for section in report.sections:
        number = ""
        match section.part:
            case "appendix":
                number = report.letters[section.name]
                made[section.name] = _appendix(section, number, form, words)
            case "frame":
                title = section.title.upper() if form.capitals else section.title
                made[section.name] = Heading("", title, title, 1, True, new_page=form.breaks)
            case "chapter":
                number = str(chapters.index(section) + 1) if form.numbered else ""
                title = _beside(number, section.title)
                made[section.name] = Heading(
                    number, title, f"{number} {title}".lstrip(), 1,
                    centred=not form.numbered, new_page=form.breaks,
                )  # fmt: skip
        made |= _within(section.sections, number if form.numbered else "", 2)
    return made


def contents(report: Report) -> Sequence[tuple[Section, Heading]]:
    """What the table of contents names: two levels, or one where two do not fit on a page."""
    headed = headings(report)
    both = [(s, headed[s.name]) for s in report.walk() if headed[s.name].level <= 2]
    lines = sum(1 + len(heading.line) // _LETTERS for _, heading in both)
    return both if lines <= _MOST_LINES else [one for one in both if one[1].level == 1]


def contents_title(report: Report) -> str:
    """The heading of the contents."""
    title = wording(report.language).plain("page.contents")
    return title.upper() if FORMS[report.form].capitals else title


def _appendix(section: Section, letter: str, form: Form, words: Wording) -> Heading:
    label = f"{words.plain('page.appendix')} {letter}"
    if form.capitals:
        label = label.upper()
    line = f"{label} {section.title}" if form.numbered else f"{label}. {section.title}"
    return Heading(label, section.title, line, 1, True, apart=form.numbered, new_page=True)


def _within(sections: Sequence[Section], number: str, level: int) -> Mapping[str, Heading]:
    return dict(_walk(sections, number, level))


def _walk(sections: Sequence[Section], number: str, level: int) -> Iterator[tuple[str, Heading]]:
    for place, section in enumerate(sections, 1):
        label = f"{number}.{place}" if number else ""
        title = _beside(label, section.title)
        yield section.name, Heading(label, title, f"{label} {title}".lstrip(), level)
        yield from _walk(section.sections, label, level + 1)


def _beside(label: str, title: str) -> str:
    """The title as it stands beside a label: one number there is enough."""
    own = _OWN_NUMBER.match(title) if label else None
    if own is None:
        return title
    word, number = own.groups()
    left = title[own.end() :]
    return f"{left} ({word[:1].lower()}{word[1:]} {number})" if word else left
