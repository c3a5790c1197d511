"""What a data set's elements are made of: components, dense or sparse, in tuples, named tuples and dicts.

While a data set is read, an element is a flat list of values, one for each component: an array (0-d for a scalar), or
a `SparseTensorValue`. A list is no nest here but a tensor, as in TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasflow.core import nest, shapes
from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.graph import Graph, convert
from kerasflow.core.shapes import Dims
from kerasflow.core.sparse_tensor import SparseTensor, SparseTensorValue
from kerasflow.core.tensor import Tensor, holds_tensor
from kerasflow.core.types import DType, Spec, as_dtype, int64
from kerasflow.core.values import stored, to_array

__all__ = [
    "Component",
    "as_sources",
    "as_tensors",
    "common",
    "component_of",
    "components",
    "flat_tensors",
    "given_components",
    "joined",
    "mapped",
    "mapped_shapes",
    "pack_values",
    "shown",
    "taken_apart",
    "text_of",
    "to_value",
]


@dataclass(frozen=True)
class Component:
    """What is known of one component of all elements: a tensor, a sparse tensor, or a data set."""

    dtype: DType
    dims: Dims
    sparse: bool = False
    inner: Any = None  # of a data set: the nest of its elements' components

    @property
    def specs(self) -> list[Spec]:
        """The tensors that stand for it in a graph."""
        if not self.sparse:
            return [Spec(self.dtype, self.dims)]
        rank = None if self.dims is None else len(self.dims)
        return [Spec(int64, (None, rank)), Spec(self.dtype, (None,)), Spec(int64, (rank,))]

    def in_batch(self, size: int | None) -> Component:
        """The component of batches of `size` elements."""
        return Component(self.dtype, None if self.dims is None else (size, *self.dims), self.sparse)

    @property
    def row(self) -> Component:
        """The component of what a batch is made of."""
        return Component(self.dtype, self.dims if self.dims is None else self.dims[1:], self.sparse)


def mapped(f: Callable[[Any], Any], structure: Any) -> Any:
    """A nest like `structure`, with `f` applied to its leaves; lists are leaves."""
    if isinstance(structure, Mapping):
        return type(structure)((key, mapped(f, value)) for key, value in structure.items())
    if isinstance(structure, tuple) and not isinstance(structure, SparseTensorValue):
        items = [mapped(f, value) for value in structure]
        return type(structure)(*items) if hasattr(structure, "_fields") else tuple(items)
    return f(structure)


def as_tensors(structure: Any, graph: Graph) -> Any:
    """A nest like `structure`, of tensors and sparse tensors of `graph`. TypeError if something is neither."""

    def tensor(value: Any) -> Any:
        if isinstance(value, SparseTensorValue):
            return SparseTensor.from_value(value)
        return value if isinstance(value, SparseTensor) else graph.convert(value)

    return mapped(tensor, structure)


def as_sources(structure: Any) -> Any:
    """A nest like `structure`, of tensors, sparse tensors and arrays: what is in no graph yet is copied, not put there.

    Raises:
        TypeError, ValueError: something cannot be an array.
    """

    def source(value: Any) -> Any:
        if isinstance(value, SparseTensorValue):
            return SparseTensor.from_value(value)
        if hasattr(value, "__tensor_apply__") or holds_tensor(value) or isinstance(value, SparseTensor):
            return value if isinstance(value, SparseTensor) else convert(value)
        array = np.array(stored(to_array(value)))
        array.flags.writeable = False
        return array

    return mapped(source, structure)


def component_of(value: Any) -> Component:
    """What is known of a tensor, a sparse tensor or an array."""
    if isinstance(value, np.ndarray):
        return Component(as_dtype(value.dtype), value.shape)
    return Component(value.dtype, value.dims, isinstance(value, SparseTensor))


def components(structure: Any) -> Any:
    """The components of tensors, sparse tensors and arrays, in the same nest."""
    return mapped(component_of, structure)


def pack_values(structure: Any, values: Sequence[Any]) -> Any:
    """A nest like `structure`, a nest of components, of `values`."""
    return nest.pack(structure, values)


def flat_tensors(tensors: Sequence[Any]) -> list[Any]:
    """The tensors (or arrays) that stand for components, sparse ones taken apart."""
    return nest.flatten(list(tensors))


def joined(flat: Sequence[Any], parts: Sequence[Component], make: Callable[..., Any] = SparseTensorValue) -> list[Any]:
    """One value for each of `parts` from those of its tensors."""
    if not any(c.sparse for c in parts):
        return list(flat)
    values = iter(flat)
    return [make(next(values), next(values), next(values)) if c.sparse else next(values) for c in parts]


def taken_apart(values: Sequence[Any], parts: Sequence[Component]) -> list[Any]:
    """The values of the tensors that stand for `parts`."""
    if not any(c.sparse for c in parts):
        return list(values)
    return [v for value, c in zip(values, parts, strict=True) for v in (value if c.sparse else (value,))]


def common(a: Component, b: Component) -> Component:
    """What is known of elements of which some are like `a` and some like `b`, alike in type."""
    if a.dims is None or b.dims is None or len(a.dims) != len(b.dims):
        return Component(a.dtype, None, a.sparse)
    return Component(a.dtype, tuple(x if x == y else None for x, y in zip(a.dims, b.dims, strict=True)), a.sparse)


def to_value(value: Any, component: Component, what: str) -> np.ndarray[Any, Any]:
    """`value` as an array of a component; InvalidArgumentError if it has another type or shape."""
    wanted = component.dtype
    try:
        array = np.array(_bytes(value), object) if wanted.kind == "O" else np.array(value)
        if wanted.kind != "O" and array.dtype != wanted.numpy:
            if not isinstance(value, (np.ndarray, np.generic)) or np.can_cast(array.dtype, wanted.numpy, "same_kind"):
                array = np.array(value, wanted.numpy)
            else:
                raise TypeError
    except (TypeError, ValueError, OverflowError):
        raise InvalidArgumentError(
            None, None, f"{what} yielded an element of type {type(value).__name__} where {wanted.name} was expected"
        ) from None
    if not shapes.compatible(array.shape, component.dims):
        raise InvalidArgumentError(
            None,
            None,
            f"{what} yielded an element of shape {shapes.show(array.shape)} where an element of shape "
            f"{shapes.show(component.dims)} was expected",
        )
    return array


def _bytes(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, (list, tuple)):
        return [_bytes(v) for v in value]
    if isinstance(value, np.ndarray):
        flat = [_bytes(v) for v in value.reshape(-1).tolist()]
        found = np.empty(len(flat), object)
        found[:] = flat
        return found.reshape(value.shape)
    return value


def given_components(types: Any, dims: Any = None, classes: Any = None) -> Any:
    """The components that nests of types, shapes and classes describe; shapes and classes may be None."""
    dtypes = mapped(as_dtype, types)
    leaves = nest.leaves(dtypes)
    shape_leaves = [None] * len(leaves) if dims is None else _leaves_like(dtypes, dims)
    class_leaves = [Tensor] * len(leaves) if classes is None else nest.leaves(classes)
    made = [
        Component(t, shapes.as_dims(d), c is SparseTensor)
        for t, d, c in zip(leaves, shape_leaves, class_leaves, strict=True)
    ]
    return nest.pack(dtypes, made)


def _leaves_like(structure: Any, dims: Any) -> list[Any]:
    """The shapes in the places of the leaves of `structure`; a shape may itself be a tuple or a list."""
    if isinstance(structure, Mapping):
        if not isinstance(dims, Mapping) or set(dims) != set(structure):
            raise ValueError(f"Expected a shape for each of {sorted(structure)}, got {dims!r}.")
        return [leaf for key in sorted(structure) for leaf in _leaves_like(structure[key], dims[key])]
    if isinstance(structure, tuple):
        if not isinstance(dims, tuple) or len(dims) != len(structure):
            raise ValueError(f"Expected {len(structure)} shapes in a tuple, got {dims!r}.")
        return [leaf for s, d in zip(structure, dims, strict=True) for leaf in _leaves_like(s, d)]
    return [dims]


def shown(structure: Any, what: Callable[[Component], Any]) -> str:
    """A nest of components as text, of each what `what` gives."""
    if isinstance(structure, Mapping):
        return "{" + ", ".join(f"{key}: {shown(value, what)}" for key, value in structure.items()) + "}"
    if isinstance(structure, tuple):
        return "(" + ", ".join(shown(value, what) for value in structure) + ("," if len(structure) == 1 else "") + ")"
    return str(what(structure))


def mapped_shapes(dims: Any) -> Any:
    """A nest of shapes in which -1 stands for an unknown size, with None in its place."""
    if isinstance(dims, Mapping):
        return {key: mapped_shapes(value) for key, value in dims.items()}
    if isinstance(dims, tuple) and any(isinstance(d, (tuple, list, Mapping, shapes.TensorShape)) for d in dims):
        return tuple(mapped_shapes(d) for d in dims)
    if isinstance(dims, (list, tuple)):
        return [None if isinstance(d, int) and d == -1 else d for d in dims]
    return dims


def text_of(value: Any) -> str:
    """The text of a string that was computed: a scalar array, or what is in one."""
    found = np.asarray(value, object)[()]
    return found.decode() if isinstance(found, bytes) else str(found)
