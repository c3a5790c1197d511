"""Nearest neighbours as a graph: distances by broadcasting, the closest rows by top_k, their labels by gather."""

import numpy as np
from sklearn.datasets import load_iris

import kerasflow as tf

rows, species = load_iris(return_X_y=True)
order = np.random.RandomState(3).permutation(len(rows))
rows, species = rows[order].astype(np.float32), species[order]
known, known_species, unknown, unknown_species = rows[:110], species[:110], rows[110:], species[110:]

query = tf.placeholder(tf.float32, [None, 4], name="query")
table = tf.constant(known, name="table")
squares = tf.reduce_sum(query**2, 1, keepdims=True) - 2 * tf.matmul(query, table, transpose_b=True)
distances = tf.sqrt(tf.maximum(squares + tf.reduce_sum(table**2, 1), 0.0))
values, where = tf.nn.top_k(-distances, k=5)
votes = tf.gather(tf.constant(known_species, tf.int32), where)
counts = tf.reduce_sum(tf.one_hot(votes, 3), 1)
guess = tf.argmax(counts, 1)

with tf.Session() as sess:
    found, near = sess.run([guess, -values], {query: unknown})
expected = np.sort(np.sqrt(((unknown[:, None] - known[None]) ** 2).sum(-1)), 1)[:, :5]
score = np.mean(found == unknown_species)
print("accuracy %.3f on %d flowers" % (score, len(unknown)))
assert np.allclose(near, expected, atol=2e-3) and score > 0.9
