"""`Weight`: an array that several graphs share as a variable.

A layer can appear in many graphs: its model's for training, a scratch graph that works out shapes, a user's own. What
they share is the array. A weight owns it, and gives each graph a `Variable` bound to it the first time the graph asks;
whichever session changes it, all see it. It is a value of the machine, not a tenth noun: a variable seen from outside
of any graph.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import Graph, default_graph
from kerasflow.core.session import Session
from kerasflow.core.tensor import Tensor, forward_operators
from kerasflow.core.types import DType, as_dtype
from kerasflow.core.values import to_array
from kerasflow.core.variables import Cell, Variable

__all__ = ["ASSIGNMENTS", "Weight", "evaluate", "next_seed"]


ASSIGNMENTS = "assignments"  # where a graph keeps what was assigned to weights, while a layer is called


class Weight:
    """An array kept outside of graphs, and a variable in each graph that uses it.

    Args:
        value: the initial value.
        name: the name of its variables.
        trainable: whether optimizers change it.
        constraint: a function from the variable to its projected value, applied after an optimizer's update.
        regularizer: a function from the variable to a penalty that is added to the loss.
        copy: whether to copy the value, rather than have the array itself.
    """

    __array_ufunc__ = None
    __array_priority__ = 100

    def __init__(
        self,
        value: Any,
        name: str,
        trainable: bool = True,
        constraint: Callable[[Any], Any] | None = None,
        regularizer: Callable[[Any], Any] | None = None,
        copy: bool = True,
    ) -> None:
        self.cell = Cell(np.array(value) if copy else value)
        self.name = name
        self.trainable = trainable
        self.constraint = constraint
        self.regularizer = regularizer

    @property
    def path(self) -> str:
        """The name: it has that of the layer before its own, which in Keras 3 only the path does."""
        return self.name

    @property
    def numpy_value(self) -> np.ndarray[Any, Any]:
        """The array itself, not a copy."""
        if self.cell.value is None:
            raise ValueError(f"The weight {self.name!r} has no value.")
        return self.cell.value

    def numpy(self) -> np.ndarray[Any, Any]:
        """A copy of the array."""
        return self.numpy_value.copy()

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
        return np.array(self.numpy_value, dtype=dtype)

    def assign(self, value: Any) -> Any:
        """Set the array. ValueError if the shape differs.

        Given a tensor, as in the call of a layer, it is an operation of that tensor's graph: what is computed there of
        the weight from then on takes the new value, and the layer sees to it that steps of training run it.
        """
        if isinstance(value, Tensor):
            return self._assigned(value)
        array = to_array(value, self.dtype)
        if array.shape != self.numpy_value.shape:
            wanted = shapes.show(self.numpy_value.shape)
            raise ValueError(
                f"The weight {self.name!r} of shape {wanted} cannot take a value of shape {shapes.show(array.shape)}."
            )
        np.copyto(self.numpy_value, array)
        return None

    def assign_add(self, delta: Any) -> Any:
        """Add to the array; given a tensor, as `assign`."""
        if isinstance(delta, Tensor):
            return self._assigned(self.__tensor__(delta.graph.building()) + delta)
        return self.assign(self.numpy_value + to_array(delta, self.dtype))

    def assign_sub(self, delta: Any) -> Any:
        """Subtract from the array; given a tensor, as `assign`."""
        if isinstance(delta, Tensor):
            return self._assigned(self.__tensor__(delta.graph.building()) - delta)
        return self.assign(self.numpy_value - to_array(delta, self.dtype))

    def _assigned(self, value: Tensor) -> Tensor:
        graph = value.graph.building()
        written: Tensor = self.variable(graph).assign(value)
        assignments = graph.state.get(ASSIGNMENTS)
        if assignments is not None:
            assignments[self] = written
        return written

    def bind(self, array: np.ndarray[Any, Any]) -> None:
        """Let `array` itself be the value, not a copy. ValueError if the shape or the type differs."""
        if array.shape != self.numpy_value.shape or array.dtype != self.numpy_value.dtype:
            wanted, given = (f"{a.dtype}{shapes.show(a.shape)}" for a in (self.numpy_value, array))
            raise ValueError(f"The weight {self.name!r}, {wanted}, cannot be bound to an array {given}.")
        self.cell.value = array

    @property
    def dtype(self) -> DType:
        """The type of the elements."""
        return as_dtype(self.numpy_value.dtype)

    @property
    def shape(self) -> shapes.Sizes:
        """The shape, its sizes as ints."""
        return shapes.Sizes(self.numpy_value.shape)

    def variable(self, graph: Graph) -> Variable:
        """The variable of `graph` that is bound to this weight."""
        # The graph keeps it, not the weight: a weight outlives the graphs it is used in.
        found: Variable | None = graph.state.get(self)
        if found is None:
            with graph.as_default(), graph.name_scope(None):
                found = Variable(trainable=self.trainable, name=self.name, constraint=self.constraint, cell=self.cell)
            graph.state[self] = found
        return found

    def __tensor__(self, graph: Graph) -> Tensor:
        """The value as a tensor of `graph`, after what was assigned to it there."""
        assignments: dict[Weight, Tensor] | None = graph.state.get(ASSIGNMENTS)
        if assignments and self in assignments:
            return assignments[self]
        return self.variable(graph).__tensor__(graph)

    def __repr__(self) -> str:
        return f"<Weight {self.name!r} shape={self.shape} dtype={self.dtype.name}>"


forward_operators(Weight, lambda self: default_graph().convert(self))


def evaluate(make: Callable[[], Any], seed: int | None = None) -> Any:
    """The values of the tensors that `make()` builds, computed in a graph and a session of their own."""
    graph = Graph()
    graph.seed = seed
    with graph.as_default():
        fetches = make()
    return Session(graph=graph).run(fetches)


def next_seed(graph: Graph | None = None) -> int | None:
    """A seed for something that is drawn outside of graphs; None, for fresh entropy, if the default graph has none.

    With `set_random_seed`, the first call gives the same seed in every process, the second another one, and so on.
    """
    graph = graph or default_graph()
    if graph.seed is None:
        return None
    count = graph.state["seeds drawn"] = graph.state.get("seeds drawn", 0) + 1
    return int(np.random.SeedSequence([graph.seed, count]).generate_state(1)[0] >> 1)
