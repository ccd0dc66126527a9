"""The source, the two notebooks that are built from it, and the committed ones."""

import ast
import re
import tomllib
from pathlib import Path

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from packaging.requirements import Requirement
from packaging.version import Version

from fclab.labs.lab1.notebook import source
from fclab.labs.lab1.notebook.source import REPOSITORY, build, tagged
from fclab.words.languages import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]


def python(code):
    """What IPython makes of a cell: its magics are calls."""
    return ast.parse(TransformerManager().transform_cell(code))


def texts(notebook, kind):
    return [cell.source for cell in notebook.cells if cell.cell_type == kind]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_notebook_is_valid_and_in_one_language(lang):
    notebook = build(lang)
    nbformat.validate(notebook)
    for code in texts(notebook, "code"):
        python(code)
        assert not re.search(r"# (ru|en)(:|$)", code, re.MULTILINE)
    prose = re.sub(r"`[^`]*`|\$+[^$]*\$+|\(http\S*\)", "", "\n".join(texts(notebook, "markdown")))
    assert "{{" not in prose
    assert bool(re.search("[а-я]{3}", prose)) == (lang == "ru")
    if lang == "ru":
        long = re.findall(r"\b[a-z]{7,}\b", prose)
        assert set(long) <= {"autograd", "backend", "pickle"}
    comments = re.findall(r"^\s*# (.*)$", "\n".join(texts(notebook, "code")), re.MULTILINE)
    assert len(comments) >= 10
    if lang == "en":
        assert not [c for c in comments if re.search("[а-я]{3}", c.replace("ИУ5-25М", ""))]


def test_the_two_notebooks_have_the_same_cells_and_the_same_code():
    ru, en = build("ru"), build("en")
    assert [c.cell_type for c in ru.cells] == [c.cell_type for c in en.cells]
    assert [c.id for c in ru.cells] == [c.id for c in en.cells]

    def dumped(code):  # without comments, and with every text in place of which one may differ
        tree = python(code)
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                node.value = ""
        return ast.dump(tree)

    for one, other in zip(texts(ru, "code"), texts(en, "code"), strict=True):
        assert dumped(one) == dumped(other)


def test_a_language_fills_in_its_texts_and_its_lines(monkeypatch):
    monkeypatch.setattr(source, "source_text", lambda: (
        '# %% [markdown]\n# {{ yes }}\n\n# %%\nif True:\n    # {{ first }}\n'
        '    a = "b"  # {{ letter }}\n    c = 1  # common\n'
    ))  # fmt: skip
    texts = {"yes": "да,\n{{ lang }}", "first": "первый,\nне второй", "letter": 'a = "б"'}
    monkeypatch.setattr(source, "texts_of", lambda lang: texts)
    assert [c.source for c in build("ru").cells] == [
        "да,\nru",
        'if True:\n    # первый,\n    # не второй\n    a = "б"\n    c = 1  # common',
    ]


def test_every_language_has_every_text_and_none_is_left_over():
    asked = set(re.findall(r"# \{\{ ([\w-]+) \}\}", source.source_text()))
    for lang in LANGUAGES:
        assert set(source.texts_of(lang)) == asked


def test_parameters_are_set_after_those_of_the_notebook():
    notebook = build("en", {"SEEDS": 2, "NAME": 'a"b'})
    place = notebook.cells.index(tagged(notebook, "parameters"))
    assert notebook.cells[place + 1].source == "SEEDS = 2\nNAME = 'a\"b'"
    with pytest.raises(ValueError, match="0 cells"):
        tagged(notebook, "nonsense")


def test_every_task_has_evidence_and_room_for_an_answer():
    for lang, word in (("ru", "Задание"), ("en", "Task")):
        cells = build(lang).cells
        answers = [i for i, c in enumerate(cells) if "answer" in c.metadata.get("tags", ())]
        assert len(answers) == 6
        for number, place in enumerate(answers, start=1):
            assert cells[place - 1].cell_type == "code"
            before = "\n".join(c.source for c in cells[:place])
            assert f"### {word} {number}\n" in before


def test_links_within_the_notebook_lead_somewhere():
    for lang in LANGUAGES:
        prose = "\n".join(texts(build(lang), "markdown"))
        wanted = set(re.findall(r"\]\(#([\w-]+)\)", prose))
        assert wanted == {"part-1", "part-2", "part-3", "tasks"}
        assert wanted <= set(re.findall(r'<a id="([\w-]+)">', prose))


def test_the_repository_is_named_in_one_place():
    named = [
        path.relative_to(ROOT)
        for path in (*ROOT.glob("src/**/*.py"), *ROOT.glob("notebooks/*.py"))
        if REPOSITORY in path.read_text("utf-8")
    ]
    assert named == [Path("src/fclab/labs/lab1/notebook/source.py")]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_committed_notebook_is_built_from_the_source_of_today(lang):
    path = ROOT / "notebooks" / f"lab1.{lang}.ipynb"
    committed, built = nbformat.read(path, 4), build(lang)
    nbformat.validate(committed)

    def cells(notebook):
        return [(c.id, c.cell_type, dict(c.metadata), c.source) for c in notebook.cells]

    assert cells(committed) == cells(built), "run `make notebooks`"
    assert committed.metadata["fclab"] == built.metadata["fclab"]
    counts = [c.execution_count for c in committed.cells if c.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
    outputs = [o for c in committed.cells for o in c.get("outputs", ())]
    assert not [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]
    assert sum("image/png" in o.get("data", {}) for o in outputs) >= 10
    text = path.read_text("utf-8")
    assert len(text) < 1_500_000
    assert not re.search(r"/(home|root|tmp|work|Users|mnt)/|C:\\\\", text)
    assert 'class=\\"note\\"' not in text  # nothing diverged, nothing came of the stand-in


def test_runtimes_of_colab_are_met_by_the_requirements():
    page = (ROOT / "docs" / "notebooks.md").read_text("utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = {r.name: r.specifier for r in map(Requirement, project["dependencies"])}
    runtimes = re.findall(r"^\| (20\d\d\.\d\d) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|", page,
                          re.MULTILINE)  # fmt: skip
    assert len(runtimes) >= 3
    python = Requirement(f"python{project['requires-python']}").specifier
    for _, version, torch, numpy in runtimes:
        assert Version(version) in python
        assert Version(torch) in needed["torch"]
        assert Version(numpy) in needed["numpy"]
