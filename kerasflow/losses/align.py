"""Bringing targets, predictions and sample weights together: one type, one shape, nothing broadcast by accident."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from kerasflow.core import ops, shapes
from kerasflow.core.graph import Graph, apply, default_graph
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType, as_dtype, float32

__all__ = ["align", "align_weights", "as_columns", "as_tensors", "epsilon", "graph_of", "quotient", "scope_name"]

EPSILON = 1e-7  # what keeps logarithms and quotients finite


def epsilon(dtype: DType) -> float:
    """The smallest probability that counts: 1e-7, or float16's resolution where 1 - 1e-7 would be 1."""
    return EPSILON if dtype.size > 2 else float(np.finfo(dtype.numpy).eps)


def scope_name(name: str) -> str:
    """`name` with what a name scope cannot hold replaced."""
    cleaned = re.sub(r"[^A-Za-z0-9_.\-/]", "_", name).strip("/")
    return cleaned if re.match(r"[A-Za-z0-9.]", cleaned) else f"x{cleaned}"


def graph_of(*values: Any) -> Graph:
    """The graph of the first tensor among `values`, or the default graph."""
    graphs = (getattr(v, "graph", None) for v in values)
    return next((g for g in graphs if isinstance(g, Graph)), default_graph())


def as_tensors(y_true: Any, y_pred: Any, dtype: Any = None, cast_targets: bool = True) -> tuple[Tensor, Tensor]:
    """Both as tensors of one floating-point type.

    Args:
        y_true, y_pred: tensors, arrays or lists.
        dtype: the type; by default that of `y_pred`, or float32 if that is not floating-point.
        cast_targets: whether `y_true` is converted too.
    """
    graph = graph_of(y_pred, y_true)
    y_pred, y_true = graph.convert(y_pred), graph.convert(y_true)
    if dtype is not None:
        wanted = as_dtype(dtype)
    else:
        wanted = y_pred.dtype if y_pred.dtype.is_floating else float32
    return (ops.cast(y_true, wanted) if cast_targets else y_true), ops.cast(y_pred, wanted)


def align(y_true: Tensor, y_pred: Tensor) -> tuple[Tensor, Tensor]:
    """Both with one shape: an axis of size 1 at the end of one of them is added to the other, or dropped.

    Raises:
        ValueError: the shapes differ in another way. At run time it is an InvalidArgumentError.
    """
    t, p = y_true.dims, y_pred.dims
    if t is not None and p is not None and abs(len(t) - len(p)) == 1:
        longer = t if len(t) > len(p) else p
        if longer[-1] == 1 and min(len(t), len(p)) == 1:
            y_true, y_pred = _column(y_true), _column(y_pred)
        elif longer[-1] == 1:
            y_true, y_pred = (ops.squeeze(y_true, [-1]), y_pred) if longer is t else (y_true, ops.squeeze(y_pred, [-1]))
        elif longer[-1] is None:
            return _shaped_like(y_true, y_pred), y_pred
    if not shapes.compatible(y_true.dims, y_pred.dims):
        raise ValueError(
            f"Targets of shape {shapes.show(t)} do not fit predictions of shape {shapes.show(p)}: they must have one "
            "shape. (Numbers of classes go with a sparse loss or metric, one number per row with one output unit.)"
        )
    rest_known = y_true.dims is not None and y_pred.dims is not None and shapes.is_static(y_true.dims[1:])
    if rest_known and y_true.dims[1:] == y_pred.dims[1:]:
        return y_true, y_pred
    return _shaped_like(y_true, y_pred), y_pred


def _column(x: Tensor) -> Tensor:
    return ops.expand_dims(x, -1) if x.dims is not None and len(x.dims) == 1 else x


def _shaped_like(x: Tensor, like: Tensor) -> Tensor:
    """`x` in the shape of `like`, which is an error if it has another number of elements."""
    return apply("ReshapeLike", x, like)


def as_columns(y_true: Tensor, y_pred: Tensor) -> tuple[Tensor, Tensor]:
    """Both with one shape; vectors of n numbers become n samples of one number."""
    y_true, y_pred = align(y_true, y_pred)
    return _column(y_true), _column(y_pred)


def align_weights(weights: Any, values: Tensor) -> Tensor:
    """`weights` as a tensor of the type of `values` that broadcasts to them: one weight per sample, or one per value.

    Raises:
        ValueError: the shapes do not fit.
    """
    w = ops.cast(values.graph.convert(weights), values.dtype)
    if w.dims == ():
        return w
    if w.dims is None or values.dims is None:
        return _shaped_like(w, values)
    given, extra = w.dims, len(w.dims) - len(values.dims)
    if values.dims == ():
        raise ValueError(
            f"Sample weights of shape {shapes.show(given)} cannot weigh one number for the whole batch: the function "
            "must give one value per sample, so reduce over the last axis only."
        )
    if extra > 0 and all(d == 1 for d in given[-extra:]):
        w = ops.squeeze(w, list(range(-extra, 0)))
    for _ in range(-extra):
        w = ops.expand_dims(w, -1)
    fits = (
        w.dims is not None
        and len(w.dims) == len(values.dims)
        and all(
            a is None or b is None or a == b or (a == 1 and i > 0)
            for i, (a, b) in enumerate(zip(w.dims, values.dims, strict=True))
        )
    )
    if not fits:
        raise ValueError(
            f"Sample weights of shape {shapes.show(given)} do not fit values of shape {shapes.show(values.dims)}: "
            "there must be one weight per sample, or one per value."
        )
    return w


def quotient(a: Tensor, b: Tensor) -> Tensor:
    """``a / b``, and 0 where b is 0; its gradients are finite there."""
    none = ops.cast(ops.equal(b, 0.0), b.dtype)
    return a / (b + none) * (1.0 - none)
