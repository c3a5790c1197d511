"""What is known of an operation's outputs when it is made: types, shapes, and the values shapes are computed from."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.opdef import OpDef
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType, Spec, as_dtype

__all__ = ["ConstantArray", "output_specs"]

_FOLDABLE = 64  # integer results up to this many elements are computed while the graph is built


class ConstantArray:
    """An array as an attribute: hashable by identity."""

    __slots__ = ("array", "dtype")

    def __init__(self, array: np.ndarray[Any, Any], dtype: DType | None = None) -> None:
        self.array = array
        self.dtype: DType = as_dtype(array.dtype) if dtype is None else dtype


def output_specs(
    opdef: OpDef, name: str, inputs: tuple[Tensor, ...], attrs: dict[str, Any], where: tuple[str, int, str] | None
) -> tuple[Spec, ...]:
    """The specs of the outputs of a new operation, which is to be called `name` and is made at the line `where`.

    Raises:
        ValueError, TypeError: the operation cannot take these inputs; the message names it, them and the line.
    """
    specs = [t.spec for t in inputs]
    try:
        inferred = opdef.infer(*specs, **attrs)
    except (ValueError, TypeError) as e:
        cls = TypeError if isinstance(e, TypeError) else ValueError  # subclasses may not take a message
        raise cls(_complaint(opdef, name, inputs, where, e)) from None
    return (_with_value(opdef, specs, attrs, inferred),) if type(inferred) is Spec else inferred


def _with_value(opdef: OpDef, inputs: list[Spec], attrs: dict[str, Any], output: Spec) -> Spec:
    """`output` with its value, if it is a small integer result of constants: shapes are computed from it."""
    dtype, dims, value = output
    if value is not None or dtype.kind not in "iub" or not inputs or opdef.stateful or opdef.fed:
        return output
    values = [s.value for s in inputs]
    count = shapes.size(dims)
    if count is None or count > _FOLDABLE or any(v is None for v in values):
        return output
    with contextlib.suppress(Exception), np.errstate(all="ignore"):  # a run will say what is wrong, and where
        value = np.asarray(opdef.kernel(*values, **attrs))
    return Spec(dtype, dims, value)


def _complaint(opdef: OpDef, name: str, inputs: tuple[Tensor, ...], where: Any, error: Exception) -> str:
    given = ", ".join(f"{t.name} {t.spec!r}" for t in inputs) or "none"
    line = "" if where is None else f"; at {where[0]}:{where[1]}, in {where[2]}"
    return f"{opdef.name} {name.rstrip('/')!r}: {error}; inputs: {given}{line}"
