"""The public functions of convolutions of images and volumes, and of their transposes."""

from __future__ import annotations

from typing import Any

from kerasflow.core.graph import apply, apply_alike, convert
from kerasflow.core.ops.arguments import known_entries, refine, sizes
from kerasflow.core.ops.window_arguments import (
    either,
    format_of,
    padding_of,
    per_axis,
    required,
)
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor

__all__ = [
    "atrous_conv2d",
    "atrous_conv2d_transpose",
    "conv2d",
    "conv2d_backprop_filter",
    "conv2d_backprop_input",
    "conv2d_transpose",
    "conv3d",
    "conv3d_backprop_filter",
    "conv3d_backprop_filter_v2",
    "conv3d_transpose",
]


def moves(data_format: Any, rank: int, strides: Any, padding: Any, dilations: Any) -> dict[str, Any]:
    """The attributes of a convolution."""
    data_format = format_of(data_format, rank)
    return {
        "strides": per_axis(strides, data_format, "strides"),
        **padding_of(padding, data_format),
        "data_format": data_format,
        "dilations": per_axis(dilations, data_format, "dilations"),
    }


def transposed(kind: str, input_sizes: Any, filters: Any, value: Any, name: str | None, how: dict[str, Any]) -> Tensor:
    """The gradient by the input, whose sizes may be ints and tensors."""
    value = convert(value, name="value")
    x = apply(kind, sizes(input_sizes, "the output's shape"), convert(filters, value.dtype), value, name=name, **how)
    return refine(x, lambda given, w, g: known_entries(given))


def conv2d(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool = True,
    data_format: str = "NHWC",
    dilations: Any = None,
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """A convolution of images: each place sees the window of the image around it.

    ``y[n, i, j, o] = sum over a, b, c of x[n, si i + da a - pi, sj j + db b - pj, c] w[a, b, c, o]``, where s are the
    strides, d the dilations, p the zeros padded in front. The filter is not flipped.

    Args:
        input: [batch, height, width, channels], or as `data_format` says; floating-point.
        filter: [window height, window width, channels, output channels].
        strides: between two places: an int, two ints (height, width), or four, those of batch and channels being 1.
        padding: ``"SAME"`` for ``ceil(size / stride)`` places, ``"VALID"`` for no padding, or the zeros before and
            after along each axis, as ``[[0, 0], [1, 1], [2, 2], [0, 0]]``.
        use_cudnn_on_gpu: taken for compatibility, not used.
        data_format: ``"NHWC"`` or ``"NCHW"``.
        dilations: the distance of neighbours in the window, as `strides`.
        name: the operation's name.
        filters: another name of `filter`.

    Raises:
        ValueError: ranks or channels do not fit, the window is larger than the image, or an argument is none of those
            above. TypeError: the types differ or are not floating-point.

    >>> x = tf.reshape(tf.range(9.0), [1, 3, 3, 1])
    >>> y = tf.nn.conv2d(x, tf.ones([2, 2, 1, 1]), strides=1, padding="VALID")
    >>> tf.Session().run(y)[0, :, :, 0]
    array([[ 8., 12.],
           [20., 24.]], dtype=float32)
    """
    filters = either("filter", filter, "filters", filters)
    how = moves(data_format, 2, strides, padding, dilations)
    return apply_alike("Conv2D", input, filters, name=name, **how)


def conv2d_backprop_input(
    input_sizes: Any,
    filter: Any = None,
    out_backprop: Any = None,
    strides: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool = True,
    data_format: str = "NHWC",
    dilations: Any = None,
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """The gradient of `conv2d` by its input.

    Args:
        input_sizes: the shape of the input, four ints or int tensors.
        filter: as for `conv2d`.
        out_backprop: the gradient of the convolution's result, of its shape.
        strides, padding, use_cudnn_on_gpu, data_format, dilations, name, filters: as for `conv2d`.

    Raises:
        ValueError: the shapes do not fit.

    >>> g = tf.ones([1, 2, 2, 1])
    >>> x = tf.nn.conv2d_backprop_input([1, 3, 3, 1], tf.ones([2, 2, 1, 1]), g, strides=1, padding="VALID")
    >>> tf.Session().run(x)[0, :, :, 0]
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]], dtype=float32)
    """
    filters = either("filter", filter, "filters", filters)
    how = moves(data_format, 2, strides, padding, dilations)
    return transposed("Conv2DBackpropInput", input_sizes, filters, required("out_backprop", out_backprop), name, how)


def conv2d_backprop_filter(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool = True,
    data_format: str = "NHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The gradient of `conv2d` by its filter.

    Args:
        input: as for `conv2d`.
        filter_sizes: the shape of the filter, four ints or int tensors.
        out_backprop: the gradient of the convolution's result, of its shape.
        strides, padding, use_cudnn_on_gpu, data_format, dilations, name: as for `conv2d`.

    Raises:
        ValueError: the shapes do not fit.

    >>> x, g = tf.reshape(tf.range(9.0), [1, 3, 3, 1]), tf.ones([1, 2, 2, 1])
    >>> w = tf.nn.conv2d_backprop_filter(x, [2, 2, 1, 1], g, strides=1, padding="VALID")
    >>> tf.Session().run(w)[:, :, 0, 0]
    array([[ 8., 12.],
           [20., 24.]], dtype=float32)
    """
    how = moves(data_format, 2, strides, padding, dilations)
    x = convert(input, name="input")
    w = apply("Conv2DBackpropFilter", x, sizes(filter_sizes), convert(out_backprop, x.dtype), name=name, **how)
    return refine(w, lambda x, given, g: known_entries(given))


def conv2d_transpose(
    value: Any = None,
    filter: Any = None,
    output_shape: Any = None,
    strides: Any = None,
    padding: Any = "SAME",
    data_format: str = "NHWC",
    name: str | None = None,
    input: Any = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """The transpose of a convolution, which makes images larger: the gradient of `conv2d` by its input.

    Args:
        value: [batch, height, width, channels], or as `data_format` says.
        filter: [window height, window width, output channels, channels].
        output_shape: the shape of the result, four ints or int tensors: one from which `conv2d` gives that of `value`.
        strides, padding, data_format, dilations: as for `conv2d`.
        name: the operation's name.
        input, filters: other names of `value` and `filter`.

    Raises:
        ValueError: the shapes do not fit.

    >>> y = tf.nn.conv2d_transpose([[[[1.0], [2.0]]]], tf.ones([1, 2, 1, 1]), [1, 1, 4, 1], strides=[1, 2])
    >>> tf.Session().run(y)[0, 0, :, 0]
    array([1., 1., 2., 2.], dtype=float32)
    """
    value, filters = either("value", value, "input", input), either("filter", filter, "filters", filters)
    how = moves(data_format, 2, required("strides", strides), padding, dilations)
    shape = required("output_shape", output_shape)
    with name_scope(name, "conv2d_transpose", [value, filters]) as scope:
        return transposed("Conv2DBackpropInput", shape, filters, value, scope, how)


def atrous_conv2d(value: Any, filters: Any, rate: Any, padding: Any, name: str | None = None) -> Tensor:
    """A convolution with holes: `conv2d` with `rate` as its dilation and strides of 1.

    Args:
        value: [batch, height, width, channels].
        filters: [window height, window width, channels, output channels].
        rate: the distance of neighbours in the window.
        padding: ``"SAME"`` or ``"VALID"``.
        name: the operation's name.

    >>> x = tf.reshape(tf.range(5.0), [1, 1, 5, 1])
    >>> tf.Session().run(tf.nn.atrous_conv2d(x, tf.ones([1, 2, 1, 1]), 3, "VALID"))[0, 0, :, 0]
    array([3., 5.], dtype=float32)
    """
    return apply_alike("Conv2D", value, filters, name=name or "convolution", **moves("NHWC", 2, 1, padding, rate))


def atrous_conv2d_transpose(
    value: Any, filters: Any, output_shape: Any, rate: Any, padding: Any, name: str | None = None
) -> Tensor:
    """The transpose of `atrous_conv2d`: `conv2d_transpose` with `rate` as its dilation and strides of 1.

    Args:
        value, filters, output_shape, padding, name: as for `conv2d_transpose`.
        rate: the distance of neighbours in the window.

    >>> y = tf.nn.atrous_conv2d_transpose(tf.ones([1, 1, 1, 1]), tf.ones([1, 2, 1, 1]), [1, 1, 3, 1], 2, "VALID")
    >>> tf.Session().run(y)[0, 0, :, 0]
    array([1., 0., 1.], dtype=float32)
    """
    with name_scope(name, "atrous_conv2d_transpose", [value, filters]) as scope:
        return transposed(
            "Conv2DBackpropInput", output_shape, filters, value, scope, moves("NHWC", 2, 1, padding, rate)
        )


def conv3d(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    padding: Any = None,
    data_format: str = "NDHWC",
    dilations: Any = None,
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """A convolution of volumes, as `conv2d` of images.

    Args:
        input: [batch, depth, height, width, channels], or as `data_format` says.
        filter: [window depth, window height, window width, channels, output channels].
        strides, padding, dilations, name, filters: as for `conv2d`, with three or five ints.
        data_format: ``"NDHWC"`` or ``"NCDHW"``.

    >>> y = tf.nn.conv3d(tf.ones([1, 2, 2, 2, 3]), tf.ones([2, 2, 2, 3, 1]), strides=1, padding="VALID")
    >>> tf.Session().run(y)
    array([[[[[24.]]]]], dtype=float32)
    """
    filters = either("filter", filter, "filters", filters)
    how = moves(data_format, 3, required("strides", strides), padding, dilations)
    return apply_alike("Conv3D", input, filters, name=name, **how)


def conv3d_transpose(
    value: Any,
    filter: Any = None,
    output_shape: Any = None,
    strides: Any = None,
    padding: Any = "SAME",
    data_format: str = "NDHWC",
    name: str | None = None,
    input: Any = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """The transpose of `conv3d`, as `conv2d_transpose` of `conv2d`.

    Args:
        value: [batch, depth, height, width, channels], or as `data_format` says.
        filter: [window depth, window height, window width, output channels, channels].
        output_shape: the shape of the result, five ints or int tensors.
        strides, padding, data_format, dilations, name, input, filters: as for `conv3d` and `conv2d_transpose`.

    >>> y = tf.nn.conv3d_transpose(tf.ones([1, 1, 1, 1, 3]), tf.ones([2, 2, 2, 1, 3]), [1, 2, 2, 2, 1], 2)
    >>> float(tf.Session().run(tf.reduce_sum(y)))
    24.0
    """
    value, filters = either("value", value, "input", input), either("filter", filter, "filters", filters)
    how = moves(data_format, 3, required("strides", strides), padding, dilations)
    with name_scope(name, "conv3d_transpose", [value, filters]) as scope:
        return transposed("Conv3DBackpropInputV2", required("output_shape", output_shape), filters, value, scope, how)


def conv3d_backprop_filter(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NDHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The gradient of `conv3d` by its filter.

    Args:
        input, strides, padding, data_format, dilations, name: as for `conv3d`.
        filter_sizes: the shape of the filter, five ints or int tensors.
        out_backprop: the gradient of the convolution's result, of its shape.

    Raises:
        ValueError: the shapes do not fit.

    >>> x, g = tf.ones([1, 2, 2, 2, 1]), tf.ones([1, 1, 1, 1, 3])
    >>> tf.nn.conv3d_backprop_filter(x, [2, 2, 2, 1, 3], g, 1, "VALID").shape.as_list()
    [2, 2, 2, 1, 3]
    """
    how = moves(data_format, 3, strides, padding, dilations)
    x = convert(input, name="input")
    g = convert(out_backprop, x.dtype)
    w = apply("Conv3DBackpropFilterV2", x, sizes(filter_sizes), g, name=name, **how)
    return refine(w, lambda x, given, g: known_entries(given))


conv3d_backprop_filter_v2 = conv3d_backprop_filter
