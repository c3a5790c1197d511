"""Rules for what picks numbers by their places, by truth values, or by what a table says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.described import Bins, Factors, Table
from kerasflow.core.types import DType
from kerasflow.onnx.elementwise import chosen
from kerasflow.onnx.errors import Inexpressible
from kerasflow.onnx.nodes import Nodes, Value

__all__ = ["RULES"]


def _gather(w: Nodes, c: Any) -> Any:
    params, indices = c.inputs
    axis, batch = c.attrs.get("axis", 0), c.attrs.get("batch_dims", 0)
    if not batch:
        places = indices if indices.dtype is types.int32 else w.sizes(indices)
        return w.node("Gather", params, places, axis=axis)
    if axis != batch:
        raise Inexpressible("it gathers in each row along an axis that is not the first of the row")
    return w.node("GatherND", params, w.node("Unsqueeze", w.sizes(indices), w.sizes([-1])), batch_dims=batch)


def _gather_nd(w: Nodes, c: Any) -> Any:
    return w.node("GatherND", c.inputs[0], w.sizes(c.inputs[1]), batch_dims=c.attrs.get("batch_dims", 0))


def _one_hot(w: Nodes, c: Any) -> Any:
    """By comparison: ONNX's own operator counts negative places from the end, where there is no class here."""
    indices, depth, on, off = c.inputs
    rank = indices.rank + 1
    axis = c.attrs["axis"] % rank
    count = w.reshape(w.sizes(depth), [])
    classes = w.node("Range", np.int64(0), count, np.int64(1))
    row = w.reshape(classes, [-1 if i == axis else 1 for i in range(rank)])
    return chosen(w, w.node("Equal", w.node("Unsqueeze", w.sizes(indices), w.sizes([axis])), row), on, off)


def _where(w: Nodes, c: Any) -> Any:
    if not c.inputs[0].rank:
        raise Inexpressible("ONNX does not say where a scalar is")
    return w.node("Transpose", w.node("NonZero", w.cast(c.inputs[0], types.bool)), perm=[1, 0])


def _boolean_mask(w: Nodes, c: Any) -> Any:
    x, mask = c.inputs
    if mask.rank != 1:
        raise Inexpressible("ONNX picks by a vector of truth values")
    return w.node("Compress", x, mask, axis=c.attrs["axis"])


def _take_along_last(w: Nodes, c: Any) -> Any:
    return w.node("GatherElements", *c.inputs, axis=-1)


def _sequence_mask(w: Nodes, c: Any) -> Any:
    lengths, *longest = c.inputs
    sizes = w.sizes(lengths)
    limit = w.reshape(w.sizes(longest[0]), []) if longest else w.node("ReduceMax", sizes, keepdims=0)
    places = w.node("Range", np.int64(0), limit, np.int64(1))
    return w.node("Less", places, w.node("Unsqueeze", sizes, w.sizes([-1])))


def _range(w: Nodes, c: Any) -> Any:
    return w.node("Range", *c.inputs)


def _band(w: Nodes, c: Any) -> Any:
    lower, upper = c.attrs["lower"], c.attrs["upper"]
    x = w.name(c.inputs[0])
    if upper >= 0:
        x = w.node("Trilu", x, np.int64(upper), upper=0)
    return w.node("Trilu", x, np.int64(-lower), upper=1) if lower >= 0 else x


_KEYS = {types.string: "keys_strings", types.int64: "keys_int64s", types.float32: "keys_floats"}


def _find(w: Nodes, c: Any) -> Any:
    """What a table of the session has for each key."""
    keys, default = c.inputs
    pairs = c.session._runtime.states.get(c.attrs["table"])
    if pairs is None:
        raise Inexpressible("the table has not been initialised")
    if default.array is None:
        raise Inexpressible("what the table gives for other keys is known in the run only")
    return _looked_up(w, keys, Table(pairs, default.array.item()), default.dtype)


def _looked_up(w: Nodes, keys: Value, table: Table, dtype: DType) -> Any:
    if keys.dtype not in _KEYS or dtype not in _KEYS:
        raise Inexpressible(f"ONNX has no table from {keys.dtype.name} to {dtype.name}")
    values = _KEYS[dtype].removeprefix("keys_")
    attrs = {
        _KEYS[keys.dtype]: list(table.pairs),
        f"values_{values}": list(table.pairs.values()),
        f"default_{values.removesuffix('s')}": table.default,
    }
    return w.node("LabelEncoder", keys, **attrs)


def _prepared(w: Nodes, c: Any) -> Any:
    """What a function in Python computes, if its owner says that in data."""
    function, x, dtype = c.attrs["function"], c.inputs[0], c.outputs[0].dtype
    describe = getattr(getattr(function, "__self__", None), "described", None)
    known = describe(function) if describe else None
    if isinstance(known, Table):
        return _looked_up(w, x, known, dtype)
    if isinstance(known, Factors):
        return w.node("Mul", x, known.factors.astype(x.dtype.numpy))
    if isinstance(known, Bins):
        number = x.dtype if x.dtype.is_floating else types.float64
        numbers = w.node("Unsqueeze", w.cast(x, number), w.sizes([-1]))
        above = w.node("Less", numbers, known.boundaries.astype(number.numpy))  # false for NaN
        return w.node("ReduceSum", w.cast(w.node("Not", above), dtype), w.sizes([-1]), keepdims=0)
    raise Inexpressible("it runs a Python function")


RULES: dict[str, Callable[[Nodes, Any], Any]] = {
    "BooleanMask": _boolean_mask,
    "GatherNd": _gather_nd,
    "GatherV2": _gather,
    "LookupTableFindV2": _find,
    "MatrixBandPart": _band,
    "OneHot": _one_hot,
    "Prepare": _prepared,
    "Range": _range,
    "SequenceMask": _sequence_mask,
    "TakeAlongLast": _take_along_last,
    "Where": _where,
}
