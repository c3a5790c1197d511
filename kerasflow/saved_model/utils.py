"""The description of tensors, under the name that TensorFlow has for its room."""

from kerasflow.saved_model.signatures import build_tensor_info, get_tensor_from_tensor_info

__all__ = ["build_tensor_info", "get_tensor_from_tensor_info"]
