"""Networks with all that comes before and after them, for other runtimes; each way is loaded when it is asked for.

`table_model` makes a model of ONNX, for which the package onnx is needed, `save_table` writes a saved model of
TensorFlow, for which tensorboard is.
"""

from kerasflow.core.doors import door as _door

__all__, __getattr__, __dir__ = _door(
    __name__,
    {"kerasflow.estimators.onnx_table": ("table_model",), "kerasflow.estimators.table_graph": ("save_table",)},
)
