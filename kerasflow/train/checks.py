"""What an optimizer is given: hyper-parameters, variables and gradients, checked and in one form."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from kerasflow.core import ops, shapes
from kerasflow.core.graph import convert
from kerasflow.core.tensor import IndexedSlices, Tensor
from kerasflow.core.types import DType, as_dtype
from kerasflow.core.variables import Variable

__all__ = [
    "at_least",
    "below",
    "checked_pairs",
    "flat_variables",
    "is_number",
    "is_zero",
    "names",
    "scalar",
    "widest",
]


def is_number(value: Any) -> bool:
    """Whether `value` is a real number, of Python's or NumPy's; truth values are none."""
    if isinstance(value, np.ndarray):
        return value.ndim == 0 and value.dtype.kind in "iuf"
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def is_zero(value: Any) -> bool:
    """Whether a setting is the number 0, so that what it multiplies or is added to need not be computed."""
    return is_number(value) and value == 0


def at_least(low: float, **values: Any) -> None:
    """ValueError if a value is a number below `low`; tensors and functions are taken as they are."""
    _bound(lambda v: v >= low, f"at least {low:g}", values)


def below(high: float, **values: Any) -> None:
    """ValueError if a value is a number below 0, or not below `high`."""
    _bound(lambda v: 0 <= v < high, f"at least 0 and below {high:g}", values)


def _bound(holds: Callable[[Any], bool], wanted: str, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if is_number(value) and not holds(value):
            raise ValueError(f"{name} must be {wanted}, got {value!r}.")


def scalar(name: str, value: Any, dtype: DType) -> Any:
    """A hyper-parameter as a NumPy scalar or a scalar tensor of type `dtype`.

    Numbers stay numbers, so that arithmetic among them is done once, while the graph is built.

    Raises:
        TypeError: it is no number, tensor, or function that gives one. ValueError: it is not a scalar.
    """
    value = value() if callable(value) else value
    if is_number(value):
        return dtype.numpy.type(value)
    if not isinstance(value, Tensor) and not hasattr(value, "__tensor__"):
        raise TypeError(f"{name} must be a number, a scalar tensor or a function that gives one, got {value!r}.")
    tensor = convert(value)
    if tensor.dims not in (None, ()):
        raise ValueError(f"{name} must be a scalar, got {tensor} of shape {shapes.show(tensor.dims)}.")
    return ops.cast(tensor, dtype)


def widest(variables: Iterable[Variable]) -> DType:
    """The widest type among the variables, at least float32: powers of numbers near 1 need the digits."""
    return as_dtype(np.result_type(np.float32, *[v.dtype.numpy for v in variables]))


def names(variables: Iterable[Variable]) -> str:
    """The names of variables, for messages."""
    return ", ".join(repr(v.name) for v in variables)


def flat_variables(var_list: Any) -> list[Variable]:
    """The variables in a nest of lists.

    Raises:
        TypeError: something else is in it. ValueError: there are none, or one is there twice.
    """
    flat: list[Variable] = []
    todo = [var_list]
    while todo:
        item = todo.pop()
        if isinstance(item, (list, tuple)):
            todo.extend(reversed(item))
        elif isinstance(item, Variable):
            flat.append(item)
        else:
            raise TypeError(f"An optimizer changes variables; var_list holds {item!r}.")
    if not flat:
        raise ValueError("There are no variables to optimize.")
    _check_distinct(flat)
    return flat


def checked_pairs(grads_and_vars: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Variable]]:
    """The pairs that have a gradient, which is a tensor or an `IndexedSlices` that fits its variable.

    Raises:
        ValueError, TypeError: as `Optimizer.apply_gradients`.
    """
    pairs = [tuple(pair) for pair in grads_and_vars]
    if not pairs:
        raise ValueError("There are no gradients to apply: the list of pairs is empty.")
    for pair in pairs:
        if len(pair) != 2 or not isinstance(pair[1], Variable):
            raise TypeError(f"Gradients are applied as pairs (gradient, variable), got {pair!r}.")
    _check_distinct([v for _, v in pairs])
    kept = [(_checked(g, v), v) for g, v in pairs if g is not None]
    if not kept:
        raise ValueError(f"No gradients for any variable: {names(v for _, v in pairs)}.")
    if any(v.graph is not kept[0][1].graph for _, v in kept):
        raise ValueError(f"The variables are of different graphs: {names(v for _, v in kept)}.")
    return kept


def _checked(g: Any, v: Variable) -> Any:
    if not v.dtype.is_floating:
        raise ValueError(f"An optimizer changes floating-point variables; {v.name!r} is of type {v.dtype.name}.")
    if not isinstance(g, IndexedSlices):
        g = v.graph.convert(g) if hasattr(g, "__tensor__") or isinstance(g, Tensor) else v.graph.convert(g, v.dtype)
        if not shapes.compatible(g.dims, v.dims):
            raise ValueError(
                f"The gradient {g} of {v.name!r} has the shape {shapes.show(g.dims)}, its variable "
                f"{shapes.show(v.dims)}."
            )
    if g.dtype is not v.dtype:
        raise TypeError(f"The gradient {g} of {v.name!r} is of type {g.dtype.name}, its variable {v.dtype.name}.")
    return g


def _check_distinct(variables: list[Variable]) -> None:
    twice = [v for i, v in enumerate(variables) if v in variables[:i]]
    if twice:
        raise ValueError(f"These variables are named twice: {names(twice)}.")
