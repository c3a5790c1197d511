"""Names of ``tensorflow.python.framework``: graphs' tools, types and errors."""

from kerasflow import dtypes, graph_util
from kerasflow.core import errors

__all__ = ["dtypes", "errors", "graph_util"]
