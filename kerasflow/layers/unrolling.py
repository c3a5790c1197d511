"""One step of a recurrent network, written out for each time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kerasflow.core import ops

__all__ = ["unrolled"]

Step = Callable[[list[Any], list[Any]], tuple[Sequence[Any], Sequence[Any]]]


def unrolled(step: Step, initial: Sequence[Any], sequences: Sequence[Any], reverse: bool = False) -> tuple[Any, Any]:
    """What `recur` gives, from as many copies of the step as there are times."""
    rows = list(zip(*[ops.unstack(s) for s in sequences], strict=True))
    states, found = list(initial), []
    for row in reversed(rows) if reverse else rows:
        after, outputs = step(states, list(row))
        states = list(after)
        found.append(outputs)
    if reverse:
        found.reverse()
    return states, [ops.stack(values) for values in zip(*found, strict=True)]
