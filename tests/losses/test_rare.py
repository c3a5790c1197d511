"""The losses for rare, hard and wrongly labelled classes, for overlaps and for similarity: edges and gradients.

Their values are in test_golden.
"""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import losses

RNG = np.random.default_rng(12)


def gradient(loss, y, x):
    p = tf.constant(x)
    value = tf.reduce_sum(loss(y, p))
    return tf.Session().run([value, tf.gradients(value, p)[0]])


def difference(loss, y, x, step=1e-6):
    """Central differences in double precision."""
    out = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        ends = []
        for sign in (1, -1):
            moved = x.copy()
            moved[place] += sign * step
            with tf.Graph().as_default():
                ends.append(tf.Session().run(tf.reduce_sum(loss(y, tf.constant(moved)))))
        out[place] = (ends[0] - ends[1]) / (2 * step)
    return out


VECTORS = RNG.normal(size=(5, 3))
VECTORS /= np.linalg.norm(VECTORS, axis=1, keepdims=True)
SHARES = RNG.dirichlet(np.ones(4), 3)
HOT = np.eye(4)[[0, 2, 3]]


@pytest.mark.parametrize(
    ("loss", "y", "x"),
    [
        (losses.BinaryFocalCrossentropy(gamma=1.5), [[0, 1, 1, 0]] * 3, SHARES),
        (losses.BinaryFocalCrossentropy(from_logits=True), [[0, 1, 1, 0]] * 3, SHARES * 5),
        (losses.CategoricalFocalCrossentropy(alpha=[0.1, 0.2, 0.3, 0.4]), HOT, SHARES),
        (losses.CategoricalFocalCrossentropy(from_logits=True), HOT, SHARES * 5),
        (losses.CategoricalGeneralizedCrossEntropy(0.7), [0, 2, 3], SHARES),
        (losses.Dice(axis=1), HOT, SHARES),
        (losses.Tversky(0.3, 0.8), HOT, SHARES),
        (losses.Circle(gamma=3.0), [0, 0, 1, 1, 2], VECTORS),
    ],
    ids=lambda v: getattr(v, "name", ""),
)
def test_gradients(loss, y, x):
    _, found = gradient(loss, y, x)
    np.testing.assert_allclose(found, difference(loss, y, x), rtol=1e-6, atol=1e-8)


def test_without_focus_it_is_the_cross_entropy():
    y, p = RNG.integers(0, 2, (5, 3)).astype(float), RNG.uniform(0.1, 0.9, (5, 3))
    plain, focal = losses.binary_crossentropy(y, p), losses.binary_focal_crossentropy(y, p, gamma=0.0)
    np.testing.assert_allclose(*tf.Session().run([plain, focal]), rtol=1e-12)
    plain = losses.categorical_crossentropy(HOT, SHARES)
    focal = losses.categorical_focal_crossentropy(HOT, SHARES, alpha=1.0, gamma=0.0)
    np.testing.assert_allclose(*tf.Session().run([plain, focal]), rtol=1e-12)


def test_generalized_cross_entropy_lies_between():
    near = tf.Session().run(losses.categorical_generalized_cross_entropy([0, 2, 3], SHARES, 1e-6))
    np.testing.assert_allclose(near, -np.log(SHARES[range(3), [0, 2, 3]]), rtol=1e-4)
    for q in (0.0, 1.0, -1.0):
        with pytest.raises(ValueError, match="q must be between 0 and 1"):
            losses.CategoricalGeneralizedCrossEntropy(q)
    column = tf.Session().run(losses.categorical_generalized_cross_entropy([[0], [2], [3]], SHARES, 1e-6))
    np.testing.assert_array_equal(column, near)


def test_tversky_with_halves_is_dice():
    a, b = tf.Session().run([losses.dice(HOT, SHARES, 1), losses.tversky(HOT, SHARES, axis=1)])
    np.testing.assert_allclose(a, b, rtol=1e-6)


def test_rows_that_are_alone_have_no_circle_loss_and_no_gradient():
    for y in ([0, 1, 2, 3, 4], [1, 1, 1, 1, 1]):
        value, slope = gradient(losses.circle, y, VECTORS.astype(np.float32))
        assert value == 0.0
        np.testing.assert_array_equal(slope, 0.0)
    value, slope = gradient(losses.Circle(), [0, 0, 1, 2, 3], VECTORS.astype(np.float32))
    assert np.isfinite(value) and np.isfinite(slope).all() and value > 0.0


def test_circle_with_references():
    other = np.eye(3)
    found = tf.Session().run(
        losses.circle([0, 1], VECTORS[:2], [0, 0, 1], other, remove_diagonal=False, gamma=2.0, margin=0.25)
    )
    expected = []
    for label, x in zip([0, 1], VECTORS[:2], strict=True):
        s, same = np.minimum(other @ x, 1.0), np.array([0, 0, 1]) == label
        near = np.exp(-2.0 * (1.25 - s) * (s - 0.75))[same].sum()
        far = np.exp(2.0 * np.maximum(s + 0.25, 0) * (s - 0.25))[~same].sum()
        expected.append(np.log1p(near * far))
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_one_number_for_a_batch_takes_no_weights():
    with pytest.raises(ValueError, match="cannot weigh one number for the whole batch"):
        losses.Dice()(HOT, SHARES, [1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    "loss",
    [
        losses.BinaryFocalCrossentropy(True, 0.3, 1.5, True, 0.1),
        losses.CategoricalFocalCrossentropy([0.1, 0.9], 1.0, name="mine"),
        losses.CategoricalGeneralizedCrossEntropy(0.3),
        losses.Dice("sum", axis=[1, 2]),
        losses.Tversky(0.1, 0.2),
        losses.Circle(10.0, 0.2, False),
    ],
    ids=lambda v: v.name,
)
def test_as_plain_data(loss):
    again = losses.deserialize(losses.serialize(loss))
    assert type(again) is type(loss) and again.get_config() == loss.get_config()
    assert losses.get(type(loss).fn.__name__).parameters


def test_in_models():
    x = RNG.normal(size=(30, 4))
    y = (x[:, :1] > 0.5).astype(float)
    for loss in ("binary_focal_crossentropy", "dice", losses.Tversky(0.3, 0.7)):
        model = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(1, "sigmoid")])
        model.compile(tf.keras.optimizers.Adam(0.1), loss)
        values = model.fit(x, y, epochs=20, verbose=0).history["loss"]
        assert values[-1] < 0.8 * values[0]
    model = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(2, "softmax")])
    model.compile(tf.keras.optimizers.Adam(0.1), "categorical_generalized_cross_entropy", metrics=["accuracy"])
    assert model.fit(x, y[:, 0].astype(int), epochs=20, verbose=0).history["accuracy"][-1] > 0.8
