"""Which tensors depend on which others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from kerasflow.core.tensor import Operation, Tensor

__all__ = ["influences"]


def influences(ys: Sequence[Tensor], xs: Sequence[Tensor], gradients: bool = False) -> list[set[int]]:
    """For each of `ys`, the numbers of the `xs` it depends on; with `gradients`, through differentiable types only."""
    operations = _above(ys, set(xs), controls=not gradients)
    reached = {x: 1 << k for k, x in enumerate(xs)}
    of_operation: dict[Operation, int] = {}
    for o in operations:
        bits = 0
        for t in o.operands:
            bits |= reached.get(t, 0)
        if not gradients:
            for c in o.control_inputs:
                bits |= of_operation.get(c, 0)
        elif o.opdef.vjp is not None and o.opdef.vjp.__name__ == "blocked":
            bits = 0
        of_operation[o] = bits
        for t in o.outputs:
            if not gradients or t.dtype.is_differentiable:
                reached.setdefault(t, bits)
    masks = [reached.get(y, 0) for y in ys]
    return [{k for k in range(len(xs)) if bits >> k & 1} for bits in masks]


def _above(ys: Iterable[Tensor], cut: Collection[Tensor], controls: bool) -> list[Operation]:
    """The operations that `ys` depend on, in creation order, cut at some tensors."""
    seen: set[Operation] = set()
    todo = [y.op for y in ys if y not in cut]
    while todo:
        o = todo.pop()
        if o not in seen:
            seen.add(o)
            todo.extend(t.op for t in o.operands if t not in cut)
            if controls:
                todo.extend(o.control_inputs)
    return sorted(seen, key=lambda o: o.index)
