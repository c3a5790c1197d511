"""Networks of dense layers over feature columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from kerasflow.core.ops import relu
from kerasflow.core.variable_scope import variable_scope
from kerasflow.estimator.base import Estimator
from kerasflow.estimator.canned.parts import check_features, class_head, dnn_logits, optimizer_from
from kerasflow.estimator.canned.slots import with_slots_named
from kerasflow.estimator.heads import Head, RegressionHead
from kerasflow.estimator.run_config import RunConfig
from kerasflow.estimator.spec import EstimatorSpec
from kerasflow.losses.base import Reduction

__all__ = ["DNNClassifier", "DNNEstimator", "DNNRegressor"]

_LEARNING_RATE = 0.05


class DNNEstimator(Estimator):
    """Dense layers over feature columns, and a head.

    Args:
        head: the head.
        hidden_units: the sizes of the hidden layers.
        feature_columns: dense columns.
        model_dir, config, warm_start_from: as for `Estimator`.
        optimizer: ``"Adagrad"``, ``"Adam"``, ``"Ftrl"``, ``"RMSProp"`` or ``"SGD"`` with a learning rate of 0.05, an
            optimizer, or a function that gives one.
        activation_fn: that of the hidden layers.
        dropout: the share of each hidden layer's values that are left out while it is trained; None for none.
        input_layer_partitioner: accepted and without effect.
        batch_norm: whether hidden layers are followed by batch normalization.

    Raises:
        ValueError: there is no such optimizer.
    """

    def __init__(
        self,
        head: Head,
        hidden_units: Sequence[int],
        feature_columns: Iterable[Any],
        model_dir: Any = None,
        optimizer: Any = "Adagrad",
        activation_fn: Callable[..., Any] | str | None = relu,
        dropout: float | None = None,
        input_layer_partitioner: Any = None,
        config: RunConfig | None = None,
        warm_start_from: Any = None,
        batch_norm: bool = False,
    ) -> None:
        columns = tuple(feature_columns or ())

        def model_fn(features: Any, labels: Any, mode: str, config: RunConfig) -> EstimatorSpec:
            rule = optimizer_from(optimizer, _LEARNING_RATE)
            check_features(features)
            with variable_scope("dnn", values=tuple(features.values())):
                size = head.logits_dimension
                logits = dnn_logits(features, mode, size, columns, hidden_units, activation_fn, dropout, batch_norm)
                spec = head.create_estimator_spec(features, mode, logits, labels, rule)
            return with_slots_named(spec, config, "dnn", rule)

        super().__init__(model_fn, model_dir, config, warm_start_from=warm_start_from)


class DNNClassifier(DNNEstimator):
    """Dense layers over feature columns, for two classes or more.

    Args:
        hidden_units, feature_columns, model_dir, optimizer, activation_fn, dropout, input_layer_partitioner, config,
            warm_start_from, batch_norm: as for `DNNEstimator`.
        n_classes: the number of classes.
        weight_column: a feature, by name or as a numeric column, with the weights of examples.
        label_vocabulary: the names of the classes, if labels are names; else they are whole numbers from 0 on.
        loss_reduction: how the losses of examples become one; by default they are summed.

    >>> import tempfile
    >>> x = np.random.default_rng(0).normal(size=(100, 2)).astype(np.float32)
    >>> y = (x[:, 0] * x[:, 1] > 0).astype(np.int32)
    >>> classifier = tf.estimator.DNNClassifier(
    ...     [16, 16],
    ...     [tf.feature_column.numeric_column("x", shape=[2])],
    ...     tempfile.mkdtemp(),
    ...     optimizer="Adam",
    ...     config=tf.estimator.RunConfig(tf_random_seed=1),
    ... )
    >>> input_fn = tf.estimator.inputs.numpy_input_fn({"x": x}, y, batch_size=20, num_epochs=10, shuffle=True)
    >>> metrics = classifier.train(input_fn).evaluate(input_fn)
    >>> bool(metrics["accuracy"] > 0.9)
    True
    """

    def __init__(
        self,
        hidden_units: Sequence[int],
        feature_columns: Iterable[Any],
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column: Any = None,
        label_vocabulary: Sequence[str] | None = None,
        optimizer: Any = "Adagrad",
        activation_fn: Callable[..., Any] | str | None = relu,
        dropout: float | None = None,
        input_layer_partitioner: Any = None,
        config: RunConfig | None = None,
        warm_start_from: Any = None,
        loss_reduction: str = Reduction.SUM,
        batch_norm: bool = False,
    ) -> None:
        super().__init__(
            class_head(n_classes, weight_column, label_vocabulary, loss_reduction),
            hidden_units,
            feature_columns,
            model_dir,
            optimizer,
            activation_fn,
            dropout,
            input_layer_partitioner,
            config,
            warm_start_from,
            batch_norm,
        )


class DNNRegressor(DNNEstimator):
    """Dense layers over feature columns, for a number or several.

    Args:
        hidden_units, feature_columns, model_dir, optimizer, activation_fn, dropout, input_layer_partitioner, config,
            warm_start_from, batch_norm: as for `DNNEstimator`.
        label_dimension: how many numbers there are for an example.
        weight_column, loss_reduction: as for `DNNClassifier`.
    """

    def __init__(
        self,
        hidden_units: Sequence[int],
        feature_columns: Iterable[Any],
        model_dir: Any = None,
        label_dimension: int = 1,
        weight_column: Any = None,
        optimizer: Any = "Adagrad",
        activation_fn: Callable[..., Any] | str | None = relu,
        dropout: float | None = None,
        input_layer_partitioner: Any = None,
        config: RunConfig | None = None,
        warm_start_from: Any = None,
        loss_reduction: str = Reduction.SUM,
        batch_norm: bool = False,
    ) -> None:
        super().__init__(
            RegressionHead(label_dimension, weight_column, loss_reduction),
            hidden_units,
            feature_columns,
            model_dir,
            optimizer,
            activation_fn,
            dropout,
            input_layer_partitioner,
            config,
            warm_start_from,
            batch_norm,
        )
