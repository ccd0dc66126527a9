"""Where networks stand among other methods, on the same test images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fclab.analysis.ceilings.values import Ceilings, Method
from fclab.statistics import (
    Interval,
    Verdict,
    accuracy_over_images,
    compare_over_images,
    verdicts,
)
from fclab.study.study import correct_answers
from fclab.values.run import Run


@dataclass(frozen=True)
class Place:
    """One method, or one kind of network.

    Attributes:
        name: of the method, or what the networks were called.
        test: accuracy, with the 95 % interval for new images of the same classes.
        seeds: so many networks.
        verdict: of a method against the last kind of networks, all methods one family, by the
            images that all were asked about; None of the networks themselves.
    """

    name: str
    test: Interval
    seeds: int
    verdict: Verdict | None = None

    @property
    def is_network(self) -> bool:
        """Whether it is one of the networks that are compared."""
        return self.verdict is None


def standing(found: Ceilings, networks: Mapping[str, Sequence[Run]]) -> tuple[Place, ...]:
    """The methods and the networks, from the least accuracy to the greatest.

    Args:
        found: what the methods answered.
        networks: healthy runs on the same dataset, by what they are called; at least one kind.
    """
    tables = {name: correct_answers(runs) for name, runs in networks.items()}
    last = list(tables.values())[-1].mean(axis=0)
    methods: list[Method] = [line.method for line in found.lines]
    against = [compare_over_images(found.correct[one].mean(axis=0), last) for one in methods]
    judged = verdicts(against, higher_is_better=[True] * len(against)) if against else []
    places = [Place(name, accuracy_over_images(table), len(table))
              for name, table in tables.items()]  # fmt: skip
    for method, verdict in zip(methods, judged, strict=True):
        table = found.correct[method]
        places.append(Place(method, accuracy_over_images(table), len(table), verdict))
    return tuple(sorted(places, key=lambda place: place.test.mean))
