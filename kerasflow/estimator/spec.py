"""`EstimatorSpec`: what a model function gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from kerasflow.core import nest, ops
from kerasflow.core.graph import default_graph
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.variables import Variable
from kerasflow.estimator.export_outputs import given_outputs
from kerasflow.estimator.modes import ModeKeys
from kerasflow.train.run_hooks import SessionRunHook
from kerasflow.train.scaffold import Scaffold

__all__ = ["EstimatorSpec"]


class _Fields(NamedTuple):
    mode: str
    predictions: Any
    loss: Any
    train_op: Any
    eval_metric_ops: dict[str, Any]
    export_outputs: Any
    training_chief_hooks: tuple[Any, ...]
    training_hooks: tuple[Any, ...]
    scaffold: Scaffold
    evaluation_hooks: tuple[Any, ...]
    prediction_hooks: tuple[Any, ...]


class EstimatorSpec(_Fields):
    """What is to be run to train, evaluate and predict; a model function gives one.

    Args:
        mode: what the model function was called for, one of `ModeKeys`.
        predictions: a tensor or a dict of tensors; needed to predict.
        loss: a scalar, or a tensor of one number; needed to train and to evaluate.
        train_op: what takes a step of the training; needed to train.
        eval_metric_ops: pairs of a metric's value and the operation that updates it, by name.
        export_outputs: by name, what a saved model gives: `tf.estimator.export.PredictOutput` and its kin.
        training_chief_hooks, training_hooks, evaluation_hooks, prediction_hooks: hooks besides those of the caller.
        scaffold: a `tf.train.Scaffold`.

    Raises:
        ValueError: something is missing, of the wrong shape, or of another graph. TypeError: something is of the wrong
            type.

    >>> x = tf.constant([[1.0], [2.0]])
    >>> spec = tf.estimator.EstimatorSpec(tf.estimator.ModeKeys.PREDICT, predictions={"double": 2.0 * x})
    >>> sorted(spec.export_outputs)
    ['serving_default']
    """

    __slots__ = ()

    def __new__(
        cls,
        mode: str,
        predictions: Any = None,
        loss: Any = None,
        train_op: Any = None,
        eval_metric_ops: Any = None,
        export_outputs: Any = None,
        training_chief_hooks: Sequence[Any] | None = None,
        training_hooks: Sequence[Any] | None = None,
        scaffold: Scaffold | None = None,
        evaluation_hooks: Sequence[Any] | None = None,
        prediction_hooks: Sequence[Any] | None = None,
    ) -> EstimatorSpec:
        """Check what is given."""
        train_op = _train_op(train_op, mode)
        loss = _loss(loss, mode)
        predictions = _predictions(predictions, mode)
        if scaffold is not None and not isinstance(scaffold, Scaffold):
            raise TypeError(f"scaffold must be tf.train.Scaffold. Given: {scaffold!r}")
        return super().__new__(
            cls,
            mode,
            predictions,
            loss,
            train_op,
            _metrics(eval_metric_ops),
            given_outputs(export_outputs, predictions) if mode == ModeKeys.PREDICT else export_outputs,
            _hooks(training_chief_hooks),
            _hooks(training_hooks),
            scaffold or Scaffold(),
            _hooks(evaluation_hooks),
            _hooks(prediction_hooks),
        )

    def _replace(self, **kwargs: Any) -> EstimatorSpec:  # type: ignore[override]  # checks what it is given
        if kwargs.get("mode", self.mode) != self.mode:
            raise ValueError("mode of EstimatorSpec cannot be changed.")
        return EstimatorSpec(**{**self._asdict(), **kwargs})


def _here(value: Any, what: str) -> None:
    """ValueError if a tensor or operation is not of the default graph."""
    if value.graph is not default_graph():
        raise ValueError(
            f'{what} with "{value.name}" must be from the default graph: it was made outside of this call of the '
            "model function, or outside of the graph that the estimator calls it in."
        )


def _tensor(value: Any, what: str) -> Any:
    if not isinstance(value, (Tensor, Variable)):
        raise TypeError(f"{what} must be Tensor, given: {value!r}")
    return value


def _train_op(train_op: Any, mode: str) -> Any:
    if train_op is None:
        if mode == ModeKeys.TRAIN:
            raise ValueError("Missing train_op.")
        return None
    if not isinstance(train_op, (Operation, Tensor, Variable)):
        raise TypeError(f"train_op must be Operation or Tensor, given: {train_op!r}")
    _here(train_op, "train_op")
    return train_op


def _loss(loss: Any, mode: str) -> Any:
    if loss is None:
        if mode in (ModeKeys.TRAIN, ModeKeys.EVAL):
            raise ValueError("Missing loss.")
        return None
    size = _tensor(loss, "loss").get_shape().num_elements()
    if size not in (None, 1):
        raise ValueError(f"Loss must be scalar, given: {loss}")
    _here(loss, "loss")
    return loss if loss.dims in (None, ()) else ops.reshape(loss, [])


def _predictions(predictions: Any, mode: str) -> Any:
    if predictions is None:
        if mode == ModeKeys.PREDICT:
            raise ValueError("Missing predictions.")
        return {}
    if not isinstance(predictions, Mapping):
        _here(_tensor(predictions, "predictions"), "prediction values")
        return predictions
    for key, value in predictions.items():
        _here(_tensor(value, f"predictions[{key}]"), "prediction values")
    return dict(predictions)


def _metrics(metrics: Any) -> dict[str, Any]:
    if metrics is None:
        return {}
    if not isinstance(metrics, dict):
        raise TypeError(f"eval_metric_ops must be a dict, given: {metrics!r}")
    for key, pair in metrics.items():
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError(
                f"Values of eval_metric_ops must be (metric_value, update_op) tuples, given: {pair!r} for key: {key}"
            )
        for value in nest.flatten(pair):
            _here(value, "eval_metric_ops")
    return dict(metrics)


def _hooks(hooks: Sequence[Any] | None) -> tuple[Any, ...]:
    for hook in hooks or ():
        if not isinstance(hook, SessionRunHook):
            raise TypeError(f"All hooks must be SessionRunHook instances, given: {hook!r}")
    return tuple(hooks or ())
