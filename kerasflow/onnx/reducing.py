"""Rules for reductions, softmax, running sums, and what sorts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.shapes import size
from kerasflow.onnx.elementwise import wide
from kerasflow.onnx.errors import Inexpressible
from kerasflow.onnx.nodes import Nodes

__all__ = ["RULES"]

AXES_ARE_INPUTS = 18  # the operator set from which on they are, of all reductions


def _keeps(c: Any) -> int:
    return int(c.attrs.get("keepdims", False))


def _reduced(w: Nodes, kind: str, x: Any, axis: Any, keepdims: int) -> Any:
    if axis == ():
        return w.name(x)
    if kind == "ReduceSum" or w.opset >= AXES_ARE_INPUTS:
        return w.node(kind, x, None if axis is None else w.sizes(list(axis)), keepdims=keepdims)
    return w.node(kind, x, keepdims=keepdims, **({} if axis is None else {"axes": list(axis)}))


def _reduction(kind: str) -> Callable[[Nodes, Any], Any]:
    def rule(w: Nodes, c: Any) -> Any:
        x = c.inputs[0]
        if x.dtype.kind not in "iuf" or kind == "ReduceMean" and x.dtype.is_integer:
            raise Inexpressible(f"ONNX has no such operator for {x.dtype.name}")
        between = types.int64 if x.dtype.is_integer and x.dtype is not types.int32 else x.dtype
        found = _reduced(w, kind, w.cast(x, between), c.attrs.get("axis"), _keeps(c))
        return found if between is x.dtype else w.cast(found, x.dtype)

    return rule


def _log_sum_exp(w: Nodes, c: Any) -> Any:
    """``log sum exp (x - m) + m`` with m the largest number, or 0 where that is infinite."""
    x, axis = c.inputs[0], c.attrs.get("axis")
    if axis == ():
        return w.name(x)
    largest = _reduced(w, "ReduceMax", x, axis, 1)
    shift = w.node("Where", w.node("IsInf", largest), np.asarray(0, x.dtype.numpy), largest)
    total = _reduced(w, "ReduceSum", w.node("Exp", w.node("Sub", x, shift)), axis, 1)
    found = w.node("Add", w.node("Log", total), shift)
    if _keeps(c):
        return found
    return w.node("Squeeze", found, None if axis is None else w.sizes(list(axis)))


def _any(w: Nodes, c: Any) -> Any:
    """Whether there are some: by their number."""
    numbers = w.cast(c.inputs[0], types.int32)
    return w.cast(_reduced(w, "ReduceSum", numbers, c.attrs.get("axis"), _keeps(c)), types.bool)


def _all(w: Nodes, c: Any) -> Any:
    """Whether there are none of which it is not true."""
    numbers = w.cast(w.node("Not", c.inputs[0]), types.int32)
    others = _reduced(w, "ReduceSum", numbers, c.attrs.get("axis"), _keeps(c))
    return w.node("Not", w.cast(others, types.bool))


def _arg(kind: str) -> Callable[[Nodes, Any], Any]:
    def rule(w: Nodes, c: Any) -> Any:
        x, axis, dtype = c.inputs[0], c.attrs["axis"], c.attrs["output_type"]
        if x.dtype in (types.float32, types.float64, types.int32):
            place = w.node(kind, x, axis=axis, keepdims=0)
        else:  # which onnxruntime sorts, but does not search
            largest, one = int(kind == "ArgMax"), w.sizes([1])
            first = w.node("TopK", w.cast(x, wide(x.dtype)), one, count=2, axis=axis, largest=largest)[1]
            place = w.node("Squeeze", first, w.sizes([axis]))
        return place if dtype is types.int64 else w.cast(place, dtype)

    return rule


def _divided_by_count(w: Nodes, c: Any) -> Any:
    g, like = c.inputs
    axis = c.attrs.get("axis")
    sizes = w.shape(like)
    chosen = sizes if axis is None else w.node("Gather", sizes, w.sizes([a % like.rank for a in axis]))
    return w.node("Div", g, w.cast(w.node("ReduceProd", chosen, keepdims=0), g.dtype))


def _half_sum_of_squares(w: Nodes, c: Any) -> Any:
    total = w.node("ReduceSumSquare", c.inputs[0], keepdims=0)
    return w.node("Mul", total, np.asarray(0.5, c.inputs[0].dtype.numpy))


def _softmax(kind: str) -> Callable[[Nodes, Any], Any]:
    return lambda w, c: w.node(kind, c.inputs[0], axis=c.attrs["axis"])


def _cumsum(w: Nodes, c: Any) -> Any:
    axis = np.asarray(c.attrs["axis"], np.int64)
    flags = {name: int(c.attrs[name]) for name in ("exclusive", "reverse")}
    return w.node("CumSum", c.inputs[0], axis, **flags)


def _top_k(w: Nodes, c: Any) -> Any:
    x, k = c.inputs
    numbers = w.cast(x, wide(x.dtype))
    values, places = w.node("TopK", numbers, w.reshape(w.sizes(k), [1]), count=2, axis=-1, largest=1, sorted=1)
    return values if wide(x.dtype) is x.dtype else w.cast(values, x.dtype), w.cast(places, types.int32)


def _arg_sort(w: Nodes, c: Any) -> Any:
    x, axis = c.inputs[0], c.attrs["axis"]
    count = w.node("Gather", w.shape(x), np.array([axis % x.rank]))
    down = int(c.attrs["descending"])
    return w.cast(w.node("TopK", x, count, count=2, axis=axis, largest=down, sorted=1)[1], types.int32)


def _rank(w: Nodes, c: Any) -> Any:
    return w.cast(w.node("Size", w.shape(c.inputs[0])), types.int32)


def _size(w: Nodes, c: Any) -> Any:
    found = size(c.inputs[0].dims)
    if found is not None:
        return w.constant(np.asarray(found, c.attrs["out_type"].numpy))
    return _as_int(w, w.node("Size", c.inputs[0]), c.attrs["out_type"])


def _shape(w: Nodes, c: Any) -> Any:
    return _as_int(w, w.shape(c.inputs[0]), c.attrs["out_type"])


def _as_int(w: Nodes, name: str, dtype: Any) -> str:
    return name if dtype is types.int64 else w.cast(name, dtype)


RULES: dict[str, Callable[[Nodes, Any], Any]] = {
    "All": _all,
    "Any": _any,
    "ArgMax": _arg("ArgMax"),
    "ArgMin": _arg("ArgMin"),
    "ArgSort": _arg_sort,
    "Cumsum": _cumsum,
    "DivideByCount": _divided_by_count,
    "L2Loss": _half_sum_of_squares,
    "LogSoftmax": _softmax("LogSoftmax"),
    "LogSumExp": _log_sum_exp,
    "Max": _reduction("ReduceMax"),
    "Mean": _reduction("ReduceMean"),
    "Min": _reduction("ReduceMin"),
    "Prod": _reduction("ReduceProd"),
    "Rank": _rank,
    "Shape": _shape,
    "Size": _size,
    "Softmax": _softmax("Softmax"),
    "Sum": _reduction("ReduceSum"),
    "TopKV2": _top_k,
}
