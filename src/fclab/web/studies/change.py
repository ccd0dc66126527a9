"""Studies changed without training: what is said about a row, and rows that leave."""

from collections.abc import Iterator

from fclab.study.kept import comment_row, newest_study, remove_rows
from fclab.web.studies.opened import opened
from fclab.web.tasks.study import CommentWish, RemoveWish
from fclab.web.tasks.task import Alive, Emit, Event


def comment(wish: CommentWish, emit: Emit, alive: Alive) -> Iterator[Event]:
    """Keep what is said about a row.

    Raises:
        UsageError: there is no such row, or the comment cannot be shown.
        DataError: there is no such study.
    """
    with opened() as store:
        name = wish.study or newest_study(store)
        row = comment_row(store, name, wish.row, wish.comment)
    yield {"kind": "done", "name": name, "row": row.name, "said": row.comment}


def remove(wish: RemoveWish, emit: Emit, alive: Alive) -> Iterator[Event]:
    """Remove own rows; their runs stay in the store.

    Raises:
        UsageError: a row is none of the student's own, or another one starts from it.
        DataError: there is no such study.
    """
    with opened() as store:
        name = wish.study or newest_study(store)
        remove_rows(store, name, wish.rows)
    yield {"kind": "done", "name": name, "rows": wish.rows}
