"""Penalties on weights and activities, which a model adds to its loss.

A regularizer is a function from a tensor to a scalar tensor of its type.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasflow.core import ops, shapes
from kerasflow.core.graph import convert
from kerasflow.core.tensor import Tensor
from kerasflow.utils.lookup import Configured, Lookup

__all__ = [
    "L1",
    "L2",
    "L1L2",
    "OrthogonalRegularizer",
    "Regularizer",
    "deserialize",
    "get",
    "l1",
    "l1_l2",
    "l2",
    "orthogonal_regularizer",
    "serialize",
]


class Regularizer(Configured):
    """The base of all regularizers.

    A subclass lists in `arguments` what its constructor takes, kept in attributes of the same names, and defines
    ``__call__(x)``.
    """

    def __call__(self, x: Any) -> Tensor:
        """The penalty, a scalar tensor."""
        raise NotImplementedError(f"{type(self).__name__} has to define __call__(x).")


def _factor(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a number of at least 0, got {value!r}.") from None
    if not 0 <= number < float("inf"):
        raise ValueError(f"{name} must be a finite number of at least 0, got {value!r}.")
    return number


class L1L2(Regularizer):
    """The sum of magnitudes and the sum of squares, ``l1 sum|x| + l2 sum x^2``.

    Args:
        l1, l2: the factors, at least 0.

    Raises:
        ValueError: a factor is negative or no finite number.

    >>> tf.Session().run(tf.keras.regularizers.L1L2(l1=0.5, l2=0.25)([1.0, -2.0]))
    np.float32(2.75)
    """

    arguments: tuple[str, ...] = ("l1", "l2")

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1, self.l2 = _factor("l1", l1), _factor("l2", l2)

    def __call__(self, x: Any) -> Tensor:
        """The penalty, a scalar tensor."""
        x = convert(x)
        terms = []
        if self.l1:
            terms.append(self.l1 * ops.reduce_sum(ops.abs(x)))
        if self.l2:
            terms.append(2.0 * self.l2 * ops.l2_loss(x))
        return ops.add_n(terms) if terms else ops.zeros([], x.dtype)


class L1(L1L2):
    """The sum of magnitudes, ``l1 sum|x|``, which makes weights exactly 0.

    Args:
        l1: the factor, at least 0.

    Raises:
        ValueError: the factor is negative or no finite number.

    >>> tf.Session().run(tf.keras.regularizers.L1(0.5)([1.0, -2.0]))
    np.float32(1.5)
    """

    arguments = ("l1",)

    def __init__(self, l1: float = 0.01) -> None:
        super().__init__(l1=l1)


class L2(L1L2):
    """The sum of squares, ``l2 sum x^2``, which keeps weights small.

    Args:
        l2: the factor, at least 0.

    Raises:
        ValueError: the factor is negative or no finite number.

    >>> tf.Session().run(tf.keras.regularizers.L2(0.5)([1.0, -2.0]))
    np.float32(2.5)
    """

    arguments = ("l2",)

    def __init__(self, l2: float = 0.01) -> None:
        super().__init__(l2=l2)


class OrthogonalRegularizer(Regularizer):
    """The mean magnitude of the cosine between two rows, or two columns, of a matrix.

    ``factor sum_(i<j) |cos(x_i, x_j)| / pairs``; 0 where there is no pair.

    Args:
        factor: at least 0.
        mode: ``"rows"`` or ``"columns"``.

    Raises:
        ValueError: `factor` or `mode` is none of these; or a call on something else than a matrix of known size.

    >>> tf.Session().run(tf.keras.regularizers.OrthogonalRegularizer(factor=1.0)([[1.0, 0.0], [3.0, 4.0]]))
    np.float32(0.6)
    """

    arguments = ("factor", "mode")

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        if mode not in ("rows", "columns"):
            raise ValueError(f"mode must be 'rows' or 'columns', got {mode!r}.")
        self.factor, self.mode = _factor("factor", factor), mode

    def __call__(self, x: Any) -> Tensor:
        """The penalty, a scalar tensor."""
        x = convert(x)
        by_rows = self.mode == "rows"
        size = None if x.dims is None or len(x.dims) != 2 else x.dims[0 if by_rows else 1]
        if size is None:
            raise ValueError(f"OrthogonalRegularizer takes matrices of known size, got {shapes.show(x.dims)}.")
        unit = ops.l2_normalize(x, axis=1 if by_rows else 0)
        cosines = ops.matmul(unit, unit, transpose_a=not by_rows, transpose_b=by_rows)
        pairs = np.triu(np.ones((size, size), x.dtype.numpy), 1)
        return self.factor / max(1, size * (size - 1) // 2) * ops.reduce_sum(ops.abs(cosines) * pairs)


def l1(l1: float = 0.01) -> L1:
    """`L1` with a factor.

    >>> tf.keras.regularizers.l1(0.1)
    L1(l1=0.1)
    """
    return L1(l1)


def l2(l2: float = 0.01) -> L2:
    """`L2` with a factor.

    >>> tf.keras.regularizers.l2(0.1)
    L2(l2=0.1)
    """
    return L2(l2)


def l1_l2(l1: float = 0.01, l2: float = 0.01) -> L1L2:
    """`L1L2` with two factors, which here are not 0 by default.

    >>> tf.keras.regularizers.l1_l2()
    L1L2(l1=0.01, l2=0.01)
    """
    return L1L2(l1, l2)


orthogonal_regularizer = OrthogonalRegularizer

_LOOKUP = Lookup("regularizer", (L1, L2, L1L2, OrthogonalRegularizer), aliases={"l1_l2": l1_l2})


def get(identifier: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The regularizer that `identifier` stands for.

    Args:
        identifier: a name, a class, an instance, a function from a tensor to a scalar, what `serialize` gave, or None.
        custom_objects: the caller's own classes and functions, by name.

    Raises:
        ValueError: there is no regularizer of this name. TypeError: it is none of the above.

    >>> tf.keras.regularizers.get("l2")
    L2(l2=0.01)
    """
    return _LOOKUP.get(identifier, custom_objects)


def serialize(regularizer: Any) -> Any:
    """A regularizer as plain data, for `deserialize`.

    >>> tf.keras.regularizers.serialize(tf.keras.regularizers.l1(0.5))
    {'module': 'keras.regularizers', 'class_name': 'L1', 'config': {'l1': 0.5}}
    """
    return _LOOKUP.serialize(regularizer)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The regularizer that `serialize` described; raises as `get`.

    >>> tf.keras.regularizers.deserialize({"class_name": "L1", "config": {"l1": 0.5}})
    L1(l1=0.5)
    """
    return _LOOKUP.deserialize(config, custom_objects)
