"""Linear models over feature columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kerasflow.core.variable_scope import variable_scope
from kerasflow.estimator.base import Estimator
from kerasflow.estimator.canned.parts import check_features, class_head, linear_logits, optimizer_from
from kerasflow.estimator.canned.slots import with_slots_named
from kerasflow.estimator.heads import Head, RegressionHead
from kerasflow.estimator.run_config import RunConfig
from kerasflow.estimator.spec import EstimatorSpec
from kerasflow.losses.base import Reduction
from kerasflow.train.proximal import FtrlOptimizer

__all__ = ["LinearClassifier", "LinearEstimator", "LinearRegressor"]

_LEARNING_RATE = 0.2


class LinearEstimator(Estimator):
    """A linear function of feature columns, and a head.

    Args:
        head: the head.
        feature_columns: columns of numbers or of categories.
        model_dir, config, warm_start_from: as for `Estimator`.
        optimizer: as for `DNNEstimator`; the learning rate is 0.2. By default it is Ftrl, with ``n^(-1/2)`` for n
            columns if that is less.
        partitioner: accepted and without effect.
        sparse_combiner: how the rows of several categories become one: "sum", "mean" or "sqrtn".
    """

    def __init__(
        self,
        head: Head,
        feature_columns: Iterable[Any],
        model_dir: Any = None,
        optimizer: Any = None,
        config: RunConfig | None = None,
        partitioner: Any = None,
        sparse_combiner: str = "sum",
        warm_start_from: Any = None,
    ) -> None:
        columns = tuple(feature_columns or ())

        def model_fn(features: Any, labels: Any, mode: str, config: RunConfig) -> EstimatorSpec:
            check_features(features)
            with variable_scope("linear", values=tuple(features.values())):
                logits = linear_logits(features, head.logits_dimension, columns, sparse_combiner)
                default = FtrlOptimizer(min(_LEARNING_RATE, len(columns) ** -0.5)) if optimizer is None else optimizer
                rule = optimizer_from(default, _LEARNING_RATE)
                spec = head.create_estimator_spec(features, mode, logits, labels, rule)
            return with_slots_named(spec, config, "linear", rule)

        super().__init__(model_fn, model_dir, config, warm_start_from=warm_start_from)


class LinearClassifier(LinearEstimator):
    """A linear classifier over feature columns: logistic regression, or softmax regression.

    Args:
        feature_columns, model_dir, config, partitioner, warm_start_from, sparse_combiner: as for `LinearEstimator`.
        n_classes: the number of classes.
        weight_column: a feature, by name or as a numeric column, with the weights of examples.
        label_vocabulary: the names of the classes, if labels are names; else they are whole numbers from 0 on.
        optimizer: as for `DNNEstimator`; the learning rate of a name is 0.2.
        loss_reduction: how the losses of examples become one; by default they are summed.
    """

    def __init__(
        self,
        feature_columns: Iterable[Any],
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column: Any = None,
        label_vocabulary: Sequence[str] | None = None,
        optimizer: Any = "Ftrl",
        config: RunConfig | None = None,
        partitioner: Any = None,
        warm_start_from: Any = None,
        loss_reduction: str = Reduction.SUM,
        sparse_combiner: str = "sum",
    ) -> None:
        head = class_head(n_classes, weight_column, label_vocabulary, loss_reduction)
        super().__init__(
            head, feature_columns, model_dir, optimizer, config, partitioner, sparse_combiner, warm_start_from
        )


class LinearRegressor(LinearEstimator):
    """A linear regression over feature columns.

    Args:
        feature_columns, model_dir, config, partitioner, warm_start_from, sparse_combiner: as for `LinearEstimator`.
        label_dimension: how many numbers there are for an example.
        weight_column, optimizer, loss_reduction: as for `LinearClassifier`.

    >>> import tempfile
    >>> x = np.linspace(-1.0, 1.0, 50)
    >>> regressor = tf.estimator.LinearRegressor([tf.feature_column.numeric_column("x")], tempfile.mkdtemp())
    >>> input_fn = tf.estimator.inputs.numpy_input_fn({"x": x}, 2.0 * x + 1.0, num_epochs=500, shuffle=False)
    >>> _ = regressor.train(input_fn)
    >>> regressor.get_variable_value("linear/linear_model/x/weights").round(1)
    array([[2.]], dtype=float32)
    """

    def __init__(
        self,
        feature_columns: Iterable[Any],
        model_dir: Any = None,
        label_dimension: int = 1,
        weight_column: Any = None,
        optimizer: Any = "Ftrl",
        config: RunConfig | None = None,
        partitioner: Any = None,
        warm_start_from: Any = None,
        loss_reduction: str = Reduction.SUM,
        sparse_combiner: str = "sum",
    ) -> None:
        head = RegressionHead(label_dimension, weight_column, loss_reduction)
        super().__init__(
            head, feature_columns, model_dir, optimizer, config, partitioner, sparse_combiner, warm_start_from
        )
