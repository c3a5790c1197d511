"""Constraints against closed forms."""

import json

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import constraints
from tests.core.ops.harness import seeded

rng = seeded("constraints")
W = rng.normal(size=(4, 6)) * np.array([0.01, 0.3, 0.7, 1.5, 4.0, 20.0])


def projected(constraint, w):
    return tf.Session().run(constraint(tf.constant(w)))


def norms(w, axis=0):
    return np.sqrt(np.sum(w**2, axis=axis, keepdims=True))


def assert_scaled(constraint, w, wanted, axis=0):
    """Each vector keeps its direction and gets the norm that is wanted of it; 1e-7 is added where a norm divides."""
    scale = wanted(norms(w, axis)) / (norms(w, axis) + 1e-7)
    np.testing.assert_allclose(projected(constraint, w), w * scale, rtol=1e-13)


@pytest.mark.parametrize("axis", [0, 1, [0, 1]])
def test_max_norm(axis):
    along = tuple(axis) if isinstance(axis, list) else axis
    assert_scaled(constraints.MaxNorm(1.2, axis), W, lambda n: np.minimum(n, 1.2), along)
    assert norms(projected(constraints.MaxNorm(), W)).max() == pytest.approx(2.0, rel=1e-6)


def test_non_neg():
    np.testing.assert_array_equal(projected(constraints.NonNeg(), W), np.maximum(W, 0))


def test_unit_norm():
    assert_scaled(constraints.UnitNorm(axis=1), W, np.ones_like, 1)
    assert projected(constraints.UnitNorm(), np.zeros((2, 2))).tolist() == [[0.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize("rate", [1.0, 0.25])
def test_min_max_norm(rate):
    constraint = constraints.MinMaxNorm(0.5, 2.0, rate=rate)
    assert_scaled(constraint, W, lambda n: rate * np.clip(n, 0.5, 2.0) + (1 - rate) * n)


def test_single_precision_and_variables():
    w = tf.Variable(W.astype(np.float32))
    for constraint in (constraints.MaxNorm(1.0), constraints.MinMaxNorm(0.1, 1.0), constraints.NonNeg()):
        assert constraint(w).dtype == tf.float32


def test_names_and_plain_data():
    assert constraints.get(None) is None
    made = [
        constraints.MaxNorm(3.0, axis=1),
        constraints.NonNeg(),
        constraints.UnitNorm([0, 1]),
        constraints.MinMaxNorm(0.1, 0.9, 0.5, 1),
    ]
    for constraint in made:
        saved = json.loads(json.dumps(constraints.serialize(constraint)))
        again = constraints.deserialize(saved)
        assert type(again) is type(constraint)
        assert again.get_config() == constraint.get_config()
        assert saved["module"] == "keras.constraints"
    kinds = {"max_norm": 0, "MaxNorm": 0, "maxnorm": 0, "non_neg": 1, "nonneg": 1, "unit_norm": 2, "min_max_norm": 3}
    for name, i in kinds.items():
        assert type(constraints.get(name)) is type(made[i])


@pytest.mark.parametrize(
    ("identifier", "error", "message"),
    [
        ("max_nrom", ValueError, "no constraint 'max_nrom'. Did you mean 'max_norm'"),
        (2, TypeError, "Expected a constraint, or its name; got 2"),
        ({"class_name": "MaxNorm", "config": {"max": 3}}, ValueError, "MaxNorm"),
    ],
)
def test_refused(identifier, error, message):
    with pytest.raises(error, match=message):
        constraints.get(identifier)
    with pytest.raises(NotImplementedError, match="has to define __call__"):
        constraints.Constraint()(W)
