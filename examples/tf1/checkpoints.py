"""Checkpoints: stop in the middle of training, and go on in another session as if nothing had happened."""

import os
import tempfile

import numpy as np

import kerasflow as tf

rng = np.random.RandomState(0)
data = rng.normal(size=(200, 5)).astype(np.float32)
target = data.dot(rng.normal(size=(5, 1))).astype(np.float32)

X = tf.constant(data)
w = tf.Variable(tf.zeros([5, 1]), name="w")
mse = tf.reduce_mean(tf.square(tf.matmul(X, w) - target))
train = tf.train.AdamOptimizer(0.05).minimize(mse)
saver = tf.train.Saver(max_to_keep=2)
folder = tempfile.mkdtemp()


def run(sess, start, stop, save=False):
    """Train from step `start` to step `stop`; the errors."""
    errors = []
    for step in range(start, stop):
        if save and step % 20 == 0:
            saver.save(sess, os.path.join(folder, "model.ckpt"), global_step=step)
        errors.append(sess.run([mse, train])[0])
    return errors


with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    whole = run(sess, 0, 100, save=True)
latest = tf.train.latest_checkpoint(folder)
print("latest:", os.path.basename(latest), "kept:", [os.path.basename(p) for p in saver.last_checkpoints])
assert os.path.basename(latest) == "model.ckpt-80" and len(saver.last_checkpoints) == 2

with tf.Session() as sess:
    saver.restore(sess, latest)
    rest = run(sess, 80, 100)
print("at step 80: %.6f, again: %.6f" % (whole[80], rest[0]))
assert np.allclose(rest, whole[80:], rtol=1e-6)

shapes = dict(tf.train.list_variables(latest))
print(shapes)
assert shapes["w"] == [5, 1] and {"w/Adam", "w/Adam_1", "beta1_power", "beta2_power"} < set(shapes)
with tf.Session() as sess:
    tf.train.Saver({"w": w}).restore(sess, latest)  # the weights alone
    assert sess.run(mse) == rest[0]
