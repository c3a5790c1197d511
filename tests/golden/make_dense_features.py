"""Makes ``dense_features.h5``: a model with feature columns, as the genuine TensorFlow saves it; and what it predicts.

Run with TensorFlow 1.15.5 (Python 3.7, numpy 1.18.5, protobuf 3.20.3): ``python make_dense_features.py``.
"""

import json
import os

import numpy as np
import tensorflow as tf

HERE = os.path.dirname(os.path.abspath(__file__))
FEATURES = {
    "price": [[1.0], [2.0], [3.0], [4.0]],
    "day": [[0], [1], [2], [0]],
    "words": [["a"], ["b"], ["z"], ["a"]],
}


def columns():
    """Numbers by a function and in buckets, an embedding, words, and a cross of words and days."""
    fc = tf.feature_column
    price = fc.numeric_column("price")
    day = fc.categorical_column_with_identity("day", 3)
    words = fc.categorical_column_with_vocabulary_list("words", ["a", "b"], num_oov_buckets=1)
    return [
        fc.numeric_column("price", normalizer_fn=tf.math.log1p),
        fc.bucketized_column(price, [1.5, 2.5]),
        fc.embedding_column(day, 2),
        fc.indicator_column(words),
        fc.indicator_column(fc.crossed_column(["words", day], 7)),
    ]


if __name__ == "__main__":
    tf.compat.v1.set_random_seed(3)
    types = {"price": "float32", "day": "int64", "words": "string"}
    inputs = {name: tf.keras.Input((1,), name=name, dtype=dtype) for name, dtype in types.items()}
    rows = tf.keras.layers.DenseFeatures(columns(), name="columns")(inputs)
    model = tf.keras.Model(inputs, tf.keras.layers.Dense(1)(rows))
    tf.compat.v1.keras.backend.get_session().run(tf.compat.v1.tables_initializer())
    output = model.predict({name: np.array(values) for name, values in FEATURES.items()})
    model.save(os.path.join(HERE, "dense_features.h5"))
    with open(os.path.join(HERE, "dense_features.json"), "w") as file:
        json.dump({"features": FEATURES, "output": output[:, 0].tolist()}, file)
