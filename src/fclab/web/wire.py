"""What goes over the socket: wishes come as JSON, events leave as MessagePack.

A wish is ``{"v": 1, "id": 7, "panel": "regression", "task": "regression", "wish": {...},
"lang": "en"}``; to give one up is ``{"v": 1, "id": 7, "panel": "regression"}``. An event is
``{"id": 7, "kind": "frame", ...}``; the last one of a wish is of the kind ``done``, ``error`` or
``dropped`` (a newer wish of its panel took its place). Arrays are an extension (code 1): dtype,
shape and bytes, little-endian.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

import msgpack
import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

MOST_BYTES = 1 << 20
"""Of a message of the page: points, a drawn curve or a small picture fit."""

VERSION = 1
_ARRAY = 1
_ID = cast(bytes, msgpack.packb("id"))


class Message(BaseModel):
    """A wish of the page, or (without a task) that the one of a panel is given up."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, ser_json_inf_nan="constants"
    )

    v: Literal[1]
    id: Annotated[int, Field(ge=0, le=2**53)]
    panel: Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9-]+$")]
    task: Annotated[str, Field(max_length=40, pattern=r"^[a-z_]+$")] | None = None
    wish: dict[str, Any] = Field(default_factory=dict)
    lang: Annotated[str, Field(max_length=10)] = "en"


def read_message(text: str | bytes) -> Message | None:
    """A message of the page, or None if it is none."""
    try:
        return Message.model_validate_json(text)
    except ValidationError:
        return None


def pack(event: Mapping[str, Any]) -> bytes:
    """An event, its arrays and all; without an id it is for `with_id`."""
    return cast(bytes, msgpack.packb({"id": 0, **event}, default=_packed))


def with_id(event: bytes, id: int) -> bytes:
    """A packed event that has none, for the wish of an id."""
    at = (1 if event[0] & 0xF0 == 0x80 else 3) + len(_ID)  # a map of up to 15 fields, or of more
    return event[:at] + cast(bytes, msgpack.packb(id)) + event[at + 1 :]


def unpack(data: bytes) -> dict[str, Any]:
    """An event again; arrays are NumPy's."""
    return msgpack.unpackb(data, ext_hook=_unpacked)


def _packed(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        array = np.ascontiguousarray(value, value.dtype.newbyteorder("<"))
        return msgpack.ExtType(
            _ARRAY, msgpack.packb([array.dtype.str[1:], [*array.shape], array.tobytes()])
        )
    if isinstance(value, tuple):
        return list(value)
    raise TypeError(f"{type(value).__name__} cannot be sent")


def _unpacked(code: int, data: bytes) -> object:
    if code != _ARRAY:
        return msgpack.ExtType(code, data)
    dtype, shape, content = msgpack.unpackb(data)
    return np.frombuffer(content, np.dtype(dtype).newbyteorder("<")).reshape(shape)
