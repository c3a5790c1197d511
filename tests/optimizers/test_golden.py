"""The Keras optimizers step as Keras 3.15.1's do on JAX, in float64."""

import pytest

from kerasflow import optimizers
from tests.train.problem import assert_steps, golden, label, steps

_, _, CASES = golden("keras")


@pytest.mark.parametrize("case", CASES, ids=label)
def test_steps(case):
    arguments = dict(case["arguments"])
    if isinstance(arguments["learning_rate"], list):
        schedule, values = arguments["learning_rate"]
        arguments["learning_rate"] = getattr(optimizers.schedules, schedule)(*values)
    optimizer = getattr(optimizers, case["name"])(**arguments)
    found = [{"x": s["x"]} for s in steps(optimizer)]
    # Keras computes the cosines of schedules in float32, whatever the variables.
    rtol = 1e-6 if "Cosine" in str(case["arguments"]) else 1e-12
    assert_steps(found, [{"x": x} for x in case["steps"]], rtol)
