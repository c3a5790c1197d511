"""Write windows.json: what the programs of window_programs.py give in TensorFlow 1.15.5.

Provenance: tensorflow==1.15.5 from PyPI (CPU, CPython 3.7, NumPy 1.18.5) on x86-64 Linux, glibc 2.36. Run it as

    python3.7 tests/golden/make_windows.py

Arrays are stored as their shape and their numbers in row-major order, float32 to 9 digits. What is null TensorFlow
does not know.
"""

import json
import os

import numpy as np
import tensorflow as tf
from window_programs import PROGRAMS, run


def stored(array):
    """An array as JSON."""
    if array is None:
        return None
    values = array.reshape(-1).tolist()
    if array.dtype == np.float32:
        values = [float(format(v, ".9g")) for v in values]
    return [list(array.shape), values]


def record(row):
    """Everything that is stored of one program."""
    name, arrays = run(tf, row)
    return {"name": name, **{kind: [stored(a) for a in found] for kind, found in arrays.items()}}


def main():
    """Write the file, one program a line."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "windows.json")
    lines = [json.dumps(record(row)) for row in PROGRAMS]
    with open(path, "w") as file:
        file.write("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
