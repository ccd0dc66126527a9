"""What a stranger does to add the next lab, a self-study task, a format of the report or a field of
a recipe: each is one thing and a line, in a copy of the package."""

import json

import pytest

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

BASE = BINARY.replace(epochs=30, layers=(4, 1), lr=0.01)


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
            Row(name="slow", recipe=BASE.replace(lr=0.005), parent="base", kind="slow"),
        ]
        trainer = Trainer(store, options.engine, options.device)
        base, on_held = (
            trainer.get_or_train(part, [BASE], range(3))[BASE] for part in (dataset, held)
        )
        study = finish_study(trainer, dataset, held, settings, rows, base, on_held)
        keep_study(store, "lab2", study)
        return self.kept(lab=self.name, parts=parts, study="lab2")

    def build(self, results, lang="ru", title=None, appendices=()):
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
        recipe = start.stopped.replace(momentum=0.5)
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


FORMAT = '''
"""The report as a list of its headings."""

from fclab.values.files import write_atomic


def write_outline(report, path):
    return write_atomic(path, "".join(f"{section.title}\\n" for section in report.walk()))
'''


@pytest.mark.slow
def test_a_second_lab_is_one_folder(house):
    folder = house.package / "labs" / "lab2"
    for lang, texts in TEXTS.items():
        (folder / "texts" / lang).mkdir(parents=True)
        (folder / "texts" / lang / "lab2.toml").write_text(texts, "utf-8")
    (folder / "__init__.py").write_text("", "utf-8")
    (folder / "lab.py").write_text(LAB, "utf-8")
    out = house.path / "mine"
    options = ("--lab", "lab2", "--out", str(out), "--engine", "reference")
    done = house.run("run", *options, "--lang", "en", "--student", "A. Nother")
    assert done.returncode == 0, done.stderr
    page = (out / "report.html").read_text("utf-8")
    assert "Lab 2: half the rate" in page
    assert "A. Nother" in page
    assert "half the rate</strong> (<code>slow</code>) differs by" in page
    assert {path.name for path in out.iterdir()} >= {"report.docx", "report.pdf", "runs"}
    assert json.loads((out / "lab.json").read_text("utf-8"))["lab"] == "lab2"
    again = house.run("report", "--out", str(out), "--lang", "ru", "--format", "html")
    assert again.returncode == 0, again.stderr
    assert "половина скорости" in (out / "report.html").read_text("utf-8")
    unknown = house.run("run", "--lab", "lab3")
    assert unknown.returncode == 2
    assert "there are lab1, lab2" in unknown.stderr


@pytest.mark.slow
def test_a_task_is_one_module_and_its_texts(house):
    lab1 = house.package / "labs" / "lab1"
    (lab1 / "tasks" / "momentum.py").write_text(TASK, "utf-8")
    for lang, texts in TASK_TEXTS.items():
        (lab1 / "texts" / lang / "task_momentum.toml").write_text(texts, "utf-8")
    done = house.run(
        "study", "--classes", "0", "55", "58", "--data", "synthetic", "--seeds", "2",
        "--batch-factors", "1", "--lr-factors", "1", "--no-hidden", "--epochs", "4",
        "--layers", "FC(3), FC(3)", "--engine", "torch", "--lang", "en",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "momentum 0.5" in said
    assert "Every step keeps 0.5 of the one before." in said
    assert "Task 8. A ball that rolls" in said


@pytest.mark.slow
def test_a_format_is_a_renderer_and_a_line(house):
    (house.package / "report" / "outline.py").write_text(FORMAT, "utf-8")
    house.edit(
        "report/formats.py",
        "RENDERERS: Mapping[str, str] = {\n",
        'RENDERERS: Mapping[str, str] = {\n    "md": "fclab.report.outline:write_outline",\n',
    )
    out = house.path / "mine"
    done = house.run("regression", "--epochs", "5", "--engine", "reference", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert not (out / "report.md").exists()
    again = house.run("report", "--out", str(out), "--format", "md", "--lang", "en")
    assert again.returncode == 0, again.stderr
    assert "Conclusion" in (out / "report.md").read_text("utf-8").split("\n")
    assert "md" in house.run("report", "--help").stdout


@pytest.mark.slow
def test_a_field_of_a_recipe_is_the_field(house):
    """Help, TOML, tables and refusals follow from it; an engine has yet to obey it."""
    house.edit(
        "values/recipe.py",
        "    contrast: Flag = False\n",
        '    twist: Annotated[Real, Field(ge=0, le=1)] = 0.0\n    """Share of twisted weights."""\n'
        "    contrast: Flag = False\n",
    )
    told = " ".join(house.run("cifar", "--help").stdout.replace("│", " ").split())
    assert "--twist FLOAT Share of twisted weights." in told
    assert "--twist FLOAT" in house.run("study", "add", "--help").stdout
    bad = house.run("cifar", "--twist", "2", "--data", "synthetic")
    assert bad.returncode == 2
    assert "--twist 2.0" in bad.stderr
    refused = house.run(
        "cifar", "--twist", "0.5", "--data", "synthetic", "--engine", "reference", "--lang", "en"
    )
    assert refused.returncode == 2
    assert "twist" in refused.stderr
    rows = house.path / "mine.toml"
    rows.write_text('[[rows]]\nname = "twisted"\ntwist = 3\n', "utf-8")
    study = ("study", "--classes", "0", "55", "58", "--data", "synthetic", "--rows", str(rows))
    wrong = house.run(*study)
    assert wrong.returncode == 2
    assert "twist = 3" in wrong.stderr
