"""Gradients of the program's own: functions registered by name, and blocks in which operations take them.

An operation made inside ``graph.gradient_override_map({"Sign": "StraightThrough"})`` carries a copy of its `OpDef` with
another `vjp`, so that nothing else has to know of it. The function is looked up when a gradient is asked for.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kerasflow.core import shapes
from kerasflow.core.opdef import REGISTRY, OpDef
from kerasflow.core.tensor import IndexedSlices, Operation

__all__ = ["NoGradient", "NotDifferentiable", "Overrides", "RegisterGradient", "no_gradient"]

Gradient = Callable[..., Any]

_registered: dict[str, Gradient | None] = {}


class RegisterGradient:
    """Decorates a function that computes the gradient of operations, under a name for `Graph.gradient_override_map`.

    The function is called with the operation and one tensor for each of its outputs, the gradient by that output; it
    gives one gradient, or None, for each of the operation's inputs.

    Args:
        op_type: the name.

    Raises:
        TypeError: the name is no string. KeyError: it is taken, by an operation or another function.

    >>> @tf.RegisterGradient("StraightThrough")
    ... def straight_through(op, grad):
    ...     return grad
    >>> x = tf.constant(1.4)
    >>> with tf.get_default_graph().gradient_override_map({"Rint": "StraightThrough"}):
    ...     y = tf.rint(x)
    >>> tf.Session().run([y] + tf.gradients(y, x))
    [np.float32(1.0), np.float32(1.0)]
    """

    def __init__(self, op_type: str) -> None:
        if not isinstance(op_type, str):
            raise TypeError(f"op_type must be a string, got {op_type!r}, a {type(op_type).__name__}.")
        self._op_type = op_type

    def __call__(self, f: Gradient) -> Gradient:
        """Register `f`, and give it back."""
        _register(self._op_type, f)
        return f


def NotDifferentiable(op_type: str) -> None:
    """Say that no gradient flows through the operations that take the gradient called `op_type`.

    Args:
        op_type: the name, for `Graph.gradient_override_map`.

    Raises:
        TypeError: the name is no string. KeyError: it is taken, by an operation or a registered gradient.

    >>> tf.NotDifferentiable("Nowhere")
    >>> x = tf.constant(3.0)
    >>> with tf.get_default_graph().gradient_override_map({"Square": "Nowhere"}):
    ...     y = tf.square(x)
    >>> tf.gradients(y, x)
    [None]
    """
    if not isinstance(op_type, str):
        raise TypeError(f"op_type must be a string, got {op_type!r}, a {type(op_type).__name__}.")
    _register(op_type, None)


NoGradient = no_gradient = NotDifferentiable


def _register(name: str, function: Gradient | None) -> None:
    if name in _registered or name in REGISTRY:
        what = "the operation of that name has one" if name in REGISTRY else "it was registered before"
        raise KeyError(f"Registering two gradients with the name {name!r}: {what}.")
    _registered[name] = function


class Overrides:
    """The blocks of a graph in which operations take other gradients than their own."""

    def __init__(self) -> None:
        self._gradients: dict[str, tuple[str, Gradient | None]] = {}  # by type of operation; None: found by the name
        super().__init__()

    @contextlib.contextmanager
    def gradient_override_map(self, op_type_map: Mapping[str, str]) -> Iterator[None]:
        """Let operations made in the block take gradients that are registered by name; see `RegisterGradient`.

        Args:
            op_type_map: from types of operations to the names of gradients.

        Raises:
            TypeError: it is no dictionary from strings to strings.
        """
        if not isinstance(op_type_map, Mapping) or not all(isinstance(s, str) for i in op_type_map.items() for s in i):
            raise TypeError(f"op_type_map must be a dictionary mapping strings to strings, got {op_type_map!r}.")
        with self._overriding({kind: (name, None) for kind, name in op_type_map.items()}):
            yield

    @contextlib.contextmanager
    def gradient_of(self, op_type: str, name: str, function: Gradient) -> Iterator[None]:
        """Let operations of a type made in the block take `function` as their gradient, called `name` nowhere else."""
        with self._overriding({op_type: (name, function)}):
            yield

    @contextlib.contextmanager
    def _overriding(self, more: dict[str, tuple[str, Gradient | None]]) -> Iterator[None]:
        before = self._gradients
        self._gradients = {**before, **more}
        try:
            yield
        finally:
            self._gradients = before

    def overridden(self, opdef: OpDef) -> OpDef:
        """`opdef`, with the gradient that the open blocks give its operations."""
        if opdef.name not in self._gradients:
            return opdef
        name, function = self._gradients[opdef.name]
        return dataclasses.replace(opdef, vjp=_vjp(name, function), selective=False, gradient=name)


def _vjp(name: str, function: Gradient | None) -> Callable[..., Any]:
    """The rule that calls the gradient of that name, or `function`."""

    def vjp(operation: Operation, g: Any) -> list[Any]:
        compute = function
        if compute is None:
            if name not in _registered:
                raise LookupError(
                    f"No gradient is registered as {name!r}, which {operation.type} {operation.name!r} is to take; it "
                    f"was created at {operation.created_at}."
                )
            compute = _registered[name]
            if compute is None:
                return [None] * len(operation.operands)
        flowing = [g] if len(operation.outputs) == 1 else g
        graph = operation.graph
        full = [
            graph.apply("ZerosLike", t) if d is None and t.dtype.is_differentiable else d
            for t, d in zip(operation.outputs, flowing, strict=True)
        ]
        given = compute(operation, *full)
        return _checked(operation, name, list(given) if isinstance(given, (list, tuple)) else [given])

    return vjp


def _checked(operation: Operation, name: str, given: list[Any]) -> list[Any]:
    """What a gradient function gives, as tensors. ValueError if it cannot be the gradient by the inputs."""
    where = f"{operation.type} {operation.name!r}, created at {operation.created_at}"
    if len(given) != len(operation.operands):
        raise ValueError(
            f"The gradient {name!r} gives {len(given)} gradients for the {len(operation.operands)} inputs of {where}."
        )
    gradients = []
    for x, d in zip(operation.operands, given, strict=True):
        if d is not None and not isinstance(d, IndexedSlices):
            d = operation.graph.convert(d, x.dtype)
            if not operation.opdef.elementwise and not shapes.compatible(d.dims, x.dims):
                raise ValueError(
                    f"The gradient {name!r} gives {d}, which has another shape than {x}, input of {where}."
                )
        gradients.append(d)
    return gradients
