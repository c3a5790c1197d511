"""Principal components by singular value decomposition, in a graph."""

import numpy as np
from sklearn.datasets import load_iris

import kerasflow as tf

rows = load_iris(return_X_y=True)[0]
X = tf.placeholder(tf.float64, [None, 4], name="X")
centred = X - tf.reduce_mean(X, 0)
s, u, v = tf.svd(centred, full_matrices=False)
components = tf.transpose(v)[:2]
projected = tf.matmul(centred, components, transpose_b=True)
explained = tf.square(s) / tf.reduce_sum(tf.square(s))
rebuilt = tf.matmul(u * s, v, transpose_b=True)

with tf.Session() as sess:
    share, found, back, middle = sess.run([explained, projected, rebuilt, centred], {X: rows})
covariance = np.linalg.eigvalsh(np.cov(rows.T))[::-1]
print("variance explained:", share.round(4))
assert np.allclose(share, covariance / covariance.sum()) and np.allclose(back, middle)
assert np.allclose(found.var(axis=0, ddof=1), covariance[:2])
