"""Wide and deep models: a linear model and dense layers, whose logits are added up, each with an optimizer.

Source: Cheng et al., Wide & deep learning for recommender systems, DLRS 2016.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from kerasflow.core.ops import relu
from kerasflow.core.variable_scope import variable_scope
from kerasflow.estimator.base import Estimator
from kerasflow.estimator.canned.parts import (
    check_features,
    class_head,
    dnn_logits,
    layer_summary,
    linear_logits,
    optimizer_from,
    step_of_each,
)
from kerasflow.estimator.heads import Head, RegressionHead
from kerasflow.estimator.run_config import RunConfig
from kerasflow.estimator.spec import EstimatorSpec
from kerasflow.losses.base import Reduction

__all__ = ["DNNLinearCombinedClassifier", "DNNLinearCombinedEstimator", "DNNLinearCombinedRegressor"]

_DNN_RATE = 0.001
_LINEAR_RATE = 0.005


class DNNLinearCombinedEstimator(Estimator):
    """A linear model and dense layers over feature columns, and a head.

    Args:
        head: the head.
        model_dir, config, warm_start_from: as for `Estimator`.
        linear_feature_columns: columns of numbers or of categories.
        linear_optimizer: as for `DNNEstimator`; the learning rate of a name is 0.005, or ``n^(-1/2)`` for n columns if
            that is less.
        dnn_feature_columns: dense columns.
        dnn_optimizer: likewise; the learning rate of a name is 0.001.
        dnn_hidden_units, dnn_activation_fn, dnn_dropout, batch_norm: as `hidden_units`, `activation_fn`, `dropout` and
            `batch_norm` for `DNNEstimator`.
        input_layer_partitioner: accepted and without effect.
        linear_sparse_combiner: as `sparse_combiner` for `LinearEstimator`.

    Raises:
        ValueError: there are no columns, or dense ones without hidden units.
    """

    def __init__(
        self,
        head: Head,
        model_dir: Any = None,
        linear_feature_columns: Iterable[Any] | None = None,
        linear_optimizer: Any = "Ftrl",
        dnn_feature_columns: Iterable[Any] | None = None,
        dnn_optimizer: Any = "Adagrad",
        dnn_hidden_units: Sequence[int] | None = None,
        dnn_activation_fn: Callable[..., Any] | str | None = relu,
        dnn_dropout: float | None = None,
        input_layer_partitioner: Any = None,
        config: RunConfig | None = None,
        warm_start_from: Any = None,
        batch_norm: bool = False,
        linear_sparse_combiner: str = "sum",
    ) -> None:
        wide, deep = tuple(linear_feature_columns or ()), tuple(dnn_feature_columns or ())
        if not wide and not deep:
            raise ValueError("Either linear_feature_columns or dnn_feature_columns must be defined.")
        if deep and not dnn_hidden_units:
            raise ValueError("dnn_hidden_units must be defined when dnn_feature_columns is specified.")

        def model_fn(features: Any, labels: Any, mode: str) -> EstimatorSpec:
            check_features(features)
            values, units = tuple(features.values()), head.logits_dimension
            logits, rules = [], {}
            if deep:
                rules["dnn"] = optimizer_from(dnn_optimizer, _DNN_RATE)
                with variable_scope("dnn", values=values):
                    layers = (dnn_hidden_units or (), dnn_activation_fn, dnn_dropout, batch_norm)
                    logits.append(dnn_logits(features, mode, units, deep, *layers))
            if wide:
                rules["linear"] = optimizer_from(linear_optimizer, min(_LINEAR_RATE, len(wide) ** -0.5))
                with variable_scope("linear", values=values):
                    logits.append(linear_logits(features, units, wide, linear_sparse_combiner))
                    layer_summary(logits[-1], "linear")
            total = logits[0] if len(logits) == 1 else logits[0] + logits[1]
            return head.create_estimator_spec(
                features, mode, total, labels, train_op_fn=lambda loss: step_of_each(loss, rules)
            )

        super().__init__(model_fn, model_dir, config, warm_start_from=warm_start_from)


class DNNLinearCombinedClassifier(DNNLinearCombinedEstimator):
    """A wide and deep classifier.

    Args:
        model_dir, linear_feature_columns, linear_optimizer, dnn_feature_columns, dnn_optimizer, dnn_hidden_units,
            dnn_activation_fn, dnn_dropout, input_layer_partitioner, config, warm_start_from, batch_norm,
            linear_sparse_combiner: as for `DNNLinearCombinedEstimator`.
        n_classes, weight_column, label_vocabulary, loss_reduction: as for `DNNClassifier`.
    """

    def __init__(
        self,
        model_dir: Any = None,
        linear_feature_columns: Iterable[Any] | None = None,
        linear_optimizer: Any = "Ftrl",
        dnn_feature_columns: Iterable[Any] | None = None,
        dnn_optimizer: Any = "Adagrad",
        dnn_hidden_units: Sequence[int] | None = None,
        dnn_activation_fn: Callable[..., Any] | str | None = relu,
        dnn_dropout: float | None = None,
        n_classes: int = 2,
        weight_column: Any = None,
        label_vocabulary: Sequence[str] | None = None,
        input_layer_partitioner: Any = None,
        config: RunConfig | None = None,
        warm_start_from: Any = None,
        loss_reduction: str = Reduction.SUM,
        batch_norm: bool = False,
        linear_sparse_combiner: str = "sum",
    ) -> None:
        super().__init__(
            class_head(n_classes, weight_column, label_vocabulary, loss_reduction),
            model_dir,
            linear_feature_columns,
            linear_optimizer,
            dnn_feature_columns,
            dnn_optimizer,
            dnn_hidden_units,
            dnn_activation_fn,
            dnn_dropout,
            input_layer_partitioner,
            config,
            warm_start_from,
            batch_norm,
            linear_sparse_combiner,
        )


class DNNLinearCombinedRegressor(DNNLinearCombinedEstimator):
    """A wide and deep regression.

    Args:
        model_dir, linear_feature_columns, linear_optimizer, dnn_feature_columns, dnn_optimizer, dnn_hidden_units,
            dnn_activation_fn, dnn_dropout, input_layer_partitioner, config, warm_start_from, batch_norm,
            linear_sparse_combiner: as for `DNNLinearCombinedEstimator`.
        label_dimension, weight_column, loss_reduction: as for `DNNRegressor`.
    """

    def __init__(
        self,
        model_dir: Any = None,
        linear_feature_columns: Iterable[Any] | None = None,
        linear_optimizer: Any = "Ftrl",
        dnn_feature_columns: Iterable[Any] | None = None,
        dnn_optimizer: Any = "Adagrad",
        dnn_hidden_units: Sequence[int] | None = None,
        dnn_activation_fn: Callable[..., Any] | str | None = relu,
        dnn_dropout: float | None = None,
        label_dimension: int = 1,
        weight_column: Any = None,
        input_layer_partitioner: Any = None,
        config: RunConfig | None = None,
        warm_start_from: Any = None,
        loss_reduction: str = Reduction.SUM,
        batch_norm: bool = False,
        linear_sparse_combiner: str = "sum",
    ) -> None:
        super().__init__(
            RegressionHead(label_dimension, weight_column, loss_reduction),
            model_dir,
            linear_feature_columns,
            linear_optimizer,
            dnn_feature_columns,
            dnn_optimizer,
            dnn_hidden_units,
            dnn_activation_fn,
            dnn_dropout,
            input_layer_partitioner,
            config,
            warm_start_from,
            batch_norm,
            linear_sparse_combiner,
        )
