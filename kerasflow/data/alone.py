"""A data set read outside of all sessions: for notebooks, and for models that are trained on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kerasflow.core.body import Function
from kerasflow.core.graph import graph_of
from kerasflow.core.runtime import Runtime
from kerasflow.data import elements
from kerasflow.data.ordering import Cached, shuffles_of, stages_of
from kerasflow.data.reading import Numbers, Reading, Stage

__all__ = ["Alone", "fixed_reading"]


def fixed_reading(stage: Stage, runtime: Runtime) -> Reading:
    """A reading of a stage whose tensors need nothing that is fed or kept in a session."""
    tensors = stage.tensors
    with graph_of(tensors).as_default():
        values = Function((), tensors).run(runtime, []) if tensors else []
    return Reading(runtime, dict(zip(tensors, values, strict=True)))


class Alone:
    """The elements of a stage as NumPy arrays, again and again; a shuffle gives each pass an order of its own."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._reading = fixed_reading(stage, Runtime())

    def __iter__(self) -> Iterator[Any]:
        structure = self._stage.structure
        for element in self._stage.open(self._reading):
            yield elements.pack_values(structure, [v if isinstance(v, tuple) else v[()] for v in element])

    def orders(self) -> list[list[int]]:
        """Plain numbers that say in which orders the shuffles will give the passes to come."""
        cached: dict[Any, list[int]] = {}
        for stage in stages_of(self._stage):
            if isinstance(stage, Cached):
                cached |= stage.orders(self._reading)
        return [cached.get(shuffle) or shuffle.orders(self._reading) for shuffle in shuffles_of(self._stage)]

    def set_orders(self, numbers: Sequence[Sequence[int]]) -> None:
        """Go on with the orders that `orders` told of, also of such a data set in another process."""
        for shuffle, words in zip(shuffles_of(self._stage), numbers, strict=False):
            shuffle.set_orders(self._reading, words)

    def whole(self) -> Any:
        """All rows that batches are taken of, as an element is; None if the elements are no batches of rows."""
        rows = self._stage.batches(self._reading)
        return None if rows is None else elements.pack_values(self._stage.structure, list(rows.arrays))

    def numbers(self) -> Iterator[Numbers]:
        """The row numbers of each batch of a pass, where the elements are batches of rows."""
        rows = self._stage.batches(self._reading)
        return iter(()) if rows is None else rows.numbers
