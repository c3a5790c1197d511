"""`KerasTensor`: a value in a model that has no graph yet.

`Input` makes one, and calling a layer on it gives another: nothing is built but a record of who was called on what.
A `Model` replays that record in a graph of its own, so models leave nothing in the user's graph, and are freed when
nobody holds them. Operators and the graph functions work on such tensors too: each becomes a layer.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from kerasflow.core import indexing, shapes
from kerasflow.core.graph import apply_alike
from kerasflow.core.types import DType

__all__ = ["KerasTensor", "Node", "flatten", "map_structure"]

_count = itertools.count()


class Node:
    """One call of a layer: the arguments it got and the tensors it gave. A later call has a higher index."""

    def __init__(self, layer: Any, arguments: Any, kwargs: dict[str, Any]) -> None:
        self.index = next(_count)
        self.layer = layer
        self.arguments = arguments
        self.kwargs = kwargs
        self.inputs = [t for t in flatten((arguments, tuple(kwargs.values()))) if isinstance(t, KerasTensor)]
        self.outputs: Any = None


class KerasTensor:
    """A value that a layer will give: a shape, in which None is the unknown size of the batch, and a type.

    It knows whether a mask will ride with the value, and of which shape.

    >>> x = tf.keras.Input((3,), name="x")
    >>> x, (2.0 * x).shape
    (<KerasTensor 'x' shape=(?, 3) dtype=float32>, (None, 3))
    """

    __array_ufunc__ = None
    __array_priority__ = 200

    def __init__(
        self,
        dims: shapes.Dims,
        dtype: DType,
        node: Node,
        name: str,
        masked: bool = False,
        mask_dims: shapes.Dims = None,
    ) -> None:
        self.dims = dims
        self.dtype = dtype
        self.node = node
        self.name = name
        self.masked = masked
        self.mask_dims = mask_dims

    @property
    def shape(self) -> shapes.Sizes:
        """The shape, its sizes as ints and Nones."""
        return shapes.Sizes(self.dims)

    def get_shape(self) -> shapes.TensorShape:
        """The shape as TensorFlow 1 has it, its sizes as `Dimension`."""
        return shapes.TensorShape(self.dims)

    def __tensor_apply__(self, op: str, inputs: Sequence[Any], name: str | None, attrs: dict[str, Any]) -> Any:
        """An operation on this tensor, as a layer."""
        return KerasTensor.operation(op, inputs, name, attrs)

    def __getitem__(self, key: Any) -> Any:
        items, numbers = indexing.parse(key, lambda v: isinstance(v, KerasTensor))
        return self.__tensor_apply__("StridedSlice", (self, *numbers), "strided_slice", {"items": items})

    operation: Callable[..., Any]  # makes the layer for an operation; set by the room that defines that layer

    def __bool__(self) -> bool:
        raise TypeError(f"{self} has no truth value while the model is built.")

    def __iter__(self) -> Any:
        raise TypeError(f"{self} cannot be iterated over.")

    def __len__(self) -> int:
        raise TypeError(f"{self} has no len(); use x.shape[0].")

    def __repr__(self) -> str:
        return f"<KerasTensor {self.name!r} shape={shapes.show(self.dims)} dtype={self.dtype.name}>"


def _operators() -> None:
    def forward(op: str, name: str, swapped: bool = False) -> Callable[..., Any]:
        def operator(self: KerasTensor, *other: Any) -> Any:
            return apply_alike(op, *((*other, self) if swapped else (self, *other)), name=name)

        return operator

    infix = {
        "add": "Add", "sub": "Sub", "mul": "Mul", "truediv": "RealDiv", "floordiv": "FloorDiv", "mod": "FloorMod",
        "pow": "Pow", "matmul": "MatMul",
    }  # fmt: skip
    for name, op in infix.items():
        setattr(KerasTensor, f"__{name}__", forward(op, name))
        setattr(KerasTensor, f"__r{name}__", forward(op, name, swapped=True))
    for name, op in {"lt": "Less", "le": "LessEqual", "gt": "Greater", "ge": "GreaterEqual"}.items():
        setattr(KerasTensor, f"__{name}__", forward(op, op))
    for name, op in {"neg": "Neg", "abs": "Abs", "invert": "LogicalNot"}.items():
        setattr(KerasTensor, f"__{name}__", forward(op, op))


_operators()


def flatten(structure: Any) -> list[Any]:
    """The leaves of nested lists, tuples and dicts, in order; dicts by sorted key."""
    leaves: list[Any] = []
    todo = [structure]
    while todo:
        item = todo.pop()
        if isinstance(item, (list, tuple)):
            todo.extend(reversed(item))
        elif isinstance(item, dict):
            todo.extend(item[k] for k in sorted(item, reverse=True))
        else:
            leaves.append(item)
    return leaves


def map_structure(f: Callable[[Any], Any], structure: Any) -> Any:
    """The same nesting, with `f` applied to each leaf."""
    if isinstance(structure, list):
        return [map_structure(f, s) for s in structure]
    if isinstance(structure, tuple):
        items = [map_structure(f, s) for s in structure]
        return type(structure)(*items) if hasattr(structure, "_fields") else tuple(items)
    if isinstance(structure, dict):
        return {k: map_structure(f, v) for k, v in structure.items()}
    return f(structure)
