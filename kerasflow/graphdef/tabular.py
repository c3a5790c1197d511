"""Operations of tables and feature columns in graph definitions: parsed examples, crosses, rows filled up, texts.

Parsed examples have other outputs in TensorFlow, and take what is an attribute here as inputs: its node gets an
``IdentityN`` behind it, which is called as ours. `READERS` read what TensorFlow writes; `features` writes the rest.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import ops, types
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.data.columns import Fixed, Varying
from kerasflow.graphdef.names import input_name
from kerasflow.graphdef.values import from_attr, shape_proto

__all__ = ["READERS", "WRITERS"]

_SEGMENTS = {
    "SparseSegmentMean": ops.sparse_segment_mean,
    "SparseSegmentSqrtN": ops.sparse_segment_sqrt_n,
    "SparseSegmentSum": ops.sparse_segment_sum,
}


def _renamed(w: Any, o: Operation, outputs: list[str]) -> Any:
    """The node that is called as the operation, and gives these tensors."""
    w.keep()
    return w.node(o.name, "IdentityN", outputs, T=[t.dtype for t in o.outputs])


# Parsed examples.


def _write_parsed(w: Any, o: Operation) -> Any:
    columns = o.attrs["columns"]
    if not all(isinstance(c, (Fixed, Varying)) for c in columns):
        return None
    sparse = [c for c in columns if isinstance(c, Varying)]
    dense = [c for c in columns if isinstance(c, Fixed)]
    inputs = [input_name(o.inputs[0]), w.constant(o, "names", np.array([], object))]
    inputs += [w.constant(o, f"sparse_keys_{i}", _text(c.key)) for i, c in enumerate(sparse)]
    inputs += [w.constant(o, f"dense_keys_{i}", _text(c.key)) for i, c in enumerate(dense)]
    inputs += [w.constant(o, f"dense_defaults_{i}", _default(c)) for i, c in enumerate(dense)]
    attrs = {"Nsparse": len(sparse), "Ndense": len(dense), "dense_shapes": [shape_proto(c.dims) for c in dense]}
    attrs |= {"sparse_types": [c.dtype for c in sparse], "Tdense": [c.dtype for c in dense]}
    made = w.beside(o, "parsed", "ParseExample", inputs, **attrs)
    places = _places(columns, len(sparse))
    return _renamed(w, o, [f"{made}:{p}" if p else made for p in places])


def _places(columns: Any, sparse: int) -> list[int]:
    """Where TensorFlow's node has each of our outputs: all indices, all values, all shapes, then what is dense."""
    found, s, d = [], 0, 0
    for c in columns:
        if isinstance(c, Varying):
            found += [s, sparse + s, 2 * sparse + s]
            s += 1
        else:
            found.append(3 * sparse + d)
            d += 1
    return found


def _text(text: str) -> Any:
    return np.array(text.encode(), object)


def _default(c: Fixed) -> Any:
    values = [] if c.default is None else list(c.default)
    if c.dtype is types.string:
        array = np.empty(len(values), object)
        array[:] = values
    else:
        array = np.array(values, c.dtype.numpy)
    return array.reshape(c.dims) if values else array


def _read_parsed(r: Any, node: Any) -> Any:
    inputs = r.inputs(node)
    n, m = from_attr(node.attr["Nsparse"]), from_attr(node.attr["Ndense"])
    keys = [_known(t).item().decode() for t in inputs[2 : 2 + n + m]]
    columns: list[Any] = [
        Varying(key, dtype) for key, dtype in zip(keys[:n], from_attr(node.attr["sparse_types"]), strict=True)
    ]
    shapes = [tuple(d.size for d in s.dim) for s in node.attr["dense_shapes"].list.shape]
    for key, dtype, dims, default in zip(
        keys[n:], from_attr(node.attr["Tdense"]), shapes, inputs[2 + n + m :], strict=True
    ):
        if any(d < 0 for d in dims):
            raise ValueError(f"the feature {key!r} has no fixed length")
        values = _known(default).reshape(-1).tolist()
        columns.append(Fixed(key, dtype, dims, tuple(values) if values else None))
    made = r.apply(node, "ParseExample", inputs[0], columns=tuple(columns))
    flat = list(made) if isinstance(made, (list, tuple)) else [made]
    ordered: list[Any] = [None] * len(flat)
    for tensor, place in zip(flat, _places(columns, n), strict=True):
        ordered[place] = tensor
    return ordered


def _known(t: Tensor) -> np.ndarray[Any, Any]:
    if t.spec.value is None:
        raise ValueError(f"{t} has to be a constant here")
    return np.asarray(t.spec.value)


# Crosses.


def _read_cross(r: Any, node: Any) -> Any:
    inputs, n = r.inputs(node), from_attr(node.attr["N"])
    parts = [t for i in range(n) for t in (inputs[i], inputs[n + i], inputs[2 * n + i])]
    key = from_attr(node.attr["hash_key"])
    attrs = {"hashed": from_attr(node.attr["hashed_output"]), "buckets": from_attr(node.attr["num_buckets"])}
    return r.apply(node, "SparseCross", *parts, *inputs[3 * n :], count=n, key=key, **attrs)


# Rows filled up.


def _read_filled(r: Any, node: Any) -> Any:
    indices, values, shape, default = r.inputs(node)
    made = r.apply(node, "SparseFillEmptyRows", indices, shape)
    both = ops.concat([values, ops.reshape(default, [1])], 0)
    return [made[0], ops.gather(both, made[1]), made[2]]


# Texts and checks.


def _read_text(r: Any, node: Any) -> Any:
    names = ("precision", "scientific", "shortest", "width", "fill")
    given = {name: from_attr(node.attr[name]) for name in names if name in node.attr}
    fill = given.get("fill", "")
    given["fill"] = fill.decode() if isinstance(fill, bytes) else fill
    return ops.as_string(*r.inputs(node), name=node.name, **given)


def _write_assertion(w: Any, o: Operation) -> Any:
    w.keep()
    data = [t.dtype for t in o.inputs[1:]]
    return w.node(o.name, "Assert", o.inputs, T=data, summarize=o.attrs["summarize"])


def _read_assertion(r: Any, node: Any) -> Any:
    summarize = from_attr(node.attr["summarize"]) if "summarize" in node.attr else 3
    return r.apply(node, "Assert", *r.inputs(node), summarize=summarize)


def _read_plain(r: Any, node: Any) -> Any:
    """What has no attributes but types."""
    return r.apply(node, node.op, *r.inputs(node))


def _read_rows(r: Any, node: Any) -> Any:
    """Rows of a variable."""
    source, indices = node.input[:2]
    return r.apply(node, "GatherV2", r.variable(source).value(), r.tensor(indices), axis=0, batch_dims=0)


def _read_segments(r: Any, node: Any) -> Any:
    return _SEGMENTS[node.op](*r.inputs(node), name=node.name)


def _read_several(r: Any, node: Any) -> Any:
    return ops.identity_n(r.inputs(node), name=node.name)


WRITERS = {
    "Assert": _write_assertion,
    "ParseExample": _write_parsed,
}
READERS = {
    "AsString": _read_text,
    "Assert": _read_assertion,
    "IdentityN": _read_several,
    "ParseExample": _read_parsed,
    "SparseCross": _read_cross,
    "SparseFillEmptyRows": _read_filled,
    "ResourceGather": _read_rows,
    "SparseReshape": _read_plain,
    **dict.fromkeys(_SEGMENTS, _read_segments),
}
