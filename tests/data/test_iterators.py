"""Iterators in sessions. What they give was compared with TensorFlow 1.15.5."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.errors import FailedPreconditionError, InvalidArgumentError, OutOfRangeError

Dataset = tf.data.Dataset


def test_each_run_takes_one_element():
    x = Dataset.range(10).make_one_shot_iterator().get_next()
    with tf.Session() as sess:
        assert [sess.run([x, x + 1, 2 * x]) for _ in range(3)] == [[0, 1, 0], [1, 2, 2], [2, 3, 4]]
        for i in range(3, 10):
            assert sess.run(x) == i
        for _ in range(2):
            with pytest.raises(OutOfRangeError, match="End of sequence"):
                sess.run(x)
    with tf.Session() as sess:
        assert sess.run(x) == 0  # another session has a place of its own


def test_two_tensors_of_one_iterator_take_turns():
    iterator = Dataset.range(4).make_one_shot_iterator()
    x, y = iterator.get_next(), iterator.get_next()
    with tf.Session() as sess:
        assert [sess.run(x), sess.run(y), sess.run(x)] == [0, 1, 2]


def test_a_run_that_does_not_need_it_takes_nothing():
    x = Dataset.range(4).make_one_shot_iterator().get_next()
    other = tf.constant(1.0)
    with tf.Session() as sess:
        sess.run(other)
        sess.run(x * 2, {x: 7})
        assert sess.run(x) == 0


def test_an_initializer_starts_over():
    rows = tf.placeholder(tf.float32, [None])
    iterator = Dataset.from_tensor_slices(rows).map(lambda v: 2.0 * v).make_initializable_iterator()
    x = iterator.get_next()
    with tf.Session() as sess:
        with pytest.raises(FailedPreconditionError, match="not initialized"):
            sess.run(x)
        fed = np.array([1.0, 2.0, 3.0], np.float32)
        sess.run(iterator.initializer, {rows: fed})
        fed[:] = 0
        assert [sess.run(x), sess.run(x)] == [2.0, 4.0]
        sess.run(iterator.initializer, {rows: [7.0]})
        assert sess.run(x) == 14.0
        with pytest.raises(OutOfRangeError):
            sess.run(x)


def test_one_iterator_over_several_data_sets():
    small, large = Dataset.range(3), Dataset.range(10, 12)
    iterator = tf.data.Iterator.from_structure(small.output_types, small.output_shapes)
    x = iterator.get_next()
    first, second = iterator.make_initializer(small), iterator.make_initializer(large)
    with tf.Session() as sess:
        found = []
        for start in (first, second, first):
            sess.run(start)
            found.append(sess.run(x))
    assert found == [0, 10, 0]


@pytest.mark.parametrize(("types", "shape"), [(tf.float32, []), (tf.int64, [2]), ((tf.int64, tf.int64), None)])
def test_a_data_set_of_other_elements_is_refused(types, shape):
    iterator = tf.data.Iterator.from_structure(types, shape)
    with pytest.raises(TypeError, match="Expected a dataset of elements"):
        iterator.make_initializer(Dataset.range(3))


def test_a_handle_chooses():
    a = Dataset.range(3).make_one_shot_iterator()
    b = Dataset.range(10, 15).make_initializable_iterator()
    handle = tf.placeholder(tf.string, [])
    x = tf.data.Iterator.from_string_handle(handle, tf.int64, []).get_next()
    with tf.Session() as sess:
        of_a, of_b = sess.run([a.string_handle(), b.string_handle()])
        assert of_a == sess.run(a.string_handle()) != of_b
        sess.run(b.initializer)
        assert [sess.run(x, {handle: h}) for h in (of_a, of_b, of_b, of_a)] == [0, 10, 11, 1]
        with pytest.raises(InvalidArgumentError, match="no handle"):
            sess.run(x, {handle: b"nothing"})
    wrong = tf.data.Iterator.from_string_handle(a.string_handle(), tf.float32, []).get_next()
    with tf.Session() as sess, pytest.raises(InvalidArgumentError, match="gives int64"):
        sess.run(wrong)


def test_what_a_one_shot_iterator_cannot_have():
    with pytest.raises(ValueError, match="placeholder .*name:rows"):
        Dataset.from_tensor_slices(tf.placeholder(tf.float32, [None], "rows")).make_one_shot_iterator()
    v = tf.Variable(1.0)
    with pytest.raises(ValueError, match="stateful node"):
        Dataset.range(3).map(lambda x: tf.cast(x, tf.float32) + v).make_one_shot_iterator()
    with pytest.raises(ValueError, match="no initializer"):
        _ = Dataset.range(3).make_one_shot_iterator().initializer


def test_functions_see_variables_as_they_are():
    v = tf.Variable(5.0)
    iterator = Dataset.from_tensors(1.0).repeat(3).map(lambda x: x + v).make_initializable_iterator()
    x = iterator.get_next()
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(iterator.initializer)
        first = sess.run(x)
        sess.run(v.assign(7.0))
        assert [first, sess.run(x)] == [6.0, 8.0]


def test_functions_see_tensors_as_they_were_at_the_start():
    offset = tf.placeholder(tf.int64, [])
    iterator = Dataset.range(3).map(lambda x: x + offset).make_initializable_iterator()
    x = iterator.get_next()
    with tf.Session() as sess:
        sess.run(iterator.initializer, {offset: 40})
        assert [sess.run(x) for _ in range(3)] == [40, 41, 42]


def test_functions_may_loop_choose_and_call_python():
    def collatz(x):
        steps = tf.while_loop(
            lambda n, _: n > 1, lambda n, k: (tf.cond(n % 2 > 0, lambda: 3 * n + 1, lambda: n // 2), k + 1), [x, 0]
        )
        return steps[1], tf.py_func(lambda v: np.int64(v * v), [x], tf.int64)

    x = Dataset.range(1, 8).map(collatz).make_one_shot_iterator().get_next()
    with tf.Session() as sess:
        assert [sess.run(x) for _ in range(7)] == [(s, i * i) for i, s in enumerate([0, 1, 7, 2, 5, 8, 16], 1)]


def test_an_element_that_fails_is_left_behind():
    made = Dataset.from_tensor_slices([1.0, 0.0, 2.0]).map(lambda x: tf.check_numerics(1.0 / x, "bad"))
    x = made.make_one_shot_iterator().get_next()
    with tf.Session() as sess:
        assert sess.run(x) == 1.0
        with pytest.raises(InvalidArgumentError, match="bad"):
            sess.run(x)
        assert sess.run(x) == 0.5


def test_random_numbers_in_functions():
    def drawn():
        with tf.Graph().as_default():
            tf.set_random_seed(1)
            x = Dataset.range(3).map(lambda x: tf.random_uniform([], seed=3)).make_one_shot_iterator().get_next()
            with tf.Session() as sess:
                return [sess.run(x) for _ in range(3)]

    assert drawn() == drawn() and len(set(drawn())) == 3


def test_the_operations_of_functions_leave_the_names_alone():
    iterator = Dataset.range(3).map(lambda x: tf.add(x, 1, name="sum")).make_initializable_iterator()
    assert iterator.initializer.name == "MakeIterator"
    assert iterator.get_next().name == "IteratorGetNext:0"
    assert tf.add(1, 2, name="sum").name == "sum:0"


def test_get_next_in_a_loop_is_noticed():
    iterator = Dataset.range(3).make_one_shot_iterator()
    for _ in range(32):
        iterator.get_next()
    with pytest.warns(UserWarning, match="more than 32 times"):
        iterator.get_next()


def test_reduce():
    first, second = Dataset.range(5).reduce((np.int64(0), np.int64(1)), lambda s, x: (s[0] + x, s[1] * 2))
    assert tf.Session().run([first, second]) == [10, 32]
    with pytest.raises(TypeError, match="a state like the first one"):
        Dataset.range(5).reduce(np.int64(0), lambda s, x: tf.cast(s, tf.float32))


def test_training_from_an_iterator():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3)).astype(np.float32)
    y = X @ np.array([1.0, -2.0, 0.5], np.float32) + 3.0
    rows, targets = (
        Dataset.from_tensor_slices((X, y)).shuffle(200, seed=1).batch(20).repeat(40).make_one_shot_iterator().get_next()
    )
    w, b = tf.Variable(tf.zeros([3])), tf.Variable(0.0)
    loss = tf.reduce_mean(tf.square(tf.reduce_sum(rows * w, 1) + b - targets))
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    steps = 0
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        try:
            while True:
                sess.run(train)
                steps += 1
        except OutOfRangeError:
            pass
        np.testing.assert_allclose(sess.run(w), [1.0, -2.0, 0.5], atol=1e-4)
    assert steps == 400
