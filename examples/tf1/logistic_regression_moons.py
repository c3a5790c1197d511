"""Logistic regression on two moons with all the trimmings: features, scopes, checkpoints that resume, scores."""

import os
import tempfile

import numpy as np
from sklearn.datasets import make_moons
from sklearn.metrics import precision_score, recall_score

import kerasflow as tf

points, labels = make_moons(1000, noise=0.1, random_state=42)
points = np.c_[np.ones(len(points)), points, points**2, points**3].astype(np.float32)
labels = labels.reshape(-1, 1).astype(np.float32)
X_train, y_train, X_test, y_test = points[:800], labels[:800], points[800:], labels[800:]


def logistic_regression(X, y, learning_rate=0.5):
    """The probabilities, the loss and the operation that trains."""
    with tf.name_scope("logistic_regression"):
        with tf.name_scope("model"):
            initial = tf.random_uniform([int(X.get_shape()[1]), 1], -1.0, 1.0, seed=42)
            theta = tf.Variable(initial, name="theta")
            logits = tf.matmul(X, theta, name="logits")
            probabilities = tf.sigmoid(logits)
        with tf.name_scope("train"):
            loss = tf.losses.log_loss(y, probabilities, scope="loss")
            step = tf.train.get_or_create_global_step()
            train = tf.train.GradientDescentOptimizer(learning_rate).minimize(loss, global_step=step)
    return probabilities, loss, train


X = tf.placeholder(tf.float32, shape=(None, 7), name="X")
y = tf.placeholder(tf.float32, shape=(None, 1), name="y")
probabilities, loss, train = logistic_regression(X, y)
saver = tf.train.Saver()
checkpoint = os.path.join(tempfile.mkdtemp(), "moons.ckpt")


def train_until(stop):
    """Go on from the checkpoint, if there is one, to epoch `stop`."""
    with tf.Session() as sess:
        if tf.train.checkpoint_exists(checkpoint):
            saver.restore(sess, checkpoint)
        else:
            sess.run(tf.global_variables_initializer())
        first = sess.run(tf.train.get_global_step()) // 16
        for epoch in range(first, stop):
            order = np.random.RandomState(epoch).permutation(800)
            for rows in order.reshape(16, 50):
                sess.run(train, feed_dict={X: X_train[rows], y: y_train[rows]})
        saver.save(sess, checkpoint)
        print("epochs %d to %d: loss %.4f" % (first, stop, sess.run(loss, {X: X_test, y: y_test})))
        return sess.run(probabilities, {X: X_test})


train_until(100)
guess = train_until(300) >= 0.5
precision, recall = precision_score(y_test, guess), recall_score(y_test, guess)
print("precision %.3f, recall %.3f" % (precision, recall))
assert precision > 0.95 and recall > 0.95
