"""`Loop`: an executable run over the mini-batches of a data set, many steps for each call from above.

What a training loop wants to know accumulates in variables, and is read when somebody asks; what a prediction gives is
written to its rows of an array. So all steps of a call can run as one: where a whole program is compiled, so is the
loop around it. The last step of a pass takes what is left, and has a program of its own: it is compiled when it, too,
comes often enough. Which of them are compiled, and how many steps a call asks for, changes what is computed by rounding
at most, and no row is ever left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from kerasflow.core.engine.executable import Executable

__all__ = ["Expected", "Loop"]

_AGAIN = 3

Arrays = Sequence[np.ndarray[Any, Any]]


class Expected:
    """How many steps there are going to be, and how many are left of them, by the size of their batch."""

    def __init__(self) -> None:
        self._total: dict[int, int] = {}
        self._taken: dict[int, int] = {}

    def more(self, size: int, steps: int) -> None:
        """So many more are expected."""
        self._total[size] = self._total.get(size, 0) + steps

    def take(self, size: int, steps: int) -> int:
        """So many are about to be run; gives how many there are going to be from now on, with these."""
        total, taken = self._total.get(size, 0), self._taken.get(size, 0)
        self._total[size], self._taken[size] = max(total, taken + steps), taken + steps
        return self._total[size] - taken

    def taken(self) -> list[tuple[int, int]]:
        """How many have been run."""
        return list(self._taken.items())

    def go_on(self, taken: Iterable[tuple[int, int]]) -> None:
        """Be where one was that gave `taken`."""
        self._taken = {size: steps for size, steps in taken}


class Loop:
    """Runs an executable on rows of `arrays`, one array for each of its feeds, of the fed tensor's type.

    Loops over parts of one data set share `expected`, which are the steps that are still to come.
    """

    def __init__(self, executable: Executable, arrays: Arrays, expected: Expected | None = None) -> None:
        self._executable = executable
        self._arrays = [np.require(a, None, ["C", "A"]) for a in arrays]
        self._buffers: list[np.ndarray[Any, Any]] = []
        self.expected = Expected() if expected is None else expected
        self._compiled: dict[tuple[int, bool], Any] = {}  # by the size of the batch, and whether in order

    def expect(self, count: int, batch_size: int, passes: int) -> None:
        """Note that `count` rows are to be run that many times: what pays then may be compiled at once.

        Where all this is likely to come again, all steps count for each size of a batch, and thrice.
        """
        full, rest = divmod(count, batch_size)
        for size, steps in ((batch_size, full), (rest, 1)):
            if size and steps:
                runs = _AGAIN * (full + bool(rest)) if self._executable.comes_again else steps
                self.expected.more(size, runs * passes)

    def run(self, rows: np.ndarray[Any, Any], batch_size: int) -> None:
        """One step for every `batch_size` of the row numbers `rows`; the last step takes what is left."""
        full = len(rows) // batch_size * batch_size
        for part, size in ((rows[:full], batch_size), (rows[full:], len(rows) - full)):
            if len(part):
                self._run_rows(part, size)

    def run_in_order(self, start: int, stop: int, batch_size: int, outputs: Arrays = ()) -> None:
        """As `run`, for the rows from `start` to `stop`; what is fetched is written to the same rows of `outputs`."""
        full = start + (stop - start) // batch_size * batch_size
        for first, last, size in ((start, full, batch_size), (full, stop, stop - full)):
            if first < last:
                self._run_slices(first, last, size, outputs)

    def _run_rows(self, rows: np.ndarray[Any, Any], size: int) -> None:
        special = None if self._executable.fetches else self._prepared(size, len(rows) // size)
        if special is not None:
            self._loop(special, size, in_order=False).run(rows)
            return
        for start in range(0, len(rows), size):
            self._executable.run(self._gather(rows[start : start + size]))

    def _run_slices(self, start: int, stop: int, size: int, outputs: Arrays) -> None:
        special = self._prepared(size, (stop - start) // size)
        if special is not None and _takes(special, outputs, size):
            self._loop(special, size, in_order=True).run(start, (stop - start) // size, outputs)
            return
        for first in range(start, stop, size):
            batch = slice(first, first + size)
            results = self._executable.run([a[batch] for a in self._arrays])
            for output, result in zip(outputs, results, strict=bool(outputs)):
                output[batch] = result

    def _prepared(self, size: int, steps: int) -> Any:
        """The program for batches of that size, if all of it is compiled, now that so many steps are to be run."""
        expected = self.expected.take(size, steps)
        if not self._arrays:
            return None
        special = self._executable.prepared([(size, *a.shape[1:]) for a in self._arrays], expected)
        return special if special is not None and special.whole is not None else None

    def _loop(self, special: Any, size: int, in_order: bool) -> Any:
        """The compiled loop round `special`."""
        loop = self._compiled.get((size, in_order))
        if loop is None or loop.segment is not special.whole:
            from kerasflow.core.engine.native.looping import Gathering, InOrder

            make = InOrder if in_order else Gathering
            loop = self._compiled[size, in_order] = make(special, self._executable.runtime, self._arrays, size)
        return loop

    def _gather(self, rows: np.ndarray[Any, Any]) -> list[np.ndarray[Any, Any]]:
        if not self._buffers or len(self._buffers[0]) < len(rows):
            self._buffers = [np.empty((len(rows), *a.shape[1:]), a.dtype) for a in self._arrays]
        # mode="clip" lets `take` write straight to `out`: many times faster than indexing.
        pairs = zip(self._arrays, self._buffers, strict=True)
        return [np.take(a, rows, 0, out=b[: len(rows)], mode="clip") for a, b in pairs]


def _takes(special: Any, outputs: Arrays, size: int) -> bool:
    """Whether compiled steps can write what is fetched straight to rows of `outputs`."""
    plan, segment = special.program.plan, special.whole
    if not segment.inputs or len(outputs) != len(plan.fetches) or sorted(plan.fetches) != sorted(segment.wanted):
        return False
    specs = [plan.specs[f] for f in plan.fetches]
    return all(
        s.shape == (size, *o.shape[1:]) and s.dtype.numpy == o.dtype and o.flags.c_contiguous and o.flags.aligned
        for s, o in zip(specs, outputs, strict=True)
    )
