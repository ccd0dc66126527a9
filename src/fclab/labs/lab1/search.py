"""What a task trains with that looks for its rows."""

from dataclasses import dataclass

from fclab.study.trainer import Trainer
from fclab.values.dataset import Dataset


@dataclass(frozen=True)
class Search:
    """What a task trains with that looks for its rows.

    Attributes:
        trainer: gets or trains runs, and tells how much is done.
        held: the images without the held-out part, and this part.
        chooser, split: what the last choice is trained on, and the part that decides.
        later: the work that follows.
    """

    trainer: Trainer
    held: Dataset
    chooser: Dataset
    split: str
    later: float
