"""What a stranger does to add the next lab, or a self-study task: one folder, one module and its
texts, in a copy of the package that is run as a process of its own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import fclab

LAB = '''
"""A lab of one part and one task: does half the learning rate fit the points as well?"""

from fclab.data import binary_points
from fclab.data.kept import Cloud
from fclab.labs.lab import Lab, Plan, train_parts
from fclab.report.model import Report, Section
from fclab.report.title import title_page
from fclab.report.writer import Writer
from fclab.study.kept import keep_study
from fclab.study.rows import Row, StudySettings
from fclab.study.study import finish_study
from fclab.study.trainer import Trainer
from fclab.values.recipe import BINARY
from fclab.words.wording import say, wording

BASE = BINARY.but(epochs=30, layers=(4, 1), lr=0.01)


class Lab2(Lab):
    name = "lab2"
    parts = ("points",)

    def plans(self, parts, options):
        cloud = Cloud(shape="xor", points=40, seed=options.seed)
        return [Plan(cloud, cloud.make(), BASE)]

    def train(self, store, plans, options, show):
        parts = train_parts(store, plans, options, show)
        dataset = plans[0].dataset
        held, settings = dataset.hold_out(0.2), StudySettings(seeds=3, base=BASE)
        rows = [
            Row(name="base", recipe=BASE, parent=None, kind="base"),
            Row(name="slow", recipe=BASE.but(lr=0.005), parent="base", kind="slow"),
        ]
        trainer = Trainer(store, options.engine, options.device, lambda done, expected: None)
        base = {part: trainer(part, [BASE], range(3))[BASE] for part in (dataset, held)}
        study = finish_study(trainer, dataset, held, settings, rows, base[dataset], base[held])
        keep_study(store, "lab2", study)
        return self.kept(lab=self.name, parts=parts, study="lab2")

    def build(self, results, lang="ru", title=None):
        words, writer = wording(lang), Writer(wording(lang))
        (part,) = results.parts
        slow = results.study.line("slow")
        blocks = (
            writer.paragraph(say("lab2.part", share=part.run.metrics["test_accuracy"])),
            writer.paragraph(say("lab2.task", row=slow.row, verdict=slow.verdict)),
        )
        section = Section("points", words.plain("lab2.title"), blocks)
        page = title and title_page(title, lang)
        return Report(words.plain("lab2.title"), words.text(say("lab2.title")), lang, (section,),
                      title_page=page)


LAB = Lab2()
'''
TEXTS = {
    "en": """
[lab2]
title = "Lab 2: half the rate"
part = "The network answers {{ share|pct }} of fresh points right."
task = "{{ row|head }} differs by {{ verdict.difference|signed }} points."
[rows.slow]
title = "half the rate"
""",
    "ru": """
[lab2]
title = "Лабораторная 2: половина скорости"
part = "На новых точках верных ответов {{ share|pct }}."
task = "{{ row|head }}: разность {{ verdict.difference|signed }} п. п."
[rows.slow]
title = "половина скорости"
""",
}
TASK = '''
"""Task 8: momentum."""

from fclab.labs.lab1.tasks.task import Task
from fclab.study.rows import Row
from fclab.words.wording import say


class MomentumTask(Task):
    number, name, kinds = 8, "momentum", ("momentum",)

    def planned(self, start):
        recipe = start.stopped.but(momentum=0.5)
        return [Row(name="momentum", recipe=recipe, parent="stop", kind="momentum")]

    def say(self, table, line):
        yield say("rows.momentum.comment", momentum=line.recipe.momentum)


TASK = MomentumTask()
'''
TASK_TEXTS = {
    "en": """
[tasks.momentum]
title = "Task 8. A ball that rolls"
[rows.momentum]
title = "momentum {{ recipe.momentum|num }}"
heading = "Momentum"
what = "Steps remember the ones before."
short = "With momentum."
comment = "Every step keeps {{ momentum|num }} of the one before."
""",
    "ru": """
[tasks.momentum]
title = "Задание 8. Шар, который катится"
[rows.momentum]
title = "момент {{ recipe.momentum|num }}"
heading = "Момент"
what = "Шаги помнят предыдущие."
short = "С моментом."
comment = "Каждый шаг сохраняет {{ momentum|num }} предыдущего."
""",
}


@pytest.fixture
def house(tmp_path) -> Path:
    """A copy of the package."""
    source = Path(fclab.__file__).parent
    shutil.copytree(source, tmp_path / "fclab", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def run(house: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(house), "FCLAB_CACHE": str(house / "cache")}
    environment.pop("FCLAB_LANG", None)
    return subprocess.run(
        [sys.executable, "-m", "fclab", *arguments],
        cwd=house, env=environment, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


def test_a_second_lab_is_one_folder(house):
    folder = house / "fclab" / "labs" / "lab2"
    for lang, texts in TEXTS.items():
        (folder / "texts" / lang).mkdir(parents=True)
        (folder / "texts" / lang / "lab2.toml").write_text(texts, "utf-8")
    (folder / "__init__.py").write_text("")
    (folder / "lab.py").write_text(LAB)
    out = house / "mine"
    options = ("--lab", "lab2", "--out", str(out), "--engine", "reference")
    done = run(house, "run", *options, "--lang", "en", "--student", "A. Nother")
    assert done.returncode == 0, done.stderr
    page = (out / "report.html").read_text("utf-8")
    assert "Lab 2: half the rate" in page
    assert "A. Nother" in page
    assert "half the rate</strong> (<code>slow</code>) differs by" in page
    assert {path.name for path in out.iterdir()} >= {"report.docx", "report.pdf", "runs"}
    assert json.loads((out / "lab.json").read_text("utf-8"))["lab"] == "lab2"
    again = run(house, "report", "--out", str(out), "--lang", "ru", "--format", "html")
    assert again.returncode == 0, again.stderr
    assert "половина скорости" in (out / "report.html").read_text("utf-8")
    unknown = run(house, "run", "--lab", "lab3")
    assert unknown.returncode == 2
    assert "there are lab1, lab2" in unknown.stderr


def test_a_task_is_one_module_and_its_texts(house):
    lab1 = house / "fclab" / "labs" / "lab1"
    (lab1 / "tasks" / "momentum.py").write_text(TASK)
    for lang, texts in TASK_TEXTS.items():
        (lab1 / "texts" / lang / "task_momentum.toml").write_text(texts, "utf-8")
    done = run(
        house, "study", "--classes", "0", "55", "58", "--data", "synthetic", "--seeds", "2",
        "--batch-factors", "1", "--lr-factors", "1", "--no-hidden", "--epochs", "4",
        "--layers", "FC(3), FC(3)", "--engine", "torch", "--lang", "en",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "momentum 0.5" in said
    assert "Every step keeps 0.5 of the one before." in said
    assert "Task 8. A ball that rolls" in said
