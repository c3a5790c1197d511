"""How weights start and what they cost, as in `tf.contrib.layers`: functions that give functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from kerasflow.core import ops, types
from kerasflow.core.graph import convert, default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.scopes import name_scope
from kerasflow.core.types import as_dtype
from kerasflow.initializers.scaling import fans

__all__ = [
    "apply_regularization",
    "l1_l2_regularizer",
    "l1_regularizer",
    "l2_regularizer",
    "sum_regularizer",
    "variance_scaling_initializer",
    "xavier_initializer",
    "xavier_initializer_conv2d",
]

_MODES = ("FAN_IN", "FAN_OUT", "FAN_AVG")
Penalty = Callable[[Any], Any]


def variance_scaling_initializer(
    factor: float = 2.0,
    mode: str = "FAN_IN",
    uniform: bool = False,
    seed: int | None = None,
    dtype: Any = types.float32,
) -> Callable[..., Any]:
    """An initializer of variance ``factor / n``, n the fan-in, the fan-out or their mean.

    With `uniform` it draws uniformly in ``+-sqrt(3 factor / n)``, otherwise from a normal distribution of the standard
    deviation ``sqrt(1.3 factor / n)`` that is cut off at twice that.

    Args:
        factor: 2 for rectifiers, 1 for tanh.
        mode: ``"FAN_IN"``, ``"FAN_OUT"`` or ``"FAN_AVG"``.
        seed: of the random operation.
        dtype: the type, where a call does not say.

    Raises:
        TypeError: the type is not floating-point. ValueError: there is no such mode.

    Source: He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015, equation 10.

    >>> init = tf.contrib.layers.variance_scaling_initializer(1.0, "FAN_AVG", uniform=True)
    >>> bool(abs(tf.Session().run(init([30, 20]))).max() <= (6 / 50) ** 0.5)
    True
    """
    if not as_dtype(dtype).is_floating:
        raise TypeError(f"Weights must start as floating-point numbers, not {as_dtype(dtype).name}.")
    if mode not in _MODES:
        raise ValueError(f"mode must be one of {', '.join(_MODES)}, got {mode!r}.")
    kind = as_dtype(dtype)

    def initial(shape: Any, dtype: Any = kind, partition_info: Any = None) -> Any:
        sizes = [int(n) for n in shape]
        fan_in, fan_out = fans(tuple(sizes))
        n = {"FAN_IN": fan_in, "FAN_OUT": fan_out, "FAN_AVG": (fan_in + fan_out) / 2.0}[mode]
        if uniform:
            limit = math.sqrt(3.0 * factor / n)
            return ops.random_uniform(sizes, -limit, limit, dtype, seed)
        return ops.truncated_normal(sizes, 0.0, math.sqrt(1.3 * factor / n), dtype, seed)

    return initial


def xavier_initializer(uniform: bool = True, seed: int | None = None, dtype: Any = types.float32) -> Callable[..., Any]:
    """An initializer of variance ``2 / (fan-in + fan-out)``, which keeps signals and gradients in size.

    Args:
        uniform, seed, dtype: as for `variance_scaling_initializer`.

    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010,
    equation 16.

    >>> init = tf.contrib.layers.xavier_initializer(seed=1)
    >>> tf.get_variable("w", [3, 4], initializer=init).shape.as_list()
    [3, 4]
    """
    return variance_scaling_initializer(1.0, "FAN_AVG", uniform, seed, dtype)


xavier_initializer_conv2d = xavier_initializer


def _scale(value: Any) -> float:
    if isinstance(value, int):
        raise ValueError(f"scale cannot be an integer: {value}")
    if isinstance(value, float) and value < 0.0:
        raise ValueError(f"Setting a scale less than 0 on a regularizer: {value:g}.")
    return value


def l1_regularizer(scale: float, scope: str | None = None) -> Penalty:
    """A function from a tensor to ``scale sum |w|``; to None if the scale is 0.

    Args:
        scale: a float, at least 0.
        scope: the name of the operations.

    Raises:
        ValueError: the scale is negative, or an integer.

    >>> tf.Session().run(tf.contrib.layers.l1_regularizer(0.5)(tf.constant([1.0, -3.0])))
    np.float32(2.0)
    """
    if _scale(scale) == 0.0:
        return lambda _: None

    def penalty(weights: Any, name: str | None = None) -> Any:
        with name_scope(scope or name, "l1_regularizer", [weights]) as full:
            w = convert(weights)
            return ops.multiply(convert(scale, w.dtype, "scale"), ops.reduce_sum(ops.abs(w)), name=full)

    return penalty


def l2_regularizer(scale: float, scope: str | None = None) -> Penalty:
    """A function from a tensor to ``scale sum w^2 / 2``; to None if the scale is 0.

    Args:
        scale: a float, at least 0.
        scope: the name of the operations.

    Raises:
        ValueError: the scale is negative, or an integer.

    >>> tf.Session().run(tf.contrib.layers.l2_regularizer(0.5)(tf.constant([1.0, -3.0])))
    np.float32(2.5)
    """
    if _scale(scale) == 0.0:
        return lambda _: None

    def penalty(weights: Any) -> Any:
        with name_scope(scope, "l2_regularizer", [weights]) as full:
            w = convert(weights)
            return ops.multiply(convert(scale, w.dtype, "scale"), ops.l2_loss(w), name=full)

    return penalty


def l1_l2_regularizer(scale_l1: float = 1.0, scale_l2: float = 1.0, scope: str | None = None) -> Penalty:
    """A function from a tensor to the sum of both penalties.

    Args:
        scale_l1, scale_l2: floats, at least 0.
        scope: the name of the operations.

    >>> tf.Session().run(tf.contrib.layers.l1_l2_regularizer(0.5, 0.5)(tf.constant([1.0, -3.0])))
    np.float32(4.5)
    """
    return sum_regularizer([l1_regularizer(scale_l1), l2_regularizer(scale_l2)], scope or "l1_l2_regularizer")


def sum_regularizer(regularizer_list: Iterable[Penalty | None], scope: str | None = None) -> Any:
    """A function from a tensor to the sum of several penalties; None if there are none.

    >>> both = tf.contrib.layers.sum_regularizer([tf.contrib.layers.l1_regularizer(1.0)] * 2)
    >>> tf.Session().run(both(tf.constant([1.0, -3.0])))
    np.float32(8.0)
    """
    parts = [r for r in regularizer_list if r is not None]
    if not parts:
        return None

    def penalty(weights: Any) -> Any:
        with name_scope(scope, "sum_regularizer", [weights]) as full:
            found = [p for p in (part(weights) for part in parts) if p is not None]
            return ops.add_n(found, name=full) if found else None

    return penalty


def apply_regularization(regularizer: Penalty, weights_list: Sequence[Any] | None = None) -> Any:
    """The sum of the penalties of several tensors, which joins REGULARIZATION_LOSSES.

    Args:
        regularizer: from a tensor to a scalar, or to None.
        weights_list: the tensors, by default the collection WEIGHTS.

    Raises:
        ValueError: a penalty is not a scalar, or the tensors are none.

    >>> w = tf.constant([1.0, -3.0])
    >>> total = tf.contrib.layers.apply_regularization(tf.contrib.layers.l1_regularizer(0.5), [w, w])
    >>> tf.Session().run(total), tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES) == [total]
    (np.float32(4.0), True)
    """
    graph = default_graph()
    weights = graph.get_collection("weights") if weights_list is None else weights_list
    if not weights:
        raise ValueError("No weights to regularize.")
    with name_scope("get_regularization_penalty", values=weights) as scope:
        penalties = [0.0 if p is None else p for p in (regularizer(w) for w in weights)]
        found = [convert(p) for p in penalties]
        for p in found:
            if p.dims != ():
                raise ValueError(f"regularizer must return a scalar Tensor instead of a Tensor of shape {p.shape}.")
        total = ops.add_n(found, name=scope)
    graph.add_to_collection(GraphKeys.REGULARIZATION_LOSSES, total)
    return total
