"""Graph definitions: graphs as the messages that TensorFlow, TensorBoard and other tools exchange.

The core knows no files and no messages; what graphs, sessions and variables have to do with these is added to them
here, and loaded when it is first used.
"""

from collections.abc import Callable as _Callable
from typing import Any as _Any

from kerasflow.core import graph as _graph
from kerasflow.core import session as _session
from kerasflow.core import tensor as _tensor
from kerasflow.core import variables as _variables
from kerasflow.core.doors import door as _door

__all__, __getattr__, __dir__ = _door(
    __name__,
    {
        "reading": ("import_graph_def",),
        "tensor_protos": ("make_ndarray", "make_tensor_proto"),
        "variable_defs": ("from_proto", "to_proto"),
        "writing": ("as_graph_def", "node_def"),
    },
)


def _later(name: str, text: str) -> _Callable[..., _Any]:
    """A method that is the function `name` of this package."""

    def method(*args: _Any, **kwargs: _Any) -> _Any:
        function: _Any = __getattr__(name)
        return function(*args, **kwargs)

    method.__name__, method.__doc__ = name, text
    return method


_graph.Graph.as_graph_def = _later("as_graph_def", "The graph as a `GraphDef`.")  # type: ignore[attr-defined]
_session.Session.graph_def = property(lambda self: self.graph.as_graph_def())  # type: ignore[attr-defined]
_tensor.Operation.node_def = property(_later("node_def", "The `NodeDef` of the operation."))  # type: ignore[attr-defined]
_variables.Variable.from_proto = staticmethod(_later("from_proto", "The variable that a `VariableDef` describes."))  # type: ignore[attr-defined]
_variables.Variable.to_proto = _later("to_proto", "The variable as a `VariableDef`.")  # type: ignore[attr-defined]
