"""Write control_programs.json: what the programs of control_programs.py give in TensorFlow 1.15.5.

Provenance: tensorflow==1.15.5 from PyPI (CPU, CPython 3.7, NumPy 1.18.5) on x86-64 Linux, glibc 2.36. Run it as

    python3.7 tests/golden/make_control_programs.py

Of each fetch the file has its name, type, static shape and values, floats as `float.hex`.
"""

import json
import os

import numpy as np
import tensorflow as tf
from control_programs import PROGRAMS


def record(program):
    """Everything that is stored of one program."""
    with tf.Graph().as_default():
        fetches, feeds = program(tf)
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            values = [np.asarray(v) for v in session.run(fetches, feeds)]
    return {
        "program": program.__name__,
        "fetches": [
            {
                "name": t.name,
                "dtype": t.dtype.name,
                "static": t.shape.as_list() if t.shape.ndims is not None else None,
                "shape": list(v.shape),
                "values": [x.hex() if isinstance(x, float) else x for x in v.reshape(-1).tolist()],
            }
            for t, v in zip(fetches, values)  # noqa: B905  # Python 3.7 has no strict=
        ],
    }


def main():
    """Write the file, one program a line."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "control_programs.json")
    lines = ",\n".join(json.dumps(record(program), sort_keys=True) for program in PROGRAMS)
    with open(path, "w") as file:
        file.write("[\n" + lines + "\n]\n")


if __name__ == "__main__":
    main()
