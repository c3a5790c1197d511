"""Graph definitions: graphs as the messages that TensorFlow, TensorBoard and other tools exchange."""

from kerasflow.core import graph as _graph
from kerasflow.graphdef.reading import import_graph_def
from kerasflow.graphdef.writing import as_graph_def

__all__ = ["as_graph_def", "import_graph_def"]

_graph.Graph.as_graph_def = as_graph_def  # type: ignore[attr-defined]  # the core knows no files, and no messages
