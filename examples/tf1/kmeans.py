"""k-means as a graph: assign points to centres, move the centres, until nothing changes."""

import numpy as np
from sklearn.datasets import make_blobs

import kerasflow as tf

points, truth = make_blobs(300, centers=3, cluster_std=0.8, random_state=1)
points = points.astype(np.float32)
CLUSTERS = 3

X = tf.constant(points)
centres = tf.Variable(tf.slice(tf.constant(points), [0, 0], [CLUSTERS, -1]), name="centres")
assignments = tf.Variable(tf.zeros([len(points)], dtype=tf.int64), name="assignments")
distances = tf.reduce_sum(tf.square(tf.expand_dims(X, 1) - tf.expand_dims(centres, 0)), 2)
nearest = tf.argmin(distances, 1)
changed = tf.reduce_any(tf.not_equal(nearest, assignments))
sums = tf.unsorted_segment_sum(X, nearest, CLUSTERS)
counts = tf.unsorted_segment_sum(tf.ones_like(X), nearest, CLUSTERS)
with tf.control_dependencies([changed]):
    update = tf.group(centres.assign(sums / counts), assignments.assign(nearest))
inertia = tf.reduce_sum(tf.reduce_min(distances, 1))

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    start, rounds, moving = sess.run(inertia), 0, True
    while moving and rounds < 100:
        moving, _ = sess.run([changed, update])
        rounds += 1
    end, found = sess.run([inertia, assignments])
print("inertia %.1f -> %.1f in %d rounds" % (start, end, rounds))
purity = np.mean([np.bincount(truth[found == k]).max() / np.sum(found == k) for k in range(CLUSTERS)])
print("purity %.3f" % purity)
assert end < start and purity > 0.95 and rounds < 100
