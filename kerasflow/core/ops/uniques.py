"""Which values there are: `unique`, `unique_with_counts`, `setdiff1d`; in the order in which they first come."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.graph import apply, apply_alike
from kerasflow.core.opdef import of_kind, op, same_type
from kerasflow.core.types import DType, Spec, as_dtype

__all__ = ["listdiff", "setdiff1d", "unique", "unique_with_counts"]


class Unique(NamedTuple):
    """What `unique` gives."""

    y: Any
    idx: Any


class UniqueWithCounts(NamedTuple):
    """What `unique_with_counts` gives."""

    y: Any
    idx: Any
    count: Any


class ListDiff(NamedTuple):
    """What `setdiff1d` gives."""

    out: Any
    idx: Any


def _check_vector(x: Spec, what: str) -> None:
    if not shapes.compatible(x.shape, (None,)):
        raise ValueError(f"{what} must be a vector, got one of shape {shapes.show(x.shape)}")


def _infer_unique(x: Spec, dtype: DType) -> tuple[Spec, Spec]:
    _check_vector(x, "x")
    return Spec(x.dtype, (None,)), Spec(dtype, (None,) if x.shape is None else x.shape)


def _distinct(x: Any, dtype: DType) -> tuple[Any, Any, Any]:
    _, first, inverse, counts = np.unique(
        x, return_index=True, return_inverse=True, return_counts=True, equal_nan=False
    )
    order = np.argsort(first)
    place = np.empty(len(first), dtype.numpy)
    place[order] = np.arange(len(first), dtype=dtype.numpy)
    return x[first[order]], place[inverse].reshape(x.shape), counts[order].astype(dtype.numpy)


@op("Unique", infer=_infer_unique, kernel=lambda x, dtype: _distinct(x, dtype)[:2], vjp=None)
def unique(x: Any, out_idx: Any = types.int32, name: str | None = None) -> Unique:
    """The different values of a vector, and for each element which of them it is: ``y[idx] = x``.

    Args:
        x: a vector.
        out_idx: the type of the indices, int32 or int64.

    Raises:
        ValueError: `x` is not a vector.

    >>> tf.Session().run(tf.unique([7, 3, 7, 7, 1]))
    Unique(y=array([7, 3, 1], dtype=int32), idx=array([0, 1, 0, 0, 2], dtype=int32))
    """
    return Unique(*apply("Unique", x, dtype=_index_type(out_idx), name=name))


def _index_type(value: Any) -> DType:
    dtype = as_dtype(value)
    of_kind("i", Spec(dtype, ()))
    return dtype


op(
    "UniqueWithCounts",
    infer=lambda x, dtype: (*_infer_unique(x, dtype), Spec(dtype, (None,))),
    kernel=_distinct,
    vjp=None,
)(_distinct)


def unique_with_counts(x: Any, out_idx: Any = types.int32, name: str | None = None) -> UniqueWithCounts:
    """The different values of a vector, for each element which of them it is, and how often each comes.

    Args:
        x: a vector.
        out_idx: the type of the indices and counts, int32 or int64.

    Raises:
        ValueError: `x` is not a vector.

    >>> tf.Session().run(tf.unique_with_counts([7, 3, 7, 7, 1])).count
    array([3, 1, 1], dtype=int32)
    """
    return UniqueWithCounts(*apply("UniqueWithCounts", x, dtype=_index_type(out_idx), name=name))


def _infer_difference(x: Spec, y: Spec, dtype: DType) -> tuple[Spec, Spec]:
    same_type(x, y)
    _check_vector(x, "x")
    _check_vector(y, "y")
    return Spec(x.dtype, (None,)), Spec(dtype, (None,))


@op("ListDiff", infer=_infer_difference, vjp=None)
def _difference(x: Any, y: Any, dtype: DType) -> tuple[Any, Any]:
    kept = ~np.isin(x, y)
    return x[kept], np.flatnonzero(kept).astype(dtype.numpy)


def setdiff1d(x: Any, y: Any, index_dtype: Any = types.int32, name: str | None = None) -> ListDiff:
    """The elements of one vector that are not in another, and where they stand: ``out = x[idx]``.

    Args:
        x, y: vectors of one type.
        index_dtype: the type of the indices, int32 or int64.

    Raises:
        ValueError: `x` or `y` is not a vector.

    >>> tf.Session().run(tf.setdiff1d([1, 2, 3, 4, 3], [1, 4]))
    ListDiff(out=array([2, 3, 3], dtype=int32), idx=array([1, 2, 4], dtype=int32))
    """
    return ListDiff(*apply_alike("ListDiff", x, y, dtype=_index_type(index_dtype), name=name))


listdiff = setdiff1d
