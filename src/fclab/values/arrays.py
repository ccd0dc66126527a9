"""Arrays of one's own, checked and brought into the form that a dataset has."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from fclab.values.errors import ArgumentError, Clause
from fclab.values.text import one_line

Task = Literal["regression", "binary", "multiclass"]
Label = bool | int | float | str
"""What one's own data calls a class."""

CHANNELS = (1, 3)
"""Channels of images: grey, or red, green and blue. Others could be trained on but not shown."""
FEW = 20
"""With so few different values whole floats may be classes just as well as numbers."""
MANY = 100
"""With more different values than that whole numbers may be a regression just as well."""


class Read(NamedTuple):
    """Arrays in the form that a dataset has.

    Attributes:
        task: given or found.
        labels: of the classes, ascending; empty for a regression.
        x, x_test: see `inputs_of`.
        y, y_test: float32 numbers, or class indices: float32 if binary, else int64.
    """

    task: Task
    labels: tuple[Label, ...]
    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def read(X: Any, y: Any, X_test: Any, y_test: Any, task: Task | None) -> Read:
    """Inputs and targets, checked: see `fclab.values.dataset.Dataset.from_arrays`.

    Raises:
        ArgumentError: see there.
    """
    x, x_test = inputs_of(X, "X"), inputs_of(X_test, "X_test")
    if x.shape[1:] != x_test.shape[1:]:
        raise ArgumentError(
            "X has inputs of {shape}, X_test of {test_shape}",
            shape=x.shape[1:],
            test_shape=x_test.shape[1:],
        )
    y, y_test = targets_of(y, "y", len(x)), targets_of(y_test, "y_test", len(x_test))
    if task is not None and task not in get_args(Task):
        raise ArgumentError(
            "task is one of {tasks}, not {task!r}", tasks=", ".join(get_args(Task)), task=task
        )
    task = task or task_of(y, x.ndim == 4)
    if task == "regression":
        return Read(task, (), x, numbers_of(y, "y"), x_test, numbers_of(y_test, "y_test"))
    labels, kind = labels_of(y, task), np.float32 if task == "binary" else np.int64
    y, y_test = (
        indices_of(*part).astype(kind) for part in ((y, labels, "y"), (y_test, labels, "y_test"))
    )
    return Read(task, labels, x, y, x_test, y_test)


def _array(given: Any, name: str) -> np.ndarray:
    try:
        return np.asarray(given)
    except (TypeError, ValueError) as error:
        raise ArgumentError("{name} is no array: {reason}", name=name, reason=error) from error


def inputs_of(given: Any, name: str) -> np.ndarray:
    """Raw inputs as a dataset keeps them, always a copy.

    Args:
        given: images ``(n, height, width, channels)`` uint8, or points ``(n, d)`` of numbers.
        name: of the argument, for messages.

    Returns:
        uint8 images, or float32 points.

    Raises:
        ArgumentError: they are neither, are empty, or are not finite in float32.
    """
    if hasattr(given, "toarray"):
        raise ArgumentError("{name} is sparse: give {name}.toarray()", name=name)
    x = _array(given, name)
    if x.ndim == 4:
        return _images(x, name)
    if x.ndim != 2:
        hint = {
            1: Clause("; one column is {name}.reshape(-1, 1)", name=name),
            3: Clause("; grey images are {name}[..., None]", name=name),
        }.get(x.ndim, "")
        raise ArgumentError(
            "{name} has the shape {shape}: it must be points (n, d) or images (n, height, "
            "width, channels){hint}",
            name=name,
            shape=x.shape,
            hint=hint,
        )
    if 0 in x.shape:
        raise ArgumentError("{name} is empty: its shape is {shape}", name=name, shape=x.shape)
    return _finite(x, name)


def _images(x: np.ndarray, name: str) -> np.ndarray:
    if x.dtype != np.uint8:
        raise ArgumentError(
            "images are bytes 0..255 (uint8), and {name} is {dtype}; images of numbers are "
            "points: {name}.reshape(len({name}), -1)",
            name=name,
            dtype=x.dtype,
        )
    if 0 in x.shape:
        raise ArgumentError("{name} is empty: its shape is {shape}", name=name, shape=x.shape)
    if x.shape[3] not in CHANNELS:
        hint = Clause("channels come last: {name}.transpose(0, 2, 3, 1)", name=name)
        if x.shape[1] not in CHANNELS:
            hint = Clause("others are points: {name}.reshape(len({name}), -1)", name=name)
        raise ArgumentError(
            "images have 1 or 3 channels, and {name} is {shape}; {hint}",
            name=name,
            shape=x.shape,
            hint=hint,
        )
    return np.array(x, order="C")


def _finite(given: np.ndarray, name: str) -> np.ndarray:
    """The same numbers as float32, a copy."""
    if given.dtype.kind not in "biufO":
        raise ArgumentError(
            "{name} must hold numbers, and is {dtype}", name=name, dtype=given.dtype
        )
    try:
        with np.errstate(over="ignore"):
            numbers = np.array(given, np.float32, order="C")
    except (TypeError, ValueError) as error:
        raise ArgumentError(
            "{name} must hold numbers: {reason}", name=name, reason=error
        ) from error
    if not np.isfinite(numbers).all():
        place = np.argwhere(~np.isfinite(numbers))[0].tolist()
        raise ArgumentError(
            "{name} has NaN, infinity or a value too large for float32, the first at "
            "{place}: fill or drop them",
            name=name,
            place=place,
        )
    return numbers


def targets_of(given: Any, name: str, n: int) -> np.ndarray:
    """Targets as they were given, as an array ``(n,)`` of numbers, truth values or text.

    Args:
        n: as many inputs there are.

    Raises:
        ArgumentError: they are not so many, not one each, or of another kind.
    """
    y = _array(given, name)
    if y.ndim != 1:
        hint = Clause("; give {name}.ravel()", name=name) if y.size == n else ""
        raise ArgumentError(
            "{name} must be one target for each input, not {shape}{hint}",
            name=name,
            shape=y.shape,
            hint=hint,
        )
    if len(y) != n:
        raise ArgumentError(
            "{n} inputs but {n_targets} targets in {name}", n=n, n_targets=len(y), name=name
        )
    if y.dtype.kind == "O":
        kinds = {type(value) for value in y}
        if not (kinds <= {str} or all(issubclass(k, int | float | np.number) for k in kinds)):
            names = ", ".join(sorted(kind.__name__ for kind in kinds))
            raise ArgumentError(
                "{name} must be all numbers or all text, not {names}", name=name, names=names
            )
        y = np.array(y.tolist())
    if y.dtype.kind not in "biufUT":
        raise ArgumentError("{name} must be numbers or text, not {dtype}", name=name, dtype=y.dtype)
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        raise ArgumentError(
            "{name} has NaN or infinity, the first at {first}",
            name=name,
            first=_first_not_finite(y),
        )
    return y


def _first_not_finite(y: np.ndarray) -> int:
    return int(np.flatnonzero(~np.isfinite(y))[0])


def task_of(y: np.ndarray, images: bool) -> Task:
    """What targets ask for: floats a regression; whole numbers, truth values and text classes.

    Two classes of points are ``binary`` (one output); of images they are ``multiclass``, as
    everything that is made for images wants them.

    Args:
        y: as `targets_of` gives them.
        images: whether the inputs are images.

    Raises:
        ArgumentError: it cannot be told: floats that are few whole numbers, or very many different
            whole numbers.
    """
    different = np.unique(y)
    if y.dtype.kind == "f":
        if len(different) > FEW or not (different == np.round(different)).all():
            return "regression"
        raise ArgumentError(
            "y has {n} different values, all whole: say whether they are classes "
            '(task="multiclass" or "binary") or numbers (task="regression")',
            n=len(different),
        )
    if y.dtype.kind in "iu" and len(different) > MANY:
        raise ArgumentError(
            "y has {n} different whole numbers: say whether they are classes "
            '(task="multiclass") or numbers (task="regression")',
            n=len(different),
        )
    return "binary" if len(different) == 2 and not images else "multiclass"


def numbers_of(y: np.ndarray, name: str) -> np.ndarray:
    """Targets of a regression, float32 ``(n,)``.

    Raises:
        ArgumentError: they are text, or too large for float32.
    """
    if y.dtype.kind not in "biuf":
        raise ArgumentError("a regression needs numbers, and {name} is text", name=name)
    return _finite(y, name)


def labels_of(y: np.ndarray, task: Task) -> tuple[Label, ...]:
    """The classes of the training targets in ascending order, as plain Python values.

    Raises:
        ArgumentError: there is a single one, or not two for a binary task.
    """
    found: list[Label] = np.unique(y).tolist()
    if len(found) < 2:
        raise ArgumentError(
            "there is only one class in y: {found}", found=", ".join(map(repr, found))
        )
    if task == "binary" and len(found) != 2:
        raise ArgumentError("a binary task has two classes, and y has {n}", n=len(found))
    return tuple(found)


def indices_of(y: np.ndarray, labels: Sequence[Label], name: str) -> np.ndarray:
    """The place of each label in ``labels``, int64 ``(n,)``.

    Raises:
        ArgumentError: one is not there.
    """
    classes = np.array(labels)
    if (y.dtype.kind in "UT") != (classes.dtype.kind in "UT"):
        raise ArgumentError(
            "{name} is {kind}, and the labels are {labels}, ...",
            name=name,
            kind=Clause("text") if y.dtype.kind in "UT" else Clause("numbers"),
            labels=", ".join(map(repr, labels[:3])),
        )
    unknown = np.setdiff1d(y, classes)
    if len(unknown):
        shown = ", ".join(map(repr, unknown[:5].tolist()))
        raise ArgumentError(
            "{name} has labels that are not among the classes: {shown}", name=name, shown=shown
        )
    return np.searchsorted(classes, y).astype(np.int64)


def names_of(
    labels: Sequence[Label], given: Sequence[str] | Mapping[Any, str] | None
) -> tuple[str, ...]:
    """A name for every class: that which is given, else the label itself.

    Args:
        labels: of the classes, ascending.
        given: names in the order of the labels, or by label.

    Raises:
        ArgumentError: there are not as many names as classes, two are the same, or one cannot be
            shown as it is.
    """
    if given is None:
        given = [str(label) for label in labels]
    elif isinstance(given, Mapping):
        lacking = [label for label in labels if label not in given]
        if lacking:
            raise ArgumentError(
                "class_names has none for {lacking}", lacking=", ".join(map(repr, lacking[:5]))
            )
        given = [given[label] for label in labels]
    if isinstance(given, str) or len(given) != len(labels):
        raise ArgumentError("class_names must be {n} names, one for each class", n=len(labels))
    if len(set(given)) != len(given):
        raise ArgumentError("two classes have the same name in class_names")
    return tuple(line_of(name, "class_names") for name in given)


def file_name(name: str) -> str:
    """A name that can be shown and that a file can have.

    Raises:
        ArgumentError: it cannot.
    """
    if isinstance(name, str) and ("/" in name or "\\" in name):
        raise ArgumentError("the name {name!r} must do for a file: no slashes", name=name)
    return line_of(name, "name")


def line_of(text: Any, name: str) -> str:
    """A line of text that can be shown as it is.

    Raises:
        ArgumentError: it cannot be, is empty, or is no text.
    """
    if not isinstance(text, str) or not text.strip():
        raise ArgumentError("{name} must be text, not {text!r}", name=name, text=text)
    try:
        return one_line(text)
    except ValueError as error:
        raise ArgumentError(
            "{name}, {text!r}: {reason}", name=name, text=text, reason=error
        ) from error


def mean_and_std(x: np.ndarray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Of every channel of images (as 0..1) or every column of points; 1 in place of the standard
    deviation of what is constant, up to rounding."""
    axes, scale = tuple(range(x.ndim - 1)), 255.0 if x.ndim == 4 else 1.0
    mean = x.mean(axis=axes, dtype=np.float64)
    std = x.std(axis=axes, dtype=np.float64)
    rounding = np.finfo(np.float32).eps * np.abs(mean) * math.sqrt(len(x))
    least = np.finfo(np.float32).tiny  # what is less is 0 in the numbers of a network
    std[std <= np.maximum(rounding, least)] = scale
    return tuple((mean / scale).tolist()), tuple((std / scale).tolist())
