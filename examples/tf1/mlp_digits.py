"""A multilayer perceptron with batch normalisation and dropout, on digits, stopped early."""

import numpy as np
from sklearn.datasets import load_digits

import kerasflow as tf

images, classes = load_digits(return_X_y=True)
images, classes = (images / 16).astype(np.float32), classes.astype(np.int64)
order = np.random.RandomState(1).permutation(len(images))
train_rows, valid_rows, test_rows = order[:1200], order[1200:1500], order[1500:]

tf.set_random_seed(7)
X = tf.placeholder(tf.float32, [None, 64], name="X")
y = tf.placeholder(tf.int64, [None], name="y")
training = tf.placeholder_with_default(False, shape=(), name="training")
he = tf.variance_scaling_initializer(scale=2.0, seed=3)
with tf.name_scope("network"):
    hidden = X
    for layer, units in enumerate((80, 40)):
        hidden = tf.layers.dense(hidden, units, kernel_initializer=he, name="hidden%d" % layer)
        hidden = tf.nn.relu(tf.layers.batch_normalization(hidden, training=training, momentum=0.9))
        hidden = tf.layers.dropout(hidden, 0.2, training=training, seed=layer)
    logits = tf.layers.dense(hidden, 10, kernel_initializer=he, name="outputs")
loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits), name="loss")
with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
    train = tf.train.AdamOptimizer(0.005).minimize(loss)
accuracy = tf.reduce_mean(tf.cast(tf.nn.in_top_k(logits, y, 1), tf.float32))
assert len(tf.trainable_variables()) == 10 and len(tf.get_collection(tf.GraphKeys.UPDATE_OPS)) == 4

best, waited, kept = np.inf, 0, None
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for epoch in range(50):
        for rows in np.array_split(np.random.RandomState(epoch).permutation(train_rows), 24):
            sess.run(train, {X: images[rows], y: classes[rows], training: True})
        value = sess.run(loss, {X: images[valid_rows], y: classes[valid_rows]})
        waited = 0 if value < best else waited + 1
        if value < best:
            best, kept = value, sess.run(tf.global_variables())
        if waited == 8:
            break
    for variable, array in [(v, kept[k]) for k, v in enumerate(tf.global_variables())]:
        variable.load(array, sess)
    score = sess.run(accuracy, {X: images[test_rows], y: classes[test_rows]})
print("stopped after epoch %d, best loss %.3f, accuracy %.3f" % (epoch + 1, best, score))
assert score > 0.95
