"""Conway's game of life: neighbours counted by a convolution on a torus."""

import numpy as np

import kerasflow as tf

board = np.zeros((12, 12), np.float32)
board[[0, 1, 2, 2, 2], [1, 2, 0, 1, 2]] = 1  # a glider

cells = tf.Variable(board, name="cells")
grid = tf.reshape(cells, [1, 12, 12, 1])
rows = tf.concat([grid[:, -1:], grid, grid[:, :1]], 1)
around = tf.concat([rows[:, :, -1:], rows, rows[:, :, :1]], 2)
kernel = tf.constant([[1, 1, 1], [1, 0, 1], [1, 1, 1]], tf.float32, shape=[3, 3, 1, 1])
neighbours = tf.reshape(tf.nn.conv2d(around, kernel, [1, 1, 1, 1], "VALID"), [12, 12])
alive = tf.logical_or(tf.equal(neighbours, 3), tf.logical_and(tf.equal(neighbours, 2), tf.equal(cells, 1)))
step = cells.assign(tf.cast(alive, tf.float32))

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _generation in range(4):
        after = sess.run(step)
    print("\n".join("".join(".#"[int(c)] for c in row) for row in after))
    assert np.array_equal(after, np.roll(board, (1, 1), (0, 1)))  # a glider has moved by one
    for _generation in range(44):
        after = sess.run(step)
assert np.array_equal(after, board)  # and once around the torus
