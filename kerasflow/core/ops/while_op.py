"""`While`: a function repeated, on values that it hands from round to round. Its gradient is another `While`.

A loop takes `carries`, which a round replaces; `fixed` values, which are the same in all rounds; and lists, of which
round t takes item t. It gives the carries, the number of rounds, and lists to which each round adds an item. It ends
when a condition on the carries says so, or after a number of rounds that is known when it begins. Its gradient takes
the rounds in opposite order: the gradients by the carries are carried, those by fixed values are summed up in carries,
those by lists are lists, and what it needs of the rounds there has been comes in lists which the first loop keeps.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.body import Body, Fixed, Function, agreed, inferred
from kerasflow.core.influence import influences
from kerasflow.core.list_value import ListValue
from kerasflow.core.opdef import op
from kerasflow.core.ops.lists import item_of, list_of
from kerasflow.core.ops.loop_gradient import loop_gradient
from kerasflow.core.shapes import Dims
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import Spec

__all__: list[str] = []

_TRIALS = 8  # for shapes that change from round to round to be found out


class Loop:
    """What a `While` repeats; see `recurrence.Recurrence` for another kind of loop.

    Args:
        body: the graph that all of it is in.
        condition: whether there is another round, from carries and fixed values; None if their number is given.
        carries, fixed, items: the tensors that the values of a round are given to.
        results: the new carries.
        kept: what is added to the lists that the loop gives.
        dims: the shapes that the carries have in all rounds.
        backwards: whether the rounds are counted down.
        differentiable: whether gradients flow through it.
    """

    name = "While"  # of the operation
    patience = 1  # see `Inner`

    def __init__(
        self,
        body: Body,
        condition: Tensor | None,
        carries: Sequence[Tensor],
        fixed: Sequence[Tensor],
        items: Sequence[Tensor],
        results: Sequence[Tensor],
        kept: Sequence[Tensor],
        dims: Sequence[Dims],
        backwards: bool = False,
        differentiable: bool = True,
    ) -> None:
        self.body = body
        self.condition = condition
        self.carries = list(carries)
        self.fixed = list(fixed)
        self.items = list(items)
        self.results = list(results)
        self.kept = list(kept)
        self.dims = list(dims)
        self.backwards = backwards
        self.differentiable = differentiable
        self.base = len(self.carries) + 1 + len(self.kept)
        self.found: dict[Any, Any] = {}  # what has been worked out for values of some shapes, to be found again
        self._narrowed: dict[Any, tuple[Loop, list[int], list[int]]] = {}

    @property
    def bodies(self) -> tuple[Body]:
        """The graph that all of it is in."""
        return (self.body,)

    @property
    def inputs(self) -> list[Tensor]:
        """What the values of a round are given to."""
        return [*self.carries, *self.fixed, *self.items]

    def keep(self, operation: Operation, t: Tensor) -> Tensor:
        """The output of `operation` that is the list of the values of `t`."""
        if t not in self.kept:
            self.kept.append(t)
            operation.grow(self.stack_of(Spec(t.dtype, t.dims), operation.inputs[0].spec))
        return operation.outputs[len(self.carries) + 1 + self.kept.index(t)]

    def hoisted(self, outputs: Sequence[Tensor]) -> list[Tensor]:
        """What is the same in all rounds on the way to `outputs`: it is computed once, and given to all rounds."""
        return Fixed(self.fixed, self.body.live).behind(outputs, self.inputs)

    # How the values of all rounds go together.

    @staticmethod
    def stack_of(value: Spec, rounds: Spec) -> Spec:
        """What the values `value` of so many rounds are kept in."""
        return list_of(value.shape)

    @staticmethod
    def item_of(stack: Spec, known: Dims) -> Dims:
        """The shape of the values in `stack`, where `known` is known of it already."""
        return item_of(stack, known)

    def rounds(self, operation: Operation, stacks: Sequence[Tensor]) -> Tensor:
        """How many rounds there have been, when `stacks` are given."""
        return operation.outputs[len(self.carries)]

    def factors(self, t: Tensor, same: Fixed) -> Sequence[tuple[Tensor, Tensor]]:
        """Pairs of values of a round, if the sum of `t` over all rounds is better computed from those of all rounds at
        once, by the method `of_all_rounds`. `same` are the values that are the same in all rounds.
        """
        return ()

    def narrowed(self, used: tuple[bool, ...] | None) -> tuple[Loop, list[int], list[int]]:
        """The loop with no more than the outputs `used` take; with it, the numbers of the values (those after the
        limit) and of the outputs that are left.
        """
        if used is None:
            used = (True,) * self.base
        if used not in self._narrowed:
            self._narrowed[used] = self._narrow(used)
        return self._narrowed[used]

    def _narrow(self, used: tuple[bool, ...]) -> tuple[Loop, list[int], list[int]]:
        m, f = len(self.carries), len(self.fixed)
        kept = [k for k in range(len(self.kept)) if k + m + 1 < len(used) and used[k + m + 1]]
        asked = [] if self.condition is None else [self.condition]
        depends = influences([*self.results, *[self.kept[k] for k in kept], *asked], self.inputs)
        needed = set().union(*depends[m:], *[depends[j] | {j} for j in range(m) if used[j]])
        grown = True
        while grown:
            more = needed.union(*[depends[j] for j in needed if j < m])
            grown = len(more) > len(needed)
            needed = more
        numbers = sorted(needed)
        carries = [i for i in numbers if i < m]
        loop = type(self)(
            self.body,
            self.condition,
            [self.carries[i] for i in carries],
            [self.fixed[i - m] for i in numbers if m <= i < m + f],
            [self.items[i - m - f] for i in numbers if i >= m + f],
            [self.results[i] for i in carries],
            [self.kept[k] for k in kept],
            [self.dims[i] for i in carries],
            self.backwards,
        )
        return loop, numbers, [*carries, m, *[m + 1 + k for k in kept]]


class Running:
    """A loop in one session: its functions bound, and which value goes where."""

    def __init__(self, loop: Loop, runtime: Any) -> None:
        inputs = loop.inputs
        self._first_item = len(loop.carries) + len(loop.fixed)
        self._backwards = loop.backwards
        moving = [j for j, (c, r) in enumerate(zip(loop.carries, loop.results, strict=True)) if _source(r) is not c]
        place = {t: i for i, t in enumerate(inputs)}
        self._passed = [(k, place[s]) for k, t in enumerate(loop.kept) if (s := _source(t)) in place]
        passed = {k for k, _ in self._passed}
        made = [k for k in range(len(loop.kept)) if k not in passed]
        outputs = [*[loop.results[j] for j in moving], *[loop.kept[k] for k in made]]
        hoisted = loop.hoisted(outputs)
        self._hoist = _bound(inputs, hoisted, runtime) if hoisted else None
        given = [*inputs, *hoisted]
        self._round = _bound(given, outputs, runtime, loop.patience)
        self._condition = None if loop.condition is None else _bound(given, [loop.condition], runtime)
        self._moving = moving
        self._made = made
        self._lists = len(loop.kept)

    def run(self, limit: int, given: Sequence[Any]) -> list[Any]:
        first = self._first_item
        values = list(given)
        lists = values[first:]
        last = len(values)
        kept: list[list[Any]] = [[] for _ in range(self._lists)]
        condition, a_round, moving = self._condition, self._round, self._moving
        made = [kept[k] for k in self._made]
        passed = [(kept[k], i) for k, i in self._passed]
        count = 0
        while count != limit:
            if condition is not None and not condition(values)[0]:
                break
            if lists:
                t = limit - 1 - count if self._backwards else count
                values[first:last] = [x.get(t) for x in lists]
            if count == 0 and self._hoist is not None:
                values += self._hoist(values)
            for list_, i in passed:
                list_.append(values[i])
            results = iter(a_round(values))
            for j in moving:
                values[j] = next(results)
            for list_, value in zip(made, results, strict=False):
                list_.append(value)
            count += 1
        if self._backwards:
            for list_ in kept:
                list_.reverse()
        return [values, np.int32(count), *[ListValue.of(k) for k in kept]]


def _bound(
    inputs: Sequence[Tensor], outputs: Sequence[Tensor], runtime: Any, patience: int = 1
) -> Callable[[Sequence[Any]], Any]:
    """What computes `outputs` from values for all `inputs`, of which it takes what it needs."""
    needed = sorted(set().union(*influences(outputs, inputs)))
    call = Function([inputs[i] for i in needed], outputs).bind(runtime, patience)
    if len(needed) == len(inputs):
        return call
    if len(needed) > 1:
        get = operator.itemgetter(*needed)
        return lambda values: call(get(values))
    return lambda values: call([values[i] for i in needed])


def _source(t: Tensor) -> Tensor:
    """The tensor that `t` is, under another name."""
    while t.op.type == "Identity" and not t.op.control_inputs:
        t = t.op.inputs[0]
    return t


def _infer(limit: Spec, *values: Spec, loop: Loop, changed: Any) -> tuple[Spec, ...]:
    dims, kept = settled(loop, values)
    carried = [Spec(c.dtype, d) for c, d in zip(loop.carries, dims, strict=True)]
    return (*carried, Spec(types.int32, ()), *[list_of(d) for d in kept])


def settled(loop: Loop, values: Sequence[Spec]) -> tuple[Sequence[Dims], Sequence[Dims]]:
    """The shapes the carries have in all rounds, and those of what is kept, as far as the values' shapes tell."""
    m, f = len(loop.carries), len(loop.fixed)
    kept = [t.dims for t in loop.kept]
    if all(map(shapes.is_static, [*loop.dims, *kept])):
        return loop.dims, kept
    others = list(values[m : m + f])
    others += [Spec(t.dtype, loop.item_of(s, t.dims)) for s, t in zip(values[m + f :], loop.items, strict=True)]
    carried = [Spec(c.dtype, s.shape) for c, s in zip(loop.carries, values, strict=False)]
    for _ in range(_TRIALS):
        after = inferred([*loop.results, *loop.kept], loop.inputs, [*carried, *others])
        before, carried = carried, [Spec(s.dtype, agreed(s, t)) for s, t in zip(carried, after, strict=False)]
        if carried == before:
            dims = [shapes.merge(s.shape, d) for s, d in zip(carried, loop.dims, strict=True)]
            return dims, [s.shape for s in after[m:]]
    return loop.dims, kept


def narrow_loop(operation: Operation, used: tuple[bool, ...] | None) -> tuple[Any, Any, Any]:
    """The `narrow` of a loop, see `OpDef`."""
    loop, values, outputs = operation.attrs["loop"].narrowed(used)
    inputs = (operation.inputs[0], *[operation.inputs[1 + i] for i in values])
    attrs = {"loop": loop, "changed": operation.attrs["changed"]}
    return attrs, inputs, tuple([operation.outputs[k] for k in outputs])


LOOP: dict[str, Any] = {
    "vjp": loop_gradient,
    "narrow": narrow_loop,
    "selective": True,
    "stateful": True,
    "alias": True,
    "writes": "changed",
}


@op("While", infer=_infer, **LOOP)
def _while(runtime: Any, operation: Operation, limit: Any, *values: Any, loop: Loop, changed: Any) -> Any:
    running: Running = runtime.state(loop, lambda: Running(loop, runtime))
    results, *others = running.run(int(limit), values)
    outputs = [*results[: len(loop.carries)], *others]
    return outputs[0] if len(outputs) == 1 else outputs
