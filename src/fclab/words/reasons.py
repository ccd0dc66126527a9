"""Why an engine was chosen or refuses, as a sentence."""

from collections.abc import Iterable

from fclab.values.run import Reason
from fclab.words.wording import Wording


def reason_text(words: Wording, reason: Reason, *, brief: bool = False) -> str:
    """The sentence of a reason; its code alone where the texts do not know it, as of a run that
    another version has kept.

    Args:
        words: of the language.
        reason: what to say.
        brief: of an engine that was passed over only that it was, not why.
    """
    key = f"reasons.{reason.code}"
    why = words.plain(key, **reason.values) if words.has(key) else reason.code
    if not reason.engine:
        return why
    return words.plain("reasons.passed_over", name=reason.engine, why="" if brief else why)


def reasons_text(words: Wording, reasons: Iterable[Reason], *, brief: bool = False) -> str:
    """The sentences of all of them, parted by semicolons; a dash where there are none."""
    return "; ".join(reason_text(words, reason, brief=brief) for reason in reasons) or "—"
