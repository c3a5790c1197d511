"""The bodies of canned estimators on their own, for model functions that combine them otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from kerasflow.core.ops import relu
from kerasflow.core.tensor import Tensor
from kerasflow.estimator.calling import call_with
from kerasflow.estimator.canned.parts import dnn_logits, linear_logits

__all__ = ["call_logit_fn", "dnn_logit_fn_builder", "linear_logit_fn_builder"]


def dnn_logit_fn_builder(
    units: int,
    hidden_units: Sequence[int],
    feature_columns: Iterable[Any],
    activation_fn: Any = relu,
    dropout: float | None = None,
    input_layer_partitioner: Any = None,
    batch_norm: bool = False,
) -> Callable[..., Tensor]:
    """A function of ``features`` and ``mode`` that gives the logits of dense layers; see `DNNEstimator`.

    Raises:
        ValueError: `units` is no whole number.
    """
    if not isinstance(units, int):
        raise ValueError(f"units must be an int. Given type: {type(units)}")
    columns = tuple(feature_columns)

    def dnn_logit_fn(features: Any, mode: str) -> Tensor:
        return dnn_logits(features, mode, units, columns, hidden_units, activation_fn, dropout, batch_norm)

    return dnn_logit_fn


def linear_logit_fn_builder(
    units: int, feature_columns: Iterable[Any], sparse_combiner: str = "sum"
) -> Callable[..., Tensor]:
    """A function of ``features`` that gives the logits of a linear model; see `LinearEstimator`."""
    columns = tuple(feature_columns)

    def linear_logit_fn(features: Any) -> Tensor:
        return linear_logits(features, units, columns, sparse_combiner)

    return linear_logit_fn


def call_logit_fn(logit_fn: Callable[..., Any], features: Any, mode: str, params: Any, config: Any) -> Any:
    """What a function of features gives, which may take ``mode``, ``params`` and ``config`` too.

    Raises:
        ValueError: it gives neither a tensor nor a dict of tensors by text.
    """
    made = call_with(logit_fn, {"mode": mode, "params": params, "config": config}, features=features)
    named = made if isinstance(made, dict) else {"": made}
    if not all(isinstance(k, str) and isinstance(v, Tensor) for k, v in named.items()):
        raise ValueError(f"logit_fn should return a Tensor or a dictionary mapping strings to Tensors, got {made!r}.")
    return made
