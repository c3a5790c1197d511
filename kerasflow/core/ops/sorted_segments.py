"""Segments that follow one another: ``segment_ids`` go up, and rows that carry the same number are put together.

The functions whose names begin with `sparse` take the rows by index from a larger array first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import INTEGER, NUMBER, REAL, of_kind, op
from kerasflow.core.ops.gathering import add_rows, gather
from kerasflow.core.ops.segments import (
    unsorted_segment_mean,
    unsorted_segment_sqrt_n,
    unsorted_segment_sum,
)
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import Spec

__all__ = [
    "segment_max",
    "segment_mean",
    "segment_min",
    "segment_prod",
    "segment_sum",
    "sparse_segment_mean",
    "sparse_segment_sqrt_n",
    "sparse_segment_sum",
]


def _infer(kinds: str) -> Callable[[Spec, Spec], Spec]:
    def infer(data: Spec, ids: Spec) -> Spec:
        of_kind(INTEGER, ids)
        of_kind(kinds, data)
        if not shapes.compatible(ids.shape, (None,)):
            raise ValueError(f"segment_ids must be a vector, got one of shape {shapes.show(ids.shape)}")
        if data.shape is None:
            return Spec(data.dtype, None)
        if not data.shape or ids.shape is not None and not shapes.compatible(ids.shape, data.shape[:1]):
            raise ValueError(f"{shapes.show(ids.shape)} segment_ids for data of shape {shapes.show(data.shape)}")
        n = None if ids.value is None else int(ids.value[-1]) + 1 if ids.value.size else 0
        return Spec(data.dtype, (n, *data.shape[1:]))

    return infer


def _starts(data: Any, ids: Any) -> tuple[Any, Any, int]:
    """Where each segment that is there begins, its number, and how many segments there are in all."""
    if ids.shape != data.shape[:1]:
        raise ValueError(f"{ids.shape} segment_ids for data of shape {data.shape}")
    if not ids.size:
        return np.zeros(0, np.intp), np.zeros(0, np.intp), 0
    steps = np.diff(ids)
    if ids[0] < 0 or steps.size and steps.min() < 0:
        raise InvalidArgumentError(None, None, f"segment ids must not go down nor be negative, got {ids.tolist()}")
    starts = np.concatenate([[0], np.flatnonzero(steps) + 1])
    return starts, ids[starts], int(ids[-1]) + 1


def _reducing(ufunc: np.ufunc, empty: int) -> Callable[..., Any]:
    def kernel(data: Any, ids: Any) -> Any:
        starts, numbers, n = _starts(data, ids)
        joined = np.full((n, *data.shape[1:]), empty, data.dtype)
        if n:
            joined[numbers] = ufunc.reduceat(data, starts, 0)
        return joined

    return kernel


def _sum(data: Any, ids: Any) -> Any:
    _, _, n = _starts(data, ids)
    rows = data.reshape(len(ids), -1) if data.size else data.reshape(len(ids), 0)
    return add_rows(rows, ids, n, data.dtype).reshape(n, *data.shape[1:])


def _mean(data: Any, ids: Any) -> Any:
    total = _sum(data, ids)
    counts = np.maximum(np.bincount(ids, minlength=len(total)), 1).astype(data.dtype)
    return (total / counts.reshape(-1, *(1,) * (data.ndim - 1))).astype(data.dtype, copy=False)


def _rows(g: Any, ids: Any) -> Any:
    return apply("GatherV2", g, ids, axis=0, batch_dims=0)


def _mean_vjp(n: Operation, g: Tensor) -> tuple[Tensor, None]:
    data, ids = n.inputs
    counts = apply("SegmentSum", apply("OnesLike", data), ids)
    return _rows(apply("DivNoNan", g, counts), ids), None


def _extremum_vjp(n: Operation, g: Tensor) -> tuple[Tensor, None]:
    data, ids = n.inputs
    chosen = apply("Equal", data, _rows(n.output, ids))
    shared = apply("SegmentSum", apply("Cast", chosen, dtype=g.dtype), ids)
    share = _rows(apply("DivNoNan", g, shared), ids)
    return apply("Select", chosen, share, apply("ZerosLike", data)), None


@op("SegmentSum", infer=_infer(NUMBER), kernel=_sum, vjp=lambda n, g: (_rows(g, n.inputs[1]), None))
def segment_sum(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """Sums of the rows of `data` that carry the same number; 0 for a number that is left out.

    Args:
        data: a tensor of numbers.
        segment_ids: one integer for each row, from 0 on, not going down.

    Raises:
        InvalidArgumentError: in a run, the ids go down or are negative.

    >>> tf.Session().run(tf.segment_sum([[1, 2], [3, 4], [5, 6]], [0, 0, 1]))
    array([[4, 6],
           [5, 6]], dtype=int32)
    """
    return apply("SegmentSum", data, segment_ids, name=name)


@op("SegmentMean", infer=_infer(REAL), kernel=_mean, vjp=_mean_vjp)
def segment_mean(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """Means of the rows of `data` that carry the same number; 0 for a number that is left out.

    Args:
        data, segment_ids: as for `segment_sum`; real numbers.

    >>> tf.Session().run(tf.segment_mean([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [0, 0, 1]))
    array([[2., 3.],
           [5., 6.]], dtype=float32)
    """
    return apply("SegmentMean", data, segment_ids, name=name)


@op("SegmentMax", infer=_infer(REAL), kernel=_reducing(np.maximum, 0), vjp=_extremum_vjp)
def segment_max(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """The largest elements of the rows of `data` that carry the same number; 0 for a number that is left out.

    Args:
        data, segment_ids: as for `segment_sum`; real numbers. Equal ones share the gradient.

    >>> tf.Session().run(tf.segment_max([[1, 9], [3, 4], [5, 6]], [0, 0, 1]))
    array([[3, 9],
           [5, 6]], dtype=int32)
    """
    return apply("SegmentMax", data, segment_ids, name=name)


@op("SegmentMin", infer=_infer(REAL), kernel=_reducing(np.minimum, 0), vjp=_extremum_vjp)
def segment_min(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """The smallest elements of the rows of `data` that carry the same number; 0 for a number that is left out.

    Args:
        data, segment_ids: as for `segment_sum`; real numbers. Equal ones share the gradient.

    >>> tf.Session().run(tf.segment_min([[1, 9], [3, 4], [5, 6]], [0, 0, 1]))
    array([[1, 4],
           [5, 6]], dtype=int32)
    """
    return apply("SegmentMin", data, segment_ids, name=name)


@op("SegmentProd", infer=_infer(NUMBER), kernel=_reducing(np.multiply, 1), vjp=None)
def segment_prod(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """Products of the rows of `data` that carry the same number; 1 for a number that is left out.

    Args:
        data, segment_ids: as for `segment_sum`. There is no gradient; `unsorted_segment_prod` has one.

    >>> tf.Session().run(tf.segment_prod([[1, 2], [3, 4], [5, 6]], [0, 0, 1]))
    array([[3, 8],
           [5, 6]], dtype=int32)
    """
    return apply("SegmentProd", data, segment_ids, name=name)


# Of rows that are named by index.


def _of_rows(
    ordered: Callable[..., Tensor], counted: Callable[..., Tensor], arguments: tuple[Any, ...], scope: str
) -> Tensor:
    data, indices, segment_ids, name, num_segments = arguments
    with name_scope(name, scope):
        rows = gather(convert(data, name="data"), indices)
        if num_segments is None:
            return ordered(rows, segment_ids)
        return counted(rows, segment_ids, num_segments)


def sparse_segment_sum(
    data: Any, indices: Any, segment_ids: Any, name: str | None = None, num_segments: Any = None
) -> Tensor:
    """Sums over segments of the rows ``data[indices]``.

    Args:
        data: a tensor of numbers.
        indices: which rows to take.
        segment_ids: for each of them the number of its segment, not going down.
        num_segments: the number of segments, by default one more than the last number.

    >>> tf.Session().run(tf.sparse_segment_sum([[1, 2], [3, 4], [5, 6]], [0, 2, 2], [0, 0, 1]))
    array([[6, 8],
           [5, 6]], dtype=int32)
    """
    return _of_rows(
        segment_sum,
        unsorted_segment_sum,
        (data, indices, segment_ids, name, num_segments),
        "SparseSegmentSum",
    )


def sparse_segment_mean(
    data: Any, indices: Any, segment_ids: Any, name: str | None = None, num_segments: Any = None
) -> Tensor:
    """Means over segments of the rows ``data[indices]``.

    Args:
        data, indices, segment_ids, num_segments: as for `sparse_segment_sum`.

    >>> tf.Session().run(tf.sparse_segment_mean([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [0, 2, 2], [0, 0, 1]))
    array([[3., 4.],
           [5., 6.]], dtype=float32)
    """
    return _of_rows(
        segment_mean,
        unsorted_segment_mean,
        (data, indices, segment_ids, name, num_segments),
        "SparseSegmentMean",
    )


def _segment_sqrt_n(rows: Tensor, segment_ids: Any) -> Tensor:
    total = segment_sum(rows, segment_ids)
    counts = segment_sum(apply("OnesLike", rows), segment_ids)
    return apply("DivNoNan", total, apply("Sqrt", counts))


def sparse_segment_sqrt_n(
    data: Any, indices: Any, segment_ids: Any, name: str | None = None, num_segments: Any = None
) -> Tensor:
    """Sums over segments of the rows ``data[indices]``, each over the root of the number of its rows.

    Args:
        data, indices, segment_ids, num_segments: as for `sparse_segment_sum`.

    >>> tf.Session().run(tf.sparse_segment_sqrt_n([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [0, 2, 2], [0, 0, 1]))
    array([[4.242641, 5.656854],
           [5.      , 6.      ]], dtype=float32)
    """
    return _of_rows(
        _segment_sqrt_n,
        unsorted_segment_sqrt_n,
        (data, indices, segment_ids, name, num_segments),
        "SparseSegmentSqrtN",
    )
