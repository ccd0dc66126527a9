import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from fclab.figures import learning_curves, mark_substitute, png_bytes, save, svg_text
from fclab.figures.style import TEST, TRAIN, new_figure, readable_on, styled, text_width
from fclab.values.errors import FclabError


@styled()
def small_figure() -> Figure:
    fig = new_figure(2, 1, "en")
    ax = fig.add_subplot(title="Заголовок", xlabel="x")
    ax.plot([0, 1], [0, 1])
    return fig


def test_saving_twice_gives_the_same_bytes_and_leaves_nothing_else(tmp_path):
    fig = small_figure()
    first = save(fig, tmp_path / "a" / "loss-0.5", ("png", "svg", "pdf"))
    again = save(fig, tmp_path / "b" / "loss-0.5", ("png", "svg", "pdf"))
    anew = save(small_figure(), tmp_path / "c" / "loss-0.5", ("png", "svg", "pdf"))
    assert [path.name for path in first] == ["loss-0.5.png", "loss-0.5.svg", "loss-0.5.pdf"]
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == sorted(
        path.name for path in first
    )
    for one, two, three in zip(first, again, anew, strict=True):
        assert one.read_bytes() == two.read_bytes() == three.read_bytes()


def test_a_whole_figure_is_saved_the_same_twice(images, tmp_path):
    fig = learning_curves(images.run, "ru")
    first, again = (save(fig, tmp_path / name) for name in "ab")
    for one, two in zip(first, again, strict=True):
        assert one.read_bytes() == two.read_bytes()


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path):
    (tmp_path / "file").write_text("in the way", "utf-8")
    with pytest.raises(FclabError, match="cannot write"):
        save(small_figure(), tmp_path / "file" / "figure")


def test_svg_text_is_an_element_for_html():
    svg = svg_text(small_figure())
    assert svg.startswith("<svg")
    assert svg.rstrip().endswith("</svg>")
    assert "<dc:date>" not in svg


def test_the_style_neither_leaks_nor_is_leaked_into():
    plain = svg_text(small_figure())
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "lines.linewidth": 9}):
        before = dict(mpl.rcParams)
        assert svg_text(small_figure()) == plain
        assert dict(mpl.rcParams) == before


def test_the_stamp_gets_room_of_its_own():
    fig = small_figure()
    height = fig.get_figheight()
    mark_substitute(fig, "synthetic", "en")
    fig.draw_without_rendering()
    (stamp,) = fig.texts
    title = fig.axes[0].title
    assert stamp.get_text() == "SYNTHETIC STAND-IN, not CIFAR-100"
    assert fig.get_figheight() > height
    box = stamp.get_bbox_patch().get_window_extent()
    assert box.y1 <= fig.bbox.y1
    assert box.y0 > title.get_window_extent().y1


def test_png_is_of_the_size_asked_for():
    assert len(png_bytes(small_figure(), dpi=200)) > len(png_bytes(small_figure(), dpi=50))


@pytest.mark.parametrize(
    ("colour", "ink"), [("white", "#222222"), ("black", "white"), (TRAIN, "white")]
)
def test_text_contrasts_with_what_it_stands_on(colour, ink):
    assert readable_on(mpl.colors.to_rgb(colour)) == ink


def test_text_is_measured():
    assert text_width(["iii", "WWW"], 10) == text_width(["WWW"], 10) > text_width(["iii"], 10)
    assert text_width(["пикап"], 20) == pytest.approx(2 * text_width(["пикап"], 10), rel=0.05)
    assert TRAIN != TEST
