"""A small convolutional network on digits of eight by eight pixels."""

import numpy as np
from sklearn.datasets import load_digits

import kerasflow as tf

images, classes = load_digits(return_X_y=True)
images = (images / 16).reshape(-1, 8, 8, 1).astype(np.float32)
classes = classes.astype(np.int32)
order = np.random.RandomState(2).permutation(len(images))
train_rows, test_rows = order[:1400], order[1400:]

X = tf.placeholder(tf.float32, [None, 8, 8, 1], name="X")
y = tf.placeholder(tf.int32, [None], name="y")
W1 = tf.Variable(tf.truncated_normal([3, 3, 1, 16], stddev=0.3, seed=1), name="W1")
b1 = tf.Variable(tf.zeros([16]), name="b1")
W2 = tf.Variable(tf.truncated_normal([3, 3, 16, 24], stddev=0.1, seed=2), name="W2")
b2 = tf.Variable(tf.zeros([24]), name="b2")
W3 = tf.Variable(tf.truncated_normal([96, 10], stddev=0.1, seed=3), name="W3")
b3 = tf.Variable(tf.zeros([10]), name="b3")
conv1 = tf.nn.relu(tf.nn.conv2d(X, W1, strides=[1, 1, 1, 1], padding="SAME") + b1)
pool1 = tf.nn.max_pool(conv1, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="VALID")
conv2 = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(pool1, W2, strides=[1, 1, 1, 1], padding="SAME"), b2))
pool2 = tf.nn.max_pool(conv2, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="VALID")
logits = tf.matmul(tf.reshape(pool2, [-1, 96]), W3) + b3
loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
train = tf.train.AdamOptimizer(0.003).minimize(loss)
right = tf.reduce_sum(tf.cast(tf.equal(tf.argmax(logits, 1, output_type=tf.int32), y), tf.int32))
assert pool2.get_shape().as_list() == [None, 2, 2, 24]

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for epoch in range(8):
        for rows in np.array_split(np.random.RandomState(epoch).permutation(train_rows), 28):
            sess.run(train, {X: images[rows], y: classes[rows]})
    count = sess.run(right, {X: images[test_rows], y: classes[test_rows]})
print("%d of %d digits right" % (count, len(test_rows)))
assert count / len(test_rows) > 0.96
