"""Write prepared.keras, a model whose layers learnt vocabularies, bins and moments, and prepared.json, what it gives.

Provenance: keras==3.15.1 on tensorflow-cpu==2.21.0 from PyPI (CPython 3.11) on x86-64 Linux. Run it as

    KERAS_BACKEND=tensorflow python tests/golden/make_prepared.py
"""

import json
import os

import keras
import numpy as np
import tensorflow as tf
from keras import layers

WORDS, TEXTS = [["x"], ["q"], ["y"]], ["a", "b a", "c"]
ROWS, NUMBERS = [[1.0, 2.0], [3.0, 1.0], [2.0, 8.0]], [[4], [7], [5]]


def model():
    """A dense layer over all that is prepared."""
    keras.utils.set_random_seed(1)
    w = keras.Input((1,), dtype="string", name="w")
    t = keras.Input((), dtype="string", name="t")
    a, n = keras.Input((2,), name="a"), keras.Input((1,), dtype="int64", name="n")
    places, weighed = layers.StringLookup(), layers.StringLookup(output_mode="tf_idf")
    places.adapt(np.array(["x", "y", "y"]))
    weighed.adapt(np.array([["x", "y"], ["y", "z"]]))
    text = layers.TextVectorization(output_mode="tf_idf")
    text.adapt(["a b", "b"])
    normal, bins = layers.Normalization(), layers.Discretization(num_bins=2, output_mode="one_hot")
    normal.adapt(np.array([[1.0, 2.0], [3.0, 6.0]]))
    bins.adapt(np.array([1.0, 2.0, 3.0, 4.0]))
    numbers = layers.IntegerLookup(vocabulary=[4, 5], output_mode="multi_hot")
    vectors = layers.Flatten()(layers.Embedding(4, 2)(places(w)))
    parts = [vectors, weighed(w), numbers(n), text(t), normal(a), layers.Flatten()(bins(a))]
    return keras.Model({"w": w, "t": t, "a": a, "n": n}, layers.Dense(2)(layers.Concatenate()(parts)))


def main():
    """Write both files."""
    folder = os.path.dirname(os.path.abspath(__file__))
    made = model()
    made.save(os.path.join(folder, "prepared.keras"))
    numbers = tf.constant(NUMBERS, tf.int64)
    y = made({"w": tf.constant(WORDS), "t": tf.constant(TEXTS), "a": tf.constant(ROWS), "n": numbers})
    found = {"w": WORDS, "t": TEXTS, "a": ROWS, "n": NUMBERS, "y": y.numpy().tolist()}
    with open(os.path.join(folder, "prepared.json"), "w") as file:
        file.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
