"""Pooling: the largest number, or the mean, in windows that move over an array; and the adjoints.

`MaxPoolGrad` hands the gradient of each window to the first of its largest elements; `MaxPoolGradGrad` takes the
element that it would hand it to, and is its adjoint. Means are taken over what is in the array, without the padding.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import apply
from kerasflow.core.opdef import FLOAT, REAL, of_kind, op, same_type
from kerasflow.core.ops.arguments import shape_from, vector
from kerasflow.core.ops.window_arguments import (
    as_format,
    channels_last,
    each_place,
    format_of,
    inside,
    moved,
    moving,
    padded,
    per_axis,
    ranked,
    shaped,
    simple_padding,
    sizes_of,
)
from kerasflow.core.shapes import Dims
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import Spec
from kerasflow.core.windows import Axis, channel_axis, spatial

__all__: list[str] = []

Ints = tuple[int, ...]


# The attributes: ksize, strides, padding, data_format and, where it is not 1 everywhere, dilations.


def attributes(
    ksize: Any, strides: Any, padding: Any, data_format: Any, rank: int, rates: Any = None
) -> dict[str, Any]:
    """The attributes of pooling; those that are 1 everywhere by default are left out."""
    data_format = format_of(data_format, rank)
    how = {
        "ksize": per_axis(ksize, data_format, "ksize"),
        "strides": per_axis(strides, data_format, "strides"),
        "padding": simple_padding(padding),
        "data_format": data_format,
    }
    dilations = per_axis(rates, data_format, "dilations")
    return {**how, "dilations": dilations} if any(d > 1 for d in dilations) else how


# Shapes.


def _moves(ksize: Ints, strides: Ints, padding: str, data_format: str, dilations: Ints = ()) -> tuple[Ints, Any]:
    """The sizes of the window, and how it moves."""
    rates = dilations or (1,) * len(ksize)
    how = {"strides": strides, "padding": padding, "data_format": data_format, "dilations": rates}
    return tuple([ksize[i] for i in spatial(data_format)]), how


def _pooled(dims: Any, **attrs: Any) -> Dims:
    window, how = _moves(**attrs)
    return moved(dims, window, dims[channel_axis(attrs["data_format"])], **how)


def _along(dims: Ints, **attrs: Any) -> tuple[Axis, ...]:
    window, how = _moves(**attrs)
    return moving(dims, window, **how)


def _fits(dims: Any, wanted: Dims, what: str) -> None:
    if not shapes.compatible(dims, wanted):
        raise ValueError(f"{what} must have shape {shapes.show(wanted)}, got {shapes.show(dims)}")


def _infer_max(x: Spec, **attrs: Any) -> Spec:
    of_kind(REAL, x)
    return Spec(x.dtype, _pooled(ranked(x, len(attrs["ksize"]), "the input"), **attrs))


def _infer_avg(x: Spec, **attrs: Any) -> Spec:
    of_kind(FLOAT, x)
    return _infer_max(x, **attrs)


def _infer_argmax(x: Spec, output_type: Any, per_batch: bool, **attrs: Any) -> tuple[Spec, Spec]:
    y = _infer_max(x, **attrs)
    return y, Spec(output_type, y.shape)


def _infer_max_grad(x: Spec, y: Spec, g: Spec, **attrs: Any) -> Spec:
    dims, pooled = _max_dims(x, y, g, attrs)
    _fits(g.shape, pooled, "the gradient of the output")
    return Spec(x.dtype, dims)


def _infer_max_grad_grad(x: Spec, y: Spec, g: Spec, **attrs: Any) -> Spec:
    dims, pooled = _max_dims(x, y, g, attrs)
    _fits(g.shape, dims, "what goes along the input")
    return Spec(x.dtype, pooled)


def _max_dims(x: Spec, y: Spec, g: Spec, attrs: dict[str, Any]) -> tuple[Any, Dims]:
    same_type(x, y, g)
    of_kind(REAL, x)
    dims = ranked(x, len(attrs["ksize"]), "the input")
    pooled = _pooled(dims, **attrs)
    _fits(y.shape, pooled, "the output")
    return dims, pooled


def _infer_avg_grad(given: Spec, g: Spec, **attrs: Any) -> Spec:
    of_kind(FLOAT, g)
    rank = len(attrs["ksize"])
    entries = shape_from(vector(given, "the sizes of the input"))
    if entries is not None and len(entries) != rank:
        raise ValueError(f"the sizes of the input must be {rank} integers, got {shapes.show(entries)}")
    dims = (None,) * rank if entries is None else entries
    _fits(g.shape, _pooled(dims, **attrs), "the gradient of the output")
    return Spec(g.dtype, dims)


# Kernels.


def _least(dtype: Any) -> Any:
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def _max_pool(x: Any, out: Any = None, **attrs: Any) -> Any:
    last = attrs["data_format"]
    _pooled(x.shape, **attrs)
    along = _along(x.shape, **attrs)
    data = padded(channels_last(x, last), along, _least(x.dtype))
    total = np.full((len(x), *[a.count for a in along], data.shape[-1]), _least(x.dtype), x.dtype)
    for _, place in each_place(data, along):
        np.maximum(total, place, out=total)
    return as_format(total, last, out)


def _winners(x: Any, y: Any, along: tuple[Axis, ...], last: str) -> Any:
    """For each element of the window: where it is in it, and whether it is the first that is the largest."""
    largest = channels_last(y, last)
    open_ = np.ones(largest.shape, np.bool_)
    for index, place in each_place(padded(channels_last(x, last), along, _least(x.dtype)), along):
        first = (place == largest) & open_
        open_ &= ~first
        yield index, first


def _max_pool_grad(x: Any, y: Any, g: Any, out: Any = None, **attrs: Any) -> Any:
    last = attrs["data_format"]
    _run_check(x, y, g, y.shape, attrs)
    along = _along(x.shape, **attrs)
    grads = channels_last(g, last)
    total = np.zeros((len(x), *[a.before + a.size + a.after for a in along], grads.shape[-1]), g.dtype)
    winners = _winners(x, y, along, last)
    for (_, place), (_, first) in zip(each_place(total, along), winners, strict=True):
        np.add(place, grads, out=place, where=first)
    return as_format(np.ascontiguousarray(inside(total, along)), last, out)


def _max_pool_grad_grad(x: Any, y: Any, g: Any, out: Any = None, **attrs: Any) -> Any:
    last = attrs["data_format"]
    _run_check(x, y, g, x.shape, attrs)
    along = _along(x.shape, **attrs)
    data, total = padded(channels_last(g, last), along), np.zeros(channels_last(y, last).shape, g.dtype)
    for (_, place), (_, first) in zip(each_place(data, along), _winners(x, y, along, last), strict=True):
        np.copyto(total, place, where=first)
    return as_format(total, last, out)


def _run_check(x: Any, y: Any, g: Any, wanted: Ints, attrs: dict[str, Any]) -> None:
    _fits(y.shape, _pooled(x.shape, **attrs), "the output")
    _fits(g.shape, wanted, "what comes in")


def _argmax(x: Any, output_type: Any, per_batch: bool, **attrs: Any) -> Any:
    """The largest numbers, and where they are in the flattened image (or batch of images)."""
    last = attrs["data_format"]
    y = _max_pool(x, **attrs)
    along, (n, height, width, depth) = _along(x.shape, **attrs), channels_last(x, last).shape
    where = np.zeros(channels_last(y, last).shape, np.int64)
    rows, columns = [np.arange(a.count) * a.stride - a.before for a in along]
    for (i, j), first in _winners(x, y, along, last):
        place = (rows[:, None] + i * along[0].rate) * width + columns + j * along[1].rate
        np.copyto(where, place[None, :, :, None] * depth + np.arange(depth), where=first)
    if per_batch:
        where += np.arange(n)[:, None, None, None] * (height * width * depth)
    return y, as_format(where.astype(output_type.numpy), last)


def _counts(along: tuple[Axis, ...], dtype: Any) -> Any:
    """How many elements of the array each window holds, [*place, 1]."""
    total = np.ones((1,) * (len(along) + 1))
    for k, a in enumerate(along):
        at = np.arange(a.count)[:, None] * a.stride - a.before + np.arange(a.window) * a.rate
        inside_it = ((at >= 0) & (at < a.size)).sum(1)
        total = total * inside_it.reshape((-1,) + (1,) * (len(along) - k))
    return total.astype(dtype)


def _avg_pool(x: Any, out: Any = None, **attrs: Any) -> Any:
    last = attrs["data_format"]
    _pooled(x.shape, **attrs)
    along = _along(x.shape, **attrs)
    data = padded(channels_last(x, last), along)
    total = np.zeros((len(x), *[a.count for a in along], data.shape[-1]), x.dtype)
    for _, place in each_place(data, along):
        total += place
    return as_format(np.divide(total, _counts(along, x.dtype), out=total), last, out)


def _avg_pool_grad(given: Any, g: Any, out: Any = None, **attrs: Any) -> Any:
    last, dims = attrs["data_format"], tuple(given.tolist())
    _fits(g.shape, _pooled(dims, **attrs), "the gradient of the output")
    along = _along(dims, **attrs)
    shares = channels_last(g, last) / _counts(along, g.dtype)
    total = np.zeros((len(g), *[a.before + a.size + a.after for a in along], shares.shape[-1]), g.dtype)
    for _, place in each_place(total, along):
        place += shares
    return as_format(np.ascontiguousarray(inside(total, along)), last, out)


# Definitions.


def _define_max(name: str) -> None:
    def vjp(n: Operation, g: Tensor) -> tuple[Any, ...]:
        return (shaped(apply(f"{name}Grad", n.inputs[0], n.output, g, **n.attrs), n.inputs[0]),)

    def grad_vjp(n: Operation, h: Tensor) -> tuple[Any, ...]:
        x, y, g = n.inputs
        return None, None, shaped(apply(f"{name}GradGrad", x, y, h, **n.attrs), g)

    def grad_grad_vjp(n: Operation, h: Tensor) -> tuple[Any, ...]:
        x, y, g = n.inputs
        return None, None, shaped(apply(f"{name}Grad", x, y, h, **n.attrs), g)

    op(name, infer=_infer_max, kernel=_max_pool, vjp=vjp, out=True)(_max_pool)
    op(f"{name}Grad", infer=_infer_max_grad, kernel=_max_pool_grad, vjp=grad_vjp, out=True)(_max_pool_grad)
    grad_grad = op(f"{name}GradGrad", infer=_infer_max_grad_grad, vjp=grad_grad_vjp, out=True)
    grad_grad(_max_pool_grad_grad)


def _define_avg(name: str) -> None:
    def vjp(n: Operation, g: Tensor) -> tuple[Any, ...]:
        return (shaped(apply(f"{name}Grad", sizes_of(n.inputs[0]), g, **n.attrs), n.inputs[0]),)

    def grad_vjp(n: Operation, h: Tensor) -> tuple[Any, ...]:
        return None, shaped(apply(name, h, **n.attrs), n.inputs[1])

    op(name, infer=_infer_avg, kernel=_avg_pool, vjp=vjp, out=True)(_avg_pool)
    op(f"{name}Grad", infer=_infer_avg_grad, kernel=_avg_pool_grad, vjp=grad_vjp, out=True)(_avg_pool_grad)


def _argmax_vjp(n: Operation, g: list[Any]) -> tuple[Any, ...]:
    attrs = {k: v for k, v in n.attrs.items() if k not in ("output_type", "per_batch")}
    return (shaped(apply("MaxPoolGrad", n.inputs[0], n.output, g[0], **attrs), n.inputs[0]),)


for _name in ("MaxPool", "MaxPool3D"):
    _define_max(_name)
for _name in ("AvgPool", "AvgPool3D"):
    _define_avg(_name)
op("MaxPoolWithArgmax", infer=_infer_argmax, vjp=_argmax_vjp)(_argmax)
