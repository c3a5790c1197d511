"""`tf.contrib.estimator`: heads by function, and what else was there before `tf.estimator` had it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from kerasflow.contrib.outer_optimizers import clip_gradients_by_norm
from kerasflow.contrib.rnn_estimators import RNNClassifier, RNNEstimator
from kerasflow.estimator.canned.logit_functions import call_logit_fn, dnn_logit_fn_builder, linear_logit_fn_builder
from kerasflow.estimator.early_stopping import (
    make_early_stopping_hook,
    stop_if_higher_hook,
    stop_if_lower_hook,
    stop_if_no_decrease_hook,
    stop_if_no_increase_hook,
)
from kerasflow.estimator.extending import add_metrics, forward_features
from kerasflow.estimator.heads import (
    BinaryClassHead,
    LogisticRegressionHead,
    MultiClassHead,
    MultiHead,
    MultiLabelHead,
    PoissonRegressionHead,
    RegressionHead,
)
from kerasflow.estimator.in_memory import InMemoryEvaluatorHook
from kerasflow.losses.base import Reduction

__all__ = [
    "InMemoryEvaluatorHook",
    "RNNClassifier",
    "RNNEstimator",
    "add_metrics",
    "binary_classification_head",
    "call_logit_fn",
    "clip_gradients_by_norm",
    "dnn_logit_fn_builder",
    "forward_features",
    "linear_logit_fn_builder",
    "logistic_regression_head",
    "make_early_stopping_hook",
    "multi_class_head",
    "multi_head",
    "multi_label_head",
    "poisson_regression_head",
    "regression_head",
    "stop_if_higher_hook",
    "stop_if_lower_hook",
    "stop_if_no_decrease_hook",
    "stop_if_no_increase_hook",
]

binary_classification_head = BinaryClassHead
multi_class_head = MultiClassHead
multi_head = MultiHead
logistic_regression_head = LogisticRegressionHead


def multi_label_head(
    n_classes: int,
    weight_column: Any = None,
    thresholds: Iterable[float] | None = None,
    label_vocabulary: Sequence[str] | None = None,
    loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
    loss_fn: Callable[..., Any] | None = None,
    classes_for_class_based_metrics: Sequence[Any] | None = None,
    name: str | None = None,
) -> MultiLabelHead:
    """As `tf.estimator.MultiLabelHead`; there are no metrics of single classes.

    Raises:
        ValueError: `classes_for_class_based_metrics` is given, or as for the class.
    """
    if classes_for_class_based_metrics:
        raise ValueError(
            "There are no metrics of single classes: classes_for_class_based_metrics must be None, got "
            f"{classes_for_class_based_metrics}. tf.estimator.add_metrics adds some."
        )
    return MultiLabelHead(n_classes, weight_column, thresholds, label_vocabulary, loss_reduction, loss_fn, name)


def regression_head(
    weight_column: Any = None,
    label_dimension: int = 1,
    loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
    loss_fn: Callable[..., Any] | None = None,
    inverse_link_fn: Callable[[Any], Any] | None = None,
    name: str | None = None,
) -> RegressionHead:
    """As `tf.estimator.RegressionHead`, which takes the first two the other way round.

    >>> tf.contrib.estimator.regression_head("w", 3, name="size").logits_dimension
    3
    """
    return RegressionHead(label_dimension, weight_column, loss_reduction, loss_fn, inverse_link_fn, name)


def poisson_regression_head(
    weight_column: Any = None,
    label_dimension: int = 1,
    loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
    compute_full_loss: bool = True,
    name: str | None = None,
) -> PoissonRegressionHead:
    """As `tf.estimator.PoissonRegressionHead`, which takes the first two the other way round."""
    return PoissonRegressionHead(label_dimension, weight_column, loss_reduction, compute_full_loss, name)
