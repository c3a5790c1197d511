"""Operations that TensorFlow does not have as one node, in graph definitions: as JSON text in an attribute, and back.

Nothing that is read can name code: the values are numbers, texts, types, and the names of tensors and variables.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from kerasflow.core.indexing import Dynamic
from kerasflow.core.tensor import Operation
from kerasflow.core.types import DType, as_dtype
from kerasflow.core.variables import Variable
from kerasflow.data.columns import Fixed, Sequential, Sparse, Varying

__all__ = ["Kept", "from_text", "to_text"]

_COLUMNS: dict[str, type[Any]] = {c.__name__: c for c in (Fixed, Sequential, Sparse, Varying)}  # of parsed messages


@dataclass(frozen=True)
class Kept:
    """What a node stands for: the kind of operation, the tensors it takes, by name, and its attributes."""

    kind: str
    inputs: list[str]
    attrs: dict[str, Any]


def to_text(operation: Operation) -> str | None:
    """The operation as JSON; None if one of its attributes has no form in a file."""
    try:
        attrs = {name: _encoded(value) for name, value in sorted(operation.attrs.items())}
    except TypeError:
        return None
    inputs = [t.name for t in operation.operands]
    return json.dumps({"kind": operation.type, "name": operation.name, "inputs": inputs, "attrs": attrs})


def from_text(text: str, name: str, variable: Callable[[str], Any]) -> Kept:
    """What `to_text` was given.

    Args:
        text: the JSON.
        name: what the node is called now; if a scope has been put in front, it stands in front of other names too.
        variable: finds a variable by its name.

    Raises:
        ValueError: it is not what `to_text` makes.
    """
    try:
        found = json.loads(text)
        before, after = str(found["name"]), name.removesuffix(str(found["name"]))
        if not name.endswith(before) or (after and not after.endswith("/")):
            raise ValueError(f"the node was called {before!r}")

        def scoped(of: str) -> str:
            return after + of

        inputs = [scoped(str(i)) for i in found["inputs"]]
        attrs = {str(k): _decoded(v, lambda n: variable(scoped(n))) for k, v in found["attrs"].items()}
        return Kept(str(found["kind"]), inputs, attrs)
    except (TypeError, ValueError, AttributeError, RecursionError, LookupError) as error:
        raise ValueError(f"its attributes are not what kerasflow writes: {error}") from error


def _encoded(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Dynamic):
        return {"dynamic": value.k}
    if isinstance(value, tuple):
        return [_encoded(v) for v in value]
    if isinstance(value, DType):
        return {"type": value.name}
    if isinstance(value, Variable):
        return {"variable": value.op.name}
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, np.generic) and value.dtype.kind in "biufc":
        return {"number": [value.dtype.name, base64.b64encode(value.tobytes()).decode()]}
    if type(value) in _COLUMNS.values():
        parts = {f.name: _encoded(getattr(value, f.name)) for f in fields(value)}
        return {"column": [type(value).__name__, parts]}
    raise TypeError(f"{value!r} has no form in a file")


def _decoded(value: Any, variable: Callable[[str], Any]) -> Any:
    if isinstance(value, list):
        return tuple([_decoded(v, variable) for v in value])
    if not isinstance(value, dict):
        return value
    ((kind, inner),) = value.items()
    if kind == "dynamic":
        return Dynamic(int(inner))
    if kind == "type":
        return as_dtype(str(inner))
    if kind == "variable":
        return variable(str(inner))
    if kind == "bytes":
        return base64.b64decode(inner)
    if kind == "number":
        return np.frombuffer(base64.b64decode(inner[1]), as_dtype(str(inner[0])).numpy)[0]
    if kind == "column":
        return _COLUMNS[inner[0]](**{str(name): _decoded(part, variable) for name, part in inner[1].items()})
    raise ValueError(f"{kind!r} is no kind of value")
