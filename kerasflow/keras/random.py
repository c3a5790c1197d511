"""`tf.keras.random`: random numbers for the calls of layers."""

from __future__ import annotations

from typing import Any

from kerasflow.core import ops
from kerasflow.core.types import as_dtype

__all__ = ["SeedGenerator", "dropout", "normal", "randint", "truncated_normal", "uniform"]


class SeedGenerator:
    """Seeds for one function after the other, which with a `seed` are the same in every program.

    >>> seeds = tf.keras.random.SeedGenerator(7)
    >>> seeds.next(), seeds.next(), tf.keras.random.SeedGenerator(7).next()
    (7, 8, 7)
    """

    def __init__(self, seed: int | None = None, name: str | None = None) -> None:
        self.seed = seed
        self.name = name
        self._given = 0

    def next(self) -> int | None:
        """The next seed; None, for fresh numbers, if none was given."""
        self._given += 1
        return None if self.seed is None else self.seed + self._given - 1


def _seed(seed: Any) -> int | None:
    return seed.next() if isinstance(seed, SeedGenerator) else seed


def normal(shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None) -> Any:
    """Normally distributed numbers.

    >>> tf.keras.random.normal((2, 3), seed=1).shape.as_list()
    [2, 3]
    """
    return ops.random_normal(shape, mean, stddev, as_dtype(dtype or "float32"), _seed(seed))


def truncated_normal(shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None) -> Any:
    """Normally distributed numbers, those again that are more than two standard deviations away.

    >>> float(tf.Session().run(tf.reduce_max(tf.keras.random.truncated_normal((1000,), seed=1)))) < 2.0
    True
    """
    return ops.truncated_normal(shape, mean, stddev, as_dtype(dtype or "float32"), _seed(seed))


def uniform(shape: Any, minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: Any = None) -> Any:
    """Numbers of one probability between `minval` and `maxval`, which is left out.

    >>> float(tf.Session().run(tf.reduce_min(tf.keras.random.uniform((1000,), 2.0, 3.0, seed=1)))) >= 2.0
    True
    """
    return ops.random_uniform(shape, minval, maxval, as_dtype(dtype or "float32"), _seed(seed))


def randint(shape: Any, minval: int, maxval: int, dtype: Any = "int32", seed: Any = None) -> Any:
    """Whole numbers from `minval` up to `maxval`, which is left out.

    >>> sorted(set(tf.Session().run(tf.keras.random.randint((100,), 1, 4, seed=1)).tolist()))
    [1, 2, 3]
    """
    return ops.random_uniform(shape, minval, maxval, as_dtype(dtype), _seed(seed))


def dropout(inputs: Any, rate: float, noise_shape: Any = None, seed: Any = None) -> Any:
    """The inputs, of which each element is 0 with probability `rate`, and else divided by ``1 - rate``.

    >>> sorted(set(tf.Session().run(tf.keras.random.dropout(tf.ones([100]), 0.5, seed=1)).tolist()))
    [0.0, 2.0]
    """
    return ops.dropout(inputs, rate=rate, noise_shape=noise_shape, seed=_seed(seed))
