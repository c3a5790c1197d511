"""The table that `Model.summary` prints."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from kerasflow.core import shapes
from kerasflow.layers.core import Operation
from kerasflow.layers.symbolic import map_structure

__all__ = ["kind_of", "summary_lines"]

_CHAIN, _GRAPH = (0.45, 0.8, 1.0), (0.34, 0.58, 0.7, 1.0)  # where columns end, as shares of a line
_TRAINABLE = 11  # the width of the last column, if it is asked for
_NARROW, _WIDE = 78, 98


def summary_lines(
    model: Any,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Sequence[str] | None = None,
) -> Iterator[str]:
    """The lines of the table: a row for each layer, then the totals.

    Where the layers are no plain chain, a column says which layers each takes its inputs from.
    """
    network = model._network
    is_chain = network is None or network.is_chain
    width = line_length or (_NARROW if is_chain else _WIDE)
    columns = _columns(positions, width, is_chain, show_trainable)
    titles = ["Layer (type)", "Output Shape", "Param #", *([] if is_chain else ["Connected to"])]
    yield f'Model: "{model.name}"'
    yield "_" * width
    yield from _row([*titles, *(["Trainable"] if show_trainable else [])], columns)
    yield "=" * width
    for layer, depth, around in _layers(model, layer_range, expand_nested):
        cells = [_indent(depth) + f"{layer.name} ({kind_of(layer)})", _shape(layer), _parameters(layer)]
        if not is_chain:
            cells.append("" if around._network is None else ", ".join(around._network.sources(layer)))
        if show_trainable:
            cells.append("Y" if layer.trainable_weights else "N" if layer.weights else "-")
        yield from _row(cells, columns)
    yield "=" * width
    yield from _totals(model)
    yield "_" * width


def kind_of(layer: Any) -> str:
    """What people call the kind of a layer: its class, or the operation that it is."""
    return layer.op if isinstance(layer, Operation) else type(layer).__name__


def _columns(positions: Sequence[float] | None, width: int, is_chain: bool, show_trainable: bool) -> list[int]:
    """Where the columns end, in characters. ValueError if there are too few positions."""
    least = len(_CHAIN if is_chain else _GRAPH) + show_trainable
    if positions is None:
        room = width - _TRAINABLE * show_trainable
        return [
            *[int(room * share) for share in (_CHAIN if is_chain else _GRAPH)],
            *([width] if show_trainable else []),
        ]
    if len(positions) < least:
        raise ValueError(f"The table has {least} columns, so positions must be as many numbers; got {list(positions)}.")
    relative = max(positions) <= 1
    return [int(width * p) if relative else int(p) for p in positions[:least]]


def _layers(model: Any, layer_range: Sequence[str] | None, expand: bool) -> Iterator[tuple[Any, int, Any]]:
    """Each layer with how deep it is nested, and the model that it is in."""
    todo = [(layer, 0, model) for layer in reversed(_within(model.layers, layer_range))]
    while todo:
        layer, depth, around = todo.pop()
        yield layer, depth, around
        if expand and hasattr(layer, "_network"):
            todo += [(inner, depth + 1, layer) for inner in reversed(layer.layers)]


def _within(layers: list[Any], layer_range: Sequence[str] | None) -> list[Any]:
    """The layers from the first whose name matches one pattern to the last that matches another."""
    if layer_range is None:
        return layers
    if not isinstance(layer_range, (list, tuple)) or len(layer_range) != 2:
        raise ValueError(f"layer_range must be two names of layers, or patterns for them; got {layer_range!r}.")
    first, last = ([i for i, layer in enumerate(layers) if re.match(p, layer.name)] for p in layer_range)
    if not first or not last:
        raise ValueError(f"No layers match layer_range={list(layer_range)}; there are {[la.name for la in layers]}.")
    start, stop = min(first[0], last[-1]), max(first[0], last[-1])
    return layers[start : stop + 1]


def _indent(depth: int) -> str:
    return "   " * (depth - 1) + "└─ " if depth else ""


def _shape(layer: Any) -> str:
    if len(layer.nodes) == 0:
        return "?"
    described = map_structure(lambda t: str(None if t is None else t.dims), layer.nodes[-1].outputs)
    return described if isinstance(described, str) else str(described).replace("'", "")


def _parameters(layer: Any) -> str:
    return f"{layer.count_params():,}" if layer.built else "0 (unbuilt)"


def _totals(model: Any) -> Iterator[str]:
    trainable, frozen = model.trainable_weights, model.non_trainable_weights
    slots = _slots(model)
    yield f"Total params: {_size([*trainable, *frozen, *slots])}"
    yield f"Trainable params: {_size(trainable)}"
    yield f"Non-trainable params: {_size(frozen)}"
    if slots:
        yield f"Optimizer params: {_size(slots)}"


def _slots(model: Any) -> list[Any]:
    """The variables of the optimizer, once it has been used."""
    variables = getattr(model.optimizer, "variables", None)
    return list(variables() if callable(variables) else variables or [])


def _size(weights: list[Any]) -> str:
    """Numbers of elements and of bytes: ``641 (2.50 KB)``."""
    counts = [shapes.size(shapes.as_dims(w.shape)) or 0 for w in weights]
    size = float(sum(n * w.dtype.size for n, w in zip(counts, weights, strict=True)))
    units = iter(("B", "KB", "MB", "GB", "TB"))
    unit = next(units)
    while size >= 1024 and unit != "TB":
        size, unit = size / 1024, next(units)
    return f"{sum(counts):,} ({size:.2f} {unit})"


def _row(cells: Sequence[str], columns: Sequence[int]) -> Iterator[str]:
    """The cells in their columns, in as many lines as the longest needs."""
    starts = [0, *columns[:-1]]
    widths = [max(end - start, 2) for start, end in zip(starts, columns, strict=True)]
    wrapped = [
        textwrap.wrap(cell, width - 1, subsequent_indent=" ") or [""] for cell, width in zip(cells, widths, strict=True)
    ]
    for k in range(max(map(len, wrapped))):
        parts = [lines[k] if k < len(lines) else "" for lines in wrapped]
        yield "".join(part.ljust(width) for part, width in zip(parts, widths, strict=True)).rstrip()
