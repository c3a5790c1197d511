"""`Timeline`: a traced run in the format of Chrome's tracing view."""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["Timeline", "operation_of"]

_LABEL = re.compile(r"(?P<name>.*) = (?P<type>\w+)\((?P<inputs>.*)\)$")


class Timeline:
    """What a traced run did, for the page ``chrome://tracing`` and programs that read its files.

    Args:
        step_stats: that of a `RunMetadata`, which a run with ``trace_level=tf.RunOptions.FULL_TRACE`` has filled.
        graph: accepted and without effect.

    >>> x = tf.constant([1.0, 2.0])
    >>> metadata = tf.RunMetadata()
    >>> options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    >>> y = tf.Session().run(tf.exp(x), options=options, run_metadata=metadata)
    >>> import json
    >>> text = Timeline(metadata.step_stats).generate_chrome_trace_format()
    >>> [e["name"] for e in json.loads(text)["traceEvents"] if e["ph"] == "X"]
    ['Const', 'Exp']
    """

    def __init__(self, step_stats: Any, graph: Any = None) -> None:
        self._stats = step_stats

    def generate_chrome_trace_format(self, show_dataflow: bool = True, show_memory: bool = False) -> str:
        """The run as JSON text.

        Args:
            show_dataflow: whether to have arrows from each operation to those that take its outputs.
            show_memory: whether to have the bytes of the outputs that are there at each time.
        """
        events: list[dict[str, Any]] = []
        made: dict[str, tuple[int, int, int]] = {}  # where and when each operation ended
        arrows = 0
        for process, device in enumerate(self._stats.dev_stats):
            name = {"name": f"{device.device} Compute"}
            events.append({"name": "process_name", "ph": "M", "pid": process, "args": name})
            threads = {t: k for k, t in enumerate(dict.fromkeys(n.thread_id for n in device.node_stats))}
            for node in device.node_stats:
                thread = threads[node.thread_id]
                operation, inputs = _parts(node)
                start, length = node.all_start_micros, max(1, node.op_end_rel_micros)
                place = {"pid": process, "tid": thread}
                args = {"name": node.node_name, "op": operation}
                args.update({f"input{k}": text for k, text in enumerate(inputs)})
                events.append(
                    {"name": operation, "cat": "Op", "ph": "X", "ts": start, "dur": length, "args": args, **place}
                )
                for text in inputs if show_dataflow else ():
                    source = made.get(text.partition(":")[0])
                    if source is not None:
                        events += _arrow(arrows, text, source, (process, thread, start))
                        arrows += 1
                made[node.node_name] = (process, thread, start + length)
        if show_memory:
            events += self._memory()
        return json.dumps({"traceEvents": events}, indent=4)

    def _memory(self) -> list[dict[str, Any]]:
        """How many bytes of outputs there are, after each operation, until the last one that takes them has run."""
        nodes = sorted((n for d in self._stats.dev_stats for n in d.node_stats), key=lambda n: n.all_start_micros)
        last = {text.partition(":")[0]: k for k, node in enumerate(nodes) for text in _parts(node)[1]}
        sizes = {n.node_name: sum(m.total_bytes for m in n.memory) for n in nodes}
        ending: dict[int, int] = {}
        for name, k in last.items():
            ending[k] = ending.get(k, 0) + sizes.get(name, 0)
        events, live = [], 0
        for k, node in enumerate(nodes):
            live += sizes[node.node_name]
            at = node.all_start_micros + node.op_end_rel_micros
            events.append({"name": "cpu", "cat": "Memory", "ph": "C", "pid": 0, "ts": at, "args": {"bytes": live}})
            live -= ending.get(k, 0) + (sizes[node.node_name] if node.node_name not in last else 0)
        return events


def operation_of(node: Any) -> str:
    """The type of the operation that statistics are of."""
    return _parts(node)[0]


def _parts(node: Any) -> tuple[str, list[str]]:
    """The type of an operation and the names of its inputs."""
    found = _LABEL.match(node.timeline_label)
    if found is None:
        return node.timeline_label or "unknown", []
    return found["type"], [text for text in found["inputs"].split(", ") if text]


def _arrow(number: int, name: str, source: tuple[int, int, int], target: tuple[int, int, int]) -> list[dict[str, Any]]:
    common = {"name": name, "cat": "DataFlow", "id": number}
    (pid, tid, ts), (pid2, tid2, ts2) = source, target
    return [
        {**common, "ph": "s", "pid": pid, "tid": tid, "ts": ts},
        {**common, "ph": "t", "pid": pid2, "tid": tid2, "ts": ts2},
    ]
