"""Models written for others to run, without kerasflow: as ONNX, or as a saved model of TensorFlow.

What is written computes the outputs from the inputs, with the weights as constants; of training nothing is left.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import kerasflow.onnx as onnx_files
from kerasflow.core import ops, shapes
from kerasflow.core.graph import Graph
from kerasflow.core.session import Session
from kerasflow.core.tensor import Tensor
from kerasflow.core.version import __version__
from kerasflow.layers import context
from kerasflow.layers.symbolic import flatten
from kerasflow.models.nesting import Layout
from kerasflow.saved_model.frozen import save_frozen

__all__ = ["export_model", "onnx_model"]

FORMATS = ("onnx", "tf_saved_model")
BATCH = "batch"  # what the open size of the first axis is called

Named = dict[str, Tensor]


def export_model(model: Any, filepath: Any, format: str | None = None, input_signature: Any = None) -> None:
    """Write what a model computes from its inputs.

    Args:
        model: the model, with an input shape.
        filepath: the file, or for a saved model the folder.
        format: "onnx" or "tf_saved_model"; by default the first if the path ends in ``.onnx``.
        input_signature: the shapes of the inputs, or what has a `shape`, where the model leaves sizes open; for several
            inputs a list, or a dict by name.

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
        onnx_files.save_model(onnx_model(model, input_signature=input_signature), path)
    else:
        inputs, outputs, session = _ends(model, input_signature, unrolled=True)
        save_frozen(session, path, inputs, outputs)


def onnx_model(model: Any, metadata: Mapping[str, str] | None = None, input_signature: Any = None) -> Any:
    """A model as a `ModelProto` of ONNX; see `export_model`.

    Args:
        model: the model, with an input shape.
        metadata: texts to keep beside it.
        input_signature: as there.

    >>> from kerasflow.models.files.exporting import onnx_model
    >>> x = tf.keras.Input((3,), name="x")
    >>> made = onnx_model(tf.keras.Model(x, tf.keras.layers.Dense(1, name="y")(x)))
    >>> [node.op_type for node in made.graph.node], made.graph.input[0].name, made.graph.output[0].name
    (['MatMul', 'Add', 'Identity'], 'x', 'y')
    """
    inputs, outputs, session = _ends(model, input_signature)
    notes = {"kerasflow": __version__, **(metadata or {})}
    return onnx_files.convert_graph(session, inputs, outputs, str(model.name), BATCH, notes)


def _ends(model: Any, signature: Any, unrolled: bool = False) -> tuple[Named, Named, Any]:
    """The inputs and outputs of a model as tensors by name, and the session in which the weights have their values.

    Args:
        model: the model.
        signature: what is known of the shapes of the inputs beyond what the model says, or None.
        unrolled: whether the steps of recurrent layers are written out one after the other: TensorFlow has not our
            loops.
    """
    if not model.built:
        raise ValueError(f"The model {model.name!r} is not built yet: give it an input shape, or fit it first.")
    recurrent = [layer for layer in model._all_layers() if hasattr(layer, "unroll")] if unrolled else []
    if signature is None and not recurrent:
        workspace = model._programs()
        program = workspace.predict_program()
        return *_named(model, program.feeds, program.fetches), workspace.session
    dims = _shapes(model, signature)
    graph = Graph()
    with graph.as_default(), context.training_phase(False), _written_out(recurrent):
        inputs = [ops.placeholder(t.dtype, d) for t, d in zip(model.inputs, dims, strict=True)]
        outputs = flatten(model(Layout(model.input, model.input_names).pack(inputs)))
    return *_named(model, inputs, outputs), Session(graph=graph)


@contextlib.contextmanager
def _written_out(layers: Sequence[Any]) -> Iterator[None]:
    """Have recurrent layers write out their steps."""
    before = [layer.unroll for layer in layers]
    try:
        for layer in layers:
            layer.unroll = True
        yield
    finally:
        for layer, unroll in zip(layers, before, strict=True):
            layer.unroll = unroll


def _shapes(model: Any, signature: Any) -> list[Any]:
    """The shapes of the inputs, with what the signature adds to them."""
    known = [t.dims for t in model.inputs]
    if signature is None:
        return known
    if isinstance(signature, Mapping):
        signature = [signature[name] for name in model.input_names]
    elif hasattr(signature, "shape") or all(n is None or isinstance(n, int) for n in signature):
        signature = [signature]
    if len(signature) != len(known):
        raise ValueError(f"The model {model.name!r} has {len(known)} inputs, input_signature has {len(signature)}.")
    given = [shapes.as_dims(getattr(item, "shape", item)) for item in signature]
    for name, a, b in zip(model.input_names, known, given, strict=True):
        if not shapes.compatible(a, b):
            raise ValueError(
                f"The input {name!r} of the model {model.name!r} has the shape {shapes.show(a)}, input_signature says "
                f"{shapes.show(b)}."
            )
    return [shapes.merge(a, b) for a, b in zip(known, given, strict=True)]


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
