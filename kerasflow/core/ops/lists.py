"""Lists of arrays as one tensor: what a `TensorArray` and the loops keep their items in.

Such a tensor has the type `variant`; its value, a `ListValue`, never changes, so a write gives another list. A gradient
by a list is a list too, in which a missing item is zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.body import agreed
from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.graph import apply
from kerasflow.core.list_value import ListValue
from kerasflow.core.opdef import INTEGER, blocked, of_kind, op
from kerasflow.core.shapes import Dims
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import DType, Spec, variant

__all__: list[str] = []

_EMPTY = Spec(variant, (0,))


def list_of(dims: Dims, *, like: Spec = _EMPTY) -> Spec:
    """A list of items of the shape `dims`, beside those of the list `like`; see `ListValue.shape`."""
    return Spec(variant, agreed(like, Spec(variant, None if dims is None else (None, *dims))))


def item_of(list_: Spec, known: Dims = None) -> Dims:
    """The shape of a list's items, where `known` is known of it already."""
    if not list_.shape or list_.shape == (0,) or not shapes.compatible(list_.shape[1:], known):
        return known
    return shapes.merge(list_.shape[1:], known)


def empty_list() -> Tensor:
    """A list of nothing, which grows with what is written; as a gradient, zero."""
    return apply("TensorArrayV3", np.int32(0), dynamic=True)


def _wrong(message: str) -> InvalidArgumentError:
    return InvalidArgumentError(None, None, message)


def _scalar(spec: Spec, what: str) -> None:
    of_kind(INTEGER, spec)
    if not shapes.compatible(spec.shape, ()):
        raise ValueError(f"{what} must be a scalar, got one of shape {shapes.show(spec.shape)}")


def _with_rows(indices: Spec, rows: Spec) -> None:
    of_kind(INTEGER, indices)
    if not shapes.compatible(indices.shape, (None,)):
        raise ValueError(f"the indices must be a vector, got one of shape {shapes.show(indices.shape)}")
    if rows.shape == ():
        raise ValueError("the value must have rows, got a scalar")


# Making, measuring and adding.


def _infer_new(size: Spec, dynamic: bool) -> Spec:
    _scalar(size, "the size")
    return _EMPTY


@op("TensorArrayV3", infer=_infer_new, vjp=blocked, stateful=True)
def _new(runtime: Any, operation: Any, size: Any, dynamic: bool) -> Any:
    if size < 0:
        raise _wrong(f"Size should be >= 0, got {size}")
    return ListValue({}, int(size))


@op("TensorArraySizeV3", infer=lambda x: Spec(types.int32, ()), vjp=blocked)
def _size(x: ListValue) -> Any:
    return np.int32(x.size)


@op("AddLists", infer=lambda x, y: Spec(variant, agreed(x, y)), vjp=lambda n, g: (g, g))
def _add(x: ListValue, y: ListValue) -> ListValue:
    """The sum of two lists, item by item, where a missing item is zero."""
    return x.plus(y)


# One item.


def _write_vjp(n: Operation, g: Tensor) -> tuple[Any, ...]:
    _, index, value = n.inputs
    return g, None, apply("TensorArrayReadV3", g, index, value, dtype=value.dtype, shape=value.dims)


def _infer_write(x: Spec, index: Spec, value: Spec, dynamic: bool) -> Spec:
    _scalar(index, "the index")
    return list_of(value.shape, like=x)


@op("TensorArrayWriteV3", infer=_infer_write, vjp=_write_vjp)
def _write(x: ListValue, index: Any, value: Any, dynamic: bool) -> ListValue:
    """The list with `value` in a place where nothing is yet."""
    return _placed(x, int(index), value, dynamic)


def _placed(x: ListValue, i: int, value: Any, dynamic: bool) -> ListValue:
    if i < 0 or not dynamic and i >= x.size:
        why = "" if dynamic else f" but array is not resizeable and size is: {x.size}"
        raise _wrong(f"Tried to write to index {i}{why}")
    if x.get(i) is not None:
        raise _wrong(f"Could not write to TensorArray index {i} because it has already been written to.")
    return x.with_item(i, np.array(value))


def _infer_read(x: Spec, index: Spec, *like: Spec, dtype: DType, shape: Dims) -> Spec:
    _scalar(index, "the index")
    return Spec(dtype, like[0].shape if like else item_of(x, shape))


def _read_vjp(n: Operation, g: Tensor) -> tuple[Any, ...]:
    return apply("TensorArrayWriteV3", empty_list(), n.inputs[1], g, dynamic=True), *[None] * (len(n.inputs) - 1)


@op("TensorArrayReadV3", infer=_infer_read, vjp=_read_vjp, alias=True)
def _read(x: ListValue, index: Any, *like: Any, dtype: DType, shape: Dims) -> Any:
    """Item `index`; of a gradient, zeros of the shape of `like` if it is missing."""
    value = x.get(int(index))
    if value is not None:
        return value
    return np.zeros(like[0].shape, dtype.numpy) if like else _missing(x, int(index), dtype, shape)


def _missing(x: ListValue, i: int, dtype: DType, shape: Dims) -> Any:
    """What takes the place of an item that was never written: zeros if its shape is known."""
    if not 0 <= i < x.size:
        raise _wrong(f"Tried to read from index {i} but array size is: {x.size}")
    if not shapes.is_static(shape):
        raise _wrong(f"Could not read from TensorArray index {i}: nothing was written there, and its shape is unknown")
    return np.full(shape or (), b"" if dtype.kind == "O" else 0, dtype.numpy)


# Several items: the rows of an array.


def _scatter_vjp(n: Operation, g: Tensor) -> tuple[Any, ...]:
    x, indices, value = n.inputs
    dims = None if value.dims is None else value.dims[1:]
    return g, None, apply("TensorArrayGatherV3", g, indices, value, dtype=value.dtype, shape=dims)


def _infer_scatter(x: Spec, indices: Spec, value: Spec, dynamic: bool, adds: bool = False) -> Spec:
    _with_rows(indices, value)
    return list_of(None if value.shape is None else value.shape[1:], like=x)


@op("TensorArrayScatterV3", infer=_infer_scatter, vjp=_scatter_vjp)
def _scatter(x: ListValue, indices: Any, value: Any, dynamic: bool, adds: bool = False) -> ListValue:
    """The list with the rows of `value` in the places `indices`; with `adds`, added to what is there."""
    if len(indices) != len(value):
        raise _wrong(f"Expected one index for each of {len(value)} rows, got {len(indices)}")
    for i, row in zip(indices.tolist(), value, strict=True):
        if adds:
            x = x.plus(ListValue({i: np.array(row)}, i + 1))
        else:
            x = _placed(x, i, row, dynamic)
    return x


def _infer_gather(x: Spec, indices: Spec, *like: Spec, dtype: DType, shape: Dims) -> Spec:
    of_kind(INTEGER, indices)
    if like:
        return Spec(dtype, like[0].shape)
    item = item_of(x, shape)
    return Spec(dtype, None if item is None else ((indices.shape or (None,))[0], *item))


def _gather_vjp(n: Operation, g: Tensor) -> tuple[Any, ...]:
    spread = apply("TensorArrayScatterV3", empty_list(), n.inputs[1], g, dynamic=True, adds=True)
    return spread, *[None] * (len(n.inputs) - 1)


@op("TensorArrayGatherV3", infer=_infer_gather, vjp=_gather_vjp)
def _gather(x: ListValue, indices: Any, *like: Any, dtype: DType, shape: Dims) -> Any:
    """The items in the places `indices`, as the rows of an array."""
    rows = [x.get(i) for i in indices.tolist()]
    for k, i in enumerate(indices.tolist()):
        if rows[k] is None:
            rows[k] = np.zeros(like[0].shape[1:], dtype.numpy) if like else _missing(x, i, dtype, shape)
    if rows:
        first = rows[0].shape
        if any(r.shape != first for r in rows):
            raise _wrong(f"TensorArray has inconsistent shapes: {sorted({r.shape for r in rows})}")
        return np.array(rows, dtype.numpy) if first == () else np.stack(rows)
    if not shapes.is_static(shape):
        raise _wrong("TensorArray has size zero, but its element shape is not known, so it cannot be stacked")
    return np.zeros((0, *(shape or ())), dtype.numpy)


# Several items of different lengths: pieces of an array.


def _infer_split(x: Spec, value: Spec, lengths: Spec, dynamic: bool) -> Spec:
    _with_rows(lengths, value)
    return list_of(None if value.shape is None else (None, *value.shape[1:]), like=x)


def _split_vjp(n: Operation, g: Tensor) -> tuple[Any, ...]:
    x, value, lengths = n.inputs
    joined, _ = apply("TensorArrayConcatV3", g, value, lengths, dtype=value.dtype, shape=None)
    return g, joined, None


@op("TensorArraySplitV3", infer=_infer_split, vjp=_split_vjp)
def _split(x: ListValue, value: Any, lengths: Any, dynamic: bool) -> ListValue:
    """The list with pieces of `value`, of so many rows each, in its places."""
    if lengths.sum() != len(value) or (lengths < 0).any():
        raise _wrong(f"Expected lengths that add up to the {len(value)} rows of the value, got {lengths.tolist()}")
    start = 0
    for i, n in enumerate(lengths.tolist()):
        x = _placed(x, i, value[start : start + n], dynamic)
        start += n
    return x


def _infer_concat(x: Spec, *like: Spec, dtype: DType, shape: Dims) -> tuple[Spec, Spec]:
    item = item_of(x, shape)
    dims = like[0].shape if like else (None, *item[1:]) if item else None
    return Spec(dtype, dims), Spec(types.int64, (None,))


def _concat_vjp(n: Operation, gs: Any) -> tuple[Any, ...]:
    pieces = apply("TensorArraySplitV3", empty_list(), gs[0], n.outputs[1], dynamic=True)
    return pieces, *[None] * (len(n.inputs) - 1)


@op("TensorArrayConcatV3", infer=_infer_concat, vjp=_concat_vjp)
def _concat(x: ListValue, *like: Any, dtype: DType, shape: Dims) -> Any:
    """All items one behind the other, and how many rows each has."""
    if like:
        rows = [np.zeros((n, *like[0].shape[1:]), dtype.numpy) for n in like[1].tolist()]
        pieces = [r if x.get(i) is None else x.get(i) for i, r in enumerate(rows)]
    else:
        pieces = [x.get(i) if x.get(i) is not None else _missing(x, i, dtype, shape) for i in range(x.size)]
    if any(p.ndim == 0 for p in pieces):
        raise _wrong("Concat saw a scalar shape at index 0 but requires at least vectors")
    if not pieces:
        return np.zeros((0, *[d or 0 for d in (shape or (0,))[1:]]), dtype.numpy), np.zeros(0, np.int64)
    if any(p.shape[1:] != pieces[0].shape[1:] for p in pieces):
        raise _wrong(f"TensorArray has inconsistent shapes: {sorted({p.shape for p in pieces})}")
    return np.concatenate(pieces), np.array([len(p) for p in pieces], np.int64)
