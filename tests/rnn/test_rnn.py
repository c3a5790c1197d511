"""Recurrent networks: loops against what is written out, and what is refused. `test_scoped` has TensorFlow's values."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core import nest

CELLS = tf.nn.rnn_cell


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def fill(sess, rng):
    for v in tf.global_variables():
        v.load(rng.uniform(-1, 1, v.shape.as_list()), sess)


@pytest.mark.parametrize("lengths", [None, [5, 0, 2]])
@pytest.mark.parametrize(
    "make",
    [
        lambda: CELLS.BasicRNNCell(4),
        lambda: CELLS.GRUCell(4),
        lambda: CELLS.LSTMCell(4, use_peepholes=True, num_proj=3),
        lambda: CELLS.MultiRNNCell([CELLS.BasicLSTMCell(2), CELLS.GRUCell(4)]),
    ],
)
def test_loops_do_what_is_written_out(make, lengths, rng):
    x = tf.placeholder(tf.float64, [None, 5, 3])
    cell = make()
    with tf.variable_scope("net"):
        looped, last = tf.nn.dynamic_rnn(cell, x, lengths, dtype=tf.float64, scope="rnn")
        listed, final = tf.nn.static_rnn(cell, tf.unstack(x, axis=1), None, tf.float64, lengths, scope="rnn")
    pairs = [(looped, tf.stack(listed, 1)), (last, final)]
    assert len(tf.trainable_variables()) == len(cell.trainable_weights)
    slopes = [tf.gradients(tf.reduce_sum(y * tf.cos(y)), [*tf.trainable_variables(), x]) for y in pairs[0]]
    with tf.Session() as sess:
        fill(sess, rng)
        feed = {x: rng.normal(size=(3, 5, 3))}
        (a, b), (s, t), (g, h) = sess.run([pairs[0], pairs[1], slopes], feed)
    np.testing.assert_allclose(a, b, rtol=1e-12)
    for one, other in zip(nest.leaves(s), nest.leaves(t), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
    for one, other in zip(g, h, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)
    if lengths:
        assert (a[1] == 0).all() and (a[2, 2:] == 0).all() and (a[2, :2] != 0).all()


def test_sequences_of_a_length_known_in_the_run_only(rng):
    x = tf.placeholder(tf.float32, [None, None, 2])
    y, last = tf.nn.dynamic_rnn(CELLS.BasicRNNCell(3), x, dtype=tf.float32)
    assert y.shape.as_list() == [None, None, 3] and last.shape.as_list() == [None, 3]
    with tf.Session() as sess:
        fill(sess, rng)
        for batch, times in ((1, 1), (4, 7), (3, 2)):
            values, state = sess.run([y, last], {x: rng.normal(size=(batch, times, 2))})
            assert values.shape == (batch, times, 3) and state.shape == (batch, 3)
            np.testing.assert_array_equal(values[:, -1], state)


def test_a_network_learns_to_sum(rng):
    x = tf.placeholder(tf.float32, [None, 6, 1])
    y = tf.placeholder(tf.float32, [None, 1])
    _, last = tf.nn.dynamic_rnn(CELLS.BasicRNNCell(8), x, dtype=tf.float32)
    loss = tf.reduce_mean(tf.square(tf.layers.dense(last, 1) - y))
    step = tf.train.AdamOptimizer(0.02).minimize(loss)
    tf.set_random_seed(1)
    data = rng.uniform(-0.5, 0.5, (64, 6, 1))
    feed = {x: data, y: data.sum(axis=1)}
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        before = sess.run(loss, feed)
        for _ in range(150):
            sess.run(step, feed)
        assert sess.run(loss, feed) < 0.05 * before


def test_dropout_leaves_the_right_share_and_the_memory(rng):
    x = tf.ones([400, 1, 50])
    cell = CELLS.DropoutWrapper(CELLS.BasicLSTMCell(50), state_keep_prob=0.25, output_keep_prob=0.5, seed=1)
    y, state = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
    with tf.Session() as sess:
        fill(sess, rng)
        a, (c, h) = sess.run([y, state])
    assert abs((a == 0).mean() - 0.5) < 0.02
    assert abs((h == 0).mean() - 0.75) < 0.02
    assert (c != 0).all()


def test_variational_dropout_drops_the_same_at_all_times():
    cell = CELLS.DropoutWrapper(
        CELLS.BasicRNNCell(30), output_keep_prob=0.5, variational_recurrent=True, dtype=tf.float32
    )
    y, _ = tf.nn.dynamic_rnn(cell, tf.ones([3, 4, 2]), dtype=tf.float32)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        zero = sess.run(y) == 0
    assert 0 < zero.mean() < 1
    np.testing.assert_array_equal(zero, np.broadcast_to(zero[:1, :1], zero.shape))


def test_what_the_state_filter_says_is_kept():
    filtered = CELLS.DropoutWrapper(
        CELLS.MultiRNNCell([CELLS.BasicRNNCell(200), CELLS.BasicRNNCell(200)]),
        state_keep_prob=0.5,
        dropout_state_filter_visitor=lambda s: (True, False) if isinstance(s, tuple) else True,
    )
    _, (low, high) = filtered(tf.ones([1, 1]), (tf.ones([1, 200]), tf.ones([1, 200])))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        a, b = sess.run([low, high])
    assert 0.2 < (a == 0).mean() < 0.8 and (b != 0).all()


def test_what_cannot_be_is_refused():
    cell = CELLS.BasicRNNCell(3)
    x = np.zeros((2, 4, 3), np.float32)
    with pytest.raises(TypeError, match=r"'cell' \(3\) is not an RNNCell: it has no output_size, state_size"):
        tf.nn.dynamic_rnn(3, x)
    with pytest.raises(ValueError, match="Without an initial_state, the dtype must be given"):
        tf.nn.dynamic_rnn(cell, x)
    with pytest.raises(ValueError, match=r"sizes that are known; got the shape \(2, 4, \?\)"):
        tf.nn.dynamic_rnn(cell, tf.placeholder(tf.float32, [2, 4, None]), dtype=tf.float32)
    with pytest.raises(ValueError, match="sequence_length must be a vector"):
        tf.nn.dynamic_rnn(cell, x, [[1, 2]], dtype=tf.float32)
    with pytest.raises(TypeError, match="inputs must be a list of tensors"):
        tf.nn.static_rnn(cell, tf.constant(x), dtype=tf.float32)
    with pytest.raises(ValueError, match="inputs must not be empty"):
        tf.nn.static_rnn(cell, [], dtype=tf.float32)
    with pytest.raises(ValueError, match="at least one cell"):
        CELLS.MultiRNNCell([])
    with pytest.raises(TypeError, match="cells must be a list"):
        CELLS.MultiRNNCell(cell)
    with pytest.raises(ValueError, match="state_is_tuple must be True"):
        CELLS.MultiRNNCell([CELLS.BasicLSTMCell(2)], state_is_tuple=False)
    with pytest.raises(ValueError, match="output_keep_prob must be above 0 and at most 1, got 0"):
        CELLS.DropoutWrapper(cell, output_keep_prob=0)
    with pytest.raises(ValueError, match="needs the dtype"):
        CELLS.DropoutWrapper(cell, variational_recurrent=True)
    with pytest.raises(ValueError, match="needs the input_size"):
        CELLS.DropoutWrapper(cell, 0.5, variational_recurrent=True, dtype=tf.float32)
    with pytest.raises(ValueError, match="floating-point numbers, not int32"):
        CELLS.GRUCell(3, dtype=tf.int32)
    with pytest.raises(ValueError, match=r"takes inputs \[batch, size\]"):
        CELLS.BasicLSTMCell(3)(tf.zeros([2, 3, 4]), (tf.zeros([2, 3]), tf.zeros([2, 3])))
    with pytest.raises(ValueError, match="(?i)not compatible"):
        tf.nn.dynamic_rnn(CELLS.ResidualWrapper(CELLS.GRUCell(4)), x, dtype=tf.float32)


def test_a_cell_finds_its_variables_wherever_it_is_called():
    cell = CELLS.GRUCell(3)
    with tf.variable_scope("first"):
        cell(tf.zeros([2, 2]), cell.zero_state(2, tf.float32))
    with tf.variable_scope("second"):
        cell(tf.zeros([2, 2]), cell.zero_state(2, tf.float32))
    assert {v.name.split("/")[0] for v in tf.global_variables()} == {"first"}
    assert [w.name for w in cell.weights] == [v.name for v in tf.global_variables()]
    with pytest.raises(ValueError, match="does not exist"):
        CELLS.GRUCell(3, reuse=True)(tf.zeros([2, 2]), tf.zeros([2, 3]))


def test_where_weights_start():
    with tf.variable_scope("net", initializer=tf.constant_initializer(0.5)):
        CELLS.GRUCell(2)(tf.zeros([1, 3]), tf.zeros([1, 2]))
        CELLS.GRUCell(2, kernel_initializer=tf.ones_initializer(), bias_initializer=tf.constant_initializer(3.0))(
            tf.zeros([1, 3]), tf.zeros([1, 2])
        )
        CELLS.LSTMCell(2, initializer=tf.ones_initializer(), use_peepholes=True)(
            tf.zeros([1, 3]), (tf.zeros([1, 2]), tf.zeros([1, 2]))
        )
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        starts = [np.unique(v).tolist() for v in sess.run(tf.global_variables())]
    assert starts == [[0.5], [1], [0.5], [0], [1], [3], [1], [3], [1], [0], [1], [1], [1]]
