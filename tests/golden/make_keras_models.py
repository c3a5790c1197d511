"""Run the programs of `keras_programs.py` under Keras 3 on JAX and write what they saw to keras_models.json.

pip install keras jax
KERAS_BACKEND=jax JAX_PLATFORMS=cpu python tests/golden/make_keras_models.py
"""

import json
from pathlib import Path

import keras
import keras_programs

seen = {program.__name__: program(keras) for program in keras_programs.PROGRAMS}
text = json.dumps({"keras": keras.__version__, "seen": seen}, separators=(",", ":"))
Path(__file__).with_name("keras_models.json").write_text(text.replace('},"', '},\n"') + "\n")
