"""The table that `Model.summary` prints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kerasflow.core import shapes
from kerasflow.layers.symbolic import map_structure

__all__ = ["summary_lines"]


def summary_lines(model: Any, width: int) -> Iterator[str]:
    """The lines of the table: a row for each layer, then the totals.

    Where the layers are no plain chain, a last column says which layers each takes its inputs from.
    """
    network = model._network
    is_chain = network is None or network.is_chain
    shares = (0.45, 0.8, 1.0) if is_chain else (0.34, 0.58, 0.7, 1.0)
    columns = tuple(int(width * share) for share in shares)
    yield f'Model: "{model.name}"'
    yield "_" * width
    yield _row(("Layer (type)", "Output Shape", "Param #", "Connected to")[: len(columns)], columns)
    yield "=" * width
    for layer in model.layers:
        parameters = layer.count_params() if layer.built else 0
        cells = (f"{layer.name} ({type(layer).__name__})", _shape(layer), f"{parameters:,}")
        yield _row(cells if is_chain else (*cells, ", ".join(network.sources(layer))), columns)
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
    """The cells in their columns; what is too long for one ends in two dots, the last cell may run on."""
    line, start = "", 0
    for cell, end in zip(cells[:-1], columns, strict=False):
        room = end - start - 1
        line += (cell if len(cell) <= room else cell[: room - 2] + "..").ljust(end - start)
        start = end
    return (line + cells[-1]).rstrip()
