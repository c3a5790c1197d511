"""The program's functions on elements: graphs of their own, run for each element in the session that reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from kerasflow.core import nest, shapes
from kerasflow.core.body import Body, Function, taken
from kerasflow.core.graph import Graph, default_graph
from kerasflow.core.naming import Names
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType
from kerasflow.core.types import bool as bool_type
from kerasflow.core.variables import Variable
from kerasflow.data import elements
from kerasflow.data.elements import Component
from kerasflow.data.reading import Element, Reading, Stage

__all__ = ["ElementFunction", "Filtered", "FlatMapped", "Held", "Interleaved", "Mapped", "Reduction", "held", "holding"]


class _Inside(Body):
    """The graph of a function that is called on elements; its operations have names and numbers of their own."""

    def __init__(self, outer: Graph, what: str) -> None:
        super().__init__(outer, what)
        self.names = Names()
        self._count = [0]
        self._scope = ""

    @property
    def live(self) -> set[Variable]:
        """Its variables: each is read when an element is made, not when the iterator starts."""
        return set(self._variables)


class Held(Stage):
    """Elements that are the value of a tensor: a data set within an element."""

    as_dataset: Callable[[Stage], Any]  # makes the data set of a stage; set by the room that defines data sets

    def __init__(self, tensor: Tensor, structure: Any) -> None:
        super().__init__(structure, tensors=[tensor])

    def open(self, reading: Reading) -> Iterator[Element]:
        """The elements."""
        return iter(held(reading.value(self.own_tensors[0])))


def holding(listed: list[Element]) -> np.ndarray[Any, Any]:
    """The value of a tensor that stands for a data set of these elements."""
    value = np.empty((), object)
    value[()] = listed
    return value


def held(value: Any) -> list[Element]:
    """The elements of a data set that is the value of a tensor."""
    found: list[Element] = np.asarray(value, object)[()]
    return found


class ElementFunction:
    """A function of the program, called once to build a graph.

    Args:
        function: takes an element, a tuple's items as arguments.
        structure: the nest of the element's components; a list of nests for as many elements.
        what: the method it was given to, for messages.

    Raises:
        TypeError: it cannot be called.
    """

    def __init__(self, function: Callable[..., Any], structure: Any, what: str) -> None:
        if not callable(function):
            raise TypeError(f"{what} takes a function, got {function!r}.")
        self.what = what
        self.body = _Inside(default_graph(), f"the function of {what}")
        self._inputs: list[Tensor] = []
        arguments = [self._argument(s) for s in (structure if isinstance(structure, list) else [structure])]
        with self.body.as_default():
            self.given = function(*(arguments[0] if len(arguments) == 1 and type(arguments[0]) is tuple else arguments))

    def _argument(self, structure: Any) -> Any:
        parts: list[Component] = nest.leaves(structure)
        flat = [self.body.new_input(spec, "arg") for c in parts for spec in c.specs]
        self._inputs += flat
        with self.body.as_default():
            values = elements.joined(flat, parts, SparseTensor)
            held = [
                v if c.inner is None else Held.as_dataset(Held(v, c.inner)) for v, c in zip(values, parts, strict=True)
            ]
            return elements.pack_values(structure, held)

    def returned(self) -> Any:
        """What it returned, as a nest of tensors; a list counts as a tuple. TypeError if it is something else."""
        with self.body.as_default():
            try:
                if self.given is None:
                    raise TypeError
                given = tuple(self.given) if isinstance(self.given, list) else self.given
                return elements.as_tensors(given, self.body)
            except TypeError:
                raise TypeError(
                    f"Unsupported return value from function passed to {self.what}: {self.given!r}."
                ) from None

    def scalar(self, dtype: DType, refusal: type[Exception], wanted: str) -> Function:
        """What computes the scalar of type `dtype` that it returned; if it is none, a `refusal` says what is wanted."""
        given = self.returned()
        if not isinstance(given, Tensor) or given.dtype is not dtype or not shapes.compatible(given.dims, ()):
            raise refusal(f"{wanted}, got {given}.")
        return self.computing([given])

    def computing(self, tensors: Sequence[Tensor]) -> Function:
        """What computes tensors of its graph, or of the graph around it, from an element and the captured values."""
        with self.body.as_default():
            outputs = [taken(self.body, t, self.what) for t in tensors]
        inner, _ = self.body.captured()
        return Function([*self._inputs, *inner], outputs)

    @property
    def captured(self) -> list[Tensor]:
        """The tensors of the graph around it that it uses."""
        return self.body.captured()[1]

    def bound(self, function: Function, reading: Reading) -> Callable[[Sequence[Any]], list[Any]]:
        """`function` with the captured values of `reading`: from an element's values to what it computes."""
        run = function.bind(reading.runtime)
        values = [reading.value(t) for t in self.captured]
        return (lambda flat: run([*flat, *values])) if values else run


class Mapped(Stage):
    """What a function gives for each element."""

    def __init__(self, before: Stage, function: Callable[..., Any], what: str = "Dataset.map()") -> None:
        self._call = ElementFunction(function, before.structure, what)
        given = self._call.returned()
        self._function = self._call.computing(elements.flat_tensors(nest.leaves(given)))
        super().__init__(elements.components(given), (before,), self._call.captured)

    def open(self, reading: Reading) -> Iterator[Element]:
        """What it gives, element by element."""
        run = self._call.bound(self._function, reading)
        before = self.before[0]
        if any(c.sparse for c in [*before.parts, *self.parts]):
            flat = (elements.taken_apart(e, before.parts) for e in before.open(reading))
            return (elements.joined(run(values), self.parts) for values in flat)
        return map(run, before.open(reading))


class Filtered(Stage):
    """The elements for which a function is true.

    Raises:
        ValueError: it does not give a boolean scalar.
    """

    def __init__(self, before: Stage, predicate: Callable[..., Any]) -> None:
        self._call = ElementFunction(predicate, before.structure, "Dataset.filter()")
        wanted = "The predicate of a filter must give a scalar boolean"
        self._function = self._call.scalar(bool_type, ValueError, wanted)
        super().__init__(before.structure, (before,), self._call.captured)

    def open(self, reading: Reading) -> Iterator[Element]:
        """The elements that are kept."""
        run = self._call.bound(self._function, reading)
        before = self.before[0]
        return (e for e in before.open(reading) if run(elements.taken_apart(e, before.parts))[0])


class _ToStages(Stage):
    """A function gives a data set for each element.

    Args:
        function: from an element to a data set.
        stage_of: the stage of what it returned. TypeError if that is no data set.
    """

    def __init__(
        self,
        before: Stage,
        function: Callable[..., Any],
        stage_of: Callable[[Any, str], Stage],
        what: str,
        *counts: Any,
    ) -> None:
        self._call = ElementFunction(function, before.structure, what)
        self._inner = stage_of(self._call.given, what)
        self._function = self._call.computing(self._inner.tensors)
        super().__init__(self._inner.structure, (before,), [*self._call.captured, *counts])

    def passes(self, reading: Reading) -> Iterator[Iterator[Element]]:
        """For each element, a pass over its data set."""
        run = self._call.bound(self._function, reading)
        before = self.before[0]
        for element in before.open(reading):
            values = run(elements.taken_apart(element, before.parts))
            yield self._inner.open(reading.within(dict(zip(self._inner.tensors, values, strict=True))))


class FlatMapped(_ToStages):
    """The elements of the data sets that a function gives, one after the other."""

    def __init__(self, before: Stage, function: Callable[..., Any], stage_of: Callable[[Any, str], Stage]) -> None:
        super().__init__(before, function, stage_of, "Dataset.flat_map()")

    def open(self, reading: Reading) -> Iterator[Element]:
        """All their elements."""
        for inner in self.passes(reading):
            yield from inner


class Interleaved(_ToStages):
    """The elements of the data sets that a function gives: in turns of `block` elements, from `cycle` of them."""

    def __init__(
        self, before: Stage, function: Callable[..., Any], stage_of: Callable[[Any, str], Stage], cycle: Any, block: Any
    ) -> None:
        super().__init__(before, function, stage_of, "Dataset.interleave()", cycle, block)
        self._cycle, self._block = cycle, block

    def open(self, reading: Reading) -> Iterator[Element]:
        """All their elements."""
        cycle = reading.number(self._cycle, "`cycle_length`", 1)
        block = reading.number(self._block, "`block_length`", 1)
        coming = self.passes(reading)
        opened: list[Iterator[Element] | None] = [None] * cycle
        at, taken_here, ended = 0, 0, False
        while not ended or any(inner is not None for inner in opened):
            inner = opened[at]
            element = None if inner is None else next(inner, None)
            if element is not None:
                yield element
                taken_here += 1
            elif inner is None and not ended:
                opened[at] = next(coming, None)
                ended = opened[at] is None
                continue
            else:
                opened[at] = None
            if element is None or taken_here == block:
                at, taken_here = (at + 1) % cycle, 0


class Reduction:
    """What a function of the state so far and an element makes of all elements.

    Raises:
        TypeError: it does not give what the initial state is.
    """

    def __init__(self, before: Stage, state: Any, function: Callable[..., Any]) -> None:
        self.before = before
        self.structure = elements.components(state)
        self._parts: list[Component] = nest.leaves(self.structure)
        self._call = ElementFunction(function, [self.structure, before.structure], "Dataset.reduce()")
        given = self._call.returned()
        nest.check_same(self.structure, elements.components(given), "The state and what the function of reduce() gives")
        flat = nest.leaves(given)
        for c, t in zip(self._parts, flat, strict=True):
            if t.dtype is not c.dtype or not shapes.compatible(t.dims, c.dims):
                raise TypeError(f"The function of Dataset.reduce() must give a state like the first one; got {t}.")
        self._function = self._call.computing(elements.flat_tensors(flat))

    @property
    def tensors(self) -> list[Tensor]:
        """The tensors of the graph that it needs, besides the first state."""
        return list(dict.fromkeys([*self.before.tensors, *self._call.captured]))

    def run(self, reading: Reading, state: Sequence[Any]) -> list[Any]:
        """The last state."""
        run = self._call.bound(self._function, reading)
        flat = list(state)
        for element in self.before.open(reading):
            flat = run([*flat, *elements.taken_apart(element, self.before.parts)])
        return flat
