"""Rules for what picks numbers by their places, by truth values, or by what a table says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.onnx.elementwise import chosen
from kerasflow.onnx.errors import Inexpressible
from kerasflow.onnx.nodes import Nodes

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
    """What a table has for each key."""
    keys, default = c.inputs
    pairs = c.session._runtime.states.get(c.attrs["table"])
    if pairs is None:
        raise Inexpressible("the table has not been initialised")
    if keys.dtype not in _KEYS or default.array is None or default.dtype not in _KEYS:
        raise Inexpressible(f"ONNX has no table from {keys.dtype.name} to {default.dtype.name}")
    rest = default.array.item()
    name = _KEYS[default.dtype].removeprefix("keys_")
    attrs = {
        _KEYS[keys.dtype]: list(pairs),
        f"values_{name}": list(pairs.values()),
        f"default_{name.removesuffix('s')}": rest,
    }
    return w.node("LabelEncoder", keys, **attrs)


RULES: dict[str, Callable[[Nodes, Any], Any]] = {
    "BooleanMask": _boolean_mask,
    "GatherNd": _gather_nd,
    "GatherV2": _gather,
    "LookupTableFindV2": _find,
    "MatrixBandPart": _band,
    "OneHot": _one_hot,
    "Range": _range,
    "SequenceMask": _sequence_mask,
    "TakeAlongLast": _take_along_last,
    "Where": _where,
}
