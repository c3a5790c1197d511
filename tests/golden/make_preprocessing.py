"""Write preprocessing.json: what the programs of preprocessing_programs.py give in Keras 3.15.1.

Provenance: keras==3.15.1 on tensorflow-cpu==2.21.0 from PyPI (CPython 3.11) on x86-64 Linux. Run it as

    KERAS_BACKEND=tensorflow python tests/golden/make_preprocessing.py
"""

import json
import os

import keras
import numpy as np
from preprocessing_programs import PROGRAMS


def plain(value):
    """Arrays and bytes as lists and texts."""
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist())
    return value.decode() if isinstance(value, bytes) else value


def run(name, arguments, data, inputs):
    """What the layer gives, its configuration, its vocabulary and its weights."""
    layer = getattr(keras.layers, name)(**arguments, name="x")
    if data is not None:
        layer.adapt(np.array(data, dtype=object) if isinstance(np.array(data).flat[0], str) else np.array(data))
    array = np.array(inputs)
    output = layer(array.astype("float32") if array.dtype.kind == "f" else array)
    found = {"output": plain(np.asarray(output)), "config": plain(layer.get_config())}
    if hasattr(layer, "get_vocabulary"):
        found["vocabulary"] = plain(layer.get_vocabulary())
    if name == "Normalization":
        found["weights"] = [plain(np.asarray(w)) for w in layer.weights]
    if name == "Discretization":
        found["boundaries"] = plain(layer.bin_boundaries)
    if hasattr(getattr(layer, "_lookup_layer", layer), "idf_weights"):
        found["idf_weights"] = plain(getattr(layer, "_lookup_layer", layer).idf_weights.numpy())
    return found


def main():
    """Write the file, one program a line."""
    lines = [json.dumps(k) + ": " + json.dumps(run(*p), sort_keys=True) for k, p in PROGRAMS.items()]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "preprocessing.json")
    with open(path, "w") as file:
        file.write("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
