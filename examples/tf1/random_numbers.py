"""Random numbers: a new draw in each run, the same sequence in each session with a seed."""

import numpy as np

import kerasflow as tf

tf.set_random_seed(42)
normal = tf.random_normal([1000], mean=3.0, stddev=2.0, seed=1)
uniform = tf.random_uniform([1000], -1, 1, seed=2)
cut = tf.truncated_normal([1000], seed=3)
shuffled = tf.random_shuffle(tf.range(100), seed=4)
whole = tf.random_uniform([1000], 0, 6, dtype=tf.int32, seed=5)


def draw():
    """Two draws of each, from a new session."""
    with tf.Session() as sess:
        return [sess.run([normal, uniform, cut, shuffled, whole]) for _ in range(2)]


first, second = draw(), draw()
for a, b in [(x, second[0][k]) for k, x in enumerate(first[0])]:
    assert np.array_equal(a, b)  # a session starts over
assert not np.array_equal(first[0][0], first[1][0])  # a run goes on
n, u, t, s, w = first[0]
print("mean %.3f, spread %.3f, first numbers %s" % (n.mean(), n.std(), n[:3]))
assert abs(n.mean() - 3) < 0.2 and abs(n.std() - 2) < 0.15
assert -1 <= u.min() < u.max() < 1 and np.abs(t).max() < 2
assert sorted(s) == list(range(100)) and set(w) == set(range(6))
