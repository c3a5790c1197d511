"""Estimators made of others: with more metrics, or with features among the predictions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kerasflow.core import ops
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.tensor import Tensor
from kerasflow.estimator.base import Estimator
from kerasflow.estimator.calling import arguments, call_with
from kerasflow.estimator.export_outputs import PredictOutput
from kerasflow.estimator.modes import ModeKeys
from kerasflow.estimator.run_config import RunConfig
from kerasflow.estimator.spec import EstimatorSpec

__all__ = ["add_metrics", "forward_features"]

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


def forward_features(
    estimator: Estimator,
    keys: str | Iterable[str] | None = None,
    sparse_default_values: Mapping[str, Any] | None = None,
) -> Estimator:
    """An estimator with features among its predictions, by which these can be told apart; in the same folder.

    Args:
        estimator: the estimator; its predictions are a dict.
        keys: the names of the features, by default all.
        sparse_default_values: for the names of sparse features, which are made dense, what stands where nothing is.

    Raises:
        TypeError: `keys` are no texts. ValueError, when it predicts: there is no such feature, it is sparse, or a
            prediction has its name.

    >>> import tempfile
    >>> x = {"x": np.array([[1.0], [2.0]]), "id": np.array(["a", "b"])}
    >>> read = tf.estimator.inputs.numpy_input_fn(x, np.array([2.0, 4.0]), shuffle=False)
    >>> model = tf.estimator.LinearRegressor([tf.feature_column.numeric_column("x")], tempfile.mkdtemp())
    >>> model = tf.contrib.estimator.forward_features(model.train(read), "id")
    >>> [prediction["id"] for prediction in model.predict(read)]
    [b'a', b'b']
    """
    names = [keys] if isinstance(keys, str) else keys
    if names is not None and not isinstance(names, (list, tuple)):
        raise TypeError(f"keys should be either a string or a list of strings. Given: {type(names)}")
    other = [name for name in names or () if not isinstance(name, str)]
    if other:
        raise TypeError(f"All items in the given keys list should be a string, got {other}.")
    dense = dict(sparse_default_values or {})

    def model_fn(features: Any, labels: Any, mode: str, config: RunConfig) -> EstimatorSpec:
        spec = estimator.model_fn(features, labels, mode, config)
        if not spec.predictions and mode != ModeKeys.PREDICT:
            return spec
        chosen = features if names is None else names
        added = {name: _forwarded(name, features, spec.predictions, dense) for name in chosen}
        outputs = {
            name: PredictOutput({**output.outputs, **added})
            if name in ("predict", "serving_default") and isinstance(output, PredictOutput)
            else output
            for name, output in (spec.export_outputs or {}).items()
        }
        return spec._replace(predictions={**spec.predictions, **added}, export_outputs=outputs or None)

    return Estimator(model_fn, estimator.model_dir, estimator.config, warm_start_from=estimator.warm_start_settings)


def _forwarded(name: str, features: Any, predictions: Any, dense: Mapping[str, Any]) -> Tensor:
    """A feature, as a prediction. ValueError if it cannot be one."""
    if not isinstance(predictions, Mapping):
        raise ValueError(f"Predictions should be a dict to be able to forward features. Given: {type(predictions)}")
    if not isinstance(features, Mapping) or name not in features:
        there = sorted(features) if isinstance(features, Mapping) else features
        raise ValueError(f"keys should be exist in features. Key {name!r} is not in features, which are {there}.")
    if name in predictions:
        raise ValueError(
            f"Cannot forward feature key ({name}). Since it does exist in predictions: {sorted(map(str, predictions))}."
        )
    feature = features[name]
    if name in dense:
        if not isinstance(feature, SparseTensor):
            raise ValueError(f"Feature ({name}) is expected to be a `SparseTensor`, got {feature!r}.")
        made: Tensor = ops.sparse_tensor_to_dense(feature, default_value=dense[name])
        return made
    if isinstance(feature, SparseTensor):
        raise ValueError(
            f"Feature ({name}) should be a Tensor, and is sparse: leave it out by `keys`, or name it in "
            "`sparse_default_values`."
        )
    return ops.convert_to_tensor(feature)
