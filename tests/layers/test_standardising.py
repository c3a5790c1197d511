"""Normalisation within samples against NumPy."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import layers
from tests.layers.harness import assert_remade, close, outputs, with_weights

F64 = {"dtype": "float64"}


@pytest.fixture
def rng():
    return np.random.default_rng(10)


@pytest.fixture
def x(rng):
    return 2.0 * rng.standard_normal((3, 4, 5, 6)) + 1.0


def normal(x, axes, epsilon):
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + epsilon)


def placed(weight, axes, rank=4):
    """A weight with numbers for some axes, broadcastable to a tensor of four."""
    return weight.reshape([weight.shape[axes.index(i)] if i in axes else 1 for i in range(rank)])


@pytest.mark.parametrize(
    ("axis", "axes"), [(-1, (3,)), (1, (1,)), ([2, 3], (2, 3)), ((3, 1), (1, 3)), ([-2, -1], (2, 3)), ([1, 2, 3],) * 2]
)
def test_layers(axis, axes, x, rng):
    axes = tuple(axes)
    layer, (gamma, beta) = with_weights(layers.LayerNormalization(axis, 0.01, **F64), rng, x)
    assert gamma.shape == tuple(x.shape[a] for a in axes)
    close(outputs(layer, x), normal(x, axes, 0.01) * placed(gamma, axes) + placed(beta, axes))
    assert_remade(layer)
    layer, (scale,) = with_weights(layers.RMSNormalization(axis, 0.01, **F64), rng, x)
    close(outputs(layer, x), x / np.sqrt((x**2).mean(axes, keepdims=True) + 0.01) * placed(scale, axes))
    assert_remade(layer)
    close(outputs(layers.UnitNormalization(axis, **F64), x), x / np.sqrt((x**2).sum(axes, keepdims=True)))


def test_layers_with_less(x, rng):
    layer, (gamma,) = with_weights(layers.LayerNormalization(center=False, **F64), rng, x)
    close(outputs(layer, x), normal(x, -1, 1e-3) * gamma)
    layer, (beta,) = with_weights(layers.LayerNormalization(scale=False, **F64), rng, x)
    close(outputs(layer, x), normal(x, -1, 1e-3) + beta)
    close(outputs(layers.LayerNormalization(center=False, scale=False, **F64), x), normal(x, -1, 1e-3))
    layer, (gamma,) = with_weights(layers.LayerNormalization(rms_scaling=True, **F64), rng, x)
    close(outputs(layer, x), x / np.sqrt(x.var(-1, keepdims=True) + 1e-3) * gamma)


@pytest.mark.parametrize(("groups", "axis"), [(1, -1), (2, -1), (3, 3), (6, -1), (-1, -1), (2, 1), (5, -2)])
def test_groups(groups, axis, x, rng):
    layer, (gamma, beta) = with_weights(layers.GroupNormalization(groups, axis, 0.01, **F64), rng, x)
    channels = x.shape[axis]
    apart = np.moveaxis(x, axis, -1)
    moved = apart.shape
    apart = apart.reshape(3, -1, groups if groups > 0 else channels, channels // groups if groups > 0 else 1)
    expected = normal(apart, (1, 3), 0.01).reshape(moved) * gamma + beta
    close(outputs(layer, x), np.moveaxis(expected, -1, axis))
    assert layer.get_config()["groups"] == (groups if groups > 0 else channels)
    assert_remade(layer)


def test_groups_of_images_of_any_size(x, rng):
    layer, _ = with_weights(layers.GroupNormalization(3, **F64), rng, x)
    unknown = tf.keras.Sequential([tf.keras.Input((None, None, 6), dtype="float64"), layer])
    assert unknown.output_shape == (None, None, None, 6)
    close(unknown.predict(x, verbose=0), outputs(layer, x))


def test_vectors_of_zeros_stay():
    x = np.array([[0.0, 0.0], [3e-9, 4e-9], [3.0, 4.0]])
    close(outputs(layers.UnitNormalization(**F64), x), [[0.0, 0.0], [0.6, 0.8], [0.6, 0.8]])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: layers.LayerNormalization("last"), TypeError, "an integer, or a list of them, as axis; got 'last'"),
        (lambda: layers.UnitNormalization(1.5), TypeError, "got 1.5"),
        (lambda: layers.LayerNormalization(2)(tf.keras.Input((3,))), ValueError, "needs an axis 2 of known size"),
        (lambda: layers.RMSNormalization()(tf.keras.Input((None,))), ValueError, "needs an axis -1 of known size"),
        (lambda: layers.GroupNormalization(0), ValueError, "positive number of groups, or -1; got 0"),
        (lambda: layers.GroupNormalization(4)(tf.keras.Input((6,))), ValueError, "6 channels evenly among 4 groups"),
    ],
)
def test_what_cannot_be_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_which_support_masks():
    named = [layers.LayerNormalization, layers.GroupNormalization, layers.UnitNormalization, layers.RMSNormalization]
    assert [c.supports_masking for c in named] == [True, True, True, False]
