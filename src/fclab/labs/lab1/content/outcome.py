"""The results at a glance, the final table, and how everything was made."""

from fclab.analysis import findings
from fclab.labs.lab1.content import binary, cifar, regression
from fclab.labs.lab1.lab import Lab1Results
from fclab.report import recipes
from fclab.report.model import Block, Facts, Section, Table
from fclab.report.writer import Writer
from fclab.values.recipe import CIFAR
from fclab.values.run import Machine, Run
from fclab.words.reasons import reasons_text
from fclab.words.wording import Say, say

_SHOWN_DIGITS = 16


def at_a_glance(writer: Writer, results: Lab1Results) -> Section:
    """The numbers that a reader looks for first."""
    facts = []
    if results.regression is not None:
        facts.append(regression.fact(writer, results.regression))
    facts += binary.facts(writer, results.binary)
    if results.cifar is not None:
        facts.append(cifar.fact(writer, results.cifar, results.study))
    blocks: list[Block] = [Facts(tuple(facts))] if facts else []
    if any(part.run.dataset.is_stand_in for part in results.parts):
        blocks.insert(0, writer.note("stand_in", say("stand_in.note")))
    if not facts:
        blocks.append(writer.note("missing", say("facts.nothing")))
    return Section("glance", writer.words.plain("facts.title"), tuple(blocks))


def table(writer: Writer, run: Run) -> Section:
    """The lab's final table, its first row: configuration, hyper-parameters, accuracy, comment."""
    writer = writer.marked(run.dataset.is_stand_in)
    words = writer.words
    if run.diverged_at is None:
        test = findings.share(run)
        accuracy = say("cells.accuracies", test=test, train=run.metrics["train_accuracy"])
        caution = [say("table.interval", test=test), say("table.one_run", test=test, seed=run.seed)]
    else:
        accuracy, caution = say("cells.none"), [say("table.no_accuracy", seed=run.seed)]
    row = [
        writer.cell(recipes.configuration(run.recipe)),
        writer.cell(recipes.hyperparameters(run.recipe)),
        words.text(accuracy),
        words.text(*_comment(run)),
    ]
    columns = ["configuration", "hyperparameters", "accuracy",
               "comment"]  # fmt: skip
    blocks: tuple[Block, ...] = (
        writer.paragraph(say("table.intro")),
        writer.table(say("table.results"), columns, [row]),
        writer.paragraph(*caution),
    )
    return Section("final", words.plain("table.title"), blocks)


def _comment(run: Run) -> list[Say]:
    changes = recipes.differences(CIFAR, run.recipe)
    base = say("comments.changed", changes=changes) if changes else say("comments.base")
    comments = [base]
    if run.diverged_at is not None:
        comments.append(say("comments.diverged", epoch=run.diverged_at))
    if run.stopped_at is not None:
        comments.append(say("comments.stopped", epoch=run.stopped_at))
    if run.dataset.is_stand_in:
        comments.append(say("comments.stand_in"))
    return comments


def provenance(writer: Writer, results: Lab1Results) -> Section:
    """Seed, engine and why, seconds, data fingerprint; machine and versions."""
    words = writer.words
    runs = [part.run for part in results.parts]
    seeds = sorted({run.seed for run in runs})
    table = results.study
    study = table.study.definition.settings.seeds if table else 0
    searched = table is not None and any(line.row.choice for line in table.lines)
    blocks: list[Block] = [
        writer.paragraph(
            say("provenance.intro", seeds=seeds, n=len(runs), study=study, searched=searched)
        ),
        _runs(writer, runs),
        writer.paragraph(say("provenance.time", older=any(map(_timed_with_compilation, runs)))),
    ]
    machines = list(dict.fromkeys(_machine_key(r.machine) for r in runs if r.machine is not None))
    for key in machines:
        machine = next(r.machine for r in runs if r.machine and _machine_key(r.machine) == key)
        blocks.append(writer.paragraph(say("provenance.machine", machine=machine,
                                           packages=list(machine.packages.items()))))  # fmt: skip
    blocks.append(writer.paragraph(say("provenance.repeat", study=study)))
    return Section("provenance", words.plain("provenance.title"), tuple(blocks))


def _runs(writer: Writer, runs: list[Run]) -> Table:
    words = writer.words
    rows = []
    for run in runs:
        engine = run.engine
        rows.append(
            [
                writer.code(run.dataset.name),
                writer.cell(run.seed),
                words.text(say("cells.engine", name=engine.name, device=engine.device)),
                writer.cell(reasons_text(words, engine.reasons, brief=True)),
                writer.cell(words.whole(run.epochs)),
                writer.cell(words.num(run.seconds, 3)),
                writer.code(run.dataset.fingerprint[:_SHOWN_DIGITS]),
            ]
        )
    columns = ["data", "seed", "engine", "reason",
               "epochs", "seconds", "fingerprint"]  # fmt: skip
    return writer.table(say("provenance.runs", digits=_SHOWN_DIGITS), columns, rows)


def _timed_with_compilation(run: Run) -> bool:
    """Whether the run's time may hold the compilation of its engine, as version 0.1.0 took it."""
    return run.machine is None or run.machine.packages.get("fclab", "0.1.0") == "0.1.0"


def _machine_key(machine: Machine) -> str:
    return machine.model_dump_json()
