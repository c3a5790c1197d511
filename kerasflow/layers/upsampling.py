"""Larger sequences, images and volumes: each place several times, or what lies between the places."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from kerasflow.core import ops
from kerasflow.core.graph import convert
from kerasflow.layers.base import Layer
from kerasflow.layers.weighted import data_format_of, one_of, per_axis, sized

__all__ = ["UpSampling1D", "UpSampling2D", "UpSampling3D", "repeated", "sizes_of"]


def sizes_of(x: Any) -> list[Any]:
    """The sizes of a tensor: numbers where they are known, else tensors."""
    return [ops.shape(x)[i] if n is None else n for i, n in enumerate(x.dims)]


def repeated(x: Any, times: tuple[int, ...], first: int) -> Any:
    """`x` with each place along the axes from `first` on `times` times in a row."""
    sizes = sizes_of(x)
    apart, copies, joined = sizes[:first], [1] * first, sizes[:first]
    for size, n in zip(sizes[first:], times, strict=False):
        apart += [size, 1]
        copies += [1, n]
        joined.append(size * n)
    rest = sizes[first + len(times) :]
    return ops.reshape(ops.tile(ops.reshape(x, apart + rest), [*copies, *[1] * len(rest)]), joined + rest)


class UpSampling1D(Layer):
    """Each step of a sequence several times in a row.

    Args:
        size: how many times.

    >>> model = tf.keras.Sequential([tf.keras.Input((2, 1)), tf.keras.layers.UpSampling1D(2)])
    >>> model.predict(np.array([[[3.0], [4.0]]]), verbose=0)[0, :, 0]
    array([3., 3., 4., 4.], dtype=float32)
    """

    def __init__(self, size: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = per_axis(self, size, 1, "size")[0]

    def call(self, inputs: Any) -> Any:
        """The steps, repeated."""
        sized(self, inputs.dims, 3, "a batch of sequences")
        return repeated(inputs, (self.size,), 1)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "size": self.size}


class UpSampling2D(Layer):
    """A larger image.

    Args:
        size: how many times as large, an int, or two (height, width).
        data_format: ``"channels_last"`` or ``"channels_first"``.
        interpolation: ``"nearest"`` repeats rows and columns. The others weigh the places around the one that a new
            place lies on, by their distance: ``"bilinear"``, ``"bicubic"``, ``"lanczos3"``, ``"lanczos5"``.

    Raises:
        ValueError: an argument is out of its range, or the input has another number of axes.

    >>> layer = tf.keras.layers.UpSampling2D((1, 2), interpolation="bilinear")
    >>> model = tf.keras.Sequential([tf.keras.Input((1, 2, 1)), layer])
    >>> model.predict(np.array([0.0, 4.0]).reshape(1, 1, 2, 1), verbose=0)[0, 0, :, 0]
    array([0., 1., 3., 4.], dtype=float32)
    """

    def __init__(
        self, size: Any = (2, 2), data_format: str | None = None, interpolation: str = "nearest", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.size = per_axis(self, size, 2, "size")
        self.data_format = data_format_of(self, data_format)
        self.interpolation = one_of(self, interpolation, ("nearest", *_KERNELS), "interpolation")

    def call(self, inputs: Any) -> Any:
        """The inputs, enlarged."""
        sized(self, inputs.dims, 4, "a batch of images")
        first = self.data_format == "channels_first"
        if self.interpolation == "nearest":
            return repeated(inputs, self.size, 2 if first else 1)
        x = ops.transpose(inputs, [0, 2, 3, 1]) if first else inputs
        y = _between(x, self.size, self.interpolation)
        return ops.transpose(y, [0, 3, 1, 2]) if first else y

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        own = {"size": self.size, "data_format": self.data_format, "interpolation": self.interpolation}
        return {**super().get_config(), **own}


class UpSampling3D(Layer):
    """Each place of a volume several times in a row, along each axis.

    Args:
        size: how many times, an int or three.
        data_format: ``"channels_last"`` or ``"channels_first"``.

    >>> tf.keras.layers.UpSampling3D((1, 2, 3))(tf.keras.Input((4, 4, 4, 1))).shape.as_list()
    [None, 4, 8, 12, 1]
    """

    def __init__(self, size: Any = (2, 2, 2), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = per_axis(self, size, 3, "size")
        self.data_format = data_format_of(self, data_format)

    def call(self, inputs: Any) -> Any:
        """The inputs, enlarged."""
        sized(self, inputs.dims, 5, "a batch of volumes")
        return repeated(inputs, self.size, 2 if self.data_format == "channels_first" else 1)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "size": self.size, "data_format": self.data_format}


# What lies between the places: the weights of the old places, by their distance.


def _linear(d: Any) -> Any:
    return ops.relu(1.0 - d)


def _cubic(d: Any) -> Any:
    """The kernel of Keys 1981, equation 15: a cubic polynomial up to 1, another up to 2."""
    near = (1.5 * d - 2.5) * d * d + 1.0
    far = ((-0.5 * d + 2.5) * d - 4.0) * d + 2.0
    return ops.where(d < 1.0, near, ops.where(d < 2.0, far, ops.zeros_like(d)))


def _lanczos(radius: float) -> Callable[[Any], Any]:
    def kernel(d: Any) -> Any:
        apart = d > 1e-3
        t = math.pi * ops.where(apart, d, ops.ones_like(d))
        value = radius * ops.sin(t) * ops.sin(t / radius) / (t * t)
        return ops.where(d > radius, ops.zeros_like(d), ops.where(apart, value, ops.ones_like(d)))

    return kernel


_KERNELS: dict[str, Callable[[Any], Any]] = {
    "bilinear": _linear,
    "bicubic": _cubic,
    "lanczos3": _lanczos(3.0),
    "lanczos5": _lanczos(5.0),
}


def _weights(size: Any, times: int, kernel: str, dtype: Any) -> Any:
    """The weight of each old place for each new one: a matrix whose rows sum to 1."""
    old = ops.cast(ops.range(convert(size)), dtype)
    new = (ops.cast(ops.range(convert(size * times)), dtype) + 0.5) / times - 0.5
    weights = _KERNELS[kernel](ops.abs(ops.expand_dims(new, 1) - old))
    return weights / ops.reduce_sum(weights, 1, keepdims=True)


def _between(x: Any, times: tuple[int, ...], kernel: str) -> Any:
    """Images [batch, height, width, channels], enlarged."""
    batch, height, width, channels = sizes_of(x)
    tall, wide = height * times[0], width * times[1]
    rows = ops.reshape(x, [batch, height, width * channels])
    rows = ops.matmul(_weights(height, times[0], kernel, x.dtype), rows)
    columns = ops.reshape(rows, [batch * tall, width, channels])
    columns = ops.matmul(_weights(width, times[1], kernel, x.dtype), columns)
    return ops.reshape(columns, [batch, tall, wide, channels])
