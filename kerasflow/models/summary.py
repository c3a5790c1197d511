"""The table that `Model.summary` prints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kerasflow.core import shapes
from kerasflow.layers.symbolic import map_structure

__all__ = ["summary_lines"]


def summary_lines(model: Any, width: int) -> Iterator[str]:
    """The lines of the table: a row for each layer, then the totals."""
    columns = (int(width * 0.45), int(width * 0.8), width)
    yield f'Model: "{model.name}"'
    yield "_" * width
    yield _row(("Layer (type)", "Output Shape", "Param #"), columns)
    yield "=" * width
    for layer in model.layers:
        parameters = layer.count_params() if layer.built else 0
        yield _row((f"{layer.name} ({type(layer).__name__})", _shape(layer), f"{parameters:,}"), columns)
    yield "=" * width
    trainable = _count(model.trainable_weights)
    frozen = _count(model.non_trainable_weights)
    yield f"Total params: {trainable + frozen:,}"
    yield f"Trainable params: {trainable:,}"
    yield f"Non-trainable params: {frozen:,}"
    yield "_" * width


def _count(weights: list[Any]) -> int:
    return sum(shapes.size(shapes.as_dims(w.shape)) or 0 for w in weights)


def _shape(layer: Any) -> str:
    if len(layer.nodes) == 0:
        return "?"
    described = map_structure(lambda t: str(t.dims), layer.nodes[-1].outputs)
    return described if isinstance(described, str) else str(described).replace("'", "")


def _row(cells: tuple[str, ...], columns: tuple[int, ...]) -> str:
    line = ""
    for cell, end in zip(cells, columns, strict=True):
        line = (line + cell)[: end - 1].ljust(end)
    return line.rstrip()
