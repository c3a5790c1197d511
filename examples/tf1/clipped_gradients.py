"""Gradients taken apart: computed, clipped by their global norm, looked at, applied; and those of a single layer."""

import numpy as np

import kerasflow as tf

rng = np.random.RandomState(0)
data = (rng.normal(size=(50, 6)) * 100).astype(np.float32)
target = rng.normal(size=(50, 1)).astype(np.float32)

hidden = tf.layers.dense(
    data, 4, activation=tf.nn.elu, kernel_initializer=tf.glorot_normal_initializer(1), name="hidden"
)
outputs = tf.layers.dense(hidden, 1, kernel_initializer=tf.glorot_normal_initializer(2), name="outputs")
loss = tf.reduce_mean(tf.square(outputs - target))
optimizer = tf.train.GradientDescentOptimizer(0.01)
pairs = optimizer.compute_gradients(loss)
clipped, norm = tf.clip_by_global_norm([g for g, _ in pairs], 1.0)
train = optimizer.apply_gradients([(clipped[k], v) for k, (_, v) in enumerate(pairs)])
last = tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, scope="outputs")
train_last = optimizer.minimize(loss, var_list=last)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    before = sess.run(tf.trainable_variables())
    length, parts = sess.run([norm, clipped])
    sess.run(train)
    after = sess.run(tf.trainable_variables())
    moved = [np.sum((a - b) ** 2) for a, b in [(x, after[k]) for k, x in enumerate(before)]]
    print("norm of the gradient %.1f, of the step %.4f" % (length, np.sqrt(np.sum(moved))))
    assert length > 1 and abs(np.sqrt(sum(np.sum(p**2) for p in parts)) - 1) < 1e-4
    assert abs(np.sqrt(np.sum(moved)) - 0.01) < 1e-5
    sess.run(train_last)
    frozen = sess.run(tf.trainable_variables())
    same = [np.array_equal(a, b) for a, b in [(x, frozen[k]) for k, x in enumerate(after)]]
    print("unchanged:", same)
    assert same == [True, True, False, False]
