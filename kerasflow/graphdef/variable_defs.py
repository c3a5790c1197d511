"""Variables as `VariableDef` messages, which name the operations that a variable is made of."""

from __future__ import annotations

from typing import Any

from kerasflow.core.graph import default_graph
from kerasflow.core.variables import Variable
from kerasflow.io.protos import message

__all__ = ["from_proto", "to_proto"]


def to_proto(variable: Variable, export_scope: str | None = None) -> Any:
    """The `VariableDef` of a variable; None if its name does not lie in `export_scope`, which is left out of names.

    Raises:
        ImportError: the package tensorboard is missing.

    >>> tf.Variable(1.0, name="w").to_proto().snapshot_name
    'w/read:0'
    """
    start = f"{export_scope}/" if export_scope else ""
    if not variable.name.startswith(start):
        return None
    return message("VariableDef")(
        variable_name=variable.name.removeprefix(start),
        initializer_name=variable.initializer.name.removeprefix(start),
        snapshot_name=variable.reads[0].name.removeprefix(start),
        initial_value_name=variable.initial_value.name.removeprefix(start),
        trainable=variable.trainable,
        synchronization=variable.synchronization.value,
        aggregation=variable.aggregation.value,
    )


def from_proto(variable_def: Any, import_scope: str | None = None) -> Variable:
    """The variable of the default graph that a `VariableDef` names, within `import_scope`.

    Raises:
        KeyError: the graph has no operation of that name. ValueError: it is no variable.

    >>> w = tf.Variable(1.0, name="w")
    >>> tf.Variable.from_proto(w.to_proto()) is w
    True
    """
    name = variable_def.variable_name.rpartition(":")[0]
    name = f"{import_scope}/{name}" if import_scope else name
    operation = default_graph().get_operation_by_name(name)
    variable = operation.attrs.get("variable")
    if not isinstance(variable, Variable) or variable.op is not operation:
        raise ValueError(f"{name!r} is no variable, but {operation!r}.")
    return variable
