"""Rules for loops and branches, with graphs inside in ONNX, too: what they take from outside they see by its name.

A `Scan`, of which recurrent layers are made, is a Scan there, a `While` a Loop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.types import Spec
from kerasflow.onnx.errors import Inexpressible
from kerasflow.onnx.nodes import Graph, Nodes, Value, live

__all__ = ["RULES"]

_INDEX, _TRUTH = Spec(types.int64, ()), Spec(types.bool, ())


def _scan(w: Nodes, c: Any) -> Any:
    """The states are handed on, the rows and what is kept of the rounds are scanned; the rest is seen from inside."""
    _check_unchanging(c)
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


def _while(w: Nodes, c: Any) -> Any:
    """A Loop asks after each round whether there is another one; whether there is a first one is asked in front."""
    _check_unchanging(c)
    loop = c.attrs["loop"]
    if loop.items or loop.kept:
        raise Inexpressible("its rounds take or give lists, which have no form in ONNX")
    limit, *values = c.inputs
    m, name = len(loop.carries), c.operation.name
    starts, fixed = values[:m], values[m:]
    specs = [Spec(t.dtype, d) for t, d in zip(loop.carries, loop.dims, strict=True)]
    given = [
        (w.unique(f"{name}/{what}"), spec) for what, spec in (("round", _INDEX), ("go", _TRUTH), ("count", _INDEX))
    ]
    given += [(w.unique(f"{name}/state"), spec) for spec in specs]
    inside = Nodes(w)
    found = c.write(inside, loop.results, loop.inputs, [*[Value(*g) for g in given[3:]], *fixed], c.session)
    inside.scope = name
    count = inside.node("Add", given[2][0], np.int64(1))
    states = [inside.node("Identity", v) for v in found]
    after = [Value(n, v.spec) for n, v in zip(states, found, strict=True)]
    ends = [(_goes_on(inside, c, after, fixed), _TRUTH), (count, _INDEX)]
    ends += [(n, Spec(v.dtype, v.dims)) for n, v in zip(states, found, strict=True)]
    body = Graph(f"{name}/body", given, ends, live(inside.nodes, [n for n, _ in ends]))
    first = _goes_on(w, c, starts, fixed)
    w.scope = name
    unlimited = limit.array is not None and int(limit.array) < 0
    rounds = None if unlimited else w.reshape(w.sizes(limit), [])
    total, *names = w.node("Loop", rounds, first, np.int64(0), *starts, count=1 + m, body=body)
    return [*names, w.cast(total, types.int32)]


def _goes_on(w: Nodes, c: Any, states: list[Value], fixed: list[Value]) -> str:
    """Whether there is another round when the states are these."""
    loop = c.attrs["loop"]
    if loop.condition is None:
        return w.constant(np.asarray(True))
    (found,) = c.write(w, [loop.condition], loop.inputs, [*states, *fixed], c.session)
    w.scope = c.operation.name
    return str(w.node("Identity", found))


def _if(w: Nodes, c: Any) -> Any:
    """Both branches see the values that they take from outside."""
    _check_unchanging(c)
    choice = c.attrs["choice"]
    condition, *values = c.inputs
    if any(t is None for pair in choice.pairs for t in pair):
        raise Inexpressible("one branch computes what the other one does not")
    branches = []
    for side in (0, 1):
        inside = Nodes(w)
        given = [values[i] for i in choice.routes[side]]
        found = c.write(inside, [pair[side] for pair in choice.pairs], choice.inputs[side], given, c.session)
        inside.scope = c.operation.name
        ends = [(inside.node("Identity", v), Spec(v.dtype, v.dims)) for v in found]
        nodes = live(inside.nodes, [n for n, _ in ends])
        branches.append(Graph(f"{c.operation.name}/{'else' if side else 'then'}", [], ends, nodes))
    return w.node("If", condition, count=len(choice.pairs), then_branch=branches[0], else_branch=branches[1])


def _check_unchanging(c: Any) -> None:
    if c.attrs["changed"]:
        raise Inexpressible("it changes a variable, and a model of ONNX keeps nothing between its runs")


RULES: dict[str, Callable[[Nodes, Any], Any]] = {"If": _if, "Scan": _scan, "While": _while}
