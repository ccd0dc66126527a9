"""Content: the report as values, built from the results of the lab.

The body is short: each part in a page or two, the answers to the self-study tasks, the final
table. What stands behind it are appendices, for those who ask.
"""

from collections.abc import Collection, Iterator

from fclab.labs.lab1.content import (
    binary,
    cifar,
    final,
    frame,
    ladder,
    methods,
    regression,
    self_study,
    standing,
    task,
)
from fclab.labs.lab1.defence import section as defence
from fclab.labs.lab1.lab import Lab1Results
from fclab.labs.lab1.tasks import tasks
from fclab.report.model import Report, Section
from fclab.report.title import TitleSettings, title_page
from fclab.report.writer import Writer
from fclab.words.languages import DEFAULT
from fclab.words.wording import wording

_TITLES = {
    "task": "task.title",
    "part1": "regression.title",
    "part2": "binary.title",
    "part3": "cifar.title",
    "answers": "study_section.answers",
    "final": "table.title",
    "ladder": "ladder_section.title",
    "standing": "standing.title",
    "conclusion": "conclusion.title",
    "sources": "sources.title",
    "defence": "defence.title",
    "schemes": "defence.schemes.title",
    "details": "details.title",
    "methods": "provenance.title",
}


def build(
    results: Lab1Results,
    lang: str = DEFAULT,
    title: TitleSettings | None = None,
    appendices: Collection[str] = (),
) -> Report:
    """The report of what the lab came to.

    Every number and every explanation follows from the runs; parts that were not done, runs that
    diverged or are lost, and data that is a stand-in are said to be so. No figure is drawn until
    it is asked for.

    Args:
        results: what was trained; any part may be missing.
        lang: a language of the texts.
        title: what the title page says; None: no title page.
        appendices: which of `fclab.labs.lab1.lab.APPENDICES` stand behind the body.

    Raises:
        UsageError: another language, or the form of the title page cannot be read.
    """
    words = wording(lang)
    writer = Writer(words)
    page = title and title_page(title, words.language)
    return Report(
        title=words.plain("title"),
        subtitle=task.subtitle(writer, results),
        language=words.language,
        sections=(*_body(writer, results), *_appendices(writer, results, appendices)),
        substitute=results.substitute,
        title_page=page,
        author=title.student if title else "",
    )


def titles(lang: str) -> dict[str, str]:
    """The titles of the sections that the report may have, by their names, but for those within
    an appendix.

    Raises:
        UsageError: another language.
    """
    words = wording(lang)
    answers = {f"answers-{one.name}": f"tasks.{one.name}.title" for one in tasks()}
    found = {**_TITLES, **answers}.items()
    return {name: words.plain(key) for name, key in found if key in words.entries}


def _body(writer: Writer, results: Lab1Results) -> Iterator[Section]:
    yield task.section(writer, results)
    if results.regression is not None:
        yield regression.section(writer, results.regression, results.agreements)
    if results.binary:
        yield binary.section(writer, results.binary, results.trials, results.agreements)
    if results.cifar is not None:
        yield cifar.section(writer, results.cifar, results.study, results.agreements)
    if results.study is not None:
        yield self_study.section(writer, results, results.study)
        yield final.section(writer, results.study)
    if results.ladder is not None:
        yield ladder.section(writer, results.ladder)
    if results.study is None and results.cifar is not None:
        yield final.section_of_run(writer, results.cifar.run)
    if (stands := standing.section(writer, results)) is not None:
        yield stands
    yield frame.conclusion(writer, results)
    yield frame.sources(writer, results)


def _appendices(writer: Writer, results: Lab1Results, asked: Collection[str]) -> Iterator[Section]:
    """What stands behind the sources."""
    if "defence" in asked and results.parts:
        yield defence.section(writer, results)
    elif "schemes" in asked and results.parts:  # the answers have them too
        yield defence.schemes(writer, results)
    if "details" in asked and (inner := tuple(_details(writer, results))):
        yield Section("details", writer.words.plain("details.title"), (), inner, part="appendix")
    if "methods" in asked and results.parts:
        yield methods.section(writer, results)


def _details(writer: Writer, results: Lab1Results) -> Iterator[Section]:
    if trap := task.details(writer, results):
        yield trap
    if results.regression is not None:
        yield regression.details(writer, results.regression)
    if results.binary:
        yield binary.details(writer, results.binary, results.trials)
    if results.cifar is not None:
        found = cifar.details(writer, results.cifar, results.study)
        if found is not None:
            yield found
    if results.study is not None:
        yield from self_study.details(writer, results.study)
