"""Models to train, kept for the next fit of the same structure.

To build a graph and to compile it takes longer than many a training; a search trains the same network again and again.
So the model of a fit that is done waits, with its own arrays, for another fit that wants one like it: with the same
layers, loss and rule of steps. What differs from fit to fit is set when a training begins: weights, the strengths of
penalties, the learning rate, seeds. Nothing of what happened before is left, so a fit gives the same bits whether or
not there was one before. Few models wait, and only small ones.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from kerasflow.core.graph import Graph
from kerasflow.core.ops.philox import Philox
from kerasflow.estimators.stack import Penalty, release
from kerasflow.models.optimizer_state import state_cells

__all__ = ["Bench", "borrowed"]

Array = np.ndarray[Any, Any]

_LARGEST = 2**21  # bytes of weights; larger networks are built anew
_WAITING = 16

_LOCK = threading.Lock()
_IDLE: deque[tuple[Hashable, Any]] = deque()


@contextmanager
def borrowed(key: Hashable, make: Callable[[], Any]) -> Iterator[Any]:
    """Something that nobody else uses within the block: what was made under an equal key and waits, else a new one.

    Args:
        key: all that it depends on; None for something that is used once.
        make: makes it. It has an attribute `bytes`, and a method `release`, which is called when it is given up.
    """
    thing = _waiting(key) or make()
    try:
        yield thing
    except BaseException:
        thing.release()
        raise
    if key is None or thing.bytes > _LARGEST:
        thing.release()
        return
    with _LOCK:
        _IDLE.append((key, thing))
        given_up = _IDLE.popleft()[1] if len(_IDLE) > _WAITING else None
    if given_up is not None:
        given_up.release()


def _waiting(key: Hashable) -> Any:
    with _LOCK:
        for k in reversed(range(len(_IDLE))):
            if _IDLE[k][0] == key:
                thing = _IDLE[k][1]
                del _IDLE[k]
                return thing
    return None


class Bench:
    """A model of a design, and all that is set when its training begins.

    Args:
        design: what it looks like, see `Stack`.
        loss: what it is compiled with; None if it is not.
        optimizer: likewise.
        penalties: of its matrices, see `Penalty`.
    """

    def __init__(self, design: Any, loss: Any = None, optimizer: Any = None, penalties: Sequence[str] = ()) -> None:
        self.bytes = design.bytes
        self.penalty = Penalty(design.dtype, penalties) if penalties else None
        self.loss = loss
        self._graph = Graph()
        self._graph.seed = 0
        with self.outside():
            self.model = design.build(self.penalty)
            if optimizer is not None:
                self.model.compile(optimizer, loss)
                self.model._programs().comes_again = self.bytes <= _LARGEST
        self._cells = state_cells(optimizer, self.model.trainable_weights)
        self._fresh = [np.array(cell.value) for cell in self._cells]
        self._seed = 0

    @contextmanager
    def outside(self) -> Iterator[None]:
        """Within the block the default graph is not the user's."""
        with self._graph.as_default():
            yield

    def begin(
        self,
        weights: Sequence[Array],
        penalties: tuple[float, float] = (0.0, 0.0),
        rate: float | None = None,
        seed: int = 0,
        state: Sequence[Array] | None = None,
    ) -> None:
        """Set everything to where a training starts.

        Args:
            weights: the values of the model's weights.
            penalties: the strengths of the penalties, l1 and l2.
            rate: the learning rate, if there is one to set.
            seed: what orders the samples and drops units.
            state: of the optimizer, as `state` gave it; None if it has taken no step.
        """
        self.model.set_weights(weights)
        if self.penalty is not None:
            self.penalty.set(*penalties)
        for cell, value in zip(self._cells, self._fresh if state is None else state, strict=True):
            cell.value = np.array(value)
        if rate is not None and state is None:
            self.model.optimizer.learning_rate = rate
        self._seed = seed
        self.model._random = np.random.default_rng(seed)
        if self.model._workspace is not None:
            self.model._workspace.start_over()

    def draw_anew(self) -> None:
        """Let what is drawn in the steps, which have been built by now, follow from the seed."""
        session = self.model._programs().session
        drawing = [o.name for o in session.graph.get_operations() if o.opdef.state is not None]
        session.load_kept({name: Philox(self._seed, k).numbers for k, name in enumerate(drawing)})

    def state(self) -> list[Array]:
        """Copies of what the optimizer keeps."""
        return [np.array(cell.value) for cell in self._cells]

    def release(self) -> None:
        """Let go of all arrays."""
        release(self.model)
        for cell in self._cells:
            cell.value = None
