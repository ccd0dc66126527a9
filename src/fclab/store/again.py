"""A server that is restarted while it is worked with: what was asked is asked again."""

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from fclab.store.connect import is_lost, is_raced

Answer = TypeVar("Answer")

LOST_SECONDS = 300.0
"""How long a lost server is waited for: so long a machine takes to start again."""

_FIRST, _LONGEST = 0.05, 2.0  # seconds between two trials
_RACES = 5


def again(work: Callable[[], Answer], seconds: float) -> Answer:
    """Do a piece of work, and do it again from its beginning as often as the connection to the
    server is lost on the way, and a few times where another transaction was in its way.

    Args:
        work: opens connections, and is the same when it is done twice: it is not known whether a
            commit came through when its answer did not.
        seconds: for how long; counted from the first loss.

    Raises:
        DBAPIError: the server did not come back, or it says something else.
    """
    deadline, pause, races = None, _FIRST, 0
    while True:
        try:
            return work()
        except DBAPIError as error:
            races += is_raced(error)
            if not is_lost(error) and not 0 < races < _RACES:
                raise
            deadline = deadline or monotonic() + seconds
            if is_lost(error) and monotonic() + pause > deadline:
                raise
        sleep(pause)
        pause = min(2 * pause, _LONGEST)
