"""Initializers that draw from a distribution which does not depend on the shape, and orthogonal matrices."""

from __future__ import annotations

import math
from typing import Any

from kerasflow.core import ops, shapes, types
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType
from kerasflow.initializers.base import Initializer

__all__ = [
    "Orthogonal",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "random_normal_initializer",
    "random_uniform_initializer",
    "truncated_normal_initializer",
]


class RandomNormal(Initializer):
    """Draws from the normal distribution.

    Args:
        mean, stddev: its mean and standard deviation.
        seed: the seed of the random operation, see `tf.set_random_seed`.
        dtype: the type of the values where a call does not say, a floating-point one.

    >>> tf.Session().run(tf.keras.initializers.RandomNormal(seed=7)([2])).round(4)
    array([-0.0023, -0.0602], dtype=float32)
    """

    arguments = ("mean", "stddev", "seed")

    def __init__(
        self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None, dtype: Any = types.float32
    ) -> None:
        super().__init__(dtype)
        self.mean, self.stddev, self.seed = mean, stddev, seed

    def make(self, shape: tuple[Any, ...], dtype: DType) -> Tensor:
        """The tensor."""
        return ops.random_normal(shape, self.mean, self.stddev, dtype, self.seed)


class TruncatedNormal(RandomNormal):
    """Draws from the normal distribution; what lies two standard deviations off the mean or more is drawn again.

    Args:
        mean, stddev: the mean, and the standard deviation before anything is cut off.
        seed: the seed of the random operation, see `tf.set_random_seed`.
        dtype: the type of the values where a call does not say, a floating-point one.

    >>> w = tf.Session().run(tf.keras.initializers.TruncatedNormal(stddev=1.0)([1000]))
    >>> bool(abs(w).max() < 2.0)
    True
    """

    def make(self, shape: tuple[Any, ...], dtype: DType) -> Tensor:
        """The tensor."""
        return ops.truncated_normal(shape, self.mean, self.stddev, dtype, self.seed)


class RandomUniform(Initializer):
    """Draws from the uniform distribution on ``[minval, maxval)``.

    Args:
        minval, maxval: the bounds.
        seed: the seed of the random operation, see `tf.set_random_seed`.
        dtype: the type of the values where a call does not say.

    >>> tf.Session().run(tf.keras.initializers.RandomUniform(0.0, 1.0, seed=7)([2])).round(4)
    array([0.4839, 0.5062], dtype=float32)
    """

    arguments = ("minval", "maxval", "seed")

    def __init__(
        self, minval: Any = -0.05, maxval: Any = 0.05, seed: int | None = None, dtype: Any = types.float32
    ) -> None:
        super().__init__(dtype)
        self.minval, self.maxval, self.seed = minval, maxval, seed

    def make(self, shape: tuple[Any, ...], dtype: DType) -> Tensor:
        """The tensor."""
        return ops.random_uniform(shape, self.minval, self.maxval, dtype, self.seed)


class Orthogonal(Initializer):
    """A random matrix with orthonormal columns, or rows if it has fewer of these, times a number.

    It is the Q of a normally distributed matrix, with signs that make the diagonal of R positive, so every direction
    is equally likely. Of an array with more axes, all but the last are rows.

    Args:
        gain: the number.
        seed: the seed of the random operation, see `tf.set_random_seed`.
        dtype: the type of the values where a call does not say, a floating-point one.

    Raises:
        ValueError: the shape has less than two axes.

    Source: Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural
    networks", 2014; Mezzadri, "How to generate random matrices from the classical compact groups", 2007.

    >>> q = tf.Session().run(tf.orthogonal_initializer()([3, 2]))
    >>> abs((q.T @ q).round(5))
    array([[1., 0.],
           [0., 1.]], dtype=float32)
    """

    arguments = ("gain", "seed")

    def __init__(self, gain: float = 1.0, seed: int | None = None, dtype: Any = types.float32) -> None:
        super().__init__(dtype)
        self.gain, self.seed = gain, seed

    def make(self, shape: tuple[Any, ...], dtype: DType) -> Tensor:
        """The tensor."""
        if len(shape) < 2:
            raise ValueError(f"Orthogonal makes arrays of two axes or more, not of shape {shapes.show(shape)}.")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        drawn = ops.random_normal((max(rows, columns), min(rows, columns)), dtype=dtype, seed=self.seed)
        q, r = ops.qr(drawn)
        q = q * ops.sign(ops.diag_part(r))
        return self.gain * ops.reshape(ops.matrix_transpose(q) if rows < columns else q, shape)


# Under the graph API's names the defaults are those of the graph API's functions.


class random_normal_initializer(RandomNormal):
    """`RandomNormal` with a standard deviation of 1 by default."""

    def __init__(
        self, mean: float = 0.0, stddev: float = 1.0, seed: int | None = None, dtype: Any = types.float32
    ) -> None:
        super().__init__(mean, stddev, seed, dtype)


class truncated_normal_initializer(TruncatedNormal):
    """`TruncatedNormal` with a standard deviation of 1 by default."""

    def __init__(
        self, mean: float = 0.0, stddev: float = 1.0, seed: int | None = None, dtype: Any = types.float32
    ) -> None:
        super().__init__(mean, stddev, seed, dtype)


class random_uniform_initializer(RandomUniform):
    """`RandomUniform` on [0, 1) by default; integers need a `maxval`."""

    def __init__(
        self, minval: Any = 0, maxval: Any = None, seed: int | None = None, dtype: Any = types.float32
    ) -> None:
        super().__init__(minval, maxval, seed, dtype)
