"""How the setting of a tuned row was chosen, how sure that is, and what choosing on the test set
seems to gain."""

from collections.abc import Iterator

from fclab.study.rows import Row
from fclab.words.wording import Say, say


def how_chosen(row: Row) -> Iterator[Say]:
    """The rounds of the search, and how sure its end is; nothing of a study of fclab 0.1.0."""
    choice = row.choice
    if choice is None:
        return
    yield say("study_choice.rounds", choice=choice)
    if choice.certainty is not None:
        losses = [setting.loss for setting in choice.finalists]
        yield say("study_choice.sure", choice=choice, losses=losses)


def flattered(row: Row) -> Iterator[Say]:
    """What choosing the row's setting on the test set seems to gain over a held-out fifth."""
    found = row.choice.flattery if row.choice else None
    if found is None:
        return
    if (found.by_test.epochs, found.by_test.lr, found.by_test.batch_size) == (
        found.by_valid.epochs, found.by_valid.lr, found.by_valid.batch_size,
    ):  # fmt: skip
        yield say("study_choice.same", row=row, found=found)
        return
    yield say("study_choice.choices", row=row, found=found)
    yield say("study_choice.gain", found=found)


def marked(row: Row, protocol: str) -> Iterator[Say]:
    """Beside a verdict: that the images which chose the row's setting judge it, and what that
    seems to gain; nothing where a held-out part chose."""
    if protocol == "lab" and row.kind == "layers":
        yield say("study_choice.marked", found=row.choice.flattery if row.choice else None)
