"""Taking an array apart by numbers and putting it together again: `dynamic_partition`, `dynamic_stitch`, and relatives
that put elements in another order: `reverse_sequence`, `roll`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import INTEGER, of_kind, op, same_type
from kerasflow.core.ops import filling
from kerasflow.core.ops.arguments import alike, in_rank, static_int, static_ints
from kerasflow.core.ops.gathering import check_bounds
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = ["dynamic_partition", "dynamic_stitch", "reverse_sequence", "roll"]


# Apart, and together.


def _infer_partition(data: Spec, partitions: Spec, count: int) -> tuple[Spec, ...]:
    of_kind(INTEGER, partitions)
    rest = None
    if data.shape is not None and partitions.shape is not None:
        rank = len(partitions.shape)
        if len(data.shape) < rank or not shapes.compatible(data.shape[:rank], partitions.shape):
            shown = f"{shapes.show(data.shape)} must begin with that of partitions, {shapes.show(partitions.shape)}"
            raise ValueError(f"the shape of data, {shown}")
        rest = (None, *data.shape[rank:])
    return (Spec(data.dtype, rest),) * count


def _partition(data: Any, partitions: Any, count: int) -> Any:
    rank = np.ndim(partitions)
    if data.shape[:rank] != partitions.shape:
        raise ValueError(f"the shape of data, {data.shape}, must begin with that of partitions, {partitions.shape}")
    check_bounds(partitions, count, "partition")
    flat = partitions.reshape(-1)
    rows = data.reshape(flat.size, *data.shape[rank:])
    parts = tuple([rows[flat == i] for i in range(count)])
    return parts if count > 1 else parts[0]


def _partition_vjp(n: Any, g: Any) -> tuple[Any, None]:
    data, partitions = n.inputs
    parts = g if isinstance(g, (list, tuple)) else [g]
    positions = apply("ReshapeLike", filling.range(apply("Size", partitions, out_type=types.int32)), partitions)
    indices = _listed(apply("DynamicPartition", positions, partitions, **n.attrs))
    filled = [apply("ZerosLike", y) if p is None else p for p, y in zip(parts, n.outputs, strict=True)]
    stitched = apply("DynamicStitch", *indices, *filled, count=len(filled))
    return apply("ReshapeLike", stitched, data), None


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, tuple) else [value]


@op("DynamicPartition", infer=_infer_partition, kernel=_partition, vjp=_partition_vjp)
def dynamic_partition(data: Any, partitions: Any, num_partitions: int, name: str | None = None) -> list[Tensor]:
    """The parts of `data` that carry the same number: ``result[k]`` has the rows with ``partitions = k``, in order.

    Args:
        data: a tensor.
        partitions: integers in [0, num_partitions), of a shape with which that of `data` begins.
        num_partitions: the number of parts.

    Raises:
        ValueError: the shapes do not fit. InvalidArgumentError: in a run, a number is out of range.

    >>> tf.Session().run(tf.dynamic_partition([10, 20, 30, 40], [1, 0, 0, 1], 2))
    [array([20, 30], dtype=int32), array([10, 40], dtype=int32)]
    """
    count = static_int(num_partitions, "num_partitions")
    if count < 1:
        raise ValueError(f"dynamic_partition: num_partitions must be at least 1, got {count}.")
    return _listed(apply("DynamicPartition", data, partitions, count=count, name=name))


def _infer_stitch(*specs: Spec, count: int) -> Spec:
    indices, data = specs[:count], specs[count:]
    dtype = same_type(*data)
    rest: shapes.Dims = None
    for i, d in zip(indices, data, strict=True):
        of_kind(INTEGER, i)
        if i.shape is not None and d.shape is not None:
            rank = len(i.shape)
            if not shapes.compatible(d.shape[:rank], i.shape):
                shown = f"{shapes.show(d.shape)} must begin with that of indices, {shapes.show(i.shape)}"
                raise ValueError(f"the shape of data, {shown}")
            rest = shapes.merge(rest, d.shape[rank:])
    values = [i.value for i in indices]
    n = None if any(v is None for v in values) else max([int(np.max(v, initial=-1)) for v in values]) + 1
    return Spec(dtype, None if rest is None else (n, *rest))


def _stitch(*arrays: Any, count: int) -> Any:
    indices, data = arrays[:count], arrays[count:]
    rest = data[0].shape[np.ndim(indices[0]) :]
    n = max([int(np.max(i, initial=-1)) for i in indices]) + 1
    merged = np.zeros((n, *rest), data[0].dtype)
    for i, d in zip(indices, data, strict=True):
        if d.shape != i.shape + rest:
            raise ValueError(
                f"data of shape {d.shape} for indices of shape {i.shape}, where others have rows of {rest}"
            )
        check_bounds(i, n, "index")
        merged[i.reshape(-1)] = d.reshape(i.size, *rest)
    return merged


def _stitch_vjp(n: Any, g: Any) -> tuple[Any, ...]:
    indices = n.inputs[: n.attrs["count"]]
    return (None,) * len(indices) + tuple(apply("GatherV2", g, i, axis=0, batch_dims=0) for i in indices)


@op("DynamicStitch", infer=_infer_stitch, kernel=_stitch, vjp=_stitch_vjp)
def dynamic_stitch(indices: Sequence[Any], data: Sequence[Any], name: str | None = None) -> Tensor:
    """Rows put where `indices` say: ``result[indices[m][i..]] = data[m][i..]``; the later wins where two meet.

    Args:
        indices: a list of integer tensors; together they should name all rows from 0 to the largest.
        data: a list of tensors, of shapes that begin with those of `indices`.

    Raises:
        ValueError: the shapes do not fit.

    >>> tf.Session().run(tf.dynamic_stitch([[1, 3], [0, 2]], [[10, 30], [0, 20]]))
    array([ 0, 10, 20, 30], dtype=int32)
    """
    if len(indices) != len(data) or not indices:
        raise ValueError(f"dynamic_stitch: {len(indices)} indices for {len(data)} parts of data.")
    parts = alike(data, name or "DynamicStitch", beside=indices)
    return apply("DynamicStitch", *indices, *parts, count=len(indices), name=name)


# In another order.


def _infer_reverse(x: Spec, lengths: Spec, seq_axis: int, batch_axis: int) -> Spec:
    of_kind("i", lengths)
    if x.shape is not None:
        in_rank(seq_axis, len(x.shape))
        batch = in_rank(batch_axis, len(x.shape))
        if batch == in_rank(seq_axis, len(x.shape)):
            raise ValueError(f"the sequences lie along the axis of the batch, {batch}")
        if not shapes.compatible(lengths.shape, (x.shape[batch],)):
            shown = f"{shapes.show(lengths.shape)} for a batch of {x.shape[batch]}"
            raise ValueError(f"seq_lengths must have one length for each sequence, got shape {shown}")
    return Spec(x.dtype, x.shape)


@op(
    "ReverseSequence",
    infer=_infer_reverse,
    vjp=lambda n, g: (apply("ReverseSequence", g, n.inputs[1], **n.attrs), None),
)
def _reverse(x: Any, lengths: Any, seq_axis: int, batch_axis: int) -> Any:
    seq, batch = in_rank(seq_axis, x.ndim), in_rank(batch_axis, x.ndim)
    n = x.shape[seq]
    if lengths.shape != (x.shape[batch],):
        raise ValueError(f"{lengths.shape} lengths for a batch of {x.shape[batch]}")
    check_bounds(lengths, n + 1, "length")
    at = np.arange(n)
    source = np.where(at < lengths[:, None], lengths[:, None] - 1 - at, at)  # (batch, time)
    dims = [1] * x.ndim
    dims[batch], dims[seq] = len(lengths), n
    index = source if batch < seq else source.T
    return np.take_along_axis(x, index.reshape(dims), seq)


def reverse_sequence(
    input: Any,
    seq_lengths: Any,
    seq_axis: Any = None,
    batch_axis: Any = None,
    name: str | None = None,
    seq_dim: Any = None,
    batch_dim: Any = None,
) -> Tensor:
    """The first ``seq_lengths[i]`` elements of each sequence in reverse order, the others where they are.

    Args:
        input: a tensor.
        seq_lengths: for each entry of the batch, how many elements to reverse.
        seq_axis: the axis the sequences lie along.
        batch_axis: the axis of the batch, by default the first.
        seq_dim, batch_dim: former names of these.

    Raises:
        ValueError: `seq_axis` is missing or there is no such axis. InvalidArgumentError: in a run, a length is more
            than there are elements.

    >>> tf.Session().run(tf.reverse_sequence([[1, 2, 3], [4, 5, 6]], [2, 3], seq_axis=1))
    array([[2, 1, 3],
           [6, 5, 4]], dtype=int32)
    """
    seq = seq_dim if seq_axis is None else seq_axis
    batch = batch_dim if batch_axis is None else batch_axis
    if seq is None:
        raise ValueError("reverse_sequence: seq_axis must be given, the axis that sequences lie along.")
    axes = {"seq_axis": static_int(seq, "seq_axis"), "batch_axis": static_int(batch or 0, "batch_axis")}
    return apply("ReverseSequence", input, seq_lengths, name=name, **axes)


def _infer_roll(x: Spec, shift: Spec, axis: tuple[int, ...]) -> Spec:
    of_kind("i", shift)
    if x.shape is not None:
        for a in axis:
            in_rank(a, len(x.shape))
    if not shapes.compatible(shift.shape, (len(axis),)):
        raise ValueError(f"{len(axis)} axes need as many shifts, got shape {shapes.show(shift.shape)}")
    return Spec(x.dtype, x.shape)


@op(
    "Roll",
    infer=_infer_roll,
    vjp=lambda n, g: (apply("Roll", g, -n.inputs[1], **n.attrs), None),
)
def _roll(x: Any, shift: Any, axis: tuple[int, ...]) -> Any:
    return np.roll(x, shift.tolist(), axis)


def roll(input: Any, shift: Any, axis: Any, name: str | None = None) -> Tensor:
    """The elements moved on along one axis or several; what falls off one end comes in at the other.

    Args:
        input: a tensor.
        shift: how far, an int or one for each axis; towards the front if negative.
        axis: an int or a list of ints.

    >>> tf.Session().run(tf.roll([0, 1, 2, 3, 4], shift=2, axis=0))
    array([3, 4, 0, 1, 2], dtype=int32)
    """
    axes = static_ints(axis, "roll: axis")
    by = shift if isinstance(shift, Iterable) and not isinstance(shift, Tensor) else convert(shift)
    if isinstance(by, Tensor) and by.dims == ():
        by = apply("Reshape", by, np.array([1], np.int32))
    return apply("Roll", input, by, axis=axes, name=name)
