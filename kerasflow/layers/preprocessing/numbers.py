"""Numbers brought to a common scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflow.core import ops, shapes
from kerasflow.core.weights import evaluate
from kerasflow.layers.preprocessing.base import Array, Preprocessing

__all__ = ["Normalization", "Rescaling"]

_EPSILON = 1e-7  # the least standard deviation that is divided by


class Normalization(Preprocessing):
    """Gives each feature mean 0 and variance 1, by the mean and variance of data that were seen before.

    ``(x - mean) / max(sqrt(variance), 1e-7)``; the moments are those that `adapt` found, or that are given.

    Args:
        axis: the axis, or the axes, whose places have moments of their own; None for the same for all numbers.
        mean, variance: the moments, both or neither.
        invert: whether normalised numbers are brought back: ``x max(sqrt(variance), 1e-7) + mean``.

    Raises:
        ValueError: only one of the moments is given, or their shapes differ or do not fit the input.

    >>> layer = tf.keras.layers.Normalization()
    >>> layer.adapt(np.array([[0.0, 10.0], [2.0, 30.0]]))
    >>> model = tf.keras.Sequential([tf.keras.Input((2,)), layer])
    >>> model.predict(np.array([[1.0, 40.0]]), verbose=0)
    array([[0., 2.]], dtype=float32)
    """

    supports_masking = True
    lists_are_batches = True

    def __init__(
        self,
        axis: int | Sequence[int] | None = -1,
        mean: Any = None,
        variance: Any = None,
        invert: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.axis = () if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
        self.input_mean = None if mean is None else np.asarray(mean)
        self.input_variance = None if variance is None else np.asarray(variance)
        self.invert = invert
        given = [None if m is None else m.shape for m in (self.input_mean, self.input_variance)]
        if (given[0] is None) != (given[1] is None) or given[0] != given[1]:
            raise ValueError(
                f"Normalization needs a mean and a variance of one shape, or neither; got {mean!r} and {variance!r}."
            )
        if given[0] is not None and len(given[0]) > len(self.axis):
            raise ValueError(f"Normalization by a mean of shape {given[0]} needs as many axes; got axis={self.axis}.")
        self.adapt_mean: Any = None
        self.adapt_variance: Any = None
        self.count: Any = None
        self._seen = 0

    def build(self, input_shape: Any) -> None:
        """Make the mean and the variance, unless they were given."""
        dims = shapes.as_dims(input_shape)
        rank = -1 if dims is None else len(dims)
        if dims is None or any(not -rank <= a < rank for a in self.axis):
            raise ValueError(
                f"Normalization layer {self.name!r} has the axis {self.axis}; there is none in the shape "
                f"{shapes.show(dims)}."
            )
        self._input_shape = dims
        self._kept = sorted(a % rank for a in self.axis)
        sizes = [dims[a] for a in self._kept]
        if None in sizes:
            raise ValueError(
                f"Normalization layer {self.name!r} needs to know the sizes along its axes {self.axis}; got the shape "
                f"{shapes.show(dims)}."
            )
        if self.input_mean is None:
            self.adapt_mean = self.add_weight("mean", sizes, initializer="zeros", trainable=False)
            self.adapt_variance = self.add_weight("variance", sizes, initializer="ones", trainable=False)
            self.count = self.add_weight("count", (), "int32", "zeros", trainable=False)

    def call(self, inputs: Any) -> Any:
        """The normalised inputs, or what they were before."""
        x = ops.cast(inputs, self.dtype)
        mean, variance = self._moments(len(x.dims))
        deviation = ops.maximum(ops.sqrt(variance), _EPSILON)
        return x * deviation + mean if self.invert else (x - mean) / deviation

    @property
    def mean(self) -> Array | None:
        """The mean, shaped so that it broadcasts to the data; None before the layer is built.

        >>> layer = tf.keras.layers.Normalization()
        >>> layer.adapt(np.array([[0.0, 10.0], [2.0, 30.0]]))
        >>> layer.mean, layer.variance
        (array([[ 1., 20.]], dtype=float32), array([[  1., 100.]], dtype=float32))
        """
        return self._shown()[0]

    @property
    def variance(self) -> Array | None:
        """The variance, as the mean."""
        return self._shown()[1]

    def _shown(self) -> tuple[Any, Any]:
        return evaluate(lambda: self._moments(len(self._input_shape))) if self.built else (None, None)

    def _moments(self, rank: int) -> tuple[Any, Any]:
        """The mean and the variance, so that they broadcast to a tensor with that many axes."""
        given = (self.input_mean, self.input_variance)
        column = [1] * rank
        for axis in self._kept:
            column[axis] = self._input_shape[axis]
        if given[0] is None:
            return ops.reshape(self.adapt_mean, column), ops.reshape(self.adapt_variance, column)
        spread = [1] * rank
        for axis, size in zip(reversed(self._kept), reversed(given[0].shape), strict=False):
            spread[axis] = size
        if any(m not in (1, n) for m, n in zip(spread, column, strict=True)):
            raise ValueError(
                f"Normalization layer {self.name!r}: a mean of shape {given[0].shape} does not fit inputs of the shape "
                f"{shapes.show(self._input_shape)} along the axes {self.axis}."
            )
        mean, variance = (ops.constant(np.reshape(m, spread), self.dtype) for m in given)
        return mean, variance

    # Adapting.

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Find the mean and the variance of `data`, for `Preprocessing.adapt` says of what kinds.

        Raises:
            ValueError: the moments were given, or the shape of the data is not the layer's.
        """
        if self.input_mean is not None:
            raise ValueError(f"Normalization layer {self.name!r} was given its mean and variance; it does not adapt.")
        super().adapt(data, steps)

    def reset_state(self) -> None:
        """Forget what was seen."""
        self._seen = 0
        self._mean: Any = 0.0
        self._variance: Any = 0.0

    def update_state(self, data: Array) -> None:
        """Add a batch to the moments, which are kept in float64."""
        if not self.built:
            self.build((None, *data.shape[1:]) if 0 not in [a % max(data.ndim, 1) for a in self.axis] else data.shape)
        known = [self._input_shape[a] for a in self._kept]
        if data.ndim != len(self._input_shape) or [data.shape[a] for a in self._kept] != known:
            raise ValueError(
                f"Normalization layer {self.name!r} takes the shape {shapes.show(self._input_shape)}; it cannot adapt "
                f"to data of the shape {data.shape}."
            )
        others = tuple(i for i in range(data.ndim) if i not in self._kept)
        count = int(np.prod([data.shape[i] for i in others]))
        if not count:
            return
        mean = data.mean(others, dtype=np.float64)
        variance = data.var(others, dtype=np.float64)
        self._seen += count
        share = count / self._seen
        change = mean - self._mean
        self._variance = (1 - share) * self._variance + share * variance + share * (1 - share) * change**2
        self._mean = self._mean + share * change

    def finalize_state(self) -> None:
        """Set the mean and the variance."""
        if not self._seen:
            raise ValueError(f"Normalization layer {self.name!r} has nothing to adapt to: there are no data.")
        self.adapt_mean.assign(np.asarray(self._mean, self.dtype.numpy))
        self.adapt_variance.assign(np.asarray(self._variance, self.dtype.numpy))

    def get_build_config(self) -> dict[str, Any] | None:
        """The shape that the layer was built for."""
        return {"input_shape": list(self._input_shape)} if self.built else None

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        moments = {"mean": self.input_mean, "variance": self.input_variance}
        plain = {name: None if m is None else m.tolist() for name, m in moments.items()}
        return {**super().get_config(), "axis": self.axis, "invert": self.invert, **plain}


class Rescaling(Preprocessing):
    """``scale x + offset``.

    Args:
        scale: a number, or one for each place of the last axes.
        offset: likewise.

    >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Rescaling(1 / 255.0)])
    >>> model.predict(np.array([[0, 255]]), verbose=0)
    array([[0., 1.]], dtype=float32)
    """

    supports_masking = True

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = scale
        self.offset = offset

    def call(self, inputs: Any) -> Any:
        """The rescaled inputs."""
        scale, offset = (ops.constant(np.asarray(v), self.dtype) for v in (self.scale, self.offset))
        return ops.cast(inputs, self.dtype) * scale + offset

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Nothing: the layer does not learn."""

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        plain = {name: np.asarray(getattr(self, name)).tolist() for name in ("scale", "offset")}
        return {**super().get_config(), **plain}
