"""The global step: the one variable of a graph that counts training steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core.graph import Graph, default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.tensor import Tensor
from kerasflow.core.variables import Variable

__all__ = ["assert_global_step", "create_global_step", "get_global_step", "get_or_create_global_step", "global_step"]


def global_step(sess: Any, global_step_tensor: Any) -> int:
    """The value of a global step in a session.

    Raises:
        FailedPreconditionError: it is not initialised.

    >>> step = tf.train.get_or_create_global_step()
    >>> with tf.Session() as sess:
    ...     sess.run(step.initializer)
    ...     tf.train.global_step(sess, step)
    0
    """
    return int(sess.run(global_step_tensor))


def get_global_step(graph: Graph | None = None) -> Any:
    """The global step of a graph, by default of the default graph; None if there is none.

    It is what the collection GLOBAL_STEP holds, else the variable or tensor called ``global_step``.

    Raises:
        TypeError: it is not an integer scalar. ValueError: the collection holds more than one.

    >>> tf.train.get_global_step() is None
    True
    """
    graph = default_graph() if graph is None else graph
    steps = graph.get_collection(GraphKeys.GLOBAL_STEP)
    if len(steps) > 1:
        raise ValueError(f"A graph has one global step; its collection GLOBAL_STEP holds {steps}.")
    if not steps:
        variables = graph.get_collection(GraphKeys.GLOBAL_VARIABLES)
        steps = [v for v in variables if v.name == "global_step:0"] or _called_global_step(graph)
    if steps:
        assert_global_step(steps[0])
    return steps[0] if steps else None


def _called_global_step(graph: Graph) -> list[Any]:
    try:
        return [graph.get_tensor_by_name("global_step:0")]
    except KeyError:
        return []


def create_global_step(graph: Graph | None = None) -> Variable:
    """A new int64 variable ``global_step`` that starts at 0, in the collections GLOBAL_VARIABLES and GLOBAL_STEP.

    Raises:
        ValueError: the graph has a global step.

    >>> tf.train.create_global_step()
    <tf.Variable 'global_step:0' shape=() dtype=int64>
    """
    graph = default_graph() if graph is None else graph
    if get_global_step(graph) is not None:
        raise ValueError("The graph has a global step already: 'global_step' cannot be created.")
    with graph.as_default(), graph.name_scope(None):
        return Variable(
            np.int64(0),
            trainable=False,
            name="global_step",
            collections=[GraphKeys.GLOBAL_VARIABLES, GraphKeys.GLOBAL_STEP],
        )


def get_or_create_global_step(graph: Graph | None = None) -> Any:
    """The global step of a graph, made if there is none.

    >>> tf.train.get_or_create_global_step() is tf.train.get_or_create_global_step()
    True
    """
    found = get_global_step(graph)
    return create_global_step(graph) if found is None else found


def assert_global_step(global_step_tensor: Any) -> None:
    """TypeError if this cannot be a global step: a variable or tensor, of an integer type, a scalar.

    >>> tf.train.assert_global_step(tf.Variable(0))
    """
    if not isinstance(global_step_tensor, (Tensor, Variable)):
        raise TypeError(f"A global step is a variable or a tensor, got {global_step_tensor!r}.")
    if not global_step_tensor.dtype.is_integer:
        raise TypeError(f"A global step is of an integer type, got {global_step_tensor}.")
    if global_step_tensor.dims not in (None, ()):
        raise TypeError(f"A global step is a scalar, got {global_step_tensor}.")
