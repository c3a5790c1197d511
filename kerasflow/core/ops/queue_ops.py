"""The operations on queues: putting elements in, taking them out, closing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.opdef import op
from kerasflow.core.ops.queue_store import Store
from kerasflow.core.shapes import Dims
from kerasflow.core.types import DType, Spec, int32, string

__all__ = ["Description"]

Array = np.ndarray[Any, Any]


class Description:
    """What a queue is, for its operations; the key of its store in a session.

    Args:
        kind: the name of its class, for messages.
        name: the name of its operation.
        dtypes, dims: the types and shapes of the components; the shapes are None where they are not known.
        make: makes its store, from a runtime and the title that messages use.
        shared_name: queues with the same one have one store.
    """

    def __init__(
        self,
        kind: str,
        name: str,
        dtypes: Sequence[DType],
        dims: Sequence[Dims],
        make: Callable[[Any, str], Store],
        shared_name: str | None,
    ) -> None:
        self.dtypes, self.dims = tuple(dtypes), tuple(dims)
        self.kind = kind
        self.name = name
        self._make = make
        self._key: Any = self if shared_name is None else ("queue", shared_name)

    def store(self, runtime: Any) -> Store:
        """What it holds in a session."""
        found: Store = runtime.state(self._key, lambda: self._make(runtime, f"{self.kind} {self.name!r}"))
        return found

    def checked(self, values: Sequence[Any], many: bool = False) -> list[Array]:
        """Copies of values to be put in: a run uses its arrays again. InvalidArgumentError if they do not fit."""
        arrays = [np.array(v, subok=True) for v in values]
        for i, (array, dims) in enumerate(zip(arrays, self.dims, strict=True)):
            shape = array.shape[1:] if many else array.shape
            if not shapes.compatible(shape, dims):
                raise InvalidArgumentError(
                    None, None, f"Shape mismatch in tuple component {i}. Expected {list(dims or ())}, got {list(shape)}"
                )
        return arrays


def _no_outputs(*values: Spec, **attrs: Any) -> tuple[()]:
    return ()


@op("FIFOQueueV2", infer=lambda queue: Spec(string, ()), vjp=None, stateful=True)
def _queue(runtime: Any, operation: Any, queue: Description) -> Any:
    return np.array(queue.name.encode(), object)


@op("QueueEnqueueV2", infer=_no_outputs, vjp=None, stateful=True)
def _enqueue(runtime: Any, operation: Any, *values: Any, queue: Description) -> tuple[()]:
    queue.store(runtime).put([tuple(queue.checked(values))])
    return ()


@op("QueueEnqueueManyV2", infer=_no_outputs, vjp=None, stateful=True)
def _enqueue_many(runtime: Any, operation: Any, *values: Any, queue: Description) -> tuple[()]:
    columns = queue.checked(values, many=True)
    if len({len(column) for column in columns}) > 1:
        counts = [len(column) for column in columns]
        raise InvalidArgumentError(None, None, f"All components must have one size along the first axis, got {counts}.")
    rows = [[np.array(row, column.dtype) for row in column] for column in columns]
    queue.store(runtime).put(list(zip(*rows, strict=True)))
    return ()


def _components(queue: Description) -> tuple[Spec, ...]:
    return tuple([Spec(dtype, dims) for dtype, dims in zip(queue.dtypes, queue.dims, strict=True)])


@op("QueueDequeueV2", infer=lambda queue: _components(queue), vjp=None, stateful=True)
def _dequeue(runtime: Any, operation: Any, queue: Description) -> Any:
    [element] = queue.store(runtime).take(1)
    return element[0] if len(element) == 1 else element


def _infer_many(count: Spec, queue: Description) -> tuple[Spec, ...]:
    size = None if count.value is None else int(count.value)
    return tuple([Spec(t, None if d is None else (size, *d)) for t, d in zip(queue.dtypes, queue.dims, strict=True)])


def _infer_up_to(count: Spec, queue: Description) -> tuple[Spec, ...]:
    return tuple([Spec(t, None if d is None else (None, *d)) for t, d in zip(queue.dtypes, queue.dims, strict=True)])


@op("QueueDequeueManyV2", infer=_infer_many, vjp=None, stateful=True)
def _dequeue_many(runtime: Any, operation: Any, count: Any, queue: Description) -> Any:
    return _together(queue, runtime, count, fewer=False)


@op("QueueDequeueUpToV2", infer=_infer_up_to, vjp=None, stateful=True)
def _dequeue_up_to(runtime: Any, operation: Any, count: Any, queue: Description) -> Any:
    return _together(queue, runtime, count, fewer=True)


def _together(queue: Description, runtime: Any, count: Any, fewer: bool) -> Any:
    if any(dims is None for dims in queue.dims):
        message = f"{queue.kind}'s DequeueMany and DequeueUpTo require the components to have specified shapes."
        raise InvalidArgumentError(None, None, message)
    if int(count) < 0:
        raise InvalidArgumentError(None, None, f"The number of elements must not be negative, got {int(count)}.")
    taken = queue.store(runtime).take(int(count), fewer)
    columns = [
        _stacked([element[i] for element in taken], dtype, dims or ())
        for i, (dtype, dims) in enumerate(zip(queue.dtypes, queue.dims, strict=True))
    ]
    return columns[0] if len(columns) == 1 else tuple(columns)


def _stacked(values: list[Any], dtype: DType, dims: tuple[int | None, ...]) -> Array:
    """Values as one array; those of different sizes are filled up with zeros or empty strings."""
    largest = [max([v.shape[k] for v in values], default=0) if d is None else d for k, d in enumerate(dims)]
    out = np.full((len(values), *largest), b"" if dtype is string else 0, dtype.numpy)
    for row, value in zip(out, values, strict=True) if dims else ():
        row[tuple(slice(n) for n in value.shape)] = value
    if not dims:
        out[:] = [value[()] for value in values]
    return out


@op("QueueCloseV2", infer=_no_outputs, vjp=None, stateful=True)
def _close(runtime: Any, operation: Any, queue: Description, cancel: Any) -> tuple[()]:
    queue.store(runtime).close(cancel)
    return ()


@op("QueueSizeV2", infer=lambda queue: Spec(int32, ()), vjp=None, stateful=True)
def _size(runtime: Any, operation: Any, queue: Description) -> Any:
    return np.int32(len(queue.store(runtime)))


@op("QueueIsClosedV2", infer=lambda queue: Spec(types.bool, ()), vjp=None, stateful=True)
def _is_closed(runtime: Any, operation: Any, queue: Description) -> Any:
    return np.bool_(queue.store(runtime).closed)
