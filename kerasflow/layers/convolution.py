"""Convolutions as layers: a window moves over sequences, images or volumes.

With ``data_format="channels_last"`` a tensor is [batch, ..., channels], with ``"channels_first"`` it is
[batch, channels, ...].
"""

from __future__ import annotations

from typing import Any

from kerasflow.core import ops, shapes
from kerasflow.layers.weighted import Weighted, format_of, one_of, per_axis, positive, sized

__all__ = ["Conv1D", "Conv2D", "Conv3D", "Moving"]

CONVOLUTIONS = {1: ops.conv1d, 2: ops.conv2d, 3: ops.conv3d}


class Moving(Weighted):
    """What all convolutions have in common: a window of `kernel_size` that moves, a bias and an activation."""

    rank = 2
    paddings: tuple[str, ...] = ("valid", "same")
    activation: Any

    def keep_window(
        self, kernel_size: Any, strides: Any, padding: Any, data_format: Any, dilation_rate: Any, use_bias: bool
    ) -> None:
        """Check and keep how the window moves."""
        self.kernel_size = per_axis(self, kernel_size, self.rank, "kernel_size")
        self.strides = per_axis(self, strides, self.rank, "strides")
        self.dilation_rate = per_axis(self, dilation_rate, self.rank, "dilation_rate")
        self.padding = one_of(self, padding, self.paddings, "padding")
        formats = ("channels_last", "channels_first")
        self.data_format = one_of(self, data_format or formats[0], formats, "data_format")
        self.use_bias = use_bias
        self.bias: Any = None
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"{type(self).__name__} takes strides or a dilation_rate above 1, not both; got strides={self.strides} "
                f"and dilation_rate={self.dilation_rate}."
            )

    def channels(self, dims: shapes.Dims) -> int:
        """The number of channels of inputs of shape `dims`. ValueError if it is not known, or the rank is wrong."""
        axis = 1 if self.data_format == "channels_first" else -1
        count = sized(self, dims, self.rank + 2, f"a batch with {self.data_format.replace('_', ' ')}")[axis]
        if count is None:
            raise ValueError(
                f"{type(self).__name__} layer {self.name!r} needs to know the number of channels; got the shape "
                f"{shapes.show(dims)}."
            )
        return int(count)

    def made_bias(self, count: int) -> None:
        """Make the bias, if there is one."""
        if self.use_bias:
            self.bias = self.made("bias", (count,))

    def finished(self, output: Any) -> Any:
        """The activation of a convolution's output, with the bias."""
        if self.use_bias:
            output = ops.bias_add(output, self.bias, format_of(self))
        return self.activation(output)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        names = ("kernel_size", "strides", "padding", "data_format", "dilation_rate", "use_bias")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


class _Conv(Moving):
    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        groups: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.filters = positive(self, filters, "filters")
        self.groups = positive(self, groups, "groups")
        if self.filters % self.groups:
            raise ValueError(
                f"{type(self).__name__} cannot share {self.filters} filters evenly among {self.groups} groups."
            )
        self.keep_window(kernel_size, strides, padding, data_format, dilation_rate, use_bias)
        self.keep(
            activation=activation,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )
        self.kernel: Any = None

    def build(self, input_shape: Any) -> None:
        """Make the kernel, of shape ``(*kernel_size, channels / groups, filters)``, and the bias, ``(filters,)``."""
        channels = self.channels(input_shape)
        if channels % self.groups:
            raise ValueError(
                f"{type(self).__name__} layer {self.name!r} cannot share {channels} channels evenly among "
                f"{self.groups} groups."
            )
        self.kernel = self.made("kernel", (*self.kernel_size, channels // self.groups, self.filters))
        self.made_bias(self.filters)

    def call(self, inputs: Any) -> Any:
        """``activation(inputs * kernel + bias)``."""
        channels = self.channels(inputs.dims)
        known = self.kernel.shape.as_list()[-2] * self.groups
        if channels != known:
            raise ValueError(
                f"{type(self).__name__} layer {self.name!r} was built for {known} channels; got the shape "
                f"{shapes.show(inputs.dims)}."
            )
        x = ops.cast(inputs, self.kernel.dtype)
        if self.groups == 1:
            return self.finished(self._convolved(x, self.kernel))
        axis = 1 if self.data_format == "channels_first" else -1
        pairs = zip(ops.split(x, self.groups, axis), ops.split(self.kernel, self.groups, -1), strict=True)
        return self.finished(ops.concat([self._convolved(part, kernel) for part, kernel in pairs], axis))

    def _convolved(self, x: Any, kernel: Any) -> Any:
        padding = self.padding
        if padding == "causal":
            before = self.dilation_rate[0] * (self.kernel_size[0] - 1)
            zeros = [[0, 0], [before, 0], [0, 0]]
            x = ops.pad(x, zeros if self.data_format == "channels_last" else [zeros[0], zeros[2], zeros[1]])
            padding = "valid"
        convolution: Any = CONVOLUTIONS[self.rank]
        how = {"data_format": format_of(self), "dilations": self.dilation_rate}
        return convolution(x, kernel, self.strides, padding.upper(), **how)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "filters": self.filters, "groups": self.groups}


class Conv1D(_Conv):
    """A convolution of sequences, ``activation(x * W + b)``.

    Args:
        filters: the number of output channels.
        kernel_size: the size of the window.
        strides: the distance from one place of the window to the next.
        padding: ``"valid"`` for none; ``"same"`` for ``ceil(size / stride)`` places; ``"causal"`` for zeros in front,
            so that no output sees later inputs.
        data_format: ``"channels_last"`` or ``"channels_first"``.
        dilation_rate: the distance of neighbours in the window.
        groups: of channels; the filters of a group see the channels of that group only.
        activation: a function or its name; by default none.
        use_bias: whether there is a `b`.
        kernel_initializer, bias_initializer: where the weights start, by default Glorot uniform and zeros.
        kernel_regularizer, bias_regularizer, activity_regularizer: penalties on W, b and the output.
        kernel_constraint, bias_constraint: projections applied after each update.

    Raises:
        ValueError: an argument is out of its range, or the number of channels is not known.

    >>> layer = tf.keras.layers.Conv1D(1, 2, kernel_initializer="ones")
    >>> model = tf.keras.Sequential([tf.keras.Input((4, 1)), layer])
    >>> model.predict(np.arange(4.0).reshape(1, 4, 1), verbose=0)[0, :, 0]
    array([1., 3., 5.], dtype=float32)
    """

    rank = 1
    paddings = ("valid", "same", "causal")


class Conv2D(_Conv):
    """A convolution of images, ``activation(x * W + b)``; `tf.nn.conv2d` has the formula.

    Args:
        filters: the number of output channels.
        kernel_size, strides, dilation_rate: the size of the window, the distance from one place to the next, that of
            neighbours in the window: each an int, or two (height, width).
        padding: ``"valid"`` for none; ``"same"`` for ``ceil(size / stride)`` places.
        data_format: ``"channels_last"`` or ``"channels_first"``.
        groups, activation, use_bias, the initializers, regularizers and constraints: as for `Conv1D`.

    Raises:
        ValueError: an argument is out of its range, or the number of channels is not known.

    >>> layer = tf.keras.layers.Conv2D(8, 3, padding="same", activation="relu")
    >>> layer(tf.keras.Input((28, 28, 1))).shape.as_list(), layer.kernel.shape.as_list()
    ([None, 28, 28, 8], [3, 3, 1, 8])
    """

    rank = 2


class Conv3D(_Conv):
    """A convolution of volumes, as `Conv2D` of images.

    Args:
        filters: the number of output channels.
        kernel_size, strides, dilation_rate: as for `Conv2D`, an int or three.
        padding, data_format, groups, activation, use_bias, the rest: as for `Conv2D`.

    >>> tf.keras.layers.Conv3D(2, (1, 2, 3))(tf.keras.Input((4, 4, 4, 1))).shape.as_list()
    [None, 4, 3, 2, 2]
    """

    rank = 3
