"""Means and sums, with weights, over batches of unequal size."""

import numpy as np
import pytest

import kerasflow as tf

metrics = tf.keras.metrics
RNG = np.random.default_rng(6)


def batches(n=(5, 1, 4), shape=()):
    return [RNG.normal(size=(k, *shape)) for k in n], [RNG.uniform(size=k) for k in n]


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3)], ids=str)
@pytest.mark.parametrize("weighted", [False, True])
def test_mean_and_sum(shape, weighted):
    values, weights = batches(shape=shape)
    mean, total = metrics.Mean(), metrics.Sum()
    for v, w in zip(values, weights, strict=True):
        for metric in (mean, total):
            metric.update_state(v, *([w] if weighted else []))
    v, w = np.concatenate(values), np.concatenate(weights) if weighted else np.ones(10)
    per_sample = v.reshape(10, -1)
    assert mean.result() == pytest.approx(np.average(per_sample.mean(1), weights=w), rel=1e-13)
    assert total.result() == pytest.approx((per_sample.sum(1) * w).sum(), rel=1e-13)


def test_a_weight_for_each_value():
    v, w = RNG.normal(size=(4, 3)), RNG.uniform(size=(4, 3))
    mean, total = metrics.Mean(), metrics.Sum()
    assert mean(v, w) == pytest.approx(np.average(v, weights=w), rel=1e-13)
    assert total(v, w) == pytest.approx((v * w).sum(), rel=1e-13)
    assert metrics.Mean()(v, w[:, :1]) == pytest.approx(np.average(v.mean(1), weights=w[:, 0]), rel=1e-13)


def test_single_numbers():
    mean, total = metrics.Mean(), metrics.Sum()
    mean.update_state(3.0)
    mean.update_state(5.0, 3.0)
    total.update_state(3.0)
    total.update_state(5.0, 3.0)
    assert mean.result() == 4.5 and total.result() == 18.0
    assert metrics.Mean()([1.0, 3.0], 0.5) == 2.0


def test_a_batch_loss_counts_by_its_rows():
    loss, rows = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    mean = metrics.Mean(name="loss")
    update = mean.update_state(loss, rows)
    with tf.Session() as sess:
        sess.run(update, {loss: 1.0, rows: 32.0})
        sess.run(update, {loss: 4.0, rows: 8.0})
        assert sess.run(mean.result()) == pytest.approx(1.6, rel=1e-15)
    assert mean.count.numpy() == 40


def test_nothing_and_weights_of_0_give_0():
    mean = metrics.Mean()
    assert mean.result() == 0.0
    mean.update_state([1.0, 2.0], [0.0, 0.0])
    assert mean.result() == 0.0
    mean.update_state([1.0, 2.0], [0.0, 0.5])
    assert mean.result() == 2.0


def test_nan_shows():
    assert np.isnan(metrics.Mean()([1.0, np.nan])) and np.isnan(metrics.MeanSquaredError()([1.0], [np.nan]))


def test_values_of_unknown_rank():
    v, w = tf.placeholder(tf.float32, None), tf.placeholder(tf.float32, None)
    plain, weighed = metrics.Mean(), metrics.Mean()
    updates = plain.update_state(v), weighed.update_state(v, w)
    tf.Session().run(updates, {v: [[1.0], [5.0]], w: [1.0, 3.0]})
    assert tf.Session().run([plain.result(), weighed.result()]) == [3.0, 4.0]


def test_any_function():
    def error(y_true, y_pred, power=1.0):
        return tf.reduce_mean(tf.pow(tf.abs(y_true - y_pred), power), -1)

    metric = metrics.MeanMetricWrapper(error, power=3.0)
    y, p, w = RNG.normal(size=(6, 2)), RNG.normal(size=(6, 2)), RNG.uniform(size=6)
    metric.update_state(y[:4], p[:4], w[:4])
    metric.update_state(y[4:], p[4:], w[4:])
    expected = np.average((abs(y - p) ** 3).mean(1), weights=w)
    assert metric.result() == pytest.approx(expected, rel=1e-13) and metric.name == "error"
    assert metric.get_config() == {"name": "error", "dtype": None, "fn": "error", "power": 3.0}
    with pytest.raises(TypeError, match="must be callable, got 3"):
        metrics.MeanMetricWrapper(3)


def test_a_function_that_gives_one_number_counts_by_rows():
    """As a mean of batch means, batches of unequal size would give another number."""

    def error(y_true, y_pred):
        return tf.reduce_mean(tf.abs(y_true - y_pred))

    metric = metrics.get(error)
    metric.update_state(np.zeros(3), np.array([1.0, 2.0, 3.0]))
    metric.update_state(np.zeros(1), np.array([6.0]))
    assert metric.result() == 3.0
    metric.reset_state()
    metric.update_state(np.zeros(2), np.array([1.0, 3.0]), [0.5, 1.5])
    metric.update_state(np.zeros(1), np.array([6.0]), [6.0])
    assert metric.result() == pytest.approx((2.0 * 2 + 6.0 * 6) / 8, rel=1e-15)


def test_a_loss_is_averaged_by_samples():
    y, p = RNG.integers(0, 3, 7), RNG.dirichlet([1, 1, 1], 7)
    metric = metrics.get(tf.keras.losses.SparseCategoricalCrossentropy(reduction="sum"))
    metric.update_state(y[:5], p[:5])
    metric.update_state(y[5:], p[5:])
    assert metric.result() == pytest.approx(-np.log(p[np.arange(7), y]).mean(), rel=1e-12)
    assert metric.name == "sparse_categorical_crossentropy"
