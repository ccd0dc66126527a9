"""Moodle XML: the question bank as Moodle exports it (docs/questions.md names the source)."""

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from fclab.course.questions.bank import Category, Question
from fclab.course.questions.numbers import moodle_path, number, one_line


def moodle_xml(categories: Iterable[Category]) -> str:
    """The bank as Moodle XML: texts are plain, whatever they hold."""
    quiz = ET.Element("quiz")
    for category in categories:
        made = ET.SubElement(quiz, "question", type="category")
        _text(made, "category", moodle_path(category.path))
        for question in category.questions:
            _question(quiz, question)
    ET.indent(quiz)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(quiz, "unicode") + "\n"


def _question(quiz: ET.Element, question: Question) -> None:
    made = ET.SubElement(quiz, "question", type="numerical")
    _text(made, "name", question.name)
    _text(made, "questiontext", question.text, format="plain_text")
    _text(made, "generalfeedback", question.why, format="plain_text")
    for name, value in (("defaultgrade", "1"), ("penalty", "0.3333333"), ("hidden", "0")):
        ET.SubElement(made, name).text = value
    answer = ET.SubElement(made, "answer", fraction="100", format="moodle_auto_format")
    ET.SubElement(answer, "text").text = number(question.answer)
    ET.SubElement(answer, "tolerance").text = number(question.tolerance)
    _text(answer, "feedback", "", format="plain_text")


def _text(parent: ET.Element, tag: str, text: str, **attributes: str) -> None:
    """An element with its text in another one, as all texts of the format are."""
    element = ET.SubElement(parent, tag, attributes)
    ET.SubElement(element, "text").text = one_line(text)
