"""Layers that make one tensor of several."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from kerasflow.core import ops, shapes
from kerasflow.layers.base import Layer

__all__ = [
    "Add",
    "Average",
    "Concatenate",
    "Dot",
    "Maximum",
    "Minimum",
    "Multiply",
    "Subtract",
    "add",
    "average",
    "concatenate",
    "dot",
    "maximum",
    "minimum",
    "multiply",
    "subtract",
]


class _Merge(Layer):
    """A layer on a list of tensors whose shapes broadcast."""

    supports_masking = True

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Where at least one input counts; no mask if one of them has none, which counts everywhere."""
        masks = self._checked_masks(inputs, mask)
        return None if any(m is None for m in masks) else functools.reduce(ops.logical_or, masks)

    def _checked_masks(self, inputs: Any, mask: Any) -> list[Any]:
        """A mask or None for each input."""
        if mask is None:
            return [None] * len(inputs)
        if not isinstance(mask, (list, tuple)) or len(mask) != len(inputs):
            given = len(mask) if isinstance(mask, (list, tuple)) else "no list"
            raise ValueError(
                f"{type(self).__name__} layer {self.name!r} takes a list of {len(inputs)} masks, got {given}."
            )
        return list(mask)

    def _checked(self, inputs: Any, exactly: int | None = None) -> list[Any]:
        wanted = "at least two" if exactly is None else str(exactly)
        if not isinstance(inputs, (list, tuple)) or len(inputs) < 2 or exactly not in (None, len(inputs)):
            given = len(inputs) if isinstance(inputs, (list, tuple)) else "no list"
            raise ValueError(
                f"{type(self).__name__} layer {self.name!r} takes a list of {wanted} tensors, got {given}."
            )
        return list(inputs)

    def _reduce(self, f: Callable[[Any, Any], Any], inputs: Any) -> Any:
        return functools.reduce(f, self._checked(inputs))


class Add(_Merge):
    """The sum of the inputs, element-wise.

    >>> a, b = tf.keras.Input((3,)), tf.keras.Input((3,))
    >>> model = tf.keras.Model([a, b], tf.keras.layers.Add()([a, b]))
    >>> model.predict([np.ones((1, 3)), np.ones((1, 3))], verbose=0)
    array([[2., 2., 2.]], dtype=float32)
    """

    def call(self, inputs: Any) -> Any:
        """``x_1 + x_2 + ...``."""
        return self._reduce(ops.add, inputs)


class Subtract(_Merge):
    """The first input minus the second.

    >>> a, b = tf.keras.Input((3,)), tf.keras.Input((3,))
    >>> tf.keras.layers.Subtract()([a, b]).shape.as_list()
    [None, 3]
    """

    def call(self, inputs: Any) -> Any:
        """``x_1 - x_2``."""
        first, second = self._checked(inputs, exactly=2)
        return ops.subtract(first, second)


class Multiply(_Merge):
    """The product of the inputs, element-wise.

    >>> a, b = tf.keras.Input((3,)), tf.keras.Input((3,))
    >>> tf.keras.layers.Multiply()([a, b]).shape.as_list()
    [None, 3]
    """

    def call(self, inputs: Any) -> Any:
        """``x_1 x_2 ...``."""
        return self._reduce(ops.multiply, inputs)


class Average(_Merge):
    """The mean of the inputs, element-wise.

    >>> a, b = tf.keras.Input((3,)), tf.keras.Input((3,))
    >>> tf.keras.layers.Average()([a, b]).shape.as_list()
    [None, 3]
    """

    def call(self, inputs: Any) -> Any:
        """``(x_1 + x_2 + ...) / n``."""
        return self._reduce(ops.add, inputs) / float(len(inputs))


class Maximum(_Merge):
    """The largest of the inputs, element-wise.

    >>> a, b = tf.keras.Input((3,)), tf.keras.Input((3,))
    >>> tf.keras.layers.Maximum()([a, b]).shape.as_list()
    [None, 3]
    """

    def call(self, inputs: Any) -> Any:
        """``max(x_1, x_2, ...)``."""
        return self._reduce(ops.maximum, inputs)


class Minimum(_Merge):
    """The smallest of the inputs, element-wise.

    >>> a, b = tf.keras.Input((3,)), tf.keras.Input((3,))
    >>> tf.keras.layers.Minimum()([a, b]).shape.as_list()
    [None, 3]
    """

    def call(self, inputs: Any) -> Any:
        """``min(x_1, x_2, ...)``."""
        return self._reduce(ops.minimum, inputs)


class Concatenate(_Merge):
    """The inputs one behind the other.

    Args:
        axis: the axis along which they are joined; the batch counts as axis 0.

    Raises:
        ValueError: their shapes differ along another axis.

    >>> a, b = tf.keras.Input((3,)), tf.keras.Input((2,))
    >>> tf.keras.layers.Concatenate()([a, b]).shape.as_list()
    [None, 5]
    """

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs: Any) -> Any:
        """The inputs, joined."""
        return ops.concat(self._checked(inputs), axis=self.axis)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The masks, one behind the other, of inputs without one true; a step counts if any of its entries does."""
        masks = self._checked_masks(inputs, mask)
        if all(m is None for m in masks):
            return None
        spread = [_as_wide(m, x) for m, x in zip(masks, inputs, strict=True)]
        return ops.reduce_any(ops.concat(spread, self.axis), axis=-1)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "axis": self.axis}


class Dot(_Merge):
    """The scalar products of two inputs along an axis of each, sample by sample.

    Args:
        axes: the axis of both, or a pair of axes; the batch is axis 0.
        normalize: whether the vectors are divided by their length first, which gives the cosine of their angle.

    Raises:
        ValueError: an axis is that of the batch, or there is none such; the sizes along the axes differ.

    >>> a, b = tf.keras.Input((3,)), tf.keras.Input((3,))
    >>> model = tf.keras.Model([a, b], tf.keras.layers.Dot(axes=1)([a, b]))
    >>> model.predict([np.array([[1.0, 2.0, 3.0]]), np.ones((1, 3))], verbose=0)
    array([[6.]], dtype=float32)
    """

    def __init__(self, axes: int | Sequence[int], normalize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axes = axes
        self.normalize = normalize

    def call(self, inputs: Any) -> Any:
        """The products, with the remaining axes of the first input before those of the second."""
        x, y = self._checked(inputs, exactly=2)
        pair = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        ranks = [shapes.as_dims(t.dims) for t in (x, y)]
        if any(r is None or len(r) not in (2, 3) for r in ranks):
            raise ValueError(f"Dot layer {self.name!r} takes inputs of two or three axes, got {x.shape} and {y.shape}.")
        i, j = (self._axis(a, len(r)) for a, r in zip(pair, ranks, strict=True) if r is not None)
        if self.normalize:
            x, y = ops.l2_normalize(x, axis=i), ops.l2_normalize(y, axis=j)
        flat = [len(r) == 2 for r in ranks if r is not None]
        x = ops.expand_dims(x, 1) if flat[0] else ops.transpose(x, [0, 3 - i, i])
        y = ops.expand_dims(y, 2) if flat[1] else ops.transpose(y, [0, j, 3 - j])
        product = ops.matmul(x, y)
        if flat[0] and flat[1]:
            return ops.squeeze(product, [2])
        return ops.squeeze(product, [1]) if flat[0] else ops.squeeze(product, [2]) if flat[1] else product

    def _axis(self, axis: int, rank: int) -> int:
        if not -rank < axis < rank or not axis:
            raise ValueError(f"Dot layer {self.name!r}: {axis} is no axis of a sample; these are 1 to {rank - 1}.")
        return axis % rank

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """None: the steps are summed over."""

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "axes": self.axes, "normalize": self.normalize}


def _as_wide(mask: Any, x: Any) -> Any:
    """A mask with an entry for each number of `x`."""
    if mask is None:
        return ops.ones_like(x, dtype="bool")
    if mask.dims is not None and x.dims is not None and len(mask.dims) < len(x.dims):
        return ops.logical_or(ops.expand_dims(mask, -1), ops.zeros_like(x, dtype="bool"))
    return mask


def add(inputs: Any, **kwargs: Any) -> Any:
    """The sum of a list of tensors; the layer `Add`, applied.

    >>> tf.keras.layers.add([tf.keras.Input((3,)), tf.keras.Input((3,))]).shape.as_list()
    [None, 3]
    """
    return Add(**kwargs)(inputs)


def subtract(inputs: Any, **kwargs: Any) -> Any:
    """The difference of two tensors; the layer `Subtract`, applied.

    >>> tf.keras.layers.subtract([tf.keras.Input((3,)), tf.keras.Input((3,))]).shape.as_list()
    [None, 3]
    """
    return Subtract(**kwargs)(inputs)


def multiply(inputs: Any, **kwargs: Any) -> Any:
    """The product of a list of tensors; the layer `Multiply`, applied.

    >>> tf.keras.layers.multiply([tf.keras.Input((3,)), tf.keras.Input((3,))]).shape.as_list()
    [None, 3]
    """
    return Multiply(**kwargs)(inputs)


def average(inputs: Any, **kwargs: Any) -> Any:
    """The mean of a list of tensors; the layer `Average`, applied.

    >>> tf.keras.layers.average([tf.keras.Input((3,)), tf.keras.Input((3,))]).shape.as_list()
    [None, 3]
    """
    return Average(**kwargs)(inputs)


def maximum(inputs: Any, **kwargs: Any) -> Any:
    """The largest of a list of tensors; the layer `Maximum`, applied.

    >>> tf.keras.layers.maximum([tf.keras.Input((3,)), tf.keras.Input((3,))]).shape.as_list()
    [None, 3]
    """
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Any, **kwargs: Any) -> Any:
    """The smallest of a list of tensors; the layer `Minimum`, applied.

    >>> tf.keras.layers.minimum([tf.keras.Input((3,)), tf.keras.Input((3,))]).shape.as_list()
    [None, 3]
    """
    return Minimum(**kwargs)(inputs)


def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """A list of tensors one behind the other; the layer `Concatenate`, applied.

    >>> tf.keras.layers.concatenate([tf.keras.Input((3,)), tf.keras.Input((2,))]).shape.as_list()
    [None, 5]
    """
    return Concatenate(axis, **kwargs)(inputs)


def dot(inputs: Any, axes: Any, normalize: bool = False, **kwargs: Any) -> Any:
    """The scalar products of two tensors; the layer `Dot`, applied.

    >>> tf.keras.layers.dot([tf.keras.Input((3,)), tf.keras.Input((3,))], axes=1).shape.as_list()
    [None, 1]
    """
    return Dot(axes, normalize, **kwargs)(inputs)
