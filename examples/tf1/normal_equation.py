"""Linear regression in closed form, as a graph: theta = (X^T X)^-1 X^T y."""

import numpy as np
from sklearn.datasets import load_diabetes

import kerasflow as tf

data, target = load_diabetes(return_X_y=True)
data = np.c_[np.ones(len(data)), data * 20]

X = tf.constant(data, dtype=tf.float64, name="X")
y = tf.constant(target.reshape(-1, 1), dtype=tf.float64, name="y")
XT = tf.transpose(X)
theta = tf.matmul(tf.matmul(tf.matrix_inverse(tf.matmul(XT, X)), XT), y)

with tf.Session() as sess:
    found = theta.eval()
wanted = np.linalg.lstsq(data, target, rcond=None)[0]
print(found.ravel().round(3))
assert np.allclose(found.ravel(), wanted, rtol=1e-6)
