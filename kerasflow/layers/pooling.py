"""Pooling as layers: of windows that move over sequences, images or volumes, and of all places at once."""

from __future__ import annotations

from typing import Any

from kerasflow.core import ops
from kerasflow.layers.base import Layer
from kerasflow.layers.weighted import format_of, one_of, per_axis, sized

__all__ = [
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalMaxPooling3D",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
]

_FORMATS = ("channels_last", "channels_first")


class _Pooling(Layer):
    rank = 2
    function: Any

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.pool_size = per_axis(self, pool_size, self.rank, "pool_size")
        self.strides = per_axis(self, self.pool_size if strides is None else strides, self.rank, "strides")
        self.padding = one_of(self, padding, ("valid", "same"), "padding")
        self.data_format = one_of(self, data_format or _FORMATS[0], _FORMATS, "data_format")

    def call(self, inputs: Any) -> Any:
        """The pool of each window."""
        sized(self, inputs.dims, self.rank + 2, f"a batch with {self.data_format.replace('_', ' ')}")
        pool = type(self).function
        return pool(inputs, self.pool_size, self.strides, self.padding.upper(), data_format=format_of(self))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        names = ("pool_size", "strides", "padding", "data_format")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


class MaxPooling1D(_Pooling):
    """The largest number in each window that moves over sequences, channel by channel.

    Args:
        pool_size: the size of the window.
        strides: the distance from one place to the next, by default `pool_size`.
        padding: ``"valid"`` for windows inside the input; ``"same"`` for ``ceil(size / stride)`` places.
        data_format: ``"channels_last"`` or ``"channels_first"``.

    >>> model = tf.keras.Sequential([tf.keras.Input((4, 1)), tf.keras.layers.MaxPooling1D(2)])
    >>> model.predict(np.array([[[1.0], [3.0], [2.0], [0.0]]]), verbose=0)[0, :, 0]
    array([3., 2.], dtype=float32)
    """

    rank = 1
    function = staticmethod(ops.max_pool1d)


class MaxPooling2D(_Pooling):
    """The largest number in each window that moves over images, channel by channel.

    Args:
        pool_size, strides: an int, or two (height, width); `strides` is `pool_size` by default.
        padding, data_format: as for `MaxPooling1D`.

    >>> tf.keras.layers.MaxPooling2D(2)(tf.keras.Input((28, 28, 3))).shape.as_list()
    [None, 14, 14, 3]
    """

    rank = 2
    function = staticmethod(ops.max_pool)


class MaxPooling3D(_Pooling):
    """The largest number in each window that moves over volumes, channel by channel.

    Args:
        pool_size, strides: an int, or three; `strides` is `pool_size` by default.
        padding, data_format: as for `MaxPooling1D`.

    >>> tf.keras.layers.MaxPooling3D(2)(tf.keras.Input((4, 6, 8, 3))).shape.as_list()
    [None, 2, 3, 4, 3]
    """

    rank = 3
    function = staticmethod(ops.max_pool3d)


class AveragePooling1D(_Pooling):
    """The mean of each window that moves over sequences, channel by channel; what is padded does not count.

    Args:
        pool_size, strides, padding, data_format: as for `MaxPooling1D`.

    >>> model = tf.keras.Sequential([tf.keras.Input((4, 1)), tf.keras.layers.AveragePooling1D(2)])
    >>> model.predict(np.array([[[1.0], [3.0], [2.0], [0.0]]]), verbose=0)[0, :, 0]
    array([2., 1.], dtype=float32)
    """

    rank = 1
    function = staticmethod(ops.avg_pool1d)


class AveragePooling2D(_Pooling):
    """The mean of each window that moves over images, channel by channel; what is padded does not count.

    Args:
        pool_size, strides, padding, data_format: as for `MaxPooling2D`.

    >>> tf.keras.layers.AveragePooling2D((2, 4))(tf.keras.Input((28, 28, 3))).shape.as_list()
    [None, 14, 7, 3]
    """

    rank = 2
    function = staticmethod(ops.avg_pool)


class AveragePooling3D(_Pooling):
    """The mean of each window that moves over volumes, channel by channel; what is padded does not count.

    Args:
        pool_size, strides, padding, data_format: as for `MaxPooling3D`.

    >>> tf.keras.layers.AveragePooling3D(2)(tf.keras.Input((4, 6, 8, 3))).shape.as_list()
    [None, 2, 3, 4, 3]
    """

    rank = 3
    function = staticmethod(ops.avg_pool3d)


class _Global(Layer):
    rank = 2
    function: Any

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = one_of(self, data_format or _FORMATS[0], _FORMATS, "data_format")
        self.keepdims = keepdims

    def call(self, inputs: Any) -> Any:
        """One number for each channel."""
        sized(self, inputs.dims, self.rank + 2, f"a batch with {self.data_format.replace('_', ' ')}")
        first = self.data_format == "channels_first"
        axes = list(range(2, self.rank + 2) if first else range(1, self.rank + 1))
        return type(self).function(inputs, axes, keepdims=self.keepdims)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "data_format": self.data_format, "keepdims": self.keepdims}


class GlobalMaxPooling1D(_Global):
    """The largest number of each channel of a sequence.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``.
        keepdims: whether the other axes stay, with size 1.

    >>> tf.keras.layers.GlobalMaxPooling1D()(tf.keras.Input((7, 3))).shape.as_list()
    [None, 3]
    """

    rank = 1
    function = staticmethod(ops.reduce_max)


class GlobalMaxPooling2D(_Global):
    """The largest number of each channel of an image.

    Args:
        data_format, keepdims: as for `GlobalMaxPooling1D`.

    >>> tf.keras.layers.GlobalMaxPooling2D()(tf.keras.Input((7, 7, 3))).shape.as_list()
    [None, 3]
    """

    rank = 2
    function = staticmethod(ops.reduce_max)


class GlobalMaxPooling3D(_Global):
    """The largest number of each channel of a volume.

    Args:
        data_format, keepdims: as for `GlobalMaxPooling1D`.

    >>> tf.keras.layers.GlobalMaxPooling3D()(tf.keras.Input((7, 7, 7, 3))).shape.as_list()
    [None, 3]
    """

    rank = 3
    function = staticmethod(ops.reduce_max)


class GlobalAveragePooling1D(_Global):
    """The mean of each channel of a sequence; with a mask, over the steps that count.

    Args:
        data_format, keepdims: as for `GlobalMaxPooling1D`.

    >>> tf.keras.layers.GlobalAveragePooling1D()(tf.keras.Input((7, 3))).shape.as_list()
    [None, 3]
    """

    rank = 1
    function = staticmethod(ops.reduce_mean)

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """One number for each channel; NaN for a sample without any step that counts."""
        if mask is None:
            return super().call(inputs)
        steps, channels = (2, 1) if self.data_format == "channels_first" else (1, 2)
        counts = ops.expand_dims(ops.cast(mask, "bool"), channels)
        kept = ops.where(ops.broadcast_to(counts, ops.shape(inputs)), inputs, ops.zeros_like(inputs))
        number = ops.reduce_sum(ops.cast(counts, inputs.dtype), steps, keepdims=self.keepdims)
        return ops.reduce_sum(kept, steps, keepdims=self.keepdims) / number

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """None: there are no steps left."""


class GlobalAveragePooling2D(_Global):
    """The mean of each channel of an image.

    Args:
        data_format, keepdims: as for `GlobalMaxPooling1D`.

    >>> tf.keras.layers.GlobalAveragePooling2D()(tf.keras.Input((7, 7, 3))).shape.as_list()
    [None, 3]
    """

    rank = 2
    function = staticmethod(ops.reduce_mean)


class GlobalAveragePooling3D(_Global):
    """The mean of each channel of a volume.

    Args:
        data_format, keepdims: as for `GlobalMaxPooling1D`.

    >>> tf.keras.layers.GlobalAveragePooling3D(keepdims=True)(tf.keras.Input((7, 7, 7, 3))).shape.as_list()
    [None, 1, 1, 1, 3]
    """

    rank = 3
    function = staticmethod(ops.reduce_mean)
