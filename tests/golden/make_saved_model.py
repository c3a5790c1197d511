"""Makes ``saved_model/``: what the genuine TensorFlow saves for serving, and what it gives for `INPUT`.

Run with TensorFlow 1.15.5 (Python 3.7, numpy 1.18.5, protobuf 3.20.3): ``python make_saved_model.py``.
"""

import json
import os

import tensorflow as tf

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "saved_model")
INPUT = [[0.5, -1.0, 2.0, 0.25], [1.0, 0.0, -0.5, 3.0]]

if __name__ == "__main__":
    tf.set_random_seed(3)
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    y = tf.nn.softmax(tf.layers.dense(tf.layers.dense(x, 5, tf.nn.elu), 3))
    ready = tf.Variable(0, name="ready", trainable=False)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        tf.saved_model.simple_save(session, FOLDER, {"x": x}, {"y": y}, legacy_init_op=ready.assign(1).op)
        output = session.run(y, {x: INPUT}).tolist()
    with open(os.path.join(FOLDER, "output.json"), "w") as file:
        json.dump({"input": INPUT, "output": output}, file)
