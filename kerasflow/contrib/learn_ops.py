"""What model functions of `tf.contrib.learn` give, and the modes they are called in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from kerasflow.contrib.learn_alternatives import outputs_of
from kerasflow.estimator.modes import ModeKeys as _Modes
from kerasflow.estimator.run_config import RunConfig as _RunConfig
from kerasflow.estimator.spec import EstimatorSpec

__all__ = ["MetricSpec", "ModeKeys", "ModelFnOps", "NotFittedError", "PredictionKey", "RunConfig", "metric_ops"]


class NotFittedError(ValueError, AttributeError):
    """An estimator is to evaluate or predict, and has not been trained."""


class ModeKeys:
    """The modes of a model function: `TRAIN`, `EVAL` and `INFER`.

    >>> tf.contrib.learn.ModeKeys.INFER
    'infer'
    """

    TRAIN, EVAL, INFER = _Modes.TRAIN, _Modes.EVAL, _Modes.PREDICT


class PredictionKey:
    """The names of predictions."""

    CLASSES, PROBABILITIES, LOGITS, LOGISTIC = "classes", "probabilities", "logits", "logistic"
    SCORES, TOP_K, GENERIC = "scores", "top_k", "output"


class ModelFnOps(NamedTuple):
    """What is to be run to train, evaluate and predict.

    Args:
        mode: what the model function was called for.
        predictions: a tensor or a dict of tensors.
        loss: a scalar.
        train_op: what takes a step of the training.
        eval_metric_ops: pairs of a metric's value and what updates it, by name.
        output_alternatives: by name, pairs of a `ProblemType` and tensors by name: what a saved model gives.
        training_chief_hooks, training_hooks: hooks of the training.
        scaffold: a `tf.train.Scaffold`.
    """

    mode: str
    predictions: Any = None
    loss: Any = None
    train_op: Any = None
    eval_metric_ops: Mapping[str, Any] | None = None
    output_alternatives: Any = None
    training_chief_hooks: Sequence[Any] | None = None
    training_hooks: Sequence[Any] | None = None
    scaffold: Any = None

    def estimator_spec(
        self, default_serving_output_alternative_key: str | None = None, exports: bool = False
    ) -> EstimatorSpec:
        """The same as an `EstimatorSpec`.

        Args:
            default_serving_output_alternative_key: the name of what a saved model gives by default.
            exports: whether it is for a saved model.

        Raises:
            ValueError: to export, there is no such name, or there are several and no default.
        """
        key = default_serving_output_alternative_key
        return EstimatorSpec(
            self.mode,
            self.predictions,
            self.loss,
            self.train_op,
            dict(self.eval_metric_ops or {}),
            outputs_of(self.output_alternatives, self.predictions, key) if exports else None,
            training_chief_hooks=self.training_chief_hooks,
            training_hooks=self.training_hooks,
            scaffold=self.scaffold,
        )


class MetricSpec:
    """A metric for `evaluate`: a function of predictions, labels and weights, and where these are found.

    Args:
        metric_fn: such as `tf.metrics.accuracy`; called with ``labels``, ``predictions`` and perhaps ``weights``.
        prediction_key: which of the predictions, if there are several.
        label_key: which of the labels.
        weight_key: the feature with weights.
    """

    def __init__(
        self,
        metric_fn: Callable[..., Any],
        prediction_key: str | None = None,
        label_key: str | None = None,
        weight_key: str | None = None,
    ) -> None:
        self.metric_fn = metric_fn
        self.prediction_key, self.label_key, self.weight_key = prediction_key, label_key, weight_key

    def create_metric_ops(self, inputs: Any, labels: Any, predictions: Any) -> Any:
        """The metric's value and what updates it, for features, labels and predictions.

        Raises:
            ValueError: there are several predictions or labels, and no key says which.
        """
        given = {
            "labels": _chosen(labels, self.label_key, "label"),
            "predictions": _chosen(predictions, self.prediction_key, "prediction"),
        }
        if self.weight_key is not None:
            given["weights"] = inputs[self.weight_key]
        return self.metric_fn(**given)


def _chosen(given: Any, key: str | None, what: str) -> Any:
    if not isinstance(given, Mapping):
        return given
    if key is None and len(given) != 1:
        raise ValueError(f"MetricSpec needs a {what}_key, for there are {sorted(given)}.")
    return given[key] if key is not None else next(iter(given.values()))


def metric_ops(metrics: Mapping[Any, Any], features: Any, labels: Any, predictions: Any) -> dict[str, Any]:
    """Metrics by name: pairs of a value and what updates it.

    Args:
        metrics: `MetricSpec` by name; or a function of predictions and labels, by name, or by a pair of the name and
            the prediction it judges.
        features, labels, predictions: what they judge.

    Raises:
        ValueError: a name does not say which of several predictions is judged, or there is no such prediction.
            TypeError: a metric is neither.
    """
    found = {}
    for name, metric in metrics.items():
        if isinstance(metric, MetricSpec):
            found[name] = metric.create_metric_ops(features, labels, predictions)
            continue
        if not callable(metric):
            raise TypeError(f"A metric is a MetricSpec or a function, {name!r} is {metric!r}.")
        several = isinstance(predictions, Mapping)
        if isinstance(name, tuple) != several or (several and (len(name) != 2 or name[1] not in predictions)):
            there = f"one of {sorted(predictions)}" if several else "no key, for there is one prediction"
            raise ValueError(f"The metric {name!r} must name the prediction it judges: {there}.")
        if several:
            true = labels[name[1]] if isinstance(labels, Mapping) and name[1] in labels else labels
            found[name[0]] = metric(predictions[name[1]], true)
        else:
            found[name] = metric(predictions, labels)
    return found


class RunConfig(_RunConfig):
    """`tf.estimator.RunConfig` with the arguments of its forerunner.

    Args:
        master, num_cores, log_device_placement, gpu_memory_fraction, evaluation_master: accepted and without effect.
        tf_random_seed, save_summary_steps, save_checkpoints_secs, save_checkpoints_steps, keep_checkpoint_max,
            keep_checkpoint_every_n_hours, log_step_count_steps, protocol, model_dir, session_config,
            session_creation_timeout_secs: as for `tf.estimator.RunConfig`.
    """

    def __init__(
        self,
        master: str | None = None,
        num_cores: int = 0,
        log_device_placement: bool = False,
        gpu_memory_fraction: float = 1,
        tf_random_seed: int | None = None,
        save_summary_steps: int = 100,
        save_checkpoints_secs: float | None = None,
        save_checkpoints_steps: int | None = None,
        keep_checkpoint_max: int = 5,
        keep_checkpoint_every_n_hours: float = 10000,
        log_step_count_steps: int = 100,
        protocol: str | None = None,
        evaluation_master: str = "",
        model_dir: Any = None,
        session_config: Any = None,
        session_creation_timeout_secs: float = 7200,
    ) -> None:
        seconds = 600 if save_checkpoints_secs is None and save_checkpoints_steps is None else save_checkpoints_secs
        super().__init__(
            model_dir,
            tf_random_seed,
            save_summary_steps,
            save_checkpoints_steps,
            seconds,
            session_config,
            keep_checkpoint_max,
            keep_checkpoint_every_n_hours,
            log_step_count_steps,
            protocol=protocol,
            session_creation_timeout_secs=session_creation_timeout_secs,
        )
