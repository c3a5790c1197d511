"""Transposes of convolutions as layers: they make sequences, images and volumes larger."""

from __future__ import annotations

from typing import Any

from kerasflow.core import ops
from kerasflow.layers.convolution import Moving
from kerasflow.layers.weighted import format_of, per_axis, positive

__all__ = ["Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"]

_TRANSPOSES: dict[int, Any] = {1: ops.conv1d_transpose, 2: ops.conv2d_transpose, 3: ops.conv3d_transpose}


class _Transposed(Moving):
    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        output_padding: Any = None,
        data_format: str | None = None,
        dilation_rate: Any = 1,
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
        self.keep_window(kernel_size, strides, padding, data_format, dilation_rate, use_bias)
        self.output_padding = self._checked(output_padding)
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

    def _checked(self, output_padding: Any) -> tuple[int, ...] | None:
        if output_padding is None:
            return None
        given = (output_padding,) * self.rank if isinstance(output_padding, int) else output_padding
        sizes = tuple(n - 1 for n in per_axis(self, [n + 1 for n in given], self.rank, "output_padding plus 1"))
        if any(n >= s for n, s in zip(sizes, self.strides, strict=True)):
            raise ValueError(
                f"{type(self).__name__} takes an output_padding below its strides, got output_padding={sizes} and "
                f"strides={self.strides}."
            )
        return sizes

    def build(self, input_shape: Any) -> None:
        """Make the kernel, of shape ``(*kernel_size, filters, channels)``, and the bias, ``(filters,)``."""
        self.kernel = self.made("kernel", (*self.kernel_size, self.filters, self.channels(input_shape)))
        self.made_bias(self.filters)

    def call(self, inputs: Any) -> Any:
        """``activation(y + bias)``, where y has `inputs` as its convolution's gradient."""
        self.channels(inputs.dims)
        x = ops.cast(inputs, self.kernel.dtype)
        first = self.data_format == "channels_first"
        axes = range(2, self.rank + 2) if first else range(1, self.rank + 1)
        known = [ops.shape(x)[i] if n is None else n for i, n in enumerate(x.dims)]
        grown = [self._size(known[axis], i) for i, axis in enumerate(axes)]
        wanted = [known[0], self.filters, *grown] if first else [known[0], *grown, self.filters]
        moves = (self.strides, self.dilation_rate) if self.rank > 1 else (self.strides[0], self.dilation_rate[0])
        how = {"data_format": format_of(self), "dilations": moves[1]}
        return self.finished(_TRANSPOSES[self.rank](x, self.kernel, wanted, moves[0], self.padding.upper(), **how))

    def _size(self, size: Any, i: int) -> Any:
        """The size of the output along axis i, for one of the input, an int or a tensor."""
        stride, extra = self.strides[i], None if self.output_padding is None else self.output_padding[i]
        window = (self.kernel_size[i] - 1) * self.dilation_rate[i] + 1
        if self.padding == "same":
            return size * stride if extra is None else (size - 1) * stride + window % 2 + extra
        return (size - 1) * stride + (max(window, stride) if extra is None else window + extra)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "filters": self.filters, "output_padding": self.output_padding}


class Conv1DTranspose(_Transposed):
    """The transpose of a convolution of sequences: each number of the input adds a multiple of the window.

    Args:
        filters: the number of output channels.
        kernel_size, strides, dilation_rate: as for `Conv1D`.
        padding: ``"valid"``: the output is as large as all windows take; ``"same"``: `strides` times as large as the
            input.
        output_padding: how much larger the output is than the smallest that would do, below `strides`.
        data_format, activation, use_bias, the rest: as for `Conv1D`.

    Raises:
        ValueError: an argument is out of its range, or the number of channels is not known.

    >>> layer = tf.keras.layers.Conv1DTranspose(1, 2, strides=2, kernel_initializer="ones")
    >>> model = tf.keras.Sequential([tf.keras.Input((2, 1)), layer])
    >>> model.predict(np.array([[[1.0], [2.0]]]), verbose=0)[0, :, 0]
    array([1., 1., 2., 2.], dtype=float32)
    """

    rank = 1


class Conv2DTranspose(_Transposed):
    """The transpose of a convolution of images, as `Conv1DTranspose` of sequences.

    Args:
        filters: the number of output channels.
        kernel_size, strides, dilation_rate: as for `Conv2D`.
        padding, output_padding, data_format, activation, use_bias, the rest: as for `Conv1DTranspose`.

    >>> layer = tf.keras.layers.Conv2DTranspose(1, 3, strides=2, padding="same")
    >>> layer(tf.keras.Input((7, 7, 2))).shape.as_list(), layer.kernel.shape.as_list()
    ([None, 14, 14, 1], [3, 3, 1, 2])
    """

    rank = 2


class Conv3DTranspose(_Transposed):
    """The transpose of a convolution of volumes, as `Conv1DTranspose` of sequences.

    Args:
        filters: the number of output channels.
        kernel_size, strides, dilation_rate: as for `Conv3D`.
        padding, output_padding, data_format, activation, use_bias, the rest: as for `Conv1DTranspose`.

    >>> tf.keras.layers.Conv3DTranspose(1, 2, strides=2)(tf.keras.Input((2, 3, 4, 1))).shape.as_list()
    [None, 4, 6, 8, 1]
    """

    rank = 3
