"""Stages behind `tf.data.experimental`: elements of several data sets in turns, running states, and errors left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from kerasflow.core import nest
from kerasflow.core.errors import InvalidArgumentError, OpError
from kerasflow.core.types import bool as bool_type
from kerasflow.core.types import int64
from kerasflow.data import elements
from kerasflow.data.applying import ElementFunction
from kerasflow.data.elements import Component
from kerasflow.data.reading import Element, Reading, Stage

__all__ = ["Chosen", "Scanned", "Sound", "TakenWhile"]


class Chosen(Stage):
    """Elements of several stages, in the order that the numbers of another one say.

    Raises:
        TypeError: their elements differ in type, or the numbers are no int64 scalars.
    """

    def __init__(self, stages: Sequence[Stage], choices: Stage) -> None:
        for stage in stages[1:]:
            nest.check_same(stages[0].structure, stage.structure, "The elements of the datasets")
            if [c.dtype for c in stage.parts] != [c.dtype for c in stages[0].parts]:
                raise TypeError("The elements of the datasets must have the same types.")
        if choices.structure != Component(int64, ()):
            raise TypeError(f"The choices must be int64 scalars, got {choices.structure}.")
        parts = list(stages[0].parts)
        for stage in stages[1:]:
            parts = [elements.common(a, b) for a, b in zip(parts, stage.parts, strict=True)]
        super().__init__(nest.pack(stages[0].structure, parts), (*stages, choices))

    def open(self, reading: Reading) -> Iterator[Element]:
        """The elements; what is chosen from a stage that has ended is left out, until all have ended."""
        *passes, choices = [stage.open(reading) for stage in self.before]
        ended: set[int] = set()
        for [choice] in choices:
            number = int(choice)
            if not 0 <= number < len(passes):
                raise InvalidArgumentError(None, None, f"There are {len(passes)} datasets, {number} was chosen.")
            element = None if number in ended else next(passes[number], None)
            if element is not None:
                yield element
            else:
                ended.add(number)
                if len(ended) == len(passes):
                    return


class Scanned(Stage):
    """What a function gives, besides a new state, for the state so far and each element."""

    def __init__(self, before: Stage, state: Any, function: Callable[..., Any]) -> None:
        self._state = elements.flat_tensors(nest.leaves(state))
        self._call = ElementFunction(function, [elements.components(state), before.structure], "scan()")
        given = self._call.returned()
        if type(given) is not tuple or len(given) != 2:
            raise TypeError(f"The function of scan() must give a new state and an element, got {given!r}.")
        nest.check_same(state, given[0], "The state and what the function of scan() gives for it")
        new = elements.flat_tensors(nest.leaves(given[0]))
        for old, t in zip(self._state, new, strict=True):
            if elements.component_of(old).dtype is not t.dtype:
                raise TypeError(f"The function of scan() must give a state like the first one; got {t}.")
        self._made = self._call.computing([*new, *elements.flat_tensors(nest.leaves(given[1]))])
        super().__init__(elements.components(given[1]), (before,), [*self._call.captured, *self._state])

    def open(self, reading: Reading) -> Iterator[Element]:
        """What it gives, element by element."""
        run = self._call.bound(self._made, reading)
        state = [reading.value(s) for s in self._state]
        before = self.before[0]
        for element in before.open(reading):
            flat = run([*state, *elements.taken_apart(element, before.parts)])
            state = flat[: len(state)]
            yield elements.joined(flat[len(state) :], self.parts)


class TakenWhile(Stage):
    """The elements before the first for which a function is false. ValueError if it gives no boolean scalar."""

    def __init__(self, before: Stage, predicate: Callable[..., Any]) -> None:
        self._call = ElementFunction(predicate, before.structure, "take_while()")
        wanted = "The predicate of take_while() must give a scalar boolean"
        self._made = self._call.scalar(bool_type, ValueError, wanted)
        super().__init__(before.structure, (before,), self._call.captured)

    def open(self, reading: Reading) -> Iterator[Element]:
        """The first elements."""
        run = self._call.bound(self._made, reading)
        before = self.before[0]
        for element in before.open(reading):
            if not run(elements.taken_apart(element, before.parts))[0]:
                return
            yield element


class Sound(Stage):
    """The elements that can be made: one whose making fails is left out."""

    def __init__(self, before: Stage) -> None:
        super().__init__(before.structure, (before,))

    def open(self, reading: Reading) -> Iterator[Element]:
        """The others."""
        coming = self.before[0].open(reading)
        while True:
            try:
                element = next(coming, None)
            except OpError:
                continue
            if element is None:
                return
            yield element
