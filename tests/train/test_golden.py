"""The optimizers of `tf.train` step as TensorFlow 1.15.5's do."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import train
from tests.train.problem import assert_steps, golden, label, steps

START, GRADIENTS, CASES = golden("train")
DENSE = [case for case in CASES if "rows" not in case]
SPARSE = [case for case in CASES if "rows" in case]


@pytest.mark.parametrize("case", DENSE, ids=lambda case: f"{case['dtype']}-{label(case)}")
def test_dense(case):
    optimizer = getattr(train, case["name"])(**case["arguments"])
    found = steps(optimizer, START.astype(case["dtype"]))
    tolerance = {"rtol": 1e-12} if case["dtype"] == "float64" else {"rtol": 1e-5, "atol": 1e-6}
    assert_steps([{"x": s["x"]} for s in found], [{"x": x} for x in case["steps"]], **tolerance)


@pytest.mark.parametrize("case", SPARSE, ids=label)
def test_rows(case):
    optimizer = getattr(train, case["name"])(**case["arguments"])
    x = tf.Variable(START)
    values, rows = tf.placeholder(tf.float64, [None, 3]), tf.placeholder(tf.int32, [None])
    step = optimizer.apply_gradients([(tf.IndexedSlices(values, rows, tf.constant([4, 3])), x)])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for t, (g, which) in enumerate(zip(GRADIENTS, case["rows"], strict=True)):
            session.run(step, {values: g[: len(which)], rows: which})
            np.testing.assert_allclose(session.run(x), case["steps"][t], rtol=1e-12, err_msg=f"step {t + 1}")
