"""What canned estimators share: their heads and optimizers, and the bodies that compute logits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from kerasflow.activations import get as activation_of
from kerasflow.core import ops
from kerasflow.core.graph import default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.naming import did_you_mean
from kerasflow.core.scopes import control_dependencies, group
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import float32, int64
from kerasflow.core.variable_scope import variable_scope
from kerasflow.estimator.heads import BinaryClassHead, Head, MultiClassHead
from kerasflow.estimator.modes import ModeKeys
from kerasflow.feature_column import input_layer, linear_model
from kerasflow.initializers import glorot_uniform_initializer
from kerasflow.layers.functions import batch_normalization, dense, dropout
from kerasflow.summary.functions import histogram, scalar
from kerasflow.train.clipping import clip_by_global_norm
from kerasflow.train.optimizer import Optimizer
from kerasflow.train.proximal import FtrlOptimizer
from kerasflow.train.rules import AdagradOptimizer, AdamOptimizer, GradientDescentOptimizer, RMSPropOptimizer
from kerasflow.train.step_counter import get_global_step

__all__ = [
    "check_features",
    "class_head",
    "dnn_logits",
    "layer_summary",
    "linear_logits",
    "optimizer_from",
    "step_of_each",
]

_OPTIMIZERS: dict[str, Callable[..., Any]] = {
    "Adagrad": AdagradOptimizer,
    "Adam": AdamOptimizer,
    "Ftrl": FtrlOptimizer,
    "RMSProp": RMSPropOptimizer,
    "SGD": GradientDescentOptimizer,
}
_MOMENTUM = 0.999  # of the averages that batch normalization keeps


def class_head(n_classes: int, weight_column: Any, vocabulary: Sequence[str] | None, reduction: str) -> Head:
    """The head of a classification."""
    if n_classes == 2:
        return BinaryClassHead(weight_column, None, vocabulary, reduction)
    return MultiClassHead(n_classes, weight_column, vocabulary, reduction)


def optimizer_from(given: Any, learning_rate: float) -> Optimizer:
    """An optimizer: by its name, with this learning rate; what a function gives; or itself.

    Raises:
        ValueError: there is no such name, or it is no optimizer.
    """
    if isinstance(given, str):
        if given not in _OPTIMIZERS:
            names = tuple(sorted(_OPTIMIZERS))
            raise ValueError(
                f"Unsupported optimizer name: {given}. Supported names are: {names}.{did_you_mean(given, names)}"
            )
        made: Optimizer = _OPTIMIZERS[given](learning_rate=learning_rate)
        return made
    if not isinstance(given, Optimizer) and callable(given):
        given = given()
    if not isinstance(given, Optimizer):
        raise ValueError(f"The given object is not an Optimizer instance. Given: {given!r}")
    return given


def check_features(features: Any) -> None:
    """ValueError if features are no dict."""
    if not isinstance(features, Mapping):
        raise ValueError(f"features should be a dictionary of `Tensor`s. Given type: {type(features)}")


def layer_summary(value: Tensor, tag: str) -> None:
    """Summaries of what a layer gives."""
    scalar(f"{tag}/fraction_of_zero_values", ops.zero_fraction(value))
    histogram(f"{tag}/activation", value)


def dnn_logits(
    features: Mapping[str, Any],
    mode: str,
    units: int,
    columns: Iterable[Any],
    hidden_units: Iterable[int],
    activation_fn: Any,
    rate: float | None,
    normalizes: bool,
) -> Tensor:
    """Layers over the columns; their variables are in the variable scope that is open.

    Each hidden layer is dense with an activation, then dropout while it is trained, then batch normalization.
    """
    training = mode == ModeKeys.TRAIN
    scope = default_graph().get_name_scope()
    with variable_scope("input_from_feature_columns"):
        net = input_layer(features, columns)
    for i, size in enumerate(hidden_units):
        name = f"hiddenlayer_{i}"
        net = _dense(net, size, activation_of(activation_fn), name)
        if rate is not None and training:
            net = dropout(net, rate=rate, training=True)
        if normalizes:
            with variable_scope(name):
                net = batch_normalization(net, momentum=_MOMENTUM, training=training, name=f"batchnorm_{i}")
        layer_summary(net, f"{scope}/{name}")
    logits = _dense(net, units, None, "logits")
    layer_summary(logits, f"{scope}/logits")
    return logits


def _dense(inputs: Tensor, units: int, activation: Any, name: str) -> Tensor:
    made: Tensor = dense(
        inputs, units, activation=activation, kernel_initializer=glorot_uniform_initializer(), name=name
    )
    return made


def linear_logits(features: Mapping[str, Any], units: int, columns: Iterable[Any], combiner: str) -> Tensor:
    """A linear function of the columns; its variables are in the variable scope that is open."""
    made: dict[Any, Any] = {}
    logits = linear_model(features, columns, units=units, sparse_combiner=combiner, cols_to_vars=made)
    (bias,) = made.pop("bias")
    if units > 1:
        histogram("bias", bias)
    else:
        scalar("bias", bias[0])
    weights = [v for variables in made.values() for v in variables]
    scalar("fraction_of_zero_weights", _zero_fraction(weights))
    return logits


def _zero_fraction(variables: Sequence[Any]) -> Tensor:
    """The share of zeros among the values of variables."""
    zeros = [ops.reduce_sum(ops.cast(ops.equal(v, 0.0), int64)) for v in variables]
    sizes = [ops.size(v, out_type=int64) for v in variables]
    return ops.cast(ops.add_n(zeros), float32) / ops.cast(ops.add_n(sizes), float32)


def step_of_each(loss: Tensor, rules: Mapping[str, Optimizer], clip: float | None = None) -> Any:
    """A step of each optimizer, on the variables of its scope; the global step counts all of them as one.

    Args:
        loss: what is made small.
        rules: the optimizers, by the scopes of their variables.
        clip: what the global norm of the gradients of each is clipped to, by default nothing.
    """
    steps = []
    for scope, rule in rules.items():
        pairs = rule.compute_gradients(loss, default_graph().get_collection(GraphKeys.TRAINABLE_VARIABLES, scope=scope))
        if clip is not None:
            gradients, variables = zip(*pairs, strict=True)
            pairs = list(zip(clip_by_global_norm(gradients, clip)[0], variables, strict=True))
        steps.append(rule.apply_gradients(pairs))
    with control_dependencies([group(*steps)]):
        return ops.assign_add(get_global_step(), 1)
