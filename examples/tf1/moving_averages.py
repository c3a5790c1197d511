"""Exponential moving averages of variables, evaluated in the place of the variables themselves."""

import os
import tempfile

import numpy as np

import kerasflow as tf

w = tf.Variable(0.0, name="w")
target = tf.placeholder(tf.float32, [], name="target")
loss = tf.square(w - target)
train = tf.train.GradientDescentOptimizer(0.2).minimize(loss)
average = tf.train.ExponentialMovingAverage(decay=0.9)
with tf.control_dependencies([train]):
    step = average.apply([w])
shadow = average.average(w)
saver = tf.train.Saver(average.variables_to_restore())
path = os.path.join(tempfile.mkdtemp(), "model.ckpt")

targets = np.random.RandomState(0).normal(3.0, 1.0, size=200).astype(np.float32)
x = mean = np.float32(0)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for t in targets:
        sess.run(step, {target: t})
        x = x - np.float32(0.2) * 2 * (x - t)
        mean = mean - np.float32(0.1) * (mean - x)
    values = sess.run([w, shadow])
    tf.train.Saver().save(sess, path)
print("w %.4f, its average %.4f" % tuple(values))
assert np.allclose(values, [x, mean], rtol=1e-4) and abs(values[1] - 3.0) < abs(values[0] - 3.0) + 0.5

with tf.Session() as sess:
    saver.restore(sess, path)  # the averages, under the variables' names
    assert np.allclose(sess.run(w), values[1])
