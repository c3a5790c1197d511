"""What features of categories go through, in graph definitions: bags of ids, crosses, numbers as words.

Each rule takes the writer and the operation, and gives the last node, which is called as the operation is. One with
several outputs ends in an ``IdentityN``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.tensor import Operation
from kerasflow.graphdef.names import input_name

__all__ = ["RULES"]

_WIDE = types.int64


def _gathered(w: Any, o: Operation, suffix: str, params: Any, indices: Any, dtypes: Any, axis: int = 0) -> str:
    """``params[indices]``; the types of both are given, as names say nothing of them."""
    attrs = dict(zip(("Tparams", "Tindices"), dtypes, strict=True))
    where = w.constant(o, f"{suffix}/axis", np.int32(axis))
    name: str = w.beside(o, suffix, "GatherV2", [params, indices, where], Taxis=types.int32, **attrs)
    return name


def _dense_to_sparse(w: Any, o: Operation) -> Any:
    x, missing = o.inputs
    differs = w.beside(o, "NotEqual", "NotEqual", [x, missing], T=x.dtype)
    at = w.beside(o, "indices", "Where", [differs], T=types.bool)
    values = w.beside(o, "values", "GatherNd", [x, at], Tparams=x.dtype, Tindices=_WIDE)
    return w.node(o.name, "IdentityN", [at, values], T=[_WIDE, x.dtype])


def _bags(w: Any, o: Operation) -> Any:
    indices, ids, shape = o.inputs
    rank = indices.dims[1] if indices.dims is not None else None
    if rank is None or rank < 2:
        return None
    counts = w.beside(
        o, "counts", "GreaterEqual", [ids, w.constant(o, "zero", np.zeros((), ids.dtype.numpy))], T=ids.dtype
    )
    there = w.beside(o, "Where", "Where", [counts], T=types.bool)
    line = w.constant(o, "line", np.array([-1], np.int32))
    places = w.beside(o, "places", "Reshape", [there, line], T=_WIDE, Tshape=types.int32)
    kept = _gathered(w, o, "kept", ids, places, (ids.dtype, _WIDE))
    number, total = _numbers(w, o, indices, shape, rank)
    bag = _gathered(w, o, "bag", number, places, (_WIDE, _WIDE))
    unique = w.beside(o, "Unique", "Unique", [kept], T=ids.dtype, out_idx=_WIDE)
    count = w.beside(o, "Size", "Size", [unique], T=ids.dtype, out_type=_WIDE)
    factor = _factors(w, o, bag, total)
    dtypes = [ids.dtype, _WIDE, _WIDE, o.attrs["dtype"], _WIDE]
    return w.node(o.name, "IdentityN", [unique, bag, f"{unique}:1", factor, count], T=dtypes)


def _numbers(w: Any, o: Operation, indices: Any, shape: Any, rank: int) -> tuple[str, str]:
    """The number of the bag that each id is in, and how many bags there are: the last axis is that in a bag."""
    number = total = ""
    for k in range(rank - 1):
        at = w.constant(o, f"axis_{k}", np.int32(k))
        column = _gathered(w, o, f"column_{k}", indices, at, (_WIDE, types.int32), axis=1)
        size = _gathered(w, o, f"size_{k}", shape, at, (_WIDE, types.int32))
        if k:
            scaled = w.beside(o, f"scaled_{k}", "Mul", [number, size], T=_WIDE)
            column = w.beside(o, f"number_{k}", "Add", [scaled, column], T=_WIDE)
            size = w.beside(o, f"total_{k}", "Mul", [total, size], T=_WIDE)
        number, total = column, size
    return number, total


def _factors(w: Any, o: Operation, bag: str, total: str) -> str:
    """What each id counts for, by the number of those in its bag."""
    dtype, combiner = o.attrs["dtype"], o.attrs["combiner"]
    plain = w.beside(o, "Cast", "Cast", [bag], SrcT=_WIDE, DstT=dtype)
    ones: str = w.beside(o, "OnesLike", "OnesLike", [plain], T=dtype)
    if combiner == "sum":
        return ones
    attrs = {"T": dtype, "Tindices": _WIDE, "Tnumsegments": _WIDE}
    sizes = w.beside(o, "sizes", "UnsortedSegmentSum", [ones, bag, total], **attrs)
    each = _gathered(w, o, "each", sizes, bag, (dtype, _WIDE))
    name: str = w.beside(o, "factor", "Reciprocal" if combiner == "mean" else "Rsqrt", [each], T=dtype)
    return name


def _bag_sums(w: Any, o: Operation) -> Any:
    rows, source, target, factor, count, _ = o.inputs
    terms = _gathered(w, o, "terms", rows, source, (rows.dtype, _WIDE))
    if o.attrs["weighs"]:
        one = w.constant(o, "one", np.int32(1))
        column = w.beside(o, "ExpandDims", "ExpandDims", [factor, one], T=factor.dtype, Tdim=types.int32)
        terms = w.beside(o, "Mul", "Mul", [terms, column], T=rows.dtype)
    attrs = {"T": rows.dtype, "Tindices": _WIDE, "Tnumsegments": _WIDE}
    return w.node(o.name, "UnsortedSegmentSum", [terms, target, count], **attrs)


def _filled(w: Any, o: Operation) -> Any:
    """Here the operation says where values come from; there it moves them, so it is given their numbers."""
    indices, shape = o.inputs
    sizes = w.beside(o, "Shape", "Shape", [indices], T=_WIDE, out_type=_WIDE)
    count = _gathered(w, o, "count", sizes, w.constant(o, "first", np.int32(0)), (_WIDE, types.int32))
    ends = [w.constant(o, "start", np.int64(0)), count, w.constant(o, "delta", np.int64(1))]
    numbers = w.beside(o, "Range", "Range", ends, Tidx=_WIDE)
    made = w.beside(o, "SparseFillEmptyRows", "SparseFillEmptyRows", [indices, numbers, shape, count], T=_WIDE)
    outputs = [made, f"{made}:1", f"{made}:2"]
    return w.node(o.name, "IdentityN", outputs, T=[_WIDE, _WIDE, types.bool])


def _unchecked(w: Any, o: Operation) -> Any:
    """A graph for TensorFlow has no check of its own: the rows that are looked up have one."""
    w.keep()
    return w.node(o.name, "Identity", o.inputs, T=o.inputs[0].dtype)


def _crossed(w: Any, o: Operation) -> Any:
    n, hashed, key = o.attrs["count"], o.attrs["hashed"], o.attrs["key"]
    if key is None and hashed:
        return None  # TensorFlow's core never had these
    sparse, dense = o.inputs[: 3 * n], o.inputs[3 * n :]
    inputs = [input_name(t) for k in range(3) for t in sparse[k::3]] + [input_name(t) for t in dense]
    whole = hashed and any(t.dtype is not types.string for t in (*sparse[1::3], *dense))
    w.keep()
    return w.node(
        o.name,
        o.type,
        inputs,
        N=n,
        hashed_output=hashed,
        num_buckets=o.attrs["buckets"],
        hash_key=0xDECAFCAFFE if key is None else key,
        sparse_types=[t.dtype for t in sparse[1::3]],
        dense_types=[t.dtype for t in dense],
        out_type=_WIDE if hashed else types.string,
        internal_type=_WIDE if whole else types.string,
    )


def _as_string(w: Any, o: Operation) -> Any:
    if o.attrs["form"] != "%d":
        return None
    w.keep()
    plain = {"precision": -1, "scientific": False, "shortest": False, "width": -1, "fill": ""}
    return w.node(o.name, o.type, o.inputs, T=o.inputs[0].dtype, **plain)


RULES: dict[str, Callable[[Any, Operation], Any]] = {
    "AsString": _as_string,
    "BagSums": _bag_sums,
    "Bags": _bags,
    "CheckedCategories": _unchecked,
    "DenseToSparse": _dense_to_sparse,
    "SparseCross": _crossed,
    "SparseFillEmptyRows": _filled,
}
