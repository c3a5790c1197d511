"""Recurrent networks written out, time after time, for sequences of a length that is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasflow.core import nest, ops, types
from kerasflow.core.graph import convert
from kerasflow.core.tensor import Tensor
from kerasflow.core.variable_scope import variable_scope
from kerasflow.rnn.cells import checked_cell

__all__ = ["lengths_of", "start", "static_bidirectional_rnn", "static_rnn", "through"]


def static_rnn(
    cell: Any,
    inputs: Sequence[Any],
    initial_state: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """A recurrent network on a list of inputs: the cell once for each of them.

    Args:
        cell: the cell.
        inputs: a list of tensors [batch, size], or nests of them, one for each time.
        initial_state: the state to begin with, by default zeros.
        dtype: the type of these zeros.
        sequence_length: [batch] int, how many inputs each sample has: after them its outputs are zero and its state
            stays.
        scope: the variable scope, by default ``rnn``.

    Returns:
        The list of the outputs, and the last state.

    Raises:
        ValueError: there are no inputs, or neither `initial_state` nor `dtype` is given. TypeError: `cell` is no cell
            or `inputs` is no list.

    >>> x = tf.placeholder(tf.float32, [None, 5, 3])
    >>> cell = tf.nn.rnn_cell.BasicRNNCell(4)
    >>> outputs, last = tf.nn.static_rnn(cell, tf.unstack(x, axis=1), dtype=tf.float32)
    >>> len(outputs), outputs[0].shape.as_list(), len(tf.global_variables())
    (5, [None, 4], 2)
    """
    checked_cell(cell, "cell")
    if not isinstance(inputs, (list, tuple)):
        raise TypeError(f"inputs must be a list of tensors, one for each time; got {inputs!r}. Use tf.unstack.")
    if not inputs:
        raise ValueError("inputs must not be empty")
    with variable_scope(scope or "rnn") as open_scope:
        given = [nest.pack(x, [convert(t) for t in nest.leaves(x)]) for x in inputs]
        state = initial_state
        if state is None:
            state = start(cell, nest.leaves(given[0])[0], 0, dtype)
        lengths = lengths_of(sequence_length)
        outputs = []
        for time, x in enumerate(given):
            if time:
                open_scope.reuse_variables()
            output, new = cell(x, state)
            output, state = through(time, lengths, output, new, state)
            outputs.append(output)
    return outputs, state


def static_bidirectional_rnn(
    cell_fw: Any,
    cell_bw: Any,
    inputs: Sequence[Any],
    initial_state_fw: Any = None,
    initial_state_bw: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[list[Any], Any, Any]:
    """Two recurrent networks on a list of inputs, one from the first to the last and one from the last to the first.

    Args:
        cell_fw, cell_bw: the cells.
        inputs, dtype, sequence_length: as for `static_rnn`; with lengths, each sample is turned around on its own.
        initial_state_fw, initial_state_bw: the states to begin with, by default zeros.
        scope: the variable scope, by default ``bidirectional_rnn``.

    Returns:
        The list of the outputs, both joined, and the two last states.

    >>> x = [tf.zeros([2, 3])] * 5
    >>> cells = [tf.nn.rnn_cell.BasicRNNCell(4) for _ in range(2)]
    >>> outputs, forward, backward = tf.nn.static_bidirectional_rnn(*cells, x, dtype=tf.float32)
    >>> outputs[0].shape.as_list(), [v.name for v in tf.global_variables()][2]
    ([2, 8], 'bidirectional_rnn/bw/basic_rnn_cell/kernel:0')
    """
    checked_cell(cell_fw, "cell_fw")
    checked_cell(cell_bw, "cell_bw")
    with variable_scope(scope or "bidirectional_rnn"):
        with variable_scope("fw") as inner:
            forward, state_fw = static_rnn(cell_fw, inputs, initial_state_fw, dtype, sequence_length, inner)
        with variable_scope("bw") as inner:
            turned = _turned(inputs, sequence_length)
            backward, state_bw = static_rnn(cell_bw, turned, initial_state_bw, dtype, sequence_length, inner)
    outputs = []
    for f, b in zip(forward, _turned(backward, sequence_length), strict=True):
        joined = [ops.concat(pair, 1) for pair in zip(nest.leaves(f), nest.leaves(b), strict=True)]
        outputs.append(nest.pack(f, joined))
    return outputs, state_fw, state_bw


def _turned(values: Sequence[Any], lengths: Any) -> list[Any]:
    """A list the other way round; with lengths, each sample's beginning."""
    if lengths is None:
        return list(reversed(values))
    at = [nest.leaves(v) for v in values]
    turned = []
    for sequence in zip(*at, strict=True):
        joined = ops.reverse_sequence(ops.stack(list(sequence)), lengths, seq_axis=0, batch_axis=1)
        turned.append(ops.unstack(joined, num=len(values)))
    return [nest.pack(v, leaves) for v, leaves in zip(values, zip(*turned, strict=True), strict=True)]


# What unrolled networks share with loops.


def start(cell: Any, x: Tensor, axis: int, dtype: Any) -> Any:
    """The state of zeros for the batch of `x`, which lies along `axis`. ValueError if there is no `dtype`."""
    if dtype is None:
        raise ValueError("Without an initial_state, the dtype must be given.")
    known = None if x.dims is None else x.dims[axis]
    return cell.zero_state(ops.shape(x)[axis] if known is None else known, dtype)


def lengths_of(sequence_length: Any) -> Tensor | None:
    """The lengths as [batch] int32. ValueError if they are no vector."""
    if sequence_length is None:
        return None
    lengths = ops.cast(convert(sequence_length, name="sequence_length"), types.int32)
    if lengths.dims is not None and len(lengths.dims) != 1:
        raise ValueError(f"sequence_length must be a vector [batch], got the shape {lengths.shape}.")
    return ops.identity(lengths, name="sequence_length")


def through(time: Any, lengths: Tensor | None, output: Any, new: Any, old: Any) -> tuple[Any, Any]:
    """The output and the state of a time: zeros and the old state for samples that are over."""
    if lengths is None:
        return output, new
    over = ops.greater_equal(convert(time, types.int32), lengths)
    nest.check_same(old, new, "A cell's state and its new state")
    outputs = [ops.where(over, ops.zeros_like(y), y) for y in nest.leaves(output)]
    states = [_kept(over, a, b) for a, b in zip(nest.leaves(old), nest.leaves(new), strict=True)]
    return nest.pack(output, outputs), nest.pack(new, states)


def _kept(over: Tensor, old: Any, new: Any) -> Any:
    if not isinstance(new, Tensor) or new.dims == ():
        return new
    return ops.where(over, convert(old, new.dtype), new)
