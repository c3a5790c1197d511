"""`TrainingState`: all that a training needs to go on as if it had not been interrupted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasflow.core.variables import Cell
from kerasflow.core.weights import next_seed
from kerasflow.optimizers import Optimizer

__all__ = ["TrainingState"]


class TrainingState:
    """The weights of a model, the state of its optimizer, and that of the draws which order its rows.

    Args:
        model: a model that is compiled and built.
    """

    def __init__(self, model: Any) -> None:
        self._model = model

    def arrays(self) -> dict[str, np.ndarray[Any, Any]]:
        """Copies of all arrays, by name."""
        weights = {f"weights/{k}": np.array(w) for k, w in enumerate(self._model.get_weights())}
        return {**weights, **{name: np.array(cell.value) for name, cell in self._optimizer_cells().items()}}

    def expected(self) -> dict[str, tuple[Any, tuple[int, ...]]]:
        """The types and shapes of these arrays."""
        return {name: (a.dtype, a.shape) for name, a in self.arrays().items()}

    def numbers(self) -> dict[str, Any]:
        """The state of the draws, as plain data."""
        return {"order": self._generator().bit_generator.state}

    def restore(self, arrays: Mapping[str, np.ndarray[Any, Any]], numbers: Mapping[str, Any]) -> None:
        """Go back to what `arrays` and `numbers` gave."""
        self._model.set_weights([arrays[f"weights/{k}"] for k in range(len(self._model.get_weights()))])
        for name, cell in self._optimizer_cells().items():
            np.copyto(cell.value, arrays[name])
        self._generator().bit_generator.state = numbers["order"]

    def _optimizer_cells(self) -> dict[str, Cell]:
        """Where the optimizer keeps its state, by name; it need not have taken a step."""
        optimizer = self._model.optimizer
        if not isinstance(optimizer, Optimizer):
            raise ValueError(
                f"The state of {optimizer!r} is in a session, where it is not found: train with one of tf.optimizers."
            )
        cells = {f"optimizer/{name}": cell for name, cell in optimizer._counters.items()}
        if isinstance(optimizer._rate, Cell):
            cells["optimizer/learning_rate"] = optimizer._rate
        for k, weight in enumerate(self._model.trainable_weights):
            cells |= {f"optimizer/{k}/{slot}": optimizer.slot_cell(weight.cell, slot) for slot in optimizer.slots}
        return cells

    def _generator(self) -> np.random.Generator:
        model = self._model
        if model._random is None:
            model._random = np.random.default_rng(next_seed())
        generator: np.random.Generator = model._random
        return generator
