"""`State`: a number or array that a metric adds up in; and the private place where metrics work on arrays."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core import ops
from kerasflow.core.graph import Graph, default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.ops.constant import placeholder
from kerasflow.core.session import Session
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import as_dtype
from kerasflow.core.values import to_array
from kerasflow.core.variables import Variable
from kerasflow.core.weights import Weight

__all__ = ["Building", "Private", "State", "building", "updates_in"]


class Building(threading.local):
    """The updates and results that are being built in this thread, innermost last: whose, and what was written."""

    def __init__(self) -> None:
        self.open: list[tuple[Any, list[Operation]]] = []


building = Building()


def updates_in(graph: Graph) -> list[tuple[Any, Operation]]:
    """The updates that have been built in a graph, each with its metric, in order; not those of parts of metrics."""
    found: list[tuple[Any, Operation]] = graph.state.setdefault("updates of metrics", [])
    return found


class State(Weight):
    """A weight of a metric.

    While an update is built, `assign` and its kin add operations to the default graph, which write when the update is
    run; at other times they write at once. As a tensor it is read anew wherever it is used, so a program reads what it
    wrote before.
    """

    def __init__(self, value: Any, name: str) -> None:
        super().__init__(value, name, trainable=False)
        self._start = self.numpy()

    def variable(self, graph: Graph) -> Variable:
        """The variable of `graph` that is bound to this state: a local one, which checkpoints leave out."""
        found: Variable | None = graph.state.get(self)
        if found is None:
            keys = [GraphKeys.LOCAL_VARIABLES, GraphKeys.METRIC_VARIABLES]
            with graph.as_default(), graph.name_scope(None):
                found = Variable(trainable=False, collections=keys, name=self.name, cell=self.cell)
            graph.state[self] = found
        return found

    def __tensor__(self, graph: Graph) -> Tensor:
        """The value as a tensor of `graph`, read here."""
        return self.variable(graph).read_value()

    def assign(self, value: Any) -> Any:
        """Set the value."""
        return self._write("assign", value) if building.open else super().assign(value)

    def assign_add(self, delta: Any) -> Any:
        """Add `delta` to the value."""
        if building.open:
            return self._write("assign_add", delta)
        return super().assign(self.numpy_value + to_array(delta, self.dtype))

    def assign_sub(self, delta: Any) -> Any:
        """Subtract `delta` from the value."""
        if building.open:
            return self._write("assign_sub", delta)
        return super().assign(self.numpy_value - to_array(delta, self.dtype))

    def reset(self) -> None:
        """Set the value back to where it started."""
        np.copyto(self.numpy_value, self._start)

    def _write(self, method: str, value: Any) -> Tensor:
        variable = self.variable(default_graph())
        written: Tensor = getattr(variable, method)(ops.cast(value, self.dtype))
        building.open[-1][1].append(written.op)
        return written

    def __reduce__(self) -> tuple[Any, ...]:
        return State, (self.numpy(), self.name), {"_start": self._start}


class Private:
    """A graph and a session in which a metric works on arrays."""

    def __init__(self) -> None:
        self.graph = Graph()
        self._session = Session(graph=self.graph)
        self._programs: dict[Any, Callable[..., Any]] = {}

    def run(
        self,
        owner: Any,
        build: Callable[..., Any],
        positional: tuple[Any, ...] = (),
        named: dict[str, Any] | None = None,
    ) -> Any:
        """Run what ``build(owner, *positional, **named)`` makes of tensors, with the arrays given here in their places.

        What was built once is used again for arrays of the same types and of the same shapes but for their rows.

        Raises:
            ValueError: the arrays have different numbers of rows.
        """
        given = {**{str(i): v for i, v in enumerate(positional)}, **(named or {})}
        arrays = {k: _as_array(v) for k, v in given.items() if not isinstance(v, (type(None), str))}
        rows = [len(a) for a in arrays.values() if a.ndim]
        if len(set(rows)) > 1:
            raise ValueError(f"The arrays must have the same number of rows, got {rows}.")
        literals = tuple([(k, v) for k, v in given.items() if k not in arrays])
        key = (build, literals, tuple([(k, a.dtype, a.ndim, a.shape[1:]) for k, a in arrays.items()]))
        if key not in self._programs:
            self._programs[key] = self._program(functools.partial(build, owner), len(positional), given, arrays)
        return self._programs[key](*arrays.values())

    def _program(
        self, build: Callable[..., Any], count: int, given: dict[str, Any], arrays: dict[str, np.ndarray[Any, Any]]
    ) -> Callable[..., Any]:
        with self.graph.as_default():
            feeds = {k: placeholder(as_dtype(a.dtype), (None, *a.shape[1:])[: a.ndim]) for k, a in arrays.items()}
            values = {**given, **feeds}
            fetches = build(*[values.pop(str(i)) for i in range(count)], **values)
        return self._session.make_callable(fetches, list(feeds.values()))


def _as_array(value: Any) -> np.ndarray[Any, Any]:
    """`value` as an array; lists of floats in double precision, since nothing here asks for less."""
    try:
        array = np.asarray(value)
    except ValueError:
        return to_array(value)  # which says what is wrong
    return array if array.dtype.kind in "biuf" else to_array(value)
