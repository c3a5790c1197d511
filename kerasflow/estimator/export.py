"""`tf.estimator.export`: what is put into a saved model of an estimator, and what it gives."""

from kerasflow.estimator.export_outputs import ClassificationOutput, ExportOutput, PredictOutput, RegressionOutput
from kerasflow.estimator.receivers import (
    ServingInputReceiver,
    TensorServingInputReceiver,
    build_parsing_serving_input_receiver_fn,
    build_raw_serving_input_receiver_fn,
)

__all__ = [
    "ClassificationOutput",
    "ExportOutput",
    "PredictOutput",
    "RegressionOutput",
    "ServingInputReceiver",
    "TensorServingInputReceiver",
    "build_parsing_serving_input_receiver_fn",
    "build_raw_serving_input_receiver_fn",
]
