"""Sums, products, extrema and means over segments: rows that carry the same number are put together.

The adjoint of the sum hands each row the sum's gradient.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import INTEGER, NUMBER, REAL, blocked, of_kind, op
from kerasflow.core.ops.arguments import scalar, shape_from
from kerasflow.core.ops.gathering import add_rows, check_bounds
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import Spec

__all__ = [
    "unsorted_segment_max",
    "unsorted_segment_mean",
    "unsorted_segment_min",
    "unsorted_segment_prod",
    "unsorted_segment_sqrt_n",
    "unsorted_segment_sum",
]


def _infer_segments(data: Spec, ids: Spec, count: Spec) -> Spec:
    of_kind(INTEGER, ids)
    of_kind(NUMBER, data)
    n = scalar(count, "num_segments")
    if data.shape is None or ids.shape is None:
        return Spec(data.dtype, None)
    rank = len(ids.shape)
    if len(data.shape) < rank or not shapes.compatible(data.shape[:rank], ids.shape):
        raise ValueError(f"shape {shapes.show(ids.shape)} of ids must begin that of data, {shapes.show(data.shape)}")
    return Spec(data.dtype, (*(shape_from((n,)) or ()), *data.shape[rank:]))


def _rows_to_join(data: Any, ids: Any, n: int) -> tuple[Any, Any, tuple[int, ...]]:
    """The rows that count, as a matrix; the segment of each; and the shape of a row."""
    if n < 0 or data.shape[: ids.ndim] != ids.shape:
        raise ValueError(f"shape {ids.shape} of ids must begin that of data, {data.shape}; {n} segments")
    flat, rest = ids.reshape(-1), data.shape[ids.ndim :]
    rows = data.reshape(flat.size, math.prod(rest))
    kept = flat >= 0
    if kept.any():
        check_bounds(np.maximum(ids, 0), n, "segment id")
    if not kept.all():
        flat, rows = flat[kept], rows[kept]
    return rows, flat, rest


def _segment_sum(data: Any, ids: Any, count: Any) -> Any:
    rows, flat, rest = _rows_to_join(data, ids, int(count))
    return add_rows(rows, flat, int(count), data.dtype).reshape(int(count), *rest)


def _segment_rows(g: Any, ids: Any) -> Any:
    """To each id its row of `g`; zeros to a negative id."""
    if not len(g):
        return np.zeros(ids.shape + g.shape[1:], g.dtype)
    counts = (ids >= 0).reshape(ids.shape + (1,) * (g.ndim - 1))
    return np.where(counts, np.take(g, ids, 0, mode="clip"), np.zeros((), g.dtype))


def _infer_segment_rows(g: Spec, ids: Spec) -> Spec:
    if g.shape is None or ids.shape is None:
        return Spec(g.dtype, None)
    return Spec(g.dtype, ids.shape + g.shape[1:])


op(
    "UnsortedSegmentRows",
    infer=_infer_segment_rows,
    kernel=_segment_rows,
    vjp=lambda n, g: (
        apply("UnsortedSegmentSum", g, n.inputs[1], apply("Shape", n.inputs[0], out_type=types.int32)[0]),
        None,
    ),
)(_segment_rows)


@op(
    "UnsortedSegmentSum",
    infer=_infer_segments,
    kernel=_segment_sum,
    vjp=lambda n, g: (apply("UnsortedSegmentRows", g, n.inputs[1]), None, None),
)
def unsorted_segment_sum(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
    """Sums of the rows of `data` that carry the same number: result[k] is that of all rows with ``segment_ids = k``.

    Args:
        data: a tensor of numbers.
        segment_ids: integers below `num_segments`, of a shape with which that of `data` begins; negative ones do not
            count.
        num_segments: the number of sums, an int or a scalar int tensor.

    Raises:
        ValueError: the shapes do not fit. InvalidArgumentError: in a run, an id is too large.

    >>> tf.Session().run(tf.unsorted_segment_sum([1.0, 2.0, 3.0], [1, 0, 1], 2))
    array([2., 4.], dtype=float32)
    """
    return apply("UnsortedSegmentSum", data, segment_ids, num_segments, name=name)


# Other ways to put rows together.


def _joining(ufunc: np.ufunc, empty: Callable[[Any], Any]) -> Callable[..., Any]:
    """The kernel that joins rows by `ufunc`, and gives a segment without any the value ``empty(dtype)``."""

    def kernel(data: Any, ids: Any, count: Any) -> Any:
        rows, flat, rest = _rows_to_join(data, ids, int(count))
        joined = np.full((int(count), rows.shape[1]), empty(data.dtype), data.dtype)
        ufunc.at(joined, flat, rows)
        return joined.reshape(int(count), *rest)

    return kernel


def lowest(dtype: Any) -> Any:
    """The smallest finite number of a NumPy type."""
    return np.finfo(dtype).min if dtype.kind == "f" else np.iinfo(dtype).min


def highest(dtype: Any) -> Any:
    """The largest finite number of a NumPy type."""
    return np.finfo(dtype).max if dtype.kind == "f" else np.iinfo(dtype).max


def _extremum_vjp(n: Operation, g: Tensor) -> tuple[Tensor, None, None]:
    data, ids, count = n.inputs
    chosen = apply("Equal", data, apply("UnsortedSegmentRows", n.output, ids))
    shared = apply("UnsortedSegmentSum", apply("Cast", chosen, dtype=g.dtype), ids, count)
    share = apply("UnsortedSegmentRows", apply("DivNoNan", g, shared), ids)
    return apply("Select", chosen, share, apply("ZerosLike", data)), None, None


def _product_vjp(n: Operation, g: Tensor) -> tuple[Tensor, None, None]:
    data, ids, count = n.inputs
    # The product of the others: the whole over the element, or, for a zero, the product of what is not zero.
    is_zero = apply("Equal", data, apply("ZerosLike", data))
    zeros = apply("UnsortedSegmentSum", apply("Cast", is_zero, dtype=g.dtype), ids, count)
    g = apply("Select", zeros > 1.0, apply("ZerosLike", g), g)
    others = apply("Select", is_zero, apply("OnesLike", data), data)
    product = apply("UnsortedSegmentProd", others, ids, count)
    whole, rest, g = (apply("UnsortedSegmentRows", t, ids) for t in (n.output, product, g))
    return g * apply("Select", is_zero, rest, whole / others), None, None


def _infer_real(data: Spec, ids: Spec, count: Spec) -> Spec:
    of_kind(REAL, data)
    return _infer_segments(data, ids, count)


@op("UnsortedSegmentMax", infer=_infer_real, kernel=_joining(np.maximum, lowest), vjp=_extremum_vjp)
def unsorted_segment_max(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
    """The largest elements of the rows of `data` that carry the same number; of none, the lowest number of the type.

    Args:
        data, segment_ids, num_segments: as for `unsorted_segment_sum`; real numbers.

    >>> tf.Session().run(tf.unsorted_segment_max([1.0, 2.0, 3.0], [1, 0, 1], 2))
    array([2., 3.], dtype=float32)
    """
    return apply("UnsortedSegmentMax", data, segment_ids, num_segments, name=name)


@op("UnsortedSegmentMin", infer=_infer_real, kernel=_joining(np.minimum, highest), vjp=_extremum_vjp)
def unsorted_segment_min(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
    """The smallest elements of the rows of `data` that carry the same number; of none, the highest number of the type.

    Args:
        data, segment_ids, num_segments: as for `unsorted_segment_sum`; real numbers.

    >>> tf.Session().run(tf.unsorted_segment_min([1.0, 2.0, 3.0], [1, 0, 1], 2))
    array([2., 1.], dtype=float32)
    """
    return apply("UnsortedSegmentMin", data, segment_ids, num_segments, name=name)


@op("UnsortedSegmentProd", infer=_infer_segments, kernel=_joining(np.multiply, lambda dtype: 1), vjp=_product_vjp)
def unsorted_segment_prod(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
    """Products of the rows of `data` that carry the same number; of none, 1.

    Args:
        data, segment_ids, num_segments: as for `unsorted_segment_sum`.

    >>> tf.Session().run(tf.unsorted_segment_prod([1.0, 2.0, 3.0], [1, 0, 1], 2))
    array([2., 3.], dtype=float32)
    """
    return apply("UnsortedSegmentProd", data, segment_ids, num_segments, name=name)


def _sum_and_count(data: Any, segment_ids: Any, num_segments: Any) -> tuple[Tensor, Tensor]:
    """The sums of segments, and beside each the number of its rows, or 1 if it has none."""
    x, ids = convert(data, name="data"), convert(segment_ids, name="segment_ids")
    total = unsorted_segment_sum(x, ids, num_segments)
    counts = unsorted_segment_sum(apply("OnesLike", apply("Cast", ids, dtype=x.dtype)), ids, num_segments)
    counts = apply("SegmentCounts", counts, total)
    return total, counts


@op("SegmentCounts", infer=lambda counts, like: Spec(counts.dtype, like.shape), vjp=blocked)
def _segment_counts(counts: Any, like: Any) -> Any:
    one = np.maximum(counts, np.ones((), counts.dtype))
    return np.broadcast_to(one.reshape(one.shape + (1,) * (like.ndim - one.ndim)), like.shape).copy()


def unsorted_segment_mean(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
    """Means of the rows of `data` that carry the same number; of none, 0.

    Args:
        data, segment_ids, num_segments: as for `unsorted_segment_sum`; floating-point numbers.

    >>> tf.Session().run(tf.unsorted_segment_mean([1.0, 2.0, 3.0], [1, 0, 1], 2))
    array([2., 2.], dtype=float32)
    """
    with name_scope(name, "UnsortedSegmentMean"):
        total, count = _sum_and_count(data, segment_ids, num_segments)
        return total / count


def unsorted_segment_sqrt_n(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
    """Sums of the rows of `data` that carry the same number, over the root of how many there are; of none, 0.

    Args:
        data, segment_ids, num_segments: as for `unsorted_segment_sum`; floating-point numbers.

    >>> tf.Session().run(tf.unsorted_segment_sqrt_n([1.0, 2.0, 3.0], [1, 0, 1], 2))
    array([2.      , 2.828427], dtype=float32)
    """
    with name_scope(name, "UnsortedSegmentSqrtN"):
        total, count = _sum_and_count(data, segment_ids, num_segments)
        return total / apply("Sqrt", count)
