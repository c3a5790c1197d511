"""Where values enter a graph: constants and placeholders."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.graph import convert, default_graph, graph_of
from kerasflow.core.opdef import blocked, op
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec, as_dtype
from kerasflow.core.values import to_array

__all__ = ["constant", "convert_to_tensor", "placeholder", "placeholder_with_default"]


@op("Const", infer=lambda value: Spec(value.dtype, value.array.shape, value.array), vjp=blocked, alias=True)
def _const(value: Any) -> Any:
    return value.array


def _unfed(dtype: types.DType, shape: shapes.Dims) -> Any:
    raise InvalidArgumentError(
        None, None, f"You must feed a value for this placeholder of type {dtype.name} and shape {shapes.show(shape)}"
    )


op("Placeholder", infer=lambda dtype, shape: Spec(dtype, shape), vjp=blocked, kernel=_unfed, alias=True)(_unfed)
op(
    "PlaceholderWithDefault",
    infer=lambda x, shape: Spec(x.dtype, shape),
    vjp=lambda n, g: (g,),
    kernel=lambda x, shape: x,
    alias=True,
    fed=True,
)(lambda x: x)


def constant(
    value: Any, dtype: Any = None, shape: Any = None, name: str = "Const", verify_shape: bool = False
) -> Tensor:
    """A tensor with a fixed value.

    Args:
        value: a number, text, an array, or nested lists of these.
        dtype: the type; by default float32 for Python floats, int32 for ints, an array's own.
        shape: the shape; the last value is repeated to fill it.
        name: the operation's name.
        verify_shape: whether `value` must have `shape` already.

    Raises:
        TypeError: mixed kinds, or a value that is not of type `dtype`.
        ValueError: ragged lists, or more values than `shape` holds.

    >>> tf.Session().run(tf.constant([1, 2], shape=[2, 2]))
    array([[1, 2],
           [2, 2]], dtype=int32)
    """
    array = to_array(value, None if dtype is None else as_dtype(dtype))
    if shape is not None:
        array = _fill(array, shapes.as_dims(shape), verify_shape)
    return default_graph().constant(array, name)


def _fill(array: np.ndarray[Any, Any], dims: shapes.Dims, verify: bool) -> np.ndarray[Any, Any]:
    count = shapes.size(dims)
    if dims is None or count is None:
        raise ValueError(f"A constant's shape must be fully known, got {shapes.show(dims)}.")
    if verify and array.shape != dims:
        raise TypeError(f"Expected a value of shape {shapes.show(dims)}, got one of shape {shapes.show(array.shape)}.")
    if array.size > count or array.size == 0 < count:
        raise ValueError(f"{array.size} values cannot fill the shape {shapes.show(dims)} of {count} elements.")
    flat = array.reshape(-1)
    return np.concatenate([flat, np.repeat(flat[-1:], count - flat.size)]).reshape(dims)


def convert_to_tensor(value: Any, dtype: Any = None, name: str | None = None, preferred_dtype: Any = None) -> Tensor:
    """`value` as a tensor: itself if it is one, its value if it is a variable, else a constant.

    >>> tf.convert_to_tensor([1, 2], tf.float32)
    <tf.Tensor 'Const:0' shape=(2,) dtype=float32>
    """
    if preferred_dtype is not None and dtype is None:
        try:
            return convert(value, preferred_dtype, name)
        except (TypeError, ValueError):
            return convert(value, None, name)
    return convert(value, dtype, name)


def placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> Tensor:
    """A tensor whose value is fed to each run.

    Args:
        dtype: its type.
        shape: its shape, None for a size that may be any; by default any shape at all.
        name: the operation's name.

    Raises:
        InvalidArgumentError: a run needs it and it is not fed.

    >>> x = tf.placeholder(tf.float32, [None, 2], name="x")
    >>> tf.Session().run(x * 2.0, {x: [[1, 2]]})
    array([[2., 4.]], dtype=float32)
    """
    dims = shapes.as_dims(shape)
    return default_graph().apply("Placeholder", name=name, dtype=as_dtype(dtype), shape=dims)


def placeholder_with_default(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """A tensor that has the value of `input` unless another one is fed.

    Raises:
        ValueError: the shape of `input` contradicts `shape`.

    >>> rate = tf.placeholder_with_default(0.5, [])
    >>> tf.Session().run(rate), tf.Session().run(rate, {rate: 0.1})
    (np.float32(0.5), np.float32(0.1))
    """
    graph = graph_of((input,))
    with graph.name_scope(name or "PlaceholderWithDefault") as scope:
        x = graph.convert(input, name="input")
        dims = shapes.as_dims(shape)
        shapes.merge(x.dims, dims)
        return graph.apply("PlaceholderWithDefault", x, shape=dims, name=scope)
