"""Graph definitions: graphs as the messages that TensorFlow, TensorBoard and other tools exchange."""

from kerasflow.core import graph as _graph
from kerasflow.core import session as _session
from kerasflow.core import tensor as _tensor
from kerasflow.core import variables as _variables
from kerasflow.graphdef.reading import import_graph_def
from kerasflow.graphdef.tensor_protos import make_ndarray, make_tensor_proto
from kerasflow.graphdef.variable_defs import from_proto, to_proto
from kerasflow.graphdef.writing import as_graph_def, node_def

__all__ = [
    "as_graph_def",
    "from_proto",
    "import_graph_def",
    "make_ndarray",
    "make_tensor_proto",
    "node_def",
    "to_proto",
]

# The core knows no files, and no messages.
_graph.Graph.as_graph_def = as_graph_def  # type: ignore[attr-defined]
_session.Session.graph_def = property(lambda self: as_graph_def(self.graph))  # type: ignore[attr-defined]
_tensor.Operation.node_def = property(node_def)  # type: ignore[attr-defined]
_variables.Variable.from_proto = staticmethod(from_proto)  # type: ignore[attr-defined]
_variables.Variable.to_proto = to_proto  # type: ignore[attr-defined]
