"""Signatures, under the name that TensorFlow has for their room."""

from kerasflow.saved_model.signatures import (
    build_signature_def,
    classification_signature_def,
    predict_signature_def,
    regression_signature_def,
)

__all__ = [
    "build_signature_def",
    "classification_signature_def",
    "predict_signature_def",
    "regression_signature_def",
]
