"""How graph definitions name tensors: ``node`` for a first output, ``node:k`` for others, ``^node`` to wait for it."""

from __future__ import annotations

from kerasflow.core.tensor import Tensor

__all__ = ["input_name", "node_of", "with_number"]


def input_name(t: Tensor) -> str:
    """How a node names the tensor as its input."""
    return t.op.name if t.value_index == 0 else f"{t.op.name}:{t.value_index}"


def node_of(name: str) -> str:
    """The node that a name leads to."""
    return name.lstrip("^").partition(":")[0]


def with_number(name: str) -> str:
    """The name with the number of the output."""
    return name if ":" in name else f"{name}:0"
