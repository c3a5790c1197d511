"""`Optimizer`: from a loss to an operation that changes variables so that it falls.

The rule is the class: a subclass declares its slots (state kept beside each variable), names its hyper-parameters,
and writes its law as one function, `rule`. All else is here: gradients, slots, names, sparse gradients, constraints,
the step counter.

A rule works in place. ``slot.assign_add(...)`` and its kin change a variable where it lies and give the new value, so a
line of a rule is a line of the paper, and no result is computed in one place to be copied to another. What is computed
before the first assignment sees the old values; operations run in the order in which a rule writes them down.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from kerasflow.core import ops
from kerasflow.core.autodiff import gradients
from kerasflow.core.graph import Graph, convert, default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.scopes import group
from kerasflow.core.tensor import IndexedSlices, Operation, Tensor
from kerasflow.core.types import DType
from kerasflow.core.variables import Cell, Variable
from kerasflow.train.checks import checked_pairs, flat_variables, names, scalar, widest
from kerasflow.train.slots import State

__all__ = ["Optimizer"]

Pairs = Sequence[tuple[Any, Variable]]


class Optimizer:
    """The base of all optimizers: ``minimize`` = ``compute_gradients``, then ``apply_gradients``.

    A subclass states `slots`, `settings` and `rule`, and calls this constructor.

    Args:
        use_locking: accepted and without effect: the runs of a session do not overlap.
        name: of the operation that `minimize` makes, and of the slots.

    Raises:
        ValueError: the name is empty.

    >>> class SignDescent(tf.train.Optimizer):
    ...     settings = ("rate",)
    ...     def __init__(self, rate):
    ...         super().__init__(False, "SignDescent")
    ...         self.rate = rate
    ...     def rule(self, h, g, x):
    ...         return (x.assign_sub(h.rate * tf.sign(g)),)
    >>> w = tf.Variable([3.0, -2.0])
    >>> step = SignDescent(0.5).minimize(tf.reduce_sum(w * w))
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     sess.run(step)
    ...     sess.run(w)
    array([ 2.5, -1.5], dtype=float32)
    """

    GATE_NONE = 0
    GATE_OP = 1
    GATE_GRAPH = 2

    slots: Mapping[str, Any] = {}  # the slots of a variable, in the order the rule takes them, and where each starts
    slot_names: Mapping[str, str] = {}  # what a slot's variables are called, where it is not the optimizer's name
    settings: tuple[str, ...] = ("learning_rate",)  # the attributes a rule finds in `h`: numbers, tensors, functions
    powers: Mapping[str, str] = {}  # `h` has the t-th power of a setting in step t, under the first of each two names
    rows_rest = False  # whether rows that an IndexedSlices gradient does not name keep their value and their slots

    def __init__(self, use_locking: bool, name: str) -> None:
        if not name:
            raise ValueError("An optimizer needs a name.")
        self._name = name
        # For weights that outlive graphs their slots do too: by the weight's cell, and as long as that is there.
        self._kept: weakref.WeakKeyDictionary[Cell, dict[str, Cell]] = weakref.WeakKeyDictionary()

    def __getstate__(self) -> dict[str, Any]:
        """A copy takes the settings along, and starts anew with the slots."""
        return {key: value for key, value in self.__dict__.items() if key != "_kept"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _kept=weakref.WeakKeyDictionary())

    # What a subclass writes.

    def rule(self, h: SimpleNamespace, g: Tensor, x: Variable, *slots: Variable) -> tuple[Tensor, ...]:
        """Add the operations that take one step; gives the new values of `x` and of each slot.

        Args:
            h: the settings, as numbers or scalar tensors of the type of `x`.
            g: the gradient, of the shape of `x`.
            x: the variable.
            slots: its slots, in the order of `self.slots`.
        """
        raise NotImplementedError(f"{type(self).__name__} has no rule.")

    def rule_of_rows(
        self, h: SimpleNamespace, g: IndexedSlices, x: Variable, *slots: Variable
    ) -> tuple[Tensor, ...] | None:
        """As `rule`, for a gradient that names rows, where it can be done by changing those alone; else None.

        It does not count in classes below that state another `rule`.
        """
        return None

    def prepare(self, h: SimpleNamespace) -> None:
        """Add to `h` what a rule takes from its settings alone, and which is the same for all variables of a type."""

    # What a program calls.

    def get_name(self) -> str:
        """The name given to the constructor."""
        return self._name

    def minimize(
        self,
        loss: Any,
        global_step: Variable | None = None,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: Any = None,
        colocate_gradients_with_ops: bool = False,
        name: str | None = None,
        grad_loss: Any = None,
    ) -> Operation:
        """An operation that takes one step downhill.

        Args:
            loss: the tensor to make small, or a function without arguments that gives it; a loss that is not a
                scalar is summed.
            global_step: a variable that counts the steps.
            var_list: the variables to change; by default the trainable ones of the graph.
            gate_gradients, aggregation_method, colocate_gradients_with_ops: accepted; runs are in order anyway.
            name: of the operation; by default the optimizer's.
            grad_loss: the gradient of what is really minimised by `loss`.

        Raises:
            ValueError: the loss depends on none of the variables, or there are none.
            TypeError: `var_list` holds something else than variables.

        >>> w = tf.Variable(4.0)
        >>> step = tf.train.GradientDescentOptimizer(0.25).minimize(w * w)
        >>> with tf.Session() as sess:
        ...     sess.run(w.initializer)
        ...     sess.run(step)
        ...     sess.run(w)
        np.float32(2.0)
        """
        loss = loss() if callable(loss) else loss
        pairs = self.compute_gradients(
            loss, var_list, gate_gradients, aggregation_method, colocate_gradients_with_ops, grad_loss
        )
        if all(g is None for g, _ in pairs):
            raise ValueError(
                f"No gradients for any variable: the loss {loss} does not depend on {names(v for _, v in pairs)} "
                "through differentiable operations."
            )
        return self.apply_gradients(pairs, global_step, name)

    def compute_gradients(
        self,
        loss: Any,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: Any = None,
        colocate_gradients_with_ops: bool = False,
        grad_loss: Any = None,
    ) -> list[tuple[Any, Variable]]:
        """The first half of `minimize`: a pair (gradient, variable) for each variable.

        Returns:
            Gradients are tensors of their variable's shape, `IndexedSlices` for gathered ones, None where the loss
            does not depend on the variable.

        Raises:
            ValueError, TypeError: as `minimize`; the loss is not floating-point.
        """
        if gate_gradients not in (self.GATE_NONE, self.GATE_OP, self.GATE_GRAPH):
            raise ValueError(f"gate_gradients must be GATE_NONE, GATE_OP or GATE_GRAPH, got {gate_gradients!r}.")
        loss = convert(loss() if callable(loss) else loss)
        if not loss.dtype.is_floating:
            raise ValueError(f"A loss is floating-point, got {loss} of type {loss.dtype.name}.")
        if var_list is None:
            var_list = loss.graph.get_collection(GraphKeys.TRAINABLE_VARIABLES)
        variables = flat_variables(var_list)
        found = gradients(loss, variables, None if grad_loss is None else [grad_loss])
        return list(zip(found, variables, strict=True))

    def apply_gradients(
        self,
        grads_and_vars: Iterable[tuple[Any, Variable]],
        global_step: Variable | None = None,
        name: str | None = None,
    ) -> Operation:
        """The second half of `minimize`: an operation that applies gradients.

        Args:
            grads_and_vars: pairs (gradient, variable); pairs whose gradient is None are left alone.
            global_step: a variable that counts the steps.
            name: of the operation; by default the optimizer's.

        Raises:
            ValueError: there is no gradient, a shape differs from its variable's, or a variable is there twice.
            TypeError: a gradient is no tensor, has another type than its variable, or `global_step` is no variable.
        """
        pairs = checked_pairs(grads_and_vars)
        if global_step is not None and not isinstance(global_step, Variable):
            raise TypeError(f"global_step must be a variable, got {global_step!r}.")
        graph = pairs[0][1].graph.building()
        with graph.root.as_default():
            state = self._grown_state([v for _, v in pairs])
        with graph.as_default():
            with graph.name_scope(name or self._name) as scope:
                updates = self._updates(state, self._prepared(pairs))
                operation = _finished(updates, global_step, scope)
        graph.add_to_collection(GraphKeys.TRAIN_OP, operation)
        return operation

    def get_slot(self, var: Variable, name: str) -> Variable | None:
        """The variable that is the slot `name` of `var`, None if there is no such slot (yet)."""
        return self._state(var.graph).slots.get(name, {}).get(var)

    def get_slot_names(self) -> list[str]:
        """The names of the slots made in the default graph, sorted.

        >>> tf.train.AdamOptimizer().get_slot_names()
        []
        """
        return sorted(self._state(default_graph()).slots)

    def variables(self) -> list[Variable]:
        """All variables in which this optimizer keeps its state in the default graph, sorted by name."""
        return sorted(self._state(default_graph()).variables(), key=lambda v: v.name)

    # How it is done; `kerasflow.optimizers` redefines some of these.

    def _state(self, graph: Graph) -> State:
        """What this optimizer keeps in a graph. The graph holds it, so that an optimizer keeps no graph alive."""
        state: State = graph.state.setdefault(self, State(graph, self._kept))
        return state

    def _grown_state(self, variables: Sequence[Variable]) -> State:
        """What this optimizer keeps in the graph of `variables`, with all it needs for them."""
        state = self._state(variables[0].graph)
        for name, start in self._shared(variables).items():
            state.add_shared(name, start, variables)
        for v in variables:
            for slot, start in self.slots.items():
                state.add_slot(slot, start, v, self.slot_names.get(slot, self._name))
        return state

    def _shared(self, variables: Sequence[Variable]) -> Mapping[str, Any]:
        """The start values of the variables there is one of, whatever the number of variables to change."""
        dtype = widest(variables)
        return {name: scalar(base, self._setting(base), dtype) for name, base in self.powers.items()}

    def _setting(self, name: str) -> Any:
        return getattr(self, name)

    def _prepared(self, pairs: Pairs) -> Pairs:
        """The gradients as the rule shall see them."""
        return pairs

    def _values(self, state: State, dtype: DType) -> SimpleNamespace:
        """The settings for variables of one type."""
        h = SimpleNamespace(**{name: scalar(name, self._setting(name), dtype) for name in self.settings})
        for power in self.powers:
            setattr(h, power, ops.cast(state.shared[power], dtype))
        self.prepare(h)
        return h

    def _updates(self, state: State, pairs: Pairs) -> list[Any]:
        values: dict[DType, SimpleNamespace] = {}
        updates: list[Any] = []
        for g, x in pairs:
            if x.dtype not in values:
                values[x.dtype] = self._values(state, x.dtype)
            with state.graph.name_scope(f"update_{x.op.name}"):
                updates += self._update(values[x.dtype], g, x, state.slots_of(x, self.slots))
        return updates + self._advance(state)

    def _update(self, h: SimpleNamespace, g: Any, x: Variable, slots: Sequence[Variable]) -> list[Any]:
        """The operations that change one variable and its slots."""
        by_rows = isinstance(g, IndexedSlices) and _states(type(self), "rule_of_rows", "rule")
        after = list(self.rule_of_rows(h, g, x, *slots) or ()) if by_rows else []
        after = after or self._dense_update(h, g, x, slots)
        if x.constraint is not None:
            after.append(x.assign(x.constraint(after[0])))
        return after

    def _dense_update(self, h: SimpleNamespace, g: Any, x: Variable, slots: Sequence[Variable]) -> list[Any]:
        rows = isinstance(g, IndexedSlices) and self.rows_rest
        before = [convert(v) for v in (x, *slots)] if rows else []
        after = list(self.rule(h, convert(g), x, *slots))
        if rows:
            named = _named_rows(g)
            trios = zip((x, *slots), after, before, strict=True)
            after = [v.assign(ops.where(named, new, old)) for v, new, old in trios]
        return after

    def _advance(self, state: State) -> list[Any]:
        """What changes once a step, after all variables have."""
        shared = [(state.shared[name], base) for name, base in self.powers.items()]
        return [v.assign(v * scalar(base, self._setting(base), v.dtype)) for v, base in shared]


def _states(cls: type, one: str, other: str) -> bool:
    """Whether the method `one` comes from the class that `other` comes from, or from one below it."""
    first, second = (next(c for c in cls.__mro__ if name in c.__dict__) for name in (one, other))
    return issubclass(first, second)


def _named_rows(g: IndexedSlices) -> Tensor:
    """For each row of the dense gradient, whether `g` names it."""
    count = ops.scatter_nd(g.indices[..., None], ops.ones_like(g.indices), g.dense_shape[:1])
    return count > 0


def _finished(updates: Sequence[Any], global_step: Variable | None, scope: str) -> Operation:
    """The operation called as the scope is, done when all `updates` are and the step is counted."""
    if global_step is None:
        return group(*updates, name=scope)
    with global_step.graph.control_dependencies([group(*updates, name="update")]):
        return global_step.assign_add(1, name=scope, read_value=False)
