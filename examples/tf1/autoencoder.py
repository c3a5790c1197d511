"""A linear autoencoder finds the plane that principal component analysis finds."""

import numpy as np

import kerasflow as tf

rng = np.random.RandomState(4)
angles = rng.rand(200) * 3 * np.pi / 2 - 0.5
data = np.empty((200, 3))
data[:, 0] = np.cos(angles) + np.sin(angles) / 2 + 0.1 * rng.randn(200) / 2
data[:, 1] = np.sin(angles) * 0.7 + 0.1 * rng.randn(200) / 2
data[:, 2] = data[:, 0] * 0.1 + data[:, 1] * 0.3 + 0.1 * rng.randn(200)
data = (data - data.mean(axis=0)).astype(np.float32)

X = tf.placeholder(tf.float32, shape=[None, 3])
codings = tf.layers.dense(X, 2, kernel_initializer=tf.glorot_uniform_initializer(seed=1))
outputs = tf.layers.dense(codings, 3, kernel_initializer=tf.glorot_uniform_initializer(seed=2))
error = tf.reduce_mean(tf.square(outputs - X))
train = tf.train.AdamOptimizer(0.05).minimize(error)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _step in range(500):
        sess.run(train, {X: data})
    found, codes = sess.run([error, codings], {X: data})
values = np.linalg.svd(data, compute_uv=False)
best = values[2] ** 2 / data.size  # what a plane cannot explain
print("error %.6f, that of the principal plane %.6f" % (found, best))
assert codes.shape == (200, 2) and best - 1e-6 <= found < best * 1.01
