"""Layers in variable scopes, in the language of TensorFlow 1: TensorFlow runs them to make the golden file, the tests
run them.

Each program takes the module that stands for ``tensorflow`` and returns a list of tensors. `run` gives all variables
numbers from a seeded generator and records what the program made: names and shapes of variables and tensors, the
tensors' values, the gradients of a weighted sum of them, the penalties, and what the updates do to the variables.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def numbers(seed: int, *shape: int) -> np.ndarray:
    """An input."""
    return np.random.RandomState(seed).uniform(-1, 1, shape).astype(np.float32)


# tf.layers.


def dense(tf: Any) -> list[Any]:
    x = tf.constant(numbers(1, 3, 2))
    with tf.name_scope("ignored"):
        a = tf.layers.dense(x, 3, activation=tf.nn.tanh)
    with tf.variable_scope("inside", regularizer=lambda v: 0.5 * tf.reduce_sum(v * v)):
        b = tf.layers.dense(a, 2, name="out", use_bias=False)
    return [a, b, tf.layers.dense(tf.reshape(x, [3, 1, 2]), 2, name="inside/three")]


def reused(tf: Any) -> list[Any]:
    def net(x: Any, reuse: Any) -> Any:
        with tf.variable_scope("net", reuse=reuse):
            h = tf.layers.dense(x, 3, tf.nn.sigmoid, name="h")
            return tf.layers.dense(h, 1)

    return [net(tf.constant(numbers(2, 2, 3)), None), net(tf.constant(numbers(3, 4, 3)), True)]


def images(tf: Any) -> list[Any]:
    x = tf.constant(numbers(4, 2, 6, 5, 2))
    a = tf.layers.conv2d(x, 3, 3, padding="same", activation=tf.nn.relu)
    b = tf.layers.conv2d(a, filters=2, kernel_size=[2, 3], strides=(2, 1), name="c", use_bias=False)
    c = tf.layers.conv2d(x, 2, 2, dilation_rate=2)
    d = tf.layers.conv2d_transpose(b, 2, 3, strides=2, padding="same")
    e = tf.layers.conv2d_transpose(b, 1, [2, 3], (2, 2), activation=tf.nn.tanh)
    f = tf.layers.separable_conv2d(x, 3, 3, padding="same", depth_multiplier=2, activation=tf.nn.tanh)
    return [a, b, c, d, e, f]


def sequences(tf: Any) -> list[Any]:
    x = tf.constant(numbers(5, 2, 7, 2))
    a = tf.layers.conv1d(x, 3, 3, strides=2, padding="same", activation=tf.nn.tanh)
    b = tf.layers.separable_conv1d(x, 2, 3, name="s")
    c = tf.layers.conv3d(tf.constant(numbers(6, 1, 3, 4, 3, 2)), 2, [1, 2, 2])
    d = tf.layers.conv3d_transpose(c, 1, 2, strides=2, use_bias=False)
    return [a, b, c, d]


def pools(tf: Any) -> list[Any]:
    x = tf.constant(numbers(7, 2, 5, 4, 2))
    weight = tf.get_variable("w", [2])
    y, z = x * weight, tf.constant(numbers(8, 1, 5, 3)) * weight[0]
    return [
        tf.layers.max_pooling2d(y, 2, 2),
        tf.layers.max_pooling2d(y, [3, 2], (2, 1), padding="same"),
        tf.layers.average_pooling2d(y, pool_size=3, strides=2, padding="same", name="p"),
        tf.layers.max_pooling1d(z, 2, 1),
        tf.layers.average_pooling1d(z, 3, 2, padding="same"),
        tf.layers.max_pooling3d(tf.reshape(y, [1, 2, 5, 4, 2]), 2, 2),
        tf.layers.average_pooling3d(tf.reshape(y, [1, 2, 5, 4, 2]), 2, 1),
        tf.layers.flatten(y),
    ]


def normalised_rows(tf: Any) -> list[Any]:
    x = tf.constant(numbers(9, 5, 3))
    a = tf.layers.batch_normalization(x, training=True, momentum=0.7)
    b = tf.layers.batch_normalization(a, epsilon=0.1, scale=False, name="still")
    c = tf.layers.batch_normalization(tf.constant(numbers(10, 3, 2, 4)), axis=1, training=True, center=False)
    return [a, b, c]


def normalised_images(tf: Any) -> list[Any]:
    x = tf.constant(numbers(11, 2, 3, 2, 2))
    a = tf.layers.batch_normalization(x, training=True, momentum=0.6)
    b = tf.layers.batch_normalization(x, training=True, momentum=0.6, fused=False, name="parts")
    c = tf.layers.batch_normalization(x, epsilon=1e-8)
    return [a, b, c]


def normalised_in_a_phase(tf: Any) -> list[Any]:
    x = tf.constant(numbers(12, 4, 3))
    on, off = tf.placeholder_with_default(True, []), tf.placeholder_with_default(False, [])
    a = tf.layers.batch_normalization(x, training=on, momentum=0.8)
    return [a, tf.layers.batch_normalization(a, training=off, momentum=0.8)]


# tf.nn.rnn_cell.


def plain_cells(tf: Any) -> list[Any]:
    x = tf.constant(numbers(20, 3, 4, 2))
    cell = tf.nn.rnn_cell
    a, last_a = tf.nn.dynamic_rnn(cell.BasicRNNCell(3), x, dtype=tf.float32)
    with tf.variable_scope("second"):
        b, last_b = tf.nn.dynamic_rnn(cell.GRUCell(2, activation=tf.nn.relu), x, [4, 1, 2], dtype=tf.float32)
    state = tf.constant(numbers(21, 4, 2))
    c, last_c = tf.nn.dynamic_rnn(cell.GRUCell(2), x, initial_state=state, time_major=True, scope="third")
    return [a, last_a, b, last_b, c, last_c]


def memories(tf: Any) -> list[Any]:
    x = tf.constant(numbers(22, 3, 4, 2))
    cell = tf.nn.rnn_cell
    a, s = tf.nn.dynamic_rnn(cell.BasicLSTMCell(3, forget_bias=0.5), x, [0, 4, 2], dtype=tf.float32)
    b, t = tf.nn.dynamic_rnn(cell.BasicLSTMCell(2, state_is_tuple=False), x, dtype=tf.float32, scope="joined")
    with tf.variable_scope("all", initializer=tf.ones_initializer()):
        kwargs = {"use_peepholes": True, "cell_clip": 0.9, "num_proj": 2, "proj_clip": 0.7}
        c, u = tf.nn.dynamic_rnn(cell.LSTMCell(3, **kwargs), x, dtype=tf.float32)
        d, v = tf.nn.dynamic_rnn(cell.LSTMCell(2, name="plain", activation=tf.sigmoid), x, dtype=tf.float32)
    return [a, s.c, s.h, b, t, c, u.c, u.h, d, v.c, v.h]


def stacked(tf: Any) -> list[Any]:
    x = tf.constant(numbers(23, 2, 5, 3))
    cell = tf.nn.rnn_cell
    layers = [cell.BasicLSTMCell(3), cell.ResidualWrapper(cell.GRUCell(3)), cell.LSTMCell(2, use_peepholes=True)]
    a, states = tf.nn.dynamic_rnn(cell.MultiRNNCell(layers), x, [5, 3], dtype=tf.float32)
    joined = cell.MultiRNNCell([cell.BasicRNNCell(n) for n in (2, 3)], state_is_tuple=False)
    b, state = tf.nn.dynamic_rnn(joined, x, dtype=tf.float32, scope="joined")
    return [a, states[0].c, states[1], states[2].h, b, state]


def written_out(tf: Any) -> list[Any]:
    x = tf.unstack(tf.constant(numbers(24, 3, 4, 2)), axis=1)
    cell = tf.nn.rnn_cell
    a, s = tf.nn.static_rnn(cell.BasicRNNCell(3), x, dtype=tf.float32)
    b, t = tf.nn.static_rnn(cell.LSTMCell(2), x, sequence_length=[1, 4, 0], dtype=tf.float32, scope="short")
    again = cell.BasicRNNCell(3, reuse=True, name="basic_rnn_cell")
    with tf.variable_scope("rnn"):
        c, _ = again(x[0], again.zero_state(3, tf.float32))
    return [*a, s, *b, t.c, c]


def both_ways(tf: Any) -> list[Any]:
    x = tf.constant(numbers(25, 3, 4, 2))
    cell = tf.nn.rnn_cell
    (a, b), states = tf.nn.bidirectional_dynamic_rnn(
        cell.GRUCell(2), cell.BasicLSTMCell(3), x, sequence_length=[4, 2, 3], dtype=tf.float32
    )
    (c, d), _ = tf.nn.bidirectional_dynamic_rnn(
        cell.BasicRNNCell(2), cell.BasicRNNCell(2), x, dtype=tf.float32, scope="whole"
    )
    e, s, t = tf.nn.static_bidirectional_rnn(
        cell.BasicRNNCell(2), cell.GRUCell(2), tf.unstack(x, axis=1), dtype=tf.float32, scope="static"
    )
    f, _, _ = tf.nn.static_bidirectional_rnn(
        cell.BasicRNNCell(2),
        cell.BasicRNNCell(1),
        tf.unstack(x, axis=1),
        sequence_length=[1, 4, 3],
        dtype=tf.float32,
        scope="lengths",
    )
    return [a, b, states[0], states[1].c, c, d, *e, s, t, *f]


def thinned(tf: Any) -> list[Any]:
    x = tf.constant(numbers(26, 3, 4, 2))
    cell = tf.nn.rnn_cell
    drop = cell.DropoutWrapper(cell.BasicLSTMCell(4), 0.6, 0.7, 0.8, seed=5)
    a, s = tf.nn.static_rnn(drop, tf.unstack(x, axis=1), dtype=tf.float32)
    same = cell.DropoutWrapper(
        cell.GRUCell(4), 0.6, 0.7, 0.8, variational_recurrent=True, input_size=2, dtype=tf.float32, seed=6
    )
    b, t = tf.nn.static_rnn(same, tf.unstack(x, axis=1), dtype=tf.float32, scope="same")
    return [*a, s.c, s.h, *b, t]


def own_cell(tf: Any) -> list[Any]:
    class Accumulator(tf.nn.rnn_cell.RNNCell):
        @property
        def state_size(self) -> Any:
            return (2, tf.TensorShape([2]))

        @property
        def output_size(self) -> Any:
            return 2

        def call(self, inputs: Any, state: Any) -> Any:
            scale = tf.get_variable("scale", [2])
            with tf.variable_scope("inner"):
                shift = tf.get_variable("shift", [2], trainable=False)
            total = state[0] + scale * inputs
            return total * shift, (total, state[1] + 1.0)

    class Made(tf.nn.rnn_cell.RNNCell):
        state_size = output_size = 2

        def build(self, inputs_shape: Any) -> None:
            self.w = self.add_variable("w", [inputs_shape[1].value, 2])
            self.built = True

        def call(self, inputs: Any, state: Any) -> Any:
            y = tf.tanh(tf.matmul(inputs, self.w) + state)
            return y, y

    class Old(tf.nn.rnn_cell.RNNCell):
        state_size = output_size = 2

        def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
            with tf.variable_scope(scope or "old"):
                y = state + inputs * tf.get_variable("v", [2])
            return y, y

    x = tf.constant(numbers(27, 3, 4, 2))
    a, (s, n) = tf.nn.dynamic_rnn(Accumulator(), x, dtype=tf.float32)
    b, _ = tf.nn.dynamic_rnn(Made(), x, dtype=tf.float32)
    c, _ = tf.nn.static_rnn(Old(), tf.unstack(x, axis=1), dtype=tf.float32)
    return [a, s, n, b, *c]


def steered(tf: Any) -> list[Any]:
    cell = tf.nn.rnn_cell.DeviceWrapper(tf.nn.rnn_cell.LSTMCell(2), "/cpu:0")
    rows = tf.constant(numbers(29, 5, 3, 2))
    x = tf.TensorArray(tf.float32, 5, clear_after_read=False).unstack(rows)
    lengths = tf.constant([3, 5, 2])

    def choose(time: Any, output: Any, state: Any, count: Any) -> Any:
        over = time >= lengths
        following = tf.cond(tf.reduce_all(over), lambda: tf.zeros([3, 2]), lambda: x.read(time))
        if output is None:
            return over, following, cell.zero_state(3, tf.float32), (tf.zeros([2]), tf.zeros([])), tf.constant(0.5)
        return over, following, state, (output * 2.0, tf.reduce_sum(output, axis=1)), count + 1.0

    (a, b), last, count = tf.nn.raw_rnn(cell, choose)
    plain = tf.nn.rnn_cell.GRUCell(2)

    def feed(time: Any, output: Any, state: Any, loop_state: Any) -> Any:
        new = plain.zero_state(3, tf.float32) if output is None else state
        following = rows[0] if output is None else output
        return tf.fill([3], time >= 4), following, new, output, None

    c, final, _ = tf.nn.raw_rnn(plain, feed, scope="fed_back")
    return [a.stack(), b.stack(), last.c, last.h, count, c.stack(), final]


def contrib_rnn(tf: Any) -> list[Any]:
    rnn = tf.contrib.rnn
    x = tf.constant(numbers(28, 3, 4, 2))
    a, s = tf.nn.dynamic_rnn(rnn.OutputProjectionWrapper(rnn.BasicRNNCell(4), 3), x, dtype=tf.float32)
    b, _ = rnn.static_rnn(rnn.InputProjectionWrapper(rnn.GRUCell(2), 3), tf.unstack(x, axis=1), dtype=tf.float32)
    return [a, s, *b]


# tf.contrib.


def contrib_dense(tf: Any) -> list[Any]:
    contrib = tf.contrib.layers
    x = tf.constant(numbers(30, 4, 3))
    a = contrib.fully_connected(x, 3)
    b = contrib.fully_connected(
        a,
        2,
        activation_fn=tf.nn.tanh,
        normalizer_fn=contrib.batch_norm,
        normalizer_params={"decay": 0.7, "scale": True},
        weights_regularizer=contrib.l2_regularizer(0.3),
        scope="normed",
    )
    c = contrib.linear(b, 2, biases_initializer=None)
    again = contrib.fully_connected(c, 2, scope="normed_less", biases_regularizer=contrib.l1_regularizer(0.2))
    d = contrib.stack(again, contrib.fully_connected, [3, 2], scope="fc", activation_fn=tf.sigmoid)
    e = contrib.repeat(d, 2, contrib.fully_connected, 2, activation_fn=None)
    f = contrib.layer_norm(tf.reshape(e, [2, 2, 2]))
    g = contrib.embed_sequence([[0, 1], [2, 0]], 3, 2)
    h = contrib.one_hot_encoding([1, 0], 2, on_value=2.0, off_value=-1.0) * g[0, 0]
    penalty = contrib.apply_regularization(contrib.l1_l2_regularizer(0.1, 0.2), tf.trainable_variables()[:2])
    return [a, b, c, d, e, f, g, h, penalty, contrib.softmax(b), contrib.relu6(x, 1), contrib.flatten(f)]


def contrib_images(tf: Any) -> list[Any]:
    contrib = tf.contrib.layers
    x = tf.constant(numbers(31, 2, 6, 5, 2))
    a = contrib.conv2d(x, 3, [3, 2], stride=2)
    b = contrib.conv2d(x, 2, 2, padding="VALID", rate=2, activation_fn=None, scope="wide")
    c = contrib.conv2d_transpose(a, 2, 3, 2, activation_fn=tf.nn.tanh)
    d = contrib.separable_conv2d(x, 3, 3, depth_multiplier=2)
    e = contrib.separable_conv2d(x, None, 3, scope="deep")
    f = contrib.max_pool2d(a, 2)
    g = contrib.avg_pool2d(b, [2, 1], stride=1, padding="SAME")
    h = contrib.batch_norm(a, decay=0.6, scale=True, activation_fn=tf.nn.relu)
    return [a, b, c, d, e, f, g, h, contrib.conv1d(tf.constant(numbers(32, 2, 7, 2)), 2, 3, stride=2)]


def contrib_norms(tf: Any) -> list[Any]:
    contrib = tf.contrib.layers
    x = tf.constant(numbers(33, 4, 3))
    a = contrib.batch_norm(x, decay=0.5, scale=True, updates_collections="mine")
    b = contrib.batch_norm(x, is_training=False, center=False, scope="still")
    c = contrib.batch_norm(tf.constant(numbers(34, 3, 2, 3)), decay=0.5, fused=False, epsilon=0.1, scale=True)
    for update in tf.get_collection("mine"):
        tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, update)
    return [a, b, c]


def slim_style(tf: Any) -> list[Any]:
    slim = tf.contrib.slim
    x = tf.constant(numbers(35, 2, 8, 8, 2))
    with slim.arg_scope(
        [slim.conv2d, slim.fully_connected],
        weights_initializer=slim.xavier_initializer(),
        weights_regularizer=slim.l2_regularizer(0.05),
        activation_fn=tf.nn.relu,
    ) as scope:
        with slim.arg_scope([slim.conv2d], padding="VALID", normalizer_fn=slim.batch_norm):
            net = slim.repeat(x, 2, slim.conv2d, 3, [2, 2], scope="conv1")
        net = slim.max_pool2d(net, [2, 2], scope="pool1")
        net = slim.flatten(net)
    with slim.arg_scope(scope):
        net = slim.fully_connected(net, 3, scope="fc")
        net = slim.dropout(net, 0.5, is_training=False)
        return [slim.fully_connected(net, 2, activation_fn=None, scope="logits")]


PROGRAMS = [
    dense,
    reused,
    images,
    sequences,
    pools,
    normalised_rows,
    normalised_images,
    normalised_in_a_phase,
    plain_cells,
    memories,
    stacked,
    written_out,
    both_ways,
    thinned,
    own_cell,
    steered,
    contrib_rnn,
    contrib_dense,
    contrib_images,
    contrib_norms,
    slim_style,
]


def run(tf: Any, program: Any) -> dict[str, Any]:
    """What a program made."""
    tf.reset_default_graph()
    outputs = program(tf)
    variables, trained = tf.global_variables(), tf.trainable_variables()
    rng = np.random.RandomState(0)
    total = tf.add_n([tf.reduce_sum(y * tf.sin(y) * float(rng.uniform(0.5, 1))) for y in outputs], name="total")
    gradients = [tf.convert_to_tensor(g) for g in tf.gradients(total, trained) if g is not None]
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    with tf.Session() as sess:
        for v in variables:
            v.load(rng.uniform(0.1, 0.9, v.shape.as_list()).astype(np.float32), sess)
        values = sess.run(outputs)
        slopes = sess.run(gradients)
        penalties = sess.run(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES))
        sess.run(updates)
        after = sess.run([v for v in variables if v not in trained])
    return {
        "variables": [[v.name, v.shape.as_list()] for v in variables],
        "trained": [v.name for v in trained],
        "model": [v.name for v in tf.model_variables()],
        "tensors": [y.name for y in outputs],
        "updates": len(updates),
        "values": [v.tolist() for v in values],
        "gradients": [np.asarray(g).tolist() for g in slopes],
        "penalties": [float(p) for p in penalties],
        "after": [a.tolist() for a in after],
    }
