"""`Graph`: an append-only list of operations, and the one way to add to it, `apply`.

A graph only grows, so an operation's index is a topological order: an operation can take only tensors that exist
when it is made. Everything else a graph holds is bookkeeping around that list: names, the scopes that are open while
operations are added, and named collections. A graph knows no operation by more than its name in the registry.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from kerasflow.core import indexing, shapes, stacks
from kerasflow.core.collecting import Collections
from kerasflow.core.controls import Controls
from kerasflow.core.devices import Devices
from kerasflow.core.elements import Elements
from kerasflow.core.inference import ConstantArray, output_specs
from kerasflow.core.naming import Names
from kerasflow.core.opdef import REGISTRY
from kerasflow.core.overrides import Overrides
from kerasflow.core.tensor import IndexedSlices, Operation, Tensor, holds_tensor
from kerasflow.core.types import as_dtype
from kerasflow.core.values import stored, to_array
from kerasflow.core.where import user_line

__all__ = ["Graph", "apply", "apply_alike", "convert", "default_graph", "graph_of", "reset_default_graph"]


class Graph(Elements, Collections, Devices, Overrides):
    """A graph of operations, to be run by a `Session`.

    >>> g = tf.Graph()
    >>> with g.as_default():
    ...     x = tf.constant([1.0, 2.0], name="x")
    ...     y = tf.square(x)
    >>> [op.name for op in g.get_operations()], y.graph is g
    (['x', 'Square'], True)
    """

    enclosing: tuple[Graph, ...] = ()  # of the body of a loop or branch: the graphs it is inside of, innermost first

    def __init__(self) -> None:
        super().__init__()
        self._controls = Controls()
        self._lock = threading.RLock()
        self.names = Names()
        self.seed: int | None = None
        self.state: dict[Any, Any] = {}  # what rooms above keep per graph, by a key of their own

    # Adding operations.

    def apply(self, op: str, *inputs: Any, name: str | None = None, **attrs: Any) -> Any:
        """Add an operation and return its outputs: a tensor, a tuple of them, or the operation if it has none.

        Args:
            op: the operation's type, a key of the registry.
            inputs: tensors, or what can be converted to tensors.
            name: the operation's name; its type if there is none.
            attrs: its attributes, hashable.

        Raises:
            ValueError, TypeError: the operation cannot take these inputs; the message names it, them and the line.
            RuntimeError: the graph is finalized.
        """
        graph = self.building()
        if graph is not self:
            return graph.apply(op, *inputs, name=name, **attrs)
        opdef = REGISTRY[op] if not self._gradients else self.overridden(REGISTRY[op])
        with self._lock:
            if self.finalized:
                raise RuntimeError(f"The graph is finalized and cannot be changed: {op} cannot be added.")
            tensors = tuple(
                [
                    x if type(x) is Tensor and not x.op.opdef.last else self._argument(x, name or op, i)
                    for i, x in enumerate(inputs)
                ]
            )
            if any([t.op.graph is not self for t in tensors]):
                tensors = tuple([self.adopt(t, name or op) for t in tensors])
            where = user_line()
            specs = output_specs(opdef, name or op, tensors, attrs, where)
            full_name = self.names.for_operation(name or op, self._by_name)
            operation = Operation(
                self,
                len(self._operations),
                opdef,
                full_name,
                tensors,
                attrs,
                self._controls.waits_for(tensors),
                specs,
                where,
            )
            self._controls.enter(operation)
            self._operations.append(operation)
            self._count[0] += 1
            self.place(operation)
            self._by_name[full_name] = operation
        outputs = operation.outputs
        return outputs[0] if len(outputs) == 1 else outputs or operation

    def building(self) -> Graph:
        """Where an operation on tensors of this graph goes: the body that is being built inside it, or this graph."""
        top = stacks.graphs.top()
        return top if top is not None and top is not self and self in top.enclosing else self

    @property
    def root(self) -> Graph:
        """The graph itself; of the body of a loop or branch, the graph it is in the end inside of."""
        return self.enclosing[-1] if self.enclosing else self

    def adopt(self, t: Tensor, operation: str) -> Tensor:
        """`t` for an operation of this graph that is to take it. ValueError if it is of another graph."""
        if t.op.graph is self:
            return t
        inside = f" It is computed inside {t.op.graph}: return it from there." if self in t.op.graph.enclosing else ""
        raise ValueError(f"{t} belongs to another graph than the operation {operation!r} that is to take it.{inside}")

    def readings(self, variable: Any) -> list[Tensor]:
        """The tensors of this graph that stand for the value of `variable`."""
        return list(variable.reads)

    def apply_alike(self, op: str, *values: Any, name: str | None = None, **attrs: Any) -> Any:
        """`apply`, with numbers and arrays converted to the type of the tensors among `values`."""
        graph = self.building()
        if graph is not self:
            return graph.apply_alike(op, *values, name=name, **attrs)
        with self._lock:
            return self.apply(op, *self.convert_all(values, into=name or op), name=name, **attrs)

    def _argument(self, value: Any, operation: str, i: int, dtype: Any = None) -> Tensor:
        """`value` as the i-th input of an operation; a constant made for it is named after both: ``add/y``."""
        scope = operation[:-1] if operation.endswith("/") else self.names.unique(operation, mark_as_used=False)
        return self.convert(value, dtype, f"{scope}/{'xyzw'[i] if i < 4 else i}/")

    def convert(self, value: Any, dtype: Any = None, name: str | None = None) -> Tensor:
        """`value` as a tensor of this graph: itself, or a constant.

        Args:
            value: a tensor, a variable, a number, an array, or nested lists of these.
            dtype: the type it must have; values that lose nothing but precision are converted.
            name: for the constant.

        Raises:
            TypeError: `value` has another type. ValueError: it is ragged, or a tensor of another type or graph.
        """
        graph = self.building()
        if graph is not self:
            return graph.convert(value, dtype, name)
        wanted = None if dtype is None else as_dtype(dtype)
        if isinstance(value, Tensor) and value.op.opdef.last:
            value = value.op.attrs["variable"]  # read here, not when the run is over
        if hasattr(value, "__tensor__"):
            value = value.__tensor__(self)
        if isinstance(value, Tensor) or hasattr(value, "__tensor_apply__"):
            if wanted is not None and value.dtype is not wanted:
                raise ValueError(f"Expected a tensor of type {wanted.name}, got {value} of type {value.dtype.name}.")
            return value  # a symbolic tensor of a room above quacks like one
        if isinstance(value, shapes.TensorShape):
            if not value.is_fully_defined():
                raise ValueError(f"Cannot convert the shape {value} to a tensor: not all of it is known.")
            value = value.as_list() or np.zeros(0, np.int32)
        elif isinstance(value, shapes.Dimension):
            value = value.value
        if isinstance(value, (list, tuple)) and holds_tensor(value):
            return self.apply("Pack", *self.convert_all(value, dtype, "stack"), axis=0, name=name or "stack")
        return self.constant(to_array(value, wanted), name)

    def convert_all(self, values: Iterable[Any], dtype: Any = None, into: str = "convert") -> list[Tensor]:
        """All `values`, inputs of an operation called `into`, as tensors of one type: `dtype`, or that of the first
        tensor among them.
        """
        values = [v.__tensor__(self) if hasattr(v, "__tensor__") else v for v in values]
        typed = [isinstance(v, Tensor) or hasattr(v, "__tensor_apply__") for v in values]
        if dtype is None:
            dtype = next((v.dtype for v, t in zip(values, typed, strict=True) if t), None)
        converted = []
        for i, (v, is_typed) in enumerate(zip(values, typed, strict=True)):
            converted.append(v if is_typed else self._argument(v, into, i, dtype))
            dtype = dtype or converted[-1].dtype
        return converted

    def constant(self, array: np.ndarray[Any, Any], name: str | None = None) -> Tensor:
        """A constant with the value of `array`, which is copied."""
        value = np.array(stored(array))
        value.flags.writeable = False
        return self.apply("Const", name=name, value=ConstantArray(value, as_dtype(array.dtype)))

    def unary(self, op: str, x: Tensor) -> Tensor:
        """The operation behind a prefix operator."""
        return self.apply(op, x)

    def binary(self, op: str, name: str, x: Any, y: Any) -> Tensor:
        """The operation behind an infix operator; a number takes the type of the tensor beside it."""
        if any(hasattr(t, "__tensor_apply__") or hasattr(t, "__sparse__") for t in (x, y)):
            return NotImplemented
        return self.apply_alike(op, x, y, name=name)

    def index(self, x: Tensor, key: Any) -> Tensor:
        """The operation behind ``x[key]``."""
        items, dynamic = indexing.parse(key, lambda v: isinstance(v, Tensor) or hasattr(v, "__tensor__"))
        return self.apply("StridedSlice", x, *dynamic, items=items, name="strided_slice")

    # Scopes.

    @contextlib.contextmanager
    def as_default(self) -> Iterator[Graph]:
        """Make this the graph that operations are added to, within the block and in this thread."""
        with stacks.graphs.pushed(self):
            yield self

    def unique_name(self, name: str, mark_as_used: bool = True) -> str:
        """A name nobody has yet, from `name` and the open scope."""
        return self.names.unique(name, mark_as_used)

    def get_name_scope(self) -> str:
        """The open name scope, without a slash at its end; "" is the outermost one."""
        return self.names.scope

    @contextlib.contextmanager
    def name_scope(self, name: str | None) -> Iterator[str]:
        """Prefix the names of operations made in the block; yields ``"scope/"``.

        A scope's name is made unique as an operation's is; a name that ends in ``/`` re-opens that very scope, and
        None or ``""`` is the outermost one.
        """
        before = self.names.scope
        self.names.scope = self.names.for_scope(name)
        try:
            yield self.names.scope + "/" if self.names.scope else ""
        finally:
            self.names.scope = before

    @contextlib.contextmanager
    def control_dependencies(self, control_inputs: Iterable[Any] | None) -> Iterator[None]:
        """Operations made in the block run after `control_inputs`; None lets go of the blocks around this one."""
        graph = self.building()
        if graph is not self:
            with graph.control_dependencies(control_inputs):
                yield
            return
        elements = [
            self.as_graph_element(c.values if isinstance(c, IndexedSlices) else c)
            for c in (() if control_inputs is None else control_inputs)
        ]
        operations = dict.fromkeys(e.op if isinstance(e, Tensor) else e for e in elements)
        # What runs when all else has run cannot be waited for: a variable is there without being computed.
        waits = tuple(o for o in operations if not o.opdef.last)
        with self._controls.block(waits, clears=control_inputs is None):
            yield

    @property
    def has_control_scope(self) -> bool:
        """Whether new operations would have to wait for others."""
        return bool(self.building()._controls.waits_for(()))

    def finalize(self) -> None:
        """Refuse any more operations from now on: RuntimeError."""
        self.finalized = True

    def session_for(self, session: Any, purpose: str) -> Any:
        """`session`, or the default one. ValueError if there is none or it runs another graph."""
        session = stacks.sessions.top() if session is None else session
        if session is None:
            raise ValueError(
                f"Cannot {purpose}: there is no default session. Use `with sess.as_default()`, or pass `session=`."
            )
        if session.graph is not self:
            raise ValueError(f"Cannot {purpose}: the session runs another graph than the one it belongs to.")
        return session


def graph_of(values: Iterable[Any], building: bool = True) -> Graph:
    """The graph of the first tensor, or else variable, among `values`; the default graph if there is none.

    With `building`, the body of a loop or branch that is being built inside that graph.
    """
    for v in values:
        if isinstance(v, Tensor):
            return v.op.graph.building() if building else v.op.graph
    for v in values:
        graph = getattr(v, "graph", None)
        if isinstance(graph, Graph):
            return graph.building() if building else graph
        if isinstance(v, (list, tuple)) and holds_tensor(v):
            return graph_of(v, building)
    return default_graph()


def apply(op: str, *inputs: Any, name: str | None = None, **attrs: Any) -> Any:
    """Add an operation to the graph of its inputs, or to the default graph; see `Graph.apply`."""
    for x in inputs:
        if hasattr(x, "__tensor_apply__"):
            return x.__tensor_apply__(op, inputs, name, attrs)
    return graph_of(inputs).apply(op, *inputs, name=name, **attrs)


def convert(value: Any, dtype: Any = None, name: str | None = None) -> Tensor:
    """`value` as a tensor of its own graph, or of the default graph; see `Graph.convert`."""
    return graph_of((value,)).convert(value, dtype, name)


def apply_alike(op: str, *values: Any, name: str | None = None, **attrs: Any) -> Any:
    """`apply`, with numbers and arrays converted to the type of the tensors among `values`."""
    if any(hasattr(x, "__tensor_apply__") for x in values):
        return apply(op, *numbers_like(values), name=name, **attrs)
    return graph_of(values).apply_alike(op, *values, name=name, **attrs)


def numbers_like(values: Iterable[Any]) -> list[Any]:
    """`values`, with the numbers among them as arrays of the tensors' type: in no graph, for there may be none yet."""
    values = list(values)
    dtype = next((v.dtype for v in values if hasattr(v, "dtype") and holds_tensor(v)), None)
    return [v if holds_tensor(v) else to_array(v, dtype) for v in values]


def default_graph() -> Graph:
    """The graph that operations without a tensor among their inputs are added to.

    >>> tf.get_default_graph() is tf.constant(1.0).graph
    True
    """
    if stacks.graphs.items:
        return stacks.graphs.items[-1]
    if stacks.graphs.bottom is None:
        stacks.graphs.bottom = Graph()
    return stacks.graphs.bottom


def reset_default_graph() -> None:
    """Start over with an empty default graph. AssertionError inside a ``with graph.as_default()`` block."""
    if stacks.graphs.items:
        raise AssertionError("tf.reset_default_graph() cannot be used inside a `with graph.as_default()` block.")
    stacks.graphs.bottom = None
