"""Makes ``graph/``: a graph of the genuine TensorFlow, its checkpoint, and what it gives.

Run with TensorFlow 1.15.5 (Python 3.7, numpy 1.18.5, protobuf 3.20.3): ``python make_graph.py``.

m.ckpt.meta, .index, .data-00000-of-00001   the meta graph and the variables
values.json  for the placeholders and for the tensors of the collection "results", by name: shape and numbers
"""

import json
import os

import numpy as np
import tensorflow as tf

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "graph")


def images(x):
    """Convolutions and what goes with them."""
    kernel = tf.get_variable("kernel", [3, 3, 2, 4])
    y = tf.nn.conv2d(x, kernel, [1, 2, 2, 1], "SAME")
    y = tf.nn.bias_add(y, tf.get_variable("bias", [4], initializer=tf.random_normal_initializer()))
    y = tf.layers.batch_normalization(y, training=False)
    pooled = [tf.nn.max_pool(y, [1, 2, 2, 1], [1, 1, 1, 1], "VALID"), tf.nn.avg_pool(y, 2, 1, "SAME")]
    deep = tf.nn.depthwise_conv2d(x, tf.get_variable("deep", [2, 2, 2, 2]), [1, 1, 1, 1], "VALID")
    back = tf.nn.conv2d_transpose(y, kernel, tf.shape(x), 2)
    return [*pooled, deep, back, tf.nn.lrn(y, 1), tf.reverse(y, [1, -1]), tf.pad(x, [[0, 0], [1, 2], [0, 1], [0, 0]])]


def tables(x, n):
    """Products, reductions, parts and indices."""
    w = tf.get_variable("w", [5, 3])
    y = tf.matmul(x, w) + tf.get_variable("b", [3])
    batch = tf.reshape(y, [2, -1, 3])
    found = [tf.nn.softmax(y), tf.nn.log_softmax(y), tf.nn.relu(y), tf.nn.leaky_relu(y), tf.nn.elu(y), tf.tanh(y)]
    found += [tf.reduce_sum(x), tf.reduce_mean(x, 0), tf.reduce_max(x, [0, 1], keepdims=True), tf.reduce_prod(y, -1)]
    found += [tf.argmax(y, 1), tf.cumsum(x, 1, exclusive=True), tf.reduce_logsumexp(y, 1), tf.nn.l2_loss(y)]
    found += [x[1:, ::2], x[0], x[..., tf.newaxis, 1], x[-2:-1], tf.slice(x, [1, 0], [2, -1]), tf.transpose(batch)]
    found += [tf.gather(x, n), tf.gather(x, [0, 2], axis=1), tf.one_hot(n, 5, 2.0), tf.gather_nd(x, [[1, 2], [0, 0]])]
    found += [tf.concat([x, 2.0 * x], 1), tf.stack([y, y], 1), *tf.unstack(y, axis=1), *tf.split(x, [2, 3], 1)]
    found += [tf.where(y > 0.0, y, y * y), tf.tile(y, [1, 2]), tf.expand_dims(y, -1), tf.squeeze(y[:1]), y // 0.5]
    found += [tf.matmul(batch, batch, transpose_b=True), tf.cast(y, tf.int32) / 3, tf.cast(y * 9, tf.int32) % 4]
    found += [tf.shape(y), tf.size(y), tf.rank(y), tf.fill([2], 3.0), tf.range(2, 9, 3), tf.linspace(0.0, 1.0, 5)]
    found += [tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.sigmoid(-y), logits=y)]
    found += [tf.nn.sparse_softmax_cross_entropy_with_logits(labels=n % 3, logits=y)]
    found += [tf.unsorted_segment_sum(x, n, 4), tf.nn.top_k(y, 2)[0], tf.nn.in_top_k(y, n % 3, 1), tf.floor(y)]
    return found


if __name__ == "__main__":
    tf.set_random_seed(1)
    rng = np.random.RandomState(0)
    with tf.variable_scope("images"):
        x = tf.placeholder(tf.float32, [None, 6, 5, 2], name="x")
        results = images(x)
    with tf.variable_scope("tables"):
        t, n = tf.placeholder(tf.float32, [4, 5], name="t"), tf.placeholder(tf.int32, [4], name="n")
        results += tables(t, n)
    count = tf.Variable(7, trainable=False, name="count", collections=[tf.GraphKeys.LOCAL_VARIABLES])
    tf.add_to_collection("answer", 42)
    tf.add_to_collection("words", "hello")
    tf.add_to_collection("places", count.initializer)
    for r in results:
        tf.add_to_collection("results", r)
    feeds = {x: rng.randn(2, 6, 5, 2), t: rng.randn(4, 5), n: np.array([3, 0, 1, 3])}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        values = session.run(results, feeds)
        tf.train.Saver().save(session, os.path.join(FOLDER, "m.ckpt"))
    os.remove(os.path.join(FOLDER, "checkpoint"))
    record = {
        k.name: {"shape": np.shape(v), "numbers": np.asarray(v, np.float64).ravel().tolist()}
        for k, v in [*feeds.items(), *((r, values[k]) for k, r in enumerate(results))]
    }
    with open(os.path.join(FOLDER, "values.json"), "w") as file:
        json.dump(record, file)
