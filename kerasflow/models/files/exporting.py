"""Models written for others to run, without kerasflow: as ONNX, or as a saved model of TensorFlow.

What is written computes the outputs from the inputs, with the weights as constants; of training nothing is left.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import kerasflow.onnx as onnx_files
from kerasflow.core import ops
from kerasflow.core.graph import Graph
from kerasflow.core.session import Session
from kerasflow.core.tensor import Tensor
from kerasflow.core.version import __version__
from kerasflow.layers.symbolic import flatten
from kerasflow.models.nesting import Layout
from kerasflow.saved_model.frozen import save_frozen

__all__ = ["export_model", "onnx_model"]

FORMATS = ("onnx", "tf_saved_model")
BATCH = "batch"  # what the open size of the first axis is called

Named = dict[str, Tensor]


def export_model(model: Any, filepath: Any, format: str | None = None) -> None:
    """Write what a model computes from its inputs.

    Args:
        model: the model, with an input shape.
        filepath: the file, or for a saved model the folder.
        format: "onnx" or "tf_saved_model"; by default the first if the path ends in ``.onnx``.

    Raises:
        ValueError: the model computes something that the format has no form for, all of which is named (of ONNX, an
            `ExportError`); it has no weights yet; there is no such format.
        ImportError: the package onnx, or tensorboard for a saved model, is not installed.
        OSError: it cannot be written.
    """
    path = os.fspath(filepath)
    chosen = format or ("onnx" if path.endswith(".onnx") else "tf_saved_model")
    if chosen not in FORMATS:
        raise ValueError(f"A model is exported as one of {', '.join(FORMATS)}; got {format!r}.")
    if chosen == "onnx":
        onnx_files.save_model(onnx_model(model), path)
    else:
        inputs, outputs, session = _ends_without_loops(model)
        save_frozen(session, path, inputs, outputs)


def onnx_model(model: Any, metadata: Mapping[str, str] | None = None) -> Any:
    """A model as a `ModelProto` of ONNX; see `export_model`.

    Args:
        model: the model, with an input shape.
        metadata: texts to keep beside it.

    >>> from kerasflow.models.files.exporting import onnx_model
    >>> x = tf.keras.Input((3,), name="x")
    >>> made = onnx_model(tf.keras.Model(x, tf.keras.layers.Dense(1, name="y")(x)))
    >>> [node.op_type for node in made.graph.node], made.graph.input[0].name, made.graph.output[0].name
    (['MatMul', 'Add', 'Identity'], 'x', 'y')
    """
    inputs, outputs, session = _ends(model)
    notes = {"kerasflow": __version__, **(metadata or {})}
    return onnx_files.convert_graph(session, inputs, outputs, str(model.name), BATCH, notes)


def _ends(model: Any) -> tuple[Named, Named, Any]:
    """The inputs and outputs of a model as tensors by name, and the session in which the weights have their values."""
    if not model.built:
        raise ValueError(f"The model {model.name!r} is not built yet: give it an input shape, or fit it first.")
    workspace = model._programs()
    program = workspace.predict_program()
    return *_named(model, program.feeds, program.fetches), workspace.session


def _ends_without_loops(model: Any) -> tuple[Named, Named, Any]:
    """As `_ends`, with the steps of recurrent layers written out one after the other: TensorFlow has not our loops."""
    recurrent = [layer for layer in model._all_layers() if hasattr(layer, "unroll")] if model.built else []
    if not recurrent:
        return _ends(model)
    before = [layer.unroll for layer in recurrent]
    graph = Graph()
    try:
        for layer in recurrent:
            layer.unroll = True
        with graph.as_default():
            inputs = [ops.placeholder(t.dtype, t.dims) for t in model.inputs]
            outputs = flatten(model(Layout(model.input, model.input_names).pack(inputs)))
    finally:
        for layer, unroll in zip(recurrent, before, strict=True):
            layer.unroll = unroll
    return *_named(model, inputs, outputs), Session(graph=graph)


def _named(model: Any, tensors_in: Sequence[Tensor], tensors_out: Sequence[Tensor]) -> tuple[Named, Named]:
    """The inputs and outputs of a model by name; no two are called the same."""
    inputs = dict(zip(model.input_names, tensors_in, strict=True))
    outputs: Named = {}
    for name, t in zip(model.output_names, tensors_out, strict=True):
        found, k = name, 0
        while found in inputs or found in outputs:
            k += 1
            found = f"{name}_output" if k == 1 else f"{name}_output_{k}"
        outputs[found] = t
    return inputs, outputs
