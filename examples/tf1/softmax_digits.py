"""Softmax regression on handwritten digits, fed batch by batch."""

import numpy as np
from sklearn.datasets import load_digits

import kerasflow as tf

images, classes = load_digits(return_X_y=True)
images = (images / 16).astype(np.float32)
order = np.random.RandomState(0).permutation(len(images))
train_rows, test_rows = order[:1400], order[1400:]

X = tf.placeholder(tf.float32, [None, 64], name="X")
labels = tf.placeholder(tf.float32, [None, 10], name="labels")
W = tf.Variable(tf.zeros([64, 10]), name="W")
b = tf.Variable(tf.zeros([10]), name="b")
logits = tf.matmul(X, W) + b
loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits))
train = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
correct = tf.equal(tf.argmax(logits, 1), tf.argmax(labels, 1))
accuracy = tf.reduce_mean(tf.cast(correct, tf.float32))
hot = np.eye(10, dtype=np.float32)[classes]

sess = tf.InteractiveSession()
tf.global_variables_initializer().run()
assert abs(loss.eval({X: images, labels: hot}) - np.log(10)) < 1e-5  # all classes are equally likely
for step in range(1000):
    rows = np.random.RandomState(step).choice(train_rows, 100)
    train.run({X: images[rows], labels: hot[rows]})
score = accuracy.eval({X: images[test_rows], labels: hot[test_rows]})
print("accuracy on %d digits it has not seen: %.3f" % (len(test_rows), score))
sess.close()
assert score > 0.94
