"""Rules for what moves numbers about and leaves them as they are: shapes, parts, padding, joining and splitting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.indexing import Dynamic
from kerasflow.onnx.errors import Inexpressible
from kerasflow.onnx.nodes import Nodes, Value

__all__ = ["RULES", "permuted"]

COUNTS_PARTS = 18  # the operator set from which on Split is told how many parts there are
_END = np.iinfo(np.int64).max
_BEFORE_ALL = np.iinfo(np.int64).min


def _open(dims: Any) -> bool:
    """Whether more than one size is not known, or one is 0, beside which none can be left open."""
    return dims is None or sum(d is None for d in dims) > 1 or (0 in dims and None in dims)


def _reshape(w: Nodes, c: Any) -> Any:
    dims = c.outputs[0].shape
    return w.reshape(c.inputs[0], w.sizes(c.inputs[1]) if _open(dims) or 0 in dims else dims)


def _reshape_like(w: Nodes, c: Any) -> Any:
    dims = c.outputs[0].shape
    return w.reshape(c.inputs[0], w.shape(c.inputs[1]) if _open(dims) or 0 in dims else dims)


def permuted(w: Nodes, x: Any, perm: Sequence[int]) -> str:
    """A value with its axes in another order; a constant is turned at once."""
    perm = [i % len(perm) for i in perm]
    if perm == sorted(perm):
        return w.name(x)
    if isinstance(x, Value) and x.array is not None:
        return w.constant(np.transpose(x.array, perm))
    return str(w.node("Transpose", x, perm=perm))


def _transpose(w: Nodes, c: Any) -> Any:
    perm, rank = c.attrs.get("perm"), c.inputs[0].rank
    if perm is None:
        perm = range(rank)[::-1]
    elif len(perm) < rank:  # the last two, of matrices
        perm = [*range(rank - 2), rank - 1, rank - 2]
    return permuted(w, c.inputs[0], perm)


def _expand_dims(w: Nodes, c: Any) -> Any:
    return w.node("Unsqueeze", c.inputs[0], w.sizes([c.attrs["axis"]]))


def _squeeze(w: Nodes, c: Any) -> Any:
    axis = list(c.attrs.get("axis") or ())
    return w.node("Squeeze", c.inputs[0], w.sizes(axis) if axis else None)


def _broadcast_to(w: Nodes, c: Any) -> Any:
    return w.node("Expand", c.inputs[0], w.sizes(c.inputs[1]))


def _broadcast_like(w: Nodes, c: Any) -> Any:
    return w.node("Expand", c.inputs[0], w.shape(c.inputs[1]))


def _fill(w: Nodes, c: Any) -> Any:
    dims, value = c.inputs
    return w.node("Expand", value, w.sizes(dims))


def _all(number: int) -> Callable[[Nodes, Any], Any]:
    """Zeros or ones of the shape of what is given."""

    def rule(w: Nodes, c: Any) -> Any:
        dtype = c.outputs[0].dtype
        if dtype is types.string:
            raise Inexpressible("ONNX has no such operator for texts")
        return w.node("Expand", np.asarray(number, dtype.numpy), w.shape(c.inputs[0]))

    return rule


# Parts.


def _slice(w: Nodes, c: Any) -> Any:
    x, begin, size = c.inputs
    if not x.rank:
        return w.name(x)
    first, sizes = w.sizes(begin), w.sizes(size)
    if begin.array is not None and size.array is not None:
        last = w.sizes(np.where(size.array == -1, _END, begin.array.astype(np.int64) + size.array).tolist())
    else:
        to_end = w.node("Equal", sizes, w.sizes([-1]))
        last = w.node("Where", to_end, w.sizes([_END]), w.node("Add", first, sizes))
    return w.node("Slice", x, first, last)


def _strided_slice(w: Nodes, c: Any) -> Any:
    """A Slice along the axes that are cut; then axes at which there was one place are taken away, new ones put in."""
    x, *numbers = c.inputs
    items = c.attrs["items"]
    used = sum(item not in ("new", "rest") for item in items)
    if "rest" not in items:
        items = (*items, "rest")
    cuts: list[tuple[int, Any, Any, int]] = []
    gone: list[int] = []
    new: list[int] = []
    axis = place = 0
    for item in items:
        if item == "new":
            new.append(place)
            place += 1
        elif item == "rest":
            axis, place = axis + x.rank - used, place + x.rank - used
        elif item[0] == "at":
            gone.append(axis)
            cuts.append(_cut(axis, item[1], numbers))
            axis += 1
        else:
            if item[1:] != (None, None, None):
                cuts.append(_span(w, axis, item[1:], numbers))
            axis, place = axis + 1, place + 1
    y = _sliced(w, x, cuts)
    y = w.node("Squeeze", y, w.sizes(gone)) if gone else y
    return w.node("Unsqueeze", y, w.sizes(new)) if new else y


def _cut(axis: int, at: Any, numbers: Sequence[Value]) -> tuple[int, Any, Any, int]:
    """One place: from it to the one behind it, which for the last one, -1, is the end."""
    if not isinstance(at, Dynamic):
        return axis, at, _END if at == -1 else at + 1, 1
    return axis, numbers[at.k], None, 1


def _span(w: Nodes, axis: int, parts: Any, numbers: Sequence[Value]) -> tuple[int, Any, Any, int]:
    start, stop, step = [numbers[p.k] if isinstance(p, Dynamic) else p for p in parts]
    if isinstance(step, Value):
        if step.array is None:
            raise Inexpressible("the step of a slice is known in the run only")
        step = int(step.array)
    step = 1 if step is None else step
    start = (0 if step > 0 else _END) if start is None else start
    stop = (_END if step > 0 else _BEFORE_ALL) if stop is None else stop
    return axis, start, stop, step


def _sliced(w: Nodes, x: Any, cuts: Sequence[tuple[int, Any, Any, int]]) -> str:
    if not cuts:
        return w.name(x)
    axes, starts, stops, steps = zip(*cuts, strict=True)
    if all(isinstance(n, int) for n in (*starts, *stops)):
        ends = [w.sizes(list(starts)), w.sizes(list(stops))]
    else:
        firsts = [_vector(w, n) for n in starts]
        one = w.sizes([1])
        lasts = [_behind(w, f, one) if n is None else _vector(w, n) for f, n in zip(firsts, stops, strict=True)]
        ends = [w.node("Concat", *names, axis=0) for names in (firsts, lasts)]
    return str(w.node("Slice", x, *ends, w.sizes(list(axes)), w.sizes(list(steps))))


def _vector(w: Nodes, n: Any) -> str:
    if not isinstance(n, Value):
        return w.sizes([n])
    return w.reshape(w.sizes(n), [1])


def _behind(w: Nodes, first: str, one: str) -> str:
    """The place behind `first`; the end, if that is the last one, -1."""
    behind = w.node("Add", first, one)
    return str(w.node("Where", w.node("Equal", behind, w.sizes([0])), w.sizes([_END]), behind))


def _reverse(w: Nodes, c: Any) -> Any:
    x = c.inputs[0]
    axes = [a % x.rank for a in c.attrs["axis"]]
    return _sliced(w, x, [(a, _END, _BEFORE_ALL, -1) for a in axes])


def _roll(w: Nodes, c: Any) -> Any:
    x, shift = c.inputs
    axes = c.attrs["axis"]
    if shift.array is None or len(axes) != 1:
        raise Inexpressible("numbers are rolled along one axis, by a number that is known")
    axis, by = axes[0] % x.rank, -int(np.ravel(shift.array)[0])
    size = None if x.dims is None else x.dims[axis]
    if size is None:
        raise Inexpressible("the size of the axis to roll along is not known")
    by = by % size if size else 0
    parts = [_sliced(w, x, [(axis, by, _END, 1)]), _sliced(w, x, [(axis, 0, by, 1)])]
    return w.node("Concat", *parts, axis=axis)


def _shift(w: Nodes, c: Any) -> Any:
    """Padding on one side, and a slice of it."""
    x, axis = c.inputs[0], c.attrs["axis"] % c.inputs[0].rank
    pads = np.zeros((2, x.rank), np.int64)
    pads[int(c.attrs["reverse"]), axis] = 1
    wide = w.node("Pad", x, pads.ravel(), np.asarray(0, x.dtype.numpy))
    return _sliced(w, wide, [(axis, 1, _END, 1) if c.attrs["reverse"] else (axis, 0, -1, 1)])


# Padding and repeating.


def _pads(w: Nodes, paddings: Value) -> str:
    """All that comes before, then all that comes after."""
    if paddings.array is not None:
        return w.sizes(paddings.array.T.ravel().tolist())
    return w.reshape(w.node("Transpose", w.sizes(paddings), perm=[1, 0]), [-1])


def _pad(w: Nodes, c: Any) -> Any:
    x, paddings, *fill = c.inputs
    if x.dtype is types.string:
        raise Inexpressible("ONNX has no such operator for texts")
    if not x.rank:
        return w.name(x)
    return w.node("Pad", x, _pads(w, paddings), *(fill or [np.asarray(0, x.dtype.numpy)]))


def _mirror_pad(w: Nodes, c: Any) -> Any:
    if c.attrs["mode"] != "REFLECT":
        raise Inexpressible("ONNX mirrors at the edge elements alone (REFLECT)")
    return w.node("Pad", c.inputs[0], _pads(w, c.inputs[1]), mode="reflect")


def _tile(w: Nodes, c: Any) -> Any:
    x = c.inputs[0]
    return w.node("Tile", x, w.sizes(c.inputs[1])) if x.rank else w.name(x)


# Joining and splitting.


def _concat(w: Nodes, c: Any) -> Any:
    return w.node("Concat", *c.inputs, axis=c.attrs["axis"])


def _pack(w: Nodes, c: Any) -> Any:
    axis = w.sizes([c.attrs["axis"]])
    columns = [w.node("Unsqueeze", x, axis) for x in c.inputs]
    return w.node("Concat", *columns, axis=c.attrs["axis"])


def _unpack(w: Nodes, c: Any) -> Any:
    axis = c.attrs["axis"]
    parts = _in_parts(w, c.inputs[0], [1] * c.attrs["num"], axis)
    return [w.node("Squeeze", part, w.sizes([axis])) for part in parts]


def _split(w: Nodes, c: Any) -> Any:
    num, axis, x = c.attrs["num"], c.attrs["axis"], c.inputs[0]
    size = None if x.dims is None else x.dims[axis]
    if size is not None:
        return _in_parts(w, x, [size // num] * num, axis)
    if num == 1:
        return [w.name(x)]
    return w.node("Split", x, count=num, axis=axis, **({"num_outputs": num} if w.opset >= COUNTS_PARTS else {}))


def _split_v(w: Nodes, c: Any) -> Any:
    x, sizes = c.inputs
    known = [None if s.shape is None else s.shape[c.attrs["axis"]] for s in c.outputs]
    if None in known and (sizes.array is None or -1 in sizes.array):
        raise Inexpressible("the sizes of the parts are not known")
    return _in_parts(w, x, sizes.array.tolist() if None in known else known, c.attrs["axis"])


def _in_parts(w: Nodes, x: Any, sizes: list[int], axis: int) -> Any:
    if len(sizes) == 1:
        return [w.name(x)]
    return w.node("Split", x, w.sizes(sizes), count=len(sizes), axis=axis)


def _blocks(kind: str) -> Callable[[Nodes, Any], Any]:
    def rule(w: Nodes, c: Any) -> Any:
        last = c.attrs["data_format"][-1] == "C"
        x = permuted(w, c.inputs[0], (0, 3, 1, 2)) if last else w.name(c.inputs[0])
        y = w.node(kind, x, blocksize=c.attrs["block_size"])
        return permuted(w, y, (0, 2, 3, 1)) if last else y

    return rule


RULES: dict[str, Callable[[Nodes, Any], Any]] = {
    "BroadcastLike": _broadcast_like,
    "BroadcastTo": _broadcast_to,
    "ConcatV2": _concat,
    "DepthToSpace": _blocks("DepthToSpace"),
    "ExpandDims": _expand_dims,
    "Fill": _fill,
    "MirrorPad": _mirror_pad,
    "OnesLike": _all(1),
    "Pack": _pack,
    "Pad": _pad,
    "PadV2": _pad,
    "Reshape": _reshape,
    "ReshapeLike": _reshape_like,
    "ReverseV2": _reverse,
    "Roll": _roll,
    "Shift": _shift,
    "Slice": _slice,
    "SpaceToDepth": _blocks("SpaceToDepth"),
    "Split": _split,
    "SplitV": _split_v,
    "Squeeze": _squeeze,
    "StridedSlice": _strided_slice,
    "Tile": _tile,
    "Transpose": _transpose,
    "Unpack": _unpack,
    "ZerosLike": _all(0),
}
