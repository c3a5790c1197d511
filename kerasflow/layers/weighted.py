"""`Weighted`: a layer whose constructor says how each of its weights begins, is penalised and is projected.

And the checks of arguments that layers with moving windows share.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflow import activations, constraints, initializers, regularizers
from kerasflow.core import shapes
from kerasflow.core.ops.window_arguments import FORMATS
from kerasflow.core.shapes import Dimension
from kerasflow.layers.base import Layer

__all__ = ["Weighted", "data_format_of", "format_of", "one_of", "per_axis", "positive", "sized", "whole"]

_ROOMS = {
    "initializer": initializers,
    "regularizer": regularizers,
    "constraint": constraints,
    "activation": activations,
}


class Weighted(Layer):
    """The base of layers with initializers, regularizers, constraints and activations among their arguments."""

    def keep(self, **given: Any) -> None:
        """Keep arguments as attributes: what stands for an initializer, a regularizer, ... as the thing itself.

        Which of them it is, the end of the name says. All of them are in the layer's configuration.
        """
        self._kept: tuple[str, ...] = tuple(given)
        for name, value in given.items():
            room: Any = _ROOMS[name.rpartition("_")[2]]
            setattr(self, name, room.get(value))

    def made(self, name: str, shape: Any, role: str | None = None, trainable: bool = True) -> Any:
        """The weight `name`, with the initializer, the regularizer and the constraint kept for `role`.

        The role is called like the weight where nothing else is said.
        """
        role = role or name
        return self.add_weight(
            name,
            shape,
            initializer=getattr(self, f"{role}_initializer"),
            regularizer=getattr(self, f"{role}_regularizer", None),
            constraint=getattr(self, f"{role}_constraint", None),
            trainable=trainable,
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        kept = {}
        for name in self._kept:
            room: Any = _ROOMS[name.rpartition("_")[2]]
            kept[name] = room.serialize(getattr(self, name))
        return {**super().get_config(), **kept}


# Arguments.


def positive(layer: Layer, value: Any, what: str) -> int:
    """`value`, which has to be a positive whole number. ValueError otherwise."""
    number = whole(value)
    if number is None or number < 1:
        raise ValueError(f"{type(layer).__name__} needs a positive integer as {what}, got {value!r}.")
    return number


def whole(value: Any) -> int | None:
    """`value` as an int if it is a whole number: a Python or NumPy one, or a known size of a shape; else None."""
    if isinstance(value, (bool, np.bool_)):
        return None
    return value.value if isinstance(value, Dimension) else int(value) if isinstance(value, (int, np.integer)) else None


def per_axis(layer: Layer, value: Any, rank: int, what: str) -> tuple[int, ...]:
    """A positive whole number for each of `rank` axes, from one for all or a sequence. ValueError otherwise."""
    if isinstance(value, (int, np.integer)):
        return (positive(layer, value, what),) * rank
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != rank:
        wanted = "an integer" if rank == 1 else f"an integer or {rank} of them"
        raise ValueError(f"{type(layer).__name__} needs {wanted} as {what}, got {value!r}.")
    return tuple(positive(layer, v, what) for v in value)


def one_of(layer: Layer, value: Any, names: Sequence[str], what: str) -> str:
    """`value` in lower case, which has to be one of `names`. ValueError otherwise."""
    name = value.lower() if isinstance(value, str) else value
    if name not in names:
        raise ValueError(f"{type(layer).__name__} takes one of {', '.join(names)} as {what}, got {value!r}.")
    return str(name)


def data_format_of(layer: Layer, value: str | None) -> str:
    """``"channels_last"``, the default, or ``"channels_first"``. ValueError for another value."""
    return one_of(layer, value or "channels_last", ("channels_last", "channels_first"), "data_format")


def format_of(layer: Any) -> str:
    """The layer's data format as operations call it: ``"NHWC"`` for channels last and two axes."""
    return FORMATS[layer.rank][layer.data_format == "channels_first"]


def sized(layer: Layer, dims: shapes.Dims, rank: int, what: str) -> tuple[Any, ...]:
    """`dims`, which have to be those of a tensor of `rank` axes. ValueError otherwise."""
    if dims is None or len(dims) != rank:
        raise ValueError(
            f"{type(layer).__name__} layer {layer.name!r} takes {what}, of {rank} axes; got the shape "
            f"{shapes.show(dims)}."
        )
    return dims
