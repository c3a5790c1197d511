"""Normalisation within each sample: over its axes, over groups of its channels, to length one, to mean square one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflow.core import ops, shapes
from kerasflow.layers.base import Layer
from kerasflow.layers.upsampling import sizes_of
from kerasflow.layers.weighted import Weighted

__all__ = ["GroupNormalization", "LayerNormalization", "RMSNormalization", "UnitNormalization"]


def _axes(layer: Layer, axis: Any) -> Any:
    """`axis`, which has to be a whole number or several of them. TypeError otherwise."""
    if isinstance(axis, (list, tuple)) and axis and all(isinstance(a, int) for a in axis):
        return list(axis)
    if isinstance(axis, (int, np.integer)) and not isinstance(axis, bool):
        return int(axis)
    raise TypeError(f"{type(layer).__name__} needs an integer, or a list of them, as axis; got {axis!r}.")


def _size(layer: Layer, dims: shapes.Dims, axis: int) -> int:
    """The size along an axis. ValueError if there is no such axis, or its size is not known."""
    size = dims[axis] if dims is not None and -len(dims) <= axis < len(dims) else None
    if size is None:
        raise ValueError(
            f"{type(layer).__name__} layer {layer.name!r} needs an axis {axis} of known size; got the shape "
            f"{shapes.show(dims)}."
        )
    return size


class _Centred(Weighted):
    """A layer with a gamma and a beta."""

    supports_masking = True

    def keep_numbers(self, epsilon: float, center: bool, scale: bool, **kept: Any) -> None:
        """Keep the arguments that such layers share."""
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.keep(**kept)
        self.gamma: Any = None
        self.beta: Any = None

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        names = ("axis", "epsilon", "center", "scale")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


class LayerNormalization(_Centred):
    """Gives each sample mean 0 and variance 1 over some axes, then a mean and a scale that are learnt.

    ``gamma (x - mean) / sqrt(variance + epsilon) + beta``, where gamma and beta have a number for each place along
    these axes.

    Args:
        axis: the axis, or the axes, over which the moments are taken.
        epsilon: what is added to the variance.
        center, scale: whether there are a beta and a gamma.
        beta_initializer, gamma_initializer: where they start, by default 0 and 1.
        beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint: penalties on them, and projections.
        rms_scaling: whether the mean stays and there is no beta: ``gamma x / sqrt(variance + epsilon)``. Keras calls it
            deprecated; `RMSNormalization` is what its name says.

    Raises:
        TypeError: `axis` is no axis. ValueError: the input has no such axis, or its size is not known.

    Source: Ba et al., "Layer normalization", 2016, equation 4.

    >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.LayerNormalization(epsilon=0.0)])
    >>> model.predict(np.array([[1.0, 5.0]]), verbose=0)
    array([[-1.,  1.]], dtype=float32)
    """

    def __init__(
        self,
        axis: int | Sequence[int] = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        rms_scaling: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.axis = _axes(self, axis)
        self.rms_scaling = rms_scaling
        self.keep_numbers(
            epsilon,
            center,
            scale,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
        )

    def build(self, input_shape: Any) -> None:
        """Make gamma and beta, a number for each place along the axes."""
        self.axis = sorted(self.axis) if isinstance(self.axis, list) else [self.axis]
        shape = [_size(self, input_shape, a) for a in self.axis]
        if self.scale or self.rms_scaling:
            self.gamma = self.made("gamma", shape)
        if self.center and not self.rms_scaling:
            self.beta = self.made("beta", shape)

    def call(self, inputs: Any) -> Any:
        """The inputs, normalised."""
        x = ops.cast(inputs, self.dtype)
        rank = len(x.dims)
        axes = sorted(a % rank for a in self.axis)
        mean, variance = ops.moments(x, axes, keepdims=True)
        gamma, beta = (_spread(v, axes, x) for v in (self.gamma, self.beta))
        if self.rms_scaling:
            y = x * ops.rsqrt(variance + self.epsilon)
            return y if gamma is None else y * gamma
        return ops.batch_normalization(x, mean, variance, beta, gamma, self.epsilon)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "rms_scaling": self.rms_scaling}


def _spread(weight: Any, axes: list[int], x: Any) -> Any:
    """A weight with numbers for some axes of `x`, so that it broadcasts to `x`."""
    rank = len(x.dims)
    if weight is None or axes == list(range(rank - len(axes), rank)):
        return weight
    return ops.reshape(weight, [x.dims[i] if i in axes else 1 for i in range(rank)])


class GroupNormalization(_Centred):
    """Gives groups of channels of each sample mean 0 and variance 1, then each channel a mean and a scale.

    ``gamma (x - mean) / sqrt(variance + epsilon) + beta``, with moments over a group of channels and all axes but the
    batch.

    Args:
        groups: their number, which divides the number of channels; -1 for a group for each channel.
        axis: the axis of the channels.
        epsilon: what is added to the variance.
        center, scale: whether there are a beta and a gamma.
        beta_initializer, gamma_initializer, and the regularizers and constraints: as for `LayerNormalization`.

    Raises:
        ValueError: the number of groups is not positive or does not divide that of the channels, or this is not known.

    Source: Wu and He, "Group normalization", 2018, equations 1, 2 and 7.

    >>> layer = tf.keras.layers.GroupNormalization(groups=2)
    >>> layer(tf.keras.Input((8, 8, 6))).shape.as_list(), layer.gamma.shape.as_list()
    ([None, 8, 8, 6], [6])
    """

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if isinstance(groups, bool) or not isinstance(groups, int) or groups < 1 and groups != -1:
            raise ValueError(f"GroupNormalization needs a positive number of groups, or -1; got {groups!r}.")
        self.groups = groups
        self.axis = axis
        self.keep_numbers(
            epsilon,
            center,
            scale,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
        )

    def build(self, input_shape: Any) -> None:
        """Make gamma and beta, a number for each channel."""
        channels = _size(self, input_shape, self.axis)
        if self.groups == -1:
            self.groups = channels
        if channels % self.groups:
            raise ValueError(
                f"GroupNormalization layer {self.name!r} cannot share {channels} channels evenly among {self.groups} "
                "groups."
            )
        if self.scale:
            self.gamma = self.made("gamma", (channels,))
        if self.center:
            self.beta = self.made("beta", (channels,))

    def call(self, inputs: Any) -> Any:
        """The inputs, normalised."""
        x = ops.cast(inputs, self.dtype)
        sizes, axis = sizes_of(x), self.axis % len(x.dims)
        each = [self.groups, _size(self, x.dims, self.axis) // self.groups]
        x = ops.reshape(x, [*sizes[:axis], *each, *sizes[axis + 1 :]])
        mean, variance = ops.moments(x, [i for i in range(1, len(x.dims)) if i != axis], keepdims=True)
        column = [1] * len(x.dims)
        column[axis : axis + 2] = each
        gamma, beta = (None if w is None else ops.reshape(w, column) for w in (self.gamma, self.beta))
        return ops.reshape(ops.batch_normalization(x, mean, variance, beta, gamma, self.epsilon), sizes)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "groups": self.groups}


class RMSNormalization(Weighted):
    """Gives each sample mean square 1 over some axes, then a scale that is learnt: ``scale x / sqrt(mean(x²) + e)``.

    Args:
        axis: the axis, or the axes, over which the mean is taken.
        epsilon: what is added to the mean.

    Raises:
        TypeError: `axis` is no axis. ValueError: the input has no such axis, or its size is not known.

    Source: Zhang and Sennrich, "Root mean square layer normalization", 2019, equation 4.

    >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.RMSNormalization()])
    >>> model.predict(np.array([[1.0, 7.0]]), verbose=0)
    array([[0.2, 1.4]], dtype=float32)
    """

    def __init__(self, axis: int | Sequence[int] = -1, epsilon: float = 1e-6, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.keep()
        self.axis = _axes(self, axis)
        self.epsilon = epsilon
        self.scale: Any = None

    def build(self, input_shape: Any) -> None:
        """Make the scale, a number for each place along the axes."""
        self.axis = sorted(self.axis) if isinstance(self.axis, list) else [self.axis]
        shape = [_size(self, input_shape, a) for a in self.axis]
        self.scale = self.add_weight("scale", shape, initializer="ones")

    def call(self, inputs: Any) -> Any:
        """The inputs, normalised."""
        x = ops.cast(inputs, self.dtype)
        axes = sorted(a % len(x.dims) for a in self.axis)
        square = ops.reduce_mean(ops.square(x), axes, keepdims=True)
        return x * ops.rsqrt(square + self.epsilon) * _spread(self.scale, axes, x)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "axis": self.axis, "epsilon": self.epsilon}


class UnitNormalization(Layer):
    """Gives the vectors along an axis length 1: ``x / sqrt(sum x²)``; vectors of zeros stay what they are.

    Args:
        axis: the axis, or the axes.

    Raises:
        TypeError: `axis` is no axis.

    >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.UnitNormalization()])
    >>> model.predict(np.array([[3.0, 4.0]]), verbose=0)
    array([[0.6, 0.8]], dtype=float32)
    """

    supports_masking = True

    def __init__(self, axis: int | Sequence[int] = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = _axes(self, axis)

    def call(self, inputs: Any) -> Any:
        """The inputs, divided by their lengths."""
        x = inputs if inputs.dtype.is_floating else ops.cast(inputs, self.dtype)
        return ops.l2_normalize(x, self.axis, epsilon=1e-24)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "axis": self.axis}
