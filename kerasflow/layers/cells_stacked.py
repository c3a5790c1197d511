"""Several cells as one."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kerasflow.core import ops
from kerasflow.layers.base import Layer
from kerasflow.layers.cells import Cell
from kerasflow.layers.lookup import deserialize, serialize

__all__ = ["StackedRNNCells", "build_inside", "checked_cell", "is_known", "output_size", "start_of", "stepper_of"]


class StackedRNNCells(Layer):
    """Cells on top of each other: each takes the output of the one below.

    Its state is a list of the cells' states, from the lowest to the highest.

    Args:
        cells: the cells.

    Raises:
        ValueError: one is no cell.

    >>> layer = tf.keras.layers.RNN([tf.keras.layers.GRUCell(4), tf.keras.layers.LSTMCell(2)])
    >>> layer(tf.keras.Input((5, 3))).shape.as_list(), layer.cell
    ([None, 2], <StackedRNNCells name=stacked_rnn_cells, built=True>)
    """

    def __init__(self, cells: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(cells, (list, tuple)) or not cells:
            raise ValueError(f"StackedRNNCells takes a list of cells, got {cells!r}.")
        self.cells = [checked_cell(cell) for cell in cells]

    @property
    def state_size(self) -> list[Any]:
        """The sizes of the cells' states."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> Any:
        """The size of the highest cell's output."""
        return output_size(self.cells[-1])

    def build(self, input_shape: Any) -> None:
        """Make the cells' weights."""
        batch, *rest = input_shape
        for cell in self.cells:
            build_inside(cell, (batch, *rest), self)
            rest = [output_size(cell)]

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """The states to begin with."""
        return [start_of(cell, batch_size, self.dtype) for cell in self.cells]

    def call(self, inputs: Any, states: Any, training: Any = False) -> tuple[Any, Any]:
        """The highest cell's output and all new states."""
        project, advance = self.stepper(ops.shape(inputs)[0], training)
        return advance(project(inputs), states)

    def stepper(self, batch: Any, training: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
        """Functions that do the work of `call`: the first alone is what can be done for all times at once."""
        steppers = [stepper_of(cell, batch, training) for cell in self.cells]

        def advance(x: Any, states: Any) -> tuple[Any, Any]:
            new = []
            for i, ((project, step), state) in enumerate(zip(steppers, states, strict=True)):
                several = isinstance(state, (list, tuple))
                x, after = step(project(x) if i else x, list(state) if several else [state])
                after = list(after) if isinstance(after, (list, tuple)) else [after]
                new.append(after if several else after[0])
            return x, new

        return steppers[0][0], advance

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "cells": [serialize(cell) for cell in self.cells]}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None) -> StackedRNNCells:
        """A layer from what `get_config` gave."""
        cells = [deserialize(cell, custom_objects) for cell in config["cells"]]
        return cls(**{**config, "cells": cells})


# What can be said of any cell.


def checked_cell(cell: Any) -> Any:
    """`cell`, which has to be one: it has `call` and `state_size`. ValueError otherwise.

    >>> from kerasflow.layers.cells_stacked import checked_cell
    >>> checked_cell(tf.keras.layers.GRUCell(2)).state_size
    2
    """
    missing = [name for name in ("call", "state_size") if not hasattr(cell, name)]
    if missing:
        raise ValueError(f"A cell has call(inputs, states) and state_size; {cell!r} has no {' and no '.join(missing)}.")
    return cell


def build_inside(layer: Any, input_shape: Any, outer: Layer) -> None:
    """Make a layer's weights, unless they are there: of the same kind as those of the layer that it is inside of.

    >>> from kerasflow.layers.cells_stacked import build_inside
    >>> cell = tf.keras.layers.GRUCell(2)
    >>> build_inside(cell, (None, 3), tf.keras.layers.RNN(cell))
    >>> cell.built
    True
    """
    if not isinstance(layer, Layer) or layer.built:
        return
    graph = outer._graph
    if graph is not None:
        layer.make_variables_with(graph, outer._new_variable)
    with contextlib.nullcontext() if graph is None else graph.name_scope(layer.name):
        layer.build(input_shape)


def output_size(cell: Any) -> Any:
    """The size of a cell's output; where it does not say, the first of its state's.

    >>> from kerasflow.layers.cells_stacked import output_size
    >>> output_size(tf.keras.layers.LSTMCell(3))
    3
    """
    size = getattr(cell, "output_size", None)
    if size is not None:
        return size
    size = cell.state_size
    return size[0] if isinstance(size, (list, tuple)) else size


def start_of(cell: Any, batch_size: Any, dtype: Any) -> Any:
    """The state that a cell begins with: what it says itself, or zeros.

    >>> from kerasflow.layers.cells_stacked import start_of
    >>> [s.shape.as_list() for s in start_of(tf.keras.layers.LSTMCell(3), 2, tf.float32)]
    [[2, 3], [2, 3]]
    """
    own = getattr(cell, "get_initial_state", None)
    if own is None:
        sizes = cell.state_size
        zeros = [ops.zeros([batch_size, s], dtype) for s in (sizes if isinstance(sizes, (list, tuple)) else [sizes])]
        return zeros if isinstance(sizes, (list, tuple)) else zeros[0]
    wanted = inspect.signature(own).parameters
    return own(batch_size=batch_size, **({"dtype": dtype} if "dtype" in wanted else {}))


def is_known(cell: Any) -> bool:
    """Whether a cell computes what those of Keras do, so that it has a `stepper`, and its output is its first state.

    >>> from kerasflow.layers.cells_stacked import is_known
    >>> is_known(tf.keras.layers.GRUCell(2))
    True
    """
    return isinstance(cell, (Cell, StackedRNNCells)) and type(cell).call in (Cell.call, StackedRNNCells.call)


def stepper_of(cell: Any, batch: Any, training: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The functions that a cell's step is made of, see `Cell.stepper`; all of a stranger's is the second.

    >>> from kerasflow.layers.cells_stacked import stepper_of
    >>> cell = tf.keras.layers.SimpleRNNCell(2)
    >>> cell.build((None, 3))
    >>> project, advance = stepper_of(cell, 1, False)
    >>> advance(project(tf.ones([1, 3])), [tf.zeros([1, 2])])[0].shape.as_list()
    [1, 2]
    """
    if is_known(cell):
        return cell.stepper(batch, training)
    call = cell if callable(cell) else cell.call
    takes_training = "training" in inspect.signature(cell.call).parameters
    options = {"training": training} if takes_training else {}
    return lambda x: x, lambda x, states: call(x, states, **options)
