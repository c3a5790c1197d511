"""Intersection over union, against scikit-learn's Jaccard index."""

import numpy as np
import pytest
from sklearn.metrics import jaccard_score

import kerasflow as tf
from kerasflow import metrics

RNG = np.random.default_rng(3)
Y, P, W = RNG.integers(0, 4, 60), RNG.integers(0, 4, 60), RNG.uniform(0, 2, 60)


def result(metric, *columns):
    for rows in (slice(0, 7), slice(7, 60)):
        metric.update_state(*[c[rows] for c in columns])
    return float(metric.result())


@pytest.mark.parametrize("weights", [[], [W]], ids=["", "weighted"])
def test_against_scikit_learn(weights):
    options = {"sample_weight": weights[0]} if weights else {}
    each = jaccard_score(Y, P, average=None, **options)
    assert result(metrics.MeanIoU(4), Y, P, *weights) == pytest.approx(each.mean(), rel=1e-12)
    assert result(metrics.IoU(4, [1, 3]), Y, P, *weights) == pytest.approx(each[[1, 3]].mean(), rel=1e-12)
    hot, scores = np.eye(4)[Y], np.eye(4)[P] * 0.6 + 0.1
    assert result(metrics.OneHotIoU(4, [2]), hot, scores, *weights) == pytest.approx(each[2], rel=1e-12)
    assert result(metrics.OneHotMeanIoU(4), hot, scores, *weights) == pytest.approx(each.mean(), rel=1e-12)
    assert result(metrics.OneHotMeanIoU(4, sparse_y_pred=True), hot, P, *weights) == pytest.approx(each.mean())
    low = jaccard_score(Y > 1, P > 1, **options)
    assert result(metrics.BinaryIoU([1], 1.5), 1 * (Y > 1), P, *weights) == pytest.approx(low, rel=1e-12)


def test_what_does_not_count():
    kept = (Y != 2) & (P < 3)
    expected = jaccard_score(Y[kept], P[kept], average=None, labels=[0, 1, 2])
    there = np.array([k in {*Y[kept].tolist(), *P[kept].tolist()} for k in range(3)])
    y = np.where(Y == 3, 1, Y)
    expected = jaccard_score(y[kept], P[kept], average=None, labels=[0, 1, 2])
    assert result(metrics.MeanIoU(3, ignore_class=2), y, P) == pytest.approx(expected[there].mean(), rel=1e-12)


def test_absent_classes_are_left_out():
    metric = metrics.MeanIoU(5)
    metric.update_state([0, 0, 1], [0, 1, 1])
    assert float(metric.result()) == pytest.approx(0.5)
    assert float(metrics.MeanIoU(3).result()) == 0.0


def test_pictures_and_axes():
    y, p = RNG.integers(0, 3, (2, 4, 5)), RNG.uniform(size=(2, 3, 4, 5))
    metric = metrics.MeanIoU(3, sparse_y_pred=False, axis=1)
    metric.update_state(y, p)
    expected = jaccard_score(y.ravel(), p.argmax(1).ravel(), average="macro")
    assert float(metric.result()) == pytest.approx(expected, rel=1e-12)


def test_in_a_model():
    model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(3, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=[metrics.MeanIoU(3, sparse_y_pred=False)])
    x, y = RNG.normal(size=(20, 2)), RNG.integers(0, 3, 20)
    value = model.evaluate(x, y, verbose=0, return_dict=True)["mean_io_u"]
    p = model.predict(x, verbose=0).argmax(1)
    assert value == pytest.approx(jaccard_score(y, p, average="macro", zero_division=0), rel=1e-6)


@pytest.mark.parametrize("ids", [[], [3], [-1]])
def test_what_is_no_class(ids):
    with pytest.raises(ValueError, match="target_class_ids must be numbers of classes from 0 to 2"):
        metrics.IoU(3, ids)


@pytest.mark.parametrize(
    "metric",
    [
        metrics.IoU(3, [0, 2], ignore_class=1, axis=1),
        metrics.MeanIoU(3, name="m"),
        metrics.BinaryIoU([1], 0.3),
        metrics.OneHotIoU(3, [1], sparse_y_pred=True),
        metrics.OneHotMeanIoU(3, ignore_class=0),
    ],
    ids=lambda m: type(m).__name__,
)
def test_as_plain_data(metric):
    again = metrics.deserialize(metrics.serialize(metric))
    assert type(again) is type(metric) and again.get_config() == metric.get_config()
    assert again._direction == "up"
