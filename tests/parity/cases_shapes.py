"""Layers that pad, crop, enlarge, rearrange, normalise within samples, and activations with arguments of their own."""

import numpy as np

from tests.parity.harness import Case

_rng = np.random.default_rng(2)
VECTORS = _rng.uniform(-2, 2, (5, 6)).astype(np.float32)
SEQUENCES = _rng.uniform(-2, 2, (4, 5, 6)).astype(np.float32)
IMAGES = _rng.uniform(-2, 2, (3, 5, 4, 6)).astype(np.float32)
VOLUMES = _rng.uniform(-2, 2, (2, 3, 4, 3, 2)).astype(np.float32)
FIRST = {"data_format": "channels_first"}


def after_a_dense_layer(x, name, *args, **kwargs):
    """A case for one layer behind one with weights, so that there is a gradient."""

    def make(k):
        inputs = k.Input(x.shape[1:])
        hidden = k.layers.Dense(x.shape[-1])(inputs)
        return k.Model(inputs, getattr(k.layers, name)(*args, **kwargs)(hidden))

    shown = ", ".join([*map(repr, args), *[f"{key}={value!r}" for key, value in kwargs.items()]])
    return Case(f"{name}({shown}) of {x.ndim} axes", make, x)


CASES = [
    after_a_dense_layer(SEQUENCES, "ZeroPadding1D", (1, 2)),
    after_a_dense_layer(IMAGES, "ZeroPadding2D"),
    after_a_dense_layer(IMAGES, "ZeroPadding2D", ((1, 0), (2, 3)), **FIRST),
    after_a_dense_layer(VOLUMES, "ZeroPadding3D", (1, 0, 2)),
    after_a_dense_layer(SEQUENCES, "Cropping1D"),
    after_a_dense_layer(IMAGES, "Cropping2D", ((1, 0), (1, 2))),
    after_a_dense_layer(IMAGES, "Cropping2D", (1, 2), **FIRST),
    after_a_dense_layer(VOLUMES, "Cropping3D", ((1, 0), (1, 1), (0, 1))),
    after_a_dense_layer(SEQUENCES, "UpSampling1D", 3),
    after_a_dense_layer(IMAGES, "UpSampling2D", (2, 3)),
    after_a_dense_layer(IMAGES, "UpSampling2D", 2, **FIRST),
    *[
        after_a_dense_layer(IMAGES, "UpSampling2D", (2, 3), interpolation=kind)
        for kind in ("bilinear", "bicubic", "lanczos3", "lanczos5")
    ],
    after_a_dense_layer(VOLUMES, "UpSampling3D", (1, 2, 3)),
    after_a_dense_layer(IMAGES, "Permute", (3, 1, 2)),
    after_a_dense_layer(VECTORS, "RepeatVector", 3),
    after_a_dense_layer(VECTORS, "Identity"),
    after_a_dense_layer(VECTORS, "ActivityRegularization", l1=0.1, l2=0.3),
    after_a_dense_layer(VECTORS, "ReLU"),
    after_a_dense_layer(VECTORS, "ReLU", max_value=1.5, negative_slope=0.2, threshold=0.25),
    after_a_dense_layer(VECTORS, "LeakyReLU"),
    after_a_dense_layer(VECTORS, "LeakyReLU", 0.1),
    after_a_dense_layer(VECTORS, "ELU", 1.5),
    after_a_dense_layer(SEQUENCES, "PReLU"),
    after_a_dense_layer(IMAGES, "PReLU", shared_axes=[1, 2]),
    after_a_dense_layer(SEQUENCES, "Softmax"),
    after_a_dense_layer(SEQUENCES, "Softmax", 1),
    after_a_dense_layer(SEQUENCES, "Softmax", axis=(1, 2)),
    after_a_dense_layer(SEQUENCES, "LayerNormalization"),
    after_a_dense_layer(IMAGES, "LayerNormalization", axis=[1, 3], epsilon=0.1),
    after_a_dense_layer(IMAGES, "LayerNormalization", axis=1, center=False),
    after_a_dense_layer(SEQUENCES, "LayerNormalization", rms_scaling=True),
    after_a_dense_layer(IMAGES, "GroupNormalization", 3),
    after_a_dense_layer(IMAGES, "GroupNormalization", groups=-1, scale=False),
    after_a_dense_layer(IMAGES, "GroupNormalization", 5, axis=1),
    after_a_dense_layer(SEQUENCES, "RMSNormalization"),
    after_a_dense_layer(SEQUENCES, "RMSNormalization", axis=[1, 2]),
    after_a_dense_layer(IMAGES, "UnitNormalization", axis=[1, 2]),
]
