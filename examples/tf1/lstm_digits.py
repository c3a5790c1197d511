"""A long short-term memory that reads a digit row by row, and says which it is after the last row."""

import numpy as np
from sklearn.datasets import load_digits

import kerasflow as tf

images, classes = load_digits(return_X_y=True)
images = (images / 16).reshape(-1, 8, 8).astype(np.float32)
classes = classes.astype(np.int32)
order = np.random.RandomState(3).permutation(len(images))
train_rows, test_rows = order[:1400], order[1400:]

tf.set_random_seed(4)
X = tf.placeholder(tf.float32, [None, 8, 8], name="X")  # time is the rows, from top to bottom
y = tf.placeholder(tf.int32, [None], name="y")
keep_prob = tf.placeholder_with_default(1.0, [], name="keep_prob")

with tf.variable_scope("reader", initializer=tf.contrib.layers.variance_scaling_initializer(1.0, seed=5)):
    cells = [tf.nn.rnn_cell.BasicLSTMCell(32) for _ in range(2)]
    dropped = [tf.nn.rnn_cell.DropoutWrapper(cell, input_keep_prob=keep_prob) for cell in cells]
    stack = tf.nn.rnn_cell.MultiRNNCell(dropped)
    outputs, states = tf.nn.dynamic_rnn(stack, X, dtype=tf.float32)
assert outputs.shape.as_list() == [None, 8, 32]
names = [v.op.name for v in tf.trainable_variables()]
assert names[0] == "reader/rnn/multi_rnn_cell/cell_0/basic_lstm_cell/kernel", names

logits = tf.layers.dense(states[-1].h, 10, name="logits")
loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
optimizer = tf.train.AdamOptimizer(0.01)
pairs = optimizer.compute_gradients(loss)
clipped, _ = tf.clip_by_global_norm([gradient for gradient, _ in pairs], 5.0)
train = optimizer.apply_gradients([(clipped[i], variable) for i, (_, variable) in enumerate(pairs)])
right = tf.reduce_sum(tf.cast(tf.nn.in_top_k(logits, y, 1), tf.int32))

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for epoch in range(8):
        for rows in np.array_split(np.random.RandomState(epoch).permutation(train_rows), 28):
            sess.run(train, {X: images[rows], y: classes[rows], keep_prob: 0.9})
    last_output, last_state = sess.run([outputs[:, -1], states[-1].h], {X: images[test_rows]})
    count = sess.run(right, {X: images[test_rows], y: classes[test_rows]})
np.testing.assert_allclose(last_output, last_state, rtol=1e-6)  # the last output is what the state keeps
print("%d of %d digits right" % (count, len(test_rows)))
assert count / len(test_rows) > 0.92
