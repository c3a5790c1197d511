"""Which variables have no value yet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from kerasflow.core.graph import apply, convert
from kerasflow.core.ops.joining import stack
from kerasflow.core.ops.selecting import boolean_mask
from kerasflow.core.ops.state import is_variable_initialized
from kerasflow.core.scopes import global_variables, local_variables, name_scope
from kerasflow.core.tensor import Tensor

__all__ = ["report_uninitialized_variables"]


def report_uninitialized_variables(
    var_list: Iterable[Any] | None = None, name: str = "report_uninitialized_variables"
) -> Tensor:
    """The names of the variables that have no value in the session when it is run.

    Args:
        var_list: the variables to look at, by default all global and local ones.
        name: the scope of the operations.

    Returns:
        A vector of strings.

    >>> w, b = tf.Variable(1.0, name="w"), tf.Variable(2.0, name="b")
    >>> missing = tf.report_uninitialized_variables()
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     sess.run(missing)
    array([b'b'], dtype=object)
    """
    variables = [*global_variables(), *local_variables()] if var_list is None else list(var_list)
    with name_scope(name, None, variables):
        names = convert(np.array([v.op.name.encode() for v in variables], object))
        if not variables:
            return names
        there = stack([is_variable_initialized(v) for v in variables])
        return boolean_mask(names, apply("LogicalNot", there))
