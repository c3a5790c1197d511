"""Noise, in training only: what a network must not rely on; and a penalty on what passes through."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasflow.core import ops
from kerasflow.layers.base import Layer
from kerasflow.layers.core import Dropout
from kerasflow.layers.upsampling import sizes_of
from kerasflow.layers.weighted import Weighted, data_format_of, sized
from kerasflow.regularizers import L1L2

__all__ = [
    "ActivityRegularization",
    "AlphaDropout",
    "GaussianDropout",
    "GaussianNoise",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
]


class _Noise(Layer):
    """A layer that changes its inputs in training; `training` may be a tensor."""

    supports_masking = True
    seed: int | None

    def call(self, inputs: Any, training: Any = False) -> Any:
        """The inputs, with noise if `training`."""
        x = inputs if inputs.dtype.is_floating else ops.cast(inputs, self.dtype)
        if isinstance(training, (bool, int, np.bool_)):
            return self.noisy(x) if training else ops.identity(x)
        return ops.where(ops.cast(training, "bool"), self.noisy(x), x)

    def noisy(self, x: Any) -> Any:
        """What training sees in the place of `x`."""
        raise NotImplementedError

    def share(self, rate: float) -> float:
        """`rate`, which has to be in [0, 1). ValueError otherwise."""
        if isinstance(rate, bool) or not isinstance(rate, (int, float, np.number)) or not 0 <= rate < 1:
            raise ValueError(f"{type(self).__name__} takes a rate of at least 0 and less than 1, got {rate!r}.")
        return rate


class GaussianNoise(_Noise):
    """In training, adds normally distributed numbers of mean 0.

    Args:
        stddev: their standard deviation, at least 0.
        seed: for the same numbers in every session.

    Raises:
        ValueError: `stddev` is negative.

    >>> model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.GaussianNoise(0.5)])
    >>> model.predict(np.ones((1, 3)), verbose=0)
    array([[1., 1., 1.]], dtype=float32)
    """

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(stddev, (int, float, np.number)) or not stddev >= 0:
            raise ValueError(f"GaussianNoise takes a stddev of at least 0, got {stddev!r}.")
        self.stddev = stddev
        self.seed = seed

    def noisy(self, x: Any) -> Any:
        """``x + stddev n``, n being standard normal."""
        return x + ops.random_normal(ops.shape(x), 0.0, float(self.stddev), x.dtype, self.seed)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "stddev": self.stddev, "seed": self.seed}


class GaussianDropout(_Noise):
    """In training, multiplies by normally distributed numbers of mean 1.

    Their standard deviation, ``sqrt(rate / (1 - rate))``, is that of the factors of `Dropout`.

    Args:
        rate: in [0, 1).
        seed: for the same numbers in every session.

    Raises:
        ValueError: the rate is outside [0, 1).

    Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014, section 10.

    >>> model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.GaussianDropout(0.5)])
    >>> model.predict(np.ones((1, 3)), verbose=0)
    array([[1., 1., 1.]], dtype=float32)
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = self.share(rate)
        self.seed = seed

    def noisy(self, x: Any) -> Any:
        """``x (1 + n sqrt(rate / (1 - rate)))``, n being standard normal."""
        deviation = math.sqrt(self.rate / (1.0 - self.rate))
        return x * ops.random_normal(ops.shape(x), 1.0, deviation, x.dtype, self.seed)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}


class AlphaDropout(_Noise):
    """In training, sets elements to the value that SELU has far below 0, and keeps the mean and the variance.

    What `Dropout` is for other networks, this is for those with the activation `selu`: for inputs of mean 0 and
    variance 1 these stay what they are.

    Args:
        rate: the share that is set, in [0, 1).
        noise_shape: the shape of the mask, broadcast to the input's; None, also for one axis, is as the input's.
        seed: for the same masks in every session.

    Raises:
        ValueError: the rate is outside [0, 1).

    Source: Klambauer et al., "Self-normalizing neural networks", 2017, section 3.

    >>> model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.AlphaDropout(0.5)])
    >>> model.predict(np.ones((1, 3)), verbose=0)
    array([[1., 1., 1.]], dtype=float32)
    """

    lowest = -1.6732632423543772 * 1.0507009873554805

    def __init__(self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = self.share(rate)
        self.noise_shape = noise_shape
        self.seed = seed

    def noisy(self, x: Any) -> Any:
        """``a x + b`` where it is kept, ``a lowest + b`` elsewhere."""
        scale = ((1.0 - self.rate) * (1.0 + self.rate * self.lowest**2)) ** -0.5
        offset = -scale * self.lowest * self.rate
        sizes = sizes_of(x)
        if self.noise_shape is not None:
            sizes = [own if n is None else n for own, n in zip(sizes, self.noise_shape, strict=True)]
        kept = ops.cast(ops.random_uniform(sizes, dtype=x.dtype, seed=self.seed) >= self.rate, x.dtype)
        return scale * (x * kept + self.lowest * (1.0 - kept)) + offset

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        own = {"rate": self.rate, "seed": self.seed, "noise_shape": self.noise_shape}
        return {**super().get_config(), **own}


class _SpatialDropout(Dropout):
    rank = 1
    data_format = "channels_last"

    def __init__(
        self, rate: float, seed: int | None = None, name: str | None = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(rate, seed=seed, name=name, dtype=dtype, **kwargs)

    def call(self, inputs: Any, training: Any = False) -> Any:
        """The inputs, in training without some of their channels."""
        dims = sized(self, inputs.dims, self.rank + 2, f"a batch with {self.data_format.replace('_', ' ')}")
        channels = 1 if self.data_format == "channels_first" else len(dims) - 1
        self.noise_shape = [None if i in (0, channels) else 1 for i in range(len(dims))]
        return super().call(inputs, training)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {name: value for name, value in super().get_config().items() if name not in ("noise_shape", "trainable")}


class SpatialDropout1D(_SpatialDropout):
    """In training, drops whole channels of a sequence, and scales the others by ``1 / (1 - rate)``.

    Args:
        rate: the share that is dropped, in [0, 1).
        seed: for the same masks in every session.

    Raises:
        ValueError: the rate is outside [0, 1), or the input has not three axes.

    Source: Tompson et al., "Efficient object localization using convolutional networks", 2015, section 3.2.

    >>> x = tf.ones([1, 3, 4])
    >>> y = tf.Session().run(tf.keras.layers.SpatialDropout1D(0.5)(x, training=True))
    >>> bool((y == y[:, :1]).all())  # a channel is there at all steps or at none
    True
    """


class SpatialDropout2D(_SpatialDropout):
    """In training, drops whole channels of an image, and scales the others by ``1 / (1 - rate)``.

    Args:
        rate: the share that is dropped, in [0, 1).
        data_format: ``"channels_last"`` or ``"channels_first"``.
        seed: for the same masks in every session.

    >>> tf.keras.layers.SpatialDropout2D(0.2)(tf.keras.Input((28, 28, 3))).shape.as_list()
    [None, 28, 28, 3]
    """

    rank = 2

    def __init__(self, rate: float, data_format: str | None = None, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(rate, seed, **kwargs)
        self.data_format = data_format_of(self, data_format)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "data_format": self.data_format}


class SpatialDropout3D(SpatialDropout2D):
    """In training, drops whole channels of a volume, and scales the others by ``1 / (1 - rate)``.

    Args:
        rate, data_format, seed: as for `SpatialDropout2D`.

    >>> tf.keras.layers.SpatialDropout3D(0.2)(tf.keras.Input((4, 4, 4, 3))).shape.as_list()
    [None, 4, 4, 4, 3]
    """

    rank = 3


class ActivityRegularization(Weighted):
    """The inputs themselves; a penalty on them joins the loss, its mean over the samples.

    Args:
        l1: the factor of the sum of absolute values.
        l2: the factor of the sum of squares.

    Raises:
        ValueError: a factor is negative or not finite.

    >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.ActivityRegularization(l1=0.1)])
    >>> model.compile("sgd", "mse")
    >>> round(model.evaluate(np.array([[1.0, 2.0]]), np.array([[1.0, 2.0]]), verbose=0), 6)
    0.3
    """

    supports_masking = True

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.keep()
        self.activity_regularizer = L1L2(l1, l2)
        self.l1 = l1
        self.l2 = l2

    def call(self, inputs: Any) -> Any:
        """The inputs."""
        return ops.identity(inputs)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        config = super().get_config()
        del config["activity_regularizer"]  # the two numbers say it
        return {**config, "l1": self.l1, "l2": self.l2}
