"""Activations as layers against NumPy."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import layers
from tests.layers.harness import assert_remade, close, outputs, with_weights

F64 = {"dtype": "float64"}
X = np.random.default_rng(8).standard_normal((4, 3, 2)) * 2
X[0, 0] = [0.0, 0.75]


def softmax(x, axis):
    e = np.exp(x)
    return e / e.sum(axis=axis, keepdims=True)


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (layers.ReLU(**F64), np.maximum(X, 0)),
        (layers.ReLU(1.5, **F64), np.clip(X, 0, 1.5)),
        (layers.ReLU(negative_slope=0.2, **F64), np.where(X > 0, X, 0.2 * X)),
        (
            layers.ReLU(1.5, 0.2, 0.75, **F64),
            np.where(X >= 1.5, 1.5, np.where(X > 0.75, X, 0.2 * (X - 0.75))),
        ),
        (layers.LeakyReLU(**F64), np.where(X > 0, X, 0.3 * X)),
        (layers.LeakyReLU(alpha=0.7, **F64), np.where(X > 0, X, 0.7 * X)),
        (layers.ELU(**F64), np.where(X > 0, X, np.expm1(X))),
        (layers.ELU(1.7, **F64), np.where(X > 0, X, 1.7 * np.expm1(X))),
        (layers.ThresholdedReLU(0.75, **F64), np.where(X > 0.75, X, 0)),
        (layers.Softmax(**F64), softmax(X, -1)),
        (layers.Softmax(1, **F64), softmax(X, 1)),
        (layers.Softmax((1, 2), **F64), softmax(X, (1, 2))),
    ],
    ids=lambda v: type(v).__name__,
)
def test_functions(layer, expected):
    close(outputs(layer, X), expected)
    assert layer.supports_masking
    assert_remade(layer)


def test_learnt_slopes():
    rng = np.random.default_rng(9)
    layer, (alpha,) = with_weights(layers.PReLU(**F64), rng, X)
    assert alpha.shape == (3, 2)
    close(outputs(layer, X), np.where(X > 0, X, alpha * X))
    for axes, shape in ((1, (1, 2)), ([1], (1, 2)), ([1, 2], (1, 1))):
        layer, (alpha,) = with_weights(layers.PReLU(shared_axes=axes, **F64), rng, X)
        assert alpha.shape == shape
        close(outputs(layer, X), np.where(X > 0, X, alpha * X))
        assert_remade(layer)
    assert outputs(layers.PReLU(**F64), X).min() == 0, "the slopes start at 0"


def test_what_a_mask_leaves_out_has_no_share():
    mask = np.array([[True, True, False], [True, False, False], [False, True, True], [False, False, False]])[..., None]
    layer = layers.Softmax(axis=1, **F64)
    inputs, given = tf.keras.Input((3, 2), dtype="float64"), tf.keras.Input((3, 1), dtype="bool")
    y = tf.keras.Model([inputs, given], layer(inputs, mask=given)).predict([X, mask], verbose=0)
    e = np.exp(X) * mask
    with np.errstate(invalid="ignore"):
        close(y, np.nan_to_num(e / e.sum(axis=1, keepdims=True)))
    with pytest.raises(ValueError, match=r"the mask of shape \(4, 3\) does not broadcast to the input, \(4, 3, 2\)"):
        layer(tf.constant(X), mask=tf.constant(mask[..., 0]))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.ReLU(max_value=-1.0), "a max_value of at least 0, got -1.0"),
        (lambda: layers.ReLU(negative_slope=None), "a negative_slope of at least 0, got None"),
        (lambda: layers.ReLU(threshold=-0.1), "a threshold of at least 0"),
        (lambda: layers.LeakyReLU(-0.1), "a negative_slope of at least 0"),
        (lambda: layers.ThresholdedReLU(-0.1), "a theta of at least 0"),
        (lambda: layers.PReLU(shared_axes=[3])(tf.keras.Input((2, 3))), "3 is no axis of a sample of 2 axes"),
        (lambda: layers.PReLU()(tf.keras.Input((None, 3))), "must be fully known"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
