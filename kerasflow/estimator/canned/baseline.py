"""Baselines: models that do not look at the features, and learn the mean or the shares of the classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kerasflow.core import nest, ops
from kerasflow.core.named_variables import get_variable
from kerasflow.core.scopes import control_dependencies
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.tensor import Tensor
from kerasflow.core.variable_scope import variable_scope
from kerasflow.estimator.base import Estimator
from kerasflow.estimator.canned.parts import class_head, optimizer_from
from kerasflow.estimator.heads import Head, RegressionHead
from kerasflow.estimator.run_config import RunConfig
from kerasflow.estimator.spec import EstimatorSpec
from kerasflow.initializers import zeros_initializer
from kerasflow.losses.base import Reduction
from kerasflow.train.step_counter import get_global_step

__all__ = ["BaselineClassifier", "BaselineEstimator", "BaselineRegressor"]

_LEARNING_RATE = 0.3


class BaselineEstimator(Estimator):
    """The same logits for each example, and a head.

    Args:
        head: the head.
        model_dir, config: as for `Estimator`.
        optimizer: as for `DNNEstimator`; the learning rate of a name is 0.3.
    """

    def __init__(
        self, head: Head, model_dir: Any = None, optimizer: Any = "Ftrl", config: RunConfig | None = None
    ) -> None:
        def model_fn(features: Any, labels: Any, mode: str) -> EstimatorSpec:
            logits = _logits(features, head.logits_dimension)

            def step(loss: Any) -> Any:
                return optimizer_from(optimizer, _LEARNING_RATE).minimize(loss, global_step=get_global_step())

            return head.create_estimator_spec(features, mode, logits, labels, train_op_fn=step)

        super().__init__(model_fn, model_dir, config)


def _logits(features: Any, units: int) -> Tensor:
    """A row of the same numbers for each example; all features must have as many rows."""
    given = [features[key] for key in sorted(features)] if isinstance(features, Mapping) else nest.flatten(features)
    rows = [f.dense_shape[0] if isinstance(f, SparseTensor) else ops.cast(ops.shape(f)[0], "int64") for f in given]
    told = "All features need as many rows."
    with control_dependencies([ops.assert_equal(rows[0], other, message=told) for other in rows[1:]]):
        with variable_scope("baseline"):
            bias = get_variable("bias", [units], initializer=zeros_initializer())
            return ops.multiply(bias, ops.ones(ops.stack([rows[0], units])))


class BaselineClassifier(BaselineEstimator):
    """Predicts the share of each class, whatever the features.

    Args:
        model_dir, optimizer, config: as for `BaselineEstimator`.
        n_classes, weight_column, label_vocabulary, loss_reduction: as for `DNNClassifier`.
    """

    def __init__(
        self,
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column: Any = None,
        label_vocabulary: Sequence[str] | None = None,
        optimizer: Any = "Ftrl",
        config: RunConfig | None = None,
        loss_reduction: str = Reduction.SUM,
    ) -> None:
        head = class_head(n_classes, weight_column, label_vocabulary, loss_reduction)
        super().__init__(head, model_dir, optimizer, config)


class BaselineRegressor(BaselineEstimator):
    """Predicts the mean of the labels, whatever the features.

    Args:
        model_dir, optimizer, config: as for `BaselineEstimator`.
        label_dimension, weight_column, loss_reduction: as for `DNNRegressor`.
    """

    def __init__(
        self,
        model_dir: Any = None,
        label_dimension: int = 1,
        weight_column: Any = None,
        optimizer: Any = "Ftrl",
        config: RunConfig | None = None,
        loss_reduction: str = Reduction.SUM,
    ) -> None:
        head = RegressionHead(label_dimension, weight_column, loss_reduction)
        super().__init__(head, model_dir, optimizer, config)
