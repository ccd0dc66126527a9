"""Steps that are repeated on memory that never moves, as a CUDA graph has to be.

A step of small networks is some hundred kernels, and what launches them from Python takes longer
than they do. A CUDA graph is recorded once and then launched as a whole (the manual of PyTorch,
"CUDA Graphs"), but it computes on the very addresses that it was recorded with, and whatever
Python did meanwhile is not repeated. So all that changes from step to step is copied into fixed
memory first: what was drawn for the batch (`fclab.engines.torch.batches.Feed`) and the numbers of
the update (`fclab.engines.torch.optimizer.Numbers`). On any other device the same is done with the
step itself in place of the graph (`AsItIs`).
"""

from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

import torch
from torch import Tensor

from fclab.engines.torch.batches import Feed
from fclab.values.run import Reason

Step = Callable[[], None]

WARM: Final = 3
"""Steps that are made before one is recorded: libraries take their memory in the first of them."""


class Recording(Protocol):
    """Who repeats steps on a device."""

    def warm(self, step: Step) -> None:
        """Make the step where it will be recorded."""
        ...

    def record(self, step: Step) -> Step:
        """What repeats the step. It is not made meanwhile.

        Raises:
            RuntimeError: the step cannot be recorded.
        """
        ...


class AsItIs:
    """The step repeats itself."""

    def warm(self, step: Step) -> None:
        """Make it."""
        step()

    def record(self, step: Step) -> Step:
        """The step."""
        return step


class CudaGraphs:
    """Graphs of one CUDA device, recorded on a stream beside that of everything else; they share
    their memory, since no two are replayed at a time."""

    def __init__(self, device: torch.device):
        self._stream = torch.cuda.Stream(device)
        self._pool = torch.cuda.graph_pool_handle()

    def warm(self, step: Step) -> None:
        """Make it on the stream beside, between what came before and what comes after."""
        self._stream.wait_stream(torch.cuda.current_stream(self._stream.device))
        with torch.cuda.stream(self._stream):
            step()
        torch.cuda.current_stream(self._stream.device).wait_stream(self._stream)

    def record(self, step: Step) -> Step:
        """A graph of the step."""
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(
            graph, pool=self._pool, stream=self._stream, capture_error_mode="thread_local"
        ):
            step()
        return graph.replay


class Replay:
    """A step that is made again and again, each time with other feeds and numbers.

    The first `WARM` calls for feeds of a shape make the step, the next one records it and replays
    what was recorded. Where that is impossible, steps go on being made one by one.

    Args:
        step: computes on what it is given; all that it changes lies in memory of its own that
            does not move.
        recording: who repeats it.

    Attributes:
        refused: why steps cannot be recorded, in the words of PyTorch; "": they can.
    """

    def __init__(self, step: Callable[[Feed, Tensor], None], recording: Recording):
        self._step, self._recording = step, recording
        self._places: dict[tuple[torch.Size, ...], _Place] = {}
        self.refused = ""

    def __call__(self, feed: Feed, numbers: Tensor) -> None:
        """Make a step.

        Args:
            feed: what was drawn for it.
            numbers: see `fclab.engines.torch.optimizer.Schedule.table`.
        """
        shape = tuple(t.shape for t in feed.tensors)
        if shape not in self._places:
            self._places[shape] = _Place(feed, numbers, self._step)
        place = self._places[shape]
        place.fill(feed, numbers)
        if place.again is None and place.made >= WARM and not self.refused:
            try:
                place.again = self._recording.record(place.step)
            except RuntimeError as error:
                self.refused = str(error).partition("\n")[0] or type(error).__name__
        if place.again is not None:
            place.again()
        elif self.refused:
            place.step()
        else:
            self._recording.warm(place.step)
            place.made += 1


class _Place:
    """Fixed memory for feeds of one shape, and the step that computes on it."""

    def __init__(self, feed: Feed, numbers: Tensor, step: Callable[[Feed, Tensor], None]):
        self._feed, self._numbers = feed.clone(), numbers.clone()
        self.step: Final = partial(step, self._feed, self._numbers)
        self.again: Step | None = None
        self.made = 0

    def fill(self, feed: Feed, numbers: Tensor) -> None:
        for kept, new in zip(self._feed.tensors, feed.tensors, strict=True):
            kept.copy_(new)
        self._numbers.copy_(numbers)


def how(device: torch.device, models: int, refused: str) -> Reason:
    """How the steps of a stack were repeated, for those who read about the run.

    Args:
        device: where.
        models: of the stack.
        refused: see `Replay`.
    """
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    if refused:
        return Reason(code="no_graphs", values={"device": name, "models": models, "error": refused})
    return Reason(code="graphs", values={"device": name, "models": models})
