"""`Iterator`: a place in a data set, as operations of a graph. A session holds it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator as Elements
from typing import Any

import numpy as np

from kerasflow.core import nest, shapes
from kerasflow.core.errors import FailedPreconditionError, InvalidArgumentError, OutOfRangeError
from kerasflow.core.graph import apply, convert, default_graph
from kerasflow.core.opdef import op
from kerasflow.core.runtime import Runtime
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import Spec, string
from kerasflow.core.values import alone
from kerasflow.data import elements
from kerasflow.data.alone import fixed_reading
from kerasflow.data.elements import Component
from kerasflow.data.positions import Pass
from kerasflow.data.reading import Element, Reading, Stage

__all__ = ["Iterator", "Place", "initializable", "initializer_of", "one_shot"]

_MANY = 32  # calls of get_next() on one iterator: each adds operations, so it is not meant to be called in a loop


class Place:
    """What the operations of an iterator share: the key of its state in a session.

    Args:
        parts: the components of the elements.
        once: the stage that is read without an initializer, from its beginning.
    """

    def __init__(self, parts: list[Component], once: Stage | None = None) -> None:
        self.parts = parts
        self.once = once
        self.position: Operation | None = None  # what keeps where it is, for checkpoints

    def start(self, stage: Stage, reading: Reading, anew: bool = True) -> Elements[Element]:
        """Go to the beginning of `stage`, or where a checkpoint says if it is not `anew`; gives what comes."""
        coming: Elements[Element]
        if self.position is None:
            coming = stage.open(reading)
        else:
            coming = Pass(stage, reading, reading.runtime.kept(self.position), anew)
        reading.runtime.states[self] = coming
        return coming

    def next(self, runtime: Runtime) -> Element:
        """The next element's values, one for each tensor that stands for it."""
        coming: Elements[Element] | None = runtime.states.get(self)
        if coming is None:
            if self.once is None:
                raise FailedPreconditionError(
                    None, None, "The iterator is not initialized: run its initializer before you take elements from it."
                )
            coming = self.start(self.once, fixed_reading(self.once, runtime), anew=False)
        element = next(coming, None)
        if element is None:
            raise OutOfRangeError(None, None, "End of sequence")
        return elements.taken_apart(element, self.parts)


def _infer_next(place: Place) -> tuple[Spec, ...]:
    return tuple([spec for c in place.parts for spec in c.specs])


@op("MakeIterator", infer=lambda *values, place, stage: (), vjp=None, stateful=True)
def _make(runtime: Any, operation: Any, *values: Any, place: Place, stage: Stage) -> Any:
    place.start(stage, Reading.in_run(runtime, stage.tensors, values))
    return ()


@op("IteratorGetNext", infer=_infer_next, vjp=None, stateful=True)
def _get_next(runtime: Any, operation: Any, place: Place) -> Any:
    flat = place.next(runtime)
    return flat[0] if len(flat) == 1 else tuple(flat)


@op("IteratorToStringHandle", infer=lambda place: Spec(string, ()), vjp=None, stateful=True)
def _to_handle(runtime: Any, operation: Any, place: Place) -> Any:
    handles: dict[bytes, Place] = runtime.state(_HANDLES, dict)
    for handle, known in handles.items():
        if known is place:
            return np.array(handle, object)
    handle = f"iterator {len(handles)}".encode()
    handles[handle] = place
    return np.array(handle, object)


_HANDLES = "iterators by their handles"


def _infer_from_handle(handle: Spec, parts: tuple[Component, ...]) -> tuple[Spec, ...]:
    if handle.dtype is not string or not shapes.compatible(handle.shape, ()):
        raise TypeError(f"the handle of an iterator is a scalar string, got {handle}")
    return tuple([spec for c in parts for spec in c.specs])


@op("IteratorGetNextFromHandle", infer=_infer_from_handle, vjp=None, stateful=True)
def _get_next_from_handle(runtime: Any, operation: Any, handle: Any, parts: tuple[Component, ...]) -> Any:
    known: dict[bytes, Place] = runtime.state(_HANDLES, dict)
    place = known.get(alone(handle))
    if place is None:
        raise InvalidArgumentError(None, None, f"{handle!r} is no handle of an iterator of this session.")
    for c, wanted in zip(place.parts, parts, strict=len(place.parts) == len(parts)):
        if c.dtype is not wanted.dtype or not shapes.compatible(c.dims, wanted.dims):
            raise InvalidArgumentError(
                None, None, f"The iterator gives {c.specs[0]} where {wanted.specs[0]} is expected."
            )
    flat = place.next(runtime)
    return flat[0] if len(flat) == 1 else tuple(flat)


class Iterator:
    """A place in a data set: each run of what `get_next` gave takes the next element.

    `Dataset.make_one_shot_iterator` and `Dataset.make_initializable_iterator` make one for a data set, `from_structure`
    one that can go over several, `from_string_handle` one that is chosen when the graph runs.
    """

    def __init__(
        self,
        structure: Any,
        place: Place | None,
        initializer: Operation | None,
        handle: Any = None,
        stage: Stage | None = None,
    ) -> None:
        self._structure = structure
        self._place = place
        self._initializer = initializer
        self._handle = handle
        self._stage = stage
        self._calls = 0

    @staticmethod
    def from_structure(
        output_types: Any, output_shapes: Any = None, shared_name: str | None = None, output_classes: Any = None
    ) -> Iterator:
        """An iterator over any data set of elements like these; `make_initializer` starts it on one.

        Args:
            output_types: the types of the components, in their nest.
            output_shapes: their shapes; by default any.
            shared_name: accepted and without effect.
            output_classes: `tf.Tensor` or `tf.SparseTensor` for each; by default tensors.

        >>> small, large = tf.data.Dataset.range(2), tf.data.Dataset.range(10, 12)
        >>> iterator = tf.data.Iterator.from_structure(small.output_types, small.output_shapes)
        >>> x = iterator.get_next()
        >>> with tf.Session() as sess:
        ...     for dataset in (small, large):
        ...         sess.run(iterator.make_initializer(dataset))
        ...         print(sess.run(x), sess.run(x))
        0 1
        10 11
        """
        structure = elements.given_components(output_types, output_shapes, output_classes)
        return Iterator(structure, Place(nest.leaves(structure)), None)

    @staticmethod
    def from_string_handle(
        string_handle: Any, output_types: Any, output_shapes: Any = None, output_classes: Any = None
    ) -> Iterator:
        """The iterator whose handle `string_handle` is when the graph runs.

        Args:
            string_handle: a scalar string tensor; its value is what `string_handle()` of another iterator gave.
            output_types, output_shapes, output_classes: as for `from_structure`.

        >>> training = tf.data.Dataset.range(3).repeat().make_one_shot_iterator()
        >>> handle = tf.placeholder(tf.string, [])
        >>> x = tf.data.Iterator.from_string_handle(handle, training.output_types, training.output_shapes).get_next()
        >>> with tf.Session() as sess:
        ...     chosen = sess.run(training.string_handle())
        ...     sess.run([x + 10], {handle: chosen})
        [np.int64(10)]
        """
        structure = elements.given_components(output_types, output_shapes, output_classes)
        return Iterator(structure, None, None, convert(string_handle))

    @property
    def initializer(self) -> Operation:
        """What starts it at the beginning of its data set. ValueError if it has no data set of its own."""
        if self._initializer is None:
            raise ValueError("This iterator has no initializer: it is a one-shot one, or make_initializer() makes it.")
        return self._initializer

    def make_initializer(self, dataset: Any, name: str | None = None) -> Operation:
        """What starts it at the beginning of `dataset`.

        Raises:
            TypeError: the elements of `dataset` differ from those of the iterator in structure, type or shape.
        """
        if self._place is None:
            raise ValueError("An iterator that is chosen by a handle is initialized where the handle comes from.")
        stage: Stage = dataset._stage
        wanted, given = self._place.parts, stage.parts
        alike = len(wanted) == len(given) and all(
            a.dtype is b.dtype and a.sparse == b.sparse and _fits(b.dims, a.dims)
            for a, b in zip(wanted, given, strict=True)
        )
        if not alike:
            a, b = (elements.shown(s, lambda c: c.specs[0]) for s in (self._structure, stage.structure))
            raise TypeError(f"Expected a dataset of elements {a}, got one of {b}.")
        return initializer_of(self._place, stage, name)

    def keep_position(self) -> Operation:
        """The operation that keeps where the iterator is; with it, a `Saver` saves and restores that."""
        if self._place is None or self._stage is None:
            raise ValueError("Only the place of an iterator that was made for one data set can be saved.")
        if self._place.position is None:
            name = self._initializer.name if self._initializer else "OneShotIterator"
            kept: Tensor = apply("IteratorPosition", stage=self._stage, name=f"{name}/position")
            self._place.position = kept.op
        return self._place.position

    def get_next(self, name: str | None = None) -> Any:
        """The next element, as tensors in the structure of the data set's elements.

        Raises:
            OutOfRangeError: when it is run and there is none. FailedPreconditionError: the iterator is not initialized.
        """
        self._calls += 1
        if self._calls == _MANY + 1:
            warnings.warn(
                f"Iterator.get_next() was called more than {_MANY} times. Each call adds operations to the graph: call "
                "it once and run what it gave again and again.",
                stacklevel=2,
            )
        parts = nest.leaves(self._structure)
        if self._place is not None:
            made = default_graph().apply("IteratorGetNext", place=self._place, name=name)
        else:
            made = apply("IteratorGetNextFromHandle", self._handle, parts=tuple(parts), name=name or "IteratorGetNext")
        flat = list(made) if isinstance(made, tuple) else [made]
        return elements.pack_values(self._structure, elements.joined(flat, parts, SparseTensor))

    def string_handle(self, name: str | None = None) -> Tensor:
        """A scalar string that stands for this iterator in a session; see `from_string_handle`."""
        if self._place is None:
            return self._handle
        handle: Tensor = default_graph().apply("IteratorToStringHandle", place=self._place, name=name)
        return handle

    @property
    def output_types(self) -> Any:
        """The types of the components, in their nest."""
        return elements.mapped(lambda c: c.dtype, self._structure)

    @property
    def output_shapes(self) -> Any:
        """The shapes of the components, in their nest."""
        return elements.mapped(lambda c: shapes.TensorShape(c.dims), self._structure)

    @property
    def output_classes(self) -> Any:
        """`tf.Tensor` or `tf.SparseTensor` for each component, in their nest."""
        return elements.mapped(lambda c: SparseTensor if c.sparse else Tensor, self._structure)


def _fits(given: shapes.Dims, wanted: shapes.Dims) -> bool:
    """Whether all that has the shape `given` has the shape `wanted`."""
    if wanted is None:
        return True
    return (
        given is not None
        and len(given) == len(wanted)
        and all(w is None or w == g for g, w in zip(given, wanted, strict=True))
    )


def initializer_of(place: Place, stage: Stage, name: str | None) -> Operation:
    """What starts `place` at the beginning of `stage`."""
    tensors = stage.tensors
    graph = tensors[0].graph if tensors else default_graph()
    made: Operation = graph.apply("MakeIterator", *tensors, place=place, stage=stage, name=name or "MakeIterator")
    return made


def one_shot(stage: Stage) -> Iterator:
    """An iterator over `stage` without an initializer.

    Raises:
        ValueError: the data set depends on something that is fed, or may change from run to run.
    """
    seen: set[Operation] = set()
    todo = [t.op for t in stage.tensors]
    while todo:
        operation = todo.pop()
        if operation in seen:
            continue
        seen.add(operation)
        if operation.type.startswith("Placeholder") or operation.opdef.stateful:
            kind = "placeholder" if operation.type.startswith("Placeholder") else "stateful node"
            raise ValueError(
                f"Cannot capture a {kind} (name:{operation.name}, type:{operation.type}) by value. Use "
                "make_initializable_iterator()."
            )
        todo.extend(t.op for t in operation.inputs)
    return Iterator(stage.structure, Place(stage.parts, stage), None, stage=stage)


def initializable(stage: Stage) -> Iterator:
    """An iterator over `stage`, which its initializer starts."""
    place = Place(stage.parts)
    return Iterator(stage.structure, place, initializer_of(place, stage, None), stage=stage)
