"""What is said where something has no form in ONNX."""

from __future__ import annotations

from typing import Any

__all__ = ["ExportError", "Inexpressible", "describe"]


class ExportError(ValueError):
    """A graph holds operations that cannot be written as ONNX; names each, with the line that made it."""


class Inexpressible(Exception):
    """A rule has no operators of ONNX for an operation; says why. `conversion` adds which one it is."""


def describe(operation: Any, reason: str) -> str:
    """One line on an operation that cannot be written.

    >>> from kerasflow.onnx.errors import describe
    >>> describe(tf.constant(1.0, name="c").op, "it is too plain").split(", made at")[0]
    "operation 'c' (Const): it is too plain"
    """
    return f"operation {operation.name!r} ({operation.type}): {reason}, made at {operation.created_at}"
