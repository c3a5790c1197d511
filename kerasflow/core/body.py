"""`Body`: the graph of a loop's or a branch's inside, and `Function`, a part of it that an engine can run.

A loop is one operation of the graph it is in; what it repeats is a graph of its own (rule G1). While that graph is
built, operations on tensors from outside go to it: the first use of such a tensor makes an input of the body, which
stands for it from then on. Names, collections and variables are shared with the graph outside.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from kerasflow.core import stacks
from kerasflow.core.engine.inner import Inner
from kerasflow.core.engine.passes import infer_specs
from kerasflow.core.engine.plan import make_plan
from kerasflow.core.graph import Graph
from kerasflow.core.shapes import Dims
from kerasflow.core.tensor import IndexedSlices, Operation, Tensor
from kerasflow.core.types import Spec, variant
from kerasflow.core.variables import Variable

__all__ = ["Body", "Fixed", "Function", "agreed", "inferred", "taken", "written"]


class Body(Graph):
    """The graph inside of a loop or branch of the graph `outer`; `what` says in messages what it is the inside of."""

    def __init__(self, outer: Graph, what: str) -> None:
        super().__init__()
        self.outer = outer
        self.what = what
        self.enclosing = (outer, *outer.enclosing)
        self.names = outer.names
        self.seed = outer.seed
        self.state = outer.state
        self.waits: list[Operation] = []  # operations outside that have to run before
        self._collections = outer._collections
        self._open_devices = outer._open_devices
        self._gradients = outer._gradients
        self._count = outer._count
        self._lock = outer._lock
        self._scope = outer.names.scope
        self._captures: dict[Tensor, Tensor] = {}
        self._variables: dict[Variable, Tensor] = {}
        self._reads: dict[Variable, Tensor] = {}
        self._read_inside: set[Variable] = set()  # at a certain place, whether they are changed or not

    def __repr__(self) -> str:
        return self.what

    def building(self) -> Graph:
        """Where an operation on tensors of this body goes. ValueError outside of it."""
        top = stacks.graphs.top()
        if top is self:
            return self
        if top is None or self not in top.enclosing:
            raise ValueError(
                f"What is computed inside {self.what} can be used only there: return it from the function it is "
                "computed in, and use what the loop or branch gives."
            )
        inner: Graph = top
        return inner

    def apply(self, op: str, *inputs: Any, name: str | None = None, **attrs: Any) -> Any:
        """Add an operation, as `Graph.apply`."""
        made = super().apply(op, *inputs, name=name, **attrs)
        if self._reads and self.building() is self:
            for variable in written(self._operations[-1]):
                self._reads.pop(variable, None)
        return made

    # What comes from outside.

    def adopt(self, t: Tensor, operation: str) -> Tensor:
        """`t`, or the input that stands for it if it is a tensor from outside."""
        if t.op.graph is self or t.op.graph not in self.enclosing:
            return super().adopt(t, operation)
        found = self._captures.get(t)
        if found is None:
            found = self._captures[t] = self.new_input(t.spec, "Enter")
        return found

    def new_input(self, spec: Spec, name: str) -> Tensor:
        """An input; it waits for nothing."""
        with stacks.graphs.pushed(self), self._controls.block((), clears=True):
            with self.name_scope(f"{self._scope}/" if self._scope else None):
                found: Tensor = super().apply("Placeholder", name=name, dtype=spec.dtype, shape=spec.shape)
        found.spec = spec
        return found

    def captured(self) -> tuple[list[Tensor], list[Tensor]]:
        """The inputs that stand for something outside, and what that is.

        For a variable that has to be read in here it is no value, but leave to do so.
        """
        outside = list(self._captures)
        live = self.live
        for variable in self._variables:
            if variable in live:
                outside.append(_leave_to_read(self.outer, variable))
            else:
                outside.append(self.outer.adopt(self.outer.convert(variable), "read"))
        return [*self._captures.values(), *self._variables.values()], outside

    # Variables.

    @property
    def changed(self) -> tuple[Variable, ...]:
        """The variables that are changed in here."""
        return tuple(dict.fromkeys(v for o in self._operations for v in written(o)))

    @property
    def live(self) -> set[Variable]:
        """The variables that are read in here, and may have another value each time."""
        return {*self.changed, *self._read_inside}

    def read(self, variable: Variable, anew: bool = False) -> Tensor:
        """The value of `variable` at this place of the body; with `anew`, whether it is changed in here or not."""
        if anew:
            self._read_inside.add(variable)
        found = self._reads.get(variable)
        if found is None or anew:
            value = self.variable_input(variable)
            found = self._reads[variable] = self.apply("ReadInside", value, variable=variable, name="read")
        return found

    def variable_input(self, variable: Variable) -> Tensor:
        """The input for the value of `variable`."""
        if variable not in self._variables:
            self._variables[variable] = self.new_input(Spec(variable.dtype, variable.dims), "read/Enter")
        return self._variables[variable]

    def readings(self, variable: Variable) -> list[Tensor]:
        """The input that stands for the values of `variable`, if there is one."""
        return [self._variables[variable]] if variable in self._variables else []

    @property
    def entries(self) -> dict[Tensor, Tensor]:
        """The inputs that stand for tensors from outside, and these."""
        return {inner: outer for outer, inner in self._captures.items()}

    # Order and names.

    @contextlib.contextmanager
    def control_dependencies(self, control_inputs: Iterable[Any] | None) -> Iterator[None]:
        """As `Graph.control_dependencies`; what is outside runs before the loop or branch as a whole."""
        inside = []
        for c in control_inputs or ():
            element = self._element(c.values if isinstance(c, IndexedSlices) else c)
            operation = element.op if isinstance(element, Tensor) else element
            if isinstance(operation, Operation) and operation.graph in self.enclosing:
                self.waits += [operation] * (not operation.opdef.last)
            else:
                inside.append(element)
        with super().control_dependencies(None if control_inputs is None else inside):
            yield

    def _element(self, value: Any) -> Any:
        if hasattr(value, "fetched"):
            return value.fetched
        return self._named(value) if isinstance(value, str) else value

    def _named(self, name: str, allow_tensor: bool = True, allow_operation: bool = True) -> Any:
        if name.partition(":")[0] in self._by_name:
            return super()._named(name, allow_tensor, allow_operation)
        return self.outer._named(name, allow_tensor, allow_operation)


def taken(graph: Graph, value: Any, what: str, dtype: Any = None) -> Tensor:
    """`value` as a tensor of `graph`. TypeError if it is one of a layer, which has no graph yet."""
    t = graph.convert(value, dtype)
    if not isinstance(t, Tensor):
        raise TypeError(f"{what} takes tensors of a graph, got {t!r}: call it inside a Lambda layer.")
    return graph.adopt(t, what)


def _leave_to_read(graph: Graph, variable: Variable) -> Tensor:
    """What a loop or branch of `graph` takes as `variable` if it changes it: not the value, which it reads itself."""
    if isinstance(graph, Body):
        graph._read_inside.add(variable)
        return graph.variable_input(variable)
    if ("leave to read", variable) not in graph.state:
        attrs = {"variable": variable, "dtype": variable.dtype, "shape": variable.dims}
        with graph.as_default(), graph.control_dependencies(None), graph.name_scope(f"{variable.op.name}/"):
            graph.state["leave to read", variable] = graph.apply("LeaveToRead", name="inside", **attrs)
        variable.reads.append(graph.state["leave to read", variable])
    leave: Tensor = graph.state["leave to read", variable]
    return leave


def written(operation: Operation) -> tuple[Variable, ...]:
    """The variables that an operation changes."""
    attr = operation.opdef.writes
    variables = operation.attrs[attr] if attr else ()
    return variables if isinstance(variables, tuple) else (variables,)


def _common(a: Dims, b: Dims) -> Dims:
    """What two shapes agree on."""
    if a is None or b is None or len(a) != len(b):
        return None
    return tuple([x if x == y else None for x, y in zip(a, b, strict=True)])


class Fixed:
    """What is computed from `inputs` and constants alone, without state; variables keep their values but `changed`."""

    def __init__(self, inputs: Collection[Tensor], changed: Collection[Variable]) -> None:
        self._inputs = set(inputs)
        self._changed = set(changed)
        self._known: dict[Tensor, bool] = dict.fromkeys(inputs, True)

    def __contains__(self, t: Tensor) -> bool:
        todo = [t]
        while todo:
            x = todo[-1]
            unknown = [i for i in x.op.operands if i not in self._known] if self._may_be(x.op) else []
            if x in self._known or not unknown:
                todo.pop()
                if x not in self._known:
                    self._known[x] = self._may_be(x.op) and all([self._known[i] for i in x.op.operands])
            todo.extend(unknown)
        return self._known[t]

    def _may_be(self, o: Operation) -> bool:
        if o.control_inputs or o.type == "Placeholder":
            return False
        return not o.opdef.stateful or o.type == "ReadInside" and o.attrs["variable"] not in self._changed

    def behind(self, outputs: Iterable[Tensor], given: Collection[Tensor]) -> list[Tensor]:
        """What is fixed, and computed, of that which leads to `outputs` when `given` is there."""
        found: dict[Tensor, None] = {}
        seen = set(given)
        todo = list(outputs)
        while todo:
            t = todo.pop()
            if t in seen:
                continue
            seen.add(t)
            if t not in self:
                todo.extend(t.op.operands)
                todo.extend(x for c in t.op.control_inputs for x in c.operands)
            elif not self._inputs.isdisjoint(_tensors_above(t)):
                found[t] = None
        return list(found)


def _tensors_above(t: Tensor) -> set[Tensor]:
    seen: set[Tensor] = set()
    todo = [t]
    while todo:
        x = todo.pop()
        if x not in seen:
            seen.add(x)
            todo.extend(x.op.operands)
    return seen


def agreed(a: Spec, b: Spec) -> Dims:
    """What the shapes of two values agree on, of which one takes the place of the other; see `ListValue.shape`."""
    if a.dtype is variant and (0,) in (a.shape, b.shape):
        return b.shape if a.shape == (0,) else a.shape
    return _common(a.shape, b.shape)


class Function:
    """What computes the tensors `outputs` of a body from values of others, `inputs`.

    Inputs may be any tensors of the body: what would compute them is not run.
    """

    __slots__ = ("inputs", "outputs", "_texts", "__weakref__")

    def __init__(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
        self.inputs = tuple(inputs)
        self.outputs = tuple(outputs)
        self._texts = any(t.dtype.kind == "O" for t in outputs)

    def bind(self, runtime: Any, patience: int = 1) -> Callable[[Sequence[Any]], list[Any]]:
        """What computes the outputs in a session, as arrays or scalars, from arrays or scalars; see `Inner`."""
        made: Inner = runtime.state(self, lambda: Inner(self.outputs, self.inputs, runtime, patience))
        if not self._texts:
            return made.run
        return lambda values: [v if hasattr(v, "shape") else np.array(v, object) for v in made.run(values)]

    def run(self, runtime: Any, values: Sequence[Any]) -> list[Any]:
        """The outputs in a session."""
        return self.bind(runtime)(values)


def inferred(outputs: Sequence[Tensor], inputs: Sequence[Tensor], specs: Sequence[Spec]) -> list[Spec]:
    """What is known of `outputs` when that much is known of `inputs`."""
    plan = make_plan(outputs, (), inputs)
    infer_specs(plan, specs)
    return [plan.specs[f]._replace(value=None) for f in plan.fetches]
