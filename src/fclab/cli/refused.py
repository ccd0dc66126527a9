"""What Cyclopts does not understand of a command line, as errors of fclab."""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import partial

import cyclopts

from fclab.cli.help import label
from fclab.cli.slips import torn_text
from fclab.values.errors import Clause, FclabError, InWords, UsageError


def refused(error: cyclopts.CycloptsError) -> FclabError:
    """The error in our words, with the option or command that was probably meant."""
    command = " ".join(error.command_chain or ("fclab",))
    match error:
        case cyclopts.UnknownOptionError():
            return _unknown_option(error, command)
        case cyclopts.UnknownCommandError():
            return _unknown_command(error)
        case cyclopts.CoercionError():
            return _no_such_value(error)
        case cyclopts.MissingArgumentError(argument=argument) if argument is not None:
            name = argument.name
            if name.startswith("-"):
                option = error.keyword or next(
                    (token.keyword for token in argument.tokens if token.keyword), name
                )
                return UsageError("{option} needs a value", option=option)
            name = _ROWS.get(name) or InWords(partial(label, name))
            return UsageError("{command} needs {name}", command=command, name=name)
        case cyclopts.RepeatArgumentError():
            return UsageError("{option} is given twice", option=error.token.keyword)
        case cyclopts.UnusedCliTokensError() if torn := torn_text(error.root_input_tokens or ()):
            option, text = torn
            return UsageError(
                "text of several words is put in quotes: {option} \"{text}\"",
                option=option, text=text,
            )  # fmt: skip
        case cyclopts.UnusedCliTokensError():
            return UsageError(
                "{command} does not know what {words} is for: a value stands behind its option, "
                "such as --out PATH",
                command=command, words=" ".join(error.unused_tokens or ()),
            )  # fmt: skip
        case _:
            return UsageError("{words}", words=error)


def _unknown_option(error: cyclopts.UnknownOptionError, command: str) -> FclabError:
    option = error.token.keyword or error.token.value
    if not error.command_chain:
        return UsageError(
            "which command? It stands before {option}: fclab run {option} ...", option=option
        )
    names = [name for one in error.argument_collection if one.parse for name in one.names]
    if error.command_chain[0] == "cifar" and option in ("--group", "--variant", "--department"):
        return UsageError(
            "cifar takes the classes themselves, --classes 0 55 58; fclab variant --group 25 "
            "--variant 1 says which are yours"
        )
    if near := _near(option, names, 0.7):
        return UsageError(
            "{command} has no option {option}; did you mean {near}?",
            command=command, option=option, near=near,
        )  # fmt: skip
    return UsageError("{command} has no option {option}", command=command, option=option)


def _unknown_command(error: cyclopts.UnknownCommandError) -> FclabError:
    command = (error.unused_tokens or [""])[0]
    names = [name for name in error.app or () if not name.startswith("-")]
    if command.startswith("-"):
        return UsageError(
            "which command? It stands before {option}: fclab run {option} ...", option=command
        )
    if command == "bench":  # of fclab 0.1
        return UsageError(
            "the lab in a browser is `fclab web`; the engines are measured in a checkout, "
            "by `python tasks.py bench`"
        )
    if near := _IN_RUSSIAN.get(command.casefold()) or _near(command.casefold(), names):
        return UsageError(
            "there is no command {command!r}; did you mean {near}?", command=command, near=near
        )
    known = ", ".join(names)
    return UsageError(
        "there is no command {command!r}: there are {known}", command=command, known=known
    )


def _no_such_value(error: cyclopts.CoercionError) -> FclabError:
    token, argument = error.token, error.argument
    given = token.value if token else ""
    name = (token and token.keyword) or (argument.name if argument else "")
    if isinstance(reason := error.__cause__, FclabError):
        return UsageError("{option}: {reason}", option=name, reason=reason) if name else reason
    choices = list(map(str, (argument.get_choices() if argument else None) or ()))
    if not choices:
        return UsageError("{option}: {value!r} cannot be meant", option=name, value=given)
    known = ", ".join(choices)
    if near := _near(given.casefold(), choices):
        return UsageError(
            "{option} {value}: there is {known}; did you mean {near}?",
            option=name, value=given, known=known, near=near,
        )  # fmt: skip
    return UsageError("{option} {value}: there is {known}", option=name, value=given, known=known)


_ROWS = {"FIRST": Clause("the first row"), "SECOND": Clause("the second row")}

_IN_RUSSIAN = {
    "старт": "start", "запуск": "run", "запустить": "run", "начать": "run",
    "лаба": "run", "лабораторная": "run",
    "регрессия": "regression", "отчет": "report", "отчёт": "report", "лестница": "ladder",
    "ориентиры": "ceilings", "потолки": "ceilings",
    "вариант": "variant", "ноутбук": "notebook", "блокнот": "notebook", "данные": "data",
    "исследование": "study", "таблица": "table", "сравнить": "compare", "сравнение": "compare",
    "код": "code", "программа": "code", "поиск": "search", "распознать": "predict",
    "предсказать": "predict", "запуски": "runs", "экспорт": "export", "защита": "defend",
}  # fmt: skip


def _near(word: str, names: Iterable[str], least: float = 0.6) -> str | None:
    """The name that is most like a word; dashes before it are not compared."""
    bare = {name.lstrip("-"): name for name in names}
    near = get_close_matches(word.lstrip("-"), list(bare), n=1, cutoff=least)
    return bare[near[0]] if near else None
