"""`fclab defend`: the questions of the defence, as a self-test or all at once."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from fclab.cli.classes import RULE, FlattenedRule, Rule
from fclab.cli.place import WHERE, FlattenedWhere, Where
from fclab.store import DEFAULT
from fclab.store.place import last

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fclab.labs.lab1.defence.networks import Network, Trained
    from fclab.report.model import Report
    from fclab.values.dataset import ClassName
    from fclab.words.wording import Wording

Many = Parameter(consume_multiple=True, negative="", show_default=False)
Flag = Parameter(negative="")
_NEWEST = 1000  # runs of a part that are looked at


def defend(
    *,
    show: Annotated[bool, Flag] = False,
    only: Annotated[tuple[int, ...], Many] = (),
    checks: int = 2,
    seed: int = 0,
    figures: Path | None = None,
    rule: FlattenedRule = RULE,
    where: FlattenedWhere = WHERE,
) -> None:
    """Ask the questions of the defence, wait, and show answers with your own numbers.

    The numbers are those of the newest kept runs of the store, and of the lab's own networks
    where there are none. Where the output is not a terminal everything is printed at once.

    Examples:

        fclab defend

        fclab defend --only 2 6 --checks 5 --seed 3

        fclab defend --show --lang en --group 25 --variant 1 --figures diagrams

    Parameters
    ----------
    show
        Print all questions and answers at once.
    only
        Numbers of the questions to ask, 1 to 8.
    checks
        How many questions with a number for an answer follow each; 0: none.
    seed
        Decides which those are: one seed, the same questions.
    figures
        A folder for the diagrams of the networks (PNG).
    rule
        The classes of part 3.
    where
        Which store, and the language.
    """
    import sys

    from fclab.cli.blocks import BlockPrinter, reading_console
    from fclab.cli.selftest import SelfTest
    from fclab.labs.lab1.defence import section as defence
    from fclab.labs.lab1.defence.checks import checks as numbers
    from fclab.labs.lab1.defence.networks import networks
    from fclab.report.model import Report, Section
    from fclab.report.writer import Writer
    from fclab.values.errors import UsageError
    from fclab.values.quantities import check_seed

    if wrong := [number for number in only if not 1 <= number <= len(defence.QUESTIONS)]:
        raise UsageError("--only {answer}: the questions are numbered from 1 to 8", answer=wrong[0])
    if checks < 0:
        raise UsageError(
            "--checks is a number of questions, 0 or more, not {checks}", checks=checks
        )
    check_seed(seed)
    language, words = where.language, where.words
    names = _classes(rule, language)
    kept = _kept(where, [name.number for name in names])
    own = networks(kept, names)
    writer = Writer(words)
    chosen = [q for q in defence.QUESTIONS if not only or int(q[1:]) in only]
    answers = defence.answers(writer, own)
    sections: dict[str, Section] = dict(zip(defence.QUESTIONS, answers, strict=True))
    report = Report(words.plain("title"), (), language, answers)
    page = reading_console()
    for network in own:
        page.print(_source(network, words), style="dim", markup=False)
    pictures = _draw(report, figures) if figures else {}
    if figures:
        page.print(words.plain("cli.defend.written", folder=figures), markup=False)
    page.print()
    printer = BlockPrinter(page, words, report.numbers, pictures)
    printer.blocks(defence.notes(writer, own) if kept else ())
    test = SelfTest(
        page,
        words,
        printer,
        {q: words.plain(f"defence.asked.{q}") for q in chosen},
        {q: sections[q] for q in chosen},
        numbers(writer, own, seed, checks),
        seed,
    )
    if show or not (sys.stdin.isatty() and sys.stdout.isatty()):
        test.show()
    else:
        test.hold()


def _classes(rule: Rule, lang: str) -> "tuple[ClassName, ...]":
    """The classes that were named, or that group and variant stand for; empty: none."""
    from fclab.values.names import CLASS_NAMES, distinct_classes

    if not rule.is_given:
        return ()
    return tuple(CLASS_NAMES[number] for number in distinct_classes(rule.chosen(lang).numbers))


def _kept(where: Where, classes: "Sequence[int]") -> "list[Trained]":
    """The newest kept runs, without their arrays; none where no store was named or made yet."""
    from fclab.labs.lab1.defence.networks import PARTS, newest
    from fclab.store.wanted import Wanted

    if where.store is None and where.out is None and last() is None and not DEFAULT.is_file():
        return []
    with where.open(where.out) as kept:
        found = [kept.page(Wanted(data=lambda info, task=task: info.task == task), length=_NEWEST)
                 for task in PARTS]  # fmt: skip
    return newest([run for page in found for run in page.entries], classes)


def _source(network: "Network", words: "Wording") -> str:
    about = {"part": network.part, "layers": network.recipe.layers}
    if not network.trained:
        return words.plain("cli.defend.lab", **about)
    seeds = sorted({run.seed for run in network.trained})
    data = [words.data(run.dataset.name) for run in network.trained]
    return words.plain("cli.defend.kept", **about, data=data, seeds=seeds)


def _draw(report: "Report", folder: Path) -> dict[str, Path]:
    from fclab.values.files import write_atomic

    return {
        block.name: write_atomic(folder / f"{block.name}.png", block.png)
        for block in report.figures
    }
