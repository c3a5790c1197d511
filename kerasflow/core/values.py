"""From Python values to arrays: which element type a number, list or array gets (rule G6).

A Python float becomes float32, a Python int int32 (int64 if it does not fit), text becomes UTF-8 bytes; NumPy arrays
keep their type. Beside a tensor the wanted type is known, and a value is converted if nothing but precision can be
lost: ints and doubles to float32, never floats to ints.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.bfloat16 import to_bits
from kerasflow.core.types import DType

__all__ = ["alone", "stored", "to_array"]

_LEAVES = {bool: "b", int: "i", float: "f", complex: "c", str: "s", bytes: "s"}
_WIDENS = {"b": "b", "i": "iufce", "u": "iufce", "f": "fce", "c": "c", "O": "O", "s": "O"}
_NAMES = {"b": "bool", "i": "int", "u": "int", "f": "float", "c": "complex", "s": "string", "O": "string"}


def to_array(value: Any, dtype: DType | None = None) -> np.ndarray[Any, Any]:
    """`value` as an array of type `dtype`, or of the type that rule G6 gives it.

    Raises:
        TypeError: the kinds in `value` are mixed, or are not of `dtype`'s kind.
        ValueError: a list is ragged, an integer does not fit, or there is no value, None.
    """
    if value is None:
        raise ValueError("Expected a value, got None.")
    if isinstance(value, (np.ndarray, np.generic)) or hasattr(value, "__array__") and not isinstance(value, type):
        return _from_numpy(np.asarray(value), dtype)
    kind = _leaf_kind(value)
    try:
        array = _text(value) if kind == "s" else np.array(value)
    except ValueError as e:
        raise ValueError(f"Expected a rectangular nest of values, got a ragged one: {_brief(value)}.") from e
    if kind == "i":
        array = _whole(array, value)
    if array.size == 0 and kind is None:
        return array.astype(types.float32.numpy if dtype is None else dtype.numpy)
    if dtype is None:
        return array.astype(_natural(array), copy=False)
    return _cast(array, dtype, value)


def _from_numpy(array: np.ndarray[Any, Any], dtype: DType | None) -> np.ndarray[Any, Any]:
    if array.dtype.kind in "USO":
        array = _bytes(array)
    natural = types.as_dtype(array.dtype)
    if not array.dtype.isnative:
        array = array.astype(natural.numpy)
    return array if dtype is None or dtype is natural else _cast(array, dtype, array)


def stored(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """`array` as kernels take it: quantised integers, which come as structures, as the integers they are coded by."""
    if array.dtype.names and types.as_dtype(array.dtype).is_quantized:
        return array[array.dtype.names[0]]
    return array


def _whole(array: np.ndarray[Any, Any], value: Any) -> np.ndarray[Any, Any]:
    """`array`, made of integers or of what can be used as one, as an array of integers."""
    if array.dtype.kind == "O":
        indices = np.array([operator.index(v) for v in array.reshape(-1).tolist()])
        array = indices.reshape(array.shape)
    if array.dtype.kind not in "iu":  # NumPy makes floats of 2**63 beside -1, and objects of 2**64
        raise ValueError(f"An integer in {_brief(value)} does not fit any integer type.")
    return array


def _leaf_kind(value: Any) -> str | None:
    """The one kind all leaves of a nest share ("b", "i", "f", "c" or "s"); ints beside floats count as floats."""
    kinds: set[str] = set()
    level = [value]
    while level:
        below: list[Any] = []
        for v in level:
            if isinstance(v, (list, tuple)):
                below.extend(v)
            elif isinstance(v, (np.ndarray, np.generic)):
                kinds.add("s" if v.dtype.kind in "USO" else v.dtype.kind.replace("u", "i"))
            else:
                kinds.add(_kind_of(v))
        level = below
    if kinds <= {"i", "f", "c"}:
        return max(kinds, key="ifc".index, default=None)
    if len(kinds) > 1:
        raise TypeError(f"Cannot mix {' and '.join(sorted(_NAMES[k] for k in kinds))} in one tensor: {_brief(value)}.")
    return kinds.pop()


def _kind_of(value: Any) -> str:
    for cls, kind in _LEAVES.items():
        if isinstance(value, cls):
            return kind
    if hasattr(value, "__index__") and not isinstance(value, type):
        return "i"
    raise TypeError(f"Cannot convert a {type(value).__name__} to a tensor: {_brief(value)}.")


def _natural(array: np.ndarray[Any, Any]) -> np.dtype[Any]:
    if array.dtype.kind == "f":
        return types.float32.numpy
    if array.dtype.kind == "c":
        return types.complex128.numpy
    if array.dtype.kind in "iu":
        low, high = (array.min(), array.max()) if array.size else (0, 0)
        fits = (t for t in (types.int32, types.int64, types.uint64) if t.min <= low and high <= t.max)
        return next(fits).numpy
    return array.dtype


def _cast(array: np.ndarray[Any, Any], dtype: DType, value: Any) -> np.ndarray[Any, Any]:
    kind = array.dtype.kind
    if dtype.kind not in _WIDENS.get(kind, ""):
        raise TypeError(f"Expected {dtype.name}, got {_brief(value)} of type {_NAMES.get(kind, array.dtype)} instead.")
    if dtype is types.bfloat16:
        return to_bits(array)
    if dtype.kind in "iu" and array.size:
        if array.min() < dtype.min or array.max() > dtype.max:
            raise ValueError(f"{_brief(value)} does not fit {dtype.name} ({dtype.min} to {dtype.max}).")
    return array.astype(dtype.numpy, copy=False)


def _text(value: Any) -> np.ndarray[Any, Any]:
    # NumPy's text types would cut trailing zero bytes off; an array of objects keeps them, and lists that do not fit.
    array = np.array(value, dtype=object)
    if any(isinstance(item, (list, tuple)) for item in array.reshape(-1).tolist()):
        raise ValueError("ragged")
    return _bytes(array)


def _bytes(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    out = np.empty(array.shape, dtype=object)
    flat = out.reshape(-1)
    for i, item in enumerate(array.reshape(-1).tolist()):
        if isinstance(item, str):
            flat[i] = item.encode("utf-8")
        elif isinstance(item, bytes):
            flat[i] = item
        else:
            raise TypeError(f"Expected strings, got {_brief(item)} of type {type(item).__name__} among them.")
    return out


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def alone(value: Any) -> Any:
    """What a kernel was given as a scalar: of an array without axes what is in it, else the value itself."""
    return value[()] if isinstance(value, np.ndarray) else value
