"""Accuracies against scikit-learn."""

import numpy as np
import pytest
import sklearn.metrics as reference

import kerasflow as tf

metrics = tf.keras.metrics
RNG = np.random.default_rng(8)
CUTS = [(0, 5), (5, 6), (6, 60)]


def result(metric, y, p, w=None):
    for i, j in CUTS:
        metric.update_state(y[i:j], p[i:j], None if w is None else w[i:j])
    return metric.result()


@pytest.fixture(params=[False, True], ids=["plain", "weighted"])
def weights(request):
    return RNG.uniform(size=60) if request.param else None


def test_binary(weights):
    y, p = RNG.integers(0, 2, 60), RNG.uniform(size=60)
    for threshold in (0.5, 0.3):
        expected = reference.accuracy_score(y, p > threshold, sample_weight=weights)
        assert result(metrics.BinaryAccuracy(threshold=threshold), y, p[:, None], weights) == pytest.approx(
            expected, rel=1e-13
        )


def test_the_threshold_itself_says_no():
    assert metrics.BinaryAccuracy()([0, 0, 1], [0.5, 0.5, 0.5]) == pytest.approx(2 / 3, rel=1e-15)


def test_labels_of_minus_1_and_1():
    assert metrics.BinaryAccuracy(threshold=0.0)([-1, 1, 1], [-0.3, 0.2, -2.0]) == pytest.approx(2 / 3, rel=1e-15)


def test_several_labels_count_alike():
    y, p = RNG.integers(0, 2, (60, 4)), RNG.uniform(size=(60, 4))
    expected = ((p > 0.5) == y).mean()
    assert result(metrics.BinaryAccuracy(), y, p) == pytest.approx(expected, rel=1e-13)


def test_classes(weights):
    y, p = RNG.integers(0, 4, 60), RNG.dirichlet(np.ones(4), 60)
    expected = reference.accuracy_score(y, p.argmax(1), sample_weight=weights)
    for given in (y, y[:, None], y.astype(np.float32)):
        assert result(metrics.SparseCategoricalAccuracy(), given, p, weights) == pytest.approx(expected, rel=1e-13)
    assert result(metrics.CategoricalAccuracy(), np.eye(4)[y], p, weights) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_top_k(k, weights):
    y, p = RNG.integers(0, 4, 60), RNG.dirichlet(np.ones(4), 60)
    expected = reference.top_k_accuracy_score(y, p, k=k, sample_weight=weights, labels=range(4))
    assert result(metrics.SparseTopKCategoricalAccuracy(k), y, p, weights) == pytest.approx(expected, rel=1e-13)
    assert result(metrics.TopKCategoricalAccuracy(k), np.eye(4)[y], p, weights) == pytest.approx(expected, rel=1e-13)


def test_steps_of_sequences():
    y, p = RNG.integers(0, 4, (60, 5)), RNG.dirichlet(np.ones(4), (60, 5))
    expected = (p.argmax(-1) == y).mean()
    top = (np.argsort(p)[..., -2:] == y[..., None]).any(-1).mean()
    assert result(metrics.SparseCategoricalAccuracy(), y, p) == pytest.approx(expected, rel=1e-13)
    assert result(metrics.CategoricalAccuracy(), np.eye(4)[y], p) == pytest.approx(expected, rel=1e-13)
    assert result(metrics.SparseTopKCategoricalAccuracy(2), y, p) == pytest.approx(top, rel=1e-13)
    assert result(metrics.TopKCategoricalAccuracy(2), np.eye(4)[y], p) == pytest.approx(top, rel=1e-13)
    w = RNG.uniform(size=(60, 5))
    weighed = np.average(p.argmax(-1) == y, weights=w)
    assert result(metrics.SparseCategoricalAccuracy(), y, p, w) == pytest.approx(weighed, rel=1e-13)


def test_equality_tells_large_numbers_apart():
    y = np.array([2**24, 2**40])
    assert metrics.Accuracy()(y, y + 1) == 0.0 and metrics.Accuracy()(y, y) == 1.0
    assert metrics.Accuracy()([1, 2, 3, 4], [0, 2, 3, 4]) == 0.75


@pytest.mark.parametrize(
    ("metric", "y"),
    [
        (metrics.SparseCategoricalAccuracy, np.eye(4)),
        (metrics.SparseCategoricalAccuracy, np.zeros((4, 2))),
        (metrics.CategoricalAccuracy, np.arange(4)),
        (metrics.CategoricalAccuracy, np.arange(4)[:, None]),
        (metrics.BinaryAccuracy, np.zeros(4)),
        (metrics.SparseTopKCategoricalAccuracy, np.eye(4)),
    ],
)
def test_targets_of_the_wrong_kind(metric, y):
    with pytest.raises(ValueError, match="of shape .* for predictions|do not fit predictions of shape"):
        metric().update_state(y, np.full((4, 4), 0.25))


def test_the_functions_give_one_number_for_each_prediction():
    y, p = np.array([1, 0]), np.array([[0.1, 0.9], [0.2, 0.8]])
    found = tf.Session().run(
        [
            metrics.sparse_categorical_accuracy(y, p),
            metrics.categorical_accuracy(np.eye(2)[y], p),
            metrics.binary_accuracy(np.eye(2)[y], p),
            metrics.top_k_categorical_accuracy(np.eye(2)[y], p, k=1),
            metrics.sparse_top_k_categorical_accuracy(y, p, k=2),
        ]
    )
    assert [f.tolist() for f in found] == [[1, 0], [1, 0], [[1, 1], [0, 0]], [1, 0], [1, 1]]
    assert all(f.dtype == np.float32 for f in found)
