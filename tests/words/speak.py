"""Everything that is shown to people, in the language of the first argument, into the folder of the
second: a program of its own, so that it can speak with another copy of the package.

The folder gets a report in every format, ``figures.json`` (what is written in each figure, and what
of it leaves the figure), ``notebook.ipynb``, displays as HTML, and ``commands.json`` (the output of
each command).
"""

import io
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.text import Text

from fclab.values import recipe

recipe.CIFAR = recipe.CIFAR.replace(epochs=5)  # 250 teach nothing more about words
from made import curve_part, images_part, points_part, studied  # noqa: E402

from fclab.study.rows import Choice, Flattery, Round, Setting  # noqa: E402
from fclab.tuning.causes import CAUSES  # noqa: E402

LANG, OUT = sys.argv[1], Path(sys.argv[2])
os.environ |= {"FCLAB_LANG": LANG, "COLUMNS": "100"}

BASE = ((90, 6, 4), (11, 60, 29), (15, 16, 69))
BETTER = ((96, 2, 2), (4, 90, 6), (6, 4, 90))
WORSE = ((60, 30, 10), (30, 40, 30), (40, 20, 40))
ROWS = (
    ("base", None, "base", BASE), ("stop", "base", "stop", BETTER),
    ("batch-64", "stop", "batch", WORSE),
    ("batch-64-past", "stop", "past", BASE), ("lr-0.001", "stop", "lr", BASE),
    ("fc-5", "stop", "layers", BETTER), ("mine", "stop", "own", WORSE),
)  # fmt: skip
TRIED = tuple(
    Setting(lr=lr, batch_size=batch, epochs=9, loss=0.7 + 0.01 * batch)
    for batch in (1, 2, 3) for lr in (0.01, 0.005)
)  # fmt: skip
CHOICE = Choice(
    first_seed=6, rounds=(Round(settings=6, seeds=2), Round(settings=2, seeds=6)),
    losses=(TRIED[0].loss, TRIED[-1].loss), finalists=TRIED[:2], certainty=0.6, chosen_by_few=0.5,
    flattery=Flattery(by_test=TRIED[0], by_valid=TRIED[1], judges=3, accuracy_by_test=0.7,
                      accuracy_by_valid=0.69, difference=0.01, low=0.0, high=0.02),
    tried=TRIED,
)  # fmt: skip


def results(source: str = "cifar100"):
    """The lab with all its parts: what diverged, what was not separated, a study of every move."""
    from fclab.labs.lab1.lab import Lab1Results
    from fclab.labs.lab1.trials import Trial, TriedChange, changes
    from fclab.labs.lab1.variant import classes_of

    diverged = points_part("moons", diverged_at=7, loss=np.geomspace(0.7, 1e9, 6))
    failed = points_part("circles", wrong=90, loss=np.full(1000, 0.6931))

    def tried(name: str, wrong: int) -> TriedChange:
        recipe = changes(failed.run.recipe).get(name, failed.run.recipe)
        runs = [points_part("circles", wrong=n, recipe=recipe, seed=4 + n).run for n in (wrong, 3)]
        return TriedChange(name, recipe, tuple(runs))

    info = failed.run.dataset
    rows = tuple(tried(name, 2) for name in changes(failed.run.recipe))
    parts = (curve_part(), points_part("xor"), failed, diverged)
    images = images_part(source=source)
    study = studied(*ROWS, choice=CHOICE).study if source == "cifar100" else None
    return Lab1Results(
        parts=(*parts, images), study=study,
        trials=(Trial(info.name, info.fingerprint, 2, tried("base", 98), rows),),
        variant=classes_of(25, 1, "guimc"), typed=(58, 0, 55), lost=("cifar100-1-2-3",),
    )  # fmt: skip


def written(fig: Figure) -> list[dict]:
    """What is written in a figure, after layout: whether it lies within it, and which other texts
    it meets."""
    fig.draw_without_rendering()
    hidden = []
    for ax in fig.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            hidden += [label for tick in ticks if not low <= tick.get_loc() <= high
                       for label in (tick.label1, tick.label2)]  # fmt: skip
    texts = [
        text for text in fig.findobj(Text)
        if text.get_visible() and text.get_text().strip() and text not in hidden
    ]  # fmt: skip
    boxes = [text.get_window_extent() for text in texts]
    cores = [box.expanded(0.98, 0.85) for box in boxes]
    upright = [text.get_rotation() in (0, 90) for text in texts]  # others fill no box
    shown = []
    for i, (text, box) in enumerate(zip(texts, boxes, strict=True)):
        inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= fig.bbox.x1 + 1
        meets = [texts[k].get_text() for k in range(i)
                 if upright[i] and upright[k] and cores[i].overlaps(cores[k])]  # fmt: skip
        shown.append({"text": text.get_text(), "meets": meets,
                      "inside": bool(inside and box.y1 <= fig.bbox.y1 + 1)})  # fmt: skip
    return shown


def report() -> None:
    """The report of everything, its figures, and the defence."""
    from fclab.labs.lab1.content import build
    from fclab.labs.lab1.defence import section
    from fclab.labs.lab1.defence.networks import networks
    from fclab.labs.lab1.lab import APPENDICES
    from fclab.report.model import Report
    from fclab.report.title import TitleSettings
    from fclab.report.write import write_report
    from fclab.report.writer import Writer
    from fclab.words.wording import wording

    title = TitleSettings(student="Ł", group="25", teacher="Ń")
    made = build(results(), LANG, title, APPENDICES)
    defence = section.answers(Writer(wording(LANG)), networks([], ()))
    synthetic = build(results("synthetic"), LANG, None, APPENDICES)
    figures = {}
    for name, one, formats in (
        ("report", made, ("html", "docx", "pdf")),
        ("defence", Report("", (), LANG, defence), ("html",)),
        ("stand-in", synthetic, ("html",)),
    ):
        write_report(one, OUT / name, formats)
        figures |= {f"{name}: {block.name}": written(block.draw()) for block in one.figures}
    write_report(replace(made, form="2.105"), OUT / "framed", ("pdf",))
    (OUT / "figures.json").write_text(json.dumps(figures), "utf-8")


def notebook() -> None:
    """The displays of every object, and the notebook itself."""
    import nbformat

    from fclab.labs.lab1.notebook.personal import personal
    from fclab.labs.lab1.variant import classes_of
    from fclab.notebook import lang
    from fclab.notebook.display import html, plain

    lang(LANG)
    lab = results()
    things = {
        "curve": lab.regression.dataset, "cloud": lab.binary[0].dataset,
        "run": lab.cifar.run, "diverged": lab.binary[2].run, "recipe": lab.cifar.run.recipe,
        "variant": lab.variant, "study": lab.study.study, "table": lab.study,
    }  # fmt: skip
    for name, thing in things.items():
        (OUT / f"display-{name}.html").write_text(html(thing), "utf-8")
    (OUT / "plain.json").write_text(json.dumps({k: plain(v) for k, v in things.items()}), "utf-8")
    variant = classes_of(25, 1, "guimc")
    made = personal(variant.classes, LANG, variant=variant, student="Ł")
    (OUT / "notebook.ipynb").write_text(nbformat.writes(made), "utf-8")


SMALL = ["--engine", "torch", "--epochs", "3"]
COMMANDS = [
    ["variant", "--group", "25", "--variant", "1"],
    ["variant", "--group", "3", "--variant", "9", "--scheme", "all"],
    ["regression", *SMALL, "--out", "part-1"],
    ["binary", *SMALL, "--tries", "1", "--out", "part-2"],
    ["cifar", "--data", "synthetic", "--classes", "0", "55", "58", *SMALL, "--out", "lab"],
    ["study", "--data", "synthetic", "--classes", "0", "55", "58", *SMALL, "--seeds", "2",
     "--batch-factors", "2", "--lr-factors", "2", "--no-hidden", "--store", "lab/store.db"],
    ["study", "add", "--name", "mine", "--momentum", "0.5", "--store", "lab/store.db"],
    ["study", "remove", "mine", "--yes", "--store", "lab/store.db"],
    ["compare", "base", "stop", "--store", "lab/store.db"],
    ["table", "--store", "lab/store.db"],
    ["ladder", "--data", "synthetic", "--classes", "0", "55", "58", "--seeds", "2", "--without",
     *({*CAUSES} - {"stop", "flip", "ensemble"}), "--engine", "torch", "--store", "lab/store.db"],
    ["search", "--data", "synthetic", "--classes", "0", "55", "58", "--trials", "2", "--seeds",
     "2", "--first", "1", "--batch", "2", "--confirm", "2", "--engine", "torch",
     "--space", "space.toml", "--out", "lab/search", "--store", "lab/store.db"],
    ["runs", "--store", "lab/store.db"],
    ["runs", "FIRST", "--store", "lab/store.db"],
    ["code", "xor", "--out", "xor.py", "--store", "part-2/store.db"],
    ["export", "--out", "runs.csv", "--store", "lab/store.db"],
    ["export", "lab", "--to", "onnx", "--out", "net.onnx"],
    ["report", "--out", "part-1", "--student", "Ł", "--format", "html"],
    ["predict", "lab", "picture.png"],
    ["notebook", "--group", "25", "--variant", "1"],
    ["defend", "--show", "--out", "lab", "--group", "25", "--variant", "1"],
]  # fmt: skip


def commands() -> Iterator[tuple[str, str, int]]:
    """Every command with what it says and the code it ends with."""
    from PIL import Image

    from fclab.cli import main
    from fclab.store.database import Store

    Image.fromarray(np.full((40, 40, 3), 90, np.uint8)).save("picture.png")
    Path("space.toml").write_text(
        'layers = "FC(4), FC(3)"\nlr = { low = 0.01, high = 0.02 }\nepochs = 2\n', "utf-8"
    )
    for words in COMMANDS:
        if "FIRST" in words:
            with Store("lab/store.db") as store:
                words = [store.listing()[0].key[:8] if w == "FIRST" else w for w in words]
        said, began = io.StringIO(), time.monotonic()
        with redirect_stdout(said), redirect_stderr(said):
            try:
                main(words)
                code = 0
            except SystemExit as end:
                code = int(end.code or 0)
        print(f"{time.monotonic() - began:5.1f}", code, *words[:4], file=sys.stderr, flush=True)
        yield " ".join(words), said.getvalue(), code


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    if "commands" not in sys.argv[3:]:
        report()
        notebook()
    with chdir(OUT):
        (OUT / "commands.json").write_text(
            json.dumps(list(commands()), ensure_ascii=False), "utf-8"
        )
