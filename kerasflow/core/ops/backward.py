"""The way back through the body of a loop or branch, which `while_op` and `if_op` share.

The derivatives of a body are computed in the same graph as the body. What they need of the way there is kept by the
loop or branch in further outputs (`Operation.grow`), which a plan asks for only if it goes back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.autodiff import gradients
from kerasflow.core.body import Body, Fixed
from kerasflow.core.ops.lists import empty_list
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import variant

__all__: list[str] = []


def zeros_for(x: Tensor) -> Tensor:
    """Zero, as a gradient of the shape of `x`."""
    if x.dtype is variant:
        return empty_list()
    if shapes.is_static(x.dims) and (shapes.size(x.dims) or 0) <= 1:
        return x.graph.constant(np.zeros(x.dims or (), x.dtype.numpy), "zeros")
    zeros: Tensor = x.graph.apply("ZerosLike", x)
    return zeros


def with_shape(g: Tensor, x: Tensor) -> Tensor:
    """`g`, which has the shape of `x`; a list has the length of another's, or less."""
    if x.dtype is not variant:
        g.set_shape(x.dims)
    return g


def way_back(body: Body, ys: Sequence[Tensor], xs: Sequence[Tensor], inputs: Collection[Tensor]) -> tuple[Any, Any]:
    """The derivatives of `ys` by `xs`, where `inputs` are given, and inputs of the body for the gradients by `ys`."""
    seeds = [body.new_input(y.spec._replace(value=None), "grad_ys") for y in ys]
    if not seeds or not xs:
        return seeds, [None] * len(xs)
    found = gradients(list(ys), list(xs), grad_ys=seeds, stop_gradients=list(inputs))
    with body.as_default():
        return seeds, [None if g is None else body.convert(g) for g in found]


def to_keep(results: Iterable[Tensor], given: Collection[Tensor], fixed: Fixed, mark: int) -> list[Tensor]:
    """What of the way there is needed to compute `results`.

    Args:
        results: derivatives, computed by operations of a number from `mark` on.
        given: what is at hand on the way back.
        fixed: what is the same in each round of a loop, and is computed again.
    """
    kept: set[Tensor] = set()
    seen: set[Tensor] = set()
    todo = list(results)
    while todo:
        t = todo.pop()
        if t in seen or t in given:
            continue
        seen.add(t)
        if t.op.index < mark and t not in fixed:
            kept.add(t)
        else:
            todo.extend(t.op.operands)
    return sorted(kept, key=lambda t: (t.op.index, t.value_index))
