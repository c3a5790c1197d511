"""Keeping gradients small: clipping by the norm of each, or of all together.

Each function scales by ``c / max(norm, c)``, so what is within the bound, zeros included, comes back as it was, bit for
bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasflow.core import ops
from kerasflow.core.graph import convert
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import IndexedSlices, Tensor

__all__ = ["clip_by_average_norm", "clip_by_global_norm", "clip_by_norm", "global_norm"]


def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None, name: str | None = None) -> Any:
    """`t` scaled so that its L2 norm is at most `clip_norm`: ``t c / max(|t|, c)``.

    Args:
        t: a floating-point tensor, or an `IndexedSlices`, whose values are clipped.
        clip_norm: c, a positive scalar.
        axes: the axes the norm is taken over, for each place along the others; by default over all.

    Returns:
        What `t` is; one whose norm is within the bound is not changed.

    >>> tf.Session().run(tf.clip_by_norm([3.0, 4.0], 1.0))
    array([0.6, 0.8], dtype=float32)
    """
    with name_scope(name, "clip_by_norm", [t]) as scope:
        values = _values(t)
        sums = _sum_of_squares(values) if axes is None else ops.reduce_sum(ops.square(values), axes, keepdims=True)
        clipped = ops.multiply(values, _scale(_root(sums), clip_norm), name=scope)
    return _like(t, clipped)


def global_norm(t_list: Sequence[Any], name: str | None = None) -> Tensor:
    """The L2 norm of all numbers in a list of tensors, ``sqrt(sum_i |t_i|^2)``.

    Args:
        t_list: tensors or `IndexedSlices`; None is passed over.

    Raises:
        TypeError: `t_list` is not a list, or holds what is not floating-point.

    >>> tf.Session().run(tf.global_norm([[3.0], None, [[4.0]]]))
    np.float32(5.0)
    """
    tensors = _present(t_list)
    with name_scope(name, "global_norm", tensors):
        sums = [_sum_of_squares(_values(t)) for t in tensors]
        return ops.sqrt(ops.add_n(sums) if sums else ops.constant(0.0), name="global_norm")


def clip_by_global_norm(
    t_list: Sequence[Any], clip_norm: Any, use_norm: Any = None, name: str | None = None
) -> tuple[list[Any], Tensor]:
    """Tensors scaled together so that their global norm is at most `clip_norm`: ``t_i c / max(norm, c)``.

    This keeps the direction of the gradient as a whole; Pascanu, Mikolov and Bengio 2013, algorithm 1.

    Args:
        t_list: tensors or `IndexedSlices`; None stays None.
        clip_norm: c, a positive scalar.
        use_norm: the global norm, where it is known already.

    Returns:
        The list of clipped tensors, and the norm. An infinite norm makes every number NaN, so that it is noticed.

    Raises:
        TypeError: `t_list` is not a list, or holds what is not floating-point.

    >>> clipped, norm = tf.clip_by_global_norm([tf.constant([3.0]), None, tf.constant([4.0])], 1.0)
    >>> tf.Session().run([clipped[0], clipped[2], norm])
    [array([0.6], dtype=float32), array([0.8], dtype=float32), np.float32(5.0)]
    """
    tensors = _present(t_list)
    norm = global_norm(t_list, name) if use_norm is None else convert(use_norm)
    with name_scope(name, "clip_by_global_norm", tensors):
        scale = _scale(norm, clip_norm) + (norm - norm)  # which is NaN if the norm is not finite
        clipped = [None if t is None else _like(t, _values(t) * scale) for t in t_list]
    return clipped, norm


def clip_by_average_norm(t: Any, clip_norm: Any, name: str | None = None) -> Tensor:
    """`t` scaled so that its L2 norm divided by the number n of its elements is at most `clip_norm`.

    Args:
        t: a floating-point tensor.
        clip_norm: c, a positive scalar.

    >>> tf.Session().run(tf.clip_by_average_norm([3.0, 4.0], 1.0))  # the average norm is 2.5
    array([1.2, 1.6], dtype=float32)
    """
    with name_scope(name, "clip_by_average_norm", [t]) as scope:
        values = convert(t)
        norm = _root(_sum_of_squares(values)) / ops.cast(ops.size(values), values.dtype)
        return ops.multiply(values, _scale(norm, clip_norm), name=scope)


def _scale(norm: Tensor, clip_norm: Any) -> Tensor:
    bound = norm.graph.convert(clip_norm, norm.dtype)
    return bound / ops.maximum(norm, bound)


def _sum_of_squares(values: Tensor) -> Tensor:
    return 2.0 * ops.l2_loss(values)


def _root(sums: Tensor) -> Tensor:
    """The square root, whose derivative at 0 is 0 here, not infinite."""
    positive = sums > 0.0
    return ops.where(positive, ops.sqrt(ops.where(positive, sums, ops.ones_like(sums))), sums)


def _values(t: Any) -> Tensor:
    return t.values if isinstance(t, IndexedSlices) else convert(t)


def _like(t: Any, values: Tensor) -> Any:
    return IndexedSlices(values, t.indices, t.dense_shape) if isinstance(t, IndexedSlices) else values


def _present(t_list: Any) -> list[Any]:
    if not isinstance(t_list, (list, tuple)):
        raise TypeError(f"Expected a list of tensors, got {t_list!r}.")
    return [t for t in t_list if t is not None]
