"""`Loop`: an executable run over the mini-batches of a data set, many steps for each call from above.

Nothing comes back from a step: what a training loop wants to know accumulates in variables, and is read when somebody
asks. So all steps of a call can run as one: where the whole plan is compiled, so is the loop around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflow.core.engine.executable import Executable

__all__ = ["Loop"]


class Loop:
    """Runs an executable on rows of `arrays`, one array for each of its feeds, of the fed tensor's type."""

    def __init__(self, executable: Executable, arrays: Sequence[np.ndarray[Any, Any]]) -> None:
        self._executable = executable
        self._arrays = [np.ascontiguousarray(a) for a in arrays]
        self._buffers: list[np.ndarray[Any, Any]] = []
        self._compiled: Any = None

    def run(self, rows: np.ndarray[Any, Any], batch_size: int) -> None:
        """One step for every `batch_size` of the row numbers `rows`; the last step takes what is left."""
        full = len(rows) // batch_size
        done = full * batch_size if self._run_compiled(rows[: full * batch_size], batch_size) else 0
        for start in range(done, len(rows), batch_size):
            self._executable.run(self._gather(rows[start : start + batch_size], batch_size))

    def run_in_order(self, start: int, stop: int, batch_size: int, outputs: Sequence[Any] = ()) -> None:
        """As `run`, for the rows from `start` to `stop`; what is fetched is written to the same rows of `outputs`."""
        if not outputs and not self._executable.fetches:
            self.run(np.arange(start, stop), batch_size)
            return
        for first in range(start, stop, batch_size):
            batch = slice(first, min(first + batch_size, stop))
            results = self._executable.run([a[batch] for a in self._arrays])
            for output, result in zip(outputs, results, strict=bool(outputs)):
                output[batch] = result

    def _run_compiled(self, rows: np.ndarray[Any, Any], batch_size: int) -> bool:
        """Run all steps in compiled code, if the rule says so and all of the plan can be compiled."""
        steps = len(rows) // batch_size
        if steps < 2 or not self._arrays or self._executable.fetches:
            return False
        special = self._executable.prepared([(batch_size, *a.shape[1:]) for a in self._arrays], steps)
        if special.whole is None:
            return False
        if self._compiled is None or self._compiled.segment is not special.whole:
            from kerasflow.core.engine.native.looping import CompiledLoop

            self._compiled = CompiledLoop(special, self._executable.runtime, self._arrays, batch_size)
        self._compiled.run(rows)
        return True

    def _gather(self, rows: np.ndarray[Any, Any], batch_size: int) -> list[np.ndarray[Any, Any]]:
        if not self._buffers or len(self._buffers[0]) < len(rows):
            self._buffers = [np.empty((batch_size, *a.shape[1:]), a.dtype) for a in self._arrays]
        # mode="clip" lets `take` write straight to `out`: many times faster than indexing.
        pairs = zip(self._arrays, self._buffers, strict=True)
        return [np.take(a, rows, 0, out=b[: len(rows)], mode="clip") for a, b in pairs]
