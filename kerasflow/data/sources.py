"""Where elements come from: tensors, their rows, whole numbers, Python generators; and data sets side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from kerasflow.core import nest
from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.types import int64, string
from kerasflow.data import elements
from kerasflow.data.elements import Component
from kerasflow.data.reading import Element, Reading, Rows, RowStage, Stage
from kerasflow.io.gfile import Glob

__all__ = ["Concatenated", "FromTensors", "Generated", "Matching", "Numbered", "Slices", "Zipped", "columns_of"]


class FromTensors(Stage):
    """One element, the values of tensors and arrays."""

    def __init__(self, sources: Any) -> None:
        self._flat = elements.flat_tensors(nest.leaves(sources))
        super().__init__(elements.components(sources), tensors=self._flat)

    def open(self, reading: Reading) -> Iterator[Element]:
        """The one element."""
        yield elements.joined([np.array(reading.value(s)) for s in self._flat], self.parts)


class Slices(RowStage):
    """The rows of tensors and arrays that have as many each.

    Raises:
        ValueError: one is a scalar, or their numbers of rows differ.
    """

    def __init__(self, sources: Any) -> None:
        flat = nest.leaves(sources)
        whole = [elements.component_of(s) for s in flat]
        size: int | None = None
        for s, c in zip(flat, whole, strict=True):
            if c.dims == ():
                raise ValueError(f"Rows are taken of tensors that have some; {s!r} is a scalar.")
            rows = None if c.dims is None else c.dims[0]
            if rows is not None and size not in (None, rows):
                raise ValueError(f"Dimensions {size} and {rows} are not compatible: all tensors need as many rows.")
            size = rows if size is None else size
        self._whole = whole
        self._flat = elements.flat_tensors(flat)
        super().__init__(nest.pack(sources, [c.row for c in whole]), tensors=self._flat)

    def rows(self, reading: Reading) -> Rows | None:
        """All rows in order; None if there are sparse tensors."""
        if any(c.sparse for c in self._whole):
            return None
        arrays = [np.asarray(reading.value(s)) for s in self._flat]
        counts = {len(a) for a in arrays}
        if len(counts) > 1:
            raise InvalidArgumentError(None, None, f"All tensors need as many rows, got {sorted(counts)}.")
        return Rows(arrays, iter([np.arange(counts.pop())]))

    def one_by_one(self, reading: Reading) -> Iterator[Element]:
        """The rows, with those of sparse tensors as sparse values."""
        whole = elements.joined([reading.value(s) for s in self._flat], self._whole)
        return map(list, zip(*columns_of(whole, self._whole), strict=True))


def columns_of(values: Sequence[Any], parts: Sequence[Component]) -> list[list[Any]]:
    """The rows of each of the values of components, those of sparse ones as sparse values."""
    return [
        _sparse_rows(v) if c.sparse else [np.array(row, v.dtype) for row in v]
        for v, c in zip(values, parts, strict=True)
    ]


def _sparse_rows(value: Any) -> list[Any]:
    """The rows of a sparse value, each as one."""
    indices, values, dense = (np.asarray(v) for v in value)
    ends = np.searchsorted(indices[:, 0], np.arange(dense[0] + 1))
    return [
        elements.SparseTensorValue(indices[first:last, 1:], values[first:last], dense[1:])
        for first, last in zip(ends[:-1], ends[1:], strict=True)
    ]


class Matching(Stage):
    """The names of the files that match patterns, sorted."""

    def __init__(self, patterns: Any) -> None:
        super().__init__(Component(string, ()), tensors=[patterns])
        self._patterns = patterns

    def open(self, reading: Reading) -> Iterator[Element]:
        """Those there are now."""
        patterns = np.asarray(reading.value(self._patterns)).reshape(-1).tolist()
        names = sorted({name for p in patterns for name in Glob(p.decode() if isinstance(p, bytes) else p)})
        return ([np.array(name.encode(), object)] for name in names)


class Numbered(Stage):
    """The int64 numbers from `start` to before `stop`, `step` apart."""

    def __init__(self, start: Any, stop: Any, step: Any) -> None:
        super().__init__(Component(int64, ()), tensors=(start, stop, step))
        self._bounds = (start, stop, step)

    def open(self, reading: Reading) -> Iterator[Element]:
        """The numbers."""
        start, stop, step = (reading.number(b, "A bound of the range") for b in self._bounds)
        if step == 0:
            raise InvalidArgumentError(None, None, "The step of a range must not be zero.")
        return ([np.array(i, np.int64)] for i in range(start, stop, step))


class Generated(Stage):
    """What a Python generator yields.

    Args:
        generator: called at the beginning of each pass with the values of `arguments`; gives something to iterate over.
    """

    def __init__(self, generator: Callable[..., Any], structure: Any, arguments: Sequence[Any]) -> None:
        super().__init__(structure, tensors=arguments)
        self._generator = generator
        self._arguments = arguments

    def open(self, reading: Reading) -> Iterator[Element]:
        """What it yields this time."""
        for given in self._generator(*[np.array(reading.value(a)) for a in self._arguments]):
            try:
                values = _leaves_like(self.structure, given)
            except ValueError as e:
                raise InvalidArgumentError(None, None, str(e)) from None
            yield [elements.to_value(v, c, "`generator`") for v, c in zip(values, self.parts, strict=True)]


def _leaves_like(structure: Any, given: Any) -> list[Any]:
    """What `given` has in the places of the leaves of `structure`; what is there may be nested lists."""
    if isinstance(structure, Component):
        return [given]
    if isinstance(structure, dict):
        if not isinstance(given, dict) or set(given) != set(structure):
            raise ValueError(f"`generator` yielded {_brief(given)} where a dict of {sorted(structure)} was expected.")
        return [leaf for key in sorted(structure) for leaf in _leaves_like(structure[key], given[key])]
    if not isinstance(given, (tuple, list)) or len(given) != len(structure):
        raise ValueError(f"`generator` yielded {_brief(given)} where a tuple of {len(structure)} was expected.")
    return [leaf for s, g in zip(structure, given, strict=True) for leaf in _leaves_like(s, g)]


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 60 else f"{text[:57]}..."


class Zipped(Stage):
    """Elements of several stages, side by side; `structure` is a nest of stages. It ends with the shortest."""

    def __init__(self, structure: Any) -> None:
        stages = nest.leaves(structure)
        super().__init__(elements.mapped(lambda stage: stage.structure, structure), stages)

    def open(self, reading: Reading) -> Iterator[Element]:
        """One element of each at a time."""
        passes = [stage.open(reading) for stage in self.before]
        return ([v for element in together for v in element] for together in zip(*passes, strict=False))


class Concatenated(Stage):
    """The elements of one stage, then those of another.

    Raises:
        TypeError: their elements differ in their structure or types.
    """

    def __init__(self, first: Stage, second: Stage) -> None:
        if [c.dtype for c in first.parts] != [c.dtype for c in second.parts] or not _alike(first, second):
            a, b = (elements.shown(s.structure, lambda c: c.dtype.name) for s in (first, second))
            raise TypeError(f"Two datasets to concatenate have different types {a} and {b}.")
        parts = [elements.common(a, b) for a, b in zip(first.parts, second.parts, strict=True)]
        super().__init__(nest.pack(first.structure, parts), (first, second))

    def open(self, reading: Reading) -> Iterator[Element]:
        """Those of the first, then those of the second."""
        for stage in self.before:
            yield from stage.open(reading)


def _alike(first: Stage, second: Stage) -> bool:
    try:
        nest.check_same(first.structure, second.structure, "Two datasets")
    except (TypeError, ValueError):
        return False
    return True
