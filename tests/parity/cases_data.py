"""Layers that prepare numbers, in models.

Those for texts, and most of `adapt`, Keras has with TensorFlow only: tests/golden/preprocessing.json has what they do.
"""

import numpy as np

from tests.parity.harness import Case

_rng = np.random.default_rng(5)
ROWS = _rng.uniform(-3, 3, (6, 4)).astype(np.float32)
CUBES = _rng.uniform(-3, 3, (6, 3, 2)).astype(np.float32)
CATEGORIES = _rng.integers(0, 5, (6, 3)).astype(np.int32)


def prepared(name, x, *args, **kwargs):
    """A case for a layer in front of one that is trained."""

    def make(k):
        inputs = k.Input(x.shape[1:], dtype=str(x.dtype))
        return k.Model(inputs, k.layers.Dense(2)(getattr(k.layers, name)(*args, **kwargs)(inputs)))

    shown = ", ".join([*map(repr, args), *[f"{key}={value!r}" for key, value in kwargs.items()]])
    return Case(f"{name}({shown}), prepared", make, x)


CASES = [
    prepared("Normalization", ROWS, mean=[0.0, 1.0, 2.0, 3.0], variance=[1.0, 0.5, 2.0, 4.0]),
    prepared("Normalization", CUBES, axis=(1, 2), mean=[[0.0, 1.0]] * 3, variance=[[1.0, 0.5]] * 3),
    prepared("Normalization", CUBES, axis=1, mean=[0.0, 1.0, 2.0], variance=[1.0, 0.5, 3.0], invert=True),
    prepared("Rescaling", ROWS, 0.5, offset=-1.0),
    prepared("Discretization", ROWS, [-1.0, 0.0, 1.0], output_mode="one_hot"),
    prepared("Discretization", ROWS, [-1.0, 0.0, 1.0], output_mode="count"),
    prepared("CategoryEncoding", CATEGORIES, 5),
    prepared("CategoryEncoding", CATEGORIES, 5, output_mode="count"),
]
