"""Functions that programs put between the making of variables and what they become: `variable_creator_scope`."""

from __future__ import annotations

import contextlib
import enum
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

from kerasflow.core.graph import Graph, default_graph

__all__ = ["Created", "VariableAggregation", "VariableSynchronization", "variable_creator_scope"]

Creator = Callable[..., Any]

_KEY = "variable creators"


class VariableSynchronization(enum.Enum):
    """When copies of a variable on several machines are made equal; there is one copy here, so it says nothing."""

    AUTO = 0
    NONE = 1
    ON_WRITE = 2
    ON_READ = 3


class VariableAggregation(enum.Enum):
    """How changes of a variable on several machines are combined; there is one copy here, so it says nothing."""

    NONE = 0
    SUM = 1
    MEAN = 2
    ONLY_FIRST_REPLICA = 3

    def __hash__(self) -> int:
        return hash(self.value)


class Created(type):
    """The type of a class whose objects are made by way of the creators of the open scopes.

    Variables that share a value between sessions are the library's own, and are made without.
    """

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """An object, made by the creators of the open scopes if there are any."""
        creators = _creators(default_graph())
        if not creators or kwargs.get("cell") is not None or "__init__" not in vars(cls):
            return super().__call__(*args, **kwargs)
        signature = inspect.signature(vars(cls)["__init__"])
        if "initial_value" not in signature.parameters:
            return super().__call__(*args, **kwargs)
        given = signature.bind(None, *args, **kwargs)
        given.apply_defaults()
        arguments = {k: v for k, v in given.arguments.items() if k not in ("self", "cell")}
        make: Creator = super().__call__
        for creator in creators:
            make = functools.partial(creator, make)
        return make(**arguments)


def _creators(graph: Graph) -> tuple[Creator, ...]:
    found: tuple[Creator, ...] = graph.state.get(_KEY, ())
    return found


@contextlib.contextmanager
def variable_creator_scope(variable_creator: Creator) -> Iterator[None]:
    """Have variables of the default graph that are made in the block made by a function.

    The function of the innermost block is called first, and calls the next one: that of the block around it, or in the
    end what makes a variable.

    Args:
        variable_creator: a function ``(next_creator, **kwargs)`` that gives a variable; `kwargs` are the arguments of
            `Variable`, by name.

    >>> def frozen(next_creator, **kwargs):
    ...     kwargs["trainable"] = False
    ...     return next_creator(**kwargs)
    >>> with tf.variable_creator_scope(frozen):
    ...     w = tf.Variable(1.0)
    >>> w.trainable, tf.trainable_variables()
    (False, [])
    """
    graph = default_graph().root
    before = _creators(graph)
    graph.state[_KEY] = (*before, variable_creator)
    try:
        yield
    finally:
        graph.state[_KEY] = before
