"""What a file of ONNX takes and gives; nothing in it is run."""

from __future__ import annotations

import os
from typing import Any

from kerasflow.onnx._messages import DecodeError, ModelProto, TensorProto, checker

__all__ = ["describe_model"]


def describe_model(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What there is to know of the model in a file, as JSON carries it.

    Returns:
        Its `format`, `name`, `bytes`, the number of its `nodes`, its `inputs` and `outputs` with name, shape and dtype,
        and the `notes` that whoever wrote it has left.

    Raises:
        ValueError: it is no file of ONNX, or a damaged one. OSError: it cannot be read.
    """
    model = ModelProto()
    try:
        with open(path, "rb") as file:
            model.ParseFromString(file.read())
        checker.check_model(model)
    except (DecodeError, checker.ValidationError) as error:
        raise ValueError(f"{os.fspath(path)}: no file of ONNX, or a damaged one: {error}") from error
    constants = {constant.name for constant in model.graph.initializer}
    operators = next((each.version for each in model.opset_import if each.domain in ("", "ai.onnx")), 0)
    return {
        "what": "model",
        "format": f"ONNX, operators of version {operators}",
        "name": model.graph.name,
        "bytes": os.path.getsize(path),
        "nodes": len(model.graph.node),
        "written_by": {"producer": " ".join(filter(None, [model.producer_name, model.producer_version]))},
        "inputs": [_port(port) for port in model.graph.input if port.name not in constants],
        "outputs": [_port(port) for port in model.graph.output],
        "notes": {note.key: note.value for note in model.metadata_props},
    }


def _port(port: Any) -> dict[str, Any]:
    kind = port.type.tensor_type
    shape = [size.dim_value if size.HasField("dim_value") else None for size in kind.shape.dim]
    name = TensorProto.DataType.Name(kind.elem_type) if port.type.HasField("tensor_type") else "no tensor"
    dtype = {"FLOAT": "float32", "DOUBLE": "float64"}.get(name, name.lower())
    return {"name": port.name, "shape": shape if kind.HasField("shape") else None, "dtype": dtype}
