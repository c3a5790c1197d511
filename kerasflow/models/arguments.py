"""The arguments of recorded calls as plain data, and back: texts, numbers, lists, dicts, and a few marked values.

A mark is a dict with a `class_name` between two underscores each. A symbolic tensor is written as the layer, the number
of its call, and the number among what the call gave.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from kerasflow.core.types import DType, as_dtype
from kerasflow.layers.symbolic import KerasTensor

__all__ = ["live", "plain"]

_LARGEST = 1 << 24  # numbers in an array among the arguments

Place = tuple[str, int, int]


def plain(value: Any, place: Callable[[KerasTensor], Place]) -> Any:
    """A value as plain data.

    Args:
        value: what JSON carries, arrays, slices, symbolic tensors, and lists, tuples and dicts of these.
        place: says the layer, the call and the output that a symbolic tensor is.

    Raises:
        ValueError: there is something else in it.

    >>> from kerasflow.models.arguments import plain
    >>> plain([1.5, slice(2, None)], None)
    [1.5, {'class_name': '__slice__', 'config': {'start': 2, 'stop': None, 'step': None}}]
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [plain(v, place) for v in value]
    if isinstance(value, Mapping):
        return {k: plain(v, place) for k, v in value.items()}
    if isinstance(value, KerasTensor):
        config: dict[str, Any] = {"shape": None if value.dims is None else list(value.dims), "dtype": value.dtype.name}
        return _marked("keras_tensor", **config, keras_history=list(place(value)))
    if isinstance(value, slice):
        return _marked("slice", start=value.start, stop=value.stop, step=value.step)
    if value is Ellipsis:
        return _marked("ellipsis")
    if isinstance(value, bytes):
        return _marked("bytes", value=value.decode())
    if isinstance(value, DType):
        return value.name
    if isinstance(value, np.generic) or isinstance(value, np.ndarray) and value.ndim == 0:
        return value.item()
    if isinstance(value, np.ndarray):
        return _marked("numpy", value=value.tolist(), dtype=value.dtype.name)
    raise ValueError(f"A layer was called with {value!r}, which cannot be written to a configuration.")


def _marked(kind: str, **config: Any) -> dict[str, Any]:
    return {"class_name": f"__{kind}__", "config": config}


def live(value: Any, tensor: Callable[[Place], KerasTensor]) -> Any:
    """The value that `plain`, or Keras, wrote as plain data.

    Args:
        value: the data.
        tensor: finds the symbolic tensor at a place.

    Raises:
        ValueError: it holds code, or something that is not known.

    >>> from kerasflow.models.arguments import live
    >>> live([1.5, {"class_name": "__slice__", "config": {"start": 2, "stop": None, "step": None}}], None)
    [1.5, slice(2, None, None)]
    """
    if isinstance(value, list):
        return [live(v, tensor) for v in value]
    if not isinstance(value, Mapping):
        return value
    if "class_name" not in value or "config" not in value:
        return {k: live(v, tensor) for k, v in value.items()}
    kind, config = value["class_name"], value["config"]
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None or not isinstance(config, Mapping):
        raise ValueError(f"An argument of a call is {kind!r}, which is no value that a file may hold.")
    try:
        found = reader(config)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, MemoryError) as e:
        raise ValueError(f"An argument of a call, {str(dict(config))[:100]}, is no {kind!r}.") from e
    return tensor(found) if kind == "__keras_tensor__" else found


def _place(config: Mapping[str, Any]) -> Place:
    layer, call, output = config["keras_history"]
    return layer, call, output


def _slice(config: Mapping[str, Any]) -> slice:
    start, stop, step = (config[k] for k in ("start", "stop", "step"))
    if not all(v is None or type(v) is int for v in (start, stop, step)):
        raise TypeError("the ends of a slice are whole numbers")
    return slice(start, stop, step)


def _array(config: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    dtype = as_dtype(config["dtype"])
    if dtype.numpy.kind not in "biufc":
        raise TypeError("it holds no numbers")
    array = np.array(config["value"], dtype.numpy)
    if array.size > _LARGEST:
        raise ValueError("it is too large")
    return array


_READERS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "__bytes__": lambda config: config["value"].encode(),
    "__ellipsis__": lambda config: Ellipsis,
    "__keras_tensor__": _place,
    "__numpy__": _array,
    "__slice__": _slice,
    "__tensor__": _array,
    "__tuple__": lambda config: tuple(config["value"]),
}
