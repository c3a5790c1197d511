"""The recipe for sums of products over named axes: each pair of operands is a product of matrices."""

from __future__ import annotations

import math
from collections.abc import Collection

from kerasflow.core.engine.native.groups import Value
from kerasflow.core.engine.native.lowering import Lowering
from kerasflow.core.engine.native.places import alongside, permuted
from kerasflow.core.engine.native.products import products_of
from kerasflow.core.engine.native.table import Table
from kerasflow.core.engine.plan import Step

__all__ = ["RECIPES"]

RECIPES = Table()


class _Named:
    """An array with a letter for each axis."""

    def __init__(self, value: Value, letters: str) -> None:
        self.value = value
        self.letters = letters

    def size(self, letters: str) -> int:
        """The number of elements along these axes."""
        return math.prod(self.value.shape[self.letters.index(c)] for c in letters)

    def in_order(self, letters: str) -> Value:
        """The array with its axes in that order."""
        return permuted(self.value, [self.letters.index(c) for c in letters])

    def summed(self, t: Lowering, kept: Collection[str]) -> _Named:
        """The sums along the axes that are not kept."""
        gone = tuple(k for k, c in enumerate(self.letters) if c not in kept)
        letters = "".join(c for c in self.letters if c in kept)
        return _Named(t.reduce("sum", self.value, gone), letters) if gone else self


@RECIPES.add("f", "Einsum")
def _einsum(t: Lowering, step: Step) -> list[Value]:
    inputs, output = step.attrs["equation"].split("->")
    operands = [_Named(t.value(i), term) for i, term in zip(step.inputs, inputs.split(","), strict=True)]
    total = operands[0]
    for k, other in enumerate(operands[1:], 1):
        later = "".join(o.letters for o in operands[k + 1 :])
        total = _paired(t, total, other, set(output + later))
    return [total.summed(t, output).in_order(output)]


def _paired(t: Lowering, x: _Named, y: _Named, kept: set[str]) -> _Named:
    """The products of two operands, summed over the axes that are not kept."""
    x, y = x.summed(t, kept | set(y.letters)), y.summed(t, kept | set(x.letters))
    both = [c for c in x.letters if c in y.letters]
    batch = "".join(c for c in both if c in kept)
    inner = "".join(c for c in both if c not in kept)
    left = "".join(c for c in x.letters if c not in both)
    right = "".join(c for c in y.letters if c not in both)
    letters = batch + left + right
    shape = tuple(x.size(c) if c in x.letters else y.size(c) for c in letters)
    if not inner:
        pair = [alongside(v.value, shape, [letters.index(c) for c in v.letters]) for v in (x, y)]
        return _Named(t.map(lambda p, q: p * q, pair, shape), letters)
    groups = tuple(x.size(c) for c in batch)
    rows, terms, columns = x.size(left), x.size(inner), y.size(right)
    a = t.reshape(x.in_order(batch + left + inner), (*groups, rows, terms))
    b = t.reshape(y.in_order(batch + inner + right), (*groups, terms, columns))
    return _Named(t.reshape(products_of(t, a, b, (*groups, rows, columns)), shape), letters)
