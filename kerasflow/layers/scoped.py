"""Layers applied once in a variable scope of their own, as the functions of the graph API are.

Variables come from `get_variable`, so that ``reuse=True`` finds them again, and are named after the variable scope
alone, whatever name scopes are open.
"""

from __future__ import annotations

from typing import Any

from kerasflow.core.graph import convert
from kerasflow.core.named_variables import get_variable
from kerasflow.core.variable_scope import variable_scope
from kerasflow.layers.base import Layer
from kerasflow.layers.symbolic import KerasTensor

__all__ = ["applied"]


def applied(
    cls: type[Layer],
    default: str,
    inputs: Any,
    name: str | None = None,
    reuse: Any = None,
    call: dict[str, Any] | None = None,
    **arguments: Any,
) -> Any:
    """The output of a layer for `inputs`.

    Args:
        cls: the layer's class.
        default: the name of the scope where `name` is None.
        inputs: a tensor, or a `KerasTensor`.
        name, reuse: of the scope.
        call: further arguments of the call.
        arguments: those of the constructor. Without an initializer for a kernel, it is the scope's, or else Glorot's
            uniform distribution.
    """
    call = call or {}
    missing = [k for k, v in arguments.items() if v is None and k.endswith("_initializer")]
    if isinstance(inputs, KerasTensor):
        return cls(name=name, **{k: v for k, v in arguments.items() if k not in missing})(inputs, **call)
    x = convert(inputs)
    with x.graph.as_default(), variable_scope(name, default_name=default, values=[x], reuse=reuse) as scope:
        arguments.update(dict.fromkeys(missing, scope.initializer or "glorot_uniform"))
        layer = cls(name=scope.name, dtype=x.dtype if x.dtype.is_floating else None, **arguments)
        layer.make_variables_with(x.graph, get_variable)
        layer.ensure_built(x.dims)
        return layer.computed(x, **call)
