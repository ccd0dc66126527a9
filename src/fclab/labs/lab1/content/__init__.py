"""Content: the report as values, built from the results of the lab."""

from fclab.labs.lab1.content import binary, cifar, frame, ladder, outcome, regression, study, task
from fclab.labs.lab1.defence import section as defence
from fclab.labs.lab1.lab import Lab1Results
from fclab.report.model import Report, Section
from fclab.report.title import TitleSettings, title_page
from fclab.report.writer import Writer
from fclab.words.languages import DEFAULT, Lang
from fclab.words.wording import wording


def build(results: Lab1Results, lang: Lang = DEFAULT, title: TitleSettings | None = None) -> Report:
    """The report of what the lab came to.

    Every number and every explanation follows from the runs; parts that were not done, runs that
    diverged or are lost, and data that is a stand-in are said to be so. No figure is drawn until
    it is asked for.

    Args:
        results: what was trained; any part may be missing.
        lang: the code of a language.
        title: what the title page says; None: no title page.

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
        sections=(*_body(writer, results), *_appendices(writer, results)),
        stand_in=any(part.run.dataset.is_stand_in for part in results.parts)
        or (results.study is not None and results.study.study.dataset.is_stand_in),
        title_page=page,
        author=title.student if title else "",
    )


def _body(writer: Writer, results: Lab1Results) -> list[Section]:
    sections = [frame.introduction(writer, results), task.section(writer, results)]
    if results.regression is not None:
        sections.append(regression.section(writer, results.regression))
    if results.binary:
        sections.append(binary.section(writer, results.binary, results.trials))
    if results.cifar is not None:
        sections.append(cifar.section(writer, results.cifar, results.study))
    if results.study is not None:
        sections.append(study.section(writer, results, results.study))
        sections.append(study.final(writer, results.study))
        sections.append(study.answers(writer, results.study))
    if results.ladder is not None:
        sections.append(ladder.section(writer, results.ladder))
    if results.study is None and results.cifar is not None:
        sections.append(outcome.table(writer, results.cifar.run))
    sections.append(frame.conclusion(writer, results))
    sections.append(frame.sources(writer, results))
    return sections


def _appendices(writer: Writer, results: Lab1Results) -> list[Section]:
    """What stands behind the sources: the questions of the defence, and how everything was
    made."""
    if not results.parts:
        return []
    return [defence.section(writer, results), outcome.provenance(writer, results)]
