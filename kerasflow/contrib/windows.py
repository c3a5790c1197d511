"""Convolutions and pooling as in `tf.contrib.layers`: weights, normalisation and activation in one call."""

from __future__ import annotations

from typing import Any

from kerasflow.contrib.applying import applied, collected
from kerasflow.contrib.arg_scopes import add_arg_scope
from kerasflow.contrib.starting import xavier_initializer
from kerasflow.core.graph import convert
from kerasflow.core.ops import relu
from kerasflow.core.scopes import name_scope
from kerasflow.layers import pooling
from kerasflow.layers.convolution import Conv1D, Conv2D, Conv3D
from kerasflow.layers.depthwise import DepthwiseConv2D, SeparableConv2D
from kerasflow.layers.transposed import Conv2DTranspose

__all__ = [
    "avg_pool2d",
    "conv1d",
    "conv2d",
    "conv2d_transpose",
    "conv3d",
    "convolution1d",
    "convolution2d",
    "convolution2d_transpose",
    "convolution3d",
    "max_pool2d",
    "separable_conv2d",
    "separable_convolution2d",
]

_XAVIER = xavier_initializer()


def _format(data_format: str | None) -> str:
    """Whether channels come first or last in a format such as ``"NHWC"``. ValueError if it is none."""
    if data_format is not None and not (data_format.startswith("N") and "C" in data_format):
        raise ValueError(f"Invalid data_format: {data_format!r}.")
    return "channels_first" if data_format is not None and data_format.startswith("NC") else "channels_last"


@add_arg_scope
def convolution1d(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = None,
    rate: Any = 1,
    activation_fn: Any = relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = _XAVIER,
    weights_regularizer: Any = None,
    biases_initializer: Any = "zeros",
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """A convolution of sequences, ``activation(x * W + b)``, with a rectifier if nothing else is said.

    Args:
        inputs: [batch, ..., channels], or as `data_format` says.
        num_outputs: the number of output channels.
        kernel_size, stride, rate: the size of the window, the distance from one place to the next, that of neighbours.
        padding: ``"SAME"`` or ``"VALID"``.
        data_format: such as ``"NHWC"`` or ``"NCHW"``; None for channels last.
        activation_fn: a function of the output, or None.
        normalizer_fn, normalizer_params: a function to normalise with, instead of adding biases, and its arguments.
        weights_initializer, weights_regularizer, biases_initializer, biases_regularizer: how the weights start and what
            they cost; without an initializer there are no biases.
        reuse: True to use the variables that an earlier call made in this scope.
        variables_collections: collections that the variables join, or a dict of them by name.
        outputs_collections: collections that the output joins.
        trainable: whether optimizers change the variables.
        scope: the variable scope, by default ``Conv``, made unique.

    >>> y = tf.contrib.layers.conv1d(tf.zeros([2, 9, 3]), 4, 3)
    >>> y.shape.as_list(), [v.name for v in tf.model_variables()]
    ([2, 9, 4], ['Conv/weights:0', 'Conv/biases:0'])
    """
    moves = {"strides": stride, "padding": padding, "data_format": _format(data_format), "dilation_rate": rate}
    return applied(Conv1D, "Conv", locals(), filters=num_outputs, kernel_size=kernel_size, **moves)


@add_arg_scope
def convolution2d(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = None,
    rate: Any = 1,
    activation_fn: Any = relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = _XAVIER,
    weights_regularizer: Any = None,
    biases_initializer: Any = "zeros",
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """A convolution of images, ``activation(x * W + b)``, with a rectifier if nothing else is said.

    Args:
        inputs: [batch, ..., channels], or as `data_format` says.
        num_outputs: the number of output channels.
        kernel_size, stride, rate: the size of the window, the distance from one place to the next, that of neighbours.
        padding: ``"SAME"`` or ``"VALID"``.
        data_format: such as ``"NHWC"`` or ``"NCHW"``; None for channels last.
        activation_fn: a function of the output, or None.
        normalizer_fn, normalizer_params: a function to normalise with, instead of adding biases, and its arguments.
        weights_initializer, weights_regularizer, biases_initializer, biases_regularizer: how the weights start and what
            they cost; without an initializer there are no biases.
        reuse: True to use the variables that an earlier call made in this scope.
        variables_collections: collections that the variables join, or a dict of them by name.
        outputs_collections: collections that the output joins.
        trainable: whether optimizers change the variables.
        scope: the variable scope, by default ``Conv``, made unique.

    >>> y = tf.contrib.layers.conv2d(tf.zeros([2, 8, 8, 3]), 4, [3, 3])
    >>> y.shape.as_list(), [v.name for v in tf.model_variables()]
    ([2, 8, 8, 4], ['Conv/weights:0', 'Conv/biases:0'])
    """
    moves = {"strides": stride, "padding": padding, "data_format": _format(data_format), "dilation_rate": rate}
    return applied(Conv2D, "Conv", locals(), filters=num_outputs, kernel_size=kernel_size, **moves)


@add_arg_scope
def convolution3d(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = None,
    rate: Any = 1,
    activation_fn: Any = relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = _XAVIER,
    weights_regularizer: Any = None,
    biases_initializer: Any = "zeros",
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """A convolution of volumes, ``activation(x * W + b)``, with a rectifier if nothing else is said.

    Args:
        inputs: [batch, ..., channels], or as `data_format` says.
        num_outputs: the number of output channels.
        kernel_size, stride, rate: the size of the window, the distance from one place to the next, that of neighbours.
        padding: ``"SAME"`` or ``"VALID"``.
        data_format: such as ``"NHWC"`` or ``"NCHW"``; None for channels last.
        activation_fn: a function of the output, or None.
        normalizer_fn, normalizer_params: a function to normalise with, instead of adding biases, and its arguments.
        weights_initializer, weights_regularizer, biases_initializer, biases_regularizer: how the weights start and what
            they cost; without an initializer there are no biases.
        reuse: True to use the variables that an earlier call made in this scope.
        variables_collections: collections that the variables join, or a dict of them by name.
        outputs_collections: collections that the output joins.
        trainable: whether optimizers change the variables.
        scope: the variable scope, by default ``Conv``, made unique.

    >>> y = tf.contrib.layers.conv3d(tf.zeros([2, 4, 4, 4, 3]), 4, 2)
    >>> y.shape.as_list(), [v.name for v in tf.model_variables()]
    ([2, 4, 4, 4, 4], ['Conv/weights:0', 'Conv/biases:0'])
    """
    moves = {"strides": stride, "padding": padding, "data_format": _format(data_format), "dilation_rate": rate}
    return applied(Conv3D, "Conv", locals(), filters=num_outputs, kernel_size=kernel_size, **moves)


@add_arg_scope
def convolution2d_transpose(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = "NHWC",
    activation_fn: Any = relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = _XAVIER,
    weights_regularizer: Any = None,
    biases_initializer: Any = "zeros",
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """The transpose of a convolution of images, which makes them larger, with biases and a rectifier.

    Args:
        inputs: [batch, height, width, channels], or as `data_format` says.
        num_outputs: the number of output channels.
        kernel_size, stride: the size of the window, and how much larger images become.
        padding: ``"SAME"`` or ``"VALID"``.
        data_format: ``"NHWC"`` or ``"NCHW"``.
        activation_fn: a function of the output, or None.
        normalizer_fn, normalizer_params: a function to normalise with, instead of adding biases, and its arguments.
        weights_initializer, weights_regularizer, biases_initializer, biases_regularizer: how the weights start and what
            they cost; without an initializer there are no biases.
        reuse: True to use the variables that an earlier call made in this scope.
        variables_collections: collections that the variables join, or a dict of them by name.
        outputs_collections: collections that the output joins.
        trainable: whether optimizers change the variables.
        scope: the variable scope, by default ``Conv2d_transpose``, made unique.

    >>> y = tf.contrib.layers.conv2d_transpose(tf.zeros([2, 7, 7, 3]), 4, 3, 2)
    >>> y.shape.as_list(), tf.model_variables()[0].name
    ([2, 14, 14, 4], 'Conv2d_transpose/weights:0')
    """
    moves = {"strides": stride, "padding": padding, "data_format": _format(data_format)}
    return applied(Conv2DTranspose, "Conv2d_transpose", locals(), filters=num_outputs, kernel_size=kernel_size, **moves)


@add_arg_scope
def separable_convolution2d(
    inputs: Any,
    num_outputs: int | None,
    kernel_size: Any,
    depth_multiplier: int = 1,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str = "NHWC",
    rate: Any = 1,
    activation_fn: Any = relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = _XAVIER,
    pointwise_initializer: Any = None,
    weights_regularizer: Any = None,
    biases_initializer: Any = "zeros",
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """A convolution of each channel of images on its own, then one across channels, with biases and a rectifier.

    Args:
        inputs: [batch, height, width, channels], or as `data_format` says.
        num_outputs: the number of output channels; None to leave the second convolution out.
        kernel_size, stride, rate, padding, data_format: as for `conv2d`.
        depth_multiplier: the number of outputs of the first convolution for each channel.
        pointwise_initializer: of the second convolution, by default `weights_initializer`.
        activation_fn: a function of the output, or None.
        normalizer_fn, normalizer_params: a function to normalise with, instead of adding biases, and its arguments.
        weights_initializer, weights_regularizer, biases_initializer, biases_regularizer: how the weights start and what
            they cost; without an initializer there are no biases.
        reuse: True to use the variables that an earlier call made in this scope.
        variables_collections: collections that the variables join, or a dict of them by name.
        outputs_collections: collections that the output joins.
        trainable: whether optimizers change the variables.
        scope: the variable scope, by default ``SeparableConv2d``, made unique.

    >>> y = tf.contrib.layers.separable_conv2d(tf.zeros([2, 8, 8, 3]), 4, 3)
    >>> [v.name for v in tf.model_variables()][:2]
    ['SeparableConv2d/depthwise_weights:0', 'SeparableConv2d/pointwise_weights:0']
    """
    given = locals()
    moves = {"strides": stride, "padding": padding, "data_format": _format(data_format), "dilation_rate": rate}
    window = {"kernel_size": kernel_size, "depth_multiplier": depth_multiplier, **moves}
    if num_outputs is None:
        return applied(DepthwiseConv2D, "SeparableConv2d", given, "depthwise", **window)
    across = {
        "filters": num_outputs,
        "pointwise_initializer": pointwise_initializer or weights_initializer,
        "pointwise_regularizer": weights_regularizer,
    }
    return applied(SeparableConv2D, "SeparableConv2d", given, "depthwise", **window, **across)


@add_arg_scope
def max_pool2d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NHWC",
    outputs_collections: Any = None,
    scope: str | None = None,
) -> Any:
    """The largest number in each window that moves over images.

    Args:
        inputs: [batch, height, width, channels], or as `data_format` says.
        kernel_size, stride: an int, or two (height, width).
        padding: ``"VALID"`` or ``"SAME"``.
        data_format: ``"NHWC"`` or ``"NCHW"``.
        outputs_collections: collections that the output joins.
        scope: the name scope, by default ``MaxPool2D``.

    >>> tf.contrib.layers.max_pool2d(tf.zeros([2, 8, 8, 3]), 2).shape.as_list()
    [2, 4, 4, 3]
    """
    with name_scope(scope, "MaxPool2D", [inputs]):
        layer = pooling.MaxPooling2D(kernel_size, stride, padding, _format(data_format))
        return collected(outputs_collections, layer.call(convert(inputs)))


@add_arg_scope
def avg_pool2d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NHWC",
    outputs_collections: Any = None,
    scope: str | None = None,
) -> Any:
    """The mean of each window that moves over images.

    Args:
        inputs: [batch, height, width, channels], or as `data_format` says.
        kernel_size, stride: an int, or two (height, width).
        padding: ``"VALID"`` or ``"SAME"``.
        data_format: ``"NHWC"`` or ``"NCHW"``.
        outputs_collections: collections that the output joins.
        scope: the name scope, by default ``AvgPool2D``.

    >>> tf.contrib.layers.avg_pool2d(tf.zeros([2, 8, 8, 3]), 2).shape.as_list()
    [2, 4, 4, 3]
    """
    with name_scope(scope, "AvgPool2D", [inputs]):
        layer = pooling.AveragePooling2D(kernel_size, stride, padding, _format(data_format))
        return collected(outputs_collections, layer.call(convert(inputs)))


conv1d, conv2d, conv3d = convolution1d, convolution2d, convolution3d
conv2d_transpose = convolution2d_transpose
separable_conv2d = separable_convolution2d
