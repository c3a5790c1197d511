"""A traced run as a table: which operations took how long, and made how many bytes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kerasflow.debug.timeline import operation_of

__all__ = ["profile_table"]

_BY = ("type", "name", "scope")


def profile_table(run_metadata: Any, by: str = "type", rows: int | None = 20) -> str:
    """What a traced run spent its time on, the longest first.

    A traced run goes operation by operation; where operations are merged or compiled otherwise, they take less.

    Args:
        run_metadata: what a run with ``trace_level=tf.RunOptions.FULL_TRACE`` has filled.
        by: "type" or "name" of the operations, or their outermost "scope".
        rows: how many rows to show; None for all.

    Raises:
        ValueError: nothing was traced, or there is no such `by`.

    >>> metadata = tf.RunMetadata()
    >>> options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    >>> y = tf.Session().run(tf.exp(tf.zeros([1000])), options=options, run_metadata=metadata)
    >>> from kerasflow.debug import profile_table
    >>> print(profile_table(metadata).splitlines()[0])
    type count microseconds share bytes
    """
    if by not in _BY:
        raise ValueError(f"by must be one of {_BY}, got {by!r}.")
    nodes = [node for device in run_metadata.step_stats.dev_stats for node in device.node_stats]
    if not nodes:
        raise ValueError("The run was not traced: pass options=tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE).")
    sums: dict[str, list[float]] = {}
    for node in nodes:
        entry = sums.setdefault(_key(node, by), [0, 0.0, 0])
        entry[0] += 1
        entry[1] += (node.op_end_rel_nanos or 1000 * node.op_end_rel_micros) / 1000
        entry[2] += sum(m.total_bytes for m in node.memory)
    total = sum(e[1] for e in sums.values())
    ordered = sorted(sums.items(), key=lambda item: -item[1][1])
    table = [[by, "count", "microseconds", "share", "bytes"]]
    table += [_row(name, *entry, total) for name, entry in ordered[:rows]]
    rest = [entry for _, entry in ordered[len(table) - 1 :]]
    if rest:
        table.append(_row(f"({len(rest)} others)", *map(sum, zip(*rest, strict=True)), total))
    table.append(_row("all", *map(sum, zip(*sums.values(), strict=True)), total))
    return "\n".join(_aligned(table))


def _key(node: Any, by: str) -> str:
    if by == "type":
        return operation_of(node)
    name: str = node.node_name
    return name if by == "name" else name.partition("/")[0] if "/" in name else "(none)"


def _row(name: str, count: float, micros: float, size: float, total: float) -> list[str]:
    return [name, f"{count:.0f}", f"{micros:,.1f}", f"{micros / max(total, 1e-9):.1%}", f"{size:,.0f}"]


def _aligned(table: list[list[str]]) -> Iterable[str]:
    widths = [max(len(row[k]) for row in table) for k in range(len(table[0]))]
    for first, *others in table:
        cells = [text.rjust(w) for text, w in zip(others, widths[1:], strict=True)]
        yield "  ".join([first.ljust(widths[0]), *cells])
