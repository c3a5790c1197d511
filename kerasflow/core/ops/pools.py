"""The public functions of pooling, in one, two and three dimensions."""

from __future__ import annotations

from typing import Any

from kerasflow.core import types
from kerasflow.core.graph import apply, convert
from kerasflow.core.ops.arguments import static_ints
from kerasflow.core.ops.conv_ranks import one_row, windowed
from kerasflow.core.ops.pooling import attributes
from kerasflow.core.ops.reshaping import expand_dims, squeeze
from kerasflow.core.ops.window_arguments import FORMATS, either, format_of, one_int
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import as_dtype
from kerasflow.core.windows import spatial

__all__ = [
    "avg_pool",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "max_pool",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_pool_with_argmax",
    "pool",
]


def _flat(kind: str, x: Any, ksize: Any, strides: Any, padding: Any, data_format: Any, name: str, rates: Any) -> Tensor:
    """Pooling of sequences, as images of one row; in the scope `name`."""
    flat = format_of(data_format, 1)
    image, row = one_row(flat)
    window, step = one_int(ksize, "ksize"), one_int(strides, "strides")
    attrs = attributes(
        [1, window], [1, step], padding, image, 2, None if rates is None else [1, one_int(rates, "dilations")]
    )
    return squeeze(apply(kind, expand_dims(x, row), name=name, **attrs), [row])


def max_pool(
    value: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NHWC",
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """The largest number in each window that moves over images.

    Where several are the largest, the gradient goes to the first of them. NaN is larger than all.

    Args:
        value: [batch, height, width, channels], or as `data_format` says; integers or floating-point.
        ksize: the window: an int, two ints (height, width), or four, those of batch and channels being 1.
        strides: between two windows, as `ksize`.
        padding: ``"SAME"`` for ``ceil(size / stride)`` windows, ``"VALID"`` for those that fit.
        data_format: ``"NHWC"`` or ``"NCHW"``.
        name: the operation's name.
        input: another name of `value`.

    Raises:
        ValueError: the rank is not 4, the window does not fit, or an argument is none of those above.

    >>> x = tf.reshape(tf.range(16.0), [1, 4, 4, 1])
    >>> tf.Session().run(tf.nn.max_pool(x, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="VALID"))[0, :, :, 0]
    array([[ 5.,  7.],
           [13., 15.]], dtype=float32)
    """
    value = either("value", value, "input", input)
    return apply("MaxPool", value, name=name, **attributes(ksize, strides, padding, data_format, 2))


def max_pool2d(
    input: Any, ksize: Any, strides: Any, padding: Any, data_format: str | None = "NHWC", name: str | None = None
) -> Tensor:
    """The largest number in each window that moves over images; `max_pool` under another name.

    Args:
        input, ksize, strides, padding, data_format, name: as for `max_pool`.

    >>> float(tf.Session().run(tf.nn.max_pool2d(tf.ones([1, 2, 2, 1]), 2, 2, "VALID")).sum())
    1.0
    """
    with name_scope(name, "MaxPool2d", [input]) as scope:
        return max_pool(input, ksize, strides, padding, data_format, scope)


def max_pool1d(
    input: Any, ksize: Any, strides: Any, padding: Any, data_format: str | None = "NWC", name: str | None = None
) -> Tensor:
    """The largest number in each window that moves over sequences.

    Args:
        input: [batch, width, channels], or [batch, channels, width] for the format ``"NCW"``.
        ksize, strides: an int, or one in a list.
        padding, data_format, name: as for `max_pool`.

    >>> x = tf.reshape([1.0, 3.0, 2.0, 0.0], [1, 4, 1])
    >>> tf.Session().run(tf.nn.max_pool1d(x, 2, 2, "VALID"))[0, :, 0]
    array([3., 2.], dtype=float32)
    """
    with name_scope(name, "MaxPool1d", [input]) as scope:
        return _flat("MaxPool", input, ksize, strides, padding, data_format, scope, None)


def max_pool3d(
    input: Any, ksize: Any, strides: Any, padding: Any, data_format: str | None = "NDHWC", name: str | None = None
) -> Tensor:
    """The largest number in each window that moves over volumes.

    Args:
        input: [batch, depth, height, width, channels], or as `data_format` says.
        ksize, strides, padding, data_format, name: as for `max_pool`, with three or five ints.

    >>> float(tf.Session().run(tf.nn.max_pool3d(tf.ones([1, 2, 2, 2, 1]), 2, 2, "VALID")).sum())
    1.0
    """
    return apply("MaxPool3D", input, name=name or "MaxPool3D", **attributes(ksize, strides, padding, data_format, 3))


def max_pool_with_argmax(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NHWC",
    Targmax: Any = None,
    name: str | None = None,
    output_dtype: Any = None,
    include_batch_in_index: bool = False,
) -> tuple[Tensor, Tensor]:
    """The largest numbers as `max_pool` gives them, and where each is: ``(row * width + column) * channels + channel``.

    Args:
        input, ksize, strides, padding, data_format, name: as for `max_pool`.
        Targmax: the type of the places, int32 or int64; int64 by default.
        output_dtype: another name of `Targmax`.
        include_batch_in_index: whether places are counted from the first image on, not from the start of each.

    >>> x = tf.reshape([1.0, 3.0, 2.0, 0.0], [1, 2, 2, 1])
    >>> tf.Session().run(tf.nn.max_pool_with_argmax(x, 2, 2, "VALID"))[1]
    array([[[[1]]]])
    """
    given = (
        None if Targmax is None and output_dtype is None else either("Targmax", Targmax, "output_dtype", output_dtype)
    )
    dtype = as_dtype(types.int64 if given is None else given)
    if dtype not in (types.int32, types.int64):
        raise TypeError(f"Places are int32 or int64, got {dtype}.")
    attrs = attributes(ksize, strides, padding, data_format, 2)
    more = {"output_type": dtype, "per_batch": bool(include_batch_in_index)}
    y, where = apply("MaxPoolWithArgmax", input, name=name, **attrs, **more)
    return y, where


def avg_pool(
    value: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NHWC",
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """The mean of each window that moves over images; what is padded does not count.

    Args:
        value: [batch, height, width, channels], or as `data_format` says; floating-point.
        ksize, strides, padding, data_format, name, input: as for `max_pool`.

    Raises:
        ValueError: the rank is not 4, the window does not fit, or an argument is none of those of `max_pool`.
        TypeError: `value` is not floating-point.

    >>> x = tf.reshape(tf.range(16.0), [1, 4, 4, 1])
    >>> tf.Session().run(tf.nn.avg_pool(x, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="VALID"))[0, :, :, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]], dtype=float32)
    """
    value = either("value", value, "input", input)
    return apply("AvgPool", value, name=name, **attributes(ksize, strides, padding, data_format, 2))


def avg_pool2d(
    value: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NHWC",
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """The mean of each window that moves over images; `avg_pool` under another name.

    Args:
        value, ksize, strides, padding, data_format, name, input: as for `avg_pool`.

    >>> float(tf.Session().run(tf.nn.avg_pool2d(tf.ones([1, 2, 2, 1]), 2, 2, "VALID")).sum())
    1.0
    """
    return avg_pool(value, ksize, strides, padding, data_format, name, input)


def avg_pool1d(
    input: Any, ksize: Any, strides: Any, padding: Any, data_format: str | None = "NWC", name: str | None = None
) -> Tensor:
    """The mean of each window that moves over sequences.

    Args:
        input, ksize, strides, padding, data_format, name: as for `max_pool1d`.

    >>> x = tf.reshape([1.0, 3.0, 2.0, 0.0], [1, 4, 1])
    >>> tf.Session().run(tf.nn.avg_pool1d(x, 2, 2, "VALID"))[0, :, 0]
    array([2., 1.], dtype=float32)
    """
    with name_scope(name, "AvgPool1D", [input]) as scope:
        return _flat("AvgPool", input, ksize, strides, padding, data_format, scope, None)


def avg_pool3d(
    input: Any, ksize: Any, strides: Any, padding: Any, data_format: str | None = "NDHWC", name: str | None = None
) -> Tensor:
    """The mean of each window that moves over volumes.

    Args:
        input, ksize, strides, padding, data_format, name: as for `max_pool3d`.

    >>> float(tf.Session().run(tf.nn.avg_pool3d(tf.ones([1, 2, 2, 2, 1]), 2, 2, "VALID")).sum())
    1.0
    """
    return apply("AvgPool3D", input, name=name or "AvgPool3D", **attributes(ksize, strides, padding, data_format, 3))


def pool(
    input: Any,
    window_shape: Any,
    pooling_type: str,
    padding: Any,
    dilation_rate: Any = None,
    strides: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """Pooling in one, two or three dimensions, as the rank of `input` says.

    Args:
        input: [batch, ..., channels], or as `data_format` says.
        window_shape: the size of the window along each axis it moves along.
        pooling_type: ``"MAX"`` or ``"AVG"``.
        padding: ``"SAME"`` or ``"VALID"``.
        dilation_rate: the distance of neighbours in the window, 1 by default.
        strides: between two windows, 1 by default.
        name: the scope of the operations.
        data_format: such as ``"NHWC"`` or ``"NCHW"``; None for channels last.
        dilations: another name of `dilation_rate`.

    Raises:
        ValueError: the rank is not known, or not 3, 4 or 5; dilations come with strides; or the window does not fit.

    >>> x = tf.reshape([1.0, 3.0, 2.0, 0.0], [1, 4, 1])
    >>> tf.Session().run(tf.nn.pool(x, [2], "MAX", "VALID"))[0, :, 0]
    array([3., 3., 2.], dtype=float32)
    """
    rates = dilation_rate if dilations is None else either("dilations", dilations, "dilation_rate", dilation_rate)
    if pooling_type not in ("MAX", "AVG"):
        raise ValueError(f"pooling_type must be 'MAX' or 'AVG', got {pooling_type!r}.")
    if rates is not None and strides is not None and max(static_ints(rates, "dilations")) > 1:
        if max(static_ints(strides, "strides")) > 1:
            raise ValueError("strides > 1 not supported in conjunction with dilation_rate > 1")
    kind = {"MAX": "MaxPool", "AVG": "AvgPool"}[pooling_type]
    with name_scope(name, f"{pooling_type.lower()}_pool", [input]) as scope:
        x = convert(input, name="input")
        rank = windowed(x)
        window = static_ints(window_shape, "window_shape")
        if len(window) != len(spatial(FORMATS[rank][0])):
            raise ValueError(f"window_shape must have one size for each of {rank} axes, got {list(window)}.")
        if rank == 1:
            return _flat(kind, x, window, strides or 1, padding, data_format, scope, rates)
        attrs = attributes(window, strides, padding, data_format, rank, rates)
        return apply(kind if rank == 2 else f"{kind}3D", x, name=scope, **attrs)
