"""What a run did, and how long each operation took: the `step_stats` of a `RunMetadata`.

A run that is traced goes operation by operation, as the graph has them: nothing is merged or compiled, so it shows
where the time goes, not how fast the run is otherwise.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflow.core.tensor import Operation

__all__ = ["Trace"]

_DEVICE = "/job:localhost/replica:0/task:0/device:CPU:0"


class Trace:
    """Writes what it observes into `run_metadata`, a message of the kind `RunMetadata`."""

    def __init__(self, run_metadata: Any) -> None:
        run_metadata.Clear()
        self._devices: dict[str, Any] = {}
        self._stats = run_metadata.step_stats

    def __call__(
        self, operation: Operation, inputs: Sequence[Any], outputs: Sequence[Any], begin: int, end: int
    ) -> None:
        """Note an operation."""
        node = self._nodes(operation).add(
            node_name=operation.name,
            all_start_micros=begin // 1000,
            op_start_rel_micros=0,
            op_end_rel_micros=-(-(end - begin) // 1000),
            all_end_rel_micros=-(-(end - begin) // 1000),
            all_start_nanos=begin,
            op_end_rel_nanos=end - begin,
            all_end_rel_nanos=end - begin,
            scheduled_micros=begin // 1000,
            thread_id=threading.get_ident() & 0x7FFFFFFF,
            timeline_label=f"{operation.name} = {operation.type}({', '.join(t.name for t in operation.inputs)})",
        )
        used = 0
        for slot, value in enumerate(outputs):
            used += self._describe(node.output.add(slot=slot).tensor_description, value)
        node.memory.add(allocator_name="cpu", total_bytes=used, peak_bytes=used, live_bytes=used)

    def _nodes(self, operation: Operation) -> Any:
        name = operation.device or _DEVICE
        if name not in self._devices:
            self._devices[name] = self._stats.dev_stats.add(device=name)
        return self._devices[name].node_stats

    @staticmethod
    def _describe(description: Any, value: Any) -> int:
        """Describe an output; gives its bytes."""
        array = np.asarray(value) if hasattr(value, "shape") and hasattr(value, "dtype") else np.zeros(())
        for size in array.shape:
            description.shape.dim.add(size=size)
        description.allocation_description.requested_bytes = array.nbytes
        description.allocation_description.allocator_name = "cpu"
        return int(array.nbytes)
