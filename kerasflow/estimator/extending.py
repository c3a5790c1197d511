"""Estimators made of others: with more metrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasflow.estimator.base import Estimator
from kerasflow.estimator.calling import arguments, call_with
from kerasflow.estimator.modes import ModeKeys
from kerasflow.estimator.run_config import RunConfig
from kerasflow.estimator.spec import EstimatorSpec

__all__ = ["add_metrics"]

_OFFERED = {"features", "labels", "predictions", "config"}


def add_metrics(estimator: Estimator, metric_fn: Callable[..., Any]) -> Estimator:
    """An estimator with more metrics, in the same folder.

    Args:
        estimator: the estimator.
        metric_fn: takes some of ``features``, ``labels``, ``predictions`` and ``config``, and gives a dict of metrics,
            as the ``eval_metric_ops`` of an `EstimatorSpec`.

    Raises:
        ValueError: `metric_fn` takes something else.
    """
    other = sorted(set(arguments(metric_fn)) - _OFFERED)
    if other:
        raise ValueError(f"metric_fn ({metric_fn}) has following not expected args: {other}")

    def model_fn(features: Any, labels: Any, mode: str, config: RunConfig) -> EstimatorSpec:
        spec = estimator.model_fn(features, labels, mode, config)
        if mode != ModeKeys.EVAL:
            return spec
        offered = {"features": features, "labels": labels, "predictions": spec.predictions, "config": config}
        return spec._replace(eval_metric_ops={**spec.eval_metric_ops, **call_with(metric_fn, offered)})

    return Estimator(model_fn, estimator.model_dir, estimator.config, warm_start_from=estimator.warm_start_settings)
