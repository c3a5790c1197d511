"""The same linear regression four ways: the gradient by hand, by autodiff, an optimizer, an optimizer with momentum."""

import numpy as np
from sklearn.datasets import load_diabetes

import kerasflow as tf

data, target = load_diabetes(return_X_y=True)
data = np.c_[np.ones(len(data)), (data - data.mean(0)) / data.std(0)].astype(np.float32)
target = ((target - target.mean()) / target.std()).astype(np.float32).reshape(-1, 1)
RATE, EPOCHS = 0.05, 500


def fitted(make_step):
    """The error after training with the operation that `make_step` makes."""
    with tf.Graph().as_default():
        X, y = tf.constant(data, name="X"), tf.constant(target, name="y")
        theta = tf.Variable(tf.random_uniform([11, 1], -1.0, 1.0, seed=42), name="theta")
        error = tf.matmul(X, theta, name="predictions") - y
        mse = tf.reduce_mean(tf.square(error), name="mse")
        step = make_step(X, theta, error, mse)
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            first = mse.eval()
            for _epoch in range(EPOCHS):
                sess.run(step)
            return first, mse.eval()


def by_hand(X, theta, error, mse):
    """The gradient of the mean squared error, 2/m X^T error."""
    return tf.assign(theta, theta - RATE * (2.0 / len(data) * tf.matmul(tf.transpose(X), error)))


def by_autodiff(X, theta, error, mse):
    """The gradient that the graph derives."""
    return tf.assign(theta, theta - RATE * tf.gradients(mse, [theta])[0])


def by_optimizer(X, theta, error, mse):
    """An optimizer's operation."""
    return tf.train.GradientDescentOptimizer(learning_rate=RATE).minimize(mse)


def by_momentum(X, theta, error, mse):
    """Another optimizer's."""
    return tf.train.MomentumOptimizer(learning_rate=RATE, momentum=0.9).minimize(mse)


results = {f.__name__: fitted(f) for f in (by_hand, by_autodiff, by_optimizer, by_momentum)}
for name, (first, last) in results.items():
    print("%-12s %.6f -> %.6f" % (name, first, last))
best = np.linalg.lstsq(data, target, rcond=None)[1][0] / len(data)
assert np.allclose([r[0] for r in results.values()], results["by_hand"][0])
assert np.allclose([results[n][1] for n in ("by_autodiff", "by_optimizer")], results["by_hand"][1], rtol=1e-5)
assert abs(results["by_momentum"][1] - best) < 1e-4 < abs(results["by_hand"][1] - best) < 0.02
