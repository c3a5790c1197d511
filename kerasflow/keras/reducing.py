"""Sums, means and the like along axes, as `keras.ops` has them: means are floats, positions are int32."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kerasflow.core import ops
from kerasflow.core.types import int32
from kerasflow.keras.arithmetic import alike, convert_to_tensor, floats, not_equal, numbers

__all__ = [
    "all",
    "any",
    "argmax",
    "argmin",
    "average",
    "count_nonzero",
    "cumsum",
    "logsumexp",
    "max",
    "mean",
    "min",
    "moments",
    "norm",
    "prod",
    "std",
    "sum",
    "var",
]

Axis = int | Sequence[int] | None


def _reduced(function: Callable[..., Any], x: Any, axis: Axis, keepdims: bool) -> Any:
    return function(x, axis=list(axis) if isinstance(axis, Sequence) else axis, keepdims=keepdims)


def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The sum along axes, by default all.

    >>> tf.Session().run(tf.keras.ops.sum([[1, 2], [3, 4]], axis=0))
    array([4, 6], dtype=int32)
    """
    return _reduced(ops.reduce_sum, numbers(x), axis, keepdims)


def prod(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The product along axes, by default all.

    >>> int(tf.Session().run(tf.keras.ops.prod([2, 3, 4])))
    24
    """
    return _reduced(ops.reduce_prod, numbers(x), axis, keepdims)


def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The mean along axes, by default all; a float.

    >>> tf.Session().run(tf.keras.ops.mean([[1, 2], [3, 4]], axis=-1))
    array([1.5, 3.5], dtype=float32)
    """
    return _reduced(ops.reduce_mean, floats(x), axis, keepdims)


def var(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The variance along axes: the mean of the squared differences from the mean.

    >>> float(tf.Session().run(tf.keras.ops.var([1, 3])))
    1.0
    """
    return _reduced(ops.reduce_variance, floats(x), axis, keepdims)


def std(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The square root of the variance.

    >>> float(tf.Session().run(tf.keras.ops.std([1, 5])))
    2.0
    """
    return _reduced(ops.reduce_std, floats(x), axis, keepdims)


def max(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The largest number along axes, by default all.

    >>> int(tf.Session().run(tf.keras.ops.max([1, 5, 3])))
    5
    """
    return _reduced(ops.reduce_max, convert_to_tensor(x), axis, keepdims)


def min(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The smallest number along axes, by default all.

    >>> int(tf.Session().run(tf.keras.ops.min([1, 5, 3])))
    1
    """
    return _reduced(ops.reduce_min, convert_to_tensor(x), axis, keepdims)


def all(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Whether everything along axes is true, or not 0.

    >>> bool(tf.Session().run(tf.keras.ops.all([1, 0])))
    False
    """
    return _reduced(ops.reduce_all, convert_to_tensor(x, "bool"), axis, keepdims)


def any(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Whether anything along axes is true, or not 0.

    >>> bool(tf.Session().run(tf.keras.ops.any([1, 0])))
    True
    """
    return _reduced(ops.reduce_any, convert_to_tensor(x, "bool"), axis, keepdims)


def count_nonzero(x: Any, axis: Axis = None) -> Any:
    """How many numbers along axes are not 0.

    >>> int(tf.Session().run(tf.keras.ops.count_nonzero([1, 0, 2])))
    2
    """
    return sum(not_equal(convert_to_tensor(x), 0), axis)


def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """``log(sum(exp(x)))`` along axes, without overflow.

    >>> float(tf.Session().run(tf.keras.ops.logsumexp([1000.0, 1000.0]))) - 1000.0  # log 2
    0.693...
    """
    return _reduced(ops.reduce_logsumexp, floats(x), axis, keepdims)


def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """Where the largest number is along an axis; by default in all numbers, one after the other.

    >>> int(tf.Session().run(tf.keras.ops.argmax([[1.0, 2.0], [5.0, 3.0]])))
    2
    """
    return _place(ops.argmax, x, axis, keepdims)


def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """Where the smallest number is along an axis; by default in all numbers, one after the other.

    >>> tf.Session().run(tf.keras.ops.argmin([[1.0, 2.0], [5.0, 3.0]], axis=1))
    array([0, 1], dtype=int32)
    """
    return _place(ops.argmin, x, axis, keepdims)


def _place(function: Callable[..., Any], x: Any, axis: int | None, keepdims: bool) -> Any:
    tensor = convert_to_tensor(x)
    flat = ops.reshape(tensor, [-1]) if axis is None else tensor
    found = function(flat, 0 if axis is None else axis, output_type=int32)
    if not keepdims:
        return found
    return ops.expand_dims(found, axis) if axis is not None else ops.reshape(found, [1] * len(tensor.dims))


def cumsum(x: Any, axis: int | None = None) -> Any:
    """Sums of all numbers up to each, along an axis; by default of all numbers, one after the other.

    >>> tf.Session().run(tf.keras.ops.cumsum([1, 2, 3]))
    array([1, 3, 6], dtype=int32)
    """
    tensor = numbers(x)
    return ops.cumsum(ops.reshape(tensor, [-1])) if axis is None else ops.cumsum(tensor, axis)


def average(x: Any, axis: Axis = None, weights: Any = None) -> Any:
    """The mean along axes, weighted: ``sum(weights * x) / sum(weights)``.

    >>> float(tf.Session().run(tf.keras.ops.average([1.0, 3.0], weights=[3.0, 1.0])))
    1.5
    """
    if weights is None:
        return mean(x, axis)
    values, scale = alike(floats(x), weights)
    return ops.truediv(sum(values * scale, axis), sum(ops.ones_like(values) * scale, axis))


def moments(x: Any, axes: Axis, keepdims: bool = False) -> tuple[Any, Any]:
    """The mean and the variance along axes.

    >>> [float(v) for v in tf.Session().run(tf.keras.ops.moments([1.0, 3.0], axes=[0]))]
    [2.0, 1.0]
    """
    return mean(x, axes, keepdims), var(x, axes, keepdims)


def norm(x: Any, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Any:
    """The norm of vectors: by default the root of the sum of the squares.

    Args:
        ord: 1, 2 or infinity; of a matrix only the default and "fro".

    >>> float(tf.Session().run(tf.keras.ops.norm([3.0, 4.0])))
    5.0
    """
    return ops.norm(floats(x), "euclidean" if ord in (None, "fro") else ord, axis=axis, keepdims=keepdims)
