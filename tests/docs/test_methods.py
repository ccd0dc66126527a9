"""docs/methods.md and its Russian twin: every example is run, and prints what stands there."""

import contextlib
import io
import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

import numpy as np
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = {"en": DOCS / "methods.md", "ru": DOCS / "methods.ru.md"}

# The methods that the reference sections of the lab's text list, section by section.
LISTED = """
torch.Tensor requires_grad backward grad detach Tensor.numpy Tensor.item
torch.uint8 torch.int16 torch.int64 torch.float32 Tensor.to torch.ones torch.zeros torch.transpose
torch.reshape torch.rand Tensor.t torch.sum torch.maximum torch.mm torch.exp torch.log
torch.flatten F.one_hot TensorDataset DataLoader torch.save
nn.Sequential nn.Module nn.Linear nn.Conv2d nn.MaxPool2d nn.BatchNorm2d nn.ReLU nn.Softmax nn.Tanh
nn.Dropout nn.MSELoss nn.BCEWithLogitsLoss nn.CrossEntropyLoss optim.SGD Module.train Module.eval
zero_grad step torch.argmax torch.argsort
np.array np.shape np.size np.uint8 np.int16 np.int64 np.float32 np.ones np.zeros np.arange
np.repeat np.exp np.random.normal np.random.randint np.reshape np.transpose np.isin array[...]
np.unique np.concatenate np.max np.min np.argmax
pickle.dump pickle.load
make_circles make_moons classification_report confusion_matrix
Image.fromarray Image.resize Image.convert Image.open Image.save
plt.plot plt.scatter plt.contourf plt.show plt.legend plt.xlim plt.ylim
""".split()  # noqa: SIM905

# Where the lab's text is not right, and the page has to say so.
WITH_SLIPS = """
torch.Tensor detach Tensor.numpy Tensor.item torch.float32 torch.transpose Tensor.t torch.sum
torch.maximum torch.exp F.one_hot DataLoader nn.Module nn.Softmax nn.MSELoss optim.SGD
torch.argsort np.zeros np.arange np.repeat np.random.normal np.random.randint np.reshape
np.transpose array[...] np.unique np.argmax pickle.dump pickle.load Image.fromarray Image.resize
Image.open plt.scatter plt.contourf
""".split()  # noqa: SIM905


class Entry(NamedTuple):
    """A method (or several that belong together) with its example."""

    title: str
    code: str
    output: str
    links: tuple[str, ...]
    slip: bool

    @property
    def names(self) -> list[str]:
        return self.title.split(", ")


class Page(NamedTuple):
    """A page: the code before all examples, its entries, its headings and its inner links."""

    setup: str
    entries: tuple[Entry, ...]
    headings: tuple[str, ...]
    anchors: tuple[str, ...]


def links_of(tokens: list[Token]) -> list[str]:
    return [
        str(child.attrs["href"])
        for token in tokens
        for child in token.children or ()
        if child.type == "link_open"
    ]


def read(path: Path) -> Page:
    tokens = MarkdownIt().parse(path.read_text("utf-8"))
    starts = [i for i, token in enumerate(tokens) if token.type == "heading_open"]
    setup, entries, headings = "", [], []
    for start, end in zip(starts, [*starts[1:], len(tokens)], strict=True):
        title, part = tokens[start + 1].content, tokens[start:end]
        headings.append(title)
        fences = [(token.info, token.content) for token in part if token.type == "fence"]
        if tokens[start].tag != "h3":
            setup += "".join(code for _, code in fences)
            continue
        assert [kind for kind, _ in fences] == ["python", "text"], title
        slip = any(token.type == "blockquote_open" for token in part)
        entries.append(Entry(title, *(text for _, text in fences), tuple(links_of(part)), slip))
    anchors = [unquote(link[1:]) for link in links_of(tokens) if link.startswith("#")]
    return Page(setup, tuple(entries), tuple(headings), tuple(anchors))


READ = {lang: read(path) for lang, path in PAGES.items()}
ENGLISH, RUSSIAN = READ["en"], READ["ru"]


@pytest.fixture(scope="module")
def imported():
    """The names that every example starts from; the page shows how they came about."""
    names: dict[str, object] = {}
    exec(ENGLISH.setup, names)
    return names


@pytest.mark.filterwarnings("ignore:FigureCanvasAgg is non-interactive")
@pytest.mark.parametrize("entry", ENGLISH.entries, ids=lambda entry: entry.title)
def test_an_example_prints_what_stands_below_it(entry, imported, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(entry.code, entry.title, "exec"), dict(imported))
    imported["plt"].close("all")
    assert printed.getvalue().rstrip() == entry.output.rstrip()
    assert entry.output.strip()


def test_both_languages_have_the_same_examples():
    assert RUSSIAN.setup == ENGLISH.setup
    for russian, english in zip(RUSSIAN.entries, ENGLISH.entries, strict=True):
        assert russian == english


def test_every_method_of_the_lab_has_an_entry():
    named = [name for entry in ENGLISH.entries for name in entry.names]
    assert not set(LISTED) - set(named)
    assert len(named) == len(set(named))


def test_the_slips_of_the_lab_are_named():
    slips = {name for entry in ENGLISH.entries if entry.slip for name in entry.names}
    assert not set(WITH_SLIPS) - slips


@pytest.mark.parametrize("lang", PAGES)
def test_every_entry_points_to_its_official_page(lang):
    official = (
        "https://docs.pytorch.org/", "https://numpy.org/doc/", "https://docs.python.org/3/",
        "https://scikit-learn.org/stable/", "https://pillow.readthedocs.io/en/stable/",
        "https://matplotlib.org/stable/",
    )  # fmt: skip
    for entry in READ[lang].entries:
        assert any(link.startswith(official) for link in entry.links), entry.title


@pytest.mark.parametrize("lang", PAGES)
def test_the_contents_lead_to_every_heading(lang):
    page = READ[lang]
    slugs = [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in page.headings]
    assert list(page.anchors) == slugs[2:]  # all but the title and the contents themselves


@pytest.mark.parametrize("lang", PAGES)
def test_a_page_is_in_its_language(lang):
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", PAGES[lang].read_text("utf-8"), flags=re.DOTALL)
    cyrillic = re.findall("[А-Яа-я]{2,}", prose.replace("По-русски", ""))
    assert (len(cyrillic) > 1000) if lang == "ru" else not cyrillic


def test_slips_that_no_example_shows(imported):
    """The code of the lab's text that does not run, as its notes say."""
    with pytest.raises(SyntaxError):
        compile("arr = np.array([[0, 1], [2, 3], [4, 5])", "lab", "exec")
    names = {key: imported[key] for key in ("np", "torch", "nn", "F", "optim")}
    with pytest.raises(NameError):
        exec("Linear(2, 3)", names)
    with pytest.warns(UserWarning, match="Implicit dimension choice"):
        exec("nn.Softmax()(torch.zeros(3))", names)
    image = imported["Image"].new("L", (4, 4))
    nearest = imported["Image"].NEAREST
    assert np.array(image.resize((2, 2), nearest)).shape == (2, 2)
