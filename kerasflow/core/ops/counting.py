"""How often values come, and where they belong: histograms, confusion matrices, and search in what is sorted."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.graph import apply, apply_alike, convert
from kerasflow.core.opdef import INTEGER, REAL, blocked, of_kind, op, same_type
from kerasflow.core.ops.arguments import alike, scalar, shape_from
from kerasflow.core.ops.gathering import check_bounds
from kerasflow.core.ops.joining import stack
from kerasflow.core.ops.reshaping import reshape, squeeze
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType, Spec, as_dtype

__all__ = [
    "bincount",
    "confusion_matrix",
    "histogram_fixed_width",
    "histogram_fixed_width_bins",
    "searchsorted",
]


# Counts of small integers.


def _infer_bincount(x: Spec, size: Spec, weights: Spec | None = None, dtype: DType | None = None) -> Spec:
    of_kind(INTEGER, x)
    n = scalar(size, "the number of counts")
    if weights is None:
        return Spec(dtype or types.int32, shape_from((n,)))
    of_kind(REAL, weights)
    if not shapes.compatible(weights.shape, x.shape):
        raise ValueError(f"weights of shape {shapes.show(weights.shape)} for values of shape {shapes.show(x.shape)}")
    return Spec(weights.dtype, shape_from((n,)))


@op("Bincount", infer=_infer_bincount, vjp=None)
def _bincount(x: Any, size: Any, weights: Any = None, dtype: DType | None = None) -> Any:
    flat, n = x.reshape(-1), int(size)
    if n < 0 or flat.size and flat.min() < 0:
        raise ValueError(f"values must be at least 0, got {flat.min() if n >= 0 else n}")
    inside = flat < n
    flat = flat if inside.all() else flat[inside]
    if weights is None:
        return np.bincount(flat, minlength=n).astype((dtype or types.int32).numpy)
    totals = np.zeros(n, weights.dtype)
    np.add.at(totals, flat, weights.reshape(-1) if flat.size == weights.size else weights.reshape(-1)[inside])
    return totals


def bincount(
    arr: Any,
    weights: Any = None,
    minlength: Any = None,
    maxlength: Any = None,
    dtype: Any = types.int32,
    name: str | None = None,
) -> Tensor:
    """How often each integer comes: ``result[k]`` counts the elements equal to k, or adds up their weights.

    Args:
        arr: integers from 0 on, of any shape.
        weights: what each element counts, of the shape of `arr`; by default 1.
        minlength, maxlength: the least and the largest size of the result; by default it is as long as the largest
            element asks for. Elements beyond it do not count.
        dtype: the type of the counts, where there are no weights.

    Raises:
        InvalidArgumentError: in a run, an element is negative.

    >>> tf.Session().run(tf.bincount([1, 1, 3]))
    array([0, 2, 0, 1], dtype=int32)
    """
    with name_scope(name, "bincount"):
        x = convert(arr, name="arr")
        count = apply("CountNeeded", x)
        if minlength is not None:
            count = apply_alike("Maximum", count, minlength)
        if maxlength is not None:
            count = apply_alike("Minimum", count, maxlength)
        if weights is not None:
            return apply("Bincount", x, count, weights, name="Bincount")
        return apply("Bincount", x, count, dtype=as_dtype(dtype), name="Bincount")


@op("CountNeeded", infer=lambda x: Spec(types.int32, ()), vjp=blocked)
def _count_needed(x: Any) -> Any:
    return np.int32(x.max(initial=-1) + 1)


# Histograms.


def _infer_bins(values: Spec, ends: Spec, bins: Spec, dtype: DType) -> Spec:
    of_kind(REAL, values)
    same_type(values, ends)
    if not shapes.compatible(ends.shape, (2,)):
        raise ValueError(f"value_range must be two numbers, got shape {shapes.show(ends.shape)}")
    return Spec(dtype, values.shape)


def _bins(values: Any, ends: Any, bins: Any, dtype: DType) -> Any:
    n, (low, high) = int(bins), ends
    if n <= 0:
        raise InvalidArgumentError(None, None, f"nbins must be positive, got {n}")
    if not low < high:
        raise InvalidArgumentError(None, None, f"value_range must go up, got [{low}, {high}]")
    clipped = np.clip(values.astype(np.float64), low, high)
    return np.minimum((clipped - low) / ((float(high) - low) / n), n - 1).astype(dtype.numpy)


op("HistogramFixedWidthBins", infer=_infer_bins, kernel=_bins, vjp=blocked)(_bins)


@op(
    "HistogramFixedWidth",
    infer=lambda values, ends, bins, dtype: Spec(
        _infer_bins(values, ends, bins, dtype).dtype, shape_from((scalar(bins, "nbins"),))
    ),
    vjp=blocked,
)
def _histogram(values: Any, ends: Any, bins: Any, dtype: DType) -> Any:
    return np.bincount(_bins(values, ends, bins, types.int64).reshape(-1), minlength=int(bins)).astype(dtype.numpy)


def histogram_fixed_width_bins(
    values: Any, value_range: Any, nbins: Any = 100, dtype: Any = types.int32, name: str | None = None
) -> Tensor:
    """For each value the bin it falls into, of `nbins` equal ones; beyond the range it is the first or the last.

    Args:
        values: real numbers of any shape.
        value_range: the two ends of the range, of the same type.
        nbins: the number of bins.
        dtype: the type of the result.

    Raises:
        InvalidArgumentError: in a run, the range does not go up, or `nbins` is not positive.

    >>> tf.Session().run(tf.histogram_fixed_width_bins([-1.0, 0.0, 1.5, 2.0, 5.0, 15.0], [0.0, 5.0], nbins=5))
    array([0, 0, 1, 2, 4, 4], dtype=int32)
    """
    pair = alike((values, value_range), name or "histogram_fixed_width_bins")
    return apply("HistogramFixedWidthBins", *pair, nbins, dtype=as_dtype(dtype), name=name)


def histogram_fixed_width(
    values: Any, value_range: Any, nbins: Any = 100, dtype: Any = types.int32, name: str | None = None
) -> Tensor:
    """How many values fall into each of `nbins` equal bins; those beyond the range count in the first or the last.

    Args:
        values: real numbers of any shape.
        value_range: the two ends of the range, of the same type.
        nbins: the number of bins.
        dtype: the type of the counts.

    Raises:
        InvalidArgumentError: in a run, the range does not go up, or `nbins` is not positive.

    >>> tf.Session().run(tf.histogram_fixed_width([-1.0, 0.0, 1.5, 2.0, 5.0, 15.0], [0.0, 5.0], nbins=5))
    array([2, 1, 1, 0, 2], dtype=int32)
    """
    pair = alike((values, value_range), name or "histogram_fixed_width")
    return apply("HistogramFixedWidth", *pair, nbins, dtype=as_dtype(dtype), name=name)


# Search.


def _infer_bound(sorted_rows: Spec, values: Spec, dtype: DType) -> Spec:
    same_type(sorted_rows, values)
    for spec in (sorted_rows, values):
        if not shapes.compatible(spec.shape, (None, None)):
            raise ValueError(f"expected rows of a matrix, got shape {shapes.show(spec.shape)}")
    return Spec(dtype, (None, None) if values.shape is None else values.shape)


def _bound(side: Any) -> Any:
    def kernel(sorted_rows: Any, values: Any, dtype: DType) -> Any:
        if len(sorted_rows) != len(values):
            raise ValueError(f"{len(values)} rows of values for {len(sorted_rows)} sorted rows")
        found = np.empty(values.shape, dtype.numpy)
        for i, row in enumerate(sorted_rows):
            found[i] = np.searchsorted(row, values[i], side)
        return found

    return kernel


op("LowerBound", infer=_infer_bound, kernel=_bound("left"), vjp=blocked)(_bound)
op("UpperBound", infer=_infer_bound, kernel=_bound("right"), vjp=blocked)(_bound)


def searchsorted(
    sorted_sequence: Any, values: Any, side: str = "left", out_type: Any = types.int32, name: str | None = None
) -> Tensor:
    """Where each value would have to be put for its row to stay sorted.

    Args:
        sorted_sequence: rows, along the last axis, that go up.
        values: the values to place, along the last axis; the other axes are those of `sorted_sequence`.
        side: "left", before equal elements, or "right", after them.
        out_type: the type of the result, int32 or int64.

    Raises:
        ValueError: no such side.

    >>> tf.Session().run(tf.searchsorted([1, 3, 5], [3, 4, 9]))
    array([1, 2, 3], dtype=int32)
    """
    if side not in ("left", "right"):
        raise ValueError(f"searchsorted: side must be 'left' or 'right', got {side!r}.")
    rows, wanted = alike((sorted_sequence, values), name or "searchsorted")
    with name_scope(name, "searchsorted"):
        rows, wanted = convert(rows), convert(wanted)
        last = [apply("Shape", t, out_type=types.int32)[-1] for t in (rows, wanted)]
        flat = [reshape(t, stack([-1, n])) for t, n in zip((rows, wanted), last, strict=True)]
        kind = "LowerBound" if side == "left" else "UpperBound"
        return apply("ReshapeLike", apply(kind, *flat, dtype=as_dtype(out_type)), wanted)


# Confusion.


def confusion_matrix(
    labels: Any,
    predictions: Any,
    num_classes: Any = None,
    dtype: Any = types.int32,
    name: str | None = None,
    weights: Any = None,
) -> Tensor:
    """How often each class was taken for each: ``result[i, j]`` counts the labels i that were predicted as j.

    Args:
        labels, predictions: integers from 0 on, vectors of one length; a last axis of size 1 is dropped.
        num_classes: the number of classes, by default as many as the largest label or prediction asks for.
        dtype: the type of the result.
        weights: what each pair counts, by default 1.

    Raises:
        InvalidArgumentError: in a run, a label or prediction is not in [0, num_classes).

    >>> tf.Session().run(tf.confusion_matrix([1, 2, 2], [1, 2, 0]))
    array([[0, 0, 0],
           [0, 1, 0],
           [1, 0, 1]], dtype=int32)
    """
    with name_scope(name, "confusion_matrix"):
        pairs = [apply("Cast", _as_vector(convert(t)), dtype=types.int64) for t in (predictions, labels)]
        n = num_classes
        if n is None:
            n = apply("Maximum", *[apply("CountNeeded", t) for t in pairs])
        counted = apply("ConfusionMatrix", pairs[1], pairs[0], n, *(() if weights is None else (weights,)))
        return apply("Cast", counted, dtype=as_dtype(dtype))


def _as_vector(t: Tensor) -> Tensor:
    return squeeze(t, -1) if t.dims is not None and len(t.dims) == 2 else t


def _infer_confusion(labels: Spec, predictions: Spec, count: Spec, weights: Spec | None = None) -> Spec:
    if not shapes.compatible(labels.shape, predictions.shape):
        shown = f"{shapes.show(labels.shape)} and {shapes.show(predictions.shape)}"
        raise ValueError(f"labels and predictions must have one shape, got {shown}")
    n = scalar(count, "num_classes")
    return Spec(types.int64 if weights is None else weights.dtype, (n, n))


@op("ConfusionMatrix", infer=_infer_confusion, vjp=blocked)
def _confusion(labels: Any, predictions: Any, count: Any, weights: Any = None) -> Any:
    n = int(count)
    check_bounds(labels, n, "label")
    check_bounds(predictions, n, "prediction")
    totals = np.zeros((n, n), np.int64 if weights is None else weights.dtype)
    np.add.at(totals, (labels, predictions), 1 if weights is None else weights)
    return totals
