"""`Nodes`: operators of ONNX, written down one after the other; those inside of a loop have a list of their own.

Results are named; constants are named too, once each, and belong to the model as a whole, so the inside of a loop sees
them. What nobody reads is left out in the end.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from kerasflow.core import types
from kerasflow.core.shapes import Dims
from kerasflow.core.types import DType, Spec
from kerasflow.core.version import __version__
from kerasflow.io.files import atomic_path
from kerasflow.onnx._messages import ModelProto, TensorProto, checker, helper, numpy_helper
from kerasflow.onnx.errors import Inexpressible

__all__ = ["Graph", "Node", "Nodes", "Value", "element_type", "live", "model_of", "save_model", "tensor_of"]

OPSET, ML_OPSET, IR_VERSION = 17, 3, 8
ML = "ai.onnx.ml"
LARGEST = (1 << 31) - 1  # bytes of a message

_TYPES = {
    types.float16: TensorProto.FLOAT16,
    types.float32: TensorProto.FLOAT,
    types.float64: TensorProto.DOUBLE,
    types.int8: TensorProto.INT8,
    types.int16: TensorProto.INT16,
    types.int32: TensorProto.INT32,
    types.int64: TensorProto.INT64,
    types.uint8: TensorProto.UINT8,
    types.uint16: TensorProto.UINT16,
    types.uint32: TensorProto.UINT32,
    types.uint64: TensorProto.UINT64,
    types.bool: TensorProto.BOOL,
    types.string: TensorProto.STRING,
}

Array = np.ndarray[Any, Any]


def element_type(dtype: DType) -> int:
    """ONNX's number for a type. Inexpressible if it has none that is written here."""
    if dtype not in _TYPES:
        raise Inexpressible(f"ONNX has no form for {dtype.name}")
    return int(_TYPES[dtype])


class Value(NamedTuple):
    """What an operation takes: its name in ONNX, what is known of it, and the array if it is a constant."""

    name: str | None
    spec: Spec
    array: Array | None = None

    @property
    def dtype(self) -> DType:
        """The type of its elements."""
        return self.spec.dtype

    @property
    def dims(self) -> Dims:
        """The shape as far as it is known."""
        return self.spec.shape

    @property
    def rank(self) -> int:
        """The number of axes. Inexpressible if it is not known."""
        if self.spec.shape is None:
            raise Inexpressible("the number of axes of what it takes is not known")
        return len(self.spec.shape)


@dataclass
class Node:
    """An operator, what it takes and gives, and the names from outside that the graphs in its attributes use."""

    kind: str
    inputs: list[str]
    outputs: list[str]
    attrs: dict[str, Any]
    captured: set[str] = field(default_factory=set)

    @property
    def domain(self) -> str:
        """The set of operators that it belongs to."""
        return ML if self.kind in _OF_ML else ""

    @property
    def plain_attrs(self) -> dict[str, Any]:
        """Its attributes, graphs among them as messages."""
        return {k: v.message() if isinstance(v, Graph) else v for k, v in self.attrs.items()}

    def message(self) -> Any:
        """It as a `NodeProto`."""
        name, attrs = self.outputs[0], self.plain_attrs
        return helper.make_node(self.kind, self.inputs, self.outputs, name=name, domain=self.domain or None, **attrs)


_OF_ML = ("ArrayFeatureExtractor", "LabelEncoder")


@dataclass
class Graph:
    """A graph inside of an operator: names with types for what it takes and gives, and its nodes."""

    name: str
    inputs: list[tuple[str, Spec]]
    outputs: list[tuple[str, Spec]]
    nodes: list[Node]

    def message(self) -> Any:
        """It as a `GraphProto`."""
        ends = [[_info(name, spec) for name, spec in side] for side in (self.inputs, self.outputs)]
        return helper.make_graph([n.message() for n in self.nodes], self.name, *ends)

    def captured(self) -> set[str]:
        """The names that come from outside."""
        made = {name for name, _ in self.inputs} | {name for n in self.nodes for name in n.outputs}
        used = {name for n in self.nodes for name in (*n.inputs, *n.captured)} | {name for name, _ in self.outputs}
        return used - made


class Nodes:
    """Operators, in order.

    Args:
        outer: those of the graph that the operator is in of which these are the inside.
        opset: the operator set that they are of.
        prefix: what all names begin with.
    """

    def __init__(self, outer: Nodes | None = None, opset: int = OPSET, prefix: str = "") -> None:
        self.opset: int = outer.opset if outer else opset
        self._prefix: str = outer._prefix if outer else prefix
        self.nodes: list[Node] = []
        self.constants: dict[str, Array] = outer.constants if outer else {}
        self._names: set[str] = outer._names if outer else set()
        self._known: dict[Any, str] = outer._known if outer else {}
        self.scope = ""  # what the names of nodes begin with

    def unique(self, name: str) -> str:
        """The name, with a number if it is taken."""
        found, k = f"{self._prefix}{name}", 0
        while found in self._names:
            k += 1
            found = f"{self._prefix}{name}_{k}"
        self._names.add(found)
        return found

    def node(self, kind: str, *inputs: Any, count: int = 1, **attrs: Any) -> Any:
        """Add an operator.

        Args:
            kind: which one.
            inputs: names, values, or arrays, which become constants; None for one that is left out.
            count: the number of results.
            attrs: its attributes.

        Returns:
            The name of the result, or a list of names.
        """
        names = ["" if x is None else self.name(x) for x in inputs]
        while names and not names[-1]:
            names.pop()
        outputs = [self.unique(self._called(kind)) for _ in range(count)]
        captured = set().union(*[v.captured() for v in attrs.values() if isinstance(v, Graph)])
        self.nodes.append(Node(kind, names, outputs, attrs, captured))
        return outputs[0] if count == 1 else outputs

    def _called(self, kind: str) -> str:
        """What an operator is called: as the operation that it is written for, with its kind if that is another."""
        last = re.sub(r"_\d+$", "", self.scope.rpartition("/")[2])
        return (self.scope if last == kind else f"{self.scope}/{kind}") if self.scope else kind

    def name(self, x: Any) -> str:
        """The name of a value, of an array that becomes a constant, or a name as it is."""
        if isinstance(x, str):
            return x
        if isinstance(x, Value):
            return x.name if x.array is None and x.name is not None else self.constant(x.array)
        return self.constant(x)

    def constant(self, array: Any, name: str = "constant") -> str:
        """The name of a constant; equal ones have one name, that which the first was given."""
        array = np.asarray(array)
        key = (array.dtype, array.shape, array.tobytes() if array.dtype != object else tuple(array.ravel().tolist()))
        if key not in self._known:
            self._known[key] = self.unique(name)
            self.constants[self._known[key]] = array
        return self._known[key]

    # What many rules need.

    def cast(self, x: Any, dtype: DType) -> str:
        """A value as another type."""
        if isinstance(x, Value):
            if x.dtype is dtype:
                return self.name(x)
            if x.array is not None and "O" not in (x.dtype.kind, dtype.kind):
                return self.constant(x.array.astype(dtype.numpy))
        return str(self.node("Cast", x, to=element_type(dtype)))

    def sizes(self, x: Any) -> str:
        """A vector of sizes or places as int64, as ONNX wants it."""
        return self.constant(np.asarray(x, np.int64)) if isinstance(x, list) else self.cast(x, types.int64)

    def shape(self, x: Any) -> str:
        """The shape of a value, an int64 vector."""
        return str(self.node("Shape", x))

    def reshape(self, x: Any, dims: Sequence[int | None] | str) -> str:
        """A value under another shape, of which one size may be left open; or under one that is computed."""
        if isinstance(dims, str):
            return str(self.node("Reshape", x, dims, allowzero=1))
        return str(self.node("Reshape", x, self.sizes([-1 if d is None else d for d in dims])))


def live(nodes: Iterable[Node], wanted: Iterable[str]) -> list[Node]:
    """The nodes that others read, or that are wanted."""
    used, kept = set(wanted), []
    for node in reversed(list(nodes)):
        if not used.isdisjoint(node.outputs):
            used.update(node.inputs, node.captured)
            kept.append(node)
    return kept[::-1]


def _info(name: str, spec: Spec, batch: str | None = None) -> Any:
    dims: Any = spec.shape
    if dims is None:
        raise Inexpressible(f"the number of axes of {name!r} is not known")
    if dims and batch and dims[0] is None:
        dims = (batch, *dims[1:])
    return helper.make_tensor_value_info(name, element_type(spec.dtype), dims)


def tensor_of(name: str, array: Array) -> Any:
    """A constant as a `TensorProto`."""
    if array.dtype == object:
        texts = [t if isinstance(t, bytes) else str(t).encode() for t in array.ravel().tolist()]
        return helper.make_tensor(name, TensorProto.STRING, array.shape, texts)
    return numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), name)


def model_of(
    nodes: Nodes,
    inputs: Mapping[str, Spec],
    outputs: Mapping[str, tuple[str, Spec]],
    name: str = "graph",
    batch: str | None = None,
    metadata: Mapping[str, str] | None = None,
) -> ModelProto:
    """A model of nodes.

    Args:
        nodes: the nodes.
        inputs: what is fed, by name.
        outputs: for the name of each output, what it is called in the nodes, and what is known of it.
        name: what the graph is called.
        batch: what the size of first axes is called that is left open.
        metadata: texts to keep beside it.
    """
    last = [Node("Identity", [inner], [outer], {}) for outer, (inner, _) in outputs.items()]
    kept = live([*nodes.nodes, *last], outputs)
    used = {n for node in kept for n in (*node.inputs, *node.captured)}
    constants = [tensor_of(n, array) for n, array in nodes.constants.items() if n in used]
    graph = helper.make_graph(
        [node.message() for node in kept],
        name,
        [_info(n, spec, batch) for n, spec in inputs.items()],
        [_info(n, spec, batch) for n, (_, spec) in outputs.items()],
        constants,
    )
    domains = {"": OPSET} | ({ML: ML_OPSET} if any(node.domain for node in kept) else {})
    model = helper.make_model(
        graph,
        producer_name="kerasflow",
        producer_version=__version__,
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid(domain, version) for domain, version in domains.items()],
    )
    helper.set_model_props(model, dict(metadata or {}))
    return model


def save_model(model: ModelProto, path: str | os.PathLike[str]) -> None:
    """Check a model, and write it to the file `path`, atomically.

    Raises:
        ValueError: it is larger than the two gigabytes that such a file can have. OSError: it cannot be written.
    """
    if model.ByteSize() > LARGEST:
        raise ValueError(f"the model takes {model.ByteSize()} bytes, a file of ONNX holds {LARGEST} at the most")
    checker.check_model(model)
    with atomic_path(path) as temporary:
        temporary.write_bytes(model.SerializeToString())
