"""The models of `tf.contrib.learn`: linear ones, dense layers, and both together, on arrays or through input functions.

Losses are means over a batch, where `tf.estimator`'s are sums.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from kerasflow.activations import get as activation_of
from kerasflow.contrib.combining import dropout as drop
from kerasflow.contrib.combining import fully_connected
from kerasflow.contrib.layers import input_from_feature_columns, weighted_sum_from_feature_columns
from kerasflow.contrib.learn_estimator import Estimator
from kerasflow.contrib.learn_heads import LearnHead, classification, regression
from kerasflow.contrib.learn_ops import ModeKeys, ModelFnOps
from kerasflow.core.ops import relu
from kerasflow.core.tensor import Tensor
from kerasflow.core.variable_scope import variable_scope
from kerasflow.estimator.canned.parts import layer_summary, optimizer_from, step_of_each

__all__ = [
    "DNNClassifier",
    "DNNLinearCombinedClassifier",
    "DNNLinearCombinedRegressor",
    "DNNRegressor",
    "LinearClassifier",
    "LinearRegressor",
]

_DNN_RATE, _LINEAR_RATE = 0.05, 0.2
Columns = Iterable[Any] | None


class _Model(Estimator):
    """A linear model, dense layers, or both, and a head."""

    def __init__(
        self,
        head: LearnHead,
        model_dir: Any,
        config: Any,
        engineer: Callable[..., Any] | None,
        clip: float | None,
        wide: Columns = None,
        wide_optimizer: Any = None,
        deep: Columns = None,
        deep_optimizer: Any = None,
        layers: tuple[Any, ...] = (),
    ) -> None:
        wide, deep = tuple(wide or ()), tuple(deep or ())
        if not wide and not deep:
            raise ValueError("Feature columns must be given: there are none.")

        def model_fn(features: Any, labels: Any, mode: str) -> ModelFnOps:
            features = features if isinstance(features, Mapping) else {"": features}
            logits, rules = [], {}
            if deep:
                rules["dnn"] = optimizer_from(deep_optimizer or "Adagrad", _DNN_RATE)
                logits.append(_deep_logits(features, deep, head.size, mode, *layers))
            if wide:
                rate = min(_LINEAR_RATE, len(wide) ** -0.5)
                rules["linear"] = optimizer_from(wide_optimizer or "Ftrl", rate)
                made = weighted_sum_from_feature_columns(features, wide, head.size, scope="linear")
                logits.append(made[0])
            total = logits[0] if len(logits) == 1 else logits[0] + logits[1]
            predictions = head.predictions(total)
            if mode == ModeKeys.INFER:
                return ModelFnOps(mode, predictions, output_alternatives=head.alternatives(predictions))
            loss, numbers, weights = head.loss(features, labels, total, mode == ModeKeys.TRAIN)
            if mode == ModeKeys.EVAL:
                return ModelFnOps(mode, predictions, loss, None, head.metrics(predictions, numbers, weights))
            return ModelFnOps(mode, predictions, loss, step_of_each(loss, rules, clip))

        super().__init__(model_fn, model_dir, config, feature_engineering_fn=engineer)


def _deep_logits(
    features: Any, columns: Any, size: int, mode: str, units: Sequence[int], activation: Any, rate: float | None
) -> Tensor:
    with variable_scope("dnn", values=tuple(features.values())):
        net = input_from_feature_columns(features, columns)
        for i, n in enumerate(units):
            name = f"hiddenlayer_{i}"
            net = fully_connected(net, n, activation_of(relu if activation is None else activation), scope=name)
            if rate is not None and mode == ModeKeys.TRAIN:
                net = drop(net, keep_prob=1.0 - rate)
            layer_summary(net, f"dnn/{name}")
        logits: Tensor = fully_connected(net, size, None, scope="logits")
        layer_summary(logits, "dnn/logits")
        return logits


def _unheeded(**given: Any) -> None:
    """Warn of arguments that change what is learned elsewhere, and nothing here."""
    for name, value in given.items():
        if value:
            warnings.warn(f"{name}={value!r} has no effect: all weights learn at their optimizer's rate.", stacklevel=3)


class _Classifier(_Model):
    """What classifiers have besides."""

    def predict(
        self,
        x: Any = None,
        input_fn: Callable[[], Any] | None = None,
        batch_size: int | None = None,
        outputs: Sequence[str] | None = None,
        as_iterable: bool = True,
        iterate_batches: bool = False,
    ) -> Any:
        """The classes; or, with `outputs`, dicts of these. For the arguments see `Estimator.predict`."""
        if not outputs:
            return self.predict_classes(x, input_fn, batch_size, as_iterable)
        return super().predict(x, input_fn, batch_size, outputs, as_iterable, iterate_batches)

    def predict_classes(
        self,
        x: Any = None,
        input_fn: Callable[[], Any] | None = None,
        batch_size: int | None = None,
        as_iterable: bool = True,
    ) -> Any:
        """The classes."""
        return _of(super().predict(x, input_fn, batch_size, ["classes"], as_iterable), "classes")

    def predict_proba(
        self,
        x: Any = None,
        input_fn: Callable[[], Any] | None = None,
        batch_size: int | None = None,
        as_iterable: bool = True,
    ) -> Any:
        """The probabilities of the classes."""
        return _of(super().predict(x, input_fn, batch_size, ["probabilities"], as_iterable), "probabilities")


class _Regressor(_Model):
    """What regressors have besides."""

    def predict(
        self,
        x: Any = None,
        input_fn: Callable[[], Any] | None = None,
        batch_size: int | None = None,
        outputs: Sequence[str] | None = None,
        as_iterable: bool = True,
        iterate_batches: bool = False,
    ) -> Any:
        """The numbers; or, with `outputs`, dicts of these. For the arguments see `Estimator.predict`."""
        if not outputs:
            return self.predict_scores(x, input_fn, batch_size, as_iterable)
        return super().predict(x, input_fn, batch_size, outputs, as_iterable, iterate_batches)

    def predict_scores(
        self,
        x: Any = None,
        input_fn: Callable[[], Any] | None = None,
        batch_size: int | None = None,
        as_iterable: bool = True,
    ) -> Any:
        """The numbers."""
        return _of(super().predict(x, input_fn, batch_size, ["scores"], as_iterable), "scores")


def _of(predictions: Any, key: str) -> Any:
    if isinstance(predictions, Iterator):
        return (p[key] for p in predictions)
    return np.asarray(predictions[key])


class DNNClassifier(_Classifier):
    """Dense layers, for two classes or more.

    Args:
        hidden_units: the sizes of the hidden layers.
        feature_columns: columns, such as `tf.contrib.learn.infer_real_valued_columns_from_input` gives.
        model_dir, config: as for `Estimator`.
        n_classes: the number of classes.
        weight_column_name: the feature with the weights of examples.
        optimizer: an optimizer or its name, by default Adagrad with a learning rate of 0.05.
        activation_fn: of the hidden layers.
        dropout: the share of values that are left out while it is trained.
        gradient_clip_norm: what the global norm of the gradients is clipped to.
        enable_centered_bias, embedding_lr_multipliers: without effect, of which a warning tells.
        input_layer_min_slice_size: of the parts of variables; there are none.
        feature_engineering_fn: as for `Estimator`.
        label_keys: the names of the classes, if labels are names.

    >>> import tempfile
    >>> x = np.random.default_rng(0).normal(size=(100, 2))
    >>> y = (x[:, 0] * x[:, 1] > 0).astype(np.int64)
    >>> columns = tf.contrib.learn.infer_real_valued_columns_from_input(x)
    >>> config = tf.contrib.learn.RunConfig(tf_random_seed=2)
    >>> classifier = tf.contrib.learn.DNNClassifier([20, 10], columns, tempfile.mkdtemp(), config=config)
    >>> _ = classifier.fit(x, y, steps=300, batch_size=50)
    >>> bool(np.mean(list(classifier.predict(x)) == y) > 0.9)
    True
    """

    def __init__(
        self,
        hidden_units: Sequence[int],
        feature_columns: Columns,
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column_name: str | None = None,
        optimizer: Any = None,
        activation_fn: Any = relu,
        dropout: float | None = None,
        gradient_clip_norm: float | None = None,
        enable_centered_bias: bool = False,
        config: Any = None,
        feature_engineering_fn: Callable[..., Any] | None = None,
        embedding_lr_multipliers: Any = None,
        input_layer_min_slice_size: Any = None,
        label_keys: Sequence[str] | None = None,
    ) -> None:
        _unheeded(enable_centered_bias=enable_centered_bias, embedding_lr_multipliers=embedding_lr_multipliers)
        head = classification(weight_column_name, n_classes, label_keys)
        layers = tuple(hidden_units), activation_fn, dropout
        rest = model_dir, config, feature_engineering_fn, gradient_clip_norm
        super().__init__(head, *rest, deep=feature_columns, deep_optimizer=optimizer, layers=layers)


class DNNRegressor(_Regressor):
    """Dense layers, for a number or several.

    Args:
        hidden_units, feature_columns, model_dir, weight_column_name, optimizer, activation_fn, dropout,
            gradient_clip_norm, enable_centered_bias, config, feature_engineering_fn, embedding_lr_multipliers,
            input_layer_min_slice_size: as for `DNNClassifier`.
        label_dimension: how many numbers there are.
    """

    def __init__(
        self,
        hidden_units: Sequence[int],
        feature_columns: Columns,
        model_dir: Any = None,
        weight_column_name: str | None = None,
        optimizer: Any = None,
        activation_fn: Any = relu,
        dropout: float | None = None,
        gradient_clip_norm: float | None = None,
        enable_centered_bias: bool = False,
        config: Any = None,
        feature_engineering_fn: Callable[..., Any] | None = None,
        label_dimension: int = 1,
        embedding_lr_multipliers: Any = None,
        input_layer_min_slice_size: Any = None,
    ) -> None:
        _unheeded(enable_centered_bias=enable_centered_bias, embedding_lr_multipliers=embedding_lr_multipliers)
        head = regression(weight_column_name, label_dimension)
        layers = tuple(hidden_units), activation_fn, dropout
        rest = model_dir, config, feature_engineering_fn, gradient_clip_norm
        super().__init__(head, *rest, deep=feature_columns, deep_optimizer=optimizer, layers=layers)


class LinearClassifier(_Classifier):
    """A linear classifier.

    Args:
        feature_columns, model_dir, n_classes, weight_column_name, gradient_clip_norm, enable_centered_bias, config,
            feature_engineering_fn, label_keys: as for `DNNClassifier`.
        optimizer: an optimizer or its name, by default Ftrl with a learning rate of 0.2 at the most.
    """

    def __init__(
        self,
        feature_columns: Columns,
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column_name: str | None = None,
        optimizer: Any = None,
        gradient_clip_norm: float | None = None,
        enable_centered_bias: bool = False,
        _joint_weight: bool = False,
        config: Any = None,
        feature_engineering_fn: Callable[..., Any] | None = None,
        label_keys: Sequence[str] | None = None,
    ) -> None:
        _unheeded(enable_centered_bias=enable_centered_bias)
        head = classification(weight_column_name, n_classes, label_keys)
        rest = model_dir, config, feature_engineering_fn, gradient_clip_norm
        super().__init__(head, *rest, wide=feature_columns, wide_optimizer=optimizer)


class LinearRegressor(_Regressor):
    """A linear regression.

    Args:
        feature_columns, model_dir, weight_column_name, optimizer, gradient_clip_norm, enable_centered_bias, config,
            feature_engineering_fn: as for `LinearClassifier`.
        label_dimension: how many numbers there are.
    """

    def __init__(
        self,
        feature_columns: Columns,
        model_dir: Any = None,
        weight_column_name: str | None = None,
        optimizer: Any = None,
        gradient_clip_norm: float | None = None,
        enable_centered_bias: bool = False,
        label_dimension: int = 1,
        _joint_weights: bool = False,
        config: Any = None,
        feature_engineering_fn: Callable[..., Any] | None = None,
    ) -> None:
        _unheeded(enable_centered_bias=enable_centered_bias)
        head = regression(weight_column_name, label_dimension)
        rest = model_dir, config, feature_engineering_fn, gradient_clip_norm
        super().__init__(head, *rest, wide=feature_columns, wide_optimizer=optimizer)


class DNNLinearCombinedClassifier(_Classifier):
    """A linear model and dense layers, for two classes or more.

    Args:
        model_dir, n_classes, weight_column_name, gradient_clip_norm, enable_centered_bias, config,
            feature_engineering_fn, label_keys: as for `DNNClassifier`.
        linear_feature_columns, linear_optimizer: as for `LinearClassifier`.
        dnn_feature_columns, dnn_optimizer, dnn_hidden_units, dnn_activation_fn, dnn_dropout: as for `DNNClassifier`.
        input_layer_min_slice_size, fix_global_step_increment_bug: accepted and without effect: variables are whole, and
            a step counts once.
    """

    def __init__(
        self,
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column_name: str | None = None,
        linear_feature_columns: Columns = None,
        linear_optimizer: Any = None,
        dnn_feature_columns: Columns = None,
        dnn_optimizer: Any = None,
        dnn_hidden_units: Sequence[int] | None = None,
        dnn_activation_fn: Any = relu,
        dnn_dropout: float | None = None,
        gradient_clip_norm: float | None = None,
        enable_centered_bias: bool = False,
        config: Any = None,
        feature_engineering_fn: Callable[..., Any] | None = None,
        label_keys: Sequence[str] | None = None,
        input_layer_min_slice_size: int | None = None,
        fix_global_step_increment_bug: bool = True,
    ) -> None:
        _unheeded(enable_centered_bias=enable_centered_bias)
        head = classification(weight_column_name, n_classes, label_keys)
        layers = tuple(dnn_hidden_units or ()), dnn_activation_fn, dnn_dropout
        rest = model_dir, config, feature_engineering_fn, gradient_clip_norm
        parts = linear_feature_columns, linear_optimizer, dnn_feature_columns, dnn_optimizer, layers
        super().__init__(head, *rest, *parts)


class DNNLinearCombinedRegressor(_Regressor):
    """A linear model and dense layers, for a number or several.

    Args:
        model_dir, weight_column_name, linear_feature_columns, linear_optimizer, dnn_feature_columns, dnn_optimizer,
            dnn_hidden_units, dnn_activation_fn, dnn_dropout, gradient_clip_norm, enable_centered_bias, config,
            feature_engineering_fn, input_layer_min_slice_size, fix_global_step_increment_bug: as for
            `DNNLinearCombinedClassifier`.
        label_dimension: how many numbers there are.
    """

    def __init__(
        self,
        model_dir: Any = None,
        weight_column_name: str | None = None,
        linear_feature_columns: Columns = None,
        linear_optimizer: Any = None,
        dnn_feature_columns: Columns = None,
        dnn_optimizer: Any = None,
        dnn_hidden_units: Sequence[int] | None = None,
        dnn_activation_fn: Any = relu,
        dnn_dropout: float | None = None,
        gradient_clip_norm: float | None = None,
        enable_centered_bias: bool = False,
        label_dimension: int = 1,
        config: Any = None,
        feature_engineering_fn: Callable[..., Any] | None = None,
        input_layer_min_slice_size: int | None = None,
        fix_global_step_increment_bug: bool = True,
    ) -> None:
        _unheeded(enable_centered_bias=enable_centered_bias)
        head = regression(weight_column_name, label_dimension)
        layers = tuple(dnn_hidden_units or ()), dnn_activation_fn, dnn_dropout
        rest = model_dir, config, feature_engineering_fn, gradient_clip_norm
        parts = linear_feature_columns, linear_optimizer, dnn_feature_columns, dnn_optimizer, layers
        super().__init__(head, *rest, *parts)
