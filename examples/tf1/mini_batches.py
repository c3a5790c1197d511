"""Mini-batch gradient descent: placeholders for a batch, the learning rate decaying, an average of what was seen."""

import numpy as np
from sklearn.datasets import load_diabetes

import kerasflow as tf

data, target = load_diabetes(return_X_y=True)
data = np.c_[np.ones(len(data)), (data - data.mean(0)) / data.std(0)].astype(np.float32)
target = ((target - target.mean()) / target.std()).astype(np.float32).reshape(-1, 1)

X = tf.placeholder(tf.float32, shape=(None, 11), name="X")
y = tf.placeholder(tf.float32, shape=(None, 1), name="y")
theta = tf.Variable(tf.zeros([11, 1]), name="theta")
mse = tf.reduce_mean(tf.square(tf.matmul(X, theta) - y), name="mse")
step = tf.train.get_or_create_global_step()
rate = tf.train.exponential_decay(0.1, step, decay_steps=50, decay_rate=0.8)
train = tf.train.GradientDescentOptimizer(rate).minimize(mse, global_step=step)


def fetch_batch(epoch, index, size):
    """Rows drawn at random, the same for the same numbers."""
    rows = np.random.RandomState(epoch * 1000 + index).randint(len(data), size=size)
    return data[rows], target[rows]


batch_size = 40
batches = int(np.ceil(len(data) / batch_size))
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for epoch in range(60):
        seen = []
        for index in range(batches):
            X_batch, y_batch = fetch_batch(epoch, index, batch_size)
            _, loss = sess.run([train, mse], feed_dict={X: X_batch, y: y_batch})
            seen.append(loss)
        if epoch % 20 == 0:
            print("epoch %2d: %.4f" % (epoch, np.mean(seen)))
    final = sess.run(mse, {X: data, y: target})
    steps, last_rate = sess.run([step, rate])
best = np.linalg.lstsq(data, target, rcond=None)[1][0] / len(data)
print("all rows: %.5f, the best there is: %.5f, %d steps, rate %.4f" % (final, best, steps, last_rate))
assert steps == 60 * batches and abs(last_rate - 0.1 * 0.8 ** (steps / 50)) < 1e-6
assert best - 1e-6 <= final < best * 1.02
