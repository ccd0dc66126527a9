"""How everything was made: seeds, engines, time, machines; and how rows were compared."""

from fclab.labs.lab1.lab import Lab1Results
from fclab.report.model import Block, Section, Table
from fclab.report.writer import Writer
from fclab.values.run import Machine, Run
from fclab.words.reasons import reasons_text
from fclab.words.wording import say

_SHOWN_DIGITS = 16


def section(writer: Writer, results: Lab1Results) -> Section:
    """How rows were compared; then seed, engine and why, seconds, data fingerprint; machine and
    versions."""
    words = writer.words
    runs = [part.run for part in results.parts]
    seeds = sorted({run.seed for run in runs})
    table = results.study
    study = table.study.definition.settings.seeds if table else 0
    searched = table is not None and any(line.row.choice for line in table.lines)
    blocks: list[Block] = [
        *(
            [
                writer.paragraph(
                    say(
                        "study_section.paired",
                        images=table.study.dataset.sizes["test"],
                        family=table.family,
                    )
                )
            ]
            if table
            else []
        ),
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
    title = words.plain("provenance.title")
    return Section("methods", title, tuple(blocks), part="appendix")


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
