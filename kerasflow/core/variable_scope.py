"""Variable scopes: where `get_variable` looks for a name, and whether it makes the variable or finds it.

A variable's name comes from the variable scopes alone, so the same code finds the same variable; other operations made
in a scope that is entered again get a fresh name scope (``relu/threshold`` beside ``relu_1/max``). Which scope is open,
and what was made by name, is kept per graph.
"""

from __future__ import annotations

import contextlib
import enum
import functools
from collections.abc import Callable, Iterable
from typing import Any

from kerasflow.core import types
from kerasflow.core.graph import Graph, default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.types import DType, as_dtype
from kerasflow.core.variables import Variable

__all__ = ["AUTO_REUSE", "VariableScope", "get_variable_scope", "variable_scope"]

Getter = Callable[..., Any]

_KEY = "variables by name"


class _ReuseMode(enum.Enum):
    AUTO_REUSE = 1


AUTO_REUSE = _ReuseMode.AUTO_REUSE


class VariableScope:
    """What an open variable scope stands for: a name, whether variables are made or found, and their defaults.

    Attributes:
        name: the prefix of variables' names, without the slash at its end.
        original_name_scope: the name scope of operations, as it was when the scope was first opened.
        reuse: False: variables are made; True: they are found; AUTO_REUSE: found if they are there, else made.
        initializer, regularizer, constraint, dtype, custom_getter: the defaults of `get_variable`.

    >>> with tf.variable_scope("hidden") as scope:
    ...     w = tf.get_variable("w", [2, 3])
    >>> scope.name, w.name, scope.trainable_variables() == [w]
    ('hidden', 'hidden/w:0', True)
    """

    def __init__(self, name: str, reuse: Any, original_name_scope: str, **defaults: Any) -> None:
        self.name = name
        self.reuse = reuse
        self.original_name_scope = original_name_scope
        self.initializer: Any = defaults.get("initializer")
        self.regularizer: Any = defaults.get("regularizer")
        self.constraint: Any = defaults.get("constraint")
        self.dtype: DType = defaults.get("dtype") or types.float32
        self.custom_getter: Getter | None = defaults.get("custom_getter")

    def opened(self, name: str, reuse: Any, original_name_scope: str, **defaults: Any) -> VariableScope:
        """A scope with this one's defaults, save for those given."""
        kept = {k: getattr(self, k) for k in ("initializer", "regularizer", "constraint", "dtype", "custom_getter")}
        kept.update({k: v for k, v in defaults.items() if v is not None})
        if defaults.get("custom_getter") is not None and self.custom_getter is not None:
            kept["custom_getter"] = _chained(defaults["custom_getter"], self.custom_getter)
        return VariableScope(name, reuse, original_name_scope, **kept)

    def reuse_variables(self) -> None:
        """Find variables from now on, here and in the scopes opened inside; there is no way back."""
        self.reuse = True

    def set_initializer(self, initializer: Any) -> None:
        """Set the default initializer."""
        self.initializer = initializer

    def set_regularizer(self, regularizer: Any) -> None:
        """Set the default regularizer."""
        self.regularizer = regularizer

    def set_dtype(self, dtype: Any) -> None:
        """Set the default type."""
        self.dtype = as_dtype(dtype)

    def set_custom_getter(self, custom_getter: Getter | None) -> None:
        """Set the default custom getter."""
        self.custom_getter = custom_getter

    def get_collection(self, name: Any) -> list[Any]:
        """The items of a collection of the default graph whose names lie in this scope."""
        return default_graph().get_collection(name, f"{self.name}/" if self.name else "")

    def trainable_variables(self) -> list[Variable]:
        """The variables in this scope that optimizers change by default."""
        return self.get_collection(GraphKeys.TRAINABLE_VARIABLES)

    def global_variables(self) -> list[Variable]:
        """The variables in this scope that a program keeps."""
        return self.get_collection(GraphKeys.GLOBAL_VARIABLES)

    def local_variables(self) -> list[Variable]:
        """The variables in this scope that are not kept."""
        return self.get_collection(GraphKeys.LOCAL_VARIABLES)

    def full_name(self, name: str) -> str:
        """`name` within this scope."""
        return f"{self.name}/{name}" if self.name else name


def _chained(inner: Getter, outer: Getter) -> Getter:
    """A custom getter that asks `inner`, whose getter asks `outer`."""

    def both(getter: Getter, *args: Any, **kwargs: Any) -> Any:
        return inner(functools.partial(outer, getter), *args, **kwargs)

    return both


class Store:
    """What one graph remembers: the variables made by name, the open scope, how often each scope was opened."""

    def __init__(self) -> None:
        self.variables: dict[str, Variable] = {}
        self.scope = VariableScope("", False, "")
        self.opened: dict[str, int] = {}

    def unique(self, name: str) -> str:
        """The first of ``name``, ``name_1``, ... that no open scope has used."""
        free = name
        i = 0
        while self.opened.get(self.scope.full_name(free)):
            i += 1
            free = f"{name}_{i}"
        return free


def store_of(graph: Graph) -> Store:
    """The store of `graph`."""
    if _KEY not in graph.state:
        graph.state[_KEY] = Store()
    store: Store = graph.state[_KEY]
    return store


def get_variable_scope() -> VariableScope:
    """The innermost open variable scope of the default graph; there is always one.

    >>> with tf.variable_scope("a"), tf.variable_scope("b"):
    ...     tf.get_variable_scope().name
    'a/b'
    """
    return store_of(default_graph()).scope


class variable_scope:  # noqa: N801 - a function by its use
    """Prefix the names of variables made by `get_variable` in the block, and say whether they are made or found.

    Args:
        name_or_scope: the scope's name, within the scope that is open; or a `VariableScope` to go back to, wherever
            the program is. None for a fresh name made from `default_name`.
        default_name: the name where `name_or_scope` is None; made unique with ``_1``, ``_2``, ...
        values: tensors the block works on; their graph becomes the default one.
        initializer, regularizer, dtype, constraint: the defaults of `get_variable` in the block.
        caching_device, partitioner, use_resource: accepted and without effect: a variable is one array in one place.
        custom_getter: a function ``(getter, name, **kwargs)`` that `get_variable` calls instead of ``getter``.
        reuse: None or False: as the scope around this one; True: find variables; AUTO_REUSE: find them if they are
            there, else make them. It cannot be switched off inside a scope that finds.
        auxiliary_name_scope: whether the block opens a name scope too.

    Raises:
        TypeError: there is no name. ValueError: the name is not allowed, or `reuse` is something else.

    >>> def layer(x):
    ...     with tf.variable_scope("layer", reuse=tf.AUTO_REUSE):
    ...         return x * tf.get_variable("w", [1]), tf.constant(1.0, name="one").name
    >>> first, second = layer(2.0), layer(3.0)
    >>> [v.name for v in tf.global_variables()], first[1], second[1]
    (['layer/w:0'], 'layer/one:0', 'layer_1/one:0')
    """

    def __init__(
        self,
        name_or_scope: Any,
        default_name: str | None = None,
        values: Iterable[Any] | None = None,
        initializer: Any = None,
        regularizer: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: Getter | None = None,
        reuse: Any = None,
        dtype: Any = None,
        use_resource: Any = None,
        constraint: Any = None,
        auxiliary_name_scope: bool = True,
    ) -> None:
        if name_or_scope is None and default_name is None:
            raise TypeError("variable_scope needs a name_or_scope, or a default_name to make a name from.")
        if name_or_scope is not None and not isinstance(name_or_scope, (str, VariableScope)):
            raise TypeError(f"name_or_scope must be a string or a VariableScope, got {name_or_scope!r}.")
        if reuse not in (None, True, False, AUTO_REUSE):
            raise ValueError(f"reuse must be True, False, None or tf.AUTO_REUSE, got {reuse!r}.")
        if name_or_scope is None and reuse:
            raise ValueError("reuse needs a name_or_scope: a scope with a fresh name has nothing to find.")
        check_getter(custom_getter)
        self._name_or_scope = name_or_scope
        self._default_name = default_name
        self._values = list(values or ())
        self._reuse = reuse
        self._defaults = {
            "initializer": initializer,
            "regularizer": regularizer,
            "constraint": constraint,
            "dtype": None if dtype is None else as_dtype(dtype),
            "custom_getter": custom_getter,
        }
        self._auxiliary = auxiliary_name_scope
        self._entered: list[contextlib.ExitStack] = []

    def __enter__(self) -> VariableScope:
        graphs = (getattr(v, "graph", None) for v in self._values)
        graph = next((g for g in graphs if isinstance(g, Graph)), default_graph()).building()
        with contextlib.ExitStack() as stack:
            stack.enter_context(graph.as_default())
            scope = self._open(graph, store_of(graph), stack)
            self._entered.append(stack.pop_all())
        return scope

    def __exit__(self, *exception: Any) -> None:
        self._entered.pop().close()

    def _open(self, graph: Graph, store: Store, stack: contextlib.ExitStack) -> VariableScope:
        target = self._name_or_scope
        opened = self._default_name if target is None else target  # as a name scope, where it is made unique anew
        around = store.scope
        if isinstance(target, VariableScope):
            name, base, reuse = target.name, target, self._reuse or target.reuse
        else:
            target = store.unique(self._default_name or "") if target is None else target
            name, base, reuse = around.full_name(target), around, self._reuse or around.reuse
        name_scope = stack.enter_context(_name_scope(graph, opened, self._auxiliary))
        if isinstance(target, VariableScope):
            name_scope = target.original_name_scope
        scope = base.opened(name, reuse, name_scope, **self._defaults)
        store.opened[name] = store.opened.get(name, 0) + 1
        counts = dict(store.opened) if isinstance(target, VariableScope) else None
        store.scope = scope
        stack.callback(_close, store, around, name, counts)
        return scope


def _name_scope(graph: Graph, target: Any, auxiliary: bool) -> Any:
    """The name scope that entering `target` opens; the one that is open where it opens none."""
    name = target.name.rpartition("/")[2] if isinstance(target, VariableScope) else target
    if auxiliary and name:
        return graph.name_scope(name)
    return contextlib.nullcontext(graph.names.scope + "/" if graph.names.scope and not auxiliary else "")


def _close(store: Store, around: VariableScope, name: str, counts: dict[str, int] | None) -> None:
    store.scope = around
    if counts is not None:
        store.opened = counts
    else:
        store.opened = {k: n for k, n in store.opened.items() if not k.startswith(f"{name}/")}


def check_getter(custom_getter: Any) -> None:
    """ValueError for what cannot be called."""
    if custom_getter is not None and not callable(custom_getter):
        raise ValueError(f"custom_getter must be a function (getter, name, **kwargs), got {custom_getter!r}.")
