"""Padding, cropping and enlarging against NumPy."""

import math

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import layers
from tests.layers.harness import assert_remade, close, outputs

F64 = {"dtype": "float64"}


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@pytest.mark.parametrize(
    ("name", "given", "edges"),
    [
        ("1D", 2, [(2, 2)]),
        ("1D", (1, 0), [(1, 0)]),
        ("2D", 1, [(1, 1), (1, 1)]),
        ("2D", (1, 2), [(1, 1), (2, 2)]),
        ("2D", ((0, 1), (2, 1)), [(0, 1), (2, 1)]),
        ("3D", 1, [(1, 1)] * 3),
        ("3D", (0, 1, 2), [(0, 0), (1, 1), (2, 2)]),
        ("3D", ((0, 1), (1, 0), (2, 1)), [(0, 1), (1, 0), (2, 1)]),
    ],
)
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_edges(name, given, edges, data_format, rng):
    x = rng.standard_normal((2, 5, 6, 7)[: len(edges) + 1] + (3,))
    padded = np.pad(x, [(0, 0), *edges, (0, 0)])
    cropped = x[(slice(None), *[slice(a, n - b) for (a, b), n in zip(edges, x.shape[1:], strict=False)])]
    if data_format == "channels_first":
        x, padded, cropped = (np.moveaxis(a, -1, 1) for a in (x, padded, cropped))
    pad = getattr(layers, f"ZeroPadding{name}")(given, data_format=data_format, **F64)
    close(outputs(pad, x), padded)
    assert_remade(pad)
    assert pad.get_config()["padding"] == (tuple(edges) if len(edges) > 1 else edges[0])
    if name == "1D" and data_format == "channels_first":
        return
    crop = getattr(layers, f"Cropping{name}")(given, **({} if name == "1D" else {"data_format": data_format}), **F64)
    close(outputs(crop, x), cropped)
    assert_remade(crop)
    assert ("data_format" in crop.get_config()) == (name != "1D")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.ZeroPadding1D(-1), "at least 0 as padding, got -1"),
        (lambda: layers.ZeroPadding1D((1, 2, 3)), r"one or two numbers for each axis as padding, got \(1, 2, 3\)"),
        (lambda: layers.ZeroPadding2D((1, 2, 3)), r"padding for 2 axes, got \(1, 2, 3\)"),
        (lambda: layers.ZeroPadding2D(1.5), "at least 0 as padding, got 1.5"),
        (lambda: layers.Cropping3D("all"), "at least 0 as cropping, got 'all'"),
        (lambda: layers.Cropping2D(data_format="NHWC"), "channels_last, channels_first as data_format"),
        (lambda: layers.ZeroPadding2D()(tf.keras.Input((3, 3))), r"of 4 axes; got the shape \(\?, 3, 3\)"),
        (lambda: layers.Cropping1D((2, 1))(tf.keras.Input((3, 1))), r"nothing of the shape \(\?, 3, 1\)"),
        (lambda: layers.UpSampling1D(0), "positive integer as size"),
        (lambda: layers.UpSampling2D((2, 2, 2)), "an integer or 2 of them as size"),
        (lambda: layers.UpSampling2D(interpolation="area"), "nearest, bilinear, bicubic"),
        (lambda: layers.UpSampling3D()(tf.keras.Input((3, 3, 1))), "of 5 axes"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_nothing_is_cropped_by_default(rng):
    x = rng.standard_normal((2, 3, 4, 1))
    close(outputs(layers.Cropping2D(**F64), x), x)


@pytest.mark.parametrize("size", [2, 3])
def test_steps_are_repeated(size, rng):
    x = rng.standard_normal((2, 3, 4))
    layer = layers.UpSampling1D(size, **F64)
    close(outputs(layer, x), np.repeat(x, size, axis=1))
    assert layer.get_config()["size"] == size


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_places_are_repeated(data_format, rng):
    x = rng.standard_normal((2, 3, 4, 5))
    volume = rng.standard_normal((2, 3, 4, 2, 3))
    at = 2 if data_format == "channels_first" else 1
    layer = layers.UpSampling2D((2, 3), data_format, **F64)
    close(outputs(layer, x), x.repeat(2, at).repeat(3, at + 1))
    assert_remade(layer)
    layer = layers.UpSampling3D((2, 1, 3), data_format, **F64)
    close(outputs(layer, volume), volume.repeat(2, at).repeat(3, at + 2))
    assert_remade(layer)


def hat(d):
    return max(0.0, 1.0 - d)


def keys(d):
    if d < 1:
        return 1.5 * d**3 - 2.5 * d**2 + 1
    return -0.5 * d**3 + 2.5 * d**2 - 4 * d + 2 if d < 2 else 0.0


def lanczos(radius):
    return lambda d: float(np.sinc(d) * np.sinc(d / radius)) if d < radius else 0.0


def enlarged(signal, times, kernel):
    """Each new place as the mean of the old ones, weighted by the kernel of the distance of their middles."""
    rows = []
    for place in range(len(signal) * times):
        middle = (place + 0.5) / times - 0.5
        weights = np.array([kernel(abs(middle - j)) for j in range(len(signal))])
        rows.append(np.tensordot(weights / math.fsum(weights), signal, 1))
    return np.stack(rows)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize(
    ("interpolation", "kernel"),
    [("bilinear", hat), ("bicubic", keys), ("lanczos3", lanczos(3)), ("lanczos5", lanczos(5))],
)
def test_between_the_places(interpolation, kernel, data_format, rng):
    x = rng.standard_normal((2, 5, 4, 3))
    tall = np.stack([enlarged(image, 2, kernel) for image in x])
    wide = np.stack([np.moveaxis(enlarged(np.moveaxis(image, 1, 0), 3, kernel), 0, 1) for image in tall])
    if data_format == "channels_first":
        x, wide = np.moveaxis(x, -1, 1), np.moveaxis(wide, -1, 1)
    layer = layers.UpSampling2D((2, 3), data_format, interpolation, **F64)
    close(outputs(layer, x), wide)
    assert_remade(layer)


def test_sizes_that_are_known_in_the_run_only(rng):
    x = rng.standard_normal((2, 5, 4, 3)).astype(np.float32)
    made = [layers.UpSampling2D(2), layers.UpSampling2D(2, interpolation="bilinear"), layers.Cropping2D(1)]
    for layer in [*made, layers.ZeroPadding2D(1)]:
        unknown = tf.keras.Sequential([tf.keras.Input((None, None, 3)), layer])
        assert unknown.output_shape == (None, None, None, 3)
        np.testing.assert_array_equal(unknown.predict(x, verbose=0), outputs(layer, x))
