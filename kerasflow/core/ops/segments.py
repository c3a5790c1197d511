"""Sums over segments: rows that carry the same number are added up.

The adjoint hands each row the sum's gradient.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.graph import apply
from kerasflow.core.opdef import INTEGER, NUMBER, of_kind, op
from kerasflow.core.ops.arguments import scalar, shape_from
from kerasflow.core.ops.gathering import add_rows, check_bounds
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = ["unsorted_segment_sum"]


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


def _segment_sum(data: Any, ids: Any, count: Any) -> Any:
    n = int(count)
    if n < 0 or data.shape[: ids.ndim] != ids.shape:
        raise ValueError(f"shape {ids.shape} of ids must begin that of data, {data.shape}; {n} segments")
    flat, rest = ids.reshape(-1), data.shape[ids.ndim :]
    rows = data.reshape(flat.size, math.prod(rest))
    kept = flat >= 0
    if kept.any():
        check_bounds(np.maximum(ids, 0), n, "segment id")
    if not kept.all():
        flat, rows = flat[kept], rows[kept]
    return add_rows(rows, flat, n, data.dtype).reshape(n, *rest)


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
