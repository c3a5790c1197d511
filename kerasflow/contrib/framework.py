"""Variables of models and arguments for many calls, as in `tf.contrib.framework`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kerasflow.contrib.arg_scopes import add_arg_scope, arg_scope, arg_scoped_arguments, has_arg_scope
from kerasflow.core.graph import default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.named_variables import get_variable
from kerasflow.core.variable_scope import VariableScope
from kerasflow.core.variables import Variable
from kerasflow.train.step_counter import create_global_step, get_global_step, get_or_create_global_step

__all__ = [
    "add_arg_scope",
    "arg_scope",
    "arg_scoped_arguments",
    "create_global_step",
    "get_global_step",
    "get_model_variables",
    "get_or_create_global_step",
    "get_trainable_variables",
    "get_unique_variable",
    "get_variables",
    "get_variables_by_name",
    "get_variables_by_suffix",
    "get_variables_to_restore",
    "has_arg_scope",
    "model_variable",
    "variable",
]


@add_arg_scope
def variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    collections: Iterable[Any] | None = None,
    **unused: Any,
) -> Any:
    """The variable of a name, as `get_variable`; it joins the collections besides GLOBAL_VARIABLES.

    >>> w = tf.contrib.framework.variable("w", [2], collections=["mine"])
    >>> tf.get_collection("mine") == tf.global_variables() == [w]
    True
    """
    keys = [GraphKeys.GLOBAL_VARIABLES, *[c for c in collections or () if c != GraphKeys.GLOBAL_VARIABLES]]
    return get_variable(name, shape, dtype, initializer, regularizer, trainable, keys)


@add_arg_scope
def model_variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    collections: Iterable[Any] | None = None,
    **unused: Any,
) -> Any:
    """As `variable`, for what belongs to a model: it joins MODEL_VARIABLES too.

    >>> w = tf.contrib.framework.model_variable("w", [2])
    >>> tf.model_variables() == [w]
    True
    """
    keys = [*(collections or ()), GraphKeys.MODEL_VARIABLES]
    return variable(name, shape, dtype, initializer, regularizer, trainable, keys)


def get_variables(
    scope: Any = None, suffix: str | None = None, collection: Any = GraphKeys.GLOBAL_VARIABLES
) -> list[Variable]:
    """The variables of a collection, those whose names begin with `scope` and end with `suffix`.

    >>> a, b = tf.get_variable("a/w", [2]), tf.get_variable("b/w", [2])
    >>> tf.contrib.framework.get_variables("a") == [a], tf.contrib.framework.get_variables(suffix="w") == [a, b]
    (True, True)
    """
    prefix = scope.name if isinstance(scope, VariableScope) else scope
    found = default_graph().get_collection(collection, prefix)
    return [v for v in found if suffix is None or v.op.name.rpartition("/")[2] == suffix or v.op.name.endswith(suffix)]


def get_model_variables(scope: Any = None, suffix: str | None = None) -> list[Variable]:
    """The variables of the model.

    >>> tf.contrib.framework.get_model_variables()
    []
    """
    return get_variables(scope, suffix, GraphKeys.MODEL_VARIABLES)


def get_trainable_variables(scope: Any = None, suffix: str | None = None) -> list[Variable]:
    """The variables that optimizers change.

    >>> tf.contrib.framework.get_trainable_variables()
    []
    """
    return get_variables(scope, suffix, GraphKeys.TRAINABLE_VARIABLES)


def get_variables_by_suffix(suffix: str, scope: Any = None) -> list[Variable]:
    """The variables whose names end with `suffix`.

    >>> w = tf.get_variable("a/w", [2])
    >>> tf.contrib.framework.get_variables_by_suffix("w") == [w]
    True
    """
    return get_variables(scope, suffix)


def get_variables_by_name(given_name: str, scope: Any = None) -> list[Variable]:
    """The variables whose names are `given_name`, or end with it after a slash.

    >>> w = tf.get_variable("a/w", [2])
    >>> tf.contrib.framework.get_variables_by_name("w") == [w]
    True
    """
    return [v for v in get_variables(scope) if f"/{v.op.name}".endswith(f"/{given_name}")]


def get_unique_variable(var_op_name: str) -> Variable:
    """The variable of this name.

    Raises:
        ValueError: there is none.

    >>> w = tf.get_variable("a/w", [2])
    >>> tf.contrib.framework.get_unique_variable("a/w") is w
    True
    """
    for found in get_variables(var_op_name):
        if found.op.name == var_op_name:
            return found
    raise ValueError(f"Variable {var_op_name} does not uniquely identify a variable.")


def get_variables_to_restore(
    include: Sequence[str] | None = None, exclude: Sequence[str] | None = None
) -> list[Variable]:
    """The variables in some scopes, without those in others.

    >>> a, b = tf.get_variable("a/w", [2]), tf.get_variable("b/w", [2])
    >>> tf.contrib.framework.get_variables_to_restore(exclude=["b"]) == [a]
    True
    """
    chosen = [v for scope in ([None] if include is None else include) for v in get_variables(scope)]
    left_out = [v for scope in exclude or () for v in get_variables(scope)]
    return [v for v in dict.fromkeys(chosen) if all(v is not other for other in left_out)]
