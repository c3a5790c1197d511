"""Printing, refusing and calling Python while a graph runs."""

import numpy as np
import pytest

import kerasflow as tf


@pytest.fixture(autouse=True)
def sess():
    with tf.Graph().as_default(), tf.Session() as s:
        yield s


def test_assert(sess):
    x = tf.placeholder(tf.float32, [None])
    check = tf.Assert(tf.reduce_all(x > 0.0), ["x is", x], name="positive")
    assert (check.name, check.type) == ("positive", "Assert")
    for _ in range(3):
        assert sess.run(check, {x: [1.0]}) is None
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"assertion failed: \[x is\] \[-1 2.5 3\.\.\.\]"):
            sess.run(check, {x: [-1.0, 2.5, 3.0, 4.0]})
    every = tf.Assert(tf.reduce_all(x > 0.0), [tf.reshape(x, [2, 2])], summarize=10)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"failed: \[\[-1 2\]\[3 4\]\]"):
        sess.run(every, {x: [-1.0, 2.0, 3.0, 4.0]})
    with pytest.raises(TypeError, match="must be a bool, got float32"):
        tf.Assert(x, [x])


def test_print(sess, capfd):
    x = tf.placeholder(tf.float32, [None])
    y = tf.Print(x, [tf.shape(x), x, True], "seen: ", first_n=2)
    slope = tf.gradients(y * y, x)[0]
    for k in range(4):
        np.testing.assert_array_equal(sess.run(y, {x: [1.0, 2.5]}), [1.0, 2.5])
        assert capfd.readouterr().err == ("seen: [2][1 2.5][1]\n" if k < 2 else "")
    np.testing.assert_array_equal(sess.run(slope, {x: [3.0]}), [6.0])


@pytest.mark.parametrize(
    ("value", "summarize", "shown"),
    [  # as TensorFlow 1.15.5 prints them
        (np.array([1 / 3, 0.1, 1e10], np.float32), None, "[0.333333343 0.1 1e+10]"),
        (np.array([1 / 3, 0.1, 1e10]), None, "[0.33333333333333331 0.1 10000000000]"),
        (np.array([1e-7, 123456789.0, 1e20], np.float32), None, "[1e-07 123456792 1e+20]"),
        (np.array([np.nan, np.inf, -np.inf]), None, "[nan inf -inf]"),
        (np.float32(2.5), None, "[2.5]"),
        (np.arange(10), None, "[0 1 2...]"),
        (np.array([[1, 2, 3], [4, 5, 6]]), None, "[[1 2 3]...]"),
        (np.array([[1, 2, 3], [4, 5, 6]]), 4, "[[1 2 3][4...]...]"),
        (np.array([[1, 2, 3], [4, 5, 6]]), -1, "[[1 2 3][4 5 6]]"),
        (np.arange(1, 9).reshape(2, 2, 2), 5, "[[[1 2][3 4]][[5...]]...]"),
        (np.zeros((0, 2)), None, "[]"),
        (np.array([True, False]), None, "[1 0]"),
        (["a b", 'c"d\n'], None, '[a b c\\"d\\n]'),
        (b"x", None, "[x]"),
    ],
)
def test_how_values_are_shown(sess, capfd, value, summarize, shown):
    sess.run(tf.Print(tf.constant(0), [tf.constant(value)], "@", summarize=summarize))
    assert capfd.readouterr().err == f"@{shown}\n"


def test_print_in_a_loop(sess, capfd):
    def body(i):
        return tf.Print(i, [i], "i = ") + 1

    sess.run(tf.while_loop(lambda i: i < 3, body, [0]))
    assert capfd.readouterr().err == "i = [0]\ni = [1]\ni = [2]\n"


def test_assert_in_a_loop(sess):
    def body(i):
        with tf.control_dependencies([tf.Assert(i < 2, ["too many rounds:", i])]):
            return i + 1

    assert sess.run(tf.while_loop(lambda i: i < 2, body, [0])) == 2
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"(?s)too many rounds:\] \[2\].*test_debugging.py:\d+, in body"
    ):
        sess.run(tf.while_loop(lambda i: i < 3, body, [0]))


def test_check_numerics(sess):
    x = tf.placeholder(tf.float32, [None])
    y = tf.check_numerics(x, "the input")
    g = tf.gradients(tf.sqrt(y), x)[0]
    for _ in range(3):
        np.testing.assert_array_equal(sess.run(y, {x: [1.0]}), [1.0])
        with pytest.raises(tf.errors.InvalidArgumentError, match="the input : Tensor had Inf and NaN values"):
            sess.run(y, {x: [np.inf, np.nan]})
        with pytest.raises(tf.errors.InvalidArgumentError, match="the input : Tensor had NaN values"):
            sess.run(tf.verify_tensor_all_finite(x, "the input"), {x: [np.nan]})
        np.testing.assert_array_equal(sess.run(g, {x: [4.0]}), [0.25])
        with pytest.raises(tf.errors.InvalidArgumentError, match="detected in gradient"):
            sess.run(g, {x: [0.0]})
    with pytest.raises(TypeError, match="int32 is not one of the types"):
        tf.check_numerics(1, "x")


def test_add_check_numerics_ops(sess):
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.log(x, name="y")
    tf.exp(y, name="z")
    check = tf.add_check_numerics_ops()
    assert sess.run(check, {x: 1.0}) is None
    with pytest.raises(tf.errors.InvalidArgumentError, match="^y:0 : Tensor had Inf"):
        sess.run(check, {x: 0.0})


def test_py_func(sess):
    calls = []

    def f(a, b):
        calls.append((type(a), b))
        return np.float32(a.sum() + b), [b"x", b"yz"]

    x = tf.placeholder(tf.float32, [None])
    for stateful in (True, False):
        total, text = tf.py_func(f, [x, 2], [tf.float32, tf.string], stateful=stateful)
        assert total.shape.ndims is None
        for _ in range(3):
            got = sess.run([total, text], {x: [1.0, 2.0]})
            assert got[0] == 5.0 and got[1].tolist() == [b"x", b"yz"]
    assert len(calls) == 6 and calls[0] == (np.ndarray, 2)
    assert isinstance(tf.py_func(lambda: 1.0, [], tf.float64), tf.Tensor)
    assert sess.run(tf.py_func(lambda: None, [], [])) is None
    assert tf.gradients(tf.py_func(np.sin, [x], tf.float32), x) == [None]


def test_py_func_does_not_change_what_it_is_given(sess):
    w = tf.Variable([1.0, 2.0])

    def f(a):
        a += 1.0
        return a

    y = tf.py_func(f, [w], tf.float32)
    sess.run(w.initializer)
    for _ in range(3):
        np.testing.assert_array_equal(sess.run(y), [2.0, 3.0])
        np.testing.assert_array_equal(sess.run(w), [1.0, 2.0])


@pytest.mark.parametrize(
    ("func", "types", "error", "match"),
    [
        (lambda: np.float64(1.0), tf.float32, tf.errors.InvalidArgumentError, "is float64, but expects float32"),
        (lambda: (1, 2), tf.int64, tf.errors.InvalidArgumentError, "returned 2 values, Tout has 1"),
        (lambda: {}["no"], tf.int64, tf.errors.UnknownError, "KeyError"),
    ],
)
def test_what_py_func_refuses(sess, func, types, error, match):
    with pytest.raises(error, match=match):
        sess.run(tf.py_func(func, [], types))
    with pytest.raises(ValueError, match="to be callable"):
        tf.py_func(3, [], types)


def _fails(with_what):
    raise with_what


@pytest.mark.parametrize(
    ("cause", "error"),
    [
        (ValueError("bad"), tf.errors.InvalidArgumentError),
        (TypeError("bad"), tf.errors.InvalidArgumentError),
        (StopIteration("bad"), tf.errors.OutOfRangeError),
        (NotImplementedError("bad"), tf.errors.UnimplementedError),
        (MemoryError("bad"), tf.errors.ResourceExhaustedError),
        (ZeroDivisionError("bad"), tf.errors.UnknownError),
        (IndexError("bad"), tf.errors.UnknownError),
    ],
)
def test_what_a_function_raises_says_where(sess, cause, error):
    y = tf.py_func(lambda: _fails(cause), [], tf.float32, name="mine")
    with pytest.raises(error, match=rf"{type(cause).__name__}: bad; raised at .*test_debugging.py:\d+, in _fails") as e:
        sess.run(y)
    assert type(e.value) is error and e.value.op.name == "mine" and e.value.__cause__ is not None


@pytest.mark.parametrize("text", ["é", "é".encode(), np.str_("é"), np.array("é"), np.array("é", object)])
def test_text_of_py_func_is_bytes(sess, text):
    assert sess.run(tf.py_func(lambda: text, [], tf.string)) == "é".encode()
