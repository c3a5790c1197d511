"""Arrays made larger: `pad`, `tile`, `meshgrid`, with the adjoints of padding by reflection and of tiling.

How much is added may be known only in the run. A pad of constants is undone by a `Slice`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.graph import apply, convert, graph_of
from kerasflow.core.opdef import INTEGER, of_kind, op, same_type
from kerasflow.core.ops.arguments import is_tensor, known_entries, refine, sizes, vector
from kerasflow.core.ops.broadcast import broadcast_to
from kerasflow.core.shapes import Dims
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec
from kerasflow.core.values import to_array

__all__ = ["meshgrid", "pad", "tile"]

Pairs = tuple[tuple[int | None, int | None], ...]


# pad


def _pairs(paddings: Spec) -> Pairs | None:
    """What is known of the paddings: for each axis, how much is added before and after."""
    of_kind(INTEGER, paddings)
    if not shapes.compatible(paddings.shape, (None, 2)):
        raise ValueError(f"paddings must have shape (rank, 2), got {shapes.show(paddings.shape)}")
    if paddings.value is not None:
        return tuple([(a, b) for a, b in paddings.value.tolist()])
    return ((None, None),) * paddings.shape[0] if paddings.shape and paddings.shape[0] is not None else None


def _padded(dims: Dims, pairs: Pairs | None) -> Dims:
    if pairs is not None and any(n is not None and n < 0 for pair in pairs for n in pair):
        raise ValueError(f"paddings must be at least 0, got {[list(p) for p in pairs]}")
    if dims is None or pairs is None:
        known = dims if pairs is None else pairs
        return None if known is None else (None,) * len(known)
    if len(dims) != len(pairs):
        raise ValueError(f"paddings must have a row for each of the {len(dims)} axes, got {len(pairs)} rows")
    return tuple(
        [None if d is None or a is None or b is None else a + d + b for d, (a, b) in zip(dims, pairs, strict=True)]
    )


def _infer_pad(x: Spec, paddings: Spec, fill: Spec | None = None) -> Spec:
    if fill is not None:
        same_type(x, fill)
        if fill.shape not in ((), None):
            raise ValueError(f"the constant must be a scalar, got one of shape {shapes.show(fill.shape)}")
    return Spec(x.dtype, _padded(x.shape, _pairs(paddings)))


def _pad(x: Any, paddings: Any, fill: Any = None, out: Any = None) -> Any:
    pairs = paddings.tolist()
    dims = _padded(x.shape, pairs)
    if out is None:
        out = np.empty(dims or (), x.dtype)
    out[...] = (b"" if x.dtype.kind == "O" else 0) if fill is None else fill
    out[tuple([slice(a, a + d) for (a, _), d in zip(pairs, x.shape, strict=True)])] = x
    return out


def _inside(n: Any, g: Any) -> Any:
    """The part of `g` that was there before the padding."""
    x, paddings = n.inputs[:2]
    return apply("Slice", g, paddings[:, 0], apply("Shape", x, out_type=paddings.dtype))


def _pad_v2_grad(n: Any, g: Any) -> tuple[Any, ...]:
    inside = _inside(n, g)
    outside = apply("SumTo", g, n.inputs[2]) - apply("SumTo", inside, n.inputs[2])
    return inside, None, outside


op("Pad", infer=_infer_pad, kernel=_pad, vjp=lambda n, g: (_inside(n, g), None), out=True)(_pad)
op("PadV2", infer=_infer_pad, kernel=_pad, vjp=_pad_v2_grad, out=True)(_pad)

_MIRRORS = {"REFLECT": 1, "SYMMETRIC": 0}  # how many elements at the edge are not repeated


def _check_mirror(dims: Dims, pairs: Pairs | None, mode: str) -> None:
    for i, (d, pair) in enumerate(zip(dims or (), pairs or (), strict=False)):
        for n in pair:
            if n is not None and d is not None and n > max(d - _MIRRORS[mode], 0):
                raise ValueError(f"axis {i} of size {d} is too short to be padded with {n} elements by {mode}")


def _infer_mirror(x: Spec, paddings: Spec, mode: str) -> Spec:
    pairs = _pairs(paddings)
    dims = _padded(x.shape, pairs)
    _check_mirror(x.shape, pairs, mode)
    return Spec(x.dtype, dims)


def _mirror_pad(x: Any, paddings: Any, mode: str) -> Any:
    pairs = paddings.tolist()
    _padded(x.shape, pairs)
    _check_mirror(x.shape, pairs, mode)
    return np.pad(x, pairs, mode="reflect" if mode == "REFLECT" else "symmetric")


def _mirror_pad_grad(g: Any, like: Any, paddings: Any, mode: str) -> Any:
    """`g` folded back at the edges, one axis after the other."""
    edge = _MIRRORS[mode]
    for axis, ((a, b), d) in enumerate(zip(paddings.tolist(), like.shape, strict=True)):
        if a == b == 0:
            continue
        g = np.moveaxis(g, axis, 0)
        inside = g[a : a + d].copy()
        inside[edge : edge + a] += g[:a][::-1]
        inside[d - edge - b : d - edge] += g[a + d :][::-1]
        g = np.moveaxis(inside, 0, axis)
    return np.array(g)


op(
    "MirrorPadGrad",
    infer=lambda g, like, paddings, mode: Spec(g.dtype, like.shape),
    kernel=_mirror_pad_grad,
    vjp=lambda n, g: (apply("MirrorPad", g, n.inputs[2], mode=n.attrs["mode"]), None, None),
)(_mirror_pad_grad)
op(
    "MirrorPad",
    infer=_infer_mirror,
    kernel=_mirror_pad,
    vjp=lambda n, g: (apply("MirrorPadGrad", g, *n.inputs, mode=n.attrs["mode"]), None),
)(_mirror_pad)


def pad(
    tensor: Any, paddings: Any, mode: str = "CONSTANT", name: str | None = None, constant_values: Any = 0
) -> Tensor:
    """`tensor` with elements added before and after, along each axis.

    Args:
        tensor: a tensor of rank r.
        paddings: how many, shape (r, 2): ints, or int tensors.
        mode: "CONSTANT"; "REFLECT", which mirrors the tensor at its edge elements; "SYMMETRIC", which mirrors it at
            its edges, so that the edge elements are repeated. In any case.
        constant_values: the scalar to add where `mode` is "CONSTANT".

    Raises:
        ValueError: unknown `mode`, negative or missing paddings, or more elements than there are to mirror.

    >>> tf.Session().run(tf.pad([[1, 2]], [[0, 1], [2, 0]]))
    array([[0, 0, 1, 2],
           [0, 0, 0, 0]], dtype=int32)
    """
    kind = mode.upper()
    if kind != "CONSTANT" and kind not in _MIRRORS:
        raise ValueError(f"pad: mode must be CONSTANT, REFLECT or SYMMETRIC, got {mode!r}.")
    x = convert(tensor)
    rows = [sizes(row, "paddings") for row in paddings] if isinstance(paddings, (list, tuple)) else paddings
    rows = np.zeros((0, 2), np.int32) if isinstance(rows, list) and not rows else rows
    if kind != "CONSTANT":
        y = apply("MirrorPad", x, rows, mode=kind, name=name)
    elif is_tensor(constant_values) or constant_values != 0:
        fill = constant_values if is_tensor(constant_values) else to_array(constant_values, x.dtype)
        y = apply("PadV2", x, rows, fill, name=name)
    else:
        y = apply("Pad", x, rows, name=name)
    return refine(y, lambda x, p, *_: _padded(x.dims, _known_pairs(p)))


def _known_pairs(paddings: Tensor) -> Pairs | None:
    known = known_entries(paddings)
    return None if known is None else tuple(zip(known[::2], known[1::2], strict=True))


# tile


def _infer_tile(x: Spec, multiples: Spec) -> Spec:
    return Spec(x.dtype, _tiled(x.shape, vector(multiples, "multiples")))


def _tiled(dims: Dims, times: tuple[int | None, ...] | None) -> Dims:
    if times is not None and any(n is not None and n < 0 for n in times):
        raise ValueError(f"multiples must be at least 0, got {list(times)}")
    if dims is None or times is None:
        known = dims if times is None else times
        return None if known is None else (None,) * len(known)
    if len(dims) != len(times):
        raise ValueError(f"multiples must have a number for each of the {len(dims)} axes, got {len(times)}")
    return tuple([None if d is None or n is None else d * n for d, n in zip(dims, times, strict=True)])


def _pairwise(first: Any, second: Any) -> list[int]:
    return [n for pair in zip(first, second, strict=True) for n in pair]


def _tile(x: Any, multiples: Any, out: Any = None) -> Any:
    times = multiples.tolist()
    dims = _tiled(x.shape, times)
    if out is None:
        out = np.empty(dims or (), x.dtype)
    # Seen with an axis of its own for each repetition, tiling is broadcasting.
    out.reshape(_pairwise(times, x.shape))[...] = x.reshape(_pairwise([1] * x.ndim, x.shape))
    return out


def _tile_grad(g: Any, like: Any, multiples: Any) -> Any:
    """The sum of the copies."""
    copies = g.reshape(_pairwise(multiples.tolist(), like.shape))
    return np.add.reduce(copies, axis=tuple(range(0, copies.ndim, 2)), dtype=g.dtype)


op(
    "TileGrad",
    infer=lambda g, like, multiples: Spec(g.dtype, like.shape),
    kernel=_tile_grad,
    vjp=lambda n, g: (apply("Tile", g, n.inputs[2]), None, None),
)(_tile_grad)


@op(
    "Tile",
    infer=_infer_tile,
    kernel=_tile,
    vjp=lambda n, g: (apply("TileGrad", g, *n.inputs), None),
    out=True,
)
def tile(input: Any, multiples: Any, name: str | None = None) -> Tensor:
    """`input` repeated as a whole, ``multiples[i]`` times along axis i.

    Args:
        input: a tensor of rank r.
        multiples: r ints or scalar int tensors, or an int vector.

    Raises:
        ValueError: there are not as many multiples as axes, or one is negative.

    >>> tf.Session().run(tf.tile([1, 2], [3]))
    array([1, 2, 1, 2, 1, 2], dtype=int32)
    """
    y = apply("Tile", input, sizes(multiples, "multiples"), name=name)
    return refine(y, lambda x, times: _tiled(x.dims, known_entries(times)))


# meshgrid


def meshgrid(*args: Any, **kwargs: Any) -> list[Tensor]:
    """The coordinates of a grid: for each vector, an array with its values along one axis, repeated along the others.

    Args:
        args: n vectors (or scalars) of one type.
        indexing: "xy", in which the first vector runs along the second axis, or "ij", in which each runs along its own.
        name: the scope of the operations.

    Returns:
        n tensors of rank n.

    Raises:
        ValueError: unknown `indexing`. TypeError: another keyword.

    >>> tf.Session().run(tf.meshgrid([1, 2, 3], [4, 5]))
    [array([[1, 2, 3], [1, 2, 3]], dtype=int32), array([[4, 4, 4], [5, 5, 5]], dtype=int32)]
    """
    indexing, name = kwargs.pop("indexing", "xy"), kwargs.pop("name", "meshgrid")
    if kwargs:
        raise TypeError(f"meshgrid does not take {sorted(kwargs)}; it takes indexing and name.")
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing must be 'xy' or 'ij', got {indexing!r}.")
    graph = graph_of(args)
    tensors = [graph.convert(x) for x in args]
    n = len(tensors)
    axes = list(range(n))
    if indexing == "xy" and n > 1:
        axes[:2] = [1, 0]
    if not tensors:
        return []
    with graph.name_scope(name):
        lengths = [apply("Size", tensors[k], out_type=types.int32) for k in axes]  # swapping is its own inverse
        target = apply("Pack", *lengths, axis=0)
        columns = [apply("Reshape", t, _along(axis, n)) for axis, t in zip(axes, tensors, strict=True)]
        return [broadcast_to(t, target) for t in columns]


def _along(axis: int, rank: int) -> Any:
    """The shape of a vector that lies along one of `rank` axes."""
    return np.where(np.arange(rank) == axis, -1, 1).astype(np.int32)
