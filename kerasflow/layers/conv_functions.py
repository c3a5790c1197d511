"""Convolutions as functions of the graph API: ``tf.layers.conv2d(x, 32, 3, name="c1")``.

The arguments are those of the layers; a kernel's initializer is by default that of the variable scope, or else Glorot's
uniform distribution.
"""

from __future__ import annotations

from typing import Any

from kerasflow.layers.convolution import Conv1D, Conv2D, Conv3D
from kerasflow.layers.depthwise import SeparableConv1D, SeparableConv2D
from kerasflow.layers.scoped import applied
from kerasflow.layers.transposed import Conv2DTranspose, Conv3DTranspose

__all__ = [
    "conv1d",
    "conv2d",
    "conv2d_transpose",
    "conv3d",
    "conv3d_transpose",
    "separable_conv1d",
    "separable_conv2d",
]


def conv1d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = 1,
    activation: Any = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = "zeros",
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """A convolution of sequences; see the layer `Conv1D`.

    Args:
        name: the variable scope, by default ``conv1d``, made unique.
        reuse: True to use the variables that an earlier call made under this name.

    >>> x = tf.placeholder(tf.float32, [None, 10, 3])
    >>> tf.layers.conv1d(x, 4, 3).shape.as_list(), [v.name for v in tf.global_variables()]
    ([None, 8, 4], ['conv1d/kernel:0', 'conv1d/bias:0'])
    """
    return applied(Conv1D, "conv1d", **locals())


def conv2d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = 1,
    activation: Any = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = "zeros",
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """A convolution of images; see the layer `Conv2D`.

    Args:
        name: the variable scope, by default ``conv2d``, made unique.
        reuse: True to use the variables that an earlier call made under this name.

    >>> x = tf.placeholder(tf.float32, [None, 28, 28, 1])
    >>> y = tf.layers.conv2d(x, filters=8, kernel_size=3, padding="same", activation=tf.nn.relu, name="c1")
    >>> y.shape.as_list(), [v.name for v in tf.global_variables()]
    ([None, 28, 28, 8], ['c1/kernel:0', 'c1/bias:0'])
    """
    return applied(Conv2D, "conv2d", **locals())


def conv3d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = 1,
    activation: Any = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = "zeros",
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """A convolution of volumes; see the layer `Conv3D`.

    Args:
        name: the variable scope, by default ``conv3d``, made unique.
        reuse: True to use the variables that an earlier call made under this name.

    >>> tf.layers.conv3d(tf.zeros([2, 4, 4, 4, 1]), 3, 2).shape.as_list()
    [2, 3, 3, 3, 3]
    """
    return applied(Conv3D, "conv3d", **locals())


def conv2d_transpose(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str = "channels_last",
    activation: Any = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = "zeros",
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """The transpose of a convolution of images; see the layer `Conv2DTranspose`.

    Args:
        name: the variable scope, by default ``conv2d_transpose``, made unique.
        reuse: True to use the variables that an earlier call made under this name.

    >>> tf.layers.conv2d_transpose(tf.zeros([2, 7, 7, 4]), 1, 3, strides=2, padding="same").shape.as_list()
    [2, 14, 14, 1]
    """
    return applied(Conv2DTranspose, "conv2d_transpose", **locals())


def conv3d_transpose(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str = "channels_last",
    activation: Any = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = "zeros",
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """The transpose of a convolution of volumes; see the layer `Conv3DTranspose`.

    Args:
        name: the variable scope, by default ``conv3d_transpose``, made unique.
        reuse: True to use the variables that an earlier call made under this name.

    >>> tf.layers.conv3d_transpose(tf.zeros([2, 3, 3, 3, 4]), 1, 2, strides=2).shape.as_list()
    [2, 6, 6, 6, 1]
    """
    return applied(Conv3DTranspose, "conv3d_transpose", **locals())


def separable_conv1d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = 1,
    depth_multiplier: int = 1,
    activation: Any = None,
    use_bias: bool = True,
    depthwise_initializer: Any = None,
    pointwise_initializer: Any = None,
    bias_initializer: Any = "zeros",
    depthwise_regularizer: Any = None,
    pointwise_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    depthwise_constraint: Any = None,
    pointwise_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """A convolution of each channel of sequences, then one across them; see the layer `SeparableConv1D`.

    Args:
        name: the variable scope, by default ``separable_conv1d``, made unique.
        reuse: True to use the variables that an earlier call made under this name.

    >>> tf.layers.separable_conv1d(tf.zeros([2, 10, 3]), 4, 3).shape.as_list()
    [2, 8, 4]
    """
    return applied(SeparableConv1D, "separable_conv1d", **locals())


def separable_conv2d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = 1,
    depth_multiplier: int = 1,
    activation: Any = None,
    use_bias: bool = True,
    depthwise_initializer: Any = None,
    pointwise_initializer: Any = None,
    bias_initializer: Any = "zeros",
    depthwise_regularizer: Any = None,
    pointwise_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    depthwise_constraint: Any = None,
    pointwise_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """A convolution of each channel of images, then one across them; see the layer `SeparableConv2D`.

    Args:
        name: the variable scope, by default ``separable_conv2d``, made unique.
        reuse: True to use the variables that an earlier call made under this name.

    >>> y = tf.layers.separable_conv2d(tf.zeros([2, 8, 8, 3]), 4, 3, name="s")
    >>> [(v.name, v.shape.as_list()) for v in tf.global_variables()][:2]
    [('s/depthwise_kernel:0', [3, 3, 3, 1]), ('s/pointwise_kernel:0', [1, 1, 3, 4])]
    """
    return applied(SeparableConv2D, "separable_conv2d", **locals())
