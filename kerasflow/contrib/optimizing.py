"""`tf.contrib.layers.optimize_loss`: a step of training in one call, with what is often done to gradients."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from kerasflow import summary, train
from kerasflow.core import ops
from kerasflow.core.graph import convert, default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.named_variables import get_variable
from kerasflow.core.scopes import trainable_variables
from kerasflow.core.tensor import IndexedSlices, Tensor
from kerasflow.core.variable_scope import variable_scope
from kerasflow.initializers import constant_initializer
from kerasflow.train.clipping import clip_by_global_norm, global_norm

__all__ = ["OPTIMIZER_CLS_NAMES", "OPTIMIZER_SUMMARIES", "optimize_loss"]

OPTIMIZER_CLS_NAMES: dict[str, Callable[..., Any]] = {
    "Adagrad": train.AdagradOptimizer,
    "Adam": train.AdamOptimizer,
    "Ftrl": train.FtrlOptimizer,
    "Momentum": partial(train.MomentumOptimizer, momentum=0.9),
    "RMSProp": train.RMSPropOptimizer,
    "SGD": train.GradientDescentOptimizer,
}
OPTIMIZER_SUMMARIES = ["learning_rate", "loss", "gradients", "gradient_norm", "global_gradient_norm"]

Pairs = list[tuple[Any, Any]]


def optimize_loss(
    loss: Any,
    global_step: Any,
    learning_rate: Any,
    optimizer: Any,
    gradient_noise_scale: float | None = None,
    gradient_multipliers: Mapping[Any, float] | None = None,
    clip_gradients: Any = None,
    learning_rate_decay_fn: Callable[[Any, Any], Any] | None = None,
    update_ops: Sequence[Any] | None = None,
    variables: Sequence[Any] | None = None,
    name: str | None = None,
    summaries: Sequence[str] | None = None,
    colocate_gradients_with_ops: bool = False,
    increment_global_step: bool = True,
) -> Tensor:
    """The loss, and with each run of it a step of the training.

    Args:
        loss: a scalar.
        global_step: counts the steps; None for the graph's own, if it has one.
        learning_rate: a float, which becomes a variable of that name, a scalar tensor or None.
        optimizer: a name of `OPTIMIZER_CLS_NAMES`, a class of optimizers, an optimizer, or a function that makes one of
            the learning rate, or of nothing if that is None.
        gradient_noise_scale: standard deviation of the normal noise, cut at two of them, that is added to gradients.
        gradient_multipliers: numbers that gradients are multiplied by, by variable or its name.
        clip_gradients: the largest norm that all gradients together may have, or a function of the pairs of gradients
            and variables that gives such pairs.
        learning_rate_decay_fn: makes the learning rate of it and the step.
        update_ops: what is run before, by default the collection UPDATE_OPS.
        variables: what is trained, by default all trainable variables.
        name: of the scope, by default OptimizeLoss.
        summaries: which of `OPTIMIZER_SUMMARIES` are written, by default those of the loss, the learning rate and the
            norm of all gradients.
        colocate_gradients_with_ops: accepted and without effect.
        increment_global_step: whether the step is counted.

    Raises:
        ValueError: an argument is none of these, or there is nothing to train.

    >>> w = tf.get_variable("w", [], initializer=tf.ones_initializer())
    >>> train_op = tf.contrib.layers.optimize_loss(w**2, tf.train.get_or_create_global_step(), 0.25, "SGD")
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(train_op), sess.run(w)
    (np.float32(1.0), np.float32(0.5))
    """
    loss = convert(loss)
    if loss.dims not in (None, ()):
        raise ValueError(f"Expected a scalar as the loss, got {loss}.")
    step = train.get_global_step() if global_step is None else global_step
    if step is not None:
        train.assert_global_step(step)
    shown = _shown(summaries)
    with variable_scope(name, "OptimizeLoss", [loss]):
        updates = default_graph().get_collection(GraphKeys.UPDATE_OPS) if update_ops is None else update_ops
        if updates:
            loss = _after(updates, loss)
        rate = _rate(learning_rate)
        if rate is not None and learning_rate_decay_fn is not None:
            if step is None:
                raise ValueError("global_step is required for learning_rate_decay_fn.")
            rate = learning_rate_decay_fn(rate, step)
            if "learning_rate" in shown:
                summary.scalar("learning_rate", rate)
        taken = _optimizer(optimizer, rate)
        pairs = taken.compute_gradients(loss, trainable_variables() if variables is None else list(variables))
        pairs = _changed(pairs, gradient_noise_scale, gradient_multipliers)
        norms = "global_gradient_norm" in shown or "gradient_norm" in shown
        if norms:
            summary.scalar("global_norm/gradient_norm", global_norm([g for g, _ in pairs]))
        pairs = _clipped(pairs, clip_gradients)
        _show(loss, pairs, shown)
        if norms and clip_gradients is not None:
            summary.scalar("global_norm/clipped_gradient_norm", global_norm([g for g, _ in pairs]))
        trained = taken.apply_gradients(pairs, step if increment_global_step else None, name="train")
        return _after([trained], loss)


def _after(operations: Sequence[Any], loss: Tensor) -> Tensor:
    with default_graph().control_dependencies(list(operations)):
        return ops.identity(loss, name="control_dependency")


def _shown(summaries: Sequence[str] | None) -> Sequence[str]:
    if summaries is None:
        return ["loss", "learning_rate", "global_gradient_norm"]
    for name in summaries:
        if name not in OPTIMIZER_SUMMARIES:
            raise ValueError(f"Summaries should be one of [{', '.join(OPTIMIZER_SUMMARIES)}], you provided {name}.")
    return summaries


def _rate(given: Any) -> Any:
    """The learning rate as a tensor or a variable."""
    if given is None or isinstance(given, Tensor) and given.dims == ():
        return given
    if not isinstance(given, float):
        raise ValueError(f"Learning rate should be 0d Tensor or float. Got {given} of type {type(given)}.")
    if given < 0.0:
        raise ValueError(f"Invalid learning_rate {given}.")
    return get_variable("learning_rate", [], initializer=constant_initializer(given), trainable=False)


def _optimizer(given: Any, rate: Any) -> train.Optimizer:
    """The optimizer that is meant."""
    if isinstance(given, train.Optimizer):
        return given
    if isinstance(given, str):
        if given not in OPTIMIZER_CLS_NAMES:
            raise ValueError(
                f"Optimizer name should be one of [{', '.join(OPTIMIZER_CLS_NAMES)}], you provided {given}."
            )
        make = OPTIMIZER_CLS_NAMES[given]
    elif callable(given):
        make = given
    else:
        raise ValueError(f"Expected an optimizer, its class or name, or a function that makes one, got {given!r}.")
    if rate is None and (isinstance(given, (str, type))):
        raise ValueError(f"Learning rate is None, but should be specified if the optimizer is {given!r}.")
    made = make() if rate is None else make(rate)
    if not isinstance(made, train.Optimizer):
        raise ValueError(f"Expected the function to give an optimizer, got {made!r}.")
    return made


def _changed(pairs: Pairs, noise: float | None, multipliers: Mapping[Any, float] | None) -> Pairs:
    """Gradients with noise, then multiplied."""
    found = []
    for gradient, variable in pairs:
        if gradient is not None and noise is not None:
            dense = convert(gradient)
            gradient = dense + ops.truncated_normal(ops.shape(dense), dtype=dense.dtype) * noise
        factor = None
        if multipliers is not None:
            factor = multipliers[variable] if variable in multipliers else multipliers.get(variable.name)
        if gradient is not None and factor is not None:
            if isinstance(gradient, IndexedSlices):
                gradient = IndexedSlices(gradient.values * factor, gradient.indices, gradient.dense_shape)
            else:
                gradient = gradient * factor
        found.append((gradient, variable))
    return found


def _clipped(pairs: Pairs, clip: Any) -> Pairs:
    if isinstance(clip, float):
        gradients, _ = clip_by_global_norm([g for g, _ in pairs], clip)
        return [(g, variable) for g, (_, variable) in zip(gradients, pairs, strict=True)]
    if callable(clip):
        return list(clip(pairs))
    if clip is not None:
        raise ValueError(f"Expected a float or a function as clip_gradients, got {clip!r}, a {type(clip).__name__}.")
    return pairs


def _show(loss: Tensor, pairs: Pairs, shown: Sequence[str]) -> None:
    """Summaries of the loss and of each variable's gradient."""
    if "loss" in shown:
        summary.scalar("loss", loss)
    for gradient, variable in pairs:
        values = gradient.values if isinstance(gradient, IndexedSlices) else gradient
        if values is not None:
            name = variable.name.replace(":", "_")
            if "gradients" in shown:
                summary.histogram(f"gradients/{name}", values)
            if "gradient_norm" in shown:
                summary.scalar(f"gradient_norm/{name}", global_norm([values]))
