"""Activations with arguments or weights of their own, as layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflow import activations
from kerasflow.core import ops, shapes
from kerasflow.layers.base import Layer
from kerasflow.layers.weighted import Weighted

__all__ = ["ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax", "ThresholdedReLU", "softmax_over"]


def _at_least_0(layer: Layer, value: Any, what: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not value >= 0:
        raise ValueError(f"{type(layer).__name__} takes a {what} of at least 0, got {value!r}.")
    return value


class ReLU(Layer):
    """The rectifier, ``max(x, 0)``, with a few more arguments.

    It is ``negative_slope (x - threshold)`` up to the threshold, `x` above, and `max_value` where that is less.

    Args:
        max_value: the largest value; None for no limit.
        negative_slope: the slope up to the threshold.
        threshold: where the rectifier opens.

    Raises:
        ValueError: an argument is negative.

    >>> layer = tf.keras.layers.ReLU(max_value=1.0, negative_slope=0.1)
    >>> model = tf.keras.Sequential([tf.keras.Input((3,)), layer])
    >>> model.predict(np.array([[-1.0, 0.5, 2.0]]), verbose=0)
    array([[-0.1,  0.5,  1. ]], dtype=float32)
    """

    supports_masking = True

    def __init__(
        self, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.max_value = None if max_value is None else _at_least_0(self, max_value, "max_value")
        self.negative_slope = _at_least_0(self, negative_slope, "negative_slope")
        self.threshold = _at_least_0(self, threshold, "threshold")

    def call(self, inputs: Any) -> Any:
        """The rectified inputs."""
        return activations.relu(inputs, self.negative_slope, self.max_value, self.threshold)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        names = ("max_value", "negative_slope", "threshold")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


class LeakyReLU(Layer):
    """`x` where it is positive, else ``negative_slope x``.

    Args:
        negative_slope: the slope below 0; `alpha` is its name in Keras 2.

    Raises:
        ValueError: the slope is negative.

    Source: Maas et al., "Rectifier nonlinearities improve neural network acoustic models", 2013, equation 2.

    >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.LeakyReLU(0.5)])
    >>> model.predict(np.array([[-1.0, 2.0]]), verbose=0)
    array([[-0.5,  2. ]], dtype=float32)
    """

    supports_masking = True

    def __init__(self, negative_slope: float = 0.3, *, alpha: float | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.negative_slope = _at_least_0(self, negative_slope if alpha is None else alpha, "negative_slope")

    def call(self, inputs: Any) -> Any:
        """``max(x, 0) + negative_slope min(x, 0)``."""
        return activations.leaky_relu(inputs, self.negative_slope)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "negative_slope": self.negative_slope}


class ELU(Layer):
    """`x` where it is positive, else ``alpha (e^x - 1)``.

    Args:
        alpha: the distance of the lowest value from 0.

    >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.ELU(2.0)])
    >>> model.predict(np.array([[-1.0, 2.0]]), verbose=0).round(4)
    array([[-1.2642,  2.    ]], dtype=float32)
    """

    supports_masking = True

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha = alpha

    def call(self, inputs: Any) -> Any:
        """The function of the inputs."""
        return activations.elu(inputs, float(self.alpha))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "alpha": self.alpha}


class ThresholdedReLU(Layer):
    """`x` where it is greater than `theta`, else 0. Keras 3 has no such layer, Keras 2 and TensorFlow 1 do.

    Args:
        theta: the threshold, at least 0.

    Raises:
        ValueError: the threshold is negative.

    Source: Konda et al., "Zero-bias autoencoders and the benefits of co-adapting features", 2015, section 3.

    >>> model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.ThresholdedReLU(1.5)])
    >>> model.predict(np.array([[1.0, 1.5, 2.0]]), verbose=0)
    array([[0., 0., 2.]], dtype=float32)
    """

    supports_masking = True

    def __init__(self, theta: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.theta = _at_least_0(self, theta, "theta")

    def call(self, inputs: Any) -> Any:
        """``x (x > theta)``."""
        return inputs * ops.cast(inputs > float(self.theta), inputs.dtype)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "theta": self.theta}


class PReLU(Weighted):
    """`x` where it is positive, else ``alpha x``; the slopes `alpha` are learnt.

    Args:
        alpha_initializer: where the slopes start, by default 0.
        alpha_regularizer, alpha_constraint: a penalty on them, and a projection applied after each update.
        shared_axes: axes, numbered from 1, along which there is one slope: ``[1, 2]`` for one slope for each channel of
            an image.

    Raises:
        ValueError: the size of another axis is not known.

    Source: He et al., "Delving deep into rectifiers", 2015, equation 1.

    >>> layer = tf.keras.layers.PReLU(alpha_initializer=tf.keras.initializers.Constant(0.5), shared_axes=[1])
    >>> layer(tf.keras.Input((7, 3))).shape.as_list(), layer.alpha.shape.as_list()
    ([None, 7, 3], [1, 3])
    """

    supports_masking = True

    def __init__(
        self,
        alpha_initializer: Any = "zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: int | Sequence[int] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.keep(
            alpha_initializer=alpha_initializer, alpha_regularizer=alpha_regularizer, alpha_constraint=alpha_constraint
        )
        given = [shared_axes] if isinstance(shared_axes, int) else shared_axes
        self.shared_axes = None if given is None else list(given)
        self.alpha: Any = None

    def build(self, input_shape: Any) -> None:
        """Make the slopes, one for each element of a sample, or of its axes that are not shared."""
        if input_shape is None:
            raise ValueError(f"PReLU layer {self.name!r} needs to know the shape of its input.")
        sizes = list(input_shape[1:])
        for axis in self.shared_axes or ():
            if not 1 <= axis <= len(sizes):
                raise ValueError(f"PReLU layer {self.name!r}: {axis} is no axis of a sample of {len(sizes)} axes.")
            sizes[axis - 1] = 1
        self.alpha = self.made("alpha", sizes)

    def call(self, inputs: Any) -> Any:
        """``max(x, 0) + alpha min(x, 0)``."""
        x = ops.cast(inputs, self.alpha.dtype)
        return ops.relu(x) - self.alpha * ops.relu(-x)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "shared_axes": self.shared_axes}


def softmax_over(x: Any, axis: int | Sequence[int], mask: Any = None, empty: bool = True) -> Any:
    """The softmax of `x` over one axis or several.

    Args:
        x: a floating-point tensor.
        axis: the axis or axes.
        mask: what counts, a tensor that broadcasts to `x`, boolean or with truth above a half; None if all does.
        empty: whether what does not count gets 0 also where nothing counts; otherwise all gets the same there.

    >>> from kerasflow.layers.rectifiers import softmax_over
    >>> tf.Session().run(softmax_over(tf.zeros([2, 2]), (0, 1), tf.constant([True, False])))
    array([[0.5, 0. ],
           [0.5, 0. ]], dtype=float32)
    """
    if mask is not None:
        kept = ops.broadcast_to(mask if mask.dtype.is_bool else mask > 0.5, ops.shape(x))
        lowest = -3e4 if x.dtype.name == "float16" else -1e9
        x = ops.where(kept, x, ops.fill(ops.shape(x), ops.cast(lowest, x.dtype)))
    if isinstance(axis, int):
        y = ops.softmax(x, axis)
    else:
        y = ops.exp(x - ops.reduce_logsumexp(x, list(axis), keepdims=True))
    return y if mask is None or not empty else ops.where(kept, y, ops.zeros_like(y))


class Softmax(Layer):
    """Numbers as probabilities, ``exp(x_i) / sum_j exp(x_j)``.

    Args:
        axis: the axis, or the axes, over which the result sums to 1.

    Called with a boolean `mask` that broadcasts to the input, what it leaves out gets 0 and has no share in the sum.

    Raises:
        ValueError: the mask does not broadcast to the input.

    >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Softmax()])
    >>> model.predict(np.array([[1.0, 1.0]]), verbose=0)
    array([[0.5, 0.5]], dtype=float32)
    """

    supports_masking = True

    def __init__(self, axis: int | Sequence[int] = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis if isinstance(axis, int) else list(axis)

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """The probabilities."""
        if mask is not None:
            self._check(inputs, mask)
        return softmax_over(inputs, self.axis, mask)

    def _check(self, inputs: Any, mask: Any) -> None:
        fits = inputs.dims is None or mask.dims is None or len(mask.dims) <= len(inputs.dims)
        pairs = zip(reversed(mask.dims or ()), reversed(inputs.dims or ()), strict=False)
        if not fits or any(m not in (1, None, n) and n is not None for m, n in pairs):
            raise ValueError(
                f"Softmax layer {self.name!r}: the mask of shape {shapes.show(mask.dims)} does not broadcast to the "
                f"input, {shapes.show(inputs.dims)}."
            )

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "axis": self.axis}
