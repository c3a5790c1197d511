"""Makes ``checkpoint/m.ckpt-3.*``: what the genuine TensorFlow saves of the variables of `checkpoint_values`.

Run with TensorFlow 1.15.5 (Python 3.7, numpy 1.18.5, protobuf 3.20.3): ``python make_checkpoint.py``.
"""

import os

import tensorflow as tf
from checkpoint_values import VALUES

if __name__ == "__main__":
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "checkpoint")
    for name, value in VALUES.items():
        tf.Variable(value, name=name, dtype=tf.string if value.dtype == object else value.dtype)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        tf.train.Saver().save(session, os.path.join(folder, "m.ckpt"), global_step=3, write_meta_graph=False)
