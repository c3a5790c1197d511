"""Where an iterator is in its data set, as numbers that a checkpoint keeps.

The numbers are those of a `Pass`: how many elements were taken, and for each shuffle what its order follows from. They
are kept by an operation, as random streams are, so that a `Saver` saves and restores them with these. After that the
next element is looked for: the pass starts again, with the same orders, and leaves out what had been taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from kerasflow.core.opdef import op
from kerasflow.core.tensor import Operation
from kerasflow.core.types import Spec, int64
from kerasflow.data.ordering import shuffles_of
from kerasflow.data.reading import Element, Reading, Stage

__all__ = ["Pass"]

_WORDS = 5  # of a shuffle: its entropy in four, and how many orders it has given


def _start(stage: Stage, **attrs: Any) -> np.ndarray[Any, Any]:
    return np.zeros(1 + _WORDS * len(shuffles_of(stage)), np.int64)


@op("IteratorPosition", infer=lambda stage: Spec(int64, (None,)), vjp=None, stateful=True, state=_start)
def _position(runtime: Any, operation: Operation, stage: Stage) -> Any:
    return runtime.kept(operation).copy()


class Pass:
    """A pass over a data set that can be gone on with elsewhere.

    Args:
        stage: the data set.
        reading: what it needs.
        numbers: where it is; they are changed in place, and looked at before each element.
        anew: whether it begins at the beginning, whatever they say.
    """

    def __init__(self, stage: Stage, reading: Reading, numbers: np.ndarray[Any, Any], anew: bool) -> None:
        self._stage, self._reading, self._numbers = stage, reading, numbers
        self._shuffles = shuffles_of(stage)
        if anew or not numbers[0]:
            numbers[0] = 0
            for words, shuffle in zip(self._words(), self._shuffles, strict=True):
                words[:] = shuffle.orders(reading)
        self._coming = stage.open(reading)
        self._seen = np.zeros_like(numbers)
        self._seen[1:] = numbers[1:]

    def __iter__(self) -> Iterator[Element]:
        return self

    def __next__(self) -> Element:
        if (self._numbers != self._seen).any():
            self._go()
        element = next(self._coming)
        self._numbers[0] += 1
        self._seen[0] += 1
        return element

    def _words(self) -> Any:
        return self._numbers[1:].reshape(-1, _WORDS)

    def _go(self) -> None:
        """Go to where the numbers say."""
        for words, shuffle in zip(self._words(), self._shuffles, strict=True):
            shuffle.set_orders(self._reading, words.tolist())
        self._seen[:] = self._numbers
        self._coming = self._stage.open(self._reading)
        for _ in islice(self._coming, int(self._numbers[0])):
            pass
