"""A loop over a cell that the program steers itself: what comes in, what goes out, and when it is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasflow.core import nest, ops, shapes, types
from kerasflow.core.graph import convert
from kerasflow.core.ops.tensor_array import TensorArray
from kerasflow.core.tensor import Tensor
from kerasflow.core.variable_scope import variable_scope
from kerasflow.rnn.cells import checked_cell

__all__ = ["raw_rnn"]


def raw_rnn(
    cell: Any,
    loop_fn: Callable[..., Any],
    parallel_iterations: int | None = None,
    swap_memory: bool = False,
    scope: Any = None,
) -> tuple[Any, Any, Any]:
    """A cell in a loop, where a function chooses each input, state and output.

    Args:
        cell: the cell.
        loop_fn: from the time, the cell's output, its state and a state of the loop, the five values ``finished``
            ([batch] bool), the next input, the next state, the output to keep and the next state of the loop. At time
            0, before the cell is called, it gets None for the others, and what it gives as the output has the shapes
            and types of all that are kept (None: those of the cell's output).
        parallel_iterations, swap_memory: accepted and without effect.
        scope: the variable scope, by default ``rnn``.

    Returns:
        A `TensorArray` of the outputs, or a nest of them, the last state, and the last state of the loop. Samples that
        are finished keep their state and give zeros.

    Raises:
        TypeError: `cell` is no cell, or `loop_fn` no function.

    >>> cell = tf.nn.rnn_cell.BasicRNNCell(2)
    >>> x = tf.TensorArray(tf.float32, 3).unstack(tf.ones([3, 1, 2]))
    >>> def choose(time, output, state, loop_state):
    ...     new = cell.zero_state(1, tf.float32) if output is None else state
    ...     over = tf.fill([1], time >= 3)
    ...     return over, tf.cond(over[0], lambda: tf.zeros([1, 2]), lambda: x.read(time)), new, output, None
    >>> outputs, last, _ = tf.nn.raw_rnn(cell, choose)
    >>> outputs.stack().shape.as_list(), last.shape.as_list()
    ([None, 1, 2], [1, 2])
    """
    checked_cell(cell, "cell")
    if not callable(loop_fn):
        raise TypeError(f"loop_fn must be a callable, got {loop_fn!r}.")
    with variable_scope(scope or "rnn"):
        time = ops.constant(0, types.int32)
        finished, x, state, kept, loop_state = loop_fn(time, None, None, None)
        x, state = (nest.pack(s, [_tensor(v) for v in nest.leaves(s)]) for s in (x, state))
        first = nest.leaves(x)[0]
        batch = ops.shape(first)[0] if first.dims[0] is None else first.dims[0]
        like = _likes(cell, kept, nest.leaves(state)[0])
        arrays = [
            TensorArray(dtype, 0, dynamic_size=True, element_shape=(first.dims[0], *dims)) for dtype, dims in like
        ]
        zeros = [ops.zeros([batch, *dims], dtype) for dtype, dims in like]
        has_loop_state = loop_state is not None
        loop_state = loop_state if has_loop_state else ops.constant(0, types.int32)  # a loop carries tensors

        def body(time: Any, finished: Any, x: Any, arrays: Any, state: Any, loop_state: Any) -> Any:
            output, new = cell(x, state)
            given = loop_state if has_loop_state else None
            over, x, new, emitted, next_loop_state = loop_fn(time + 1, output, new, given)
            results = zip(arrays, zeros, nest.leaves(emitted), strict=True)
            arrays = [a.write(time, _chosen(finished, zero, y)) for a, zero, y in results]
            pairs = zip(nest.leaves(state), nest.leaves(new), strict=True)
            new = nest.pack(state, [_chosen(finished, old, value) for old, value in pairs])
            loop_state = loop_state if next_loop_state is None else next_loop_state
            return time + 1, ops.logical_or(finished, over), x, arrays, new, loop_state

        def unfinished(time: Any, finished: Any, *_: Any) -> Any:
            return ops.logical_not(ops.reduce_all(finished))

        start = (time, convert(finished), x, arrays, state, loop_state)
        _, _, _, arrays, state, loop_state = ops.while_loop(unfinished, body, start)
    structure = cell.output_size if kept is None else kept
    return nest.pack(structure, arrays), state, loop_state if has_loop_state else None


def _tensor(value: Any) -> Any:
    return value if isinstance(value, TensorArray) else convert(value)


def _likes(cell: Any, kept: Any, state: Tensor) -> list[tuple[Any, tuple[Any, ...]]]:
    """The types and shapes, without the batch, of the outputs that are kept."""
    if kept is None:
        return [(state.dtype, shapes.as_dims(s) or ()) for s in nest.leaves(cell.output_size)]
    return [(t.dtype, t.dims or ()) for t in (convert(v) for v in nest.leaves(kept))]


def _chosen(finished: Tensor, old: Any, new: Any) -> Any:
    """`old` for samples that are finished, else `new`."""
    if isinstance(new, TensorArray) or not shapes.as_dims(new.shape):
        return new
    chosen = ops.where(finished, old, new)
    chosen.set_shape(old.shape)
    return chosen
