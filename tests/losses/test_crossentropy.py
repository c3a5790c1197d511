"""Cross-entropies against closed forms, scikit-learn's log loss, and where they are hard: at certainty."""

import numpy as np
import pytest
from sklearn.metrics import log_loss

import kerasflow as tf

losses = tf.keras.losses
RNG = np.random.default_rng(5)


def run(tensor, feeds=None):
    return tf.Session().run(tensor, feeds)


def log_softmax(x):
    x = x - x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("shape", [(40,), (40, 1), (20, 3), (5, 4, 3)], ids=str)
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_binary(shape, smoothing):
    y, x = RNG.integers(0, 2, shape), RNG.normal(size=shape) * 2
    smooth = y * (1 - smoothing) + smoothing / 2
    expected = -(smooth * np.log(sigmoid(x)) + (1 - smooth) * np.log(sigmoid(-x))).mean(-1)
    x_in = tf.constant(x)
    for loss in (
        losses.binary_crossentropy(y, x_in, from_logits=True, label_smoothing=smoothing),
        losses.binary_crossentropy(y, tf.constant(sigmoid(x)), label_smoothing=smoothing),
        losses.binary_crossentropy(y, tf.nn.sigmoid(x_in), label_smoothing=smoothing),
    ):
        np.testing.assert_allclose(run(loss), expected, rtol=1e-12)
    loss = losses.binary_crossentropy(y, tf.nn.sigmoid(x_in), label_smoothing=smoothing)
    (gradient,) = run(tf.gradients(loss, x_in))
    np.testing.assert_allclose(gradient, (sigmoid(x) - smooth) / shape[-1], rtol=1e-10)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_categorical(smoothing):
    labels, x = RNG.integers(0, 4, 30), RNG.normal(size=(30, 4)) * 2
    y = np.eye(4)[labels] * (1 - smoothing) + smoothing / 4
    expected = -(y * log_softmax(x)).sum(-1)
    x_in, one_hot = tf.constant(x), np.eye(4)[labels]
    found = [
        losses.categorical_crossentropy(one_hot, x_in, from_logits=True, label_smoothing=smoothing),
        losses.categorical_crossentropy(one_hot, tf.nn.softmax(x_in), label_smoothing=smoothing),
        losses.categorical_crossentropy(one_hot, 7.0 * np.exp(x), label_smoothing=smoothing),  # scaled to sum to 1
    ]
    if not smoothing:
        found += [
            losses.sparse_categorical_crossentropy(labels, x_in, from_logits=True),
            losses.sparse_categorical_crossentropy(labels[:, None], tf.nn.softmax(x_in)),
            losses.sparse_categorical_crossentropy(labels.astype(np.float32), np.exp(x)),
        ]
    for loss in found:
        np.testing.assert_allclose(run(loss), expected, rtol=1e-12)
    for loss in found[:2] + found[3:5]:
        (gradient,) = run(tf.gradients(loss, x_in))
        np.testing.assert_allclose(gradient, np.exp(log_softmax(x)) - y, rtol=1e-10, atol=1e-14)


def test_the_means_are_scikit_learns_log_loss():
    y, p, w = RNG.integers(0, 2, 100), RNG.uniform(0.01, 0.99, 100), RNG.uniform(size=100)
    weighed = {"reduction": "mean_with_sample_weight"}
    assert run(losses.BinaryCrossentropy(**weighed)(y, p, w)) == pytest.approx(
        log_loss(y, p, sample_weight=w), rel=1e-12
    )
    y, p = RNG.integers(0, 3, 100), RNG.dirichlet([1, 1, 1], 100)
    expected = log_loss(y, p, sample_weight=w)
    assert run(losses.SparseCategoricalCrossentropy(**weighed)(y, p, w)) == pytest.approx(expected, rel=1e-12)
    assert run(losses.CategoricalCrossentropy(**weighed)(np.eye(3)[y], p, w)) == pytest.approx(expected, rel=1e-12)


def test_targets_may_be_distributions_of_any_sum():
    y, x = RNG.uniform(size=(10, 3)), RNG.normal(size=(10, 3))
    x_in = tf.constant(x)
    loss = losses.categorical_crossentropy(y, tf.nn.softmax(x_in))
    value, (gradient,) = run([loss, tf.gradients(loss, x_in)])
    np.testing.assert_allclose(value, -(y * log_softmax(x)).sum(1), rtol=1e-12)
    np.testing.assert_allclose(gradient, y.sum(1, keepdims=True) * np.exp(log_softmax(x)) - y, rtol=1e-10)


def test_nothing_is_lost_behind_a_softmax_or_sigmoid():
    x = tf.placeholder(tf.float32, [None, 1])
    wide = tf.concat([x, tf.zeros_like(x)], 1)
    found = [
        losses.BinaryCrossentropy()([[0.0]], tf.nn.sigmoid(x)),
        losses.BinaryCrossentropy()([[0.0]], tf.identity(tf.nn.sigmoid(x))),
        losses.CategoricalCrossentropy()([[0.0, 1.0]], tf.nn.softmax(wide)),
        losses.SparseCategoricalCrossentropy()([1], tf.nn.softmax(wide)),
    ]
    gradients = [tf.gradients(loss, x)[0] for loss in found]
    values, slopes = run([found, gradients], {x: [[1000.0]]})
    assert values == [1000.0] * 4 and [float(s[0, 0]) for s in slopes] == [1.0] * 4


def test_a_softmax_along_another_axis_is_not_taken_for_the_classes():
    x = RNG.normal(size=(3, 3))
    y = np.eye(3)
    p = np.exp(log_softmax(x.T).T)
    found = run(losses.categorical_crossentropy(y, tf.nn.softmax(x, axis=0)))
    np.testing.assert_allclose(found, -np.log(np.diag(p) / p.sum(1)), rtol=1e-12)
    for axis in (0, -2):
        along = run(losses.categorical_crossentropy(y, tf.nn.softmax(x, axis=0), axis=axis))
        np.testing.assert_allclose(along, -np.log(np.diag(p)), rtol=1e-12)


def test_classes_along_another_axis():
    labels, x = RNG.integers(0, 3, (5, 4)), RNG.normal(size=(5, 3, 4))
    last = np.moveaxis(x, 1, -1)
    expected = run(losses.sparse_categorical_crossentropy(labels, last, from_logits=True))
    found = run(losses.sparse_categorical_crossentropy(labels, x, from_logits=True, axis=1))
    np.testing.assert_allclose(found, expected, rtol=1e-14)
    np.testing.assert_allclose(
        run(losses.categorical_crossentropy(np.moveaxis(np.eye(3)[labels], -1, 1), x, from_logits=True, axis=1)),
        expected,
        rtol=1e-12,
    )


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_certain_and_wrong_is_finite(dtype):
    p = np.array([[0.0, 1.0]], dtype)
    least = 1e-3 if dtype is np.float16 else 1e-7
    wrong = [
        losses.binary_crossentropy(1 - p, p),
        losses.categorical_crossentropy(1 - p, p),
        losses.sparse_categorical_crossentropy([0], p),
    ]
    for value in run(wrong):
        assert value == pytest.approx(-np.log(least), rel=1e-2)
    right = [losses.categorical_crossentropy(p, p), losses.sparse_categorical_crossentropy([1], p)]
    for value in run(right):
        assert 0 <= value < 2 * least
    assert run(losses.kl_divergence(1 - p, p)) == pytest.approx(-np.log(least), rel=1e-2)


def test_kl_divergence():
    y, p = RNG.dirichlet([1, 1, 1, 1], (2, 20))
    np.testing.assert_allclose(run(losses.kl_divergence(y, p)), (y * np.log(y / p)).sum(1), rtol=1e-11, atol=1e-15)
    entropy = -(y * np.log(y)).sum(1)
    cross = run(losses.categorical_crossentropy(y, p))
    np.testing.assert_allclose(run(losses.kl_divergence(y, p)), cross - entropy, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("label", [-1, 3])
def test_a_label_outside_of_the_classes_is_an_error(label):
    y = tf.placeholder(tf.int64, [None])
    for p in (np.full((2, 3), 1 / 3), tf.nn.softmax(np.zeros((2, 3)))):
        with pytest.raises(tf.errors.InvalidArgumentError, match=rf"label {label} .*not in \[0, 3\)"):
            run(losses.SparseCategoricalCrossentropy()(y, p), {y: [0, label]})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: losses.categorical_crossentropy([1, 0], [[0.5, 0.5], [0.5, 0.5]]),
            "Numbers of classes go with a sparse",
        ),
        (lambda: losses.sparse_categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]), "use categorical_crossentropy"),
        (lambda: losses.sparse_categorical_crossentropy([0, 1, 1], [[0.5, 0.5]]), "labels must be shaped as logits"),
        (lambda: losses.categorical_crossentropy([[1.0]], [[0.5]]), "use binary_crossentropy"),
        (lambda: losses.sparse_categorical_crossentropy([0], [[0.5]]), "use binary_crossentropy"),
        (lambda: losses.binary_crossentropy([0, 1], [[0.5, 0.5], [0.5, 0.5]]), "do not fit predictions"),
        (lambda: losses.BinaryCrossentropy(label_smoothing=1.5), r"label_smoothing must be in \[0, 1\], got 1.5"),
        (lambda: losses.CategoricalCrossentropy(label_smoothing=-0.1), "label_smoothing must be in"),
    ],
)
def test_what_cannot_be_meant(call, message):
    with pytest.raises(ValueError, match=message):
        call()
