"""`If`: one of two functions, as a boolean says. Its gradient is another `If`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.body import Body, Fixed, Function, agreed, inferred
from kerasflow.core.graph import apply
from kerasflow.core.influence import influences
from kerasflow.core.opdef import op
from kerasflow.core.ops.backward import to_keep, way_back, with_shape, zeros_for
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import Spec

__all__: list[str] = []

Pair = tuple[Tensor | None, Tensor | None]


class Choice:
    """Two functions of which an `If` runs one.

    Args:
        bodies: the graphs they are in.
        inputs: for each, the tensors that are given to it.
        routes: for each, which values the operation takes for them, by number.
        pairs: for each output, where the two functions compute it; None where one of them does not. Those after the
            first `base` are kept for the way back only.
    """

    def __init__(
        self,
        bodies: tuple[Body, Body],
        inputs: Sequence[Sequence[Tensor]],
        routes: Sequence[Sequence[int]],
        pairs: Iterable[Pair],
    ) -> None:
        self.bodies = bodies
        self.inputs = [list(i) for i in inputs]
        self.routes = [list(r) for r in routes]
        self.pairs = list(pairs)
        self.base = len(self.pairs)
        self.found: dict[Any, Any] = {}  # what has been worked out for values of some shapes, to be found again
        self._functions: list[tuple[Function, list[int]]] = []
        self._narrowed: dict[Any, tuple[Choice, list[int], list[int]]] = {}

    @property
    def changed(self) -> tuple[Any, ...]:
        """The variables that are changed inside."""
        return tuple(dict.fromkeys(v for body in self.bodies for v in body.changed))

    def keep(self, operation: Operation, side: int, t: Tensor) -> Tensor:
        """The output of `operation` that is `t` of that side, for the way back."""
        pair: Pair = (None, t) if side else (t, None)
        if pair not in self.pairs:
            self.pairs.append(pair)
            operation.grow(Spec(t.dtype, t.dims))
        return operation.outputs[self.pairs.index(pair)]

    def narrowed(self, used: tuple[bool, ...] | None) -> tuple[Choice, list[int], list[int]]:
        """The choice with the outputs `used` alone; with it, the numbers of the values and outputs that are left."""
        if used is None:
            used = (True,) * self.base
        if used not in self._narrowed:
            kept = [k for k, u in enumerate(used) if u]
            pairs = [self.pairs[k] for k in kept]
            needed = []
            for side, inputs in enumerate(self.inputs):
                found = influences([t for p in pairs if (t := p[side]) is not None], inputs)
                needed.append(sorted(set().union(*found)))
            values = sorted({self.routes[side][i] for side in (0, 1) for i in needed[side]})
            given = [[self.inputs[side][i] for i in needed[side]] for side in (0, 1)]
            routes = [[values.index(self.routes[side][i]) for i in needed[side]] for side in (0, 1)]
            self._narrowed[used] = Choice(self.bodies, given, routes, pairs), values, kept
        return self._narrowed[used]

    def run(self, runtime: Any, side: int, values: Sequence[Any]) -> list[Any]:
        """The outputs, computed by one side."""
        if not self._functions:
            for b in (0, 1):
                places = [k for k, pair in enumerate(self.pairs) if pair[b] is not None]
                outputs = [t for pair in self.pairs if (t := pair[b]) is not None]
                self._functions.append((Function(self.inputs[b], outputs), places))
        function, places = self._functions[side]
        given = [values[i] for i in self.routes[side]]
        results: list[Any] = list(self._nothing(values))
        for k, value in zip(places, function.run(runtime, given), strict=True):
            results[k] = value
        return results

    def _nothing(self, values: Sequence[Any]) -> Sequence[Any]:
        """What takes the place of outputs that only the other side computes: zeros of their shapes."""
        if all(None not in pair for pair in self.pairs):
            return [None] * len(self.pairs)
        key = tuple([v.shape for v in values])
        if key not in self.found:
            of = {
                v: t.dtype
                for route, inputs in zip(self.routes, self.inputs, strict=True)
                for v, t in zip(route, inputs, strict=True)
            }
            given = [Spec(of[k], v.shape) for k, v in enumerate(values)]
            specs = _infer(Spec(types.bool, ()), *given, choice=self, changed=())
            dims = [[d or 0 for d in s.shape or (0,)] for s in specs]
            self.found[key] = [
                np.broadcast_to(np.zeros((), s.dtype.numpy), d) for s, d in zip(specs, dims, strict=True)
            ]
        nothing: Sequence[Any] = self.found[key]
        return nothing


def _infer(pred: Spec, *values: Spec, choice: Choice, changed: Any) -> tuple[Spec, ...]:
    if pred.dtype.kind != "b":
        raise TypeError(f"the predicate must be a bool, got {pred.dtype.name}")
    if not shapes.compatible(pred.shape, ()):
        raise ValueError(f"the predicate must be a scalar, got one of shape {shapes.show(pred.shape)}")
    known: list[dict[Tensor, Spec]] = []
    for side in (0, 1):
        outputs = [t for pair in choice.pairs if (t := pair[side]) is not None]
        given = [values[v]._replace(value=None) for v in choice.routes[side]]
        if all(shapes.is_static(t.dims) for t in outputs):
            known.append({t: t.spec for t in outputs})
        else:
            known.append(dict(zip(outputs, inferred(outputs, choice.inputs[side], given), strict=True)))
    specs = []
    for a, b in choice.pairs:
        if a is not None and b is not None:
            specs.append(Spec(a.dtype, agreed(known[0][a], known[1][b])))
        else:
            specs.extend(Spec(t.dtype, known[side][t].shape) for side, t in enumerate((a, b)) if t is not None)
    return tuple(specs)


def _narrow(operation: Operation, used: tuple[bool, ...] | None) -> tuple[Any, Any, Any]:
    choice, values, kept = operation.attrs["choice"].narrowed(used)
    inputs = (operation.inputs[0], *[operation.inputs[1 + i] for i in values])
    attrs = {"choice": choice, "changed": operation.attrs["changed"]}
    return attrs, inputs, tuple([operation.outputs[k] for k in kept])


def _vjp(operation: Operation, g: Any, wanted: list[bool]) -> list[Any]:
    choice: Choice = operation.attrs["choice"]
    gs = g if isinstance(g, list) else [g]
    values = operation.inputs[1:]
    sides = [_way_back_of(choice, side, gs, wanted[1:]) for side in (0, 1)]
    found = [v for v in range(len(values)) if any(v in grads for _, _, grads in sides)]
    taken = list(values)
    inputs, routes, results = [], [], []
    for side, (seeds, mark, grads) in enumerate(sides):
        body = choice.bodies[side]
        given, route = list(choice.inputs[side]), list(choice.routes[side])
        with body.as_default():
            for v in found:
                if v not in grads:
                    if v not in route:
                        given.append(body.new_input(values[v].spec, "Enter"))
                        route.append(v)
                    grads[v] = zeros_for(given[route.index(v)])
        results.append([grads[v] for v in found])
        kept = to_keep(results[-1], {*given, *seeds}, Fixed((), ()), mark)
        outside = [gs[k] for k in seeds.values()] + [choice.keep(operation, side, t) for t in kept]
        route += range(len(taken), len(taken) + len(outside))
        taken += outside
        inputs.append([*given, *seeds, *kept])
        routes.append(route)
    if not found:
        return [None] * len(wanted)
    back = Choice(choice.bodies, inputs, routes, zip(*results, strict=True))
    made = apply("If", operation.inputs[0], *taken, choice=back, changed=(), name="Merge")
    out: list[Any] = [None] * len(values)
    for v, t in zip(found, made if isinstance(made, tuple) else (made,), strict=True):
        out[v] = with_shape(t, values[v])
    return [None, *out]


def _way_back_of(
    choice: Choice, side: int, gs: list[Any], wanted: list[bool]
) -> tuple[dict[Tensor, int], int, dict[int, Tensor]]:
    """For one side: inputs for the gradients that come in, by number; the first operation that goes back; the gradients
    that go out, by the number of the value.
    """
    body, inputs, route = choice.bodies[side], choice.inputs[side], choice.routes[side]
    mark = len(body.get_operations())
    ys = {
        k: t
        for k, (g, pair) in enumerate(zip(gs, choice.pairs, strict=False))
        if (t := pair[side]) is not None and g is not None
    }
    xs = [i for i, v in enumerate(route) if wanted[v] and inputs[i].dtype.is_differentiable]
    seeds, grads = way_back(body, list(ys.values()), [inputs[i] for i in xs], inputs)
    found: dict[int, Tensor] = {}
    with body.as_default():
        for i, g in zip(xs, grads, strict=True):
            if g is not None:
                v = route[i]
                found[v] = g if v not in found else body.apply("AddN", found[v], g)
    return dict(zip(seeds, ys, strict=True)), mark, found


@op("If", infer=_infer, vjp=_vjp, narrow=_narrow, selective=True, stateful=True, alias=True, writes="changed")
def _if(runtime: Any, operation: Operation, pred: Any, *values: Any, choice: Choice, changed: Any) -> Any:
    results = choice.run(runtime, 0 if pred else 1, values)
    return results[0] if len(results) == 1 else results
