"""Templates: functions that share their variables between calls, and the scopes' former names."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable
from typing import Any

from kerasflow.core.deprecation import former_name
from kerasflow.core.graph import default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.scopes import name_scope
from kerasflow.core.variable_scope import VariableScope, variable_scope
from kerasflow.core.variables import Variable
from kerasflow.core.where import user_line

__all__ = ["Template", "make_template", "op_scope", "variable_op_scope"]


class Template:
    """A function with a variable scope of its own; see `make_template`.

    Attributes:
        func: the function.
        name: the name that was asked for.
        variable_scope: the scope, None before it is made.
    """

    def __init__(
        self,
        name: str,
        func: Callable[..., Any],
        create_scope_now: bool = False,
        unique_name: str | None = None,
        custom_getter: Any = None,
    ) -> None:
        self.func = func
        self.name = name
        self._unique_name = unique_name
        self._custom_getter = custom_getter
        self._where = user_line()
        self._called = False
        self.variable_scope: VariableScope | None = None
        if create_scope_now:
            with self._new_scope(auxiliary_name_scope=False) as scope:
                self.variable_scope = scope

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the function gives, its variables made in the first call and found in the others.

        Raises:
            ValueError: a later call makes a trainable variable; and what the function raises, with a note on where the
                template was made.
        """
        try:
            if self.variable_scope is None:
                with self._new_scope() as scope:
                    self.variable_scope = scope
                    return self._run(args, kwargs)
            with variable_scope(self.variable_scope, reuse=self._called or None):
                return self._run(args, kwargs)
        except Exception as e:
            where = "unknown" if self._where is None else "{}:{}, in {}".format(*self._where)
            note = f"in the template {self.name!r}, made at {where}"
            if e.args and isinstance(e.args[0], str) and note not in e.args[0]:
                e.args = (f"{e.args[0]}\n{note}", *e.args[1:])
            raise

    def _new_scope(self, **options: Any) -> Any:
        return variable_scope(self._unique_name, self.name, custom_getter=self._custom_getter, **options)

    def _run(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        trainable = default_graph().get_collection_ref(GraphKeys.TRAINABLE_VARIABLES)
        before = len(trainable)
        result = self.func(*args, **kwargs)
        if self._called and len(trainable) != before:
            raise ValueError(
                "Trainable variable created when calling a template after the first time, perhaps you used tf.Variable "
                f"when you meant tf.get_variable: {', '.join(v.op.name for v in trainable[before:])}."
            )
        self._called = True
        return result

    @property
    def var_scope(self) -> VariableScope | None:
        """The scope, under its former name."""
        former_name("Template.var_scope", "Template.variable_scope")
        return self.variable_scope

    @property
    def variable_scope_name(self) -> str | None:
        """The scope's name, with a slash at its end; None before it is made."""
        return None if self.variable_scope is None else f"{self.variable_scope.name}/"

    def _collected(self, key: str) -> list[Variable]:
        return [] if self.variable_scope is None else self.variable_scope.get_collection(key)

    @property
    def global_variables(self) -> list[Variable]:
        """The variables in the scope that a program keeps."""
        return self._collected(GraphKeys.GLOBAL_VARIABLES)

    @property
    def local_variables(self) -> list[Variable]:
        """The variables in the scope that are not kept."""
        return self._collected(GraphKeys.LOCAL_VARIABLES)

    @property
    def variables(self) -> list[Variable]:
        """All variables in the scope."""
        return self.global_variables + self.local_variables

    weights = variables

    @property
    def trainable_variables(self) -> list[Variable]:
        """The variables in the scope that optimizers change by default."""
        return self._collected(GraphKeys.TRAINABLE_VARIABLES)

    trainable_weights = trainable_variables

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """The other variables in the scope."""
        trainable = set(self.trainable_variables)
        return [v for v in self.variables if v not in trainable]

    non_trainable_weights = non_trainable_variables


def make_template(
    name_: str,
    func_: Callable[..., Any],
    create_scope_now_: bool = False,
    unique_name_: str | None = None,
    custom_getter_: Any = None,
    **kwargs: Any,
) -> Template:
    """The function `func_`, with variables that are made when it is called first and shared by all calls.

    Args:
        name_: the scope of its variables, made unique.
        func_: a function that makes its variables with `get_variable`.
        create_scope_now_: whether the scope is opened here, not in the first call.
        unique_name_: the scope of its variables as it is; they are shared with others in that scope if they may be.
        custom_getter_: the custom getter of the scope.
        kwargs: arguments of `func_`.

    Raises:
        ValueError: in a later call, a trainable variable is made.

    >>> scaled = tf.make_template("scaled", lambda x: x * tf.get_variable("w", [], initializer=tf.ones_initializer()))
    >>> first, second = scaled(1.0), scaled(2.0)
    >>> [v.name for v in tf.global_variables()], second.name
    (['scaled/w:0'], 'scaled_1/mul:0')
    """
    func = functools.partial(func_, **kwargs) if kwargs else func_
    return Template(name_, func, create_scope_now_, unique_name_, custom_getter_)


def op_scope(
    values: Iterable[Any], name: str | None, default_name: str | None = None
) -> contextlib.AbstractContextManager[str]:
    """The former form of `name_scope`, ``name_scope(name, default_name, values)``; a DeprecationWarning says so."""
    former_name("tf.op_scope(values, name, default_name)", "tf.name_scope(name, default_name, values)")
    return name_scope(name, default_name, values)


def variable_op_scope(
    values: Iterable[Any], name_or_scope: Any, default_name: str | None = None, **options: Any
) -> variable_scope:
    """The former form of `variable_scope`, with `values` as its third argument; a DeprecationWarning says so."""
    former_name("tf.variable_op_scope(values, name, default_name)", "tf.variable_scope(name, default_name, values)")
    return variable_scope(name_or_scope, default_name, values, **options)
