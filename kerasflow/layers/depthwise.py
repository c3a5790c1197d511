"""Convolutions of each channel on its own as layers, and those that mix channels afterwards."""

from __future__ import annotations

from typing import Any

from kerasflow.core import ops
from kerasflow.core.ops.window_arguments import FORMATS
from kerasflow.layers.convolution import Moving
from kerasflow.layers.weighted import positive

__all__ = ["DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D"]


class _PerChannel(Moving):
    """A sequence is an image of one row."""

    depth_multiplier: int

    def moves(self) -> dict[str, Any]:
        """How the window moves over images, for the operations."""
        pad = self.rank == 1
        strides = (self.strides * 2) if pad else self.strides
        rates = ((1,) * pad) + self.dilation_rate
        first = self.data_format == "channels_first"
        return {
            "strides": [1, 1, *strides] if first else [1, *strides, 1],
            "padding": self.padding.upper(),
            "rate": rates,
            "data_format": FORMATS[2][first],
        }

    def images(self, x: Any) -> Any:
        """The inputs as images."""
        return ops.expand_dims(x, self._row) if self.rank == 1 else x

    def plain(self, x: Any) -> Any:
        """Images as the inputs were."""
        return ops.squeeze(x, [self._row]) if self.rank == 1 else x

    @property
    def _row(self) -> int:
        return 2 if self.data_format == "channels_first" else 1

    def kernel_of(self, kernel: Any) -> Any:
        """A kernel as one of images."""
        return ops.expand_dims(kernel, 0) if self.rank == 1 else kernel

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "depth_multiplier": self.depth_multiplier}


class _Depthwise(_PerChannel):
    def __init__(
        self,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.depth_multiplier = positive(self, depth_multiplier, "depth_multiplier")
        self.keep_window(kernel_size, strides, padding, data_format, dilation_rate, use_bias)
        self.keep(
            activation=activation,
            depthwise_initializer=depthwise_initializer,
            bias_initializer=bias_initializer,
            depthwise_regularizer=depthwise_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            depthwise_constraint=depthwise_constraint,
            bias_constraint=bias_constraint,
        )
        self.kernel: Any = None

    def build(self, input_shape: Any) -> None:
        """Make the kernel, of shape ``(*kernel_size, channels, depth_multiplier)``, and the bias."""
        channels = self.channels(input_shape)
        self.kernel = self.made("kernel", (*self.kernel_size, channels, self.depth_multiplier), "depthwise")
        self.made_bias(channels * self.depth_multiplier)

    def call(self, inputs: Any) -> Any:
        """``activation(inputs * kernel + bias)``, channel by channel."""
        self.channels(inputs.dims)
        x = self.images(ops.cast(inputs, self.kernel.dtype))
        return self.finished(self.plain(ops.depthwise_conv2d(x, self.kernel_of(self.kernel), **self.moves())))


class DepthwiseConv1D(_Depthwise):
    """A convolution of each channel of sequences on its own; nothing mixes the channels.

    Args:
        kernel_size, strides, padding, data_format, dilation_rate: as for `Conv1D`, without causal padding.
        depth_multiplier: the number of outputs for each channel.
        activation, use_bias: as for `Conv1D`.
        depthwise_initializer, bias_initializer, and the regularizers and constraints: those of the weights.

    >>> layer = tf.keras.layers.DepthwiseConv1D(3, depth_multiplier=2)
    >>> layer(tf.keras.Input((8, 4))).shape.as_list(), layer.kernel.shape.as_list()
    ([None, 6, 8], [3, 4, 2])
    """

    rank = 1


class DepthwiseConv2D(_Depthwise):
    """A convolution of each channel of images on its own; nothing mixes the channels.

    Args:
        kernel_size, strides, padding, data_format, dilation_rate: as for `Conv2D`.
        depth_multiplier: the number of outputs for each channel.
        activation, use_bias: as for `Conv2D`.
        depthwise_initializer, bias_initializer, and the regularizers and constraints: those of the weights.

    >>> layer = tf.keras.layers.DepthwiseConv2D(3, depth_multiplier=2)
    >>> layer(tf.keras.Input((8, 8, 4))).shape.as_list(), layer.kernel.shape.as_list()
    ([None, 6, 6, 8], [3, 3, 4, 2])
    """

    rank = 2


class _Separable(_PerChannel):
    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.filters = positive(self, filters, "filters")
        self.depth_multiplier = positive(self, depth_multiplier, "depth_multiplier")
        self.keep_window(kernel_size, strides, padding, data_format, dilation_rate, use_bias)
        self.keep(
            activation=activation,
            depthwise_initializer=depthwise_initializer,
            pointwise_initializer=pointwise_initializer,
            bias_initializer=bias_initializer,
            depthwise_regularizer=depthwise_regularizer,
            pointwise_regularizer=pointwise_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            depthwise_constraint=depthwise_constraint,
            pointwise_constraint=pointwise_constraint,
            bias_constraint=bias_constraint,
        )
        self.depthwise_kernel: Any = None
        self.pointwise_kernel: Any = None

    def build(self, input_shape: Any) -> None:
        """Make the kernels, ``(*kernel_size, channels, multiplier)`` and ``(1, ..., filters)``, and the bias."""
        channels = self.channels(input_shape)
        depth = channels * self.depth_multiplier
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.depthwise_kernel = self.made("depthwise_kernel", shape, "depthwise")
        self.pointwise_kernel = self.made("pointwise_kernel", (*(1,) * self.rank, depth, self.filters), "pointwise")
        self.made_bias(self.filters)

    def call(self, inputs: Any) -> Any:
        """``activation((inputs * depthwise) * pointwise + bias)``."""
        self.channels(inputs.dims)
        x = self.images(ops.cast(inputs, self.depthwise_kernel.dtype))
        kernels = self.kernel_of(self.depthwise_kernel), self.kernel_of(self.pointwise_kernel)
        return self.finished(self.plain(ops.separable_conv2d(x, *kernels, **self.moves())))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "filters": self.filters}


class SeparableConv1D(_Separable):
    """A convolution of each channel of sequences on its own, then one across channels at each place.

    Args:
        filters: the number of output channels.
        kernel_size, strides, padding, data_format, dilation_rate: as for `Conv1D`, without causal padding.
        depth_multiplier: the number of outputs of the first convolution for each channel.
        activation, use_bias: as for `Conv1D`.
        depthwise_initializer, pointwise_initializer, bias_initializer, and the regularizers and constraints: those of
            the weights.

    >>> layer = tf.keras.layers.SeparableConv1D(5, 3)
    >>> layer(tf.keras.Input((8, 4))).shape.as_list(), layer.count_params()
    ([None, 6, 5], 37)
    """

    rank = 1


class SeparableConv2D(_Separable):
    """A convolution of each channel of images on its own, then one across channels at each place.

    Args:
        filters: the number of output channels.
        kernel_size, strides, padding, data_format, dilation_rate: as for `Conv2D`.
        depth_multiplier, activation, use_bias, the rest: as for `SeparableConv1D`.

    >>> layer = tf.keras.layers.SeparableConv2D(5, 3)
    >>> layer(tf.keras.Input((8, 8, 4))).shape.as_list(), layer.count_params()
    ([None, 6, 6, 5], 61)
    """

    rank = 2
