"""Variables as operations: reading and assigning them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.errors import OutOfRangeError
from kerasflow.core.opdef import NUMBER, blocked, of_kind, op
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType, Spec
from kerasflow.core.variables import Variable, uninitialized

__all__ = ["assign", "assign_add", "assign_sub", "count_up_to", "is_variable_initialized"]

_TYPED: dict[str, Any] = {"infer": lambda variable, dtype, shape: Spec(dtype, shape), "stateful": True, "alias": True}


def value_of(runtime: Any, variable: Variable) -> np.ndarray[Any, Any]:
    """The array that holds the variable's value now. FailedPreconditionError if it has none yet."""
    cell = variable.cell or runtime.cell(variable)
    if cell.value is None:
        raise uninitialized(variable)
    return cell.value


@op("VariableV2", vjp=blocked, last=True, **_TYPED)
@op("ReadVariable", vjp=blocked, reads="variable", **_TYPED)
def _read(runtime: Any, operation: Any, variable: Variable, dtype: DType, shape: shapes.Dims) -> Any:
    return value_of(runtime, variable)


class _Leave(np.ndarray[Any, Any]):
    """What `LeaveToRead` gives: an array in the variable's shape that nobody looks at."""


@op("LeaveToRead", vjp=blocked, **_TYPED)
def _leave(runtime: Any, operation: Any, variable: Variable, dtype: DType, shape: shapes.Dims) -> Any:
    value = runtime.cell(variable).value
    return (np.zeros(0, dtype.numpy) if value is None else value).view(_Leave)


@op(
    "ReadInside",
    infer=lambda value, variable: Spec(variable.dtype, variable.dims),
    vjp=lambda n, g: (g,),
    stateful=True,
    alias=True,
    reads="variable",
)
def _read_inside(runtime: Any, operation: Any, value: Any, variable: Variable) -> Any:
    """The variable's value, for a loop or branch that changes it; for others it is what they were given, `value`."""
    return value_of(runtime, variable) if type(value) is _Leave else value


@op(
    "InitializedValue",
    infer=lambda initial, variable: Spec(variable.dtype, variable.dims),
    vjp=blocked,
    stateful=True,
    alias=True,
    reads="variable",
)
def _initialized(runtime: Any, operation: Any, initial: Any, variable: Variable) -> Any:
    value = runtime.cell(variable).value
    return initial if value is None else value


def _infer_assign(value: Spec, variable: Variable) -> Spec:
    if value.dtype is not variable.dtype:
        raise TypeError(f"a variable of type {variable.dtype.name} cannot take a value of type {value.dtype.name}")
    if not shapes.compatible(value.shape, variable.dims):
        shown = f"{shapes.show(variable.dims)} cannot take a value of shape {shapes.show(value.shape)}"
        raise ValueError(f"the variable {variable.op.name!r} of shape {shown}")
    return Spec(variable.dtype, variable.dims)


def _infer_update(delta: Spec, variable: Variable) -> Spec:
    of_kind(NUMBER, Spec(variable.dtype, variable.dims))
    return _infer_assign(delta, variable)


def _check_shape(variable: Variable, shape: tuple[int, ...], wanted: shapes.Dims) -> None:
    if not shapes.compatible(shape, wanted):
        raise ValueError(
            f"the variable {variable.op.name!r} of shape {shapes.show(wanted)} cannot take a value of shape "
            f"{shapes.show(shape)}"
        )


def _replace(old: Any, value: Any, out: np.ndarray[Any, Any]) -> None:
    np.copyto(out, value)


@op("Assign", infer=_infer_assign, vjp=blocked, stateful=True, alias=True, writes="variable", update=_replace)
def _assign(runtime: Any, operation: Any, value: np.ndarray[Any, Any], variable: Variable) -> Any:
    if value.shape != variable.dims:
        _check_shape(variable, value.shape, variable.dims)
    cell = runtime.cell(variable)
    if cell.value is None or cell.value.shape != value.shape:
        cell.value = np.array(value)
    else:
        np.copyto(cell.value, value)
    return cell.value


def _updater(ufunc: np.ufunc) -> Callable[..., Any]:
    def update(runtime: Any, operation: Any, delta: np.ndarray[Any, Any], variable: Variable) -> Any:
        value = value_of(runtime, variable)
        if delta.shape != value.shape:
            _check_shape(variable, delta.shape, value.shape)
        return ufunc(value, delta, out=value)

    return update


_UPDATE: dict[str, Any] = {
    "infer": _infer_update,
    "vjp": blocked,
    "stateful": True,
    "alias": True,
    "writes": "variable",
}
op("AssignAdd", kernel=_updater(np.add), update=np.add, **_UPDATE)(_updater)
op("AssignSub", kernel=_updater(np.subtract), update=np.subtract, **_UPDATE)(_updater)


@op(
    "IsVariableInitialized",
    infer=lambda variable: Spec(types.bool, ()),
    vjp=blocked,
    stateful=True,
)
def _is_initialized(runtime: Any, operation: Any, variable: Variable) -> Any:
    return np.bool_(runtime.cell(variable).value is not None)


def _infer_count(variable: Variable, limit: int) -> Spec:
    if variable.dtype not in (types.int32, types.int64):
        raise TypeError(f"a variable of type {variable.dtype.name} cannot count: it must be int32 or int64")
    if not shapes.compatible(variable.dims, ()):
        raise ValueError(f"a variable of shape {shapes.show(variable.dims)} cannot count: it must be a scalar")
    return Spec(variable.dtype, ())


@op("CountUpTo", infer=_infer_count, vjp=blocked, stateful=True, writes="variable")
def _count_up_to(runtime: Any, operation: Any, variable: Variable, limit: int) -> Any:
    value = value_of(runtime, variable)
    if value >= limit:
        raise OutOfRangeError(None, None, f"Reached limit of {limit}")
    before = np.array(value)
    np.add(value, 1, out=value)
    return before


def assign(
    ref: Variable,
    value: Any,
    validate_shape: bool | None = None,
    use_locking: bool | None = None,
    name: str | None = None,
) -> Tensor:
    """An operation that sets the variable `ref` to `value` when it is run, and gives the new value.

    Raises:
        ValueError: `value` has another shape. TypeError: it has another type.

    >>> w = tf.Variable(1.0)
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     sess.run(tf.assign(w, 2.0 * w))
    np.float32(2.0)
    """
    return ref.assign(value, use_locking, name)


def assign_add(ref: Variable, value: Any, use_locking: bool | None = None, name: str | None = None) -> Tensor:
    """An operation that adds `value` to the variable `ref` when it is run, and gives the sum.

    >>> w = tf.Variable(1.0)
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     sess.run(tf.assign_add(w, 2.0))
    np.float32(3.0)
    """
    return ref.assign_add(value, use_locking, name)


def assign_sub(ref: Variable, value: Any, use_locking: bool | None = None, name: str | None = None) -> Tensor:
    """An operation that subtracts `value` from the variable `ref` when it is run, and gives the difference.

    >>> w = tf.Variable(1.0)
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     sess.run(tf.assign_sub(w, 2.0))
    np.float32(-1.0)
    """
    return ref.assign_sub(value, use_locking, name)


def count_up_to(ref: Variable, limit: int, name: str | None = None) -> Tensor:
    """An operation that adds 1 to the variable `ref` when it is run, and gives the value before.

    Args:
        ref: a scalar variable of type int32 or int64.
        limit: a bound that the value does not pass.

    Raises:
        OutOfRangeError: when it is run and the value has reached `limit`.

    >>> n = tf.Variable(0)
    >>> with tf.Session() as sess:
    ...     sess.run(n.initializer)
    ...     one = tf.count_up_to(n, 5)
    ...     sess.run(one), sess.run(one), sess.run(n)
    (np.int32(0), np.int32(1), np.int32(2))
    """
    counted: Tensor = ref.graph.apply("CountUpTo", variable=ref, limit=limit, name=name)
    return counted


def is_variable_initialized(variable: Variable) -> Tensor:
    """Whether `variable` has a value in the session.

    >>> tf.Session().run(tf.is_variable_initialized(tf.Variable(1.0)))
    np.False_
    """
    return variable.graph.apply("IsVariableInitialized", variable=variable)
