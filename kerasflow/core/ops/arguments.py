"""Arguments that decide shapes: axes, sizes and the like, and what is known of them while the graph is built.

An axis is an attribute, so it has to be known. A size may be known only when the graph runs, so it is an input; what
is known of it (the ints in a list of ints and tensors) still makes static shapes.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import graph_of, numbers_like
from kerasflow.core.opdef import INTEGER, of_kind
from kerasflow.core.shapes import Dimension, Dims, TensorShape
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__: list[str] = []

_DEPTH = 8  # how many operations up a shape's origin is looked for


def static_ints(value: Any, what: str) -> tuple[int, ...]:
    """The integers in `value`: an int, a sequence or an array of ints, or a tensor whose value is known.

    Raises:
        ValueError: it is a tensor that is computed when the graph runs. TypeError: it is not of integers.
    """
    if isinstance(value, Tensor):
        if value.spec.value is None:
            raise ValueError(f"{what} must be known while the graph is built, got {value}.")
        value = value.spec.value
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in INTEGER:
            raise TypeError(f"{what} must be integers, got an array of {value.dtype}.")
        value = value.reshape(-1).tolist()
    return tuple([static_int(v, what) for v in (value if isinstance(value, Iterable) else (value,))])


def static_int(value: Any, what: str) -> int:
    """The integer that `value` is, or that is the value of a constant tensor; raises as `static_ints`."""
    if isinstance(value, (Tensor, np.ndarray)):
        numbers = static_ints(value, what)
        if len(numbers) != 1:
            raise ValueError(f"{what} must be one integer, got {list(numbers)}.")
        return numbers[0]
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{what} must be an integer, got {value!r}.") from None


def in_rank(axis: int, rank: int) -> int:
    """`axis` counted from the front. ValueError if an array of that rank has no such axis."""
    if not -rank <= axis < rank:
        raise ValueError(f"axis {axis} is out of range for a tensor of rank {rank}")
    return axis % rank


def alike(values: Sequence[Any], into: str, beside: Sequence[Any] = ()) -> Sequence[Any]:
    """`values`, inputs of an operation called `into` that must have one type, with numbers and arrays among them
    converted to that of the tensors; `beside` are its other inputs.
    """
    if any(hasattr(v, "__tensor_apply__") for v in (*values, *beside)):
        return numbers_like(values)
    return graph_of((*values, *beside)).convert_all(values, into=into)


# Sizes as inputs.


def sizes(value: Any, what: str = "shape") -> Any:
    """`value`, given for an input that takes sizes, as something that converts to a tensor of integers.

    Args:
        value: an int, a TensorShape, a sequence of ints and scalar int tensors, or a tensor.

    Raises:
        ValueError: a size is None. TypeError: one is not an integer.
    """
    if isinstance(value, Dimension):
        value = value.value
    if isinstance(value, TensorShape):
        value = value.as_list()
    if not isinstance(value, (list, tuple)):
        return value
    entries = [v.value if isinstance(v, Dimension) else v for v in value]
    if any(v is None for v in entries):
        raise ValueError(f"Each size in {what} must be known or a tensor, got {list(value)}.")
    if any(is_tensor(v) for v in entries):
        return entries
    numbers = [static_int(v, f"Each size in {what}") for v in entries]
    wide = any(abs(n) > np.iinfo(np.int32).max for n in numbers)
    return np.array(numbers, np.int64 if wide else np.int32)


def is_tensor(value: Any) -> bool:
    """Whether `value` is computed in a run: a tensor, a variable, or what stands for one."""
    return isinstance(value, Tensor) or hasattr(value, "__tensor__") or hasattr(value, "__tensor_apply__")


def vector(spec: Spec, what: str) -> tuple[int | None, ...] | None:
    """What an `infer` rule knows of an input that is a vector of integers; None if not even its length is known."""
    of_kind(INTEGER, spec)
    if spec.shape is not None and len(spec.shape) != 1:
        raise ValueError(f"{what} must be a vector, got one of shape {shapes.show(spec.shape)}")
    if spec.value is not None:
        return tuple(spec.value.tolist())
    return None if spec.shape is None or spec.shape[0] is None else (None,) * spec.shape[0]


def scalar(spec: Spec, what: str) -> int | None:
    """What an `infer` rule knows of an input that is one integer."""
    of_kind(INTEGER, spec)
    if spec.shape is not None and spec.shape != ():
        raise ValueError(f"{what} must be a scalar, got one of shape {shapes.show(spec.shape)}")
    return None if spec.value is None else int(spec.value)


def shape_from(entries: tuple[int | None, ...] | None) -> Dims:
    """The shape that a vector of sizes stands for. ValueError if one is negative."""
    if entries is not None and any(d is not None and d < 0 for d in entries):
        raise ValueError(f"sizes must be at least 0, got {shapes.show(entries)}")
    return entries


def known_entries(t: Any, depth: int = _DEPTH) -> tuple[int | None, ...] | None:
    """What is known of the integers in a tensor, when some of them are taken from shapes and others are not.

    Follows constants, `Shape`, and what people put shapes together with: stacking, joining and slicing.
    """
    if not isinstance(t, Tensor) or t.dtype.kind not in INTEGER:
        return None
    if t.spec.value is not None:
        return tuple(t.spec.value.reshape(-1).tolist())
    op, known = t.op, None
    if op.type == "Shape":
        known = op.inputs[0].dims
    elif op.type in ("Pack", "ConcatV2") and depth and (op.attrs["axis"] == 0 or t.shape.ndims == 1):
        parts = [known_entries(x, depth - 1) for x in op.inputs]
        known = None if None in parts else tuple([d for p in parts if p is not None for d in p])
    elif op.type == "StridedSlice" and len(op.inputs) == 1 and len(op.attrs["items"]) == 1 and depth:
        known = _sliced(known_entries(op.inputs[0], depth - 1), op.attrs["items"][0])
    elif op.type in ("Cast", "Identity") and depth:
        known = known_entries(op.inputs[0], depth - 1)
    count = shapes.size(t.dims)
    return (None,) * count if known is None and count is not None else known


def _sliced(known: tuple[int | None, ...] | None, item: Any) -> tuple[int | None, ...] | None:
    if known is None:
        return None
    if item[0] == "slice":
        return known[slice(*item[1:])]
    return (known[item[1]],) if item[0] == "at" else None


def refine(t: Any, rule: Callable[..., Dims]) -> Any:
    """`t`, with what ``rule(*inputs)`` knows of its shape beyond what its `infer` rule could see."""
    if isinstance(t, Tensor):
        t.set_shape(rule(*t.op.inputs))
    return t
