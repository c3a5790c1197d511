"""Elements put together and taken apart: batches, padded batches, rows of batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from kerasflow.core import nest, shapes
from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.shapes import Dims
from kerasflow.core.sparse_tensor import SparseTensorValue
from kerasflow.core.tensor import Tensor
from kerasflow.core.values import stored, to_array
from kerasflow.data import elements
from kerasflow.data.elements import Component
from kerasflow.data.reading import Element, Numbers, Reading, Rows, Stage
from kerasflow.data.sources import columns_of

__all__ = ["Batched", "Padded", "Unbatched", "fill_of", "stacked"]


class _Gathered(Stage):
    """Every `size` elements as one; the last may have fewer unless it is dropped.

    Args:
        rows: the components of what a batch is made of.
        tensors: the tensors whose values are needed.
    """

    def __init__(
        self, before: Stage, size: int | Tensor, drop_rest: bool, rows: Sequence[Component], tensors: Sequence[Any] = ()
    ) -> None:
        known = size if drop_rest and isinstance(size, int) else None
        super().__init__(nest.pack(before.structure, [c.in_batch(known) for c in rows]), (before,), (size, *tensors))
        self._size = size
        self._drop_rest = drop_rest

    def size(self, reading: Reading) -> int:
        """The number of elements in a batch."""
        return reading.number(self._size, "Batch size", 1)

    def open(self, reading: Reading) -> Iterator[Element]:
        """The batches."""
        size = self.size(reading)
        together = self.stacking(reading)
        coming = self.before[0].open(reading)
        while batch := list(islice(coming, size)):
            if len(batch) == size or not self._drop_rest:
                yield [together(column, i) for i, column in enumerate(zip(*batch, strict=True))]

    def stacking(self, reading: Reading) -> Callable[[Sequence[Any], int], Any]:
        """What makes one value of the values of component `i`."""
        raise NotImplementedError


class Batched(_Gathered):
    """Every `size` elements as one, stacked along a new first axis."""

    def __init__(self, before: Stage, size: int | Tensor, drop_rest: bool) -> None:
        super().__init__(before, size, drop_rest, before.parts)

    def open(self, reading: Reading) -> Iterator[Element]:
        """The batches."""
        rows = self.before[0].rows(reading)
        if rows is None:
            return super().open(reading)
        # `take` is many times faster than indexing.
        return ([np.take(a, numbers, 0) for a in rows.arrays] for numbers in self.numbers(rows, reading))

    def batches(self, reading: Reading) -> Rows | None:
        """The row numbers of each batch, where the elements are rows of arrays."""
        rows = self.before[0].rows(reading)
        return None if rows is None else Rows(rows.arrays, self.numbers(rows, reading))

    def numbers(self, rows: Rows, reading: Reading) -> Iterator[Numbers]:
        """The numbers of `rows`, as many at a time as a batch takes."""
        size = self.size(reading)
        rest = np.empty(0, np.int64)
        for chunk in rows.numbers:
            chunk = np.concatenate([rest, chunk]) if len(rest) else chunk
            full = len(chunk) // size * size
            yield from chunk[:full].reshape(-1, size)
            rest = chunk[full:]
        if len(rest) and not self._drop_rest:
            yield rest

    def stacking(self, reading: Reading) -> Callable[[Sequence[Any], int], Any]:
        """What stacks the values of a component; InvalidArgumentError if their shapes differ."""
        return lambda values, i: _stacked_sparse(values, i) if self.parts[i].sparse else stacked(values, i)


def stacked(values: Sequence[np.ndarray[Any, Any]], i: int) -> np.ndarray[Any, Any]:
    """Arrays of one shape, stacked along a new first axis; they are those of component `i`."""
    first = values[0]
    shape = first.shape
    if not shape:
        return np.array([v[()] for v in values], first.dtype)
    for k, v in enumerate(values):
        if v.shape != shape:
            raise InvalidArgumentError(
                None,
                None,
                f"Cannot batch tensors with different shapes in component {i}. First element had shape "
                f"{list(shape)} and element {k} had shape {list(v.shape)}.",
            )
    return np.concatenate(values).reshape(len(values), *shape)


def _stacked_sparse(values: Sequence[Any], i: int) -> SparseTensorValue:
    shape = np.asarray(values[0].dense_shape)
    for k, v in enumerate(values):
        if len(v.dense_shape) != len(shape):
            raise InvalidArgumentError(
                None, None, f"Cannot batch sparse tensors of ranks {len(shape)} and {len(v.dense_shape)} (element {k})."
            )
        shape = np.maximum(shape, v.dense_shape)
    numbered = [np.insert(np.asarray(v.indices, np.int64), 0, k, axis=1) for k, v in enumerate(values)]
    return SparseTensorValue(
        np.concatenate(numbered),
        np.concatenate([np.asarray(v.values) for v in values]),
        np.array([len(values), *shape], np.int64),
    )


class Padded(_Gathered):
    """As `Batched`, with each component filled up to a shape; None in it stands for the largest size in the batch.

    Args:
        dims: for each component, the shape to fill up to.
        fills: for each, the value to fill up with, a scalar tensor.
    """

    def __init__(
        self, before: Stage, size: int | Tensor, drop_rest: bool, dims: Sequence[Dims], fills: Sequence[Any]
    ) -> None:
        if any(c.sparse for c in before.parts):
            raise TypeError("A padded batch of sparse components is not supported; use batch().")
        parts = []
        for c, wanted, fill in zip(before.parts, dims, fills, strict=True):
            if c.dims is not None and wanted is not None and len(c.dims) != len(wanted):
                raise ValueError(
                    f"The padded shape {shapes.show(wanted)} is not compatible with the component's "
                    f"{shapes.show(c.dims)}."
                )
            if elements.component_of(fill) != Component(c.dtype, ()):
                raise TypeError(f"A component of type {c.dtype.name} cannot be padded with {fill!r}.")
            parts.append(Component(c.dtype, wanted))
        super().__init__(before, size, drop_rest, parts, fills)
        self._fills = list(fills)
        self._dims = list(dims)

    def stacking(self, reading: Reading) -> Callable[[Sequence[Any], int], Any]:
        """What fills up and stacks the values of a component."""
        fills = [reading.value(f) for f in self._fills]
        return lambda values, i: _padded(values, self._dims[i], fills[i])


def _padded(values: Sequence[np.ndarray[Any, Any]], dims: Dims, fill: Any) -> np.ndarray[Any, Any]:
    largest = [max(sizes) for sizes in zip(*[v.shape for v in values], strict=True)]
    wanted = largest if dims is None else [s if d is None else d for s, d in zip(largest, dims, strict=True)]
    if any(s > w for s, w in zip(largest, wanted, strict=True)):
        raise InvalidArgumentError(
            None, None, f"An element of shape {largest} cannot be padded to the smaller shape {list(wanted)}."
        )
    if not wanted:
        return np.array([v[()] for v in values], values[0].dtype)
    found = np.full((len(values), *wanted), fill, values[0].dtype)
    for row, v in zip(found, values, strict=True):
        row[tuple([slice(s) for s in v.shape])] = v
    return found


class Unbatched(Stage):
    """The rows of the elements."""

    def __init__(self, before: Stage) -> None:
        for c in before.parts:
            if c.dims == ():
                raise ValueError("Cannot unbatch an input with scalar components.")
        super().__init__(nest.pack(before.structure, [c.row for c in before.parts]), (before,))

    def open(self, reading: Reading) -> Iterator[Element]:
        """The rows."""
        parts = self.before[0].parts
        for element in self.before[0].open(reading):
            columns = columns_of(element, parts)
            if len({len(column) for column in columns}) > 1:
                counts = [len(column) for column in columns]
                raise InvalidArgumentError(None, None, f"Cannot unbatch components with {counts} rows.")
            yield from map(list, zip(*columns, strict=True))


def fill_of(value: Any, component: Component) -> Any:
    """What a padded batch is filled up with: `value`, by default zero or nothing. TypeError if it does not fit."""
    if value is None:
        return np.array(b"", object) if component.dtype.kind == "O" else np.zeros((), component.dtype.numpy)
    return value if isinstance(value, Tensor) else np.array(stored(to_array(value, component.dtype)))
