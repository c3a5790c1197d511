"""`TrainingState`: all that a training needs to go on as if it had not been interrupted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasflow.core.variables import Cell
from kerasflow.core.weights import Weight
from kerasflow.models.feeding import BatchFeed
from kerasflow.optimizers import Optimizer

__all__ = ["TrainingState"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class _Cut:
    """Where to go on: the batches of the pass done in earlier epochs, the steps of the epoch, and their sums."""

    passed: int = 0
    done: int = 0
    sums: Sequence[Array] = ()


class TrainingState:
    """The weights of a model, the state of its optimizer, that of all draws, and what its callbacks remember.

    Draws are those of the order of rows, of dropout and of its like. A callback remembers the attributes that it lists
    as `remembers`; such an attribute is plain data, or a list of arrays like the model's weights.

    Within a pass over the data there is also how many of its batches are done. Their order is then drawn again, from
    where the draws were before the pass began. Within an epoch, which need not be a pass, there is what losses and
    metrics have added up in its steps.

    Args:
        model: a model that is compiled and built.
        callbacks: those of the training.
        feed: gives the batches to train on.
        validation: those to evaluate on, None if there are none.

    Attributes:
        done: how many steps of the epoch that runs are done.
    """

    def __init__(self, model: Any, callbacks: Sequence[Any], feed: Any, validation: Any = None) -> None:
        self._model = model
        self._callbacks = callbacks
        self._feed, self._validation = feed, validation
        self.done = 0
        self._runs = False  # whether an epoch does
        self._before: dict[str, Any] = {}  # how far orders were drawn before the pass that runs
        self._passed = 0  # batches of it that were done in the epochs before
        self._tested: list[Any] = []  # how far those of the validation were drawn before the epoch that runs
        self._sums: list[Array] | None = None  # of losses and metrics, when its last step was done
        self._cut = _Cut()

    @property
    def resumed(self) -> bool:
        """Whether the next epoch is one to go on with, or in a pass to go on with."""
        return bool(self._cut.passed or self._cut.done)

    def begin_epoch(self) -> None:
        """An epoch is about to begin."""
        if self._feed.begins:
            self._before, self._passed = self._drawn(), 0
        self._tested = _orders(self._validation)
        self._runs, self._sums, self.done = True, None, 0

    def go_on(self) -> int:
        """In an epoch that has begun, go to where it was cut if it was; gives how many of its steps are done."""
        cut, self._cut = self._cut, _Cut()
        if cut.passed or cut.done:
            self._passed, self.done = cut.passed, cut.done
            self._feed.skip(cut.passed + cut.done)
        if cut.done:
            for cell, array in zip(self._metric_cells(), cut.sums, strict=True):
                np.copyto(cell.value, array)
        return self.done

    def end_steps(self) -> None:
        """The last step of the epoch is done; a validation, which has sums of its own, may follow."""
        self._sums = self._added_up()

    def end_epoch(self) -> None:
        """The epoch is over."""
        self._passed += self.done
        self._runs, self._sums, self.done = False, None, 0

    def arrays(self) -> dict[str, Array]:
        """Copies of all arrays, by name."""
        named = dict(_named("weights", self._model.get_weights()))
        named |= {name: np.array(cell.value) for name, cell in self._other_cells().items()}
        for callback, place, name in self._remembered():
            value = getattr(callback, name)
            if _is_weights(value):
                named |= {key: np.array(array) for key, array in _named(f"callbacks/{place}/{name}", value)}
        if self.done:
            named |= _named("sums", self._added_up() if self._sums is None else self._sums)
        return named

    def expected(self, numbers: Mapping[str, Any]) -> dict[str, tuple[Any, tuple[int, ...]]]:
        """The types and shapes of the arrays that belong to what `numbers` gave."""
        if isinstance(self._feed, BatchFeed):
            self._feed.build()  # it is left until the first step is taken
        weights = self._model.get_weights()
        named = dict(_named("weights", weights))
        named |= {name: cell.value for name, cell in self._other_cells().items()}
        for place, name in numbers.get("arrays of callbacks", []):
            named |= dict(_named(f"callbacks/{place}/{name}", weights))
        if numbers.get("steps"):
            named |= _named("sums", [cell.value for cell in self._metric_cells()])
        return {name: (array.dtype, array.shape) for name, array in named.items()}

    def numbers(self) -> dict[str, Any]:
        """All that is no array, as plain data."""
        kept = self._session().kept()
        remembered = [(place, name, getattr(callback, name)) for callback, place, name in self._remembered()]
        within = self._runs or not self._feed.begins
        return {
            **(self._before if within else self._drawn()),
            "passed": self._passed if within else 0,
            "steps": self.done,
            "compiling": self._model._programs().progress(),
            "expected": [feed.expected.taken() for feed in self._feeds()],
            "validation": self._tested if self._runs else _orders(self._validation),
            "streams": [kept[name].tolist() if name in kept else None for name in self._drawing()],
            "callbacks": [[place, name, _plain(v)] for place, name, v in remembered if not _is_weights(v)],
            "arrays of callbacks": [[place, name] for place, name, value in remembered if _is_weights(value)],
        }

    def restore(self, arrays: Mapping[str, Array], numbers: Mapping[str, Any]) -> None:
        """Go back to what `arrays` and `numbers` gave. Files from before there were streams and callbacks have none."""
        count = len(self._model.get_weights())
        self._model.set_weights([arrays[f"weights/{k}"] for k in range(count)])
        for name, cell in self._other_cells().items():
            np.copyto(cell.value, arrays[name])
        self._order().state = numbers["order"]
        for feed, name in ((self._feed, "data"), (self._validation, "validation")):
            if numbers.get(name):
                feed.source.set_orders(numbers[name])
        self._model._programs().go_on(numbers.get("compiling", {}))
        for feed, taken in zip(self._feeds(), numbers.get("expected", []), strict=False):
            feed.expected.go_on(taken)
        steps = numbers.get("steps", 0)
        sums = [arrays[f"sums/{k}"] for k in range(len(self._metric_cells()) if steps else 0)]
        self._cut = _Cut(numbers.get("passed", 0), steps, sums)
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

    def _order(self) -> Any:
        """What draws the order of rows."""
        return self._model._generator().bit_generator

    def _feeds(self) -> list[Any]:
        return [feed for feed in (self._feed, self._validation) if feed is not None]

    def _drawn(self) -> dict[str, Any]:
        """How far orders are drawn: that of rows, and those of the shuffles of a data set."""
        return {"order": self._order().state, "data": _orders(self._feed)}

    def _metric_cells(self) -> list[Cell]:
        """Where losses and metrics add up, each once, in the order in which they are told."""
        weights = [w for _, metric in self._model._made_objectives().named_metrics() for w in metric.weights]
        return [weight.cell for weight in dict.fromkeys(weights)]

    def _added_up(self) -> list[Array]:
        return [np.array(cell.value) for cell in self._metric_cells()]

    def _session(self) -> Any:
        """Where the model's steps run, which is where random operations keep how far they have drawn."""
        return self._model._programs().session

    def _drawing(self) -> list[str]:
        """The names of the operations that draw, in the order in which they were made: names differ between models."""
        return [o.name for o in self._session().graph.get_operations() if o.opdef.state is not None]

    def _other_cells(self) -> dict[str, Cell]:
        """What is no weight: the optimizer's state, and what stateful layers hand on from batch to batch."""
        layers = [layer for layer in self._model._all_layers() if getattr(layer, "stateful", False)]
        states = dict.fromkeys(state for layer in layers for state in getattr(layer, "states", None) or ())
        handed_on = [state.cell for state in states if isinstance(state, Weight)]
        return self._optimizer_cells() | {f"states/{k}": cell for k, cell in enumerate(handed_on)}

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


def _orders(feed: Any) -> list[Any]:
    source = getattr(feed, "source", None)
    found: list[Any] = [] if source is None else source.orders()
    return found


def _named(prefix: str, arrays: Sequence[Array]) -> Iterator[tuple[str, Array]]:
    return ((f"{prefix}/{k}", array) for k, array in enumerate(arrays))


def _is_weights(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, np.ndarray) for item in value)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
