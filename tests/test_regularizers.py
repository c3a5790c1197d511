"""Regularizers against closed forms."""

import json

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import regularizers
from tests.core.ops.harness import Case, check_gradient, check_value, seeded

rng = seeded("regularizers")
W = rng.uniform(0.2, 1.0, (4, 3)) * rng.choice([-1.0, 1.0], (4, 3))


def cosines(rows):
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    above = np.triu_indices(len(rows), 1)
    return np.mean(np.abs(unit @ unit.T)[above])


@pytest.mark.parametrize(
    ("regularizer", "op", "expected"),
    [
        (regularizers.L1(0.3), "Abs", lambda w: 0.3 * np.abs(w).sum()),
        (regularizers.L2(0.3), "L2Loss", lambda w: 0.3 * (w**2).sum()),
        (regularizers.L1L2(0.3, 0.2), "L2Loss", lambda w: 0.3 * np.abs(w).sum() + 0.2 * (w**2).sum()),
        (regularizers.L1L2(l2=0.2), "L2Loss", lambda w: 0.2 * (w**2).sum()),
        (regularizers.L1L2(l1=0.2), "Abs", lambda w: 0.2 * np.abs(w).sum()),
        (regularizers.OrthogonalRegularizer(0.7), "MatMul", lambda w: 0.7 * cosines(w)),
        (regularizers.OrthogonalRegularizer(0.7, mode="columns"), "MatMul", lambda w: 0.7 * cosines(w.T)),
    ],
    ids=str,
)
def test_penalty(regularizer, op, expected):
    knows = "shape" if op == "MatMul" else "nothing"
    case = Case(regularizer, (W,), lambda w: np.asarray(expected(w)), knows=knows)
    check_value(case, op)
    check_gradient(case, op)


def test_orthonormal_rows_cost_nothing():
    session = tf.Session()
    assert session.run(regularizers.OrthogonalRegularizer()(np.eye(3))) == 0.0
    assert session.run(regularizers.OrthogonalRegularizer()(np.ones((1, 3)))) == 0.0
    assert session.run(regularizers.OrthogonalRegularizer(1.0)(np.ones((3, 2)))) == pytest.approx(1.0, rel=1e-12)


def test_of_a_variable():
    w = tf.Variable([3.0, -4.0])
    with tf.Session() as session:
        session.run(w.initializer)
        assert session.run(regularizers.l1_l2(0.5, 0.1)(w)) == 6.0
        assert session.run(regularizers.L1L2()(w)) == 0.0
    assert regularizers.L1L2()(tf.constant([1.0], tf.float64)).dtype == tf.float64


def test_names():
    assert regularizers.get(None) is None
    assert regularizers.get("l1").get_config() == {"l1": 0.01}
    assert regularizers.get("L2").get_config() == {"l2": 0.01}
    assert regularizers.get("l1_l2").get_config() == {"l1": 0.01, "l2": 0.01}
    assert regularizers.get("L1L2").get_config() == {"l1": 0.0, "l2": 0.0}
    assert regularizers.get("orthogonal_regularizer").get_config() == {"factor": 0.01, "mode": "rows"}
    penalty = regularizers.get(lambda w: tf.reduce_sum(w))
    assert tf.Session().run(penalty(tf.constant([1.0, 2.0]))) == 3.0


@pytest.mark.parametrize(
    "regularizer",
    [
        regularizers.l1(0.3),
        regularizers.l2(0.4),
        regularizers.l1_l2(0.1, 0.2),
        regularizers.OrthogonalRegularizer(0.5, "columns"),
    ],
    ids=str,
)
def test_plain_data_there_and_back(regularizer):
    saved = json.loads(json.dumps(regularizers.serialize(regularizer)))
    again = regularizers.deserialize(saved)
    assert type(again) is type(regularizer)
    assert again.get_config() == regularizer.get_config()
    assert saved["module"] == "keras.regularizers"


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: regularizers.L1(-0.1), ValueError, "l1 must be a finite number of at least 0, got -0.1"),
        (lambda: regularizers.L2(float("nan")), ValueError, "l2 must be a finite number"),
        (lambda: regularizers.L1L2(l2=float("inf")), ValueError, "l2 must be a finite number"),
        (lambda: regularizers.l1("much"), ValueError, "l1 must be a number of at least 0, got 'much'"),
        (lambda: regularizers.OrthogonalRegularizer(mode="row"), ValueError, "'rows' or 'columns', got 'row'"),
        (lambda: regularizers.OrthogonalRegularizer()(np.zeros(3)), ValueError, r"matrices of known size, got \(3,\)"),
        (lambda: regularizers.get("l1l2_"), ValueError, "no regularizer 'l1l2_'. Did you mean 'l1_l2'"),
        (lambda: regularizers.get(0.01), TypeError, "Expected a regularizer, or its name; got 0.01"),
        (lambda: regularizers.Regularizer()(W), NotImplementedError, "has to define __call__"),
    ],
)
def test_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
