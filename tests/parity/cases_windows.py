"""Convolutions, pooling, batch normalisation, embeddings and the merging of tensors."""

import numpy as np

from tests.parity.harness import Case

_rng = np.random.default_rng(3)
SEQUENCES = _rng.uniform(-1, 1, (4, 9, 4)).astype(np.float32)
IMAGES = _rng.uniform(-1, 1, (3, 8, 7, 4)).astype(np.float32)
VOLUMES = _rng.uniform(-1, 1, (2, 5, 4, 6, 2)).astype(np.float32)
WORDS = _rng.integers(0, 7, (4, 5)).astype(np.int32)
FIRST = {"data_format": "channels_first"}


def single(x, name, *args, **kwargs):
    """A case for one layer, with another in front of it that has weights."""

    def make(k):
        inputs = k.Input(x.shape[1:], dtype=str(x.dtype))
        hidden = k.layers.Dense(x.shape[-1])(inputs) if x.dtype.kind == "f" else inputs
        return k.Model(inputs, getattr(k.layers, name)(*args, **kwargs)(hidden))

    shown = ", ".join([*map(repr, args), *[f"{key}={value!r}" for key, value in kwargs.items()]])
    return Case(f"{name}({shown}), {x.ndim} axes", make, x)


def merging(name, *args, **kwargs):
    """A case for a layer that makes one tensor of three, or of two."""

    def make(k):
        count = 2 if name in ("Subtract", "Dot") else 3
        inputs = [k.Input((9, 4)) for _ in range(count)]
        hidden = [k.layers.Dense(4)(x) for x in inputs]
        return k.Model(inputs, getattr(k.layers, name)(*args, **kwargs)(hidden))

    arrays = [SEQUENCES, -SEQUENCES[::-1], SEQUENCES**2][: 2 if name in ("Subtract", "Dot") else 3]
    shown = ", ".join([*map(repr, args), *[f"{key}={value!r}" for key, value in kwargs.items()]])
    return Case(f"{name}({shown}) of {len(arrays)}", make, arrays)


def mean_of_words(k):
    """Over those that are not 0."""
    words = k.Input((5,), dtype="int32")
    vectors = k.layers.Embedding(7, 3, mask_zero=True, embeddings_regularizer="l2")(words)
    return k.Model(words, k.layers.GlobalAveragePooling1D()(vectors))


CASES = [
    single(SEQUENCES, "Conv1D", 3, 2, padding="causal", dilation_rate=2, activation="relu"),
    single(SEQUENCES, "Conv1D", 4, 3, strides=2, padding="same", groups=2, use_bias=False),
    single(SEQUENCES, "Conv1D", 3, 2, **FIRST),
    single(IMAGES, "Conv2D", 4, (3, 2), strides=(2, 1), activation="tanh"),
    single(IMAGES, "Conv2D", 4, 3, padding="same", dilation_rate=(1, 2), groups=2),
    single(IMAGES, "Conv2D", 4, 3, padding="same", strides=2, **FIRST),
    single(VOLUMES, "Conv3D", 3, (2, 3, 2), padding="same", strides=(1, 2, 1)),
    single(SEQUENCES, "Conv1DTranspose", 3, 4, strides=2, padding="same"),
    single(IMAGES, "Conv2DTranspose", 3, 3, strides=2, output_padding=1),
    single(IMAGES, "Conv2DTranspose", 3, (2, 3), dilation_rate=2),
    single(VOLUMES, "Conv3DTranspose", 3, 2, strides=(1, 2, 1), padding="same"),
    single(SEQUENCES, "DepthwiseConv1D", 3, depth_multiplier=2, padding="same"),
    single(IMAGES, "DepthwiseConv2D", (2, 3), depth_multiplier=2, activation="elu"),
    single(IMAGES, "DepthwiseConv2D", 3, strides=2, padding="same", **FIRST),
    single(SEQUENCES, "SeparableConv1D", 5, 3, depth_multiplier=2),
    single(IMAGES, "SeparableConv2D", 5, 3, padding="same", strides=2),
    single(SEQUENCES, "MaxPooling1D", 2),
    single(IMAGES, "MaxPooling2D", (3, 2), strides=2, padding="same"),
    single(VOLUMES, "MaxPooling3D", 2, **FIRST),
    single(SEQUENCES, "AveragePooling1D", 3, strides=2, padding="same"),
    single(IMAGES, "AveragePooling2D", 2, **FIRST),
    single(VOLUMES, "AveragePooling3D", (1, 2, 3), padding="same"),
    single(SEQUENCES, "AdaptiveAveragePooling1D", 4),
    single(IMAGES, "AdaptiveAveragePooling2D", (3, 2), **FIRST),
    single(IMAGES, "AdaptiveMaxPooling2D", 3),
    single(VOLUMES, "AdaptiveMaxPooling3D", (2, 3, 4)),
    single(SEQUENCES, "GlobalMaxPooling1D"),
    single(IMAGES, "GlobalMaxPooling2D", keepdims=True),
    single(VOLUMES, "GlobalMaxPooling3D", **FIRST),
    single(SEQUENCES, "GlobalAveragePooling1D", **FIRST),
    single(IMAGES, "GlobalAveragePooling2D"),
    single(VOLUMES, "GlobalAveragePooling3D", keepdims=True),
    single(SEQUENCES, "BatchNormalization", momentum=0.7),
    single(IMAGES, "BatchNormalization", epsilon=0.01),
    single(IMAGES, "BatchNormalization", axis=1, scale=False),
    single(SEQUENCES, "BatchNormalization", center=False),
    single(WORDS, "Embedding", 7, 3),
    Case("words that count", mean_of_words, WORDS),
    single(IMAGES, "Flatten"),
    single(IMAGES, "Flatten", **FIRST),
    single(IMAGES, "Reshape", (7, -1)),
    *[merging(name) for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")],
    merging("Concatenate"),
    merging("Concatenate", axis=1),
    merging("Dot", axes=2),
    merging("Dot", axes=(1, 1), normalize=True),
]
