"""The way to the package `onnx`. ImportError, with the remedy, if it is not installed."""

from __future__ import annotations

try:
    from google.protobuf.message import DecodeError
    from onnx import AttributeProto, ModelProto, TensorProto, checker, helper, numpy_helper
except ImportError as error:
    raise ImportError("ONNX files take the package onnx: pip install 'kerasflow[onnx]'.") from error

__all__ = ["AttributeProto", "DecodeError", "ModelProto", "TensorProto", "checker", "helper", "numpy_helper"]
