"""`RNN`: a cell, applied along the time.

What the cell makes of its inputs alone is computed for all times in one product, before the loop. Steps that a mask
leaves out change nothing: the state stays, and the output is that of the time before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from kerasflow.core import nest, ops, shapes
from kerasflow.core.graph import convert, default_graph
from kerasflow.core.ops.recurrence import recur
from kerasflow.core.stacks import sessions
from kerasflow.core.variables import Variable
from kerasflow.core.weights import Weight, evaluate
from kerasflow.layers.base import Layer
from kerasflow.layers.cells import Cell
from kerasflow.layers.cells_stacked import (
    StackedRNNCells,
    build_inside,
    checked_cell,
    is_known,
    output_size,
    start_of,
    stepper_of,
)
from kerasflow.layers.lookup import deserialize, serialize
from kerasflow.layers.unrolling import unrolled

__all__ = ["RNN"]

_MOST_UNROLLED = 10_000  # also a file may ask for it
_FLAGS = ("return_sequences", "return_state", "go_backwards", "stateful", "unroll", "zero_output_for_mask")


class RNN(Layer):
    """A recurrent network: ``output, state = cell(input, state)`` at one time after the other.

    A cell of one's own is a layer with `state_size`, a size or a list of sizes, whose ``call(inputs, states)`` gives
    the output and a list of new states.

    Args:
        cell: the cell, or a list of cells that are put on top of each other.
        return_sequences: whether to give the outputs of all times, (batch, time, size), and not the last one alone.
        return_state: whether to give the last states too, in a tuple behind the output.
        go_backwards: whether to begin with the last time; the outputs are then in this order too.
        stateful: whether a batch goes on from the last states of the one before; its size must be known.
        unroll: whether the steps are written out one after the other instead of being a loop; the time must be known.
        zero_output_for_mask: whether the output at a time that the mask leaves out is zero, not the one before.

    A call takes, besides the inputs (batch, time, ...), an `initial_state`, a list of tensors that are zeros by default
    (it may also come in a list with the inputs), and a `mask`, (batch, time) bool, which times count.

    Raises:
        ValueError: `cell` is none; in a call, the inputs, the states or the mask do not fit.

    >>> class Sum(tf.keras.layers.Layer):
    ...     state_size = 1
    ...     def call(self, inputs, states):
    ...         return inputs + states[0], [inputs + states[0]]
    >>> model = tf.keras.Sequential([tf.keras.Input((3, 1)), tf.keras.layers.RNN(Sum(), return_sequences=True)])
    >>> model.predict(np.array([[[1.0], [2.0], [3.0]]]), verbose=0)[0, :, 0]
    array([1., 3., 6.], dtype=float32)
    """

    supports_masking = True
    _untracked = frozenset({"states"})

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        **kwargs: Any,
    ) -> None:
        if "input_dim" in kwargs:  # as Keras 2 spelt it
            kwargs["input_shape"] = (kwargs.pop("input_length", None), kwargs.pop("input_dim"))
        super().__init__(**kwargs)
        self.cell = StackedRNNCells(cell) if isinstance(cell, (list, tuple)) else checked_cell(cell)
        self.return_sequences = bool(return_sequences)
        self.return_state = bool(return_state)
        self.go_backwards = bool(go_backwards)
        self.stateful = bool(stateful)
        self.unroll = bool(unroll)
        self.zero_output_for_mask = bool(zero_output_for_mask)
        self.states: list[Any] | None = None  # what a batch goes on from

    @property
    def state_size(self) -> list[Any]:
        """The sizes of the states."""
        size = _plain(self.cell.state_size)
        return size if isinstance(size, list) else [size]

    @property
    def _state_type(self) -> Any:
        return getattr(self.cell, "dtype", self.dtype)

    def build(self, input_shape: Any) -> None:
        """Make the cell's weights, and the states that batches hand on."""
        several = isinstance(input_shape[0], (list, tuple))  # the shapes of initial states follow
        batch, _, *rest = self._checked(input_shape[0] if several else input_shape)
        build_inside(self.cell, (batch, *rest), self)
        if self.stateful and self.states is None:
            if batch is None:
                raise ValueError(
                    f"The layer {self.name!r} is stateful, so the size of the batch must be known: give the input "
                    "batch_shape=(batch, time, size)."
                )
            self.states = [self._kept_state(a) for a in self._starts(batch)]

    def get_initial_state(self, batch_size: Any) -> list[Any]:
        """The states that a sequence begins with, in a list."""
        start = start_of(self.cell, batch_size, self._state_type)
        return list(start) if isinstance(start, (list, tuple)) else [start]

    def _starts(self, batch: int) -> list[np.ndarray[Any, Any]]:
        """The states that a sequence begins with, as arrays."""
        return nest.leaves(evaluate(lambda: self.get_initial_state(batch)))

    def _kept_state(self, start: np.ndarray[Any, Any]) -> Any:
        """A state that is kept from batch to batch. It is no weight of the layer: it is neither trained nor saved."""
        if self._graph is not None:
            return Variable(start, trainable=False, name="rnn_state")
        return Weight(start, "rnn_state", trainable=False)

    def reset_state(self, states: Any = None) -> None:
        """Let the next batch begin with zeros again, or with the arrays given, one for each state.

        Raises:
            AttributeError: the layer is not stateful. ValueError: it has no states yet, or others than are given.
        """
        if not self.stateful:
            raise AttributeError(f"The layer {self.name!r} is not stateful: it has no states that could be reset.")
        if self.states is None:
            if states is None:
                return
            raise ValueError(f"The layer {self.name!r} has no states yet: it has not seen the shape of its inputs.")
        batch = shapes.as_dims(self.states[0].shape)[0]
        arrays = self._starts(batch) if states is None else [np.asarray(a) for a in nest.leaves(states)]
        wanted = [shapes.as_dims(s.shape) for s in self.states]
        if [a.shape for a in arrays] != wanted:
            raise ValueError(
                f"The layer {self.name!r} has states of shapes {wanted}, which cannot be set from arrays of shapes "
                f"{[a.shape for a in arrays]}."
            )
        for state, array in zip(self.states, arrays, strict=True):
            if isinstance(state, Weight):
                state.assign(array.astype(state.dtype.numpy))
            else:
                state.load(array.astype(state.dtype.numpy), sessions.top())

    def reset_states(self, states: Any = None) -> None:
        """The same under its name in Keras 2."""
        self.reset_state(states)

    # The call.

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = False) -> Any:
        """The output, or the outputs of all times, and the last states if they are asked for."""
        if isinstance(sequences, (list, tuple)):
            sequences, *more = sequences
            initial_state = more or initial_state
        mask = _first(mask)
        dims = self._checked(sequences.dims)
        batch = ops.shape(sequences)[0] if dims[0] is None else dims[0]
        start = self._start(initial_state, batch, dims)
        project, advance = stepper_of(self.cell, batch, training)
        rows = [project(_swapped(sequences))]
        steps = _Steps(advance, start, self.zero_output_for_mask)
        if mask is not None:
            rows.append(self._times(mask, dims))
            if not self.zero_output_for_mask and not is_known(_top(self.cell)):
                size = shapes.as_dims(output_size(self.cell)) or ()
                steps.before = [ops.zeros([batch, *size], self._state_type)]
        loop = unrolled if self.unroll else recur
        last, (outputs,) = loop(steps, steps.initial, rows, reverse=self.go_backwards)
        states = last[: len(steps.states)]
        if self.return_sequences:
            output = _swapped(ops.reverse(outputs, [0]) if self.go_backwards else outputs)
        else:
            output = outputs[0 if self.go_backwards else -1] if steps.same is None else last[steps.same]
        if self.stateful:
            output, *states = self._handed_on([output, *states], states)
        return (output, *nest.pack(start, states)) if self.return_state else output

    def _checked(self, dims: shapes.Dims) -> tuple[Any, ...]:
        """The shape of inputs. ValueError if they cannot be such."""
        if dims is None or len(dims) < 3 or isinstance(self.cell, Cell) and len(dims) != 3:
            raise ValueError(
                f"{type(self).__name__} layer {self.name!r} takes inputs (batch, time, size); got the shape "
                f"{shapes.show(dims)}."
            )
        if self.unroll and dims[1] is None:
            raise ValueError(
                f"The layer {self.name!r} is to be unrolled, so the number of times must be known; got the shape "
                f"{shapes.show(dims)}."
            )
        if self.unroll and dims[1] > _MOST_UNROLLED:
            raise ValueError(
                f"The layer {self.name!r} is to be unrolled, which writes out each of the {dims[1]} times, "
                f"{_MOST_UNROLLED} at the most; leave unroll=False."
            )
        return tuple(dims)

    def _start(self, given: Any, batch: Any, dims: shapes.Dims) -> Any:
        """The states that the first time begins with, in a list."""
        if self.states is not None:
            size = shapes.as_dims(self.states[0].shape)[0]
            if dims[0] not in (None, size):
                raise ValueError(f"The stateful layer {self.name!r} takes batches of {size}, got one of {dims[0]}.")
        if given is None:
            if self.states is None:
                return self.get_initial_state(batch)
            given = [_variable_of(s).read_value() for s in self.states]
        sizes = nest.leaves(self.state_size)
        states = [convert(s) for s in nest.leaves(given)]
        wanted = [(None, *(shapes.as_dims(size) or ())) for size in sizes]
        fits = len(states) == len(sizes)
        if not fits or not all(shapes.compatible(s.dims, w) for s, w in zip(states, wanted, strict=True)):
            needed, given = (", ".join(map(shapes.show, dims)) for dims in (wanted, [s.dims for s in states]))
            raise ValueError(f"The layer {self.name!r} takes an initial_state of shapes {needed}; got {given}.")
        return nest.pack(self.state_size, [ops.cast(s, self._state_type) for s in states])

    def _times(self, mask: Any, dims: shapes.Dims) -> Any:
        """A mask with the time first."""
        mask = ops.cast(convert(mask), "bool")
        if mask.dims is not None and len(mask.dims) == 3:
            mask = ops.reduce_any(mask, axis=-1)
        if not shapes.compatible(mask.dims, dims[:2]):
            raise ValueError(
                f"The layer {self.name!r} takes a mask (batch, time) for inputs of shape {shapes.show(dims)}; got the "
                f"shape {shapes.show(mask.dims)}."
            )
        return ops.transpose(mask)

    def _handed_on(self, values: list[Any], states: list[Any]) -> list[Any]:
        """`values`, which are computed only together with the next batch's first states."""
        kept = [_variable_of(s) for s in self.states or ()]
        updates = [v.assign(s, read_value=False) for v, s in zip(kept, states, strict=True)]
        with default_graph().control_dependencies(updates):
            return [ops.identity(v) for v in values]

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the outputs, if they are those of all times; the last states have none."""
        mask = _first(mask) if self.return_sequences else None
        return [mask, *[None] * len(self.state_size)] if self.return_state else mask

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        config = {**super().get_config(), **{name: getattr(self, name) for name in _FLAGS}}
        return {**config, "cell": serialize(self.cell)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None) -> RNN:
        """A layer from what `get_config` gave."""
        return cls(**{**config, "cell": deserialize(config["cell"], custom_objects)})


class _Steps:
    """What happens at one time: the cell, and what a mask makes of it.

    Args:
        advance: the cell's step, from the input and a list of states.
        start: the states at the beginning.
        zero: whether outputs at times that do not count are zero.
    """

    def __init__(self, advance: Callable[..., Any], start: list[Any], zero: bool) -> None:
        self._advance = advance
        self._start = start
        self._zero = zero
        self.states = nest.leaves(start)
        self.before: list[Any] = []  # the output that the first time repeats, where it is none of the states
        self.same: int | None = None  # which of the states is the output

    @property
    def initial(self) -> list[Any]:
        """What the loop carries at the beginning."""
        return [*self.states, *self.before]

    def __call__(self, carried: list[Any], row: list[Any]) -> tuple[list[Any], list[Any]]:
        """What is carried on, and the output."""
        x, *counts = row
        old, before = carried[: len(self.states)], carried[len(self.states) :]
        output, after = self._advance(x, nest.pack(self._start, old))
        new = nest.leaves(after)
        if len(new) != len(old):
            raise ValueError(f"A cell that takes {len(old)} states must give as many, got {len(new)}.")
        self.same = next((k for k, s in enumerate(new) if s is output), None)
        if not counts:
            return new, [output]
        new = [ops.where(counts[0], n, o) for n, o in zip(new, old, strict=True)]
        if self._zero:
            self.same = None
            return [*new, *before], [ops.where(counts[0], output, ops.zeros_like(output))]
        if self.same is not None:
            return [*new, *before], [new[self.same]]
        output = ops.where(counts[0], output, before[0])
        return [*new, output], [output]


def _variable_of(state: Any) -> Any:
    """The variable of the default graph for a state that is kept from batch to batch."""
    return state.variable(default_graph()) if isinstance(state, Weight) else state


def _plain(size: Any) -> Any:
    """Sizes in lists, whatever kind of list a cell has them in."""
    return [_plain(s) for s in size] if isinstance(size, (list, tuple)) else size


def _top(cell: Any) -> Any:
    """The cell whose output is that of `cell`."""
    while isinstance(cell, StackedRNNCells):
        cell = cell.cells[-1]
    return cell


def _first(mask: Any) -> Any:
    """The mask of the inputs, where those of initial states may follow."""
    return mask[0] if isinstance(mask, (list, tuple)) else mask


def _swapped(x: Any) -> Any:
    """`x` with its first two axes swapped."""
    return ops.transpose(x, [1, 0, *range(2, len(x.dims))])
