"""Pooling to a size against NumPy."""

import itertools
import math

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import layers
from tests.layers.harness import assert_remade, close, outputs


def pooled(x, sizes, function):
    """Window by window; channels are last."""
    out = np.empty((x.shape[0], *sizes, x.shape[-1]))
    for place in itertools.product(*map(range, sizes)):
        ends = [(i * n / o, (i + 1) * n / o) for i, n, o in zip(place, x.shape[1:], sizes, strict=False)]
        window = tuple(slice(math.floor(a), math.ceil(b)) for a, b in ends)
        out[(slice(None), *place)] = function(x[(slice(None), *window)], axis=tuple(range(1, x.ndim - 1)))
    return out


@pytest.mark.parametrize("kind", ["Average", "Max"])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize(
    ("shape", "size"), [((7,), 3), ((4,), 6), ((9, 5), (2, 5)), ((6, 7), 4), ((4, 5, 3), (1, 3, 2))]
)
def test_windows(kind, data_format, shape, size):
    x = np.random.default_rng(14).standard_normal((2, *shape, 3))
    sizes = (size,) * len(shape) if isinstance(size, int) else size
    wanted = pooled(x, sizes, np.mean if kind == "Average" else np.max)
    if data_format == "channels_first":
        x, wanted = np.moveaxis(x, -1, 1), np.moveaxis(wanted, -1, 1)
    layer = getattr(layers, f"Adaptive{kind}Pooling{len(shape)}D")(size, data_format, dtype="float64")
    close(outputs(layer, x), wanted)
    assert_remade(layer)
    assert layer.get_config()["output_size"] == sizes


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="positive integer as output_size, got 0"):
        layers.AdaptiveMaxPooling1D(0)
    with pytest.raises(ValueError, match="an integer or 2 of them as output_size"):
        layers.AdaptiveMaxPooling2D((1, 2, 3))
    with pytest.raises(ValueError, match="of 4 axes"):
        layers.AdaptiveMaxPooling2D(2)(tf.keras.Input((3, 3)))
    with pytest.raises(ValueError, match="needs to know the sizes"):
        layers.AdaptiveAveragePooling1D(2)(tf.keras.Input((None, 3)))
