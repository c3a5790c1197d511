"""`edit_distance` of sequences, and second derivatives, `hessians`."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.autodiff import gradients
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import op, same_type
from kerasflow.core.ops.joining import stack
from kerasflow.core.ops.reshaping import reshape
from kerasflow.core.ops.sparse_making import sparse
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = ["edit_distance", "hessians"]


def _infer(at: Spec, values: Spec, dims: Spec, truth_at: Spec, truth: Spec, truth_dims: Spec, normalize: bool) -> Spec:
    same_type(values, truth)
    if not shapes.compatible(dims.shape, truth_dims.shape):
        raise ValueError(f"hypothesis and truth must have one rank, got {dims.shape} and {truth_dims.shape} sizes")
    if dims.value is None or truth_dims.value is None:
        rank = dims.shape[0] if dims.shape else None
        return Spec(types.float32, None if rank is None else (None,) * (rank - 1))
    return Spec(types.float32, tuple(np.maximum(dims.value, truth_dims.value)[:-1].tolist()))


def _sequences(at: Any, values: Any) -> dict[tuple[int, ...], list[Any]]:
    """The elements of each sequence, by where it is; they are in order."""
    found: dict[tuple[int, ...], list[Any]] = {}
    for index, value in zip(at.tolist(), values.tolist(), strict=True):
        found.setdefault(tuple(index[:-1]), []).append(value)
    return found


def _levenshtein(a: list[Any], b: list[Any]) -> int:
    """How many elements must be put in, taken out or exchanged to make `b` of `a`."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


@op("EditDistance", infer=_infer, vjp=None)
def _edit_distance(at: Any, values: Any, dims: Any, truth_at: Any, truth: Any, truth_dims: Any, normalize: bool) -> Any:
    if len(dims) != len(truth_dims):
        raise ValueError(
            f"hypothesis and truth must have one rank, got shapes {dims.tolist()} and {truth_dims.tolist()}"
        )
    whole = np.maximum(dims, truth_dims)[:-1]
    distances = np.zeros(tuple(whole.tolist()), np.float32)
    guesses, wanted = _sequences(at, values), _sequences(truth_at, truth)
    for place in guesses.keys() | wanted.keys():
        a, b = guesses.get(place, []), wanted.get(place, [])
        distance = np.float32(_levenshtein(a, b))
        if normalize:
            distance = distance / np.float32(len(b)) if b else np.float32(np.inf if a else 0.0)
        distances[place] = distance
    return distances


def edit_distance(hypothesis: Any, truth: Any, normalize: bool = True, name: str | None = None) -> Tensor:
    """The Levenshtein distance of sequences: how many elements to put in, take out or exchange.

    Args:
        hypothesis, truth: `SparseTensor` of one type and rank; the sequences lie along the last axis.
        normalize: whether to divide by the length of the truth; infinite where that is empty and the other is not.

    Returns:
        float32, of the shape without the last axis.

    Raises:
        TypeError: one of them is no sparse tensor, or the types differ.

    >>> a = tf.SparseTensor([[0, 0], [0, 1]], ["a", "b"], [1, 2])
    >>> b = tf.SparseTensor([[0, 0], [0, 1]], ["b", "b"], [1, 2])
    >>> tf.Session().run(tf.edit_distance(a, b))
    array([0.5], dtype=float32)
    """
    parts = (*sparse(hypothesis, "hypothesis").parts, *sparse(truth, "truth").parts)
    return apply("EditDistance", *parts, normalize=bool(normalize), name=name or "edit_distance")


def hessians(
    ys: Any,
    xs: Any,
    name: str = "hessians",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: bool = False,
    aggregation_method: Any = None,
) -> list[Tensor]:
    """The second derivatives of the sum of `ys` by each of `xs`, one gradient for each element.

    Args:
        ys: a tensor or a list of them.
        xs: a tensor or variable, or a list of them.
        name: the scope of the new operations.

    Returns:
        One tensor per `xs`, whose shape is twice that of it.

    Raises:
        ValueError: `ys` do not depend on one of `xs`, or its shape is not known.

    >>> x = tf.constant([1.0, 2.0])
    >>> tf.Session().run(tf.hessians(x[0] * x[0] * x[1], x))
    [array([[4., 2.],
           [2., 0.]], dtype=float32)]
    """
    listed = list(xs) if isinstance(xs, (list, tuple)) else [xs]
    found = []
    with name_scope(name, "hessians"):
        for x, g in zip(listed, gradients(ys, listed), strict=True):
            if g is None:
                raise ValueError(f"hessians: there is no way from ys to {x}.")
            t, slope = convert(x), convert(g)
            if not shapes.is_static(t.dims):
                raise ValueError(f"hessians: the shape of {x} must be known.")
            flat = reshape(slope, [-1])
            count = shapes.size(t.dims) or 0
            rows = [gradients(flat[i], x)[0] for i in range(count)]
            none = apply("ZerosLike", t)
            whole = stack([none if r is None else convert(r) for r in rows]) if rows else none
            found.append(reshape(whole, [*(t.dims or ()), *(t.dims or ())]))
    return found
