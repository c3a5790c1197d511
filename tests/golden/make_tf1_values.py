"""Write tf1_values.json: what TensorFlow gives for the expressions of tf1_expressions.txt, for tests/core/ops.

Provenance: tensorflow==1.15.5 from PyPI with numpy==1.18.5, CPython 3.7 on x86-64 Linux, on the CPU. Run it as

    python tests/golden/make_tf1_values.py

Only the expressions, which are this project's own, and the numbers TensorFlow returned are stored.
"""

import json
import os
import warnings
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
warnings.simplefilter("ignore")

import tensorflow as tf  # noqa: E402
from tf1_programs import encoded, evaluate, expressions  # noqa: E402

tf.logging.set_verbosity(tf.logging.ERROR)
OUT = Path(__file__).resolve().with_name("tf1_values.json")


def row(kind, family, expression):
    """What is to be expected of one expression."""
    try:
        arrays = evaluate(tf, expression, kind == "gradients")
    except Exception as error:
        if kind == "errors":
            return [kind, family, expression, type(error).__name__]
        raise SystemExit(f"{expression}: {type(error).__name__}: {error}") from None
    if kind == "errors":
        raise SystemExit(f"{expression}: TensorFlow raises nothing")
    return [kind, family, expression, [encoded(a) for a in arrays]]


if __name__ == "__main__":
    rows = [row(*e) for e in expressions()]
    OUT.write_text("[\n" + ",\n".join(json.dumps(r) for r in rows) + "\n]\n")
