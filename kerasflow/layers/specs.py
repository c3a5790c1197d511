"""`InputSpec`: what the inputs of a layer have to look like, and the check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasflow.core import shapes
from kerasflow.core.types import DType, as_dtype
from kerasflow.layers.symbolic import flatten

__all__ = ["InputSpec", "check_inputs"]


class InputSpec:
    """What one input of a layer has to look like; a layer keeps it, or a list of them, as its `input_spec`.

    Args:
        dtype: its type.
        shape: its shape, in which None stands for any size.
        ndim, min_ndim, max_ndim: its number of axes, and the least and the largest one.
        axes: the size of some axes, by their numbers.
        allow_last_axis_squeeze: whether a last axis of size 1 may be missing, or be there in addition.
        name: the input's name, for messages.
        optional: whether None may take its place.

    >>> layer = tf.keras.layers.Layer(name="mine")
    >>> layer.input_spec = tf.keras.layers.InputSpec(ndim=2, axes={-1: 3})
    >>> layer(tf.ones([2, 4]))
    Traceback (most recent call last):
    ValueError: Layer 'mine' takes inputs with 2 axes and size 3 along axis -1; got the shape (2, 4).
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: Mapping[int, int | None] | None = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
        optional: bool = False,
    ) -> None:
        self.dtype: DType | None = None if dtype is None else as_dtype(dtype)
        self.shape = shapes.as_dims(shape)
        self.ndim = ndim if self.shape is None else len(self.shape)
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.axes = {int(k): v for k, v in (axes or {}).items()}
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        self.name = name
        self.optional = optional

    def fits(self, dims: shapes.Dims, dtype: DType) -> bool:
        """Whether a tensor of a shape, whose sizes may be unknown, and a type can be meant."""
        if self.dtype is not None and dtype != self.dtype:
            return False
        if dims is None:
            return True
        if self.allow_last_axis_squeeze and self.shape is not None:
            return shapes.compatible(_squeezed(dims), _squeezed(self.shape))
        rank = len(dims)
        if self.ndim not in (None, rank) or not (self.min_ndim or 0) <= rank <= (self.max_ndim or rank):
            return False
        sizes = [(dims[axis], size) for axis, size in self.axes.items() if -rank <= axis < rank]
        if len(sizes) < len(self.axes) or any(None not in pair and pair[0] != pair[1] for pair in sizes):
            return False
        return self.shape is None or shapes.compatible(dims, self.shape)

    def describe(self) -> str:
        """What is asked for, in words."""
        parts = []
        if self.shape is not None:
            parts.append(f"the shape {shapes.show(self.shape)}")
        elif self.ndim is not None:
            parts.append(f"{self.ndim} axes")
        if self.min_ndim is not None:
            parts.append(f"at least {self.min_ndim} axes")
        if self.max_ndim is not None:
            parts.append(f"at most {self.max_ndim} axes")
        parts += [f"size {size} along axis {axis}" for axis, size in self.axes.items() if size is not None]
        if self.dtype is not None:
            parts.append(f"the type {self.dtype.name}")
        return " and ".join(parts)

    def __repr__(self) -> str:
        return f"InputSpec({self.describe()})"


def _squeezed(dims: tuple[Any, ...]) -> tuple[Any, ...]:
    return dims[:-1] if dims and dims[-1] == 1 else dims


def check_inputs(spec: Any, inputs: Any, name: str) -> None:
    """ValueError if `inputs` of the layer `name` do not fit its `InputSpec`, or one of its list of them."""
    specs = [] if spec is None else flatten(spec)
    values = flatten(inputs)
    if specs and len(specs) != len(values):
        wanted = "1 input" if len(specs) == 1 else f"{len(specs)} inputs"
        raise ValueError(f"Layer {name!r} takes {wanted}, got {len(values)}.")
    for one, value in zip(specs, values, strict=False):
        if one is None or value is None and one.optional:
            continue
        if value is None or not one.fits(value.dims, value.dtype):
            which = "inputs" if one.name is None else f"an input {one.name!r}"
            given = "None" if value is None else f"the shape {shapes.show(value.dims)}"
            given += "" if value is None or one.dtype is None else f" and the type {value.dtype.name}"
            raise ValueError(f"Layer {name!r} takes {which} with {one.describe()}; got {given}.")
