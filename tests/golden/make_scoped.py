"""Write scoped.json: what the programs of scoped_programs.py make in TensorFlow 1.15.5.

Provenance: tensorflow==1.15.5 from PyPI (CPU, CPython 3.7, NumPy 1.18.5) on x86-64 Linux, glibc 2.36. Run it as

    python3.7 tests/golden/make_scoped.py

Numbers have nine digits, as many as tell all float32 apart.
"""

import json
import os

import tensorflow as tf
from scoped_programs import PROGRAMS, run


def short(value):
    """`value` with nine digits to a number."""
    if isinstance(value, list):
        return [short(v) for v in value]
    return float(format(value, ".9g")) if isinstance(value, float) else value


def main():
    """Write the file, one program a line."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "scoped.json")
    lines = []
    for program in PROGRAMS:
        found = {k: short(v) for k, v in run(tf, program).items()}
        lines.append('"{}": {}'.format(program.__name__, json.dumps(found, separators=(",", ":"))))
    with open(path, "w") as file:
        file.write("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
