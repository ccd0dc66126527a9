"""The command `fclab`. Commands are imported when they are called, so that help comes at once."""

import sys
from _thread import interrupt_main
from itertools import takewhile, zip_longest
from threading import Timer
from typing import TYPE_CHECKING

from fclab.cli import streams
from fclab.cli.help import Help
from fclab.cli.overview import overview
from fclab.cli.silence import watched
from fclab.cli.slips import understood
from fclab.cli.tell import tell
from fclab.values.errors import Clause, FclabError, system_reason
from fclab.version import __version__
from fclab.words.languages import LANGUAGES, Lang, spoken_lang

if TYPE_CHECKING:
    from cyclopts import App

_COMMANDS = (
    ("fclab.cli.start:start", "start", "Do the whole lab by answering questions."),
    ("fclab.cli.lab:run", "run", "Do the whole lab for a variant and leave a folder of results."),
    ("fclab.cli.lab:regression", "regression", "Part 1: fit a curve, gradients by hand."),
    ("fclab.cli.lab:binary", "binary", "Part 2: two classes of points, autograd."),
    ("fclab.cli.lab:cifar", "cifar", "Part 3: three classes of CIFAR-100."),
    ("fclab.cli.report:report", "report", "Write the report of a kept lab, without training."),
    ("fclab.cli.ladder:ladder", "ladder", "Raise the test accuracy, one cause at a time."),
    (
        "fclab.cli.ceilings:ceilings",
        "ceilings",
        "Measure what other methods reach on the same images.",
    ),
    ("fclab.cli.variant:variant", "variant", "Print the three classes of a group and variant."),
    ("fclab.cli.notebook:notebook", "notebook", "Write the lab's notebook for a variant."),
    ("fclab.cli.data:data", "data", "Fetch, verify and describe CIFAR-100."),
    (
        "fclab.cli.study:study",
        "study",
        "Do the self-study tasks on many seeds; add and remove rows.",
    ),
    ("fclab.cli.table:table", "table", "Print the final table of a study."),
    ("fclab.cli.table:compare", "compare", "Compare two rows of a study."),
    ("fclab.cli.code:code", "code", "Print the PyTorch program of a row or a part."),
    ("fclab.cli.search:search", "search", "Search for the best hyper-parameters of part 3."),
    ("fclab.cli.predict:predict", "predict", "Classify pictures with a trained model."),
    ("fclab.cli.runs:runs", "runs", "List, filter and show the runs that are kept."),
    (
        "fclab.cli.export:export",
        "export",
        "Write a trained model for other programs, or kept runs as CSV or Parquet.",
    ),
    ("fclab.cli.store:store", "store", "Say what a store holds, check it, make it smaller."),
    ("fclab.cli.web:web", "web", "Play the lab in a browser."),
    ("fclab.cli.defend:defend", "defend", "Ask the questions of the defence, and answer them."),
    ("fclab.cli.course:course", "course", "For teachers: a course, its submissions, its variants."),
    ("fclab.cli.worker:worker", "worker", "Train for others on this machine."),
    ("fclab.cli.top:top", "top", "Show what a cluster of machines does."),
    ("fclab.cli.cluster:cluster", "cluster", "Certificates and scheduler of a cluster."),
)

_TRAINING = {
    "start", "run", "regression", "binary", "cifar", "ladder", "ceilings", "study", "search",
    "course",
}  # fmt: skip
"""What they train is kept in the store as soon as it is trained."""

ABOUT = """The laboratory of the fully connected network: the whole lab from one command.

New here? This asks, and does it all:

    fclab start

With options:

    fclab run --group ИУ5-25М --variant 1 --department iu5

What a command can do:

    fclab run --help"""


def make_app(command: str = "", lang: Lang = "en") -> "App":
    """The command line.

    Args:
        command: the one that is called: its help is its own docstring, which is longer and has
            examples; empty: every command is described by its summary above, without importing it.
        lang: of its help.
    """
    from cyclopts import App, Parameter

    from fclab.cli.numbers import strictly

    app = App(
        name="fclab",
        version=__version__,
        default_parameter=Parameter(converter=strictly),
        help_format="plaintext",  # Markdown would need an import of 70 ms
        help_formatter=Help(lang, command),
        suppress_keyboard_interrupt=False,  # it is told below what became of the files
        help=ABOUT,
    )
    for path, name, summary in _COMMANDS:
        app.command(path, name=name, help=None if command else summary)
    return app


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; exits with 0, 1 (failure), 2 (usage) or 130 (Ctrl-C)."""
    streams.set_up()
    before = sys.unraisablehook

    def send_again(ignored: "sys.UnraisableHookArgs") -> None:
        """A Ctrl-C that hits a callback of the interpreter's own, as while a library is imported,
        is ignored there: it is sent again."""
        if isinstance(ignored.exc_value, KeyboardInterrupt):
            Timer(0.05, interrupt_main).start()
        else:
            before(ignored)

    sys.unraisablehook = send_again
    try:
        code = _run(sys.argv[1:] if arguments is None else arguments)
    finally:
        sys.unraisablehook = before
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    words, remark = understood(arguments, commands(), options_of)
    lang = spoken_lang(_asked(words))
    if remark is not None:
        tell(remark, lang)
    if not {"--help", "-h"}.isdisjoint(words) or (words[:1] == ["--lang"] and len(words) < 3):
        words = [*takewhile(lambda word: not word.startswith("-"), words), "--help"]
    if words in ([], ["--help"]):
        print(overview(ABOUT, [(name, summary) for _, name, summary in _COMMANDS], lang))
        return 0
    with watched(lang):
        return _do(words, lang)


def _do(words: list[str], lang: Lang) -> int:
    from cyclopts import CycloptsError

    try:
        make_app(words[0] if words and words[0] in commands() else "", lang)(
            words, exit_on_error=False, print_error=False, result_action="return_value"
        )
    except CycloptsError as error:
        from fclab.cli.refused import refused

        return _complain(refused(error), lang, words)
    except FclabError as error:
        return _complain(error, spoken_lang(_asked(words)), words)  # it may have been asked
    except KeyboardInterrupt:
        # Where it hit a nested exec of a string (as of libraries that are being imported), CPython
        # remembers it as unhandled and would die by the signal after all; any exec forgets it.
        exec("")
        tell(_stopped(words), spoken_lang(_asked(words)))
        return 130
    except OSError as error:
        failed = FclabError("{file}: {reason}", file=error.filename, reason=error)
        return _complain(failed if error.filename else system_reason(error), lang, words)
    return 0


def _stopped(words: list[str]) -> Clause:
    """What became of what a command did until Ctrl-C."""
    if words[0] in _TRAINING and words[:2] != ["study", "remove"]:
        return Clause(
            "stopped by Ctrl-C; finished trainings are kept: repeat the command, and it goes on "
            "from them"
        )
    if words[0] == "web":
        return Clause("stopped by Ctrl-C; the page is no longer served")
    return Clause("stopped by Ctrl-C; finished files are whole, the rest was not written")


def commands() -> tuple[str, ...]:
    """The names of all commands."""
    return tuple(name for _, name, _ in _COMMANDS)


def options_of(command: str) -> list[str]:
    """The options of a command, which is imported, and of those within it; of any other word those
    that stand alone."""
    if command not in commands():
        return ["--help", "--version", "--lang"]
    app = make_app(command)[command]
    apps = [app, *(app[name] for name in app if not name.startswith("-"))]
    return [
        name for one in apps if one.default_command
        for argument in one.assemble_argument_collection() for name in argument.names
    ]  # fmt: skip


def _asked(arguments: list[str]) -> Lang | None:
    """The language that a command line asks for, before it is understood."""
    for word, following in zip_longest(arguments, arguments[1:], fillvalue=""):
        name, _, value = word.partition("=")
        if name == "--lang" and (code := value or following) in LANGUAGES:
            return code
    return None


def _complain(error: FclabError, lang: Lang, words: list[str]) -> int:
    tell(error, lang)
    if error.exit_code == 2:
        known = words and words[0] in commands()
        command = f"fclab {words[0]}" if known else "fclab"
        tell(Clause("see `{command} --help`", command=command), lang)
    return error.exit_code
