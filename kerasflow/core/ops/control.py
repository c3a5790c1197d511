"""What does not compute: passing on, stopping gradients, and doing nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasflow.core.graph import apply, default_graph
from kerasflow.core.opdef import blocked, op, same
from kerasflow.core.tensor import Operation, Tensor

__all__ = ["identity", "no_op", "stop_gradient", "tuple"]


@op(
    "Identity",
    infer=same,
    lower=lambda b, x: x,
    vjp=lambda n, g: (g,),
    kernel=lambda x: x,
    alias=True,
    forward=lambda x: 0,
)
def identity(input: Any, name: str | None = None) -> Tensor:
    """`input` itself, under a name and in a place of its own.

    >>> tf.Session().run(tf.identity([1.0, 2.0]))
    array([1., 2.], dtype=float32)
    """
    return apply("Identity", input, name=name)


@op("StopGradient", infer=same, lower=lambda b, x: x, vjp=blocked, kernel=lambda x: x, alias=True, forward=lambda x: 0)
def stop_gradient(input: Any, name: str | None = None) -> Tensor:
    """`input` itself, but a constant to gradients.

    >>> x = tf.constant(3.0)
    >>> tf.Session().run(tf.gradients(x * tf.stop_gradient(x), x))
    [np.float32(3.0)]
    """
    return apply("StopGradient", input, name=name)


@op("NoOp", infer=lambda: (), vjp=None, kernel=lambda: ())
def no_op(name: str | None = None) -> Operation:
    """An operation that does nothing; what it has to wait for is run before it.

    >>> tf.Session().run(tf.no_op())
    """
    return default_graph().apply("NoOp", name=name)


def tuple(tensors: Sequence[Any], name: str | None = None, control_inputs: Sequence[Any] | None = None) -> list[Any]:
    """The same tensors, each available only when all of them, and `control_inputs`, have been computed.

    >>> tf.Session().run(tf.tuple([tf.constant(1.0), tf.constant(2.0)]))
    [np.float32(1.0), np.float32(2.0)]
    """
    graph = next((t.graph for t in tensors if t is not None), default_graph())
    waits = [t for t in tensors if t is not None] + list(control_inputs or ())
    with graph.name_scope(name or "tuple"), graph.control_dependencies(waits):
        return [None if t is None else apply("Identity", t, name="control_dependency") for t in tensors]
