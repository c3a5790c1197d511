"""Text columns by hand: vocabularies as lookup tables, one-hot vectors, a linear model."""

import numpy as np

import kerasflow as tf

rng = np.random.RandomState(0)
towns, kinds = ["north", "south", "coast"], ["flat", "house"]
town = rng.choice(towns, 400)
kind = rng.choice(kinds, 400)
price = 2.0 * (town == "coast") - 1.0 * (town == "north") + 1.5 * (kind == "house") + 0.1 * rng.normal(size=400)

table = tf.contrib.lookup.index_table_from_tensor(towns, num_oov_buckets=1)
town_in = tf.placeholder(tf.string, [None], name="town")
kind_in = tf.placeholder(tf.string, [None], name="kind")
y = tf.placeholder(tf.float32, [None], name="y")
features = tf.concat(
    [tf.one_hot(table.lookup(town_in), 4), tf.expand_dims(tf.cast(tf.equal(kind_in, "house"), tf.float32), 1)], axis=1
)
w = tf.Variable(tf.zeros([5, 1]), name="w")
b = tf.Variable(0.0, name="b")
guess = tf.squeeze(tf.matmul(features, w), [1]) + b
loss = tf.reduce_mean(tf.square(guess - y))
train = tf.train.AdamOptimizer(0.05).minimize(loss)

with tf.Session() as sess:
    sess.run([tf.global_variables_initializer(), tf.tables_initializer()])
    for _step in range(400):
        sess.run(train, {town_in: town, kind_in: kind, y: price})
    effect = sess.run(guess, {town_in: ["coast", "north", "nowhere"], kind_in: ["house", "flat", "flat"]})
print(effect)
assert abs(effect[0] - 3.5) < 0.1 and abs(effect[1] + 1.0) < 0.1 and np.isfinite(effect[2])
