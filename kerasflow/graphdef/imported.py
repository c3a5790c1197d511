"""Variables that come with a graph definition: their operations are there already, or will be."""

from __future__ import annotations

from typing import Any

from kerasflow.core.creators import VariableAggregation, VariableSynchronization
from kerasflow.core.graph import Graph
from kerasflow.core.shapes import Dims
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import DType
from kerasflow.core.variables import Variable

__all__ = ["ImportedVariable"]


class ImportedVariable(Variable):
    """A variable of `graph` whose initializer and first reading are imported after it."""

    def __init__(self, graph: Graph, name: str, dtype: DType, dims: Dims) -> None:
        self.graph = graph
        self.trainable = False
        self.constraint = None
        self.synchronization = VariableSynchronization.AUTO
        self.aggregation = VariableAggregation.NONE
        self.cell = None
        self.dtype = dtype
        self.dims = dims
        self.reads: list[Tensor] = []
        self._state: dict[str, Any] = {"variable": self, "dtype": dtype, "shape": dims}
        self._last: Tensor = graph.apply("VariableV2", name=name, **self._state)
        self._found: Operation | None = None

    def read_as(self, name: str) -> Tensor:
        """Read it, in an operation called `name`."""
        read: Tensor = self.graph.apply("ReadVariable", name=name, **self._state)
        self.reads.append(read)
        return read

    def assign_as(self, op: str, value: Tensor, name: str) -> Tensor:
        """Change it, in an operation called `name`; the first that sets it is its initializer."""
        updated: Tensor = self.graph.apply(op, value, name=name, variable=self)
        if op == "Assign" and self._found is None:
            self._found = updated.op
            self.initial_value = value
        return updated

    def value(self) -> Tensor:
        """The value as a tensor."""
        if not self.reads:
            self.read_as(f"{self._last.op.name}/read/")
        return super().value()

    def complete(self) -> None:
        """Make what the message did not have."""
        if not self.reads:
            self.read_as(f"{self._last.op.name}/read/")
        if self._found is None:
            self._found = self.graph.apply("NoOp", name=f"{self._last.op.name}/Assign/")
            self.initial_value = self.reads[0]

    def _start(self, initial: Tensor) -> None:
        self._found = None
        self.assign_as("Assign", initial, "Assign")

    @property
    def initializer(self) -> Operation:  # type: ignore[override]
        """The operation that gives it its initial value."""
        return self._found  # type: ignore[return-value]

    @property
    def _snapshot(self) -> Tensor:  # type: ignore[override]
        return self.reads[0]
