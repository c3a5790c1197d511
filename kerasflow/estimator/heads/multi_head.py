"""`MultiHead`: several heads over one body, for several targets at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kerasflow.core import ops
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor
from kerasflow.estimator.export_outputs import PredictOutput
from kerasflow.estimator.heads.base import Head, LossSpec, take_step
from kerasflow.estimator.heads.keys import MetricKeys
from kerasflow.estimator.modes import ModeKeys
from kerasflow.estimator.spec import EstimatorSpec
from kerasflow.metrics.streaming import mean
from kerasflow.saved_model.signature_constants import DEFAULT_SERVING_SIGNATURE_DEF_KEY
from kerasflow.summary.functions import scalar

__all__ = ["MultiHead"]

_PREDICT = "predict"


class MultiHead(Head):
    """Several heads: the loss is the sum of theirs, ``sum(weight * loss)``.

    Labels are a dict by the names of the heads. Logits are such a dict too, or a tensor whose last axis has those of
    the first head, then those of the second. Predictions are named by pairs of the head's name and the head's own name
    for them; metrics end in a slash and the head's name.

    Args:
        heads: the heads, each with a name of its own.
        head_weights: how much the loss of each counts, by default 1.

    Raises:
        ValueError: there are no heads, one has no name, two have the same, or there are more or fewer weights.

    >>> kind = tf.estimator.MultiClassHead(3, name="kind")
    >>> head = tf.estimator.MultiHead([kind, tf.estimator.RegressionHead(name="size")], head_weights=[1.0, 0.5])
    >>> head.name, head.logits_dimension
    ('kind_size', 4)
    >>> labels = {"kind": tf.constant([2]), "size": tf.constant([3.0])}
    >>> spec = head.create_loss({}, tf.estimator.ModeKeys.EVAL, tf.zeros([1, 4]), labels)
    >>> tf.Session().run(spec.training_loss)  # log 3 + 0.5 * 9
    np.float32(5.5986...)
    """

    def __init__(self, heads: Sequence[Head], head_weights: Sequence[float] | None = None) -> None:
        heads = tuple(heads or ())
        if not heads:
            raise ValueError(f"Must specify heads. Given: {heads}")
        names = [head.name for head in heads]
        if not all(names):
            raise ValueError(f"All given heads must have name specified. Given: {names}")
        if len(set(names)) < len(names):
            raise ValueError(f"Each head needs a name of its own. Given: {names}")
        if head_weights and len(head_weights) != len(heads):
            raise ValueError(
                f"heads and head_weights must have the same size. Given len(heads): {len(heads)}. Given "
                f"len(head_weights): {len(head_weights)}."
            )
        super().__init__(name="_".join(str(name) for name in names))
        self._heads = {str(head.name): head for head in heads}
        self._weights = tuple(head_weights) if head_weights else None

    @property
    def logits_dimension(self) -> int:
        """How many logits all heads take."""
        return sum(head.logits_dimension for head in self._heads.values())

    def create_loss(self, features: Any, mode: str, logits: Any, labels: Any) -> LossSpec:
        """The loss of a batch: the sum; and dicts of the heads' own, which their weights multiply."""
        logits, labels = self._logits(logits), self._labels(labels)
        made = {name: head.create_loss(features, mode, logits[name], labels[name]) for name, head in self._of()}
        counts = dict(zip(made, self._weights or [1.0] * len(made), strict=True))
        return LossSpec(
            self._merged([spec.training_loss for spec in made.values()]),
            {name: spec.unreduced_loss * counts[name] for name, spec in made.items()},
            {name: spec.weights * counts[name] for name, spec in made.items()},
            {name: spec.processed_labels for name, spec in made.items()},
        )

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
        """What a model function gives, as of `Head`; ValueError: labels are no dict. KeyError: one is missing."""
        logits = self._logits(logits)
        labels = dict.fromkeys(self._heads) if labels is None else self._labels(labels)
        specs = {
            name: head.create_estimator_spec(features, mode, logits[name], labels[name], train_op_fn=_no_step)
            for name, head in self._of()
        }
        predictions = {(name, key): value for name, s in specs.items() for key, value in s.predictions.items()}
        if mode == ModeKeys.PREDICT:
            return EstimatorSpec(mode, predictions, export_outputs=_outputs(specs))
        penalty = list(regularization_losses or ())
        if mode == ModeKeys.EVAL:
            with name_scope(None, "merge_eval"):
                metrics = {}
                for name, spec in specs.items():
                    key = f"{MetricKeys.LOSS}/{name}"
                    metrics.update({key: mean(spec.loss, name=key), **spec.eval_metric_ops})
                loss = self._merged([s.loss for s in specs.values()], penalty)
            return EstimatorSpec(mode, predictions, loss, eval_metric_ops=metrics)
        loss = self._merged([s.loss for s in specs.values()], penalty)
        step = take_step(loss, optimizer, train_op_fn, trainable_variables, update_ops)
        with name_scope(""):
            scalar(MetricKeys.LOSS, loss)
        return EstimatorSpec(mode, predictions, loss, step)

    def _of(self) -> Any:
        return self._heads.items()

    def _merged(self, losses: Sequence[Tensor], others: Sequence[Any] = ()) -> Tensor:
        with name_scope(None, "merge_losses", losses):
            if self._weights is not None:
                losses = [ops.multiply(loss, weight) for loss, weight in zip(losses, self._weights, strict=True)]
            return ops.add_n([*losses, *others])

    def _labels(self, labels: Any) -> Mapping[str, Any]:
        if not isinstance(labels, Mapping):
            raise ValueError(f"labels must be a dict. Given: {labels}")
        missing = sorted(set(self._heads) - set(labels))
        if missing:
            raise KeyError(f"There are no labels of the heads {missing}, only {sorted(labels)}.")
        return labels

    def _logits(self, logits: Any) -> Mapping[str, Any]:
        """The logits by the name of the head."""
        if isinstance(logits, Mapping):
            return logits
        with name_scope(None, "split_logits", (logits,)):
            logits = ops.convert_to_tensor(logits)
            sizes = [head.logits_dimension for head in self._heads.values()]
            last = logits.dims[-1] if logits.dims else None
            if last is not None and last != sum(sizes):
                raise ValueError(
                    f"Could not split logits of shape {logits.shape} among the heads with individual logits "
                    f"dimensions: {sizes}. The last dimension of the logits tensor should equal {sum(sizes)} but is "
                    f"{last}."
                )
            return dict(zip(self._heads, ops.split(logits, sizes, axis=-1), strict=True))


def _no_step(loss: Any) -> Any:
    """In place of the step of one head: the step is that of all."""
    return ops.no_op()


def _outputs(specs: Mapping[str, EstimatorSpec]) -> dict[str, Any]:
    """The signatures of all heads under their names; the default is that of the first."""
    made: dict[str, Any] = {}
    together = {}
    for name, spec in specs.items():
        outputs = dict(spec.export_outputs)
        default = outputs.pop(DEFAULT_SERVING_SIGNATURE_DEF_KEY)
        made.setdefault(DEFAULT_SERVING_SIGNATURE_DEF_KEY, default)
        made[name] = default
        made.update({f"{name}/{key}": output for key, output in outputs.items()})
        together.update({f"{name}/{key}": value for key, value in outputs[_PREDICT].outputs.items()})
    return {**made, _PREDICT: PredictOutput(together)}
