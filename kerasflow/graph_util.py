"""Tools for graph definitions."""

from kerasflow.graphdef.freezing import convert_variables_to_constants, extract_sub_graph, remove_training_nodes
from kerasflow.graphdef.reading import import_graph_def

__all__ = ["convert_variables_to_constants", "extract_sub_graph", "import_graph_def", "remove_training_nodes"]
