"""Word vectors by skip-grams and noise-contrastive estimation, from a small grammar; words used alike end up close."""

import numpy as np

import kerasflow as tf

GROUPS = [
    ["cat", "dog", "horse", "cow"],
    ["eats", "sees", "likes"],
    ["bread", "grass", "meat"],
    ["red", "green", "blue"],
]
words = [w for group in GROUPS for w in group]
number = {w: k for k, w in enumerate(words)}
rng = np.random.RandomState(0)
pairs = []
for _sentence in range(3000):
    animal, verb, food, colour = (group[rng.randint(len(group))] for group in GROUPS)
    sentence = [number[w] for w in (colour, animal, verb, colour, food)]
    pairs += [(sentence[i], sentence[j]) for i in range(5) for j in (i - 1, i + 1) if 0 <= j < 5]
pairs = np.array(pairs, np.int32)

inputs = tf.placeholder(tf.int32, [None], name="inputs")
labels = tf.placeholder(tf.int32, [None, 1], name="labels")
vectors = tf.Variable(tf.random_uniform([len(words), 8], -1.0, 1.0, seed=1), name="vectors")
weights = tf.Variable(tf.truncated_normal([len(words), 8], stddev=0.3, seed=2), name="weights")
biases = tf.Variable(tf.zeros([len(words)]), name="biases")
looked_up = tf.nn.embedding_lookup(vectors, inputs)
logits = tf.matmul(looked_up, weights, transpose_b=True) + biases
loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=tf.squeeze(labels, [1]), logits=logits))
train = tf.train.AdagradOptimizer(0.5).minimize(loss)
similarity = tf.matmul(tf.nn.l2_normalize(vectors, 1), tf.nn.l2_normalize(vectors, 1), transpose_b=True)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(600):
        batch = pairs[np.random.RandomState(step).randint(len(pairs), size=128)]
        sess.run(train, {inputs: batch[:, 0], labels: batch[:, 1:]})
    close = sess.run(similarity) - 2 * np.eye(len(words))
nearest = {w: words[close[k].argmax()] for k, w in enumerate(words)}
print(nearest)
alike = [any(w in group and nearest[w] in group for group in GROUPS) for w in words]
assert np.mean(alike) > 0.9
