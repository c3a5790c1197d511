"""Convolutions of sequences, and functions for any number of dimensions.

A sequence is convolved as an image of one row.
"""

from __future__ import annotations

from typing import Any

from kerasflow.core.graph import apply, convert
from kerasflow.core.ops.arguments import sizes
from kerasflow.core.ops.convolving import moves, transposed
from kerasflow.core.ops.joining import concat
from kerasflow.core.ops.reshaping import expand_dims, squeeze
from kerasflow.core.ops.window_arguments import FORMATS, either, format_of, one_int, per_axis, required
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor

__all__ = ["conv1d", "conv1d_transpose", "conv_transpose", "convolution"]


# One dimension: an image of one row.


def one_row(data_format: str) -> tuple[str, int]:
    """The format of an image made of a sequence, and the axis along which it has its one row."""
    return ("NHWC", 1) if data_format == "NWC" else ("NCHW", 2)


def conv1d(
    value: Any = None,
    filters: Any = None,
    stride: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool | None = None,
    data_format: str | None = None,
    name: str | None = None,
    input: Any = None,
    dilations: Any = None,
) -> Tensor:
    """A convolution of sequences, as `conv2d` of images.

    Args:
        value: [batch, width, channels], or as `data_format` says.
        filters: [window, channels, output channels].
        stride: between two places: an int, or one in a list.
        padding: ``"SAME"`` or ``"VALID"``.
        use_cudnn_on_gpu: taken for compatibility, not used.
        data_format: ``"NWC"``, the default, or ``"NCW"``.
        name: the scope of the operations.
        input: another name of `value`.
        dilations: the distance of neighbours in the window.

    >>> x = tf.reshape(tf.range(4.0), [1, 4, 1])
    >>> tf.Session().run(tf.nn.conv1d(x, tf.ones([2, 1, 1]), 1, "VALID"))[0, :, 0]
    array([1., 3., 5.], dtype=float32)
    """
    value = either("value", value, "input", input)
    flat = format_of({"NHWC": "NWC", "NCHW": "NCW"}.get(data_format or "", data_format), 1)
    image, row = one_row(flat)
    step = per_axis(required("stride", stride), flat, "stride")
    rate = per_axis(dilations, flat, "dilations")
    with name_scope(name, "conv1d", [value, filters]) as scope:
        x = expand_dims(value, row)
        w = expand_dims(convert(filters, x.dtype), 0)
        how = moves(image, 2, [1, max(step)], padding, [1, max(rate)])
        return squeeze(apply("Conv2D", x, w, name=scope, **how), [row])


def conv1d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any = "SAME",
    data_format: str | None = "NWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The transpose of `conv1d`, as `conv2d_transpose` of `conv2d`.

    Args:
        input: [batch, width, channels], or as `data_format` says.
        filters: [window, output channels, channels].
        output_shape: the shape of the result, three ints or an int tensor.
        strides, padding, data_format, dilations, name: as for `conv1d`.

    >>> y = tf.nn.conv1d_transpose([[[1.0], [2.0]]], tf.ones([2, 1, 1]), [1, 4, 1], 2)
    >>> tf.Session().run(y)[0, :, 0]
    array([1., 1., 2., 2.], dtype=float32)
    """
    flat = format_of(data_format, 1)
    image, row = one_row(flat)
    with name_scope(name, "conv1d_transpose", [input, filters]) as scope:
        value = expand_dims(input, row)
        w = expand_dims(convert(filters, value.dtype), 0)
        wanted = convert(sizes(output_shape))
        wanted = concat([wanted[:row], [1], wanted[row:]], 0)
        how = moves(image, 2, [1, one_int(strides, "strides")], padding, [1, one_int(dilations or 1, "dilations")])
        return squeeze(transposed("Conv2DBackpropInput", wanted, w, value, scope, how), [row])


# Any number of dimensions.


def convolution(
    input: Any,
    filter: Any,
    padding: Any,
    strides: Any = None,
    dilation_rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """A convolution in one, two or three dimensions, as the rank of `input` says.

    Args:
        input: [batch, ..., channels], or as `data_format` says.
        filter: [..., channels, output channels], with one size of the window for each axis it moves along.
        padding: ``"SAME"`` or ``"VALID"``.
        strides, dilation_rate: None, an int, or an int for each axis the window moves along.
        name: the scope of the operations.
        data_format: such as ``"NHWC"`` or ``"NCHW"``; None for channels last.
        filters, dilations: other names of `filter` and `dilation_rate`.

    Raises:
        ValueError: the rank is not known, or not 3, 4 or 5; or the shapes do not fit.

    >>> y = tf.nn.convolution(tf.ones([1, 4, 1]), tf.ones([2, 1, 1]), "VALID", dilation_rate=[2])
    >>> tf.Session().run(y)[0, :, 0]
    array([2., 2.], dtype=float32)
    """
    filters = either("filter", filter, "filters", filters)
    rate = dilation_rate if dilations is None else either("dilations", dilations, "dilation_rate", dilation_rate)
    with name_scope(name, "convolution", [input, filters]) as scope:
        x = convert(input, name="input")
        rank = windowed(x)
        w = convert(filters, x.dtype, "filter")
        if rank == 1:
            flat = format_of(data_format, 1)
            image, row = one_row(flat)
            how = moves(image, 2, [1, one_int(strides or 1, "strides")], padding, [1, one_int(rate or 1, "dilations")])
            return squeeze(apply("Conv2D", expand_dims(x, row), expand_dims(w, 0), name=scope, **how), [row])
        return apply(f"Conv{rank}D", x, w, name=scope, **moves(data_format, rank, strides, padding, rate))


def windowed(x: Tensor) -> int:
    """The number of axes of `x` that windows can move along."""
    if x.dims is None or len(x.dims) - 2 not in FORMATS:
        raise ValueError(f"The rank of the input must be known, and 3, 4 or 5; got {x}.")
    return len(x.dims) - 2


def conv_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any = "SAME",
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The transpose of `convolution`, in one, two or three dimensions, as the rank of `input` says.

    Args:
        input: [batch, ..., channels], or as `data_format` says.
        filters: [..., output channels, channels].
        output_shape: the shape of the result, ints or an int tensor.
        strides, padding, data_format, dilations, name: as for `convolution`.

    >>> y = tf.nn.conv_transpose([[[1.0], [2.0]]], tf.ones([2, 1, 1]), [1, 4, 1], 2)
    >>> tf.Session().run(y)[0, :, 0]
    array([1., 1., 2., 2.], dtype=float32)
    """
    with name_scope(name, "conv_transpose", [input, filters]):
        x = convert(input, name="input")
        rank = windowed(x)
        if rank == 1:
            return conv1d_transpose(x, filters, output_shape, strides, padding, data_format, dilations)
        how = moves(data_format, rank, strides, padding, dilations)
        kind = {2: "Conv2DBackpropInput", 3: "Conv3DBackpropInputV2"}[rank]
        return transposed(kind, output_shape, filters, x, None, how)
