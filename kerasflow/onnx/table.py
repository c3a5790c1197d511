"""All rules: for the type of an operation, what writes it down as operators of ONNX.

A rule takes the `Nodes` to write to and the `Call` that says what the operation takes, gives and is told; it gives the
name of each result. Where there are no such operators it raises `Inexpressible`, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasflow.onnx import elementwise, looping, reducing, selecting, shaping, windows
from kerasflow.onnx.nodes import Nodes

__all__ = ["RULES"]

RULES: dict[str, Callable[[Nodes, Any], Any]] = {
    name: rule
    for room in (elementwise, looping, reducing, selecting, shaping, windows)
    for name, rule in room.RULES.items()
}
