"""`fclab defend`: all at once, as a conversation, and on a real terminal."""

import io
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterable

import pytest
from rich.console import Console
from terminal import until_asleep

from fclab.cli import main
from fclab.cli.blocks import BlockPrinter
from fclab.cli.selftest import SelfTest
from fclab.data import regression_curve
from fclab.engines import train
from fclab.labs.lab1.defence import section as defence
from fclab.labs.lab1.defence.checks import checks
from fclab.labs.lab1.defence.networks import lab_networks
from fclab.report.model import Report
from fclab.report.writer import Writer
from fclab.store.database import Store
from fclab.values.recipe import REGRESSION
from fclab.words.wording import wording


def fclab(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """No store of one's own is found by chance."""
    monkeypatch.chdir(tmp_path)


def spaced(text: str) -> str:
    """Without line breaks, frames and no-break spaces: what is read."""
    return " ".join(re.sub("[│┃╭╮╰╯─━\N{NO-BREAK SPACE}]", " ", text).split())


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_without_a_terminal_all_is_printed(lang, capsys):
    assert fclab("defend", "--lang", lang) == 0
    said = spaced(capsys.readouterr().out)
    words = wording(lang)
    for question in defence.QUESTIONS:
        assert words.plain(f"defence.questions.{question}") in said
    assert ("30 763" if lang == "ru" else "30,763") in said
    assert said.count("Проверьте числа" if lang == "ru" else "Check the numbers") == 7


def test_the_command_explains_itself(capsys):
    assert fclab("defend", "--help") == 0
    page = capsys.readouterr().out
    assert "fclab defend --show" in page
    assert "Examples" in page


def test_only_some_questions_and_no_numbers(capsys):
    assert fclab("defend", "--show", "--only", "2", "6", "--checks", "0", "--lang", "en") == 0
    said = spaced(capsys.readouterr().out)
    titles = [wording("en").plain(f"defence.questions.{q}") for q in defence.QUESTIONS]
    assert [title[0] for title in titles if title in said] == ["2", "6"]
    assert "Check the numbers" not in said


def test_classes_of_a_variant(capsys):
    assert fclab("defend", "--show", "--only", "4", "--lang", "en", "--group", "25",
                 "--variant", "1") == 0  # fmt: skip
    said = spaced(capsys.readouterr().out)
    assert "“clock”, “lamp”, and “pear”" in said  # 22, 40 and 57
    assert "1,500 training images" in said


def test_the_diagrams_are_written(tmp_path, capsys):
    assert fclab("defend", "--only", "8", "--figures", str(tmp_path / "d"), "--lang", "en") == 0
    names = sorted(path.name for path in (tmp_path / "d").iterdir())
    assert names == ["network_1.png", "network_2.png", "network_3.png"]
    assert "network_2.png" in spaced(capsys.readouterr().out)


def test_the_newest_runs_of_a_store_are_told(tmp_path, capsys):
    curve = regression_curve(points=10, repeats=2)
    recipes = [REGRESSION.replace(epochs=30, layers=(width, 1)) for width in (5, 7)]
    with Store(tmp_path / "mine.db") as store:
        for recipe in recipes:
            for run in train(curve, [recipe], [4], engine="reference"):
                store.put(run)
    assert fclab("defend", "--show", "--store", str(tmp_path / "mine.db"), "--lang", "en") == 0
    said = spaced(capsys.readouterr().out)
    assert "Part 1: FC(7), FC(1), a kept run: sigmoid, seed 4" in said
    assert "Part 3: FC(10), FC(3), as the lab sets it up" in said
    assert "Parts 2 and 3 were not done" in said
    assert "30 epochs are 30 iterations" in said
    assert wording("en").sig(run.metrics["train_loss"]) in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--only", "9"], "1 to 8"),
        (["--checks", "-1"], "--checks"),
        (["--seed", "-1"], "seed"),
        (["--classes", "1", "2", "--group", "25", "--variant", "1"], "leave out either"),
        (["--group", "25"], "which variant? Add --variant"),
        (["--classes", "5"], "two"),
        (["--store", "nowhere.db"], "nowhere.db"),
        (["--lang", "de"], "de"),
    ],
)
def test_bad_input_is_one_clear_line(arguments, words, capsys):
    assert fclab("defend", *arguments) in (1, 2)
    lines = [line for line in capsys.readouterr().err.splitlines() if line]
    assert 1 <= len(lines) <= 2
    assert words in lines[0]


# The conversation, with the lines typed into it.


class Typed:
    """Hands out lines; then the end of input, or Ctrl-C."""

    def __init__(self, lines: Iterable[str], end: type[BaseException] = EOFError):
        self.lines, self.end, self.prompts = list(lines), end, []

    def __call__(self, prompt: str) -> str:
        self.prompts.append(prompt)
        if not self.lines:
            raise self.end
        return self.lines.pop(0)


def talk(lines, *, lang="en", only=("q2", "q6"), end: type[BaseException] = EOFError, each=2):
    """Hold a conversation; what was printed, and the test."""
    words = wording(lang)
    writer, own = Writer(words), lab_networks()
    answers = dict(zip(defence.QUESTIONS, defence.answers(writer, own), strict=True))
    report = Report("", (), words.language, tuple(answers.values()))
    out = Console(file=io.StringIO(), width=100, highlight=False)
    asked = {q: words.plain(f"defence.asked.{q}") for q in only}
    test = SelfTest(out, words, BlockPrinter(out, words, report.numbers), asked,
                    {q: answers[q] for q in only}, checks(writer, own, 0, each), 0,
                    read=Typed(lines, end))  # fmt: skip
    test.hold()
    assert isinstance(out.file, io.StringIO)
    return spaced(out.file.getvalue()), test


def right_numbers(question: str, each: int = 2) -> list[str]:
    found = checks(Writer(wording("en")), lab_networks(), 0, each)[question]
    return [f"{check.answer:g}" if check.answer < 1e5 else str(int(check.answer))
            for check in found]  # fmt: skip


def test_all_known_and_all_numbers_right():
    said, test = talk(["", "y", *right_numbers("q2"), "", "y", *right_numbers("q6")])
    assert said.count("Right.") == 4
    assert "All was marked as known, and all numbers are right." in said
    assert all(not mark.weak and mark.asked == mark.right == 2 for mark in test.marks.values())


def test_an_answer_is_not_shown_before_it_is_asked_for():
    said, test = talk([])
    assert "State the number of neurons" in said
    assert "30,763" not in said
    assert "No question was answered." in said
    assert test.marks == {}


def test_wrong_numbers_are_put_right_and_worth_repeating():
    said, _ = talk(["", "y", "1", "", "", "y", *right_numbers("q6")])
    assert said.count("No: ") == 2
    assert f"No: {int(right_numbers('q2')[0]):,}." in said
    assert "0 / 2" in said
    assert "2 / 2" in said
    assert "Worth repeating: 2." in said


def test_a_question_can_be_skipped_and_the_rest_be_left():
    said, test = talk(["s", "", "p", "q"])
    assert [mark.grade for mark in test.marks.values()] == [None, "partly"]
    assert "skipped" in said
    assert "Worth repeating: 2, 6." in said


def test_what_is_no_grade_is_asked_again():
    _, test = talk(["", "perhaps", "", "n"], only=("q7",), each=0)
    assert test.marks["q7"].grade == "unknown"
    assert isinstance(test.read, Typed)
    assert test.read.prompts[-2:] == ["y, p or n (q: finish): "] * 2


def test_russian_keys():
    said, test = talk(["", "д", "п", "в"], lang="ru", only=("q1", "q2", "q3"), each=0)
    assert [mark.grade for mark in test.marks.values()] == ["known", None]
    assert "Стоит повторить: 2." in said


@pytest.mark.parametrize("end", [EOFError, KeyboardInterrupt])
def test_the_end_of_input_and_ctrl_c_sum_up(end):
    said, _ = talk(["", "y"], end=end)
    assert "Summary" in said
    assert "Traceback" not in said


class Terminal:
    """`fclab` under a pseudo-terminal."""

    def __init__(self, *arguments: str):
        import pty

        self.ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fclab", *arguments], stdin=theirs, stdout=theirs,
            stderr=theirs, start_new_session=True, preexec_fn=_control,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
        )  # fmt: skip
        os.close(theirs)
        self.seen = ""

    def until(self, words: str, seconds: float = 300) -> str:
        """What was printed since the last call, up to some words."""
        start, stop = len(self.seen), time.monotonic() + seconds
        while words not in self.seen[start:]:
            assert time.monotonic() < stop, self.seen[start:]
            if select.select([self.ours], [], [], 0.2)[0]:
                try:
                    self.seen += os.read(self.ours, 65536).decode(errors="ignore")
                except OSError as gone:  # the other end was closed
                    raise AssertionError(self.seen[start:]) from gone
        return self.seen[start:]

    def type(self, text: str) -> None:
        os.write(self.ours, text.encode())

    def interrupt(self) -> None:
        """Ctrl-C, once the process reads."""
        until_asleep(self.process.pid)
        self.type("\x03")

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.ours)


@pytest.fixture
def terminal():
    """The conversation about two questions, on a pseudo-terminal."""
    made = Terminal("defend", "--only", "2", "6", "--lang", "en", "--checks", "1")
    yield made
    made.close()


def _control() -> None:
    """Make the terminal that of the process, so that Ctrl-C reaches it."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.mark.needs("pty")
def test_on_a_terminal_it_asks_waits_and_shows(terminal):
    shown = terminal.until("finish: ")
    assert "State the number of neurons" in spaced(shown)
    assert "30,763" not in shown
    terminal.type("\n")
    assert "30,763" in terminal.until("no: ")
    terminal.type("y\n")
    terminal.until("know): ")
    terminal.type(right_numbers("q2", 1)[0] + "\n")
    assert "Right." in terminal.until("finish: ")
    terminal.interrupt()
    ended = terminal.until("--seed 0")
    assert "Summary" in ended
    assert "1 / 1" in ended
    assert "Traceback" not in terminal.seen
    assert terminal.process.wait(timeout=300) == 0
