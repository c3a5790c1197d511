"""`Scan`: a function of state and a row of each of some arrays, applied to one row after the other.

It is what recurrent layers are made of. A `Scan` is a `While` whose number of rounds is known when it begins, which
takes round t's items from row t of arrays, and gives what it keeps of round t as row t of arrays: so nothing is
allocated in a round, and a compiled round reads and writes its rows where they are. Time is the first axis.

The gradient is another `Scan` through the same rounds in opposite order. A gradient by a matrix that the state or a row
is multiplied with is no sum in it: of all rounds together it is one product, of all rows with all gradients by rows.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.body import Body, Fixed, taken
from kerasflow.core.engine.passes import specialise
from kerasflow.core.engine.plan import make_plan
from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.graph import Graph, apply, graph_of
from kerasflow.core.opdef import op
from kerasflow.core.ops.reshaping import reshape
from kerasflow.core.ops.shape_of import shape
from kerasflow.core.ops.while_op import LOOP, Loop, Running, settled
from kerasflow.core.shapes import Dims
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import Spec

__all__: list[str] = []


class Recurrence(Loop):
    """What a `Scan` repeats: the items of round t are rows t of arrays, as is what is kept of it."""

    name = "Scan"
    patience = 100  # rather than rounds by themselves the loop is compiled, with what is around it

    @functools.cached_property
    def size(self) -> int:
        """The number of operations in a round."""
        given, seen = set(self.inputs), set()
        todo = [*self.results, *self.kept]
        while todo:
            t = todo.pop()
            if t.op not in seen and t not in given:
                seen.add(t.op)
                todo.extend(t.op.inputs)
        return len(seen)

    @staticmethod
    def stack_of(value: Spec, rounds: Spec) -> Spec:
        """What the values `value` of so many rounds are kept in."""
        count = None if rounds.value is None else int(rounds.value)
        return Spec(value.dtype, None if value.shape is None else (count, *value.shape))

    @staticmethod
    def item_of(stack: Spec, known: Dims) -> Dims:
        """The shape of the values in `stack`, where `known` is known of it already."""
        return known if stack.shape is None else shapes.merge(stack.shape[1:], known)

    def trimmed(
        self, specs: Sequence[Spec], used: tuple[bool, ...]
    ) -> tuple[Any, Sequence[int], Sequence[int], set[int]]:
        """The loop with no more than the outputs `used` take, the numbers of the inputs and outputs that are left, and
        of the inputs that are read for their shapes alone.
        """
        loop: Any
        loop, values, outputs = self.narrowed(used)
        inputs = [0, *[1 + i for i in values]]
        if len(inputs) == len(specs) and len(outputs) == len(used):
            loop = self
        first = len(loop.carries) + len(loop.fixed)
        taken: list[Any] = [specs[i] for i in inputs[1:]]
        given = [Spec(s.dtype, s.shape[1:] if k >= first else s.shape) for k, s in enumerate(taken)]
        key = tuple(given)
        if key not in loop.found:
            loop.found[key] = _unread(loop, given)
        return loop, inputs, outputs, {inputs[1 + k] for k in loop.found[key]}

    def rounds(self, operation: Operation, stacks: Sequence[Tensor]) -> Tensor:
        """How many rounds there have been: as many as there are rows, which is known when shapes are."""
        limit = operation.inputs[0]
        return limit if limit.spec.value is not None or not stacks else shape(stacks[0])[0]

    def factors(self, t: Tensor, same: Fixed) -> Sequence[tuple[Tensor, Tensor]]:
        """If `t` is a sum of products of matrices over their rows, such as a gradient by weights: the matrices."""
        terms = t.op.inputs if t.op.type == "AddN" else (t,)
        pairs = [(s.op.inputs[0], s.op.inputs[1]) for s in terms if _is_sum_over_rows(s)]
        apart = len(pairs) == len(terms) and not any(x in same for pair in pairs for x in pair)
        return pairs if apart else ()

    @staticmethod
    def of_all_rounds(stacks: Sequence[Sequence[Tensor]]) -> Tensor:
        """The sum over all rounds of products of matrices over their rows, given all these matrices in pairs."""
        products = [apply("MatMul", _rows(x), _rows(y), transpose_a=True) for x, y in stacks]
        total: Tensor = products[0] if len(products) == 1 else apply("AddN", *products)
        return total


def _unread(loop: Recurrence, specs: Sequence[Spec]) -> set[int]:
    """The numbers of the fixed values and items of which a round reads no more than the shapes, when it has those."""
    plan = make_plan([*loop.results, *loop.kept], (), loop.inputs)
    specialise(plan, specs)
    read = {*plan.fetches, *[i for step in plan.steps for i in step.inputs]}
    return {k for k, n in enumerate(plan.feeds) if k >= len(loop.carries) and n not in read}


def _is_sum_over_rows(t: Tensor) -> bool:
    attrs = t.op.attrs
    if t.op.type != "MatMul" or not attrs.get("transpose_a", False) or attrs.get("transpose_b", False):
        return False
    return all(x.dims is not None and len(x.dims) == 2 for x in t.op.inputs)


def _rows(t: Tensor) -> Tensor:
    """All rows of a stack of matrices, as one matrix."""
    width = t.dims[2] if t.dims is not None else None
    return reshape(t, [-1, shape(t)[2] if width is None else width])


class _Scanning(Running):
    """A `Scan` in one session."""

    def run(self, limit: int, given: Sequence[Any]) -> list[Any]:
        """The values after the last round, the number of rounds, and what has been kept; nothing if there are none."""
        first, last = self._first_item, len(given)
        values = list(given)
        stacks = values[first:]
        for x in stacks:
            if len(x) != limit:
                raise InvalidArgumentError(None, None, f"expected sequences of {limit} rows, got one of {len(x)}")
        moving = self._moving
        kept: list[Any] = [None] * self._lists
        for count in range(limit):
            t = limit - 1 - count if self._backwards else count
            values[first:last] = [x[t, ...] for x in stacks]
            if count == 0 and self._hoist is not None:
                values += self._hoist(values)
            rows = [(k, values[i]) for k, i in self._passed]
            results = self._round(values)
            rows += zip(self._made, results[len(moving) :], strict=True)
            if count == 0:
                for k, row in rows:
                    kept[k] = np.empty((limit, *row.shape), row.dtype)
            for k, row in rows:
                if row.shape != kept[k].shape[1:]:
                    raise InvalidArgumentError(
                        None, None, f"all rounds must give one shape, got {kept[k].shape[1:]} and {row.shape}"
                    )
                kept[k][t] = row
            for j, result in zip(moving, results, strict=False):
                values[j] = result
        return [values, np.int32(limit), *kept]


def _infer(limit: Spec, *values: Spec, loop: Recurrence, changed: Any) -> tuple[Spec, ...]:
    first = len(loop.carries) + len(loop.fixed)
    for s in values[first:]:
        if s.shape is not None and limit.value is not None and not shapes.compatible(s.shape[:1], (int(limit.value),)):
            raise ValueError(f"expected sequences of {int(limit.value)} rows, got shape {shapes.show(s.shape)}")
    if limit.value is None:
        known = [s.shape[0] for s in values[first:] if s.shape is not None and s.shape[0] is not None]
        limit = limit._replace(value=np.array(known[0], limit.dtype.numpy)) if known else limit
    dims, kept = settled(loop, values)
    carried = [Spec(c.dtype, d) for c, d in zip(loop.carries, dims, strict=True)]
    stacks = [loop.stack_of(Spec(t.dtype, d), limit) for t, d in zip(loop.kept, kept, strict=True)]
    return (*carried, Spec(types.int32, (), limit.value), *stacks)


def _effort(limit: Spec, *values: Spec, loop: Recurrence, changed: Any) -> tuple[int, int]:
    return loop.size, loop.size * (1 if limit.value is None else int(limit.value))


def _trim(specs: Sequence[Spec], used: tuple[bool, ...], loop: Recurrence, changed: Any) -> tuple[Any, ...]:
    smaller, *rest = loop.trimmed(specs, used)
    return {"loop": smaller, "changed": changed}, *rest


@op("Scan", infer=_infer, effort=_effort, trim=_trim, **LOOP)
def _scan(runtime: Any, operation: Operation, limit: Any, *values: Any, loop: Recurrence, changed: Any) -> Any:
    running: _Scanning = runtime.state(loop, lambda: _Scanning(loop, runtime))
    states, count, *kept = running.run(int(limit), values)
    if limit == 0:
        _, dims = settled(loop, [Spec(types.as_dtype(v.dtype), v.shape) for v in values])
        kept = [np.zeros((0, *[n or 0 for n in d or ()]), t.dtype.numpy) for t, d in zip(loop.kept, dims, strict=True)]
    outputs = [*states[: len(loop.carries)], count, *kept]
    return outputs[0] if len(outputs) == 1 else outputs


Step = Callable[[list[Tensor], list[Tensor]], tuple[Sequence[Any], Sequence[Any]]]


def recur(
    step: Step,
    initial: Sequence[Any],
    sequences: Sequence[Any] = (),
    *,
    reverse: bool = False,
    length: Any = None,
    name: str | None = None,
) -> tuple[list[Tensor], list[Tensor]]:
    """State carried through the rows of arrays: ``state, outputs[t] = step(state, [s[t] for s in sequences])``.

    `step` is called once, while the graph is built; what it makes is computed for each t. Gradients flow through.

    Args:
        step: from a list of states and a list of rows, the next states, of the same types and shapes, and a list of
            outputs, which may be of any type and shape.
        initial: the states at the beginning.
        sequences: tensors with as many rows each, time first.
        reverse: whether to begin with the last row; row t of the outputs is still that of row t of the sequences.
        length: the number of rounds, an int or a scalar int tensor; needed where there are no sequences.
        name: the scope of the operations.

    Returns:
        The last states, and for each output an array whose row t is what it was in round t.

    Raises:
        ValueError: there is neither `length` nor a sequence, a sequence is a scalar, their lengths differ, or `step`
            gives other states than it takes. TypeError: `step` cannot be called, or changes the type of a state.

    >>> from kerasflow.core.ops.recurrence import recur
    >>> last, sums = recur(lambda s, x: ([s[0] + x[0]],) * 2, [0.0], [tf.constant([1.0, 2.0, 3.0])])
    >>> tf.Session().run([last, sums])
    [[np.float32(6.0)], [array([1., 3., 6.], dtype=float32)]]
    """
    if not callable(step):
        raise TypeError("step must be callable.")
    graph = graph_of([*initial, *sequences])
    with graph.name_scope(name or "recur") as scope:
        starts = [taken(graph, v, "recur") for v in initial]
        stacks = [taken(graph, v, "recur") for v in sequences]
        limit = _rounds(graph, stacks, length)
        body = Body(graph, f"the loop {scope[:-1]!r}")
        carries = [body.new_input(t.spec._replace(value=None), "Identity") for t in starts]
        items = [body.new_input(Spec(t.dtype, None if t.dims is None else t.dims[1:]), "row") for t in stacks]
        with body.as_default():
            states, outputs = step(list(carries), list(items))
            results = _states(states, body, carries)
            kept = [taken(body, v, "recur") for v in outputs]
        fixed, outside = body.captured()
        dims = [t.dims for t in starts]
        loop = Recurrence(body, None, carries, fixed, items, results, kept, dims, reverse)
        with graph.control_dependencies(body.waits):
            made = graph.apply("Scan", limit, *starts, *outside, *stacks, loop=loop, changed=body.changed, name="Scan")
    made = made if isinstance(made, tuple) else (made,)
    return list(made[: len(starts)]), list(made[len(starts) + 1 :])


def _rounds(graph: Graph, stacks: Sequence[Tensor], length: Any) -> Tensor:
    """The number of rounds."""
    if any(t.dims == () for t in stacks):
        raise ValueError("recur: a sequence must have rows, got a scalar.")
    if length is None:
        if not stacks:
            raise ValueError("recur takes length= where there are no sequences.")
        known = [t.dims[0] for t in stacks if t.dims is not None and t.dims[0] is not None]
        return graph.constant(np.array(known[0], np.int32), "length") if known else shape(stacks[0])[0]
    limit = graph.convert(length, name="length")
    if not limit.dtype.is_integer:
        raise TypeError(f"recur: length must be an integer, got {limit.dtype.name}.")
    return limit


def _states(given: Any, body: Body, carries: Sequence[Tensor]) -> list[Tensor]:
    """What `step` gave as the next states, as tensors of `body`."""
    if not isinstance(given, (list, tuple)) or len(given) != len(carries):
        raise ValueError(f"recur: step must give a list of {len(carries)} states, got {given!r}.")
    states = [
        taken(body, v, "recur", None if hasattr(v, "dtype") else c.dtype) for v, c in zip(given, carries, strict=True)
    ]
    for t, c in zip(states, carries, strict=True):
        if t.dtype is not c.dtype:
            raise TypeError(f"recur: step turns a state of type {c.dtype.name} into one of type {t.dtype.name}: {t}.")
        if not shapes.compatible(t.dims, c.dims):
            shown = f"{shapes.show(c.dims)} into one of shape {shapes.show(t.dims)}"
            raise ValueError(f"recur: step turns a state of shape {shown}: {t}.")
    return states
