"""A meta graph beside a checkpoint: go on without the code that built the graph."""

import os
import tempfile

import numpy as np

import kerasflow as tf

path = os.path.join(tempfile.mkdtemp(), "model.ckpt")
rng = np.random.RandomState(1)
rows, targets = rng.normal(size=(64, 4)), rng.normal(size=(64, 1))

with tf.Graph().as_default(), tf.Session() as sess:
    X = tf.placeholder(tf.float32, [None, 4], name="X")
    y = tf.placeholder(tf.float32, [None, 1], name="y")
    hidden = tf.layers.dense(X, 8, activation=tf.nn.tanh, kernel_initializer=tf.glorot_uniform_initializer(seed=1))
    out = tf.layers.dense(hidden, 1, kernel_initializer=tf.glorot_uniform_initializer(seed=2))
    loss = tf.reduce_mean(tf.square(out - y), name="loss")
    tf.train.MomentumOptimizer(0.02, 0.9).minimize(loss, name="train")
    tf.add_to_collection("outputs", out)
    sess.run(tf.global_variables_initializer())
    feeds = {"X:0": rows, "y:0": targets}
    for _step in range(20):
        sess.run("train", feeds)
    tf.train.Saver().save(sess, path)
    wanted = [sess.run(["loss:0", "train"], feeds)[0] for _step in range(5)]

with tf.Graph().as_default(), tf.Session() as sess:
    saver = tf.train.import_meta_graph(path + ".meta")
    saver.restore(sess, path)
    (out,) = tf.get_collection("outputs")
    assert sess.run(out, {"X:0": rows}).shape == (64, 1)
    found = [sess.run(["loss:0", "train"], {"X:0": rows, "y:0": targets})[0] for _step in range(5)]
    print("went on:", found)
    print("trainable:", [v.op.name for v in tf.trainable_variables()])
    assert len(tf.trainable_variables()) == 4
assert np.allclose(found, wanted, rtol=1e-6)
