"""The Mandelbrot set: complex numbers, state in variables, a step that is run again and again."""

import numpy as np

import kerasflow as tf

Y, X = np.mgrid[-1.3:1.3:0.05, -2:1:0.05]
Z = X + 1j * Y
xs = tf.constant(Z.astype(np.complex64))
zs = tf.Variable(xs)
ns = tf.Variable(tf.zeros_like(xs, tf.float32))
zs_ = zs * zs + xs
not_diverged = tf.abs(zs_) < 4
step = tf.group(zs.assign(zs_), ns.assign_add(tf.cast(not_diverged, tf.float32)))

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _step in range(30):
        sess.run(step)
    counts = sess.run(ns)
for row in counts[::3]:
    print("".join(" .:-=+*#%@"[int(min(n, 29) / 3)] for n in row))
z, wanted = Z.astype(np.complex64), np.zeros(Z.shape)
with np.errstate(all="ignore"):
    for _step in range(30):
        z = z * z + Z.astype(np.complex64)
        wanted += np.abs(z) < 4
assert np.mean(counts == wanted) > 0.995
