"""`TensorArray`: what is written is read, gradients of both orders, and what is refused."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.list_value import ListValue


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


@pytest.fixture
def sess(graph):
    with tf.Session(graph=graph) as s:
        yield s


def test_size(sess):
    n = tf.placeholder(tf.int32, [])
    a = tf.TensorArray(tf.float32, n, dynamic_size=True)
    b = a.write(6, 1.0)
    for _ in range(3):
        assert sess.run([a.size(), b.size()], {n: 3}) == [3, 7]
    with pytest.raises(tf.errors.InvalidArgumentError, match="Size should be >= 0, got -1"):
        sess.run(a.size(), {n: -1})


def test_items_read_twice(sess):
    """Values, first and second derivatives; items may be read as often as one likes."""
    x = tf.placeholder(tf.float64, [2])
    a = tf.TensorArray(tf.float64, 3).write(0, x * x).write(2, tf.sin(x))
    y = tf.reduce_sum(a.read(0) * a.read(2) * a.read(0))
    g = tf.gradients(y, x)[0]
    h = tf.gradients(g, x)[0]
    v = np.array([0.7, -1.2])
    s, c = np.sin(v), np.cos(v)
    for _ in range(3):
        got = sess.run([y, g, h], {x: v})
        np.testing.assert_allclose(got[0], np.sum(v**4 * s), rtol=1e-12)
        np.testing.assert_allclose(got[1], 4 * v**3 * s + v**4 * c, rtol=1e-12)
        np.testing.assert_allclose(got[2], 12 * v**2 * s + 8 * v**3 * c - v**4 * s, rtol=1e-12)


def test_gather_and_scatter(sess):
    x = tf.placeholder(tf.float64, [3, 2])
    a = tf.TensorArray(tf.float64, 5).scatter([4, 0, 2], x)
    rows = a.gather([0, 4, 0])
    y = tf.reduce_sum(rows**3 * [[1.0], [2.0], [3.0]])
    g = tf.gradients(y, x)[0]
    h = tf.gradients(g, x)[0]
    v = np.arange(1.0, 7.0).reshape(3, 2)
    weights = np.array([[2.0], [4.0], [0.0]])
    for _ in range(3):
        got = sess.run([rows, g, h], {x: v})
        np.testing.assert_array_equal(got[0], v[[1, 0, 1]])
        np.testing.assert_allclose(got[1], 3 * v**2 * weights)
        np.testing.assert_allclose(got[2], 6 * v * weights)
    assert rows.shape.as_list() == [3, 2]


def test_stack_and_unstack(sess):
    x = tf.placeholder(tf.float64, [None, 2])
    a = tf.TensorArray(tf.float64, tf.shape(x)[0]).unstack(x)
    stacked = a.stack()
    g = tf.gradients(tf.reduce_sum(stacked * stacked) + tf.reduce_sum(a.read(1)), x)[0]
    assert stacked.shape.as_list() == [None, 2]
    for n in (2, 5):
        v = np.arange(2.0 * n).reshape(n, 2)
        got = sess.run([stacked, g], {x: v})
        np.testing.assert_array_equal(got[0], v)
        want = 2 * v
        want[1] += 1
        np.testing.assert_array_equal(got[1], want)


def test_concat_and_split(sess):
    x = tf.placeholder(tf.float64, [5, 2])
    a = tf.TensorArray(tf.float64, 3, infer_shape=False).split(x, [2, 0, 3])
    joined = a.concat()
    y = tf.reduce_sum(joined**3) + tf.reduce_sum(a.read(2) ** 2)
    g = tf.gradients(y, x)[0]
    h = tf.gradients(g, x)[0]
    v = np.arange(1.0, 11.0).reshape(5, 2)
    last = np.array([[0.0], [0.0], [1.0], [1.0], [1.0]])
    for _ in range(3):
        got = sess.run([joined, g, h], {x: v})
        np.testing.assert_array_equal(got[0], v)
        np.testing.assert_allclose(got[1], 3 * v**2 + 2 * v * last)
        np.testing.assert_allclose(got[2], 6 * v + 2 * last)


def test_as_a_loop_variable(sess):
    x = tf.placeholder(tf.float64, [4])
    source = tf.TensorArray(tf.float64, 4).unstack(x)
    out = tf.TensorArray(tf.float64, 0, dynamic_size=True)

    def body(i, total, out):
        total = total * source.read(i) + source.read(3 - i)
        return i + 1, total, out.write(i, [total, 2.0 * total])

    _, total, out = tf.while_loop(lambda i, *_: i < 4, body, (0, tf.ones([], tf.float64), out))
    y = out.stack()
    assert y.shape.as_list() == [None, 2]  # as the loop has shown
    w = np.array([1.0, -2.0, 0.5, 3.0])
    g = tf.gradients(tf.reduce_sum(y[:, 0] * w) + total, x)[0]

    def f(v):
        total, parts = 1.0, []
        for i in range(4):
            total = total * v[i] + v[3 - i]
            parts.append(total)
        return np.array(parts)

    v = np.array([0.5, -1.5, 2.0, 0.7])
    for _ in range(3):
        got_y, got_g = sess.run([y, g], {x: v})
        np.testing.assert_allclose(got_y[:, 0], f(v), rtol=1e-14)
        np.testing.assert_allclose(got_y[:, 1], 2 * f(v), rtol=1e-14)
        for k in range(4):
            step = np.eye(4)[k] * 1e-5
            slope = ((f(v + step) - f(v - step)) @ w + (f(v + step) - f(v - step))[-1]) / 2e-5
            np.testing.assert_allclose(got_g[k], slope, rtol=1e-8)


def test_in_a_branch(sess):
    p = tf.placeholder(tf.bool, [])
    x = tf.constant(3.0)
    a = tf.TensorArray(tf.float32, 2).write(0, x)
    b = tf.cond(p, lambda: a.write(1, x * x), lambda: a.write(1, 5.0))
    y = b.stack()
    g = tf.gradients(y, x)[0]
    for _ in range(3):
        for value, want in ((True, ([3.0, 9.0], 7.0)), (False, ([3.0, 5.0], 1.0))):
            got = sess.run([y, g], {p: value})
            np.testing.assert_array_equal(got[0], want[0])
            assert got[1] == want[1]


def test_a_list_is_what_it_was_when_it_was_written(sess):
    """A variable that changes afterwards does not change the item."""
    w = tf.Variable([1.0, 2.0])
    a = tf.TensorArray(tf.float32, 1).write(0, w)
    with tf.control_dependencies([a.flow]), tf.control_dependencies([w.assign([7.0, 8.0])]):
        item = a.identity().read(0)
    for _ in range(3):
        sess.run(w.initializer)
        np.testing.assert_array_equal(sess.run(item), [1.0, 2.0])


def test_items_never_written(sess):
    known = tf.TensorArray(tf.int32, 2, element_shape=[3])
    np.testing.assert_array_equal(sess.run(known.write(1, [1, 2, 3]).stack()), [[0, 0, 0], [1, 2, 3]])
    with pytest.raises(tf.errors.InvalidArgumentError, match="nothing was written there, and its shape is unknown"):
        sess.run(tf.TensorArray(tf.int32, 2).read(0))
    assert sess.run(tf.TensorArray(tf.int32, 0, element_shape=[3]).stack()).shape == (0, 3)


def test_names_as_programs_see_them():
    a = tf.TensorArray(tf.float32, 3).write(0, [1.0])
    assert a.stack().name == "TensorArrayStack/TensorArrayGatherV3:0"
    assert a.read(0).name == "TensorArrayReadV3:0"
    assert (a.dtype, a.element_shape.as_list()) == (tf.float32, [1])


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda a: a.write(3, 1.0).read(0), "Tried to write to index 3 but array is not resizeable and size is: 3"),
        (lambda a: a.write(-1, 1.0).read(0), "Tried to write to index -1"),
        (lambda a: a.write(0, 1.0).write(0, 1.0).read(0), "index 0 because it has already been written to"),
        (lambda a: a.read(3), "Tried to read from index 3 but array size is: 3"),
        (lambda a: a.gather([0, 7]), "Tried to read from index 7 but array size is: 3"),
        (lambda a: a.scatter([0, 0], [1.0, 2.0]).read(0), "index 0 because it has already been written to"),
        (lambda a: a.split([1.0, 2.0], [1, 2]).read(0), "lengths that add up to the 2 rows"),
        (lambda a: a.scatter([0, 1, 2], [1.0, 2.0, 3.0]).concat(), "requires at least vectors"),
    ],
)
def test_what_a_run_refuses(sess, make, match):
    y = make(tf.TensorArray(tf.float32, 3, element_shape=[] if "vectors" not in match else None, infer_shape=False))
    for _ in range(2):
        with pytest.raises(tf.errors.InvalidArgumentError, match=match):
            sess.run(y)


def test_items_of_different_shapes_cannot_be_stacked(sess):
    a = tf.TensorArray(tf.float32, 2, infer_shape=False).write(0, [1.0]).write(1, [1.0, 2.0])
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"inconsistent shapes: \[\(1,\), \(2,\)\]"):
        sess.run(a.stack())
    np.testing.assert_array_equal(sess.run(a.concat()), [1.0, 1.0, 2.0])


def test_what_is_refused_at_once():
    a = tf.TensorArray(tf.float32, 3).write(0, [1.0])
    with pytest.raises(ValueError, match=r"Inconsistent shapes: saw \(2,\) but expected \(1,\)"):
        a.write(1, [1.0, 2.0])
    with pytest.raises(TypeError, match="of type float32 cannot take"):
        a.write(1, tf.constant([1]))
    for arguments in ({}, {"size": 3, "flow": a.flow}):
        with pytest.raises(ValueError, match="made with a size, or with the flow"):
            tf.TensorArray(tf.float32, **arguments)


class TestListValue:
    def test_versions_are_apart(self):
        """A walk over random versions of one list, against copies of plain dicts."""
        rng = np.random.default_rng(0)
        versions = [(ListValue({}, 4), {})]
        for _ in range(300):
            value, plain = versions[rng.integers(len(versions))]
            i, number = int(rng.integers(6)), float(rng.normal())
            versions.append((value.with_item(i, number), {**plain, i: number}))
            value, plain = versions[rng.integers(len(versions))]
            assert dict(value.items()) == plain
            assert value.size == max([4, *[k + 1 for k in plain]])

    def test_a_sum(self):
        a, b = ListValue({0: 1.0, 1: 2.0}, 2), ListValue({1: 5.0, 3: 7.0}, 4)
        for total in (a.plus(b), b.plus(a)):
            assert dict(total.items()) == {0: 1.0, 1: 7.0, 3: 7.0} and total.size == 4
        assert dict(a.items()) == {0: 1.0, 1: 2.0} and dict(b.items()) == {1: 5.0, 3: 7.0}
        assert dict(a.plus(a).items()) == {0: 2.0, 1: 4.0}
