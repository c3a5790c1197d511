"""`State`: the variables in which an optimizer keeps what it remembers, in one graph.

A variable whose value belongs to a session has slots whose values do. One whose value is kept in a cell outside of
graphs, as the weights of layers are, has slots kept in cells too: a second graph for the same weights finds them, and
goes on where the first one stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Any

import numpy as np

from kerasflow.core import ops, shapes
from kerasflow.core.graph import Graph
from kerasflow.core.variable_scope import get_variable_scope
from kerasflow.core.variables import Cell, Variable

__all__ = ["State"]


class State:
    """One optimizer's variables in one graph.

    Args:
        graph: where the variables are.
        kept: the cells of slots that outlive graphs, by the cell of the variable they belong to.
    """

    def __init__(self, graph: Graph, kept: MutableMapping[Cell, dict[str, Cell]]) -> None:
        self.graph = graph
        self.slots: dict[str, dict[Variable, Variable]] = {}
        self.shared: dict[str, Variable] = {}
        self._kept = kept

    def add_slot(self, slot: str, start: Any, owner: Variable, name: str) -> None:
        """Make the slot `slot` of the variable `owner`, unless it is there: ``owner/name`` in the variable scope."""
        slot_of = self.slots.setdefault(slot, {})
        if owner not in slot_of:
            slot_of[owner] = self._make_slot(slot, start, owner, name)

    def add_shared(self, name: str, start: Any, variables: Sequence[Variable]) -> None:
        """Make the variable `name` that all of `variables` share, unless it is there.

        Args:
            start: a number of NumPy's or a scalar tensor; or a cell that holds the value in every graph.
        """
        if name not in self.shared:
            owner = min(variables, key=lambda v: v.name)
            if isinstance(start, Cell):
                cell: Cell | None = start
            else:
                lasts = all(v.cell is not None for v in variables)
                cell = self._cell(owner, name, lambda: np.array(start)) if lasts else None
            self.shared[name] = Variable(start, trainable=False, name=name, cell=cell)

    def slots_of(self, variable: Variable, names: Sequence[str] | Mapping[str, Any]) -> list[Variable]:
        """The slots of a variable, in the order of `names`."""
        return [self.slots[name][variable] for name in names]

    def variables(self) -> list[Variable]:
        """All of them: the shared ones, then each variable's slots together."""
        owners = dict.fromkeys(v for slot_of in self.slots.values() for v in slot_of)
        slots = [slot_of[v] for v in owners for slot_of in self.slots.values() if v in slot_of]
        return [*self.shared.values(), *slots]

    def _make_slot(self, slot: str, start: Any, owner: Variable, name: str) -> Variable:
        dims, dtype = owner.dims, owner.dtype
        scope = get_variable_scope().name
        cell = self._cell(owner, slot, lambda: np.full(dims or (), start, dtype.numpy))
        with self.graph.name_scope(None):
            return Variable(
                lambda: _filled(owner, start),
                trainable=False,
                validate_shape=shapes.is_static(dims),
                name=f"{scope}/{owner.op.name}/{name}" if scope else f"{owner.op.name}/{name}",
                cell=cell,
            )

    def _cell(self, owner: Variable, name: str, make: Callable[[], np.ndarray[Any, Any]]) -> Cell | None:
        if owner.cell is None:
            return None
        cells = self._kept.setdefault(owner.cell, {})
        if name not in cells:
            cells[name] = Cell(make())
        return cells[name]


def _filled(owner: Variable, start: Any) -> Any:
    static = shapes.is_static(owner.dims)
    dims = owner.dims if static else ops.shape(owner.initial_value)
    return ops.fill(dims, owner.dtype.numpy.type(start))
