"""Rules for loops: a `Scan`, of which recurrent layers are made, is a Scan in ONNX, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.types import Spec
from kerasflow.onnx.nodes import Graph, Nodes, Value, live

__all__ = ["RULES"]


def _scan(w: Nodes, c: Any) -> Any:
    """The states are handed on, the rows and what is kept of the rounds are scanned; the rest is seen from inside."""
    loop = c.attrs["loop"]
    limit, *values = c.inputs
    m, f = len(loop.carries), len(loop.fixed)
    starts, fixed, stacks = values[:m], values[m : m + f], values[m + f :]
    inside = Nodes(w)
    inside.scope = c.operation.name
    specs = [Spec(t.dtype, d) for t, d in zip(loop.carries, loop.dims, strict=True)]
    rows = [Spec(v.dtype, None if v.dims is None else v.dims[1:]) for v in stacks]
    given = [(w.unique(f"{c.operation.name}/state"), s) for s in specs]
    given += [(w.unique(f"{c.operation.name}/row"), s) for s in rows]
    if not stacks:  # ONNX wants to see by the rows how many rounds there are
        given.append((w.unique(f"{c.operation.name}/round"), Spec(types.int64, ())))
    known = [Value(name, spec) for name, spec in given]
    found = c.write(
        inside, [*loop.results, *loop.kept], loop.inputs, [*known[:m], *fixed, *known[m : m + len(stacks)]], c.session
    )
    ends = [(inside.node("Identity", v), Spec(v.dtype, v.dims)) for v in found]
    attrs: dict[str, Any] = {"num_scan_inputs": len(stacks) or 1}
    if loop.backwards:
        attrs["scan_input_directions"] = [1] * (len(stacks) or 1)
        attrs |= {"scan_output_directions": [1] * len(loop.kept)} if loop.kept else {}
    count = w.sizes(limit)
    scanned: list[Any] = stacks or [w.node("Range", np.int64(0), count, np.int64(1))]
    body = Graph(f"{c.operation.name}/body", given, ends, live(inside.nodes, [name for name, _ in ends]))
    names = w.node("Scan", *starts, *scanned, count=m + len(loop.kept), body=body, **attrs)
    names = [names] if isinstance(names, str) else names
    return [*names[:m], w.cast(count, types.int32), *names[m:]]


RULES: dict[str, Callable[[Nodes, Any], Any]] = {"Scan": _scan}
