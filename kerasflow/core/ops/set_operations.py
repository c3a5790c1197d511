"""The last axis of a tensor as sets: what two rows share, what either has, and what one has alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import blocked, op
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = ["set_difference", "set_intersection", "set_size", "set_union"]

_TYPES = (types.int8, types.int16, types.int32, types.int64, types.uint8, types.uint16, types.string)

Sets = dict[tuple[int, ...], set[Any]]

_KINDS: dict[str, Callable[[set[Any], set[Any]], set[Any]]] = {
    "intersection": lambda a, b: a & b,
    "union": lambda a, b: a | b,
    "a-b": lambda a, b: a - b,
    "b-a": lambda a, b: b - a,
}


def _rows(parts: list[Any]) -> tuple[Sets, tuple[int, ...]]:
    """The sets by their places, and the sizes of the axes in front, of an array or of a sparse tensor's parts."""
    if len(parts) == 1:
        array = parts[0]
        outer = array.shape[:-1]
        return {k: set(array[k].tolist()) for k in np.ndindex(*outer)}, outer
    indices, values, shape = parts
    sets: Sets = {}
    for place, value in zip(indices.tolist(), values.tolist(), strict=True):
        sets.setdefault(tuple(place[:-1]), set()).add(value)
    return sets, tuple(int(n) for n in shape[:-1])


def _rank(parts: tuple[Spec, ...]) -> int | None:
    """How many axes there are, of an array or of a sparse tensor's parts."""
    dims = parts[-1].shape
    return None if dims is None else len(dims) if len(parts) == 1 else dims[0]


def _infer(*specs: Spec, count: int, kind: str) -> tuple[Spec, ...]:
    values = specs[0] if count == 1 else specs[1]
    ranks = [r for r in (_rank(specs[:count]), _rank(specs[count:])) if r is not None]
    rank = ranks[0] if ranks else None
    return Spec(types.int64, (None, rank)), Spec(values.dtype, (None,)), Spec(types.int64, (rank,))


@op("SetOperation", infer=_infer, vjp=blocked)
def _operate(*parts: Any, count: int, kind: str) -> Any:
    (first, outer), (second, other) = _rows(list(parts[:count])), _rows(list(parts[count:]))
    if outer != other:
        raise ValueError(f"both must have the same number of sets, got {outer} and {other}")
    dtype = parts[0 if count == 1 else 1].dtype
    combine = _KINDS[kind]
    empty: set[Any] = set()
    places = sorted(first.keys() | second.keys())
    found = {k: sorted(combine(first.get(k, empty), second.get(k, empty))) for k in places}
    indices = [(*k, i) for k, row in found.items() for i in range(len(row))]
    values = np.empty(len(indices), dtype)
    values[:] = [v for row in found.values() for v in row]
    shape = (*outer, max([len(row) for row in found.values()], default=0))
    return np.array(indices, np.int64).reshape(-1, len(shape)), values, np.array(shape, np.int64)


def _combined(a: Any, b: Any, kind: str, name: str) -> SparseTensor:
    given = [x if isinstance(x, SparseTensor) else convert(x) for x in (a, b)]
    if given[0].dtype is not given[1].dtype:
        raise TypeError(f"Types don't match, {given[0].dtype.name} vs {given[1].dtype.name}.")
    if given[0].dtype not in _TYPES:
        raise TypeError(f"Sets are of integers or strings, got {given[0].dtype.name}.")
    for x in given:
        if isinstance(x, Tensor) and x.dims is not None and len(x.dims) < 2:
            raise ValueError(f"Sets lie along the last of two axes at least, got {x}.")
    dims = [None if x.shape.ndims is None else tuple(x.shape.as_list()[:-1]) for x in given]
    shapes.merge(*dims)
    parts = [list(x.parts) if isinstance(x, SparseTensor) else [x] for x in given]
    made = apply("SetOperation", *parts[0], *parts[1], count=len(parts[0]), kind=kind, name=name)
    return SparseTensor(*made)


def set_intersection(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """What each two rows share, sorted.

    Args:
        a, b: tensors or sparse tensors of integers or strings, alike but for the last axis, along which the sets lie.
        validate_indices: accepted and without effect: the order of indices does not matter.

    Raises:
        TypeError: the types differ, or are no integers or strings. ValueError: the other axes differ.

    >>> shared = tf.sets.intersection([[1, 9, 9], [3, 1, 2]], [[9, 9, 5], [2, 2, 7]])
    >>> tf.Session().run(tf.sparse.to_dense(shared))
    array([[9],
           [2]], dtype=int32)
    """
    return _combined(a, b, "intersection", "set_intersection")


def set_union(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """What either of each two rows has, sorted; see `set_intersection`.

    >>> tf.Session().run(tf.sparse.to_dense(tf.sets.union([[1, 9]], [[9, 5]])))
    array([[1, 5, 9]], dtype=int32)
    """
    return _combined(a, b, "union", "set_union")


def set_difference(a: Any, b: Any, aminusb: bool = True, validate_indices: bool = True) -> SparseTensor:
    """What a row of `a` has and that of `b` has not, sorted; the other way round if not `aminusb`.

    >>> tf.Session().run(tf.sparse.to_dense(tf.sets.difference([[1, 9]], [[9, 5]])))
    array([[1]], dtype=int32)
    """
    return _combined(a, b, "a-b" if aminusb else "b-a", "set_difference")


def _infer_size(*parts: Spec) -> Spec:
    rank = _rank(parts)
    return Spec(types.int32, None if rank is None else (None,) * max(0, rank - 1))


@op("SetSize", infer=_infer_size, vjp=blocked)
def _size(indices: Any, values: Any, shape: Any) -> Any:
    sets, outer = _rows([indices, values, shape])
    sizes = np.zeros(outer, np.int32)
    for place, members in sets.items():
        sizes[place] = len(members)
    return sizes


def set_size(a: Any, validate_indices: bool = True) -> Tensor:
    """How many different elements each row of a sparse tensor has.

    Raises:
        TypeError: it is not sparse.

    >>> tf.Session().run(tf.sets.size(tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [7, 7, 8], [2, 2])))
    array([1, 1], dtype=int32)
    """
    if not isinstance(a, SparseTensor):
        raise TypeError(f"Expected `SparseTensor`, got {a}.")
    made: Tensor = apply("SetSize", *a.parts, name="set_size")
    return made
