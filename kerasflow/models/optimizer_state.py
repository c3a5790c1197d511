"""The state of a model's optimizer as a list of arrays, in the order in which Keras keeps it in files.

First the count of steps, then the learning rate if it is a number, then what is kept for each weight: slots that belong
together alternate, others follow when all weights have had the first. The arrays live in cells outside of graphs, so
they can be read and set at any time.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core.variables import Cell
from kerasflow.optimizers import SGD, Adadelta, Adagrad, Adam, Adamax, Ftrl, Nadam, Optimizer, RMSprop

__all__ = ["OLD_SLOTS", "old_state", "restore_state", "saved_state", "slot_groups", "state_cells"]

_SLOTS: dict[type[Optimizer], tuple[tuple[str, ...], ...]] = {
    SGD: (("momentum",),),
    Adagrad: (("accumulator",),),
    Adadelta: (("accum", "accum_update"),),
    Adam: (("m", "v"), ("vhat",)),
    Adamax: (("m", "u"),),
    Nadam: (("m", "v"),),
    RMSprop: (("rms",), ("momentum",), ("mg",)),
    Ftrl: (("accum", "linear"),),
}

# What the slots are called in the files of Keras 2, where it is something else.
_OLD_NAMES: dict[type[Optimizer], dict[str, str]] = {
    Adadelta: {"accum": "accum_grad", "accum_update": "accum_var"},
    Adamax: {"u": "v"},
    Ftrl: {"accum": "accumulator"},
}
OLD_SLOTS = frozenset(["m", "v", "vhat", "rms", "momentum", "mg", "accumulator", "accum_grad", "accum_var", "linear"])


def state_cells(optimizer: Any, weights: list[Any]) -> list[Cell]:
    """The cells of the state for these weights, made if they are not there; none for an optimizer without any.

    >>> from kerasflow.models.optimizer_state import state_cells
    >>> model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(1)])
    >>> [cell.value.shape for cell in state_cells(tf.keras.optimizers.Adam(), model.weights)]
    [(), (), (3, 1), (3, 1), (1,), (1,)]
    """
    if not isinstance(optimizer, Optimizer):
        return []
    shared = dict(optimizer._counters)
    first = [shared.pop("iteration")]
    first += [optimizer._rate] if isinstance(optimizer._rate, Cell) else []
    slots = [
        optimizer.slot_cell(weight.cell, slot)
        for group in slot_groups(optimizer)
        for weight in weights
        for slot in group
    ]
    return [*first, *slots, *shared.values()]


def slot_groups(optimizer: Optimizer) -> list[list[str]]:
    """The slots of the optimizer that alternate, one list after the other.

    >>> from kerasflow.models.optimizer_state import slot_groups
    >>> slot_groups(tf.keras.optimizers.Adam(amsgrad=True))
    [['m', 'v'], ['vhat']]
    """
    known = next((_SLOTS[c] for c in type(optimizer).__mro__ if c in _SLOTS), ())
    groups = [[slot for slot in group if slot in optimizer.slots] for group in known]
    rest = [slot for slot in optimizer.slots if not any(slot in group for group in groups)]
    return [group for group in [*groups, rest] if group]


def saved_state(optimizer: Any, weights: list[Any]) -> list[np.ndarray[Any, Any]]:
    """Copies of the arrays; the count of steps as int64, other numbers as float32, as Keras has them.

    >>> from kerasflow.models.optimizer_state import saved_state
    >>> [array.dtype.name for array in saved_state(tf.keras.optimizers.SGD(0.5), [])]
    ['int64', 'float32']
    """
    arrays = [np.array(cell.value) for cell in state_cells(optimizer, weights)]
    return [a.astype(np.float32) if a.ndim == 0 and a.dtype == np.float64 else a for a in arrays]


def old_state(optimizer: Optimizer, weights: list[Any]) -> dict[str, np.ndarray[Any, Any]]:
    """The state as Keras 2 names and orders it: the count of steps, then one slot of all weights, then the next.

    >>> from kerasflow.models.optimizer_state import old_state
    >>> model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(1, name="d")])
    >>> list(old_state(tf.keras.optimizers.Adam(), model.weights))
    ['Adam/iter:0', 'Adam/d/kernel/m:0', 'Adam/d/bias/m:0', 'Adam/d/kernel/v:0', 'Adam/d/bias/v:0']
    """
    named = {f"{optimizer.name}/iter:0": np.array(optimizer._counters["iteration"].value)}
    names = next((_OLD_NAMES[c] for c in type(optimizer).__mro__ if c in _OLD_NAMES), {})
    for slot in [slot for group in slot_groups(optimizer) for slot in group]:
        for weight in weights:
            name = base = f"{optimizer.name}/{weight.name.partition(':')[0]}"
            k = 0
            while f"{name}/{names.get(slot, slot)}:0" in named:
                k += 1
                name = f"{base}_{k}"
            named[f"{name}/{names.get(slot, slot)}:0"] = np.array(optimizer.slot_cell(weight.cell, slot).value)
    others = {name: cell for name, cell in optimizer._counters.items() if name != "iteration"}
    return named | {f"{optimizer.name}/{name}:0": np.array(cell.value) for name, cell in others.items()}


def restore_state(optimizer: Any, weights: list[Any], arrays: list[np.ndarray[Any, Any]]) -> None:
    """Set the state to what `saved_state` gave. ValueError, and no change, if the arrays are others.

    >>> from kerasflow.models.optimizer_state import restore_state
    >>> sgd = tf.keras.optimizers.SGD(0.5)
    >>> restore_state(sgd, [], [np.int64(7), np.float32(0.25)])
    >>> sgd.iterations, float(sgd.learning_rate)
    (7, 0.25)
    """
    cells = state_cells(optimizer, weights)
    shapes, given = [np.shape(cell.value) for cell in cells], [np.shape(a) for a in arrays]
    if shapes != given:
        raise ValueError(f"The optimizer keeps arrays of the shapes {shapes}, got {given}.")
    for cell, array in zip(cells, arrays, strict=True):
        np.copyto(cell.value, array, casting="unsafe")
