"""Run the rows of `layer_programs.py` under Keras 3 on JAX and write what they gave to layers.json.

pip install keras jax
KERAS_BACKEND=jax JAX_PLATFORMS=cpu python tests/golden/make_layers.py
"""

import json
from pathlib import Path

import keras
import layer_programs


def short(value):
    """`value` with nine digits to a number."""
    if isinstance(value, list):
        return [short(v) for v in value]
    return float(format(value, ".9g")) if isinstance(value, float) else value


seen = []
for row in range(len(layer_programs.LAYERS)):
    found = layer_programs.run(keras, row)
    seen.append(json.dumps({k: short(v) for k, v in found.items()}, separators=(",", ":")))
text = "[\n" + ",\n".join(seen) + "\n]\n"
Path(__file__).with_name("layers.json").write_text(text)
