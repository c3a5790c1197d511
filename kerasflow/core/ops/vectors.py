"""Lengths of vectors and matrices, and the cross product."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import apply, convert, graph_of
from kerasflow.core.opdef import REAL, of_kind, op, same_type
from kerasflow.core.ops.arguments import alike, static_ints
from kerasflow.core.ops.complex_numbers import conj
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = ["cross", "norm"]

_EUCLIDEAN = ("euclidean", "fro", 2)


def norm(
    tensor: Any,
    ord: Any = "euclidean",
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """The length of a vector or the norm of a matrix: of all elements, or of those along one or two axes.

    ``(sum |x|^p)^(1/p)`` for ``ord=p``; of a matrix the largest sum of a column of ``|x|`` (1) or of a row (inf).

    Args:
        tensor: a floating-point or complex tensor.
        ord: "euclidean", 2, 1, `np.inf` or another positive number; of a matrix "euclidean", "fro", 1 or `np.inf`.
        axis: the axis of the vectors, or the two axes of the matrices; by default all elements are one vector.
        keepdims: whether those axes stay, with size 1.
        keep_dims: the old name of `keepdims`.

    Raises:
        ValueError: no such norm, or `axis` is neither an int nor a pair of different ints.

    >>> tf.Session().run([tf.norm([3.0, 4.0]), tf.norm([[1.0, -2.0], [3.0, 4.0]], 1, axis=[0, 1])])
    [np.float32(5.0), np.float32(6.0)]
    """
    axes = None if axis is None else static_ints(axis, "norm: axis")
    of_matrix = axes is not None and len(axes) == 2
    if axes is not None and (len(axes) not in (1, 2) or len(set(axes)) < len(axes)):
        raise ValueError(f"norm: axis must be None, an int or a pair of different ints, got {axis!r}.")
    _check_order(ord, of_matrix)
    x = convert(tensor)
    keep = bool(keep_dims if keepdims is None else keepdims)
    with graph_of((x,)).name_scope(name or "norm"):
        if ord in _EUCLIDEAN:
            return apply("Sqrt", apply("Sum", x * conj(x), axis=axes, keepdims=keep))
        size = apply("Abs", x)
        if of_matrix and axes is not None:
            return _largest_sum(size, axes if ord == 1 else axes[::-1], keep)
        if ord == np.inf:
            return apply("Max", size, axis=axes, keepdims=keep)
        if ord == 1:
            return apply("Sum", size, axis=axes, keepdims=keep)
        return apply("Sum", size ** float(ord), axis=axes, keepdims=keep) ** (1.0 / ord)


def _check_order(ord: Any, of_matrix: bool) -> None:
    if of_matrix:
        if ord not in ("euclidean", "fro", 1, np.inf):
            raise ValueError(f"norm: ord must be 'euclidean', 'fro', 1 or inf for a matrix, got {ord!r}.")
    elif ord != "euclidean" and not (isinstance(ord, (int, float, np.number)) and ord > 0):
        raise ValueError(f"norm: ord must be 'euclidean' or a positive number for a vector, got {ord!r}.")


def _largest_sum(x: Tensor, axes: tuple[int, ...], keep: bool) -> Tensor:
    """The largest of the sums along the first of `axes`."""
    sums = apply("Sum", x, axis=axes[:1], keepdims=True)
    largest = apply("Max", sums, axis=axes[1:], keepdims=True)
    return largest if keep else apply("Squeeze", largest, axis=tuple(axes))


def _infer_cross(a: Spec, b: Spec) -> Spec:
    of_kind(REAL, a)
    dims = shapes.merge(a.shape, b.shape)
    if dims is not None and (not dims or dims[-1] not in (3, None)):
        raise ValueError(f"the vectors must have 3 elements, got shape {shapes.show(dims)}")
    return Spec(same_type(a, b), None if dims is None else (*dims[:-1], 3))


def _cross(a: Any, b: Any) -> Any:
    if a.shape != b.shape or not a.ndim or a.shape[-1] != 3:
        raise ValueError(f"the vectors must have 3 elements and one shape, got {a.shape} and {b.shape}")
    return np.stack(
        [a[..., i] * b[..., j] - a[..., j] * b[..., i] for i, j in ((1, 2), (2, 0), (0, 1))],
        axis=-1,
    )


def _cross_grad(n: Any, g: Any) -> tuple[Any, Any]:
    a, b = n.inputs
    return apply("Cross", b, g), apply("Cross", g, a)


@op("Cross", infer=_infer_cross, kernel=_cross, vjp=_cross_grad)
def cross(a: Any, b: Any, name: str | None = None) -> Tensor:
    """The cross products ``a x b`` of vectors with three elements.

    Args:
        a, b: tensors of one real type and one shape, (..., 3).

    Raises:
        ValueError: the shapes differ, or the last axis has another size than 3.

    >>> tf.Session().run(tf.cross([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]))
    array([0., 0., 1.], dtype=float32)
    """
    x, y = alike((a, b), name or "Cross")
    return apply("Cross", x, y, name=name)
