"""Logistic regression as a TensorFlow 1 program: a graph, an optimizer, mini-batches through a session, checkpoints."""

import os
import tempfile

import numpy as np
from sklearn.datasets import load_breast_cancer

import kerasflow as tf

X, y = load_breast_cancer(return_X_y=True)
X = ((X - X.mean(axis=0)) / X.std(axis=0)).astype(np.float32)
y = y.astype(np.float32)[:, None]
rng = np.random.default_rng(0)
order = rng.permutation(len(X))
train, test = order[:400], order[400:]

tf.set_random_seed(42)
features = tf.placeholder(tf.float32, [None, X.shape[1]], name="features")
labels = tf.placeholder(tf.float32, [None, 1], name="labels")
with tf.name_scope("model"):
    weights = tf.Variable(tf.random_normal([X.shape[1], 1], stddev=0.1), name="weights")
    bias = tf.Variable(0.0, name="bias")
    logits = tf.matmul(features, weights) + bias
with tf.name_scope("training"):
    loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits))
    step = tf.Variable(0, trainable=False, name="step")
    train_op = tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss, global_step=step)
with tf.name_scope("evaluation"):
    correct = tf.equal(logits > 0, labels > 0.5)
    accuracy = tf.reduce_mean(tf.cast(correct, tf.float32))

saver = tf.train.Saver()
folder = tempfile.mkdtemp()
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _epoch in range(10):
        for batch in np.array_split(rng.permutation(train), 8):
            _, value = sess.run([train_op, loss], feed_dict={features: X[batch], labels: y[batch]})
    path = saver.save(sess, os.path.join(folder, "model.ckpt"), global_step=step)

with tf.Session() as sess:
    saver.restore(sess, tf.train.latest_checkpoint(folder))
    score = sess.run(accuracy, feed_dict={features: X[test], labels: y[test]})
    print(f"{os.path.basename(path)}: loss {value:.3f}, test accuracy {score:.3f} after {sess.run(step)} steps")
if score < 0.95:
    raise SystemExit("the test accuracy should be at least 0.95")
