"""Convolutions of each channel on its own, their adjoints, and what is built from them.

As for full convolutions (`conv_ops`), the gradient of each of the three operations is written with the other two. The
filter is [window height, window width, channels, multiplier], and channel ``c * multiplier + m`` of the result comes
from channel c.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import apply, apply_alike, convert
from kerasflow.core.opdef import FLOAT, of_kind, same_type
from kerasflow.core.ops.arguments import known_entries, refine, shape_from, sizes, vector
from kerasflow.core.ops.conv_ops import define
from kerasflow.core.ops.convolving import moves
from kerasflow.core.ops.window_arguments import (
    as_format,
    channels_last,
    each_place,
    either,
    inside,
    moved,
    moving,
    padded,
    ranked,
)
from kerasflow.core.scopes import name_scope
from kerasflow.core.shapes import Dims
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec
from kerasflow.core.windows import channel_axis

__all__ = [
    "depthwise_conv2d",
    "depthwise_conv2d_backprop_filter",
    "depthwise_conv2d_backprop_input",
    "depthwise_conv2d_native",
    "depthwise_conv2d_native_backprop_filter",
    "depthwise_conv2d_native_backprop_input",
    "separable_conv2d",
]


# Shapes.


def _filtered(x: Any, w: Any, **how: Any) -> Dims:
    """The shape of the convolution of arrays of shapes `x` and `w`, each size an int or None."""
    depth, multiplier = x[channel_axis(how["data_format"])], w[-1]
    if depth is not None and w[-2] is not None and depth != w[-2]:
        raise ValueError(
            f"the depth of the input ({depth}) is not that of the filter ({w[-2]}), "
            f"for shapes {shapes.show(x)} and {shapes.show(w)}"
        )
    depth = w[-2] if depth is None else depth
    channels = None if depth is None or multiplier is None else depth * multiplier
    return moved(x, w[:-2], channels, **how)


def _given(spec: Spec, what: str) -> Any:
    entries = shape_from(vector(spec, what))
    if entries is not None and len(entries) != 4:
        raise ValueError(f"{what} must be 4 integers, got {shapes.show(entries)}")
    return (None,) * 4 if entries is None else entries


def _fits(g: Any, wanted: Dims) -> None:
    if not shapes.compatible(g, wanted):
        raise ValueError(f"the output has shape {shapes.show(wanted)}, its gradient {shapes.show(g)}")


def _infer(x: Spec, w: Spec, **how: Any) -> Spec:
    of_kind(FLOAT, x)
    return Spec(same_type(x, w), _filtered(ranked(x, 4, "the input"), ranked(w, 4, "the filter"), **how))


def _infer_input(given: Spec, w: Spec, g: Spec, **how: Any) -> Spec:
    of_kind(FLOAT, w)
    x, filters = _given(given, "the sizes of the input"), ranked(w, 4, "the filter")
    _fits(ranked(g, 4, "the gradient of the output"), _filtered(x, filters, **how))
    c = channel_axis(how["data_format"])
    return Spec(same_type(w, g), tuple([filters[-2] if i == c and n is None else n for i, n in enumerate(x)]))


def _infer_filter(x: Spec, given: Spec, g: Spec, **how: Any) -> Spec:
    of_kind(FLOAT, x)
    w = _given(given, "the sizes of the filter")
    _fits(ranked(g, 4, "the gradient of the output"), _filtered(ranked(x, 4, "the input"), w, **how))
    return Spec(same_type(x, g), w)


# Kernels: one product for each element of the window.


def _filter(x: Any, w: Any, out: Any = None, **how: Any) -> Any:
    _filtered(x.shape, w.shape, **how)
    along = moving(x.shape, w.shape[:2], **how)
    data = padded(channels_last(x, how["data_format"]), along)
    total = np.zeros((len(x), *[a.count for a in along], *w.shape[2:]), x.dtype)
    product = np.empty_like(total)
    for index, place in each_place(data, along):
        total += np.multiply(place[..., None], w[index], out=product)
    return as_format(_joined(total), how["data_format"], out)


def _filter_back(given: Any, w: Any, g: Any, out: Any = None, **how: Any) -> Any:
    dims = tuple(given.tolist())
    _fits(g.shape, _filtered(dims, w.shape, **how))
    along = moving(dims, w.shape[:2], **how)
    grads = channels_last(g, how["data_format"])
    grads = grads.reshape(*grads.shape[:-1], *w.shape[2:])
    total = np.zeros((len(g), *[a.before + a.size + a.after for a in along], w.shape[2]), g.dtype)
    for index, place in each_place(total, along):
        place += np.einsum("nhwcm,cm->nhwc", grads, w[index])
    return as_format(np.ascontiguousarray(inside(total, along)), how["data_format"], out)


def _filter_filter(x: Any, given: Any, g: Any, out: Any = None, **how: Any) -> Any:
    shape = tuple(given.tolist())
    _fits(g.shape, _filtered(x.shape, shape, **how))
    along = moving(x.shape, shape[:2], **how)
    data, grads = (channels_last(t, how["data_format"]) for t in (x, g))
    grads = grads.reshape(*grads.shape[:-1], *shape[2:])
    out = np.empty(shape, x.dtype) if out is None else out
    for index, place in each_place(padded(data, along), along):
        out[index] = np.einsum("nhwc,nhwcm->cm", place, grads)
    return out


def _joined(x: Any) -> Any:
    """The last two axes as one."""
    return x.reshape(*x.shape[:-2], math.prod(x.shape[-2:]))


_NATIVE = "DepthwiseConv2dNative"
define(
    _NATIVE,
    (f"{_NATIVE}BackpropInput", f"{_NATIVE}BackpropFilter"),
    (_filter, _filter_back, _filter_filter),
    (_infer, _infer_input, _infer_filter),
)


# Functions.


def depthwise_conv2d_native(
    input: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """A convolution of each channel with filters of its own.

    ``y[n, i, j, c m + k] = sum over a, b of x[n, si i + da a - pi, sj j + db b - pj, c] w[a, b, c, k]`` for m filters
    per channel, with the strides s, dilations d and padding p of `conv2d`.

    Args:
        input: [batch, height, width, channels], or as `data_format` says; floating-point.
        filter: [window height, window width, channels, filters per channel].
        strides, padding, data_format, dilations, name: as for `conv2d`.

    Raises:
        ValueError: ranks or channels do not fit, or the window is larger than the image.

    >>> x = tf.constant([[[[1.0, 10.0], [2.0, 20.0]]]])
    >>> y = tf.nn.depthwise_conv2d_native(x, tf.ones([1, 2, 2, 1]), [1, 1, 1, 1], "VALID")
    >>> tf.Session().run(y)
    array([[[[ 3., 30.]]]], dtype=float32)
    """
    return apply_alike(_NATIVE, input, filter, name=name, **moves(data_format, 2, strides, padding, dilations))


def depthwise_conv2d_native_backprop_input(
    input_sizes: Any,
    filter: Any,
    out_backprop: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The gradient of `depthwise_conv2d_native` by its input.

    Args:
        input_sizes: the shape of the input, four ints or int tensors.
        filter, strides, padding, data_format, dilations, name: as for `depthwise_conv2d_native`.
        out_backprop: the gradient of its result.

    >>> g = tf.constant([[[[1.0, 2.0]]]])
    >>> back = tf.nn.depthwise_conv2d_native_backprop_input
    >>> tf.Session().run(back([1, 1, 2, 2], tf.ones([1, 2, 2, 1]), g, 1, "VALID"))[0, 0]
    array([[1., 2.],
           [1., 2.]], dtype=float32)
    """
    how = moves(data_format, 2, strides, padding, dilations)
    g = convert(out_backprop, name="out_backprop")
    w = convert(filter, g.dtype)
    x = apply(f"{_NATIVE}BackpropInput", sizes(input_sizes), w, g, name=name, **how)
    return refine(x, lambda given, w, g: known_entries(given))


def depthwise_conv2d_native_backprop_filter(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The gradient of `depthwise_conv2d_native` by its filter.

    Args:
        input, strides, padding, data_format, dilations, name: as for `depthwise_conv2d_native`.
        filter_sizes: the shape of the filter, four ints or int tensors.
        out_backprop: the gradient of its result.

    >>> x, g = tf.constant([[[[1.0, 10.0], [2.0, 20.0]]]]), tf.constant([[[[1.0, 2.0]]]])
    >>> back = tf.nn.depthwise_conv2d_native_backprop_filter
    >>> tf.Session().run(back(x, [1, 2, 2, 1], g, 1, "VALID"))[0, :, :, 0]
    array([[ 1., 20.],
           [ 2., 40.]], dtype=float32)
    """
    how = moves(data_format, 2, strides, padding, dilations)
    x = convert(input, name="input")
    w = apply(f"{_NATIVE}BackpropFilter", x, sizes(filter_sizes), convert(out_backprop, x.dtype), name=name, **how)
    return refine(w, lambda x, given, g: known_entries(given))


depthwise_conv2d_backprop_input = depthwise_conv2d_native_backprop_input
depthwise_conv2d_backprop_filter = depthwise_conv2d_native_backprop_filter


def depthwise_conv2d(
    input: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """A convolution of each channel with filters of its own; `depthwise_conv2d_native` has the formula.

    Args:
        input: [batch, height, width, channels], or as `data_format` says; floating-point.
        filter: [window height, window width, channels, filters per channel].
        strides, padding, name: as for `conv2d`.
        rate: the distance of neighbours in the window, as `strides`.
        data_format: ``"NHWC"``, the default, or ``"NCHW"``.
        dilations: another name of `rate`.

    Raises:
        ValueError: ranks or channels do not fit, or the window is larger than the image.

    >>> x = tf.constant([[[[1.0, 10.0], [2.0, 20.0]]]])
    >>> y = tf.nn.depthwise_conv2d(x, tf.ones([1, 2, 2, 1]), [1, 1, 1, 1], "VALID")
    >>> tf.Session().run(y)
    array([[[[ 3., 30.]]]], dtype=float32)
    """
    rate = None if rate is None and dilations is None else either("rate", rate, "dilations", dilations)
    with name_scope(name, "depthwise", [input, filter]) as scope:
        return depthwise_conv2d_native(input, filter, strides, padding, data_format or "NHWC", rate, scope)


def separable_conv2d(
    input: Any,
    depthwise_filter: Any,
    pointwise_filter: Any,
    strides: Any,
    padding: Any,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """A convolution of each channel on its own, then one across channels at each place.

    Args:
        input, strides, padding, rate, data_format, dilations: as for `depthwise_conv2d`.
        depthwise_filter: [window height, window width, channels, filters per channel].
        pointwise_filter: [1, 1, channels * filters per channel, output channels].
        name: the scope of the operations.

    Raises:
        ValueError: the shapes do not fit.

    Source: Sifre, "Rigid-motion scattering for image classification", 2014, section 6.2.

    >>> x = tf.constant([[[[1.0, 10.0], [2.0, 20.0]]]])
    >>> y = tf.nn.separable_conv2d(x, tf.ones([1, 2, 2, 1]), tf.ones([1, 1, 2, 1]), [1, 1, 1, 1], "VALID")
    >>> tf.Session().run(y)
    array([[[[33.]]]], dtype=float32)
    """
    with name_scope(name, "separable_conv2d", [input, depthwise_filter, pointwise_filter]) as scope:
        across = convert(pointwise_filter, name="pointwise_filter")
        if not shapes.compatible(across.dims, (1, 1, None, None)):
            raise ValueError(f"The pointwise filter must have shape (1, 1, channels, outputs), got {across}.")
        y = depthwise_conv2d(input, depthwise_filter, strides, padding, rate, "depthwise", data_format, dilations)
        return apply("Conv2D", y, across, name=scope, **moves(data_format, 2, 1, "VALID", None))
