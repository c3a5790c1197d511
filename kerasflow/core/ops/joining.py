"""Putting arrays together and taking them apart: `concat` and `split`, `stack` and `unstack`.

Each is the adjoint of its partner; `SplitLike` takes the sizes from tensors, so gradients need no shape arithmetic.
Parts are views.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import apply, apply_alike, convert
from kerasflow.core.opdef import op, same_type
from kerasflow.core.ops.arguments import in_rank, known_entries, refine, sizes, static_int, vector
from kerasflow.core.shapes import Dims
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = ["concat", "split", "stack", "unstack"]


def _filled(n: Any, gs: Sequence[Any]) -> list[Any]:
    """The gradients of all outputs, zeros where nothing flows."""
    return [apply("ZerosLike", t) if g is None else g for t, g in zip(n.outputs, gs, strict=True)]


def _parts(result: Any) -> tuple[Tensor, ...]:
    return result if isinstance(result, tuple) else (result,)


def _all(n: Any, g: Any) -> list[Any]:
    """The gradients of the outputs as a list, also where there is one output."""
    return list(g) if isinstance(g, (list, tuple)) else [g]


# Along an axis that is there: ConcatV2, Split, SplitV, SplitLike.


def _infer_concat(*xs: Spec, axis: int) -> Spec:
    dtype = same_type(*xs)
    dims: Dims = None
    total: int | None = 0
    for x in xs:
        if x.shape is None:
            total = None
            continue
        if not x.shape:
            raise ValueError("scalars cannot be concatenated; stack makes a vector of them")
        i = in_rank(axis, len(x.shape))
        d = x.shape[i]
        total = None if total is None or d is None else total + d
        try:
            dims = shapes.merge(dims, (*x.shape[:i], None, *x.shape[i + 1 :]))
        except ValueError:
            shown = " and ".join(shapes.show(x.shape) for x in xs)
            raise ValueError(f"only axis {axis} may differ in size, got shapes {shown}") from None
    if dims is None:
        return Spec(dtype, None)
    i = in_rank(axis, len(dims))
    return Spec(dtype, (*dims[:i], total, *dims[i + 1 :]))


def _concat(*xs: Any, axis: int, out: Any = None) -> Any:
    return np.concatenate(xs, axis, out=out)


def _concat_grad(n: Any, g: Any) -> tuple[Any, ...]:
    return _parts(apply("SplitLike", g, *n.inputs, axis=n.attrs["axis"]))


op("ConcatV2", infer=_infer_concat, kernel=_concat, vjp=_concat_grad, out=True)(_concat)


def concat(values: Any, axis: Any, name: str | None = "concat") -> Tensor:
    """The tensors of a list one after the other, along an axis they have.

    Args:
        values: tensors of one type, whose shapes are equal but for `axis`.
        axis: an int, counted from the end if it is negative.

    Raises:
        ValueError: the shapes differ elsewhere, or are those of scalars. TypeError: the types differ, or the axis comes
            first, as it did in TensorFlow 0.x.

    >>> tf.Session().run(tf.concat([[[1, 2]], [[3, 4], [5, 6]]], 0))
    array([[1, 2],
           [3, 4],
           [5, 6]], dtype=int32)
    """
    if isinstance(axis, (list, tuple)):
        raise TypeError("concat takes the tensors, and then the axis: tf.concat(values, axis).")
    values = list(values) if isinstance(values, (list, tuple)) else [values]
    axis = static_int(axis, "concat: axis")
    if not values:
        raise ValueError("concat needs at least one tensor.")
    if len(values) == 1:
        x = convert(values[0])
        _infer_concat(x.spec, axis=axis)
        return apply("Identity", x, name=f"{name or 'concat'}/{(name or 'concat').rpartition('/')[2]}")
    return apply_alike("ConcatV2", *values, axis=axis, name=name or "concat")


def _cuts(x: Any, axis: int, counts: Sequence[int]) -> tuple[Any, ...]:
    """Views of `x`: the first ``counts[0]`` along `axis`, the next ``counts[1]``, and so on."""
    before = (slice(None),) * in_rank(axis, x.ndim)
    ends = itertools.accumulate(counts)
    return tuple([x[(*before, slice(end - n, end))] for n, end in zip(counts, ends, strict=True)])


def _spread(parts: tuple[Any, ...]) -> Any:
    """What a kernel gives for as many outputs: a tuple, or the one array."""
    return parts if len(parts) > 1 else parts[0]


def _split_dims(dims: Dims, axis: int, counts: Sequence[int | None]) -> Iterator[Dims]:
    for n in counts:
        i = 0 if dims is None else in_rank(axis, len(dims))
        yield None if dims is None else (*dims[:i], n, *dims[i + 1 :])


def _infer_split(x: Spec, num: int, axis: int) -> tuple[Spec, ...]:
    d = None if x.shape is None else x.shape[in_rank(axis, len(x.shape))]
    if num < 1 or d is not None and d % num:
        raise ValueError(f"an axis of size {'?' if d is None else d} cannot be split into {num} equal parts")
    return tuple([Spec(x.dtype, s) for s in _split_dims(x.shape, axis, [None if d is None else d // num] * num)])


def _split(x: Any, num: int, axis: int) -> Any:
    d = x.shape[in_rank(axis, x.ndim)]
    if d % num:
        raise ValueError(f"an axis of size {d} cannot be split into {num} equal parts")
    return _spread(_cuts(x, axis, [d // num] * num))


op(
    "Split",
    infer=_infer_split,
    kernel=_split,
    vjp=lambda n, g: (apply("ConcatV2", *_filled(n, _all(n, g)), axis=n.attrs["axis"]),),
    alias=True,
)(_split)


def _counts(d: int | None, counts: Sequence[int | None]) -> list[int | None]:
    """`counts` with what is left of `d` for -1. ValueError if they do not make up `d`."""
    if sum(n == -1 for n in counts) > 1 or any(n is not None and n < -1 for n in counts):
        raise ValueError(f"sizes must be at least 0, and one may be -1, got {list(counts)}")
    if None in counts or d is None:
        return [None if n == -1 else n for n in counts]
    given = sum(n for n in counts if n is not None and n != -1)
    if given > d or given < d and -1 not in counts:
        raise ValueError(f"sizes {list(counts)} do not make up an axis of size {d}")
    return [d - given if n == -1 else n for n in counts]


def _infer_split_v(x: Spec, size_splits: Spec, num: int, axis: int) -> tuple[Spec, ...]:
    counts = vector(size_splits, "the sizes") or (None,) * num
    if len(counts) != num:
        raise ValueError(f"{len(counts)} sizes cannot make {num} parts")
    d = None if x.shape is None else x.shape[in_rank(axis, len(x.shape))]
    return tuple([Spec(x.dtype, s) for s in _split_dims(x.shape, axis, _counts(d, counts))])


def _split_v(x: Any, size_splits: Any, num: int, axis: int) -> Any:
    if size_splits.shape != (num,):
        raise ValueError(f"sizes of shape {size_splits.shape} cannot make {num} parts")
    counts = _counts(x.shape[in_rank(axis, x.ndim)], size_splits.tolist())
    return _spread(_cuts(x, axis, [n or 0 for n in counts]))


op(
    "SplitV",
    infer=_infer_split_v,
    kernel=_split_v,
    vjp=lambda n, g: (apply("ConcatV2", *_filled(n, _all(n, g)), axis=n.attrs["axis"]), None),
    alias=True,
)(_split_v)


def _split_like(g: Any, *likes: Any, axis: int) -> Any:
    i = in_rank(axis, g.ndim)
    return _spread(_cuts(g, axis, [x.shape[i] for x in likes]))


def _split_like_grad(n: Any, g: Any) -> tuple[Any, ...]:
    total = apply("ConcatV2", *_filled(n, _all(n, g)), axis=n.attrs["axis"])
    return (total, *[None] * (len(n.inputs) - 1))


op(
    "SplitLike",
    infer=lambda g, *likes, axis: tuple([Spec(g.dtype, x.shape) for x in likes]),
    kernel=_split_like,
    vjp=_split_like_grad,
    alias=True,
)(_split_like)


def split(
    value: Any, num_or_size_splits: Any, axis: Any = 0, num: int | None = None, name: str | None = "split"
) -> Any:
    """`value` cut into parts along an axis.

    Args:
        value: a tensor.
        num_or_size_splits: into how many equal parts, or a list (or an int vector) with the size of each; one of
            them may be -1, it becomes what is left over.
        axis: the axis to cut.
        num: the number of parts, where it cannot be seen from the sizes.

    Returns:
        The list of the parts.

    Raises:
        ValueError: the parts do not make up the axis, or their number is not known.

    >>> tf.Session().run(tf.split([1, 2, 3, 4, 5, 6], [1, 2, -1]))
    [array([1], dtype=int32), array([2, 3], dtype=int32), array([4, 5, 6], dtype=int32)]
    """
    x, axis = convert(value), static_int(axis, "split: axis")
    asked = sizes(num_or_size_splits, "split")
    if not isinstance(asked, (Tensor, np.ndarray, list)) or isinstance(asked, Tensor) and asked.dims == ():
        parts = apply("Split", x, num=static_int(asked, "split: the number"), axis=axis, name=name or "split")
        return list(_parts(parts))
    if num is None:
        known = asked.dims if isinstance(asked, Tensor) else (len(asked),)
        if not known or known[0] is None:
            raise ValueError(f"split: the number of parts cannot be seen from {asked}; pass num=.")
        num = known[0]
    if num < 1:
        raise ValueError(f"split: there must be at least one part, got {num}.")
    parts = _parts(apply("SplitV", x, asked, num=num, axis=axis, name=name or "split"))
    return [refine(t, partial(_part_dims, i, axis)) for i, t in enumerate(parts)]


def _part_dims(i: int, axis: int, x: Tensor, size_splits: Tensor) -> Dims:
    counts = known_entries(size_splits)
    if counts is None or x.dims is None:
        return None
    counts = tuple(_counts(x.dims[in_rank(axis, len(x.dims))], counts))
    return list(_split_dims(x.dims, axis, counts))[i]


# Along a new axis: Pack, Unpack.


def _infer_pack(*xs: Spec, axis: int) -> Spec:
    dtype = same_type(*xs)
    dims = xs[0].shape
    for x in xs[1:]:
        try:
            dims = shapes.merge(dims, x.shape)
        except ValueError:
            shown = " and ".join(shapes.show(x.shape) for x in xs)
            raise ValueError(f"the shapes must be equal, got {shown}") from None
    if dims is None:
        return Spec(dtype, None)
    i = in_rank(axis, len(dims) + 1)
    return Spec(dtype, (*dims[:i], len(xs), *dims[i:]))


def _pack(*xs: Any, axis: int, out: Any = None) -> Any:
    dims = xs[0].shape
    i = in_rank(axis, len(dims) + 1)
    if out is None:
        out = np.empty((*dims[:i], len(xs), *dims[i:]), xs[0].dtype)
    before = (slice(None),) * i
    for k, x in enumerate(xs):
        if x.shape != dims:
            raise ValueError(f"the shapes must be equal, got {dims} and {x.shape}")
        out[(*before, k, ...)] = x
    return out


def _unpack_grad(n: Any, g: Any) -> tuple[Any]:
    return (apply("Pack", *_filled(n, _all(n, g)), axis=n.attrs["axis"]),)


op(
    "Pack",
    infer=_infer_pack,
    kernel=_pack,
    vjp=lambda n, g: _parts(apply("Unpack", g, num=len(n.inputs), axis=n.attrs["axis"])),
    out=True,
)(_pack)


def stack(values: Any, axis: Any = 0, name: str | None = "stack") -> Tensor:
    """The tensors of a list side by side, along a new axis.

    Args:
        values: tensors of one type and one shape, at least one.
        axis: where the new axis will be, from -r - 1 to r if the tensors have rank r.

    Raises:
        ValueError: the shapes differ, or `axis` is out of range. TypeError: the types differ.

    >>> tf.Session().run(tf.stack([[1, 2], [3, 4]], axis=1))
    array([[1, 3],
           [2, 4]], dtype=int32)
    """
    values = list(values)
    if not values:
        raise ValueError("stack needs at least one tensor.")
    return apply_alike("Pack", *values, axis=static_int(axis, "stack: axis"), name=name or "stack")


def _infer_unpack(x: Spec, num: int, axis: int) -> tuple[Spec, ...]:
    if x.shape is None:
        return (Spec(x.dtype, None),) * num
    if not x.shape:
        raise ValueError("a scalar cannot be unstacked")
    i = in_rank(axis, len(x.shape))
    if x.shape[i] not in (None, num):
        raise ValueError(f"axis {axis} of shape {shapes.show(x.shape)} cannot be unstacked into {num} parts")
    return (Spec(x.dtype, x.shape[:i] + x.shape[i + 1 :]),) * num


def _unpack(x: Any, num: int, axis: int) -> Any:
    before = (slice(None),) * in_rank(axis, x.ndim)
    if x.shape[len(before)] != num:
        raise ValueError(f"axis {axis} of shape {x.shape} cannot be unstacked into {num} parts")
    return _spread(tuple([x[(*before, k, ...)] for k in range(num)]))


op("Unpack", infer=_infer_unpack, kernel=_unpack, vjp=_unpack_grad, alias=True)(_unpack)


def unstack(value: Any, num: int | None = None, axis: Any = 0, name: str | None = "unstack") -> list[Tensor]:
    """The parts of `value` along an axis, without that axis: ``[value[0], value[1], ...]``.

    Args:
        value: a tensor of at least one dimension.
        num: the number of parts, where the static shape does not tell.
        axis: the axis that goes.

    Raises:
        ValueError: the number of parts is not known, or is not the size of the axis.

    >>> tf.Session().run(tf.unstack([[1, 2], [3, 4]]))
    [array([1, 2], dtype=int32), array([3, 4], dtype=int32)]
    """
    x, axis = convert(value), static_int(axis, "unstack: axis")
    if num is None:
        if x.dims is None or not x.dims or x.dims[in_rank(axis, len(x.dims))] is None:
            raise ValueError(f"unstack: the number of parts cannot be seen from {x}; pass num=.")
        num = x.dims[in_rank(axis, len(x.dims))]
    if num == 0:
        return []
    return list(_parts(apply("Unpack", x, num=num, axis=axis, name=name or "unstack")))
