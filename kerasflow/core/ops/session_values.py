"""Values that a session keeps between runs by handle, so that they need not leave it."""

from __future__ import annotations

from typing import Any

from kerasflow.core import types
from kerasflow.core.graph import apply, default_graph
from kerasflow.core.handles import kept_in
from kerasflow.core.opdef import op
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import DType, Spec, as_dtype

__all__ = ["delete_session_tensor", "get_session_handle", "get_session_tensor"]


@op("GetSessionHandle", infer=lambda x: Spec(types.string, ()), vjp=None, stateful=True)
def _get_handle(runtime: Any, operation: Any, x: Any) -> Any:
    return kept_in(runtime).add(x, operation.name)


@op("GetSessionTensor", infer=lambda handle, dtype: Spec(dtype, None), vjp=None, stateful=True, alias=True)
def _get_tensor(runtime: Any, operation: Any, handle: Any, dtype: DType) -> Any:
    value = kept_in(runtime).get(_one(handle))
    if value.dtype != dtype.numpy:
        raise ValueError(f"the value is of type {types.as_dtype(value.dtype).name}, not {dtype.name}")
    return value


@op("DeleteSessionTensor", infer=lambda handle: (), vjp=None, stateful=True)
def _delete(runtime: Any, operation: Any, handle: Any) -> Any:
    kept_in(runtime).delete(_one(handle))
    return ()


def _one(handle: Any) -> bytes:
    found: bytes = handle if isinstance(handle, bytes) else handle[()]
    return found


def get_session_handle(data: Any, name: str | None = None) -> Tensor:
    """An operation that has the session keep the value of `data`; a run gives a `TensorHandle` for it.

    Args:
        data: a tensor.

    Raises:
        TypeError: it is no tensor.

    >>> sess = tf.Session()
    >>> handle = sess.run(tf.get_session_handle(tf.constant([1.0, 2.0])))
    >>> holder, value = tf.get_session_tensor(handle.handle, tf.float32)
    >>> sess.run(value * 10.0, {holder: handle.handle})
    array([10., 20.], dtype=float32)
    """
    if not isinstance(data, Tensor) and not hasattr(data, "__tensor__"):
        raise TypeError(f"data must be a tensor, got {data!r}, a {type(data).__name__}.")
    handle: Tensor = apply("GetSessionHandle", data, name=name)
    return handle


def get_session_tensor(handle: str, dtype: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
    """A placeholder for a handle, and the value, of type `dtype`, that the session keeps by the handle that is fed.

    Args:
        handle: a handle as a string; it need not be the one that will be fed.
        dtype: the type of the value.

    Raises:
        InvalidArgumentError: when it is run and the session keeps nothing by that handle, or a value of another type.
    """
    graph = default_graph()
    holder = graph.apply("Placeholder", dtype=types.string, shape=(), name="Placeholder")
    return holder, graph.apply("GetSessionTensor", holder, dtype=as_dtype(dtype), name=name)


def delete_session_tensor(handle: str, name: str | None = None) -> tuple[Tensor, Operation]:
    """A placeholder for a handle, and an operation that lets go of the value that the session keeps by it.

    Args:
        handle: a handle as a string; it need not be the one that will be fed.

    Raises:
        InvalidArgumentError: when it is run and the session keeps nothing by that handle.
    """
    graph = default_graph()
    holder = graph.apply("Placeholder", dtype=types.string, shape=(), name="Placeholder")
    return holder, graph.apply("DeleteSessionTensor", holder, name=name)
