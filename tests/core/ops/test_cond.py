"""`cond` and `case`: what is chosen, what runs, gradients, and what is refused."""

import numpy as np
import pytest

import kerasflow as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


@pytest.fixture
def sess(graph):
    with tf.Session(graph=graph) as s:
        yield s


def boom(*_):
    raise RuntimeError("this must not run")


def failing(shape=()):
    t = tf.py_func(boom, [1.0], tf.float32)
    t.set_shape(shape)
    return t


def test_only_the_chosen_function_runs(sess):
    p = tf.placeholder(tf.bool, [])
    y = tf.cond(p, lambda: tf.constant(1.0), failing)
    for _ in range(3):
        assert sess.run(y, {p: True}) == 1.0
    with pytest.raises(tf.errors.UnknownError, match="this must not run"):
        sess.run(y, {p: False})


def test_only_what_is_fetched_runs(sess):
    p = tf.placeholder(tf.bool, [])
    a, b = tf.cond(p, lambda: [tf.constant(1.0), failing()], lambda: [tf.constant(2.0), tf.constant(3.0)])
    assert sess.run(a, {p: True}) == 1.0
    assert sess.run([a, b], {p: False}) == [2.0, 3.0]
    with pytest.raises(tf.errors.UnknownError):
        sess.run([a, b], {p: True})


def test_what_only_an_unfetched_output_takes_is_not_computed(sess):
    bad = failing()
    a, b = tf.cond(tf.constant(True), lambda: [tf.constant(1.0), bad + 1.0], lambda: [tf.constant(2.0), bad])
    assert sess.run(a) == 1.0
    with pytest.raises(tf.errors.UnknownError):
        sess.run(b)


def test_an_assignment_happens_in_its_branch_only(sess):
    p = tf.placeholder(tf.bool, [])
    w = tf.Variable(1.0)
    y = tf.cond(p, lambda: w.assign_add(10.0), lambda: w.assign(0.5))
    sess.run(w.initializer)
    assert [sess.run(y, {p: v}) for v in (True, True, False, True)] == [11.0, 21.0, 0.5, 10.5]
    assert sess.run(w) == 10.5


def test_operations_that_give_nothing(sess):
    p = tf.placeholder(tf.bool, [])
    w = tf.Variable(1.0)
    done = tf.cond(p, lambda: tf.group(w.assign_add(1.0)), tf.no_op)
    assert done.dtype == tf.bool
    sess.run(w.initializer)
    assert [bool(sess.run(done, {p: v})) for v in (True, False, True)] == [True, False, True]
    assert sess.run(w) == 3.0


def test_a_variable_is_read_where_the_branch_reads_it(sess):
    w = tf.Variable(1.0)

    def branch():
        before = tf.identity(w)
        with tf.control_dependencies([w.assign_add(1.0)]):
            return [before, tf.identity(w), w.read_value()]

    result = tf.cond(tf.constant(True), branch, lambda: [tf.constant(0.0)] * 3)
    sess.run(w.initializer)
    for n in range(3):
        assert sess.run(result) == [1.0 + n, 2.0 + n, 2.0 + n]


def test_a_branch_may_find_out_whether_a_variable_is_there(sess):
    w = tf.Variable(3.0)
    y = tf.cond(tf.is_variable_initialized(w), w.read_value, lambda: tf.constant(-1.0))
    deeper = tf.cond(
        tf.constant(True), lambda: tf.cond(tf.is_variable_initialized(w), w.read_value, lambda: -2.0), lambda: 0.0
    )
    assert sess.run([y, deeper]) == [-1.0, -2.0]
    sess.run(w.initializer)
    assert sess.run([y, deeper, tf.gradients(deeper, w)[0]]) == [3.0, 3.0, 1.0]


def test_values_from_outside_keep_their_place(sess):
    """What was read before the branch changes the variable is what the branch sees."""
    w = tf.Variable([1.0, 2.0])
    before = tf.identity(w)

    def branch():
        with tf.control_dependencies([w.assign([10.0, 20.0])]):
            return before + 0.0

    result = tf.cond(tf.constant(True), branch, lambda: tf.zeros([2]))
    for _ in range(3):
        sess.run(w.initializer)
        np.testing.assert_array_equal(sess.run(result), [1.0, 2.0])


@pytest.mark.parametrize("value", [0.7, -1.3])
def test_gradients_of_both_orders(sess, value):
    x = tf.placeholder(tf.float64, [])
    w = tf.Variable(np.float64(2.0))
    y = tf.cond(x > 0.0, lambda: tf.sin(x) * w * w, lambda: tf.exp(x) * x)
    gx, gw = tf.gradients(y, [x, w])
    gxx, gxw = tf.gradients(gx, [x, w])
    gww = tf.gradients(gw, w)[0]
    sess.run(w.initializer)
    for _ in range(3):
        got = sess.run([y, gx, gw, gxx, gxw, gww], {x: value})
        s, c, e = np.sin(value), np.cos(value), np.exp(value)
        if value > 0:
            want = [4 * s, 4 * c, 4 * s, -4 * s, 4 * c, 2 * s]
        else:
            want = [value * e, e * (value + 1), 0, e * (value + 2), 0, 0]
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)


def test_the_way_back_needs_what_only_one_branch_computed(sess):
    """The kept values of the branch that was not taken do not exist, and are not missed."""
    p = tf.placeholder(tf.bool, [])
    x = tf.constant([1.0, 2.0, 3.0])
    y = tf.cond(p, lambda: tf.reduce_sum(tf.exp(tf.sin(x))), lambda: tf.reduce_prod(x))
    g = tf.gradients(y, x)[0]
    v = np.array([1.0, 2.0, 3.0])
    for _ in range(3):
        np.testing.assert_allclose(sess.run(g, {p: True}), np.exp(np.sin(v)) * np.cos(v), rtol=1e-6)
        np.testing.assert_allclose(sess.run(g, {p: False}), [6.0, 3.0, 2.0], rtol=1e-6)


def test_a_gradient_by_what_one_branch_takes_is_zero_in_the_other(sess):
    p = tf.placeholder(tf.bool, [])
    a, b = tf.constant([1.0, 2.0]), tf.constant([[3.0]])
    y = tf.cond(p, lambda: tf.reduce_sum(a * a), lambda: 5.0 * b[0, 0])
    ga, gb = tf.gradients(y, [a, b])
    for _ in range(3):
        for value, want in ((True, ([2.0, 4.0], [[0.0]])), (False, ([0.0, 0.0], [[5.0]]))):
            for got, expected in zip(sess.run([ga, gb], {p: value}), want, strict=True):
                np.testing.assert_array_equal(got, expected)


def test_no_gradient_by_what_no_branch_takes():
    a, b = tf.constant(1.0), tf.constant(2.0)
    y = tf.cond(a > 0.0, lambda: a + 1.0, lambda: a + 2.0)
    assert tf.gradients(y, b) == [None]
    assert tf.gradients(tf.cond(a > 0.0, lambda: 1.0, lambda: tf.stop_gradient(a)), a) == [None]


def test_an_operation_without_derivative_matters_only_on_the_way():
    x = tf.constant([1.0, 2.0])
    y = tf.cond(x[0] > 0.0, lambda: [x * 2.0, tf.random_shuffle(x)], lambda: [x, x])
    assert tf.gradients(y[0], x)[0] is not None
    with pytest.raises(LookupError, match="RandomShuffle"):
        tf.gradients(y[1], x)


def test_nested(sess):
    x = tf.placeholder(tf.float32, [])

    def inner():
        return tf.cond(x > 10.0, lambda: x * x, lambda: 3.0 * x)

    y = tf.cond(x > 0.0, inner, lambda: -x)
    g = tf.gradients(y, x)[0]
    for _ in range(3):
        assert sess.run([y, g], {x: 20.0}) == [400.0, 40.0]
        assert sess.run([y, g], {x: 2.0}) == [6.0, 3.0]
        assert sess.run([y, g], {x: -2.0}) == [2.0, -1.0]


def test_gradients_taken_inside_a_branch(sess):
    x = tf.placeholder(tf.float32, [])
    y = tf.cond(x > 0.0, lambda: tf.gradients(x * x * x, x)[0], lambda: x)
    assert sess.run(y, {x: 2.0}) == 12.0


def test_structures(sess):
    p = tf.constant(True)
    for value in ({"a": 1, "b": [2.0]}, (1, 2.0), [1, 2], [[1], (2,)]):
        assert sess.run(tf.cond(p, lambda v=value: v, lambda v=value: v)) == value
    one, kept = tf.cond(p, lambda: [1], lambda: [2]), tf.cond(p, lambda: [1], lambda: [2], strict=True)
    assert isinstance(one, tf.Tensor) and isinstance(kept, list) and sess.run(kept) == [1]
    assert isinstance(tf.cond(p, lambda: (1,), lambda: (2,)), tf.Tensor)
    assert sess.run(tf.cond(p, lambda: b"a", lambda: b"b")) == b"a"


def test_sparse_tensors(sess):
    p = tf.placeholder(tf.bool, [])
    x = tf.SparseTensor([[0, 0], [1, 2]], [1.0, 2.0], [2, 3])
    y = tf.cond(p, lambda: tf.SparseTensor(x.indices, x.values * x.values, x.dense_shape), lambda: x)
    _, z = tf.while_loop(
        lambda i, z: i < 3, lambda i, z: (i + 1, tf.SparseTensor(z.indices, z.values * 2.0, z.dense_shape)), (0, y)
    )
    assert isinstance(y, tf.SparseTensor)
    g = tf.gradients(tf.sparse_reduce_sum(z), x.values)[0]
    for _ in range(3):
        assert sess.run(z, {p: True}).values.tolist() == [8.0, 32.0]
        assert sess.run(z, {p: False}).values.tolist() == [8.0, 16.0]
        assert sess.run(g, {p: True}).tolist() == [16.0, 32.0]


def test_tensors_of_layers_are_refused():
    x = tf.Input((3,))
    for call in (
        lambda: tf.cond(tf.constant(True), lambda: x, lambda: x),
        lambda: tf.cond(x[0, 0] > 0.0, lambda: 1, lambda: 2),
        lambda: tf.while_loop(lambda y: True, lambda y: y, [x]),
        lambda: tf.map_fn(lambda y: y, x),
        lambda: tf.scan(lambda a, y: a, tf.zeros([3]), x),
    ):
        with pytest.raises(TypeError, match="inside a Lambda layer"):
            call()


def test_former_argument_names(sess):
    assert sess.run(tf.cond(tf.constant(False), fn1=lambda: 1, fn2=lambda: 2)) == 2
    with pytest.raises(TypeError, match="true_fn and fn1 may not be set simultaneously"):
        tf.cond(tf.constant(True), lambda: 1, fn1=lambda: 1, fn2=lambda: 2)


def test_shapes_and_names():
    p = tf.placeholder(tf.bool)
    y = tf.cond(p, lambda: tf.zeros([2, 3]), lambda: tf.ones([2, 4]))
    assert y.shape.as_list() == [2, None] and y.name == "cond/Merge:0"
    assert tf.cond(p, lambda: tf.zeros([2]), lambda: tf.ones([2, 4])).shape.ndims is None
    inner = []
    tf.cond(p, lambda: inner.append(tf.square(2.0)) or inner[0], lambda: tf.square(3.0), name="choice")
    assert inner[0].name == "choice/Square:0"


@pytest.mark.parametrize(
    ("pred", "true_fn", "false_fn", "error", "match"),
    [
        (True, lambda: 1, lambda: 2, TypeError, "pred must not be a Python bool"),
        ([True, False], lambda: 1, lambda: 2, ValueError, "must be a scalar"),
        (1, lambda: 1, lambda: 2, TypeError, "must be a bool, got int32"),
        (np.True_, lambda: 1, lambda: 2.0, ValueError, "must have the same type: int32, float32"),
        (np.True_, lambda: [1, 2], lambda: [2], ValueError, "same nested structure"),
        (np.True_, lambda: [1, 2], lambda: (2, 3), TypeError, "same nested structure"),
        (np.True_, lambda: {"a": 1}, lambda: {"b": 1}, ValueError, "same keys"),
        (np.True_, lambda: None, lambda: None, ValueError, "true_fn must have a return value"),
        (np.True_, 1, lambda: None, TypeError, "true_fn must be callable"),
        (np.True_, lambda: 1, None, TypeError, "false_fn argument required"),
    ],
)
def test_what_is_refused(pred, true_fn, false_fn, error, match):
    with pytest.raises(error, match=match):
        tf.cond(pred, true_fn, false_fn)


def test_what_is_inside_stays_inside(sess):
    inner = []
    tf.cond(tf.constant(True), lambda: inner.append(tf.square(2.0)) or inner[0], lambda: 1.0)
    with pytest.raises(ValueError, match="inside true_fn of 'cond'"):
        sess.run(inner[0])
    with pytest.raises(ValueError, match="inside true_fn of 'cond'"):
        tf.add(1.0, inner[0])
    with pytest.raises(ValueError, match="inside true_fn of 'cond'"):
        inner[0] + 1.0
    with pytest.raises(ValueError, match="inside true_fn of 'cond'"):
        tf.cond(tf.constant(True), lambda: inner[0] * 1.0, lambda: 1.0)


def test_an_error_names_the_line_inside_the_branch(sess):
    x = tf.placeholder(tf.int32, [])

    def branch():
        return x // 0

    y = tf.cond(tf.constant(True), branch, lambda: 1)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"cond/floordiv.*test_cond.py:\d+, in branch") as e:
        sess.run(y, {x: 1})
    assert e.value.op.type == "FloorDiv"


def test_waiting_for_what_is_outside(sess):
    w = tf.Variable(1.0)
    outside = w.assign_add(1.0)

    def branch():
        with tf.control_dependencies([outside]):
            return tf.constant(5.0)

    y = tf.cond(tf.constant(False), branch, lambda: tf.constant(6.0))
    sess.run(w.initializer)
    assert sess.run(y) == 6.0
    assert sess.run(w) == 2.0  # as it would be waited for whichever branch is chosen


def test_a_fed_value_is_what_the_branch_takes(sess):
    n = tf.constant(3)
    w = tf.Variable(1.0)
    sess.run(w.initializer)
    y = tf.cond(tf.constant(True), lambda: n * 2, lambda: n)
    z = tf.cond(tf.constant(True), lambda: w * 2.0, lambda: 0.0 * w)
    for _ in range(3):
        assert sess.run(y, {n: 10}) == 20
        assert sess.run(z, {w: 10.0}) == 20.0
    assert sess.run(y) == 6


class TestCase:
    def test_the_first_that_is_true(self, sess):
        x = tf.placeholder(tf.int32, [])
        y = tf.case([(x < 0, lambda: -1), (x < 10, lambda: 1)], default=lambda: 2)
        assert [sess.run(y, {x: v}) for v in (-5, 5, 50)] == [-1, 1, 2]
        assert y.name == "case/cond/Merge:0"

    def test_only_the_chosen_one_runs(self, sess):
        x = tf.placeholder(tf.int32, [])
        y = tf.case([(x < 0, failing), (x < 10, lambda: 1.0)], default=failing)
        assert sess.run(y, {x: 5}) == 1.0

    def test_a_dict(self, sess):
        x = tf.placeholder(tf.int32, [])
        y = tf.case({x < 0: lambda: -1, x > 0: lambda: 1}, default=lambda: 0, exclusive=True)
        assert [sess.run(y, {x: v}) for v in (-5, 0, 5)] == [-1, 0, 1]

    def test_exclusive(self, sess):
        x = tf.placeholder(tf.int32, [])
        y = tf.case([(x < 5, lambda: 1), (x < 10, lambda: 2)], default=lambda: 0, exclusive=True)
        assert sess.run(y, {x: 7}) == 2
        with pytest.raises(tf.errors.InvalidArgumentError, match="more than 1 conditions .* evaluated as True"):
            sess.run(y, {x: 1})

    def test_none_is_true_and_there_is_no_default(self, sess):
        x = tf.placeholder(tf.int32, [])
        y = tf.case([(x < 5, lambda: 1), (x < 10, lambda: 2)])
        assert [sess.run(y, {x: v}) for v in (1, 7)] == [1, 2]
        with pytest.raises(tf.errors.InvalidArgumentError, match="None of conditions evaluated as True"):
            sess.run(y, {x: 10})

    def test_gradient(self, sess):
        x = tf.placeholder(tf.float32, [])
        y = tf.case([(x < 0.0, lambda: x * x), (x < 1.0, lambda: 3.0 * x)], default=lambda: tf.exp(x))
        g = tf.gradients(y, x)[0]
        np.testing.assert_allclose([sess.run(g, {x: v}) for v in (-2.0, 0.5, 2.0)], [-4.0, 3.0, np.exp(2.0)], rtol=1e-6)

    @pytest.mark.parametrize(
        ("pairs", "error", "match"),
        [
            (3, TypeError, "must be a list, tuple, or dict"),
            ([], ValueError, "at least one pair"),
            ([3], TypeError, "must be a 2-tuple"),
            ([(1.0, lambda: 1)], TypeError, "must be Tensor of type bool"),
            ([(np.float32(1.0), lambda: 1)], TypeError, "must be Tensor of type bool"),
            ([(np.True_, 3)], TypeError, "must be callable"),
        ],
    )
    def test_what_is_refused(self, pairs, error, match):
        with pytest.raises(error, match=match):
            tf.case(pairs)
