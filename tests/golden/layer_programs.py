"""Layers on small inputs, written once: Keras runs them to make the golden file, the tests run them.

`LAYERS` has one row each: the class, its arguments, the shape of a sample. `run` gives the output, what is left of the
weights after one step of training, and what the layer says of itself.
"""

from typing import Any

import numpy as np

ROWS = 4
FIRST = {"data_format": "channels_first"}
WINDOWED = ("kernel_size", "strides", "padding", "data_format", "dilation_rate", "pool_size", "groups", "use_bias")
SAID = (*WINDOWED, "filters", "depth_multiplier", "output_padding", "axis", "momentum", "epsilon", "center", "scale")

LAYERS: list[tuple[str, dict[str, Any], tuple[int, ...]]] = [
    ("Conv1D", {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "same", "activation": "tanh"}, (7, 2)),
    ("Conv1D", {"filters": 2, "kernel_size": 3, "padding": "causal", "dilation_rate": 2}, (6, 2)),
    ("Conv1D", {"filters": 2, "kernel_size": 2, "padding": "causal", **FIRST}, (2, 5)),
    ("Conv1D", {"filters": 4, "kernel_size": 2, "groups": 2, "use_bias": False}, (5, 6)),
    ("Conv2D", {"filters": 3, "kernel_size": (3, 2), "strides": (2, 1), "activation": "relu"}, (6, 5, 2)),
    ("Conv2D", {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "same"}, (6, 5, 2)),
    ("Conv2D", {"filters": 2, "kernel_size": 2, "dilation_rate": (2, 3), "padding": "SAME"}, (6, 7, 2)),
    ("Conv2D", {"filters": 4, "kernel_size": (2, 3), "groups": 2, "padding": "same", **FIRST}, (4, 5, 4)),
    ("Conv3D", {"filters": 2, "kernel_size": (1, 2, 2), "strides": (1, 2, 1)}, (2, 5, 4, 2)),
    ("Conv1DTranspose", {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same"}, (4, 3)),
    ("Conv1DTranspose", {"filters": 2, "kernel_size": 2, "strides": 3, "output_padding": 1}, (4, 3)),
    ("Conv2DTranspose", {"filters": 2, "kernel_size": (3, 2), "strides": 2}, (3, 4, 2)),
    ("Conv2DTranspose", {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same"}, (3, 2, 2)),
    (
        "Conv2DTranspose",
        {"filters": 1, "kernel_size": 3, "strides": 2, "padding": "same", "output_padding": 0},
        (3, 2, 2),
    ),
    ("Conv2DTranspose", {"filters": 2, "kernel_size": 2, "strides": (1, 2), "activation": "tanh", **FIRST}, (3, 4, 2)),
    ("Conv1DTranspose", {"filters": 1, "kernel_size": 4, "strides": 2, "padding": "same", "output_padding": 1}, (3, 2)),
    ("Conv3DTranspose", {"filters": 1, "kernel_size": 2, "strides": (1, 2, 1), "use_bias": False}, (2, 3, 2, 2)),
    ("DepthwiseConv1D", {"kernel_size": 3, "depth_multiplier": 2, "padding": "same"}, (6, 2)),
    ("DepthwiseConv2D", {"kernel_size": (3, 2), "depth_multiplier": 2, "activation": "relu"}, (5, 4, 3)),
    ("DepthwiseConv2D", {"kernel_size": 2, "strides": 2, "padding": "same", **FIRST}, (3, 5, 4)),
    ("SeparableConv1D", {"filters": 3, "kernel_size": 2, "strides": 2, "depth_multiplier": 2}, (7, 2)),
    ("SeparableConv2D", {"filters": 3, "kernel_size": 3, "padding": "same", "activation": "tanh"}, (5, 4, 2)),
    ("SeparableConv2D", {"filters": 2, "kernel_size": 2, "dilation_rate": 2, "use_bias": False}, (5, 4, 2)),
    ("MaxPooling1D", {"pool_size": 3, "strides": 2, "padding": "same"}, (6, 2)),
    ("MaxPooling2D", {}, (5, 4, 2)),
    ("MaxPooling2D", {"pool_size": (2, 3), "strides": 1, "padding": "same", **FIRST}, (2, 4, 5)),
    ("MaxPooling3D", {"pool_size": (1, 2, 2)}, (2, 4, 4, 1)),
    ("AveragePooling1D", {"pool_size": 2}, (5, 2)),
    ("AveragePooling2D", {"pool_size": 3, "strides": 2, "padding": "same"}, (5, 4, 2)),
    ("AveragePooling3D", {"pool_size": 2, "padding": "same"}, (3, 4, 2, 1)),
    ("GlobalMaxPooling1D", {}, (4, 3)),
    ("GlobalMaxPooling2D", {"keepdims": True}, (4, 3, 2)),
    ("GlobalMaxPooling3D", {**FIRST}, (2, 3, 2, 2)),
    ("GlobalAveragePooling1D", {**FIRST}, (3, 5)),
    ("GlobalAveragePooling2D", {}, (4, 3, 2)),
    ("GlobalAveragePooling3D", {"keepdims": True}, (2, 3, 2, 2)),
    ("BatchNormalization", {"momentum": 0.7}, (3,)),
    ("BatchNormalization", {"momentum": 0.9, "epsilon": 0.1, "center": False}, (4, 3, 2)),
    ("BatchNormalization", {"axis": 1, "momentum": 0.5, "scale": False}, (3, 4)),
    ("BatchNormalization", {"momentum": 0.5, "trainable": False}, (2, 3, 2)),
    ("Embedding", {"input_dim": 7, "output_dim": 3}, (5,)),
]


def plain(value: Any) -> Any:
    """`value` with lists in place of tuples."""
    return [plain(v) for v in value] if isinstance(value, (tuple, list)) else value


def run(keras: Any, row: int) -> dict[str, Any]:
    """What the layer of one row does in the Keras that is given."""
    kind, arguments, shape = LAYERS[row]
    rng = np.random.default_rng(row)
    if kind == "Embedding":
        x = rng.integers(0, arguments["input_dim"], (ROWS, *shape)).astype(np.int32)
    else:
        x = rng.normal(size=(ROWS, *shape)).astype(np.float32)
    layer = getattr(keras.layers, kind)(**arguments)
    model = keras.Sequential([keras.Input(shape, dtype=str(x.dtype)), layer])
    model.set_weights([rng.uniform(0.2, 0.9, w.shape).astype(np.float32) for w in model.get_weights()])
    before = model.predict(x, verbose=0)
    model.compile(keras.optimizers.SGD(2.0), "mse")
    history = model.fit(x, rng.normal(size=before.shape).astype(np.float32), batch_size=ROWS, verbose=0)
    config = layer.get_config()
    return {
        "output": before.tolist(),
        "loss": history.history["loss"][0],
        "weights": [w.tolist() for w in model.get_weights()],
        "names": [w.name.split("/")[-1].split(":")[0] for w in layer.weights],
        "shape": plain(layer.compute_output_shape((None, *shape))),
        "config": {k: plain(config[k]) for k in SAID if k in config},
    }
