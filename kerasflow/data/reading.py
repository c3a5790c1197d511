"""`Stage` and `Reading`: a data set as a description, and what reading it once takes.

A stage says how its elements come from those of the stages before it. It holds no state: `open` starts a new pass,
which is a Python generator of flat elements. What the stages need of the session, the values of the graph's tensors
they were made with and the state that outlives a pass (the seeds of a shuffle) are the reading's.

Where rows of arrays in memory are only put in order, a stage also says so by their numbers (`rows`): then a batch is
one gathering for each array, and a training loop can take the numbers themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

from kerasflow.core import nest
from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.graph import convert
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import int64
from kerasflow.data.elements import Component

__all__ = ["Reading", "RowStage", "Rows", "Stage", "check_least", "number"]

_T = TypeVar("_T")
Element = list[Any]
Numbers = np.ndarray[Any, Any]


class Rows(NamedTuple):
    """Rows of arrays, and their numbers in the order of a pass, some at a time."""

    arrays: Sequence[np.ndarray[Any, Any]]
    numbers: Iterator[Numbers]


class Reading:
    """What an iterator holds: a session's runtime, the tensors' values, and what stages keep from pass to pass."""

    def __init__(self, runtime: Any, values: Mapping[Tensor, Any]) -> None:
        self.runtime = runtime
        self.values = values
        self._states: dict[Any, Any] = {}

    @classmethod
    def in_run(cls, runtime: Any, tensors: Sequence[Tensor], values: Sequence[Any]) -> Reading:
        """A reading with what tensors are in a run; the values are copied, for the run's arrays may be used again."""
        kept = [np.array(v, subok=True) for v in values]
        return cls(runtime, dict(zip(tensors, kept, strict=True)))

    def state(self, key: Any, make: Callable[[], _T]) -> _T:
        """What is kept under `key`; made by `make()` when it is first asked for."""
        if key not in self._states:
            self._states[key] = make()
        return self._states[key]

    def set_state(self, key: Any, value: Any) -> None:
        """Keep a value under `key`, in place of what is there."""
        self._states[key] = value

    def within(self, values: Mapping[Tensor, Any]) -> Reading:
        """A reading of a data set that was made from an element of this one."""
        return Reading(self.runtime, {**self.values, **values})

    def value(self, source: Any) -> Any:
        """The value of a tensor that a stage was made with; an array is one already."""
        return self.values[source] if isinstance(source, Tensor) else source

    def number(self, value: int | Tensor, what: str, least: int | None = None) -> int:
        """A count that a stage was made with. InvalidArgumentError if it is less than `least`."""
        found = int(self.value(value))
        check_least(found, what, least)
        return found


def check_least(value: int, what: str, least: int | None) -> None:
    """InvalidArgumentError if `value` is less than `least`."""
    if least is not None and value < least:
        wanted = "greater than zero" if least == 1 else f"{least} or more"
        raise InvalidArgumentError(None, None, f"{what} must be {wanted}, got {value}.")


class Stage:
    """A step of a data set's way from its source.

    Args:
        structure: the nest of its elements' components.
        before: the stages it takes elements from.
        tensors: the tensors of the graph whose values it needs.
    """

    def __init__(self, structure: Any, before: Iterable[Stage] = (), tensors: Iterable[Any] = ()) -> None:
        self.structure = structure
        self.parts: list[Component] = nest.leaves(structure)
        self.before = tuple(before)
        self.own_tensors = [t for t in tensors if isinstance(t, Tensor)]

    def open(self, reading: Reading) -> Iterator[Element]:
        """The elements of a new pass."""
        raise NotImplementedError

    def rows(self, reading: Reading) -> Rows | None:
        """A new pass as numbers of rows, where the elements are rows of arrays in some order."""
        return None

    def batches(self, reading: Reading) -> Rows | None:
        """A new pass as numbers of rows, a batch at a time, where the elements are batches of rows of arrays."""
        return None

    @property
    def tensors(self) -> list[Tensor]:
        """The tensors of the graph that it and the stages before it need."""
        found: dict[Tensor, None] = {}
        todo: list[Stage] = [self]
        seen: set[Stage] = set()
        while todo:
            stage = todo.pop()
            if stage not in seen:
                seen.add(stage)
                found.update(dict.fromkeys(stage.own_tensors))
                todo.extend(stage.before)
        return list(found)


class RowStage(Stage):
    """A stage whose elements may be rows of arrays: then it gives them one by one as their numbers say."""

    def open(self, reading: Reading) -> Iterator[Element]:
        """The elements of a new pass."""
        rows = self.rows(reading)
        return self.one_by_one(reading) if rows is None else _each(rows)

    def one_by_one(self, reading: Reading) -> Iterator[Element]:
        """The elements of a new pass, where they are no rows of arrays."""
        raise NotImplementedError


def _each(rows: Rows) -> Iterator[Element]:
    for numbers in rows.numbers:
        for i in numbers.tolist():
            yield [np.array(a[i], a.dtype) for a in rows.arrays]


def number(value: Any, what: str, least: int | None = None) -> int | Tensor:
    """A count for a stage: an int, or an int64 tensor if that is what the caller gives.

    Raises:
        TypeError: it is no whole number. InvalidArgumentError: it is less than `least`.
    """
    if isinstance(value, Tensor) or hasattr(value, "__tensor__"):
        tensor = convert(value)
        if tensor.dtype.kind not in "iu":
            raise TypeError(f"{what} must be an integer, got {tensor}.")
        known = tensor.spec.value
        if known is None:
            return tensor if tensor.dtype is int64 else tensor.graph.apply("Cast", tensor, dtype=int64)
        value = known.item()
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{what} must be an integer, got {value!r}.")
    check_least(int(value), what, least)
    return int(value)
