"""Recurrent networks as loops, for sequences of any length."""

from __future__ import annotations

from typing import Any

from kerasflow.core import nest, ops, shapes
from kerasflow.core.graph import convert
from kerasflow.core.ops.recurrence import recur
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType, as_dtype
from kerasflow.core.variable_scope import variable_scope
from kerasflow.rnn.cells import checked_cell
from kerasflow.rnn.unrolling import lengths_of, start, through

__all__ = ["bidirectional_dynamic_rnn", "dynamic_rnn"]


def dynamic_rnn(
    cell: Any,
    inputs: Any,
    sequence_length: Any = None,
    initial_state: Any = None,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    swap_memory: bool = False,
    time_major: bool = False,
    scope: Any = None,
) -> tuple[Any, Any]:
    """A recurrent network on sequences: the cell, in a loop over the times.

    Args:
        cell: the cell.
        inputs: [batch, time, size], or [time, batch, size] if `time_major`, or a nest of such tensors.
        sequence_length: [batch] int, how many times each sample has: after them its outputs are zero and its state
            stays.
        initial_state: the state to begin with, by default zeros.
        dtype: the type of these zeros, and of the outputs; by default that of `initial_state`.
        parallel_iterations, swap_memory: accepted and without effect.
        time_major: whether the time is the first axis, of inputs and outputs.
        scope: the variable scope, by default ``rnn``.

    Returns:
        The outputs, [batch, time, size], or as `time_major` says, and the last state.

    Raises:
        ValueError: neither `initial_state` nor `dtype` is given, or the size of inputs is not known. TypeError: `cell`
            is no cell.

    >>> x = tf.placeholder(tf.float32, [None, None, 3])
    >>> outputs, last = tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(4), x, sequence_length=[1, 2], dtype=tf.float32)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     y = sess.run(outputs, {x: np.ones((2, 2, 3))})
    >>> y.shape, (y != 0).all(axis=2).tolist()
    ((2, 2, 4), [[True, False], [True, True]])
    """
    checked_cell(cell, "cell")
    with variable_scope(scope or "rnn"):
        given = nest.pack(inputs, [_times_first(convert(x), time_major) for x in nest.leaves(inputs)])
        first = nest.leaves(given)[0]
        lengths = lengths_of(sequence_length)
        state = start(cell, first, 1, dtype) if initial_state is None else initial_state
        state = nest.pack_parts(state, [convert(s) for s in nest.flatten(state)])
        outputs, last = _loop(cell, given, state, lengths, _type_of(dtype, state))
        if not time_major:
            outputs = nest.pack(outputs, [_swapped(y) for y in nest.leaves(outputs)])
    return outputs, last


def _times_first(x: Tensor, time_major: bool) -> Tensor:
    dims = x.dims
    if dims is None or len(dims) < 3 or None in dims[2:]:
        raise ValueError(
            "The inputs of a recurrent network have a batch, a time and sizes that are known; got the shape "
            f"{shapes.show(dims)}."
        )
    return x if time_major else _swapped(x)


def _swapped(x: Tensor) -> Tensor:
    """`x` with its first two axes swapped."""
    rank = len(x.dims or ())
    return ops.transpose(x, [1, 0, *range(2, rank)])


def _type_of(dtype: Any, state: Any) -> DType:
    """The type of the outputs. ValueError if it is not clear."""
    if dtype is not None:
        return as_dtype(dtype)
    found = {s.dtype for s in nest.flatten(state)}
    if len(found) != 1:
        names = ", ".join(sorted(t.name for t in found)) or "none"
        raise ValueError(f"The dtype must be given where the state has not one type; it has {names}.")
    return found.pop()


def _loop(cell: Any, inputs: Any, state: Any, lengths: Tensor | None, dtype: DType) -> tuple[Any, Any]:
    sequences = nest.leaves(inputs)
    batch = sequences[0].dims[1]
    times = ops.range(ops.shape(sequences[0])[0], name="time")

    def step(states: list[Tensor], items: list[Tensor]) -> tuple[list[Any], list[Any]]:
        old = nest.pack_parts(state, states)
        output, new = cell(nest.pack(inputs, items[1:]), old)
        nest.check_same(cell.output_size, output, "A cell's output_size and its output")
        nest.check_same(state, new, "A cell's state and its new state")
        output, new = through(items[0], lengths, output, new, old)
        outputs = nest.leaves(output)
        for y in outputs:
            if y.dtype is not dtype:
                raise TypeError(f"The outputs are to be of type {dtype.name}, as dtype= or the state says, got {y}.")
        return nest.flatten(new), outputs

    last, outputs = recur(step, nest.flatten(state), [times, *sequences], name="while")
    for y, size in zip(outputs, nest.leaves(cell.output_size), strict=True):
        y.set_shape((sequences[0].dims[0], batch, *(shapes.as_dims(size) or ())))
    return nest.pack(cell.output_size, outputs), nest.pack_parts(state, last)


def bidirectional_dynamic_rnn(
    cell_fw: Any,
    cell_bw: Any,
    inputs: Any,
    sequence_length: Any = None,
    initial_state_fw: Any = None,
    initial_state_bw: Any = None,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    swap_memory: bool = False,
    time_major: bool = False,
    scope: Any = None,
) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Two recurrent networks on sequences, one from the beginning to the end and one from the end to the beginning.

    Args:
        cell_fw, cell_bw: the cells.
        inputs, sequence_length, dtype, parallel_iterations, swap_memory, time_major: as for `dynamic_rnn`; with
            lengths, each sample is turned around on its own.
        initial_state_fw, initial_state_bw: the states to begin with, by default zeros.
        scope: the variable scope, by default ``bidirectional_rnn``.

    Returns:
        The outputs forward and backward, both in the order of the inputs, and the two last states.

    >>> cells = [tf.nn.rnn_cell.BasicRNNCell(4) for _ in range(2)]
    >>> (forward, backward), states = tf.nn.bidirectional_dynamic_rnn(*cells, tf.zeros([2, 5, 3]), dtype=tf.float32)
    >>> tf.concat([forward, backward], 2).shape.as_list()
    [2, 5, 8]
    """
    checked_cell(cell_fw, "cell_fw")
    checked_cell(cell_bw, "cell_bw")
    how = {"dtype": dtype, "sequence_length": sequence_length, "time_major": time_major}
    axes = (0, 1) if time_major else (1, 0)

    def turned(values: Any) -> Any:
        if sequence_length is None:
            return nest.pack(values, [ops.reverse(v, [axes[0]]) for v in nest.leaves(values)])
        found = [ops.reverse_sequence(v, sequence_length, *axes) for v in nest.leaves(values)]
        return nest.pack(values, found)

    with variable_scope(scope or "bidirectional_rnn"):
        with variable_scope("fw") as inner:
            forward, state_fw = dynamic_rnn(cell_fw, inputs, initial_state=initial_state_fw, scope=inner, **how)
        with variable_scope("bw") as inner:
            backward, state_bw = dynamic_rnn(
                cell_bw, turned(inputs), initial_state=initial_state_bw, scope=inner, **how
            )
    return (forward, turned(backward)), (state_fw, state_bw)
