"""F-scores against scikit-learn, over batches of unequal size."""

import numpy as np
import pytest
import sklearn.metrics as reference

import kerasflow as tf

metrics = tf.keras.metrics
RNG = np.random.default_rng(11)
CUTS = [(0, 5), (5, 6), (6, 60)]


def result(metric, y, p, w=None):
    for i, j in CUTS:
        metric.update_state(y[i:j], p[i:j], None if w is None else w[i:j])
    return metric.result()


@pytest.fixture(params=[False, True], ids=["plain", "weighted"])
def weights(request):
    return RNG.uniform(size=60) if request.param else None


@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("average", [None, "micro", "macro", "weighted"])
def test_classes_and_labels(beta, average, weights):
    y, p = RNG.integers(0, 4, 60), RNG.dirichlet(np.ones(4), 60)
    expected = reference.fbeta_score(y, p.argmax(1), beta=beta, average=average, sample_weight=weights)
    found = result(metrics.FBetaScore(average, beta), np.eye(4)[y], p, weights)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    labels = RNG.integers(0, 2, (60, 4))
    expected = reference.fbeta_score(labels, p > 0.3, beta=beta, average=average, sample_weight=weights)
    found = result(metrics.FBetaScore(average, beta, threshold=0.3), labels, p, weights)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("shape", [(60,), (60, 1)], ids=str)
def test_one_column_is_a_yes_or_no(shape, weights):
    y, p = RNG.integers(0, 2, shape), RNG.uniform(size=shape)
    expected = reference.f1_score(y.ravel(), p.ravel() > 0.5, sample_weight=weights)
    found = result(metrics.F1Score(), y, p, weights)
    assert np.shape(found) == () and found == pytest.approx(expected, rel=1e-12)


def test_without_anything_to_count_it_is_0():
    assert metrics.F1Score()([0, 0], [0.1, 0.2]) == 0.0
    assert metrics.F1Score()([1, 1], [0.9, 0.2], [0.0, 0.0]) == 0.0
    with pytest.raises(ValueError, match="f1_score has no result before it is updated"):
        metrics.F1Score().result()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"average": "samples"}, "average must be one of"),
        ({"beta": 0.0}, "beta must be above 0"),
        ({"threshold": 1.5}, r"threshold must be in \[0, 1\]"),
    ],
)
def test_arguments_that_make_no_sense(arguments, message):
    with pytest.raises(ValueError, match=message):
        metrics.FBetaScore(**arguments)


def test_shapes():
    metric = metrics.F1Score()
    metric.update_state(np.eye(3), np.eye(3))
    with pytest.raises(ValueError, match=r"\(rows, 3\), got \(\?, 2\)"):
        metric.update_state(np.eye(2), np.eye(2))
    with pytest.raises(ValueError, match=r"\(rows, columns\), got \(\?, 3, 4\)"):
        metrics.F1Score().update_state(np.zeros((2, 3, 4)), np.zeros((2, 3, 4)))


def test_configurations():
    assert metrics.F1Score("macro", 0.3).get_config() == {
        "name": "f1_score",
        "dtype": None,
        "average": "macro",
        "threshold": 0.3,
    }
    assert metrics.FBetaScore(beta=2.0).get_config()["beta"] == 2.0
