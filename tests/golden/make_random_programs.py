"""Write random_programs.json: what the programs of random_programs.py draw in TensorFlow 1.15.5, in three runs.

Provenance: tensorflow==1.15.5 from PyPI (CPU, CPython 3.7, NumPy 1.18.5) on x86-64 Linux, glibc 2.36. Run it as

    python3.7 tests/golden/make_random_programs.py

Of each fetch of a program the file has its name, type, shape and the values of every run, floats as `float.hex`.
"""

import json
import os

import tensorflow as tf
from random_programs import PROGRAMS

RUNS = 3


def listed(array):
    """Exact numbers in row-major order: integers as they are, floats in hexadecimal."""
    values = array.reshape(-1).tolist()
    return [v.hex() if isinstance(v, float) else v for v in values]


def record(program):
    """Everything that is stored of one program."""
    with tf.Graph().as_default():
        fetches, initializers, feeds = program(tf)
        with tf.Session() as session:
            session.run(initializers or [])
            runs = [session.run(fetches, feeds) for _ in range(RUNS)]
    return {
        "program": program.__name__,
        "fetches": [
            {
                "name": tensor.name,
                "dtype": tensor.dtype.name,
                "shape": list(runs[0][i].shape),
                "runs": [listed(run[i]) for run in runs],
            }
            for i, tensor in enumerate(fetches)
        ],
    }


def main():
    """Write the file, one program a line."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "random_programs.json")
    lines = ",\n".join(json.dumps(record(program), sort_keys=True) for program in PROGRAMS)
    with open(path, "w") as file:
        file.write("[\n" + lines + "\n]\n")


if __name__ == "__main__":
    main()
