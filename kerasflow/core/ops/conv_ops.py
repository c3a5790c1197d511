"""Convolutions and their adjoints.

A convolution is linear in its input x and in its filter w: with y the output, ``y = conv(x, w)``, and the gradients are
``backprop_input(sizes of x, w, gy)`` and ``backprop_filter(x, sizes of w, gy)``. All three are the same sum of products
x w gy seen from three sides, so the gradients of each are the other two.

The kernels write the windows out as the rows of a matrix and multiply it with the filter, as many rows at a time as fit
in a buffer of bounded size. They work with channels last; other formats are transposed on the way in and out.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from kerasflow.core import shapes
from kerasflow.core.graph import apply
from kerasflow.core.opdef import FLOAT, of_kind, op, same_type
from kerasflow.core.ops.arguments import shape_from, vector
from kerasflow.core.ops.window_arguments import (
    as_format,
    channels_last,
    each_place,
    inside,
    moved,
    moving,
    padded,
    ranked,
    shaped,
    sizes_of,
)
from kerasflow.core.shapes import Dims
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import Spec
from kerasflow.core.windows import Axis, channel_axis

__all__: list[str] = []

Ints = tuple[int, ...]
_BUFFER = 1 << 24  # bytes for windows written out
_ADJOINTS = {
    "Conv2D": ("Conv2DBackpropInput", "Conv2DBackpropFilter"),
    "Conv3D": ("Conv3DBackpropInputV2", "Conv3DBackpropFilterV2"),
}


# Shapes.


def _convolved(x: Any, w: Any, **how: Any) -> Dims:
    """The shape of the convolution of arrays of shapes `x` and `w`, each size an int or None."""
    depth = x[channel_axis(how["data_format"])]
    if depth is not None and w[-2] is not None and depth != w[-2]:
        raise ValueError(
            f"the depth of the input ({depth}) is not the input depth of the filter ({w[-2]}), "
            f"for shapes {shapes.show(x)} and {shapes.show(w)}"
        )
    return moved(x, w[:-2], w[-1], **how)


def _sizes(spec: Spec, rank: int, what: str) -> Any:
    """What is known of the sizes that an input is a list of."""
    entries = shape_from(vector(spec, what))
    if entries is not None and len(entries) != rank:
        raise ValueError(f"{what} must be {rank} integers, got {shapes.show(entries)}")
    return (None,) * rank if entries is None else entries


def _infer(x: Spec, w: Spec, **how: Any) -> Spec:
    of_kind(FLOAT, x)
    dtype, rank = same_type(x, w), len(how["data_format"])
    return Spec(dtype, _convolved(ranked(x, rank, "the input"), ranked(w, rank, "the filter"), **how))


def _infer_input(sizes: Spec, w: Spec, g: Spec, **how: Any) -> Spec:
    of_kind(FLOAT, w)
    dtype, rank = same_type(w, g), len(how["data_format"])
    x, filters = _sizes(sizes, rank, "the sizes of the input"), ranked(w, rank, "the filter")
    _fits(g, _convolved(x, filters, **how), rank)
    c = channel_axis(how["data_format"])
    return Spec(dtype, tuple([filters[-2] if i == c and n is None else n for i, n in enumerate(x)]))


def _infer_filter(x: Spec, sizes: Spec, g: Spec, **how: Any) -> Spec:
    of_kind(FLOAT, x)
    dtype, rank = same_type(x, g), len(how["data_format"])
    w = _sizes(sizes, rank, "the sizes of the filter")
    _fits(g, _convolved(ranked(x, rank, "the input"), w, **how), rank)
    return Spec(dtype, w)


def _fits(g: Spec, wanted: Dims, rank: int) -> None:
    dims = ranked(g, rank, "the gradient of the output")
    if not shapes.compatible(dims, wanted):
        raise ValueError(f"the output has shape {shapes.show(wanted)}, its gradient {shapes.show(dims)}")


# Kernels.


def _rows(along: tuple[Axis, ...], images: int, row_bytes: int) -> Iterator[tuple[Any, Any]]:
    """Slices of the images and of the places along the first axis, such that each part fits in the buffer."""
    per_image = row_bytes * math.prod(a.count for a in along[1:]) * along[0].count
    if per_image <= _BUFFER:
        step = max(1, _BUFFER // max(per_image, 1))
        for n in range(0, images, step):
            yield slice(n, n + step), slice(None)
        return
    step = max(1, _BUFFER * along[0].count // per_image)
    for n in range(images):
        for r in range(0, along[0].count, step):
            yield slice(n, n + 1), slice(r, r + step)


def _windows(x: Any, along: tuple[Axis, ...]) -> Any:
    """Padded `x` as [image, *place, *element of the window, channel], without a copy."""
    n, *steps, c = x.strides
    shape = (x.shape[0], *[a.count for a in along], *[a.window for a in along], x.shape[-1])
    between = [s * a.stride for s, a in zip(steps, along, strict=True)]
    within = [s * a.rate for s, a in zip(steps, along, strict=True)]
    return as_strided(x, shape, (n, *between, *within, c), writeable=False)


def _matrix(windows: Any) -> Any:
    """The windows as rows."""
    return windows.reshape(-1, math.prod(windows.shape[windows.ndim // 2 :]))


def _computed(x: Any) -> Any:
    """`x` in a type there are products for."""
    return x.astype(np.float32) if x.dtype == np.float16 else x


def _convolve(x: Any, w: Any, out: Any = None, **how: Any) -> Any:
    """The kernel of a convolution."""
    shape = _convolved(x.shape, w.shape, **how)
    along = moving(x.shape, w.shape[:-2], **how)
    data, flat = _computed(channels_last(x, how["data_format"])), _computed(w).reshape(-1, w.shape[-1])
    windows = _windows(padded(data, along), along)
    result = np.empty((len(x), *[a.count for a in along], w.shape[-1]), data.dtype)
    if out is not None and out.dtype == result.dtype and how["data_format"][-1] == "C":
        result = out
    if math.prod(shape):  # type: ignore[arg-type]  # known
        for images, rows in _rows(along, len(x), flat.shape[0] * flat.itemsize):
            np.matmul(_matrix(windows[images, rows]), flat, out=result[images, rows].reshape(-1, w.shape[-1]))
    return result if result is out else as_format(result.astype(x.dtype, copy=False), how["data_format"], out)


def _convolve_back(sizes: Any, w: Any, g: Any, out: Any = None, **how: Any) -> Any:
    """The kernel of the gradient by the input: each window's gradient is added to where the window was."""
    dims = tuple(sizes.tolist())
    _check(g, _convolved(dims, w.shape, **how))
    along = moving(dims, w.shape[:-2], **how)
    last, depth = how["data_format"], w.shape[-2]
    grads, flat = _computed(channels_last(g, last)), _computed(w).reshape(-1, w.shape[-1])
    total = np.zeros((len(g), *[a.before + a.size + a.after for a in along], depth), grads.dtype)
    if grads.size and total.size:
        for images, rows in _rows(along, len(g), flat.shape[0] * flat.itemsize):
            part = grads[images, rows]
            shares = (part.reshape(-1, w.shape[-1]) @ flat.T).reshape(*part.shape[:-1], *w.shape[:-1])
            start = (rows.start or 0) * along[0].stride
            first = dataclasses.replace(along[0], count=part.shape[1])
            for index, place in each_place(total[images, start:], (first, *along[1:])):
                place += shares[(..., *index, slice(None))]
    return as_format(np.ascontiguousarray(inside(total, along), g.dtype), last, out)


def _convolve_filter(x: Any, sizes: Any, g: Any, out: Any = None, **how: Any) -> Any:
    """The kernel of the gradient by the filter: products of windows with the gradients of what they gave."""
    shape = tuple(sizes.tolist())
    _check(g, _convolved(x.shape, shape, **how))
    along = moving(x.shape, shape[:-2], **how)
    data, grads = (_computed(channels_last(t, how["data_format"])) for t in (x, g))
    windows = _windows(padded(data, along), along)
    total = np.zeros((math.prod(shape[:-1]), shape[-1]), data.dtype)
    if grads.size and total.size:
        for images, rows in _rows(along, len(x), len(total) * total.itemsize):
            total += _matrix(windows[images, rows]).T @ grads[images, rows].reshape(-1, shape[-1])
    return _put(total.reshape(shape), x.dtype, out)


def _put(value: Any, dtype: Any, out: Any) -> Any:
    if out is None:
        return value.astype(dtype, copy=False)
    out[...] = value
    return out


def _check(g: Any, wanted: Dims) -> None:
    if g.shape != wanted:
        raise ValueError(f"the output has shape {shapes.show(wanted)}, its gradient {shapes.show(g.shape)}")


# Gradients.


def backward(names: tuple[str, str], x: Tensor, w: Tensor, g: Tensor, how: dict[str, Any]) -> tuple[Tensor, Tensor]:
    """The gradients of an operation that is linear in `x` and in `w`, given the names of its two adjoints."""
    gx = apply(names[0], sizes_of(x), w, g, **how)
    gw = apply(names[1], x, sizes_of(w), g, **how)
    return shaped(gx, x), shaped(gw, w)


def define(name: str, adjoints: tuple[str, str], kernels: tuple[Any, Any, Any], rules: tuple[Any, Any, Any]) -> None:
    """Define an operation y = f(x, w) that is linear in x and in w, with its adjoints."""
    to_input, to_filter = adjoints

    def vjp(n: Operation, g: Tensor) -> tuple[Any, ...]:
        return backward(adjoints, *n.inputs, g, n.attrs)  # type: ignore[call-arg,arg-type]

    def input_vjp(n: Operation, h: Tensor) -> tuple[Any, ...]:
        _, w, g = n.inputs
        gw = apply(to_filter, h, sizes_of(w), g, **n.attrs)
        return None, shaped(gw, w), shaped(apply(name, h, w, **n.attrs), g)

    def filter_vjp(n: Operation, h: Tensor) -> tuple[Any, ...]:
        x, _, g = n.inputs
        gx = apply(to_input, sizes_of(x), h, g, **n.attrs)
        return shaped(gx, x), None, shaped(apply(name, x, h, **n.attrs), g)

    for kind, kernel, infer, rule in zip((name, *adjoints), kernels, rules, (vjp, input_vjp, filter_vjp), strict=True):
        op(kind, infer=infer, kernel=kernel, vjp=rule, out=True)(kernel)


for _name, _names in _ADJOINTS.items():
    define(_name, _names, (_convolve, _convolve_back, _convolve_filter), (_infer, _infer_input, _infer_filter))
