"""What the parameters of the estimators may be, said once and checked when one is fitted."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from kerasflow.callbacks import Callback
from kerasflow.estimators.batches import SOLVERS
from kerasflow.optimizers import Optimizer
from kerasflow.optimizers.schedules import LearningRateSchedule

__all__ = ["Rule", "check_parameters", "check_weights", "solvers", "takes_batches"]

Rule = tuple[str, Callable[[Any], bool]]


def _is_integer(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, (bool, np.bool_))


def _is_real(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))


def _integer(low: int) -> Rule:
    return f"an integer of at least {low}", lambda v: _is_integer(v) and v >= low


def _number(low: float, high: float = np.inf, *, above: bool = False) -> Rule:
    """A finite number from `low` (or above it) to below `high`."""

    def holds(value: Any) -> bool:
        return _is_real(value) and (low < value < high if above else low <= value < high)

    return f"a number in {'(' if above else '['}{low}, {high})", holds


def _boolean() -> Rule:
    return "a bool", lambda v: isinstance(v, (bool, np.bool_))


def _choice(*values: str, other: Rule | None = None) -> Rule:
    """One of some strings, or what another rule asks for."""
    wanted = f"one of {', '.join(map(repr, values))}"
    if other is None:
        return wanted, lambda v: isinstance(v, str) and v in values
    return f"{wanted}, or {other[0]}", lambda v: isinstance(v, str) and v in values or other[1](v)


def _sizes() -> Rule:
    def holds(value: Any) -> bool:
        items = [value] if isinstance(value, numbers.Integral) else value
        try:
            return all(_is_integer(v) and v > 0 for v in items)
        except TypeError:
            return False

    return "positive integers, one for each hidden layer", holds


def _class_weights() -> Rule:
    def holds(value: Any) -> bool:
        if isinstance(value, Mapping):
            return all(_is_real(v) and 0 <= v < np.inf for v in value.values())
        if isinstance(value, list):
            return bool(value) and all(not isinstance(v, list) and holds(v) for v in value)
        return value is None or isinstance(value, str) and value == "balanced"

    return "None, 'balanced', a dict from class to a number in [0, inf), or a list of these for several outputs", holds


def _instance(cls: type, wanted: str) -> Rule:
    return wanted, lambda v: isinstance(v, cls)


def _callbacks() -> Rule:
    def holds(value: Any) -> bool:
        return value is None or isinstance(value, (list, tuple)) and all(isinstance(v, Callback) for v in value)

    return "None or a list of callbacks", holds


def _columns(others: str, *texts: str) -> Rule:
    def holds(value: Any) -> bool:
        if isinstance(value, (str, bytes)) or value is None:
            return value is None or value in texts
        return np.ndim(value) == 1 and all(isinstance(v, (str, numbers.Integral, np.bool_)) for v in value)

    return f"{others}, or a list of names or places of columns, or a mask", holds


def _crosses() -> Rule:
    def holds(value: Any) -> bool:
        return (
            value is None
            or isinstance(value, (list, tuple))
            and all(isinstance(names, (list, tuple)) and len(names) > 1 for names in value)
        )

    return "None, or a list of tuples of two or more columns", holds


def solvers(*others: str) -> Rule:
    """Those that go by mini-batches, and some that take all the data at once."""
    return _choice(*SOLVERS, *others, other=_instance(Optimizer, "an optimizer of kerasflow.optimizers"))


RULES: dict[str, Rule] = {
    "hidden_layer_sizes": _sizes(),
    "activation": _choice("relu", "tanh", "sigmoid", "logistic", "identity", "elu", "selu", "gelu", "softplus"),
    "solver": solvers("lbfgs"),
    "alpha": _number(0),
    "l1": _number(0),
    "dropout": _number(0, 1),
    "batch_size": _choice("auto", other=_integer(1)),
    "learning_rate": _choice(
        "constant", "cosine", "adaptive", other=_instance(LearningRateSchedule, "a LearningRateSchedule")
    ),
    "learning_rate_init": _number(0, above=True),
    "max_iter": _integer(1),
    "shuffle": _boolean(),
    "tol": _number(0),
    "n_iter_no_change": _integer(1),
    "early_stopping": _boolean(),
    "validation_fraction": _number(0, 1, above=True),
    "class_weight": _class_weights(),
    "warm_start": _boolean(),
    "n_threads": _integer(1),
    "callbacks": _callbacks(),
    "verbose": ("False, True, 0, 1 or 2", lambda v: isinstance(v, (bool, int, np.bool_)) and v in (0, 1, 2)),
    "categorical_features": _columns("None, 'from_dtype'", "from_dtype"),
    "linear_features": _columns("None"),
    "deep_features": _columns("None"),
    "crosses": _crosses(),
    "embedding_size": _choice("auto", other=_integer(0)),
    "missing_values": _choice("median", other=("None", lambda v: v is None)),
}
_OF_BATCHES = ("dropout", "early_stopping", "callbacks")  # what a solver that takes all the data at once cannot do


def check_parameters(estimator: Any) -> None:
    """Raise ValueError for a parameter that is not what its rule asks for, or does not go with another one."""
    given = vars(estimator)
    for name, rule in RULES.items():
        if name not in given:
            continue
        value, (wanted, holds) = given[name], estimator._own_rules.get(name, rule)
        if not holds(value):
            raise ValueError(f"The parameter {name!r} of {type(estimator).__name__} must be {wanted}. Got {value!r}.")
    if not isinstance(given["solver"], str) and not isinstance(given["learning_rate"], str):
        raise ValueError(
            "learning_rate is that of the solver, which is an optimizer: give the schedule to one of them."
        )
    for name in _OF_BATCHES:
        if not takes_batches(estimator) and given.get(name):
            raise ValueError(
                f"{name}={given[name]} asks for a solver that takes mini-batches. Got solver={given['solver']!r}."
            )


def takes_batches(estimator: Any) -> bool:
    """Whether the solver goes by mini-batches."""
    return not isinstance(estimator.solver, str) or estimator.solver in SOLVERS


def check_weights(sample_weight: Any, count: int) -> np.ndarray[Any, Any]:
    """A weight for each of `count` samples, in float64: ones for None, the number itself for a number.

    Raises:
        ValueError: another number of them, a negative, infinite or missing one, or no positive one.
    """
    if sample_weight is None or isinstance(sample_weight, numbers.Real):
        weights = np.full(count, 1.0 if sample_weight is None else sample_weight)
    else:
        weights = np.asarray(sample_weight, np.float64)
    if weights.ndim != 1:
        raise ValueError(f"Sample weights must be 1D array or scalar, got {weights.ndim} dimensions.")
    if len(weights) != count:
        raise ValueError(f"There are {len(weights)} sample weights for {count} samples.")
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise ValueError("Sample weights must be finite, not negative, and not all zero.")
    return weights
