"""Write summaries.json: what the programs of summary_programs.py give in TensorFlow 1.15.5.

Provenance: tensorflow==1.15.5 from PyPI (CPU, CPython 3.7, NumPy 1.18.5) on x86-64 Linux, glibc 2.36. Run it as

    python3.7 tests/golden/make_summaries.py
"""

import base64
import json
import os

import tensorflow as tf
from summary_programs import FAILING, PROGRAMS, run


def error_of(program):
    """The class of the error, and its first line."""
    try:
        run(program, tf)
    except Exception as error:  # whatever it is, it is asked for
        return [type(error).__name__, str(error).splitlines()[0]]
    raise ValueError("no error")


def main():
    """Write the file, one program a line."""
    found = {}
    for key, program in PROGRAMS.items():
        record, content = run(program, tf)
        found[key] = dict(record, content=base64.b64encode(content).decode())
    for key, program in FAILING.items():
        found[key] = {"error": error_of(program)}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "summaries.json")
    lines = ",\n".join(json.dumps(k) + ": " + json.dumps(v, sort_keys=True) for k, v in found.items())
    with open(path, "w") as file:
        file.write("{\n" + lines + "\n}\n")


if __name__ == "__main__":
    main()
