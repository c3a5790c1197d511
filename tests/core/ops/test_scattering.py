"""Changing parts of variables: each operation against NumPy, and what is refused."""

import itertools

import numpy as np
import pytest

import kerasflow as tf

ROWS = {
    "update": (tf.scatter_update, None),
    "add": (tf.scatter_add, np.add),
    "sub": (tf.scatter_sub, np.subtract),
    "mul": (tf.scatter_mul, np.multiply),
    "div": (tf.scatter_div, np.divide),
    "min": (tf.scatter_min, np.minimum),
    "max": (tf.scatter_max, np.maximum),
}
BLOCKS = {
    "update": (tf.scatter_nd_update, None),
    "add": (tf.scatter_nd_add, np.add),
    "sub": (tf.scatter_nd_sub, np.subtract),
}
ENGINES = ["interpreter", *(["native"] if tf.core.engine.choice.has_compiler() else [])]


@pytest.fixture(autouse=True, params=ENGINES)
def engine(request):
    before = tf.config.get_engine()
    tf.config.set_engine(request.param)
    yield request.param
    tf.config.set_engine(before)


def changed(change, start, indices, updates, runs=2):
    """The variable and what the operation gave, after some runs."""
    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
        w = tf.Variable(start)
        i, u = tf.placeholder(indices.dtype, indices.shape), tf.placeholder(updates.dtype, updates.shape)
        step = change(w, i, u)
        session.run(w.initializer)
        for _ in range(runs):
            value = session.run(step, {i: indices, u: updates})
        np.testing.assert_array_equal(session.run(w), value)
        if tf.config.get_engine() == "native":
            assert "native, all in one segment" in session.explain(step, [i, u])
    return value


def wanted(ufunc, start, columns, updates, runs=2):
    value = start.copy()
    for _ in range(runs):
        for k in np.ndindex(columns[0].shape):
            at = tuple(c[k] for c in columns)
            value[at] = updates[k] if ufunc is None else ufunc(value[at], updates[k])
    return value


@pytest.mark.parametrize(("name", "dtype"), [*itertools.product(ROWS, ["f4", "f8"]), ("add", "i4"), ("max", "i4")])
def test_rows_are_changed_in_order(name, dtype):
    change, ufunc = ROWS[name]
    rng = np.random.default_rng(0)
    start, updates = ((10 * rng.normal(size=s)).astype(dtype) for s in ((5, 3), (2, 4, 3)))
    indices = np.array([[0, 4, 0, 2], [4, 0, 4, 1]], "i8")
    want = wanted(ufunc, start, [indices], updates)
    np.testing.assert_array_equal(changed(change, start, indices, updates), want)


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_are_changed_in_order(name):
    change, ufunc = BLOCKS[name]
    rng = np.random.default_rng(1)
    start, updates = rng.normal(size=(4, 5, 3)), rng.normal(size=(6, 3))
    indices = np.array([[0, 1], [3, 4], [0, 1], [2, 0], [3, 4], [3, 0]], "i4")
    want = wanted(ufunc, start, list(indices.T), updates)
    np.testing.assert_array_equal(changed(change, start, indices, updates), want)
    elements = np.array([[0, 1, 2], [0, 1, 2], [3, 3, 0]], "i4")
    want = wanted(ufunc, start, list(elements.T), updates[:3, 0])
    np.testing.assert_array_equal(changed(change, start, elements, updates[:3, 0]), want)


def test_one_update_for_all_rows():
    got = changed(tf.scatter_add, np.zeros((3, 2), "f"), np.array([1, 2, 1], "i4"), np.array(2.5, "f"), runs=1)
    assert got.tolist() == [[0, 0], [5, 5], [2.5, 2.5]]


def test_a_variable_changed_by_its_own_rows():
    start = np.arange(12.0, dtype="f").reshape(4, 3)
    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
        w = tf.Variable(start)
        whole = tf.scatter_add(w, [3, 2, 1, 0], w.read_value())
        with tf.control_dependencies([whole]):
            part = tf.scatter_sub(w, [0, 0], tf.gather(w.read_value(), [1, 2]))
        session.run(w.initializer)
        want = start.copy()
        for _ in range(3):
            value = session.run(part)
            want = want + want[::-1]
            want[0] -= want[1] + want[2]
            np.testing.assert_array_equal(value, want)


@pytest.mark.parametrize(
    ("change", "indices", "match"),
    [
        (tf.scatter_add, [0, 4], r"index 4 at position \[1\] is not in \[0, 4\)"),
        (tf.scatter_update, [-1, 0], r"index -1 at position \[0\] is not in \[0, 4\)"),
        (tf.scatter_nd_add, [[0, 3], [0, 0]], r"index for axis 1: 3 at position \[0\] is not in \[0, 3\)"),
    ],
)
def test_an_index_outside_changes_nothing(change, indices, match):
    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
        w = tf.Variable(np.ones((4, 3), "f"))
        i = tf.placeholder(tf.int32, np.shape(indices))
        step = change(w, i, 5.0)
        session.run(w.initializer)
        with pytest.raises(tf.errors.InvalidArgumentError, match=match):
            session.run(step, {i: indices})
        assert session.run(w).tolist() == [[1.0] * 3] * 4


def test_a_variable_without_a_value_is_named():
    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
        step = tf.scatter_add(tf.Variable([1.0, 2.0], name="weight"), [0], [1.0])
        with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value weight"):
            session.run(step)


def test_what_does_not_fit_is_refused_when_the_graph_is_built():
    w = tf.Variable(np.ones((4, 3), "f"))
    with pytest.raises(ValueError, match=r"of shape \(2, 3\) for a variable of shape \(4, 3\), got \(2, 2\)"):
        tf.scatter_add(w, [0, 1], [[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(ValueError, match=r"3 indices for a variable of shape \(4, 3\)"):
        tf.scatter_nd_add(w, [[0, 1, 2]], [1.0])
    with pytest.raises(TypeError, match="float32 takes no updates of type int32"):
        tf.scatter_add(w, [0], tf.constant([[1, 2, 3]]))
    with pytest.raises(TypeError, match="float32 is not one of the types"):
        tf.scatter_add(w, [0.0], [[1.0, 2.0, 3.0]])
    with pytest.raises(TypeError, match="int32 is not one of the types"):
        tf.scatter_div(tf.Variable([1, 2]), [0], [1])
    with pytest.raises(TypeError, match="ScatterAdd changes a variable, got"):
        tf.scatter_add(tf.constant([1.0]), [0], [1.0])
