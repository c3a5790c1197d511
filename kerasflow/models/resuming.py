"""`TrainingState`: all that a training needs to go on as if it had not been interrupted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from kerasflow.core.variables import Cell
from kerasflow.optimizers import Optimizer

__all__ = ["TrainingState"]

Array = np.ndarray[Any, Any]


class TrainingState:
    """The weights of a model, the state of its optimizer, that of all draws, and what its callbacks remember.

    Draws are those of the order of rows, of dropout and of its like. A callback remembers the attributes that it lists
    as `remembers`; such an attribute is plain data, or a list of arrays like the model's weights.

    Args:
        model: a model that is compiled and built.
        callbacks: those of the training.
    """

    def __init__(self, model: Any, callbacks: Sequence[Any] = ()) -> None:
        self._model = model
        self._callbacks = callbacks

    def arrays(self) -> dict[str, Array]:
        """Copies of all arrays, by name."""
        named = dict(_named("weights", self._model.get_weights()))
        named |= {name: np.array(cell.value) for name, cell in self._optimizer_cells().items()}
        for callback, place, name in self._remembered():
            value = getattr(callback, name)
            if _is_weights(value):
                named |= {key: np.array(array) for key, array in _named(f"callbacks/{place}/{name}", value)}
        return named

    def expected(self, numbers: Mapping[str, Any]) -> dict[str, tuple[Any, tuple[int, ...]]]:
        """The types and shapes of the arrays that belong to what `numbers` gave."""
        weights = self._model.get_weights()
        named = dict(_named("weights", weights))
        named |= {name: cell.value for name, cell in self._optimizer_cells().items()}
        for place, name in numbers.get("arrays of callbacks", []):
            named |= dict(_named(f"callbacks/{place}/{name}", weights))
        return {name: (array.dtype, array.shape) for name, array in named.items()}

    def numbers(self) -> dict[str, Any]:
        """All that is no array, as plain data."""
        kept = self._session().kept()
        remembered = [(place, name, getattr(callback, name)) for callback, place, name in self._remembered()]
        return {
            "order": self._model._generator().bit_generator.state,
            "streams": [kept[name].tolist() if name in kept else None for name in self._drawing()],
            "callbacks": [[place, name, _plain(v)] for place, name, v in remembered if not _is_weights(v)],
            "arrays of callbacks": [[place, name] for place, name, value in remembered if _is_weights(value)],
        }

    def restore(self, arrays: Mapping[str, Array], numbers: Mapping[str, Any]) -> None:
        """Go back to what `arrays` and `numbers` gave. Files from before there were streams and callbacks have none."""
        count = len(self._model.get_weights())
        self._model.set_weights([arrays[f"weights/{k}"] for k in range(count)])
        for name, cell in self._optimizer_cells().items():
            np.copyto(cell.value, arrays[name])
        self._model._generator().bit_generator.state = numbers["order"]
        streams = zip(self._drawing(), numbers.get("streams", []), strict=False)
        self._session().load_kept({name: np.array(drawn, np.uint64) for name, drawn in streams if drawn is not None})
        found = {(place, name): value for place, name, value in numbers.get("callbacks", [])}
        for place, name in numbers.get("arrays of callbacks", []):
            found[place, name] = [arrays[f"callbacks/{place}/{name}/{k}"] for k in range(count)]
        for callback, place, name in self._remembered():
            if (place, name) in found:
                setattr(callback, name, found[place, name])

    def _remembered(self) -> Iterator[tuple[Any, int, str]]:
        """Callbacks, their places among those that remember something, and the names of what they remember."""
        remembering = [callback for callback in self._callbacks if getattr(callback, "remembers", ())]
        return ((callback, place, name) for place, callback in enumerate(remembering) for name in callback.remembers)

    def _session(self) -> Any:
        """Where the model's steps run, which is where random operations keep how far they have drawn."""
        return self._model._programs().session

    def _drawing(self) -> list[str]:
        """The names of the operations that draw, in the order in which they were made: names differ between models."""
        return [o.name for o in self._session().graph.get_operations() if o.opdef.state is not None]

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


def _named(prefix: str, arrays: Sequence[Array]) -> Iterator[tuple[str, Array]]:
    return ((f"{prefix}/{k}", array) for k, array in enumerate(arrays))


def _is_weights(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, np.ndarray) for item in value)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
