"""Content: the report as values, built from the results of the lab."""

from fclab.report.content import binary, cifar, outcome, regression, task
from fclab.report.content.writer import Writer
from fclab.report.model import Report
from fclab.report.wording import wording
from fclab.study.lab import LabResults


def build(results: LabResults, lang: str = "ru") -> Report:
    """The report of what the lab came to.

    Every number and every explanation follows from the runs; parts that were not done, runs that
    diverged and data that is a stand-in are said to be so. No figure is drawn until it is asked
    for.

    Args:
        results: what was trained; any part may be missing.
        lang: "ru" or "en".

    Raises:
        UsageError: another language.
    """
    words = wording(lang)
    writer = Writer(words)
    sections = [outcome.at_a_glance(writer, results), task.section(writer, results)]
    if results.regression is not None:
        sections.append(regression.section(writer, results.regression))
    if results.binary:
        sections.append(binary.section(writer, results.binary))
    if results.cifar is not None:
        sections.append(cifar.section(writer, results.cifar))
        sections.append(outcome.table(writer, results.cifar.run))
    if results.parts:
        sections.append(outcome.provenance(writer, results))
    return Report(
        title=words.plain("title"),
        subtitle=task.subtitle(writer, results),
        language=words.language,
        sections=tuple(sections),
        stand_in=any(part.run.dataset.is_stand_in for part in results.parts),
    )
