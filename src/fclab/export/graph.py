"""The graph of an ONNX file while it is put together."""

from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper


class Graph:
    """Nodes and constants, each with a name of its own.

    Attributes:
        nodes: in the order in which they were added, which is one in which they can be computed.
        constants: weights and small numbers.
    """

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def add(self, operator: str, *inputs: str, out: str = "", **attributes: Any) -> str:
        """A node of one output, whose name is returned.

        Args:
            operator: of ONNX.
            inputs: names of tensors.
            out: name of the output; default: of the operator, numbered.
            attributes: of the operator.
        """
        out = out or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [out], name=out, **attributes))
        return out

    def number(self, value: Any, name: str = "") -> str:
        """A constant of float32, whose name is returned."""
        return self._constant(np.asarray(value, np.float32), name)

    def whole(self, *values: int) -> str:
        """A list of whole numbers, as shapes and places are given; its name."""
        return self._constant(np.array(values, np.int64), "")

    def _constant(self, array: np.ndarray, name: str) -> str:
        name = name or f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name
