"""Rich displays: every object, in both languages, with values as data."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

import fclab
from fclab.engines import train
from fclab.notebook.display import html, plain
from fclab.notebook.objects import layers
from fclab.values.dataset import CIFAR_PREPROCESSING, ClassName, Dataset, Split
from fclab.values.errors import UsageError
from fclab.values.names import CLASS_NAMES


def image_dataset(names=tuple(CLASS_NAMES[i] for i in (0, 55, 58)), source="cifar100") -> Dataset:
    rng = np.random.default_rng(0)

    def split(each: int) -> Split:
        y = np.arange(len(names)).repeat(each)
        bright = (y * 90)[:, None, None, None]
        x = rng.integers(60, size=(len(y), 32, 32, 3)) + bright
        return Split(x.astype(np.uint8), y)

    return Dataset("images", "multiclass", source, split(20), split(10), names, CIFAR_PREPROCESSING)


@pytest.fixture(scope="module")
def images():
    return image_dataset()


@pytest.fixture(scope="module")
def image_run(images):
    return next(iter(train(images, [fclab.CIFAR.replace(epochs=3)], [0], engine="reference")))


@pytest.fixture(scope="module")
def table(images, tmp_path_factory):
    settings = fclab.Settings(
        seeds=2, base=fclab.CIFAR.replace(epochs=6, batch_size=16), batch_factors=(0.5,),
        lr_factors=(1.5,), hidden=((4,),), search_seeds=1, search_lr=(0.01,), search_batch=(16,),
    )  # fmt: skip
    with fclab.Store(tmp_path_factory.mktemp("store") / "runs.db") as store:
        return fclab.final_table(fclab.run_study(images, store, settings))


class _Balance(HTMLParser):
    """Collects text, and fails on tags that close what is not open."""

    VOID = frozenset({"img", "br", "meta"})

    def __init__(self):
        super().__init__()
        self.open, self.text, self.tags = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text.append(data)


def read(fragment: str) -> _Balance:
    parser = _Balance()
    parser.feed(fragment)
    parser.close()
    assert parser.open == []
    return parser


def words(fragment: str) -> str:
    return " ".join(" ".join(read(fragment).text).split())


@pytest.fixture(params=["ru", "en"])
def lang(request):
    return fclab.notebook.lang(request.param)


@pytest.fixture(scope="module")
def things(images, image_run, table):
    curve, cloud = fclab.regression_curve(points=10), fclab.binary_points("moons", points=40)
    fits = train(curve, [fclab.REGRESSION.replace(epochs=20)], [0], engine="reference")
    surfaces = train(cloud, [fclab.BINARY.replace(epochs=20)], [0], engine="reference")
    return {
        "curve": curve, "cloud": cloud, "images": images, "recipe": fclab.CIFAR,
        "fit": next(iter(fits)), "surface": next(iter(surfaces)), "run": image_run,
        "variant": fclab.classes_of("ИУ5-25М", 1, "iu5"), "study": table.study, "table": table,
        "excerpt": fclab.notebook.excerpt(table, "lr"),
    }  # fmt: skip


PICTURED = {"curve", "cloud", "images", "fit", "surface", "run"}


@pytest.mark.parametrize("name", ["curve", "cloud", "images", "recipe", "fit", "surface", "run",
                                  "variant", "study", "table", "excerpt"])  # fmt: skip
def test_a_display_is_whole_html_in_one_language(things, name, lang):
    made = read(html(things[name]))
    said = " ".join(made.text)
    # Names of rows, of hyper-parameters and of measures are the same in both languages.
    known = (
        r"FC|SGD|Adam|lr|batch|size|epochs|loss|reduction|init|None|uniform|sum|log|squared|error|"
        r"sigmoid|moons|images|seed|scheme|all|TOML|fclab|fused|reference|Precision|Recall|F1|CIFAR|"
        r"base|stop|past|fc|variant|ИУ|М"
    )
    foreign = r"[A-Za-z]{2,}" if lang == "ru" else r"[А-Яа-яЁё]+"
    found = [w for w in re.findall(foreign, said) if not re.fullmatch(known, w, re.IGNORECASE)]
    found = [w for w in found if not re.fullmatch(r"[0-9a-f]+", w)]  # of the fingerprint
    assert found == []
    pictures = [attrs for tag, attrs in made.tags if tag == "img"]
    assert len(pictures) == (name in PICTURED)
    assert all(p["src"].startswith("data:image/png;base64,") and p["alt"] for p in pictures)


def test_the_layer_table_counts_what_the_recipe_counts(lang):
    for recipe, inputs in ((fclab.CIFAR, 3072), (fclab.BINARY, 2), (fclab.REGRESSION, 1)):
        table = layers(recipe, inputs)
        assert sum(r.weights + r.biases for r in table) == recipe.parameters(inputs)
        total = recipe.parameters(inputs)
        digits = re.sub(r"[\s,]", "", words(html(recipe)))
        assert str(total) in digits
    normed = layers(fclab.CIFAR.replace(norm="batch"), 3072)
    assert [r.weights for r in normed] == [30720, 10, 30]


def test_a_run_shows_its_own_numbers(image_run):
    fclab.notebook.lang("en")
    said = words(html(image_run))
    assert f"{image_run.metrics['test_accuracy']:.1%}" in said
    assert f"{image_run.class_report('test').classes[1].recall:.3f}" in said
    assert "otter" in said


def test_a_table_shows_every_row_with_its_verdict(table):
    fclab.notebook.lang("en")
    said = words(html(table))
    for line in table.lines:
        assert line.row.name in said
        assert f"{100 * line.test.mean:.1f}" in said
    compared = [line for line in table.lines if line.verdict]
    rows = re.findall(r'<td class="words (?:better|worse|not_distinguishable)">', html(table))
    assert len(rows) == len(compared) == len(table.lines) - 1
    assert "times lower" in said


def test_an_excerpt_holds_the_rows_and_their_parents(table):
    part = fclab.notebook.excerpt(table, "batch")
    assert [line.row.name for line in part.lines] == ["stop", "batch-8"]
    assert fclab.notebook.excerpt(table, "own").lines == ()
    with pytest.raises(UsageError, match="no kind 'btach'"):
        fclab.notebook.excerpt(table, "btach")


def test_a_diverged_run_says_so(lang):
    curve = fclab.regression_curve(points=10)
    wild = train(curve, [fclab.REGRESSION.replace(lr=100, epochs=50)], [0], engine="reference")
    run = next(iter(wild))
    assert run.diverged_at is not None
    assert str(run.diverged_at) in words(html(run))
    assert "note" in html(run)
    assert "diverged" in plain(run)


@pytest.mark.parametrize("source", ["synthetic", "other"])
def test_what_is_not_cifar100_is_marked_everywhere(images, image_run, table, lang, source):
    fake = image_dataset(source=source)
    study = replace(table.study, dataset=fake.info)
    shown = [fake, replace(image_run, dataset=fake.info), study, replace(table, study=study)]
    for thing in shown:
        assert "CIFAR-100" in words(html(thing))
    assert "CIFAR-100" not in words(html(image_run))


def test_names_are_data():
    nasty = "<script>alert(1)</script>"
    names = (ClassName(0, nasty, nasty), CLASS_NAMES[1], CLASS_NAMES[2])
    made = html(replace(image_dataset(names), name=nasty))
    assert "<script" not in made
    assert nasty in words(made)


def test_terminal_lines_are_short(things):
    for thing in things.values():
        for line in plain(thing).splitlines():
            assert 10 < len(line) < 200
    assert plain(things["recipe"]).startswith("Recipe(FC(10), FC(3); lr = 0.005")


def test_the_extension_registers_the_displays_in_a_shell(shell):
    fclab.load_ipython_extension(shell)
    bundle, _ = shell.display_formatter.format(fclab.CIFAR)
    assert "30" in bundle["text/html"]
    assert bundle["text/plain"].startswith("Recipe(")
    bundle, _ = shell.display_formatter.format(fclab.classes_of(25, 1, "iu5"))
    assert "40" in bundle["text/html"]


def test_only_the_extension_changes_ipython_and_it_is_light(tmp_path):
    check = (
        "import sys, fclab\n"
        "known = get_ipython().display_formatter.formatters['text/html'].deferred_printers\n"
        "print(('fclab.values.run', 'Run') in known)\n"
        "get_ipython().run_line_magic('load_ext', 'fclab')\n"
        "assert not {'torch', 'matplotlib', 'numpy'} & set(sys.modules)\n"
        "print(('fclab.values.run', 'Run') in known)"
    )
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--HistoryManager.enabled=False", "-c", check],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "IPYTHONDIR": str(tmp_path)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.split() == ["False", "True"]


def test_outside_ipython_import_stays_light():
    code = (
        "import sys, fclab\n"
        "heavy = {'IPython', 'torch', 'matplotlib', 'numpy', 'jinja2', 'fclab.notebook'}\n"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr


def test_the_language_is_that_of_the_environment_until_it_is_set(monkeypatch):
    assert fclab.notebook.lang() == "ru"
    monkeypatch.setenv("FCLAB_LANG", "en")
    assert fclab.notebook.lang() == "en"
    assert fclab.notebook.lang("ru") == "ru"
    assert fclab.notebook.lang() == "ru"
    with pytest.raises(UsageError, match="'de'"):
        fclab.notebook.lang("de")
