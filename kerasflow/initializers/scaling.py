"""Initializers whose spread depends on the shape, and the family named after those who proposed them."""

from __future__ import annotations

import math
from typing import Any

from kerasflow.core import ops, types
from kerasflow.core.naming import did_you_mean
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType
from kerasflow.initializers.base import Initializer

__all__ = [
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "LecunNormal",
    "LecunUniform",
    "UniformUnitScaling",
    "VarianceScaling",
    "fans",
]

_TRUNCATED_STDDEV = 0.87962566103423978  # of the standard normal distribution cut off at -2 and 2
_MODES = ("fan_in", "fan_out", "fan_avg")
_DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform", "normal")


class VarianceScaling(Initializer):
    """Draws with the variance ``scale / n``, n the fan-in, the fan-out or their mean, so that signals keep their size.

    Args:
        scale: above 0.
        mode: ``"fan_in"``, ``"fan_out"`` or ``"fan_avg"``.
        distribution: ``"truncated_normal"`` (also called ``"normal"``), whose standard deviation after the cut is the
            root of the variance; ``"untruncated_normal"``; or ``"uniform"`` on ``sqrt(3 scale / n)`` to both sides.
        seed: the seed of the random operation, see `tf.set_random_seed`.
        dtype: the type of the values where a call does not say, a floating-point one.

    Raises:
        ValueError: `scale`, `mode` or `distribution` is none of these.

    >>> init = tf.variance_scaling_initializer(scale=2.0, mode="fan_in", distribution="uniform")
    >>> bool(abs(tf.Session().run(init([600, 10]))).max() <= 0.1)
    True
    """

    arguments: tuple[str, ...] = ("scale", "mode", "distribution", "seed")

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
        dtype: Any = types.float32,
    ) -> None:
        super().__init__(dtype)
        if not scale > 0:
            raise ValueError(f"scale must be above 0, got {scale!r}.")
        self.scale, self.seed = scale, seed
        self.mode = _one_of("mode", mode, _MODES)
        self.distribution = _one_of("distribution", distribution, _DISTRIBUTIONS)

    def make(self, shape: tuple[Any, ...], dtype: DType) -> Tensor:
        """The tensor."""
        if not dtype.is_floating:
            raise TypeError(f"{type(self).__name__} draws floating-point numbers, not {dtype.name}.")
        fan_in, fan_out = fans(shape)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, n)
        if self.distribution == "uniform":
            limit = math.sqrt(3.0 * variance)
            return ops.random_uniform(shape, -limit, limit, dtype, self.seed)
        if self.distribution == "untruncated_normal":
            return ops.random_normal(shape, 0.0, math.sqrt(variance), dtype, self.seed)
        return ops.truncated_normal(shape, 0.0, math.sqrt(variance) / _TRUNCATED_STDDEV, dtype, self.seed)


def _one_of(argument: str, value: Any, names: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value.lower() not in names:
        close = did_you_mean(str(value), names)
        raise ValueError(f"{argument} must be one of {', '.join(names)}; got {value!r}.{close}")
    return value.lower()


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Fan-in and fan-out of a weight: how many inputs an output sums over, and how many outputs an input feeds.

    >>> from kerasflow.initializers.scaling import fans
    >>> fans((3, 4)), fans((5, 5, 3, 4)), fans((7,))
    ((3, 4), (75, 100), (7, 7))
    """
    if len(shape) < 2:
        return (shape[0], shape[0]) if shape else (1, 1)
    field = math.prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field


class UniformUnitScaling(Initializer):
    """Draws uniformly from ``+-f sqrt(3 / n)``, n the product of all sizes but the last: signals keep their size.

    Args:
        factor: f; what a non-linearity that follows needs.
        seed: the seed of the random operation, see `tf.set_random_seed`.
        dtype: the type of the values where a call does not say, a floating-point one.

    Source: Sussillo and Abbott, "Random walk initialization for training very deep feedforward networks", 2014.

    >>> init = tf.uniform_unit_scaling_initializer(2.0)
    >>> bool(abs(tf.Session().run(init([300, 10]))).max() <= 0.2)
    True
    """

    arguments: tuple[str, ...] = ("factor", "seed")

    def __init__(self, factor: float = 1.0, seed: int | None = None, dtype: Any = types.float32) -> None:
        super().__init__(dtype)
        self.factor, self.seed = factor, seed

    def make(self, shape: tuple[Any, ...], dtype: DType) -> Tensor:
        """The tensor."""
        if not dtype.is_floating:
            raise TypeError(f"{type(self).__name__} draws floating-point numbers, not {dtype.name}.")
        limit = self.factor * math.sqrt(3.0 / max(1.0, float(math.prod(shape[:-1]))))
        return ops.random_uniform(shape, -limit, limit, dtype, self.seed)


class GlorotUniform(VarianceScaling):
    """Draws uniformly from ``[-a, a)``, ``a = sqrt(6 / (fan-in + fan-out))``: the variance is 2 / (fan-in + fan-out).

    It keeps signals and gradients of linear units in size.

    Args:
        seed: the seed of the random operation, see `tf.set_random_seed`.
        dtype: the type of the values where a call does not say, a floating-point one.

    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010,
    equation 16.
    """

    arguments = ("seed",)

    def __init__(self, seed: int | None = None, dtype: Any = types.float32) -> None:
        super().__init__(1.0, "fan_avg", "uniform", seed, dtype)


class GlorotNormal(VarianceScaling):
    """Draws from a truncated normal distribution of variance ``2 / (fan-in + fan-out)`` after the cut.

    It keeps signals and gradients of linear units in size.

    Args:
        seed: the seed of the random operation, see `tf.set_random_seed`.
        dtype: the type of the values where a call does not say, a floating-point one.

    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010,
    equation 16.
    """

    arguments = ("seed",)

    def __init__(self, seed: int | None = None, dtype: Any = types.float32) -> None:
        super().__init__(1.0, "fan_avg", "truncated_normal", seed, dtype)


class HeUniform(VarianceScaling):
    """Draws uniformly from ``[-a, a)``, ``a = sqrt(6 / fan-in)``: the variance is 2 / fan-in.

    It keeps signals in size where rectifiers halve them.

    Args:
        seed: the seed of the random operation, see `tf.set_random_seed`.
        dtype: the type of the values where a call does not say, a floating-point one.

    Source: He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015, equation 10.
    """

    arguments = ("seed",)

    def __init__(self, seed: int | None = None, dtype: Any = types.float32) -> None:
        super().__init__(2.0, "fan_in", "uniform", seed, dtype)


class HeNormal(VarianceScaling):
    """Draws from a truncated normal distribution of variance ``2 / fan-in`` after the cut.

    It keeps signals in size where rectifiers halve them.

    Args:
        seed: the seed of the random operation, see `tf.set_random_seed`.
        dtype: the type of the values where a call does not say, a floating-point one.

    Source: He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015, equation 10.
    """

    arguments = ("seed",)

    def __init__(self, seed: int | None = None, dtype: Any = types.float32) -> None:
        super().__init__(2.0, "fan_in", "truncated_normal", seed, dtype)


class LecunUniform(VarianceScaling):
    """Draws uniformly from ``[-a, a)``, ``a = sqrt(3 / fan-in)``: the variance is 1 / fan-in.

    It keeps signals of linear or self-normalizing units in size.

    Args:
        seed: the seed of the random operation, see `tf.set_random_seed`.
        dtype: the type of the values where a call does not say, a floating-point one.

    Source: LeCun, Bottou, Orr and Mueller, "Efficient BackProp", 1998, section 4.6.
    """

    arguments = ("seed",)

    def __init__(self, seed: int | None = None, dtype: Any = types.float32) -> None:
        super().__init__(1.0, "fan_in", "uniform", seed, dtype)


class LecunNormal(VarianceScaling):
    """Draws from a truncated normal distribution of variance ``1 / fan-in`` after the cut.

    It keeps signals of linear or self-normalizing units in size.

    Args:
        seed: the seed of the random operation, see `tf.set_random_seed`.
        dtype: the type of the values where a call does not say, a floating-point one.

    Source: LeCun, Bottou, Orr and Mueller, "Efficient BackProp", 1998, section 4.6.
    """

    arguments = ("seed",)

    def __init__(self, seed: int | None = None, dtype: Any = types.float32) -> None:
        super().__init__(1.0, "fan_in", "truncated_normal", seed, dtype)
