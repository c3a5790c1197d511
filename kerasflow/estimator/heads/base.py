"""`Head`: what all heads have in common, and what each has to say for itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from kerasflow.core import ops
from kerasflow.core.graph import default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.scopes import group, name_scope
from kerasflow.core.tensor import Tensor
from kerasflow.estimator.calling import arguments
from kerasflow.estimator.heads.checks import checked_logits, matching_weights
from kerasflow.estimator.heads.keys import MetricKeys, PredictionKeys
from kerasflow.estimator.modes import ModeKeys
from kerasflow.estimator.spec import EstimatorSpec
from kerasflow.losses.base import Reduction
from kerasflow.losses.collected import compute_weighted_loss
from kerasflow.metrics.streaming import mean
from kerasflow.summary.functions import scalar
from kerasflow.train.step_counter import get_global_step

__all__ = ["Head", "LossSpec", "take_step"]

_REDUCTIONS = (
    Reduction.MEAN,
    Reduction.SUM,
    Reduction.SUM_BY_NONZERO_WEIGHTS,
    Reduction.SUM_OVER_BATCH_SIZE,
)


class LossSpec(NamedTuple):
    """A loss: reduced, example by example, the weights, and the labels as numbers."""

    training_loss: Any
    unreduced_loss: Any
    weights: Any
    processed_labels: Any


class Head:
    """The base of heads. A subclass defines `logits_dimension`, `labels_of`, `losses_of`, `predictions_of`,
    `metrics_of` and `outputs_of`.

    Args:
        weight_column: a feature, by name or as a numeric column, with the weights of examples.
        loss_reduction: how the losses of examples become one, a constant of `tf.losses.Reduction` but NONE.
        loss_fn: ``loss_fn(labels, logits)``, which may take ``features`` too, gives losses in place of the head's own.
        name: of the head; it is appended to the names of metrics.

    Raises:
        ValueError: there is no such reduction, or `loss_fn` does not take what it is given.
    """

    def __init__(
        self,
        weight_column: Any = None,
        loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
        loss_fn: Callable[..., Any] | None = None,
        name: str | None = None,
    ) -> None:
        if loss_reduction not in _REDUCTIONS:
            raise ValueError(f"Invalid loss_reduction: {loss_reduction}")
        if loss_fn is not None:
            taken = set(arguments(loss_fn))
            missing, other = {"labels", "logits"} - taken, taken - {"labels", "logits", "features"}
            if missing or other:
                raise ValueError(f"loss_fn takes labels, logits and perhaps features, got one of {sorted(taken)}.")
        self._weight_column = weight_column
        self._loss_reduction = loss_reduction
        self._loss_fn = loss_fn
        self._name = name

    # What a subclass says.

    @property
    def logits_dimension(self) -> int:
        """How many logits there are for an example."""
        raise NotImplementedError(f"{type(self).__name__} must define logits_dimension.")

    def labels_of(self, labels: Any, logits: Tensor) -> Tensor:
        """The labels as numbers, with the axes of the logits."""
        raise NotImplementedError(f"{type(self).__name__} must define labels_of().")

    def losses_of(self, labels: Tensor, logits: Tensor) -> Tensor:
        """The loss of each example, with the axes of the labels."""
        raise NotImplementedError(f"{type(self).__name__} must define losses_of().")

    def predictions_of(self, logits: Tensor) -> dict[str, Tensor]:
        """The predictions by name."""
        raise NotImplementedError(f"{type(self).__name__} must define predictions_of().")

    def metrics_of(self, predictions: Mapping[str, Tensor], loss: LossSpec) -> dict[str, Any]:
        """The metrics by name, besides the mean loss: pairs of a value and what updates it."""
        raise NotImplementedError(f"{type(self).__name__} must define metrics_of().")

    def outputs_of(self, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
        """What a saved model gives, by the name of the signature."""
        raise NotImplementedError(f"{type(self).__name__} must define outputs_of().")

    weights_for_each_logit = False

    # What they all do.

    @property
    def name(self) -> str | None:
        """The name; None if it has none."""
        return self._name

    @property
    def loss_reduction(self) -> str:
        """How the losses of examples become one."""
        return self._loss_reduction

    def create_loss(self, features: Any, mode: str, logits: Any, labels: Any) -> LossSpec:
        """The loss of a batch.

        Args:
            features: from names to tensors; weights are among them.
            mode: accepted and without effect.
            logits: a tensor of shape [batch, logits_dimension], or with more axes in front.
            labels: a tensor of the labels.
        """
        logits = ops.convert_to_tensor(logits)
        processed = self.labels_of(labels, logits)
        if self._loss_fn is None:
            unreduced = self.losses_of(processed, logits)
        else:
            with_features = {"features": features} if "features" in arguments(self._loss_fn) else {}
            unreduced = self._loss_fn(labels=processed, logits=logits, **with_features)
            if not unreduced.shape.is_compatible_with(processed.shape):
                raise ValueError(f"loss_fn must return a Tensor of shape {processed.shape}, got {unreduced.shape}.")
        weights = matching_weights(features, self._weight_column, logits, self.weights_for_each_logit)
        return LossSpec(self._reduced(unreduced, weights), unreduced, weights, processed)

    def _reduced(self, unreduced: Tensor, weights: Any) -> Tensor:
        return compute_weighted_loss(unreduced, weights, reduction=self._loss_reduction)

    def create_estimator_spec(
        self,
        features: Any,
        mode: str,
        logits: Any,
        labels: Any = None,
        optimizer: Any = None,
        train_op_fn: Callable[[Any], Any] | None = None,
        regularization_losses: Sequence[Any] | None = None,
        trainable_variables: Any = None,
        update_ops: Sequence[Any] | None = None,
    ) -> EstimatorSpec:
        """What a model function gives: predictions, and the loss, metrics and training of the mode.

        Args:
            features: from names to tensors.
            mode: one of `ModeKeys`.
            logits: what the body of the model computed.
            labels: the labels; needed unless the mode is PREDICT.
            optimizer: minimizes the loss; or
            train_op_fn: gives what takes a step, for the loss.
            regularization_losses: what the loss is besides.
            trainable_variables: those that `optimizer` changes, by default all.
            update_ops: are run with each step, besides those of the collection UPDATE_OPS.

        Raises:
            ValueError: logits or labels do not fit, or not just one of `optimizer` and `train_op_fn` is given.
        """
        with name_scope(self._name, "head"):
            with name_scope(None, "predictions", (logits,)):
                logits = checked_logits(logits, self.logits_dimension)
                predictions = self.predictions_of(logits)
            if mode == ModeKeys.PREDICT:
                return EstimatorSpec(mode, predictions, export_outputs=self.outputs_of(predictions))
            spec = self.create_loss(features, mode, logits, labels)
            penalty = ops.add_n(list(regularization_losses)) if regularization_losses else None
            loss = spec.training_loss if penalty is None else ops.add_n([spec.training_loss, penalty])
            if mode == ModeKeys.EVAL:
                metrics = self._metrics({**predictions, PredictionKeys.LOGITS: logits}, spec, penalty)
                return EstimatorSpec(mode, predictions, loss, eval_metric_ops=metrics)
            step = take_step(loss, optimizer, train_op_fn, trainable_variables, update_ops)
            shown = {MetricKeys.LOSS: loss, MetricKeys.LOSS_REGULARIZATION: penalty}
            if self._loss_reduction == Reduction.SUM:
                total = ops.reduce_sum(spec.weights * ops.ones_like(spec.unreduced_loss))
                shown[MetricKeys.LOSS_MEAN] = spec.training_loss / total
        with name_scope(""):
            for key, value in shown.items():
                if value is not None:
                    scalar(self._key(key), value)
        return EstimatorSpec(mode, predictions, loss, step)

    def _metrics(self, predictions: Mapping[str, Tensor], spec: LossSpec, penalty: Any) -> dict[str, Any]:
        with name_scope(None, "metrics"):
            key = MetricKeys.LOSS_MEAN
            made = {key: mean(spec.unreduced_loss, spec.weights, name=key), **self.metrics_of(predictions, spec)}
            if penalty is not None:
                key = MetricKeys.LOSS_REGULARIZATION
                made[key] = mean(penalty, name=key)
        return {self._key(key): pair for key, pair in made.items()}

    def _key(self, name: str) -> str:
        return f"{name}/{self._name}" if self._name else name


def take_step(loss: Tensor, optimizer: Any, train_op_fn: Any, variables: Any, updates: Sequence[Any] | None) -> Any:
    """What takes a step of the training."""
    if (optimizer is None) == (train_op_fn is None):
        which = "None" if optimizer is None else "set"
        raise ValueError(f"train_op_fn and optimizer cannot both be {which}.")
    if optimizer is not None:
        step = optimizer.minimize(loss, global_step=get_global_step(), var_list=variables)
    else:
        step = train_op_fn(loss)
    others = [*(updates or ()), *default_graph().get_collection(GraphKeys.UPDATE_OPS)]
    return group(step, *others) if others else step
