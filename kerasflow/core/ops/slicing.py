"""Parts of an array by position: ``t[...]``, `slice`, `strided_slice`, `reverse`, and the adjoints that put parts back.

A `StridedSlice` holds what was between the brackets as an attribute (see `kerasflow.core.indexing`); numbers that are
known only in the run are inputs. Parts are views.
"""

from __future__ import annotations

import builtins
import functools
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import apply
from kerasflow.core.indexing import Dynamic, Item, resolve
from kerasflow.core.opdef import INTEGER, of_kind, op
from kerasflow.core.ops.arguments import (
    in_rank,
    known_entries,
    refine,
    scalar,
    sizes,
    static_int,
    static_ints,
    vector,
)
from kerasflow.core.shapes import Dims
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = ["reverse", "reverse_v2", "slice", "strided_slice"]

Items = tuple[Item, ...]


# t[...]


def _infer_strided(x: Spec, *numbers: Spec, items: Items) -> Spec:
    for s in numbers:
        if s.shape not in ((), None):
            raise TypeError(f"an index must be a scalar, got one of shape {shapes.show(s.shape)}; see tf.gather")
    values = [scalar(s, "an index") for s in numbers]
    if x.shape is None:
        return Spec(x.dtype, None)
    used = sum(item not in ("new", "rest") for item in items)
    if used > len(x.shape):
        raise ValueError(f"{used} indices for a tensor of shape {shapes.show(x.shape)}")
    dims: list[int | None] = []
    axis = 0
    for item in _with_rest(items):
        if item == "new":
            dims.append(1)
        elif item == "rest":
            dims += x.shape[axis : axis + len(x.shape) - used]
            axis += len(x.shape) - used
        elif item[0] == "at":
            _check_index(_value(item[1], values), x.shape, axis)
            axis += 1
        else:
            dims.append(_sliced([_value(v, values) for v in item[1:]], item[1:], x.shape[axis]))
            axis += 1
    return Spec(x.dtype, tuple(dims))


def _with_rest(items: Items) -> Items:
    return items if "rest" in items else (*items, "rest")


def _value(number: Any, values: list[int | None]) -> int | None:
    """The number in a key; None if it is not there, or not known."""
    return values[number.k] if isinstance(number, Dynamic) else number


def _check_index(i: int | None, dims: tuple[int | None, ...], axis: int) -> None:
    d = dims[axis]
    if i is not None and d is not None and not -d <= i < d:
        raise ValueError(f"index {i} is out of range for axis {axis} of shape {shapes.show(dims)}")


def _sliced(values: list[int | None], written: Items, d: int | None) -> int | None:
    """The size of a slice of an axis of size `d`."""
    if values[2] == 0:
        raise ValueError("the step of a slice cannot be 0")
    if any(v is None and w is not None for v, w in zip(values, written, strict=True)) or d is None:
        return d if written == (None, None, None) else None
    return len(range(*builtins.slice(*values).indices(d)))


@functools.lru_cache(maxsize=4096)
def _key(items: Items) -> tuple[Any, ...]:
    return resolve(_with_rest(items))


def _index(items: Items, numbers: tuple[Any, ...]) -> tuple[Any, ...]:
    """The NumPy index; it ends in an ellipsis, so that it gives an array, be it of rank 0."""
    return resolve(_with_rest(items), numbers) if numbers else _key(items)


def _strided_slice(x: Any, *numbers: Any, items: Items) -> Any:
    return x[_index(items, numbers)]


def _strided_slice_grad(g: Any, like: Any, *numbers: Any, items: Items, out: Any = None) -> Any:
    return _place(g, like.shape, _index(items, numbers), out)


def _place(g: Any, shape: tuple[int, ...], key: tuple[Any, ...], out: Any) -> Any:
    """Zeros, but `g` at `key`."""
    if out is None:
        out = np.zeros(shape, g.dtype)
    else:
        out.fill(0)
    out[key] = g
    return out


op(
    "StridedSlice",
    infer=_infer_strided,
    kernel=_strided_slice,
    vjp=lambda n, g: (apply("StridedSliceGrad", g, *n.inputs, **n.attrs), *[None] * (len(n.inputs) - 1)),
    alias=True,
)(_strided_slice)
op(
    "StridedSliceGrad",
    infer=lambda g, like, *numbers, items: Spec(g.dtype, like.shape),
    kernel=_strided_slice_grad,
    vjp=lambda n, g: (apply("StridedSlice", g, *n.inputs[2:], **n.attrs), *[None] * (len(n.inputs) - 1)),
    out=True,
)(_strided_slice_grad)


def strided_slice(
    input_: Any,
    begin: Any,
    end: Any,
    strides: Any = None,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    var: Any = None,
    name: str | None = None,
) -> Tensor:
    """The part ``input_[begin[0]:end[0]:strides[0], begin[1]:end[1]:strides[1], ...]``.

    Args:
        input_: any tensor.
        begin, end, strides: ints or int tensors, one for each axis that is sliced; `strides` are ones by default.
        begin_mask, end_mask: bit i says that the i-th begin or end does not count: the slice is open there.
        ellipsis_mask: bit i puts an ellipsis in the i-th place.
        new_axis_mask: bit i puts a new axis of size 1 in the i-th place.
        shrink_axis_mask: bit i makes an index of the i-th begin: the axis goes.

    Raises:
        ValueError: `begin`, `end` and `strides` differ in length, or a length is not known.

    >>> tf.Session().run(tf.strided_slice([[1, 2, 3], [4, 5, 6]], [0, 1], [2, 3]))
    array([[2, 3],
           [5, 6]], dtype=int32)
    """
    if var is not None:
        raise ValueError("strided_slice: var cannot be given; assign to the variable instead.")
    starts, stops = _numbers(begin, "begin"), _numbers(end, "end")
    steps = [1] * len(starts) if strides is None else _numbers(strides, "strides")
    if not len(starts) == len(stops) == len(steps):
        counts = f"{len(starts)}, {len(stops)} and {len(steps)}"
        raise ValueError(f"strided_slice: begin, end and strides must have one length, got {counts} numbers.")
    tensors: list[Any] = []
    items: list[Item] = []

    def number(value: Any) -> Any:
        if isinstance(value, int):
            return value
        tensors.append(value)
        return Dynamic(len(tensors) - 1)

    for i, (start, stop, step) in enumerate(zip(starts, stops, steps, strict=True)):
        if ellipsis_mask >> i & 1:
            items.append("rest")
        elif new_axis_mask >> i & 1:
            items.append("new")
        elif shrink_axis_mask >> i & 1:
            items.append(("at", number(start)))
        else:
            first = None if begin_mask >> i & 1 else number(start)
            items.append(("slice", first, None if end_mask >> i & 1 else number(stop), number(step)))
    if items.count("rest") > 1:
        raise ValueError("strided_slice: ellipsis_mask can have only one bit set.")
    return apply("StridedSlice", input_, *tensors, items=tuple(items), name=name or "StridedSlice")


def _numbers(value: Any, what: str) -> list[Any]:
    """The numbers in an int vector or a list, as ints or, where they are not known, scalar tensors."""
    if isinstance(value, (list, tuple)):
        return [v if isinstance(v, Tensor) else static_int(v, f"strided_slice: {what}") for v in value]
    if not isinstance(value, Tensor):
        return list(static_ints(value, f"strided_slice: {what}"))
    of_kind(INTEGER, value.spec)
    known = known_entries(value)
    if known is None or value.shape.ndims != 1:
        raise ValueError(f"strided_slice: {what} must be a vector of known length, got {value}.")
    return [value[i] if v is None else v for i, v in enumerate(known)]


# slice


def _infer_slice(x: Spec, begin: Spec, size: Spec) -> Spec:
    return Spec(x.dtype, _block(x.shape, vector(begin, "begin"), vector(size, "size")))


def _block(dims: Dims, begin: Dims, size: Dims) -> Dims:
    rank = next((len(k) for k in (dims, begin, size) if k is not None), None)
    if rank is None:
        return None
    dims, begin, size = [(None,) * rank if k is None else k for k in (dims, begin, size)]
    if not len(dims) == len(begin) == len(size):
        shown = f"{len(begin)} and {len(size)}, for shape {shapes.show(dims)}"
        raise ValueError(f"begin and size must have one number for each axis, got {shown}")
    return tuple(map(_count, dims, begin, size))


def _count(d: int | None, start: int | None, count: int | None) -> int | None:
    """How many elements are taken of an axis of size `d`. ValueError if they are not all there."""
    if start is not None and start < 0 or count is not None and count < -1:
        raise ValueError(f"begin must be at least 0 and size at least -1, got {start} and {count}")
    if count is None or count == -1 and (d is None or start is None):
        return None
    if d is None or start is None:
        return count
    if start > d or start + count > d:
        raise ValueError(f"{count} elements from {start} on are not all there in an axis of size {d}")
    return d - start if count == -1 else count


def _slice(x: Any, begin: Any, size: Any) -> Any:
    starts, counts = begin.tolist(), size.tolist()
    if not x.ndim == len(starts) == len(counts):
        raise ValueError(f"begin and size must have {x.ndim} numbers each, got {len(starts)} and {len(counts)}")
    taken = map(_count, x.shape, starts, counts)
    return x[(*[builtins.slice(i, i + (n or 0)) for i, n in zip(starts, taken, strict=True)], ...)]


def _slice_grad(g: Any, like: Any, begin: Any, out: Any = None) -> Any:
    key = tuple([builtins.slice(i, i + n) for i, n in zip(begin.tolist(), g.shape, strict=True)])
    return _place(g, like.shape, key, out)


op(
    "SliceGrad",
    infer=lambda g, like, begin: Spec(g.dtype, like.shape),
    kernel=_slice_grad,
    vjp=lambda n, g: (
        apply("Slice", g, n.inputs[2], apply("Shape", n.inputs[0], out_type=n.inputs[2].dtype)),
        None,
        None,
    ),
    out=True,
)(_slice_grad)


@op(
    "Slice",
    infer=_infer_slice,
    kernel=_slice,
    vjp=lambda n, g: (apply("SliceGrad", g, *n.inputs[:2]), None, None),
    alias=True,
)
def slice(input_: Any, begin: Any, size: Any, name: str | None = None) -> Tensor:
    """The block of `input_` that starts at `begin` and has the shape `size`.

    Args:
        input_: any tensor, of rank r.
        begin: where the block starts, r ints or int tensors, counted from 0.
        size: how many elements along each axis, r ints or int tensors; -1 stands for all that are left.

    Raises:
        ValueError: the block reaches beyond the tensor; InvalidArgumentError if that is found in a run.

    >>> tf.Session().run(tf.slice([[1, 2, 3], [4, 5, 6]], [0, 1], [1, -1]))
    array([[2, 3]], dtype=int32)
    """
    y = apply("Slice", input_, sizes(begin, "begin"), sizes(size, "size"), name=name)
    return refine(y, lambda x, b, s: _block(x.dims, known_entries(b), known_entries(s)))


# reverse


def _infer_reverse(x: Spec, axis: tuple[int, ...]) -> Spec:
    if x.shape is not None and len({in_rank(i, len(x.shape)) for i in axis}) < len(axis):
        raise ValueError(f"an axis is named twice in {list(axis)}")
    return Spec(x.dtype, x.shape)


def _reverse(x: Any, axis: tuple[int, ...]) -> Any:
    turned = {in_rank(i, x.ndim) for i in axis}
    step = [builtins.slice(None, None, -1 if i in turned else None) for i in range(x.ndim)]
    return x[(*step, ...)]


@op(
    "ReverseV2",
    infer=_infer_reverse,
    kernel=_reverse,
    vjp=lambda n, g: (apply("ReverseV2", g, axis=n.attrs["axis"]),),
    alias=True,
)
def reverse(tensor: Any, axis: Any, name: str | None = None) -> Tensor:
    """`tensor` with the order along some axes reversed.

    Args:
        tensor: any tensor.
        axis: the axes, a list of ints.

    Raises:
        ValueError: an axis is out of range or named twice, or is not known.

    >>> tf.Session().run(tf.reverse([[1, 2, 3], [4, 5, 6]], [1]))
    array([[3, 2, 1],
           [6, 5, 4]], dtype=int32)
    """
    return apply("ReverseV2", tensor, axis=static_ints(axis, "reverse: axis"), name=name)


reverse_v2 = reverse
