"""What was found in the submissions of a course, on the terminal: evidence, in careful words."""

from collections import Counter

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fclab.course.feedback.slips import finding_text, slip_lines
from fclab.course.values import Checked, CheckedFigure, Course, CourseCheck
from fclab.values.text import shown
from fclab.words.wording import Wording

_STYLES = {"plausible": "", "unusual": "yellow", "not_reproducible": "bold", "not_checked": "dim"}


def print_checked(
    out: Console, found: CourseCheck, words: Wording, course: Course | None, *, anonymous: bool
) -> None:
    """Print a table and the slips of every submission, and the sums.

    Args:
        out: where to.
        found: all of it.
        words: of the language.
        course: its students, to say whose a submission is.
        anonymous: keys in place of names.
    """
    for place, one in enumerate(found.submissions, start=1):
        out.print(Text(_title(one, place, words, course, anonymous=anonymous), style="bold"))
        if one.rows:
            out.print(_table(one, words))
        for line in slip_lines(one.slips, words, course, anonymous=anonymous):
            out.print(Text(f"  {line}"))
        out.print()
    count = Counter(row.finding for one in found.submissions for row in one.rows)
    out.print(Text(words.plain(
        "check.sums", submissions=len(found.submissions), rows=sum(count.values()),
        seeds=found.seeds, plausible=count["plausible"], unusual=count["unusual"],
        beyond=count["not_reproducible"], unchecked=count["not_checked"],
    )))  # fmt: skip
    out.print(Text(words.plain("check.careful")))


def _title(
    one: Checked, place: int, words: Wording, course: Course | None, *, anonymous: bool
) -> str:
    claims = one.claims
    if anonymous:
        return shown(claims.student or words.plain("check.submission", n=place))
    names = {s.key: s.name for s in course.students} if course else {}
    name = names.get(claims.student or "") or claims.name or ", ".join(claims.files)
    return shown(name)


def _table(one: Checked, words: Wording) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    for column in ("row", "finding", "part", "claimed", "mean", "interval", "p", "adjusted"):
        left = column in ("finding", "part")
        heading = words.plain(f"check.column.{column}")
        table.add_column(heading, justify="left" if left else "right", overflow="fold")
    for row in one.rows:
        first = True
        for figure in row.figures or (None,):
            head = [str(row.row + 1), finding_text(row, words)] if first else ["", ""]
            cells = _cells(figure, words) if figure else [""] * 6
            table.add_row(*map(Text, (*head, *cells)), style=_STYLES[row.finding])
            first = False
    return table


def _cells(figure: CheckedFigure, words: Wording) -> list[str]:
    return [
        words.plain(f"part.{figure.part}"),
        words.num(figure.claimed),
        f"{words.fixed(figure.mean, 1)} ± {words.fixed(figure.sd, 1)}",
        f"{words.fixed(figure.low, 1)}–{words.fixed(figure.high, 1)}",
        words.num(float(f"{figure.p_value:.2g}")),
        words.num(float(f"{figure.adjusted:.2g}")),
    ]
