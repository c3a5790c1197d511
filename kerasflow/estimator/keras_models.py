"""`model_to_estimator`: a Keras model as an estimator."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from kerasflow import losses
from kerasflow.core import ops
from kerasflow.core.graph import default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.naming import did_you_mean
from kerasflow.core.scopes import group
from kerasflow.core.tensor import Tensor
from kerasflow.estimator.base import Estimator
from kerasflow.estimator.modes import ModeKeys
from kerasflow.estimator.run_config import RunConfig
from kerasflow.estimator.spec import EstimatorSpec
from kerasflow.metrics.streaming import mean
from kerasflow.models import clone_model, load_model
from kerasflow.models.compiled import wanted_metrics
from kerasflow.train.step_counter import get_global_step

__all__ = ["model_to_estimator"]

_ERRORS = {
    "mae": "mean_absolute_error",
    "mse": "mean_squared_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
}


def model_to_estimator(
    keras_model: Any = None,
    keras_model_path: Any = None,
    custom_objects: Mapping[str, Any] | None = None,
    model_dir: Any = None,
    config: RunConfig | None = None,
    checkpoint_format: str | None = None,
    use_v2_estimator: bool = False,
) -> Estimator:
    """A compiled Keras model of one output, as an estimator that starts from its weights; the model stays as it is.

    Args:
        keras_model: the model: a stack, or layers between inputs and outputs.
        keras_model_path: a file with such a model, in its place.
        custom_objects: classes and functions of one's own that the file names.
        model_dir, config: as for `Estimator`.
        checkpoint_format, use_v2_estimator: accepted and without effect.

    Raises:
        ValueError: not just one of model and file is given, it is not compiled, has several outputs, or a metric is
            none of accuracy and the errors of regressions.

    >>> import tempfile
    >>> model = tf.keras.Sequential([tf.keras.Input((2,), name="x"), tf.keras.layers.Dense(1, name="y")])
    >>> model.compile("adam", "mse", metrics=["mae"])
    >>> estimator = tf.keras.estimator.model_to_estimator(model, model_dir=tempfile.mkdtemp())
    >>> rows = np.ones([8, 2], np.float32)
    >>> input_fn = tf.estimator.inputs.numpy_input_fn({"x": rows}, rows[:, :1], batch_size=4, shuffle=False)
    >>> sorted(estimator.train(input_fn).evaluate(input_fn))
    ['global_step', 'loss', 'mae']
    """
    if (keras_model is None) == (keras_model_path is None):
        raise ValueError("Either `keras_model` or `keras_model_path` needs to be provided, and not both.")
    model = load_model(keras_model_path, custom_objects) if keras_model is None else keras_model
    if model.optimizer is None or model.loss is None:
        raise ValueError(
            "The given keras model has not been compiled yet. Please compile the model with `model.compile()` before "
            "calling `model_to_estimator()`."
        )
    if len(model.outputs) != 1:
        raise ValueError(f"Models of one output can become estimators, this one has {len(model.outputs)}.")
    values = model.get_weights()
    metrics = [_metric(name, model.loss) for name in _names(wanted_metrics(model))]

    def model_fn(features: Any, labels: Any, mode: str) -> EstimatorSpec:
        clone = clone_model(model)
        output = clone(_inputs(clone, features), training=mode == ModeKeys.TRAIN)
        for weight, value in zip(clone.weights, values, strict=True):
            weight.variable(default_graph()).start_from(value)
        predictions = {clone.output_names[0]: output}
        if mode == ModeKeys.PREDICT:
            return EstimatorSpec(mode, predictions)
        loss = losses.get(model.loss)(labels, output)
        loss = ops.reduce_mean(loss) if loss.dims != () else loss
        if clone.losses:  # penalties on weights and on what layers give
            loss = ops.add_n([loss, *[ops.cast(penalty, loss.dtype) for penalty in clone.losses]])
        if mode == ModeKeys.EVAL:
            found = {name: mean(function(labels, output)) for name, function in metrics}
            return EstimatorSpec(mode, predictions, loss, eval_metric_ops=found)
        step = copy.deepcopy(model.optimizer).minimize(loss, global_step=get_global_step())
        updates = default_graph().get_collection(GraphKeys.UPDATE_OPS)
        return EstimatorSpec(mode, predictions, loss, group(step, *updates))

    return Estimator(model_fn, model_dir, config)


def _inputs(model: Any, features: Any) -> Any:
    """The model's inputs: features by the names of its inputs, or the only one there is."""
    if not isinstance(features, Mapping):
        return features
    names = model.input_names
    if len(names) == len(features) == 1:
        return next(iter(features.values()))
    missing = sorted(set(names) - set(features))
    if missing:
        raise ValueError(
            f"The model has inputs {names}, and the features are {sorted(features)}: {missing} are missing."
        )
    return [features[name] for name in names]


def _names(metrics: Any) -> list[str]:
    given = [metrics] if isinstance(metrics, str) else list(metrics or ())
    for name in given:
        if not isinstance(name, str):
            raise ValueError(f"Metrics of a model that becomes an estimator are given by name, got {name!r}.")
    return given


def _metric(name: str, loss: Any) -> tuple[str, Callable[[Any, Tensor], Tensor]]:
    """The name of a metric and the function that gives its values."""
    if name in ("accuracy", "acc"):
        return name, lambda labels, output: _hits(labels, output, loss)
    known = {*_ERRORS, *_ERRORS.values()}
    if name not in known:
        hint = did_you_mean(name, known)
        raise ValueError(
            f"A model that becomes an estimator may have accuracy and {sorted(known)}, got {name!r}.{hint}"
        )
    return name, losses.get(_ERRORS.get(name, name)).call


def _hits(labels: Any, output: Tensor, loss: Any) -> Tensor:
    """Whether each prediction is right."""
    if output.dims is not None and output.dims[-1] == 1:
        return ops.cast(
            ops.equal(ops.greater(output, 0.5), ops.greater(ops.cast(labels, output.dtype), 0.5)), "float32"
        )
    sparse = "sparse" in str(loss if isinstance(loss, str) else getattr(loss, "name", loss)).lower()
    said = ops.argmax(output, -1)
    true = ops.reshape(labels, ops.shape(said)) if sparse else ops.argmax(labels, -1)
    return ops.cast(ops.equal(said, ops.cast(true, said.dtype)), "float32")
