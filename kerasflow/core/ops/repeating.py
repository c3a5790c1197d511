"""Repeating elements, and what is left of the functions that combine others: shapes of blocks, stacks, scatters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.graph import apply, convert, graph_of
from kerasflow.core.opdef import INTEGER, blocked, of_kind, op, same_type
from kerasflow.core.ops.arguments import in_rank, shape_from, static_int, static_ints, vector
from kerasflow.core.ops.compositions import tensor_scatter_add, tensor_scatter_sub, tensor_scatter_update
from kerasflow.core.ops.constant import constant
from kerasflow.core.ops.gathering import gather
from kerasflow.core.ops.joining import stack
from kerasflow.core.ops.reshaping import reshape
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import IndexedSlices, Tensor
from kerasflow.core.types import Spec
from kerasflow.core.variables import Variable

__all__ = [
    "batch_scatter_update",
    "broadcast_dynamic_shape",
    "parallel_stack",
    "repeat",
    "required_space_to_batch_paddings",
    "tensor_scatter_nd_add",
    "tensor_scatter_nd_sub",
    "tensor_scatter_nd_update",
]

tensor_scatter_nd_add = tensor_scatter_add
tensor_scatter_nd_sub = tensor_scatter_sub
tensor_scatter_nd_update = tensor_scatter_update


def _infer_places(repeats: Spec, size: Spec) -> Spec:
    of_kind(INTEGER, repeats)
    if repeats.shape is not None and len(repeats.shape) > 1:
        raise ValueError(f"the repeats must be a number or a list, got the shape {shapes.show(repeats.shape)}")
    if repeats.value is not None and np.any(np.less(repeats.value, 0)):
        raise ValueError(f"an element cannot be repeated {int(np.min(repeats.value))} times")
    if repeats.shape and size.value is not None and not shapes.compatible(repeats.shape, (int(size.value),)):
        if repeats.shape != (1,):
            raise ValueError(f"{repeats.shape[0]} repeats for {int(size.value)} elements")
    return Spec(types.int32, (None,))


@op("RepeatedPlaces", infer=_infer_places, vjp=blocked)
def _places(repeats: Any, size: Any) -> Any:
    """The place of each element of what is repeated, along the axis."""
    if repeats.shape not in ((), (1,), (int(size),)):
        raise ValueError(f"{len(repeats)} repeats for {int(size)} elements")
    if np.any(np.less(repeats, 0)):
        raise ValueError(f"an element cannot be repeated {int(np.min(repeats))} times")
    return np.repeat(np.arange(int(size), dtype=np.int32), np.reshape(repeats, -1))


def repeat(input: Any, repeats: Any, axis: int | None = None, name: str | None = None) -> Tensor:
    """Each element of `input` several times in a row, as `np.repeat`.

    Args:
        input: a tensor.
        repeats: how many times: a number, or one for each element along `axis`.
        axis: the axis; by default `input` is made flat.

    Raises:
        ValueError: there are not as many `repeats` as elements, or one is negative.
        InvalidArgumentError: in a run, there are not.

    >>> tf.Session().run(tf.repeat([[1, 2], [3, 4]], [1, 2], axis=0))
    array([[1, 2],
           [3, 4],
           [3, 4]], dtype=int32)
    """
    with name_scope(name, "Repeat", [input, repeats]):
        x, times = convert(input), convert(repeats)
        if axis is None:
            x, axis = reshape(x, [-1]), 0
        size = apply("Shape", x, out_type=types.int32)[static_int(axis, "repeat: axis")]
        repeated = gather(x, apply("RepeatedPlaces", times, size), axis=axis)
        if x.dims is not None and times.spec.value is not None:
            k = in_rank(axis, len(x.dims))
            n, counts = x.dims[k], np.reshape(times.spec.value, -1)
            total = int(counts.sum()) if len(counts) == n and len(counts) != 1 else None
            known = total if len(counts) != 1 else None if n is None else n * int(counts[0])
            repeated.set_shape([known if i == k else d for i, d in enumerate(x.dims)])
        return repeated


def _infer_broadcast(x: Spec, y: Spec) -> Spec:
    of_kind(INTEGER, x)
    dtype = same_type(x, y)
    known = [vector(s, "the shape") for s in (x, y)]
    if None in known:
        return Spec(dtype, (None,))
    dims = shapes.broadcast(*[shape_from(k) for k in known])
    value = np.array(dims, dtype.numpy) if shapes.is_static(dims) else None
    return Spec(dtype, None if dims is None else (len(dims),), value)


@op("BroadcastArgs", infer=_infer_broadcast, vjp=blocked)
def _broadcast_args(x: Any, y: Any) -> Any:
    dims = shapes.broadcast(tuple(x.tolist()), tuple(y.tolist()))
    return np.array(dims, x.dtype)


def broadcast_dynamic_shape(shape_x: Any, shape_y: Any) -> Tensor:
    """The shape, as a tensor, of what an element-wise operation gives for inputs of two shapes.

    Args:
        shape_x, shape_y: integer vectors of one type.

    Raises:
        ValueError, InvalidArgumentError: they cannot be broadcast together.

    >>> tf.Session().run(tf.broadcast_dynamic_shape([2, 1], [3]))
    array([2, 3], dtype=int32)
    """
    graph = graph_of([shape_x, shape_y])
    made: Tensor = graph.apply_alike("BroadcastArgs", shape_x, shape_y)
    return made


def parallel_stack(values: Sequence[Any], name: str | None = "parallel_stack") -> Tensor:
    """The tensors of a list, whose shapes must be known, side by side along a new first axis; see `stack`.

    Raises:
        ValueError: a shape is not known, or they differ.

    >>> tf.Session().run(tf.parallel_stack([tf.constant([1, 2]), tf.constant([3, 4])]))
    array([[1, 2],
           [3, 4]], dtype=int32)
    """
    graph = graph_of(values)
    tensors = [graph.convert(v) for v in values]
    for t in tensors:
        if not shapes.is_static(t.dims):
            raise ValueError(f"parallel_stack needs shapes that are fully known, got {t}.")
    return stack(tensors, name=name or "parallel_stack")


def required_space_to_batch_paddings(
    input_shape: Any, block_shape: Any, base_paddings: Any = None, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """The least paddings with which `space_to_batch_nd` cuts into whole blocks, and the crops that undo them.

    Args:
        input_shape: the sizes of the axes that are cut, known while the graph is built.
        block_shape: the sizes of the blocks.
        base_paddings: paddings that are wanted in any case, (number of axes, 2); none by default.

    Raises:
        ValueError: the numbers do not fit together.

    >>> paddings, crops = tf.required_space_to_batch_paddings([5, 6], [2, 3])
    >>> tf.Session().run(paddings)
    array([[0, 1],
           [0, 0]], dtype=int32)
    """
    sizes, blocks = static_ints(input_shape, "input_shape"), static_ints(block_shape, "block_shape")
    base = None if base_paddings is None else convert(base_paddings).spec.value
    if base_paddings is not None and base is None:
        raise ValueError("required_space_to_batch_paddings: base_paddings must be known while the graph is built.")
    wanted = np.zeros((len(blocks), 2), np.int32) if base is None else np.asarray(base, np.int32)
    if len(sizes) != len(blocks) or wanted.shape != (len(blocks), 2):
        raise ValueError(f"{len(sizes)} sizes and paddings of shape {wanted.shape} for {len(blocks)} block sizes.")
    extra = [-(n + sum(w)) % b for n, b, w in zip(sizes, blocks, wanted.tolist(), strict=True)]
    paddings = [[before, after + e] for (before, after), e in zip(wanted.tolist(), extra, strict=True)]
    with name_scope(name, "required_space_to_batch_paddings"):
        crops = constant(np.reshape([[0, e] for e in extra], (-1, 2)).astype(np.int32), name="crops")
        return constant(np.reshape(paddings, (-1, 2)).astype(np.int32), name="paddings"), crops


def batch_scatter_update(
    ref: Variable, indices: Any, updates: Any, use_locking: bool = True, name: str | None = None
) -> Tensor:
    """An operation that sets rows of each batch of a variable: ``ref[b.., indices[b.., i]] = updates[b.., i]``.

    Args:
        ref: a variable.
        indices: integers (batch axes.., n); their batch axes are the first ones of `ref`, of known size.
        updates: the rows, of shape ``indices.shape + ref.shape[indices.ndims:]``.

    Raises:
        ValueError: the shapes do not fit, or are not known.

    >>> w = tf.Variable([[1, 2], [3, 4]])
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     sess.run(tf.batch_scatter_update(w, [[1], [0]], [[7], [8]]))
    array([[1, 7],
           [8, 4]], dtype=int32)
    """
    with name_scope(name, "batch_scatter_update", [indices]):
        return ref.batch_scatter_update(IndexedSlices(updates, indices))
