"""Reverse-mode differentiation: `gradients` adds the backward operations to the graph of the forward ones.

Creation order is a topological order (rule G1), so one sweep over the operations between `xs` and `ys`, from the last
to the first, meets every operation after all its consumers: no recursion and no sorting, however long the chain. An
operation's rule is the `vjp` of its `OpDef`, written in graph operations, so the result can be differentiated again.
Broadcasting is undone here, in one place, and never inside a rule.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Collection, Container, Iterable, Sequence
from typing import Any

from kerasflow.core import shapes
from kerasflow.core.graph import Graph, graph_of
from kerasflow.core.influence import influences
from kerasflow.core.tensor import IndexedSlices, Operation, Tensor
from kerasflow.core.types import variant
from kerasflow.core.variables import Variable

__all__ = ["AggregationMethod", "UnconnectedGradients", "gradients"]


class UnconnectedGradients(enum.Enum):
    """What `gradients` gives where there is no way from ``xs`` to ``ys``: None, or zeros."""

    NONE = "none"
    ZERO = "zero"


class AggregationMethod:
    """Ways in which TensorFlow adds up the gradients that meet at a tensor; here there is one, and no choice."""

    ADD_N = 0
    DEFAULT = ADD_N
    EXPERIMENTAL_TREE = 1
    EXPERIMENTAL_ACCUMULATE_N = 2


def gradients(
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    name: str = "gradients",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: bool = False,
    aggregation_method: Any = None,
    stop_gradients: Any = None,
    unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
) -> list[Any]:
    """The derivatives of the sum of all `ys` by each of `xs`: ``sum_i grad_ys[i] . d ys[i] / d x``.

    Args:
        ys: a tensor or a list of them.
        xs: a tensor or variable, or a list of them.
        grad_ys: one tensor per `ys`, of its shape: the vector that multiplies from the left; None stands for ones.
        name: the scope of the new operations.
        stop_gradients: tensors that count as constants; a derivative by one of them is still found.
        unconnected_gradients: whether to give None or zeros where there is no way, see `UnconnectedGradients`.
        colocate_gradients_with_ops, gate_gradients, aggregation_method: accepted and without effect.

    Returns:
        One tensor per `xs`, of its shape; None where `ys` do not depend on it through differentiable operations, or
        one of them is not of a floating-point or complex type.
        The gradient of a gather is an `IndexedSlices`.

    Raises:
        LookupError: an operation on the way is not differentiable.
        TypeError: one of `ys` is complex and has no `grad_ys`. ValueError: `unconnected_gradients` is neither.

    >>> x = tf.constant(3.0)
    >>> tf.Session().run(tf.gradients(x * x, x))
    [np.float32(6.0)]
    """
    try:
        fills = UnconnectedGradients(unconnected_gradients) is UnconnectedGradients.ZERO
    except ValueError:
        raise ValueError(f"Unknown value for unconnected_gradients: {unconnected_gradients!r}") from None
    ys, xs = _listed(ys), _listed(xs)
    graphs = [graph_of([v], building=False) for v in (*ys, *xs)] or [graph_of(())]
    graph = max(graphs, key=lambda g: len(g.enclosing))
    with graph.as_default():
        ys = [graph.adopt(graph.convert(y), "gradients") for y in ys]
        xs = [_source(x, graph) for x in xs]
        stopped = [] if stop_gradients is None else [_source(s, graph) for s in _listed(stop_gradients)]
    stops = {t for level in (graph, *graph.enclosing) for s in stopped for t in _tensors_of(s, level)}
    with graph.as_default(), graph.name_scope(name or "gradients"):
        seeds = _seeds(graph, ys, _listed(grad_ys) if grad_ys is not None else [None] * len(ys))
        totals: list[list[Any]] = [[] for _ in xs]
        pending = {graph: seeds}
        for level, sources, entries in _levels(graph, xs):
            swept = _sweep([t for ts in sources for t in ts] + list(entries), pending.pop(level, {}), stops)
            for terms, ts in zip(totals, sources, strict=True):
                terms += [swept.get(t) for t in ts]
            for inner, outer in entries.items():
                if swept[inner] is not None:
                    pending.setdefault(outer.graph, {}).setdefault(outer, []).append(swept[inner])
        found = [_total(terms) for terms in totals]
        return [_zeros(graph, x) if g is None and fills else g for x, g in zip(xs, found, strict=True)]


def _zeros(graph: Graph, x: Any) -> Tensor:
    zeros: Tensor = graph.apply("ZerosLike", graph.convert(x))
    return zeros


def _levels(graph: Graph, xs: Sequence[Any]) -> list[tuple[Graph, list[list[Tensor]], dict[Tensor, Tensor]]]:
    """The graphs to walk through, from `graph` outwards, as far as there are `xs`: the tensors of each that stand for
    each of `xs`; and, of a loop's or branch's inside, the inputs by which the way leads on, with the tensors outside.
    """
    levels: list[Any] = [graph, *graph.enclosing]  # all but the last are bodies
    sources = [[_tensors_of(x, level) for x in xs] for level in levels]
    while len(levels) > 1 and not any(sources[-1]):
        levels.pop()
        sources.pop()
    entries: list[dict[Tensor, Tensor]] = [{} for _ in levels]
    origins = [[t for ts in s for t in ts] for s in sources]
    for k in range(len(levels) - 2, -1, -1):
        for j in range(k + 1, len(levels)):
            there = {i: o for i, o in levels[k].entries.items() if o.graph is levels[j] and o.dtype.is_differentiable}
            leads = influences(list(there.values()), origins[j], gradients=True)
            entries[k] |= {i: o for (i, o), found in zip(there.items(), leads, strict=True) if found}
        origins[k] += entries[k]
    return list(zip(levels, sources, entries, strict=True))


def _sweep(xs: Iterable[Tensor], pending: dict[Tensor, list[Any]], stops: set[Tensor]) -> dict[Tensor, Any]:
    """The derivatives by `xs`, from those that are `pending`."""
    wanted = dict.fromkeys(t for t in xs if t.dtype.is_differentiable)  # a set in order
    found: dict[Tensor, Any] = {}
    operations, path = _between(wanted, list(pending), stops)
    for operation in reversed(operations):
        found.update(_step_back(operation, pending, path, wanted, stops))
    for x in wanted:
        if x not in found:
            found[x] = _total(pending.pop(x, []))
    return found


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _source(x: Any, graph: Graph) -> Any:
    """The variable or tensor that `x` is, in `graph` or in one around it."""
    if isinstance(x, Tensor) and x.op.opdef.last:
        x = x.op.attrs["variable"]
    if hasattr(x, "variable"):  # a weight, which is a variable in each graph
        x = x.variable(graph)
    if isinstance(x, Variable):
        return x
    x = graph.convert(x)
    return x if x.graph in graph.enclosing else graph.adopt(x, "gradients")


def _tensors_of(x: Any, graph: Graph) -> list[Tensor]:
    """The tensors of `graph` that stand for `x`: itself, or every reading of a variable."""
    if isinstance(x, Variable):
        return graph.readings(x) if graph.root is x.graph else []
    return [x] if x.graph is graph else []


def _seeds(graph: Graph, ys: list[Tensor], grad_ys: Sequence[Any]) -> dict[Tensor, list[Any]]:
    pending: dict[Tensor, list[Any]] = {}
    if len(grad_ys) != len(ys):
        raise ValueError(f"grad_ys must have one tensor for each of the {len(ys)} ys, got {len(grad_ys)}.")
    for y, g in zip(ys, grad_ys, strict=True):
        if g is None:
            if y.dtype.is_complex:
                raise TypeError(f"The gradient of the complex tensor {y} needs grad_ys: the direction to take it in.")
            if not y.dtype.is_floating:
                continue
            g = graph.apply("OnesLike", y, name="grad_ys")
        else:
            g = graph.convert(g, y.dtype)
            if not shapes.compatible(g.dims, y.dims):
                raise ValueError(f"The gradient {g} cannot have another shape than {y}.")
        pending.setdefault(y, []).append(g)
    return pending


def _between(xs: Collection[Tensor], ys: list[Tensor], stops: set[Tensor]) -> tuple[list[Operation], set[Tensor]]:
    """The operations on a way from `xs` to `ys`, in creation order, and the tensors on those ways.

    A way ends where it meets one of `stops`; it may begin there.
    """
    above: set[Operation] = set()
    todo = [y.op for y in ys if y not in stops]
    lowest = min((x.op.index for x in xs), default=0)
    while todo:
        operation = todo.pop()
        if operation in above or operation.index < lowest:
            continue
        above.add(operation)
        todo.extend(t.op for t in operation.operands if t not in stops)
    path = set(xs)
    between = []
    for operation in sorted(above, key=lambda o: o.index):
        if any(t in path for t in operation.operands):
            between.append(operation)
            path.update(t for t in operation.outputs if t.dtype.is_differentiable and t not in stops)
    return between, path


def _step_back(
    operation: Operation,
    pending: dict[Tensor, list[Any]],
    path: set[Tensor],
    wanted: Container[Tensor],
    stops: Container[Tensor],
) -> dict[Tensor, Any]:
    """Hand the gradients of an operation's outputs on to its inputs; returns those that were asked for."""
    totals = [_total(pending.pop(t, [])) for t in operation.outputs]
    found = {t: g for t, g in zip(operation.outputs, totals, strict=True) if t in wanted}
    totals = [None if t in stops else g for t, g in zip(operation.outputs, totals, strict=True)]
    if all(g is None for g in totals):
        return found
    vjp = operation.opdef.vjp
    if vjp is None:
        raise LookupError(
            f"{operation.type} {operation.name!r} is not differentiable, and a gradient through it was asked for; it "
            f"was created at {operation.created_at}."
        )
    graph = operation.graph
    with graph.name_scope(f"{operation.name}_grad"):
        single = len(totals) == 1
        g = _dense(totals[0], graph) if single else [_dense(t, graph) for t in totals]
        wanted_inputs = ([x in path for x in operation.operands],) if operation.opdef.selective else ()
        for x, gx in zip(operation.operands, vjp(operation, g, *wanted_inputs), strict=True):
            if gx is not None and x in path:
                pending.setdefault(x, []).append(_like(x, gx, operation))
    return found


def _like(x: Tensor, g: Any, operation: Operation) -> Any:
    """`g` summed over the axes along which `x` was broadcast."""
    if isinstance(g, IndexedSlices) or not operation.opdef.elementwise:
        return g
    if shapes.is_static(x.dims) and x.dims == g.dims:
        return g
    return x.graph.apply("SumTo", g, x)


def _dense(g: Any, graph: Graph) -> Any:
    return graph.convert(g) if isinstance(g, IndexedSlices) else g


def _total(terms: Iterable[Any]) -> Any:
    terms = [g for g in terms if g is not None]
    if len(terms) < 2:
        return terms[0] if terms else None
    graph: Graph = terms[0].graph
    if terms[0].dtype is variant:
        return functools.reduce(functools.partial(graph.apply, "AddLists"), terms)
    if not all(isinstance(g, IndexedSlices) for g in terms):
        return graph.apply("AddN", *[graph.convert(g) for g in terms])
    values = graph.apply("ConcatV2", *[g.values for g in terms], axis=0)
    indices = graph.apply("ConcatV2", *[g.indices for g in terms], axis=0)
    return IndexedSlices(values, indices, terms[0].dense_shape)
