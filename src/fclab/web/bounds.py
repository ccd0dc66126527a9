"""How long the page may have this machine train: said before, and held to while it trains."""

from time import perf_counter

from fclab.values.errors import UsageError


def check_seconds(expected: float, most: float) -> None:
    """Whether a training takes no longer than a page may ask for.

    Args:
        expected: seconds, by the estimate of this machine.
        most: seconds.

    Raises:
        UsageError: it does.
    """
    if expected > most:
        raise UsageError(
            "this would take about {seconds} s of this machine, and the page trains for "
            "{most} s at most: take fewer epochs, seeds or neurons",
            seconds=round(expected), most=round(most),
        )  # fmt: skip


class Deadline:
    """Ends a training whose time was estimated wrongly; counts from when it is made.

    Args:
        seconds: until then.
    """

    def __init__(self, seconds: float):
        self._seconds, self._began = seconds, perf_counter()

    def check(self) -> None:
        """Whether there is time left.

        Raises:
            UsageError: there is none.
        """
        if perf_counter() - self._began > self._seconds:
            raise UsageError(
                "stopped after {seconds} s: this machine is busy, or slower than expected; take "
                "fewer epochs, seeds or neurons",
                seconds=round(self._seconds),
            )
