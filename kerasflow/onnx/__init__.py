"""Graphs as ONNX: each operation of the part that computes some outputs becomes operators of ONNX, by one rule each.

`nodes` writes the operators down, `conversion` makes a model of a part of a graph, with the values of its variables as
constants, and the other rooms have the rules. The package `onnx` is loaded when the first of this is used.
"""

from kerasflow.core.doors import door as _door

__all__, __getattr__, __dir__ = _door(
    __name__,
    {
        "conversion": ("convert_graph", "save_graph"),
        "describing": ("describe_model",),
        "errors": ("ExportError",),
        "nodes": ("save_model",),
    },
)
