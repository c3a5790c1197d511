"""Pooling to a size that is asked for: the windows are as large as they have to be."""

from __future__ import annotations

from typing import Any

from kerasflow.core import ops, shapes
from kerasflow.layers.base import Layer
from kerasflow.layers.weighted import data_format_of, per_axis, sized

__all__ = [
    "AdaptiveAveragePooling1D",
    "AdaptiveAveragePooling2D",
    "AdaptiveAveragePooling3D",
    "AdaptiveMaxPooling1D",
    "AdaptiveMaxPooling2D",
    "AdaptiveMaxPooling3D",
]


class _Adaptive(Layer):
    """Window i of `o` over an axis of `n` places goes from ``floor(i n / o)`` to ``ceil((i + 1) n / o)``."""

    rank = 2
    function: Any

    def __init__(self, output_size: Any, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.output_size = per_axis(self, output_size, self.rank, "output_size")
        self.data_format = data_format_of(self, data_format)

    def call(self, inputs: Any) -> Any:
        """One number for each window and channel."""
        dims = sized(self, inputs.dims, self.rank + 2, f"a batch with {self.data_format.replace('_', ' ')}")
        first = 2 if self.data_format == "channels_first" else 1
        y = inputs if inputs.dtype.is_floating else ops.cast(inputs, self.dtype)
        for axis, count in enumerate(self.output_size, first):
            size = dims[axis]
            if size is None:
                raise ValueError(
                    f"{type(self).__name__} layer {self.name!r} needs to know the sizes of its input; got the shape "
                    f"{shapes.show(dims)}."
                )
            windows = [slice(i * size // count, -(-(i + 1) * size // count)) for i in range(count)]
            before = (slice(None),) * axis
            y = ops.stack([type(self).function(y[(*before, window)], axis) for window in windows], axis)
        return y

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "output_size": self.output_size, "data_format": self.data_format}


class AdaptiveAveragePooling1D(_Adaptive):
    """The means of windows over sequences, as many as are asked for, channel by channel.

    Args:
        output_size: the number of windows.
        data_format: ``"channels_last"`` or ``"channels_first"``.

    Raises:
        ValueError: the number is not positive, or the length of the sequences is not known.

    >>> model = tf.keras.Sequential([tf.keras.Input((4, 1)), tf.keras.layers.AdaptiveAveragePooling1D(3)])
    >>> model.predict(np.arange(4.0).reshape(1, 4, 1), verbose=0)[0, :, 0]  # of 0 and 1, 1 and 2, 2 and 3
    array([0.5, 1.5, 2.5], dtype=float32)
    """

    rank = 1
    function = staticmethod(ops.reduce_mean)


class AdaptiveAveragePooling2D(_Adaptive):
    """The means of windows over images, as many as are asked for, channel by channel.

    Args:
        output_size: the numbers of windows, an int or two (height, width).
        data_format: as for `AdaptiveAveragePooling1D`.

    >>> tf.keras.layers.AdaptiveAveragePooling2D((2, 3))(tf.keras.Input((9, 7, 4))).shape.as_list()
    [None, 2, 3, 4]
    """

    rank = 2
    function = staticmethod(ops.reduce_mean)


class AdaptiveAveragePooling3D(_Adaptive):
    """The means of windows over volumes, as many as are asked for, channel by channel.

    Args:
        output_size: the numbers of windows, an int or three.
        data_format: as for `AdaptiveAveragePooling1D`.

    >>> tf.keras.layers.AdaptiveAveragePooling3D(2)(tf.keras.Input((4, 5, 6, 1))).shape.as_list()
    [None, 2, 2, 2, 1]
    """

    rank = 3
    function = staticmethod(ops.reduce_mean)


class AdaptiveMaxPooling1D(_Adaptive):
    """The largest numbers in windows over sequences, as many as are asked for, channel by channel.

    Args:
        output_size, data_format: as for `AdaptiveAveragePooling1D`.

    >>> tf.keras.layers.AdaptiveMaxPooling1D(3)(tf.keras.Input((7, 2))).shape.as_list()
    [None, 3, 2]
    """

    rank = 1
    function = staticmethod(ops.reduce_max)


class AdaptiveMaxPooling2D(_Adaptive):
    """The largest numbers in windows over images, as many as are asked for, channel by channel.

    Args:
        output_size, data_format: as for `AdaptiveAveragePooling2D`.

    >>> tf.keras.layers.AdaptiveMaxPooling2D(3)(tf.keras.Input((9, 7, 4))).shape.as_list()
    [None, 3, 3, 4]
    """

    rank = 2
    function = staticmethod(ops.reduce_max)


class AdaptiveMaxPooling3D(_Adaptive):
    """The largest numbers in windows over volumes, as many as are asked for, channel by channel.

    Args:
        output_size, data_format: as for `AdaptiveAveragePooling3D`.

    >>> tf.keras.layers.AdaptiveMaxPooling3D((1, 2, 3))(tf.keras.Input((4, 5, 6, 1))).shape.as_list()
    [None, 1, 2, 3, 1]
    """

    rank = 3
    function = staticmethod(ops.reduce_max)
