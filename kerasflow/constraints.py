"""Limits on weights, kept by projecting a weight after each step of the optimizer.

A constraint is a function from a weight to its projected value. `axis` is what a norm is taken over: for a weight of
shape [inputs, outputs] axis 0 limits the weights of each output.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasflow.core import ops
from kerasflow.core.graph import convert
from kerasflow.core.tensor import Tensor
from kerasflow.utils.lookup import Configured, Lookup

__all__ = [
    "Constraint",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "UnitNorm",
    "deserialize",
    "get",
    "max_norm",
    "min_max_norm",
    "non_neg",
    "serialize",
    "unit_norm",
]

_EPSILON = 1e-7  # added to a norm before it divides


class Constraint(Configured):
    """The base of all constraints.

    A subclass lists in `arguments` what its constructor takes, kept in attributes of the same names, and defines
    ``__call__(w)``.
    """

    def __call__(self, w: Any) -> Tensor:
        """The projected weight."""
        raise NotImplementedError(f"{type(self).__name__} has to define __call__(w).")


def _norm(w: Tensor, axis: Any) -> Tensor:
    return ops.sqrt(ops.reduce_sum(ops.square(w), axis, keepdims=True))


class MaxNorm(Constraint):
    """Shrinks vectors whose norm is above a limit to that norm.

    Args:
        max_value: the limit.
        axis: the axis or axes of a vector.

    Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014, section 5.1.

    >>> tf.Session().run(tf.keras.constraints.MaxNorm(1.0)(tf.constant([[3.0, 0.3], [4.0, 0.4]]))).round(4)
    array([[0.6, 0.3],
           [0.8, 0.4]], dtype=float32)
    """

    arguments = ("max_value", "axis")

    def __init__(self, max_value: float = 2, axis: Any = 0) -> None:
        self.max_value, self.axis = max_value, axis

    def __call__(self, w: Any) -> Tensor:
        """The projected weight."""
        w = convert(w)
        norm = _norm(w, self.axis)
        return w * (ops.minimum(norm, self.max_value) / (norm + _EPSILON))


class NonNeg(Constraint):
    """Puts negative weights to 0.

    >>> tf.Session().run(tf.keras.constraints.NonNeg()(tf.constant([-1.0, 2.0])))
    array([0., 2.], dtype=float32)
    """

    def __call__(self, w: Any) -> Tensor:
        """The projected weight."""
        return ops.maximum(convert(w), 0.0)


class UnitNorm(Constraint):
    """Scales vectors to norm 1.

    Args:
        axis: the axis or axes of a vector.

    >>> tf.Session().run(tf.keras.constraints.UnitNorm()(tf.constant([[3.0], [4.0]]))).round(4)
    array([[0.6],
           [0.8]], dtype=float32)
    """

    arguments = ("axis",)

    def __init__(self, axis: Any = 0) -> None:
        self.axis = axis

    def __call__(self, w: Any) -> Tensor:
        """The projected weight."""
        w = convert(w)
        return w / (_norm(w, self.axis) + _EPSILON)


class MinMaxNorm(Constraint):
    """Moves the norm of vectors towards an interval: to ``rate clip(norm, min, max) + (1 - rate) norm``.

    Args:
        min_value, max_value: the interval.
        rate: how much of the way, from 0 to 1; 1 puts every norm into the interval at once.
        axis: the axis or axes of a vector.

    >>> tf.Session().run(tf.keras.constraints.MinMaxNorm(1.0, 2.0, rate=0.5)(tf.constant([[6.0], [8.0]]))).round(4)
    array([[3.6],
           [4.8]], dtype=float32)
    """

    arguments = ("min_value", "max_value", "rate", "axis")

    def __init__(self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0) -> None:
        self.min_value, self.max_value, self.rate, self.axis = min_value, max_value, rate, axis

    def __call__(self, w: Any) -> Tensor:
        """The projected weight."""
        w = convert(w)
        norm = _norm(w, self.axis)
        inside = ops.minimum(ops.maximum(norm, self.min_value), self.max_value)
        wanted = self.rate * inside + (1 - self.rate) * norm
        return w * (wanted / (norm + _EPSILON))


max_norm, non_neg, unit_norm, min_max_norm = MaxNorm, NonNeg, UnitNorm, MinMaxNorm

_LOOKUP = Lookup(
    "constraint",
    (MaxNorm, NonNeg, UnitNorm, MinMaxNorm),
    aliases={"maxnorm": MaxNorm, "nonneg": NonNeg, "unitnorm": UnitNorm},
)


def get(identifier: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The constraint that `identifier` stands for.

    Args:
        identifier: a name, a class, an instance, a function of a weight, what `serialize` gave, or None.
        custom_objects: the caller's own classes and functions, by name.

    Raises:
        ValueError: there is no constraint of this name. TypeError: it is none of the above.

    >>> tf.keras.constraints.get("max_norm")
    MaxNorm(max_value=2, axis=0)
    """
    return _LOOKUP.get(identifier, custom_objects)


def serialize(constraint: Any) -> Any:
    """A constraint as plain data, for `deserialize`.

    >>> tf.keras.constraints.serialize(tf.keras.constraints.NonNeg())
    {'module': 'keras.constraints', 'class_name': 'NonNeg', 'config': {}}
    """
    return _LOOKUP.serialize(constraint)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The constraint that `serialize` described; raises as `get`.

    >>> tf.keras.constraints.deserialize({"class_name": "UnitNorm", "config": {"axis": 1}})
    UnitNorm(axis=1)
    """
    return _LOOKUP.deserialize(config, custom_objects)
