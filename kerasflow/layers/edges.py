"""Zeros around sequences, images and volumes, and what is around them taken away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflow.core import ops, shapes
from kerasflow.layers.base import Layer
from kerasflow.layers.weighted import data_format_of, sized

__all__ = [
    "Cropping1D",
    "Cropping2D",
    "Cropping3D",
    "ZeroPadding1D",
    "ZeroPadding2D",
    "ZeroPadding3D",
]

Pair = tuple[int, int]


def _count(layer: Layer, value: Any, what: str, given: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
        raise ValueError(f"{type(layer).__name__} needs whole numbers of at least 0 as {what}, got {given!r}.")
    return int(value)


def _pair(layer: Layer, value: Any, what: str, given: Any) -> Pair:
    """Numbers for both ends of an axis, from one for both or two."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return (_count(layer, value, what, given),) * 2
    if len(value) != 2:
        raise ValueError(f"{type(layer).__name__} needs one or two numbers for each axis as {what}, got {given!r}.")
    return _count(layer, value[0], what, given), _count(layer, value[1], what, given)


class _Edges(Layer):
    """A layer that changes both ends of each of `rank` axes."""

    rank = 1
    what = "padding"

    def keep_edges(self, given: Any, data_format: str | None) -> None:
        """Keep how many places each end is about."""
        several = isinstance(given, Sequence) and not isinstance(given, str)
        if self.rank == 1:
            self.edges: tuple[Pair, ...] = (_pair(self, given, self.what, given),)
        elif several and len(given) != self.rank:
            raise ValueError(f"{type(self).__name__} needs {self.what} for {self.rank} axes, got {given!r}.")
        else:
            each = given if several else [given] * self.rank
            self.edges = tuple(_pair(self, one, self.what, given) for one in each)
        setattr(self, self.what, self.edges[0] if self.rank == 1 else self.edges)
        self.data_format = data_format_of(self, data_format)

    def checked(self, inputs: Any) -> shapes.Dims:
        """The sizes of the inputs, which must be of the right number."""
        return sized(self, inputs.dims, self.rank + 2, f"a batch with {self.data_format.replace('_', ' ')}")

    def around(self) -> list[Pair]:
        """The edges of all axes, with none at the batch and the channels."""
        none = (0, 0)
        return [none, none, *self.edges] if self.data_format == "channels_first" else [none, *self.edges, none]

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), self.what: getattr(self, self.what), "data_format": self.data_format}


class _ZeroPadding(_Edges):
    def __init__(self, padding: Any = 1, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.keep_edges(padding, data_format)

    def call(self, inputs: Any) -> Any:
        """The inputs among zeros."""
        self.checked(inputs)
        return ops.pad(inputs, self.around())


class ZeroPadding1D(_ZeroPadding):
    """Zeros before and after a sequence.

    Args:
        padding: how many, at both ends, or a pair: before and after.
        data_format: ``"channels_last"`` or ``"channels_first"``.

    Raises:
        ValueError: `padding` is none such, or the input has another number of axes.

    >>> model = tf.keras.Sequential([tf.keras.Input((2, 1)), tf.keras.layers.ZeroPadding1D((1, 2))])
    >>> model.predict(np.array([[[3.0], [4.0]]]), verbose=0)[0, :, 0]
    array([0., 3., 4., 0., 0.], dtype=float32)
    """

    rank = 1


class ZeroPadding2D(_ZeroPadding):
    """Zeros around an image.

    Args:
        padding: how many, on all sides; or a number for the height and one for the width; or for each of these a pair:
            above and below, left and right.
        data_format: ``"channels_last"`` or ``"channels_first"``.

    Raises:
        ValueError: `padding` is none such, or the input has another number of axes.

    >>> tf.keras.layers.ZeroPadding2D(((1, 0), (2, 2)))(tf.keras.Input((4, 4, 3))).shape.as_list()
    [None, 5, 8, 3]
    """

    rank = 2


class ZeroPadding3D(_ZeroPadding):
    """Zeros around a volume.

    Args:
        padding, data_format: as for `ZeroPadding2D`, with three axes.

    >>> tf.keras.layers.ZeroPadding3D((1, 2, 3))(tf.keras.Input((4, 4, 4, 1))).shape.as_list()
    [None, 6, 8, 10, 1]
    """

    rank = 3


class _Cropping(_Edges):
    what = "cropping"

    def call(self, inputs: Any) -> Any:
        """The inputs without their edges."""
        dims = self.checked(inputs)
        around = self.around()
        for size, (before, after) in zip(dims or (), around, strict=True):
            if size is not None and 0 < before + after >= size:
                raise ValueError(
                    f"{type(self).__name__} layer {self.name!r} would leave nothing of the shape {shapes.show(dims)}: "
                    f"it takes away {before} and {after}."
                )
        return inputs[tuple(slice(before, -after or None) for before, after in around)]


class Cropping1D(_Cropping):
    """A sequence without some places at its ends.

    Args:
        cropping: how many, at both ends, or a pair: at the beginning and at the end.

    Raises:
        ValueError: `cropping` is none such, the input has another number of axes, or nothing would be left.

    >>> model = tf.keras.Sequential([tf.keras.Input((4, 1)), tf.keras.layers.Cropping1D((1, 2))])
    >>> model.predict(np.arange(4.0).reshape(1, 4, 1), verbose=0)[0, :, 0]
    array([1.], dtype=float32)
    """

    rank = 1

    def __init__(self, cropping: Any = (1, 1), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.keep_edges(cropping, "channels_last")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {name: value for name, value in super().get_config().items() if name != "data_format"}


class Cropping2D(_Cropping):
    """An image without some rows and columns at its edges.

    Args:
        cropping: how many, on all sides; or a number for the height and one for the width; or for each of these a
            pair: above and below, left and right.
        data_format: ``"channels_last"`` or ``"channels_first"``.

    Raises:
        ValueError: `cropping` is none such, the input has another number of axes, or nothing would be left.

    >>> tf.keras.layers.Cropping2D(((1, 0), (2, 2)))(tf.keras.Input((28, 28, 3))).shape.as_list()
    [None, 27, 24, 3]
    """

    rank = 2

    def __init__(self, cropping: Any = ((0, 0), (0, 0)), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.keep_edges(cropping, data_format)


class Cropping3D(_Cropping):
    """A volume without some places at its edges.

    Args:
        cropping, data_format: as for `Cropping2D`, with three axes.

    >>> tf.keras.layers.Cropping3D(1)(tf.keras.Input((4, 5, 6, 2))).shape.as_list()
    [None, 2, 3, 4, 2]
    """

    rank = 3

    def __init__(self, cropping: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.keep_edges(cropping, data_format)
