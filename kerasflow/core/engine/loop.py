"""`Loop`: an executable run over the mini-batches of a data set, many steps for each call from above.

Nothing comes back from a step: what a training loop wants to know accumulates in variables, and is read when somebody
asks. So an engine is free to run all steps of a call as one.
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

    def run(self, rows: np.ndarray[Any, Any], batch_size: int) -> None:
        """One step for every `batch_size` of the row numbers `rows`; the last step takes what is left."""
        for start in range(0, len(rows), batch_size):
            self._executable.run(self._gather(rows[start : start + batch_size], batch_size))

    def run_in_order(self, start: int, stop: int, batch_size: int, outputs: Sequence[Any] = ()) -> None:
        """As `run`, for the rows from `start` to `stop`; what is fetched is written to the same rows of `outputs`."""
        for first in range(start, stop, batch_size):
            batch = slice(first, min(first + batch_size, stop))
            results = self._executable.run([a[batch] for a in self._arrays])
            for output, result in zip(outputs, results, strict=bool(outputs)):
                output[batch] = result

    def _gather(self, rows: np.ndarray[Any, Any], batch_size: int) -> list[np.ndarray[Any, Any]]:
        if not self._buffers or len(self._buffers[0]) < len(rows):
            self._buffers = [np.empty((batch_size, *a.shape[1:]), a.dtype) for a in self._arrays]
        # mode="clip" lets `take` write straight to `out`: many times faster than indexing.
        pairs = zip(self._arrays, self._buffers, strict=True)
        return [np.take(a, rows, 0, out=b[: len(rows)], mode="clip") for a, b in pairs]
