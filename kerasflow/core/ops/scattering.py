"""Changing a part of a variable, which is named by indices; the rest is not touched, nor is it read.

Where an index comes twice, both changes are made, one after the other. An index outside the variable is an error, and
then nothing is changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import ANY, INTEGER, REAL, blocked, of_kind, op
from kerasflow.core.ops.gathering import check_bounds
from kerasflow.core.ops.state import value_of
from kerasflow.core.shapes import Dims
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec
from kerasflow.core.variables import Variable

__all__ = [
    "scatter_add",
    "scatter_div",
    "scatter_max",
    "scatter_min",
    "scatter_mul",
    "scatter_nd_add",
    "scatter_nd_sub",
    "scatter_nd_update",
    "scatter_sub",
    "scatter_update",
]


def _part(dims: Dims, indices: Dims, nd: bool) -> Dims:
    """The shape of what the indices name in a variable of shape `dims`. ValueError if they have too many columns."""
    if dims is None or indices is None or nd and indices[-1:] in ((), (None,)):
        return None
    count = indices[-1] if nd else 1
    if count is None or count > len(dims):
        raise ValueError(f"{count} indices for a variable of shape {shapes.show(dims)}")
    return (*(indices[:-1] if nd else indices), *dims[count:])


def _check_updates(dims: Dims, indices: Dims, updates: Dims, nd: bool) -> None:
    wanted = _part(dims, indices, nd)
    if updates != () and not shapes.compatible(updates, wanted):
        shown = f"{shapes.show(wanted)} for a variable of shape {shapes.show(dims)}, got {shapes.show(updates)}"
        raise ValueError(f"the updates must be a scalar or of shape {shown}")


def _infer(kinds: str, nd: bool) -> Callable[..., Spec]:
    def infer(indices: Spec, updates: Spec, variable: Variable) -> Spec:
        of_kind(INTEGER, indices)
        of_kind(kinds, Spec(variable.dtype, None))
        if updates.dtype is not variable.dtype:
            raise TypeError(f"a variable of type {variable.dtype.name} takes no updates of type {updates.dtype.name}")
        if nd and indices.shape == ():
            raise ValueError("indices must have at least one axis: the last one names an element")
        _check_updates(variable.dims, indices.shape, updates.shape, nd)
        return Spec(variable.dtype, variable.dims)

    return infer


def _changer(ufunc: np.ufunc | None, nd: bool) -> Callable[..., Any]:
    """The kernel that puts updates in place of the elements, or combines both by `ufunc`."""

    def kernel(runtime: Any, operation: Any, indices: Any, updates: Any, variable: Variable) -> Any:
        dims = variable.dims if shapes.is_static(variable.dims) else value_of(runtime, variable).shape
        _check_updates(dims, indices.shape, updates.shape, nd)
        columns = tuple(np.moveaxis(indices, -1, 0)) if nd else (indices,)
        for axis, (column, n) in enumerate(zip(columns, dims or (), strict=False)):
            check_bounds(column, n or 0, f"index for axis {axis}:" if nd else "index")
        value = value_of(runtime, variable)
        if ufunc is None:
            value[columns] = updates
        else:
            ufunc.at(value, columns, updates)
        return value

    return kernel


_OPS = {  # by name: how an element and its update are combined, and the kinds of types that can be
    "Update": (None, ANY),
    "Add": (np.add, REAL + "c"),
    "Sub": (np.subtract, REAL + "c"),
    "Mul": (np.multiply, REAL + "c"),
    "Div": (np.true_divide, "fc"),
    "Min": (np.minimum, REAL),
    "Max": (np.maximum, REAL),
}
_FLAGS: dict[str, Any] = {"vjp": blocked, "stateful": True, "alias": True, "writes": "variable"}
for _name, (_ufunc, _kinds) in _OPS.items():
    op(f"Scatter{_name}", infer=_infer(_kinds, False), kernel=_changer(_ufunc, False), **_FLAGS)(_changer)
for _name in ("Update", "Add", "Sub"):
    _ufunc, _kinds = _OPS[_name]
    op(f"ScatterNd{_name}", infer=_infer(_kinds, True), kernel=_changer(_ufunc, True), **_FLAGS)(_changer)


def _changed(name: str, ref: Variable, indices: Any, updates: Any, given: str | None) -> Tensor:
    if not isinstance(ref, Variable):
        raise TypeError(f"{name} changes a variable, got {ref!r}.")
    delta = convert(updates) if isinstance(updates, (Tensor, Variable)) else convert(updates, ref.dtype)
    changed: Tensor = apply(name, indices, delta, variable=ref, name=given)
    return changed


def scatter_update(
    ref: Variable, indices: Any, updates: Any, use_locking: bool = True, name: str | None = None
) -> Tensor:
    """An operation that sets the rows ``ref[indices[i..]]`` to ``updates[i..]``, and gives the variable's value.

    Of several updates of a row the last one stays.

    Args:
        ref: a variable.
        indices: integers in [0, number of rows), of any shape.
        updates: of the type of `ref`: a scalar, or a row for each index.
        use_locking: accepted and without effect: the runs of a session do not overlap.

    Raises:
        ValueError: the shapes do not fit. TypeError: the types do not.
        InvalidArgumentError: in a run, an index is outside the variable.

    >>> w = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     sess.run(tf.scatter_update(w, [1], [[5.0, 6.0]]))
    array([[1., 2.],
           [5., 6.]], dtype=float32)
    """
    return _changed("ScatterUpdate", ref, indices, updates, name)


def scatter_add(
    ref: Variable, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Tensor:
    """An operation that adds ``updates[i..]`` to the rows ``ref[indices[i..]]``.

    Args, Raises: as `scatter_update`.

    >>> w = tf.Variable([1.0, 2.0])
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     sess.run(tf.scatter_add(w, [1, 1], [5.0, 7.0]))
    array([ 1., 14.], dtype=float32)
    """
    return _changed("ScatterAdd", ref, indices, updates, name)


def scatter_sub(
    ref: Variable, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Tensor:
    """An operation that takes ``updates[i..]`` from the rows ``ref[indices[i..]]``.

    Args, Raises: as `scatter_update`.

    >>> w = tf.Variable([1.0, 2.0])
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     sess.run(tf.scatter_sub(w, [1, 1], [0.5, 0.5]))
    array([1., 1.], dtype=float32)
    """
    return _changed("ScatterSub", ref, indices, updates, name)


def scatter_mul(
    ref: Variable, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Tensor:
    """An operation that multiplies the rows ``ref[indices[i..]]`` by ``updates[i..]``.

    Args, Raises: as `scatter_update`.

    >>> w = tf.Variable([1.0, 2.0])
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     sess.run(tf.scatter_mul(w, [1, 1], [2.0, 3.0]))
    array([ 1., 12.], dtype=float32)
    """
    return _changed("ScatterMul", ref, indices, updates, name)


def scatter_div(
    ref: Variable, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Tensor:
    """An operation that divides the rows ``ref[indices[i..]]``, floating-point numbers, by ``updates[i..]``.

    Args, Raises: as `scatter_update`.

    >>> w = tf.Variable([1.0, 2.0])
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     sess.run(tf.scatter_div(w, [1], [4.0]))
    array([1. , 0.5], dtype=float32)
    """
    return _changed("ScatterDiv", ref, indices, updates, name)


def scatter_min(
    ref: Variable, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Tensor:
    """An operation that puts the smaller one of ``ref[indices[i..]]`` and ``updates[i..]`` in place of the former.

    Args, Raises: as `scatter_update`.

    >>> w = tf.Variable([1.0, 2.0])
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     sess.run(tf.scatter_min(w, [1, 0], [0.0, 5.0]))
    array([1., 0.], dtype=float32)
    """
    return _changed("ScatterMin", ref, indices, updates, name)


def scatter_max(
    ref: Variable, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Tensor:
    """An operation that puts the larger one of ``ref[indices[i..]]`` and ``updates[i..]`` in place of the former.

    Args, Raises: as `scatter_update`.

    >>> w = tf.Variable([1.0, 2.0])
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     sess.run(tf.scatter_max(w, [1, 0], [0.0, 5.0]))
    array([5., 2.], dtype=float32)
    """
    return _changed("ScatterMax", ref, indices, updates, name)


def scatter_nd_update(
    ref: Variable, indices: Any, updates: Any, use_locking: bool = True, name: str | None = None
) -> Tensor:
    """An operation that sets the elements, or blocks, ``ref[indices[i.., 0], ...]`` to ``updates[i..]``.

    Args:
        ref: a variable of rank r.
        indices: integers; the last axis holds up to r indices for the first axes of `ref`.
        updates: of the type of `ref`: a scalar, or an element (or block) for each position.
        use_locking: accepted and without effect: the runs of a session do not overlap.

    Raises:
        ValueError: the shapes do not fit. TypeError: the types do not.
        InvalidArgumentError: in a run, an index is outside the variable.

    >>> w = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     sess.run(tf.scatter_nd_update(w, [[0, 1]], [9.0]))
    array([[1., 9.],
           [3., 4.]], dtype=float32)
    """
    return _changed("ScatterNdUpdate", ref, indices, updates, name)


def scatter_nd_add(
    ref: Variable, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Tensor:
    """An operation that adds ``updates[i..]`` to the elements, or blocks, ``ref[indices[i.., 0], ...]``.

    Args, Raises: as `scatter_nd_update`.

    >>> w = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     sess.run(tf.scatter_nd_add(w, [[0, 1], [0, 1]], [9.0, 1.0]))
    array([[ 1., 12.],
           [ 3.,  4.]], dtype=float32)
    """
    return _changed("ScatterNdAdd", ref, indices, updates, name)


def scatter_nd_sub(
    ref: Variable, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Tensor:
    """An operation that takes ``updates[i..]`` from the elements, or blocks, ``ref[indices[i.., 0], ...]``.

    Args, Raises: as `scatter_nd_update`.

    >>> w = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     sess.run(tf.scatter_nd_sub(w, [[0, 1]], [9.0]))
    array([[ 1., -7.],
           [ 3.,  4.]], dtype=float32)
    """
    return _changed("ScatterNdSub", ref, indices, updates, name)
