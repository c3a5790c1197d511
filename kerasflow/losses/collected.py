"""What the losses of the graph API share: they are weighted, reduced to one number, and collected.

With values v of a loss, and weights w that broadcast to them (a number, or of the same rank with sizes that are equal
or 1), the loss by `reduction` is

    SUM_BY_NONZERO_WEIGHTS  sum(w v) / the number of values whose weight is not 0; the default
    SUM                     sum(w v)
    MEAN                    sum(w v) / sum(w)
    SUM_OVER_BATCH_SIZE     sum(w v) / the number of values
    NONE                    w v

and 0 where a denominator is. Each loss joins the collection `GraphKeys.LOSSES`, from which `get_total_loss` adds up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasflow.core import ops, shapes
from kerasflow.core.graph import convert, default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor
from kerasflow.losses.base import Reduction

__all__ = [
    "DEFAULT",
    "LOSSES",
    "add_loss",
    "check_weights",
    "compute_weighted_loss",
    "floating",
    "get_losses",
    "get_regularization_loss",
    "get_regularization_losses",
    "get_total_loss",
    "of_pair",
]

_KINDS = ("sum_by_nonzero_weights", "sum", "mean", "sum_over_batch_size", "none")
LOSSES = GraphKeys.LOSSES
DEFAULT = Reduction.SUM_BY_NONZERO_WEIGHTS


def add_loss(loss: Any, loss_collection: Any = LOSSES) -> None:
    """Have `loss` count in `get_total_loss`; nothing happens if the collection is None."""
    if loss_collection is not None:
        default_graph().add_to_collection(loss_collection, loss)


def get_losses(scope: str | None = None, loss_collection: Any = LOSSES) -> list[Any]:
    """The losses that have been collected, with `scope` those whose names it matches."""
    return default_graph().get_collection(loss_collection, scope)


def get_regularization_losses(scope: str | None = None) -> list[Any]:
    """The penalties of weights that have been collected, with `scope` those whose names it matches."""
    return default_graph().get_collection(GraphKeys.REGULARIZATION_LOSSES, scope)


def get_regularization_loss(scope: str | None = None, name: str = "total_regularization_loss") -> Tensor:
    """The sum of the penalties of weights; 0 if there are none."""
    found = get_regularization_losses(scope)
    return ops.add_n(found, name=name) if found else ops.constant(0.0)


def get_total_loss(
    add_regularization_losses: bool = True, name: str = "total_loss", scope: str | None = None
) -> Tensor:
    """The sum of all losses, and of the penalties of weights if they are asked for.

    Raises:
        ValueError: there are none.

    >>> _ = tf.losses.mean_squared_error([1.0, 2.0], [2.0, 4.0])
    >>> _ = tf.losses.absolute_difference([1.0, 2.0], [2.0, 4.0], weights=2.0)
    >>> tf.Session().run(tf.losses.get_total_loss())
    np.float32(5.5)
    """
    found = get_losses(scope)
    if add_regularization_losses:
        found += get_regularization_losses(scope)
    if not found:
        raise ValueError("There are no losses: none has joined the collection.")
    return ops.add_n(found, name=name)


def compute_weighted_loss(
    losses: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = LOSSES,
    reduction: str = DEFAULT,
) -> Tensor:
    """Values of a loss, weighted and reduced; see above.

    Args:
        losses: the values v.
        weights: the weights w.
        scope: the name scope of what is computed.
        loss_collection: the collection that the result joins; None for none.
        reduction: one of `tf.losses.Reduction`.

    Raises:
        ValueError: the weights do not fit, or there is no such reduction.

    >>> tf.Session().run(tf.losses.compute_weighted_loss([1.0, 2.0, 5.0], [1.0, 0.0, 3.0]))
    np.float32(8.0)
    """
    kind = reduction.removeprefix("weighted_") if isinstance(reduction, str) else reduction
    if kind not in _KINDS:
        raise ValueError(f"reduction must be one of {', '.join(_KINDS)}, got {reduction!r}.")
    with name_scope(scope, "weighted_loss", (losses, weights)):
        values = convert(losses)
        computed = values if values.dtype.is_floating else ops.cast(values, "float32")
        scale = ops.cast(convert(weights), computed.dtype)
        check_weights(computed, scale)
        weighed = ops.multiply(computed, scale)
        loss = weighed if kind == "none" else _reduced(weighed, scale, kind)
        if loss.dtype is not values.dtype:
            loss = ops.cast(loss, values.dtype)
    add_loss(loss, loss_collection)
    return loss


def _reduced(weighed: Tensor, scale: Tensor, kind: str) -> Tensor:
    total = ops.reduce_sum(weighed)
    if kind == "sum":
        return total
    if kind == "sum_over_batch_size":
        count = ops.cast(ops.size(weighed), total.dtype)
    else:
        counted = scale if kind == "mean" else ops.cast(ops.not_equal(scale, 0.0), total.dtype)
        count = ops.reduce_sum(ops.ones_like(weighed) * counted)
    return ops.div_no_nan(total, count, name="value")


def check_weights(values: Tensor, weights: Tensor) -> None:
    """ValueError unless the weights are a number, or of the values' rank with sizes that are equal or 1."""
    if weights.dims is None or values.dims is None or weights.dims == ():
        return
    fits = len(weights.dims) == len(values.dims) and all(
        w in (1, None, v) or v is None for w, v in zip(weights.dims, values.dims, strict=True)
    )
    if not fits:
        shown = f"{shapes.show(weights.dims)} for values of shape {shapes.show(values.dims)}"
        raise ValueError(f"weights can not be broadcast to values: they have shape {shown}.")


def of_pair(
    default: str, formula: Callable[[Tensor, Tensor], Tensor], labels: Any, predictions: Any, weights: Any, rest: Any
) -> Tensor:
    """A loss that is computed element by element from labels and predictions of one shape."""
    scope, loss_collection, reduction = rest
    for what, value in (("labels", labels), ("predictions", predictions)):
        if value is None:
            raise ValueError(f"{what} must not be None.")
    with name_scope(scope, default, (predictions, labels, weights)) as full:
        p = floating(predictions)
        y = ops.cast(convert(labels), p.dtype)
        shapes.merge(p.dims, y.dims)
        return compute_weighted_loss(formula(y, p), weights, full, loss_collection, reduction)


def floating(x: Any) -> Tensor:
    """`x` as a tensor of floating-point numbers."""
    t = convert(x)
    return t if t.dtype.is_floating else ops.cast(t, "float32")
