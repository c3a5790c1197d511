"""What the tests of optimizers step on, and how."""

import json
from pathlib import Path

import numpy as np

import kerasflow as tf

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def golden(which):
    """Start, gradients and cases of a file that tests/golden/make_optimizers.py wrote."""
    contents = json.loads((GOLDEN / f"optimizers_{which}.json").read_text())
    for case in contents["cases"]:
        case["steps"] = [unhex(x) for x in case["steps"]]
    return unhex(contents["problem"]["start"]), [unhex(g) for g in contents["problem"]["gradients"]], contents["cases"]


def unhex(values):
    return np.array([float.fromhex(v) for v in values]).reshape(4, 3)


START, GRADIENTS, _ = golden("train")


def label(case):
    options = [name for name in case["arguments"] if name != "learning_rate"]
    return "-".join([case["name"], *options, *(["rows"] if "rows" in case else [])])


def steps(optimizer, start=START, gradients=GRADIENTS, variable=None):
    """The variable, and its value after each step of `optimizer` by `gradients`, with its slots' values.

    The gradients are fed, so that every step runs the same operations.
    """
    x = tf.Variable(start, name="x") if variable is None else variable
    g = tf.placeholder(x.dtype, start.shape)
    step = optimizer.apply_gradients([(g, x)])
    names = optimizer.get_slot_names()
    found = []
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for value in gradients:
            session.run(step, {g: value.astype(x.dtype.numpy)})
            found.append(session.run({"x": x} | {name: optimizer.get_slot(x, name) for name in names}))
    return found


def assert_steps(found, expected, rtol, atol=0.0):
    """Every array after every step is as expected."""
    for t, (one, other) in enumerate(zip(found, expected, strict=True)):
        assert one.keys() == other.keys()
        for name in other:
            np.testing.assert_allclose(
                one[name], other[name], rtol=rtol, atol=atol, err_msg=f"{name} after step {t + 1}"
            )
