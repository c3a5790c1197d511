"""Gradients: against closed forms and difference quotients, where they end, and how long a chain may be."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kerasflow as tf
from kerasflow.core.graph import apply
from kerasflow.core.opdef import same


def value(tensors):
    return tf.Session().run(tensors)


@pytest.fixture(scope="module", autouse=True)
def operations(define):
    define("TestRough", kernel=lambda x: x, infer=same, vjp=None)


class TestWhatIsFound:
    def test_derivatives_of_a_polynomial_of_every_order(self):
        x = tf.constant(2.0, tf.float64)
        y = x * x * x * x
        derivatives = [y]
        for _ in range(4):
            derivatives += tf.gradients(derivatives[-1], x)
        assert value(derivatives) == [16.0, 32.0, 48.0, 48.0, 24.0]

    def test_several_ys_are_summed_and_weighted_by_grad_ys(self):
        x, y = tf.constant(2.0), tf.constant(3.0)
        assert value(tf.gradients([x * y, x * x], [x, y])) == [7.0, 2.0]
        weighted = tf.gradients([x * y, x * x], [x, y], grad_ys=[tf.constant(10.0), 1.0])
        assert value(weighted) == [34.0, 20.0]
        assert value(tf.gradients([x * y, x * x], [x], grad_ys=[None, tf.constant(2.0)])) == [11.0]

    def test_a_gradient_of_grad_ys_multiplies_from_the_left(self):
        x = tf.constant([1.0, 2.0, 3.0])
        (g,) = tf.gradients(x * x, x, grad_ys=tf.constant([1.0, 10.0, 100.0]))
        assert value(g).tolist() == [2.0, 40.0, 600.0]

    def test_a_tensor_used_many_times_adds_up(self):
        x = tf.constant(2.0)
        assert value(tf.gradients(x + x * x + x * 5.0, x)) == [10.0]
        assert value(tf.gradients([x, x, x], [x, x])) == [3.0, 3.0]

    def test_ys_on_the_way_to_other_ys(self):
        x = tf.constant(2.0)
        y = x * 3.0
        z = y * y
        assert value(tf.gradients([z, y], [y, x])) == [13.0, 39.0]
        assert value(tf.gradients(y, y)) == [1.0]

    def test_broadcasting_is_undone(self):
        rng = np.random.default_rng(0)
        a, b, c = (tf.constant(rng.standard_normal(s)) for s in ((2, 1, 4), (3, 1), ()))
        weights = rng.standard_normal((2, 3, 4))
        grads = value(tf.gradients(weights * (a * b * c), [a, b, c]))
        x, y, z = value([a, b, c])
        np.testing.assert_allclose(grads[0], (weights * y * z).sum(1, keepdims=True), rtol=1e-12)
        np.testing.assert_allclose(grads[1], (weights * x * z).sum((0, 2))[:, None], rtol=1e-12)
        np.testing.assert_allclose(grads[2], (weights * x * y).sum(), rtol=1e-12)

    def test_broadcasting_is_undone_where_shapes_are_known_in_the_run_only(self):
        x, y = tf.placeholder(tf.float64), tf.placeholder(tf.float64, [None, None])
        grads = tf.gradients(x * y + x, [x, y])
        with tf.Session() as sess:
            for shape in [(2, 3), (3,), (1, 1), (2, 1), (), (2, 3), (2, 3)]:
                a, b = np.full(shape, 2.0), np.full((2, 3), 5.0)
                gx, gy = sess.run(grads, {x: a, y: b})
                assert gx.shape == shape and gy.shape == (2, 3)
                np.testing.assert_array_equal(gx, np.full(shape, 6.0 * 6 / a.size))
                np.testing.assert_array_equal(gy, np.full((2, 3), 2.0))

    def test_types_stay_what_they_are(self):
        for dtype in (tf.float32, tf.float64):
            x = tf.constant([1.0, 2.0], dtype)
            g = tf.gradients(x * x * 0.5, x)[0]
            assert g.dtype is dtype and g.shape.as_list() == [2]

    def test_a_variable_is_differentiated_by_all_its_readings(self):
        w = tf.Variable(3.0)
        y = w * w
        with tf.control_dependencies([w.assign(5.0)]):
            z = w * w
        grads = tf.gradients([y, z], [w])
        with tf.Session() as sess:
            sess.run(w.initializer)
            assert sess.run(grads) == [2 * 3.0 + 2 * 5.0]
            by_name = tf.get_default_graph().get_tensor_by_name("Variable:0")
            assert sess.run(tf.gradients(by_name * 4.0, [by_name, w])) == [4.0, 4.0]

    def test_scattered_rows_stay_scattered_until_they_meet_others(self):
        table = tf.Variable(np.arange(6.0).reshape(3, 2))
        looked_up = tf.gather(table, [2, 0, 2])
        (sparse,) = tf.gradients(looked_up * 2.0, table)
        assert isinstance(sparse, tf.IndexedSlices)
        (joined,) = tf.gradients([looked_up, tf.gather(table, [1])], table)
        assert isinstance(joined, tf.IndexedSlices)
        (dense,) = tf.gradients(tf.reduce_sum(looked_up) + tf.reduce_sum(table * 10.0), table)
        assert isinstance(dense, tf.Tensor)
        with tf.Session() as sess:
            sess.run(table.initializer)
            got = sess.run([tf.convert_to_tensor(sparse), tf.convert_to_tensor(joined), dense])
        assert [g[:, 0].tolist() for g in got] == [[2.0, 0.0, 4.0], [1.0, 1.0, 2.0], [11.0, 10.0, 12.0]]

    def test_the_operations_are_in_a_scope_and_in_the_graph_of_the_ys(self):
        graph = tf.Graph()
        with graph.as_default():
            x = tf.constant(2.0, name="x")
            y = tf.multiply(x, x, name="square")
        (first,) = tf.gradients(y, x)
        (second,) = tf.gradients(y, x, name="mine")
        assert first.graph is graph and tf.get_default_graph().size == 0
        assert first.name.startswith("gradients/") and second.name.startswith("mine/")
        assert any(op.name.startswith("gradients/square_grad/") for op in graph.get_operations())
        assert tf.gradients(y, x, name=None)[0].name.startswith("gradients_1/")


class TestWhereTheyEnd:
    def test_none_where_there_is_no_way(self):
        x, other = tf.constant(2.0), tf.constant(1.0)
        integer = tf.constant(3)
        assert tf.gradients(x * x, [other, integer]) == [None, None]
        assert tf.gradients(tf.cast(x, tf.int32), x) == [None]
        assert tf.gradients(tf.cast(tf.cast(x, tf.int32), tf.float32) * 2.0, x) == [None]
        assert tf.gradients(tf.cast(integer, tf.float32), integer) == [None]
        assert tf.gradients(tf.stop_gradient(x), x) == [None]
        assert tf.gradients(x, x * 2.0) == [None]
        assert tf.gradients([], x) == [None] and tf.gradients(x, []) == [] and tf.gradients(2.0, x) == [None]

    def test_stopping_makes_a_tensor_a_constant_for_everything_above_it(self):
        a = tf.constant(3.0)
        b = a * a
        (ga, gb) = tf.gradients(b * b * a, [a, b], stop_gradients=[b])
        assert value([ga, gb]) == [81.0, 54.0]
        assert value(tf.gradients(a + 2.0 * b, [a, b], stop_gradients=[a, b])) == [1.0, 2.0]
        blocked, own = tf.gradients(b, [a, b], stop_gradients=b)
        assert blocked is None and value(own) == 1.0

    def test_stopping_at_one_of_several_results(self):
        x = tf.constant([3.0, 5.0])
        a, b = tf.unstack(x)
        ga, gx = tf.gradients(a * 2.0 + b * 7.0, [a, x], stop_gradients=[a])
        assert value(ga) == 2.0 and value(gx).tolist() == [0.0, 7.0]

    def test_a_stopped_variable(self):
        v, w = tf.Variable(2.0), tf.Variable(3.0)
        grads = tf.gradients(v * w, [v, w], stop_gradients=[w])
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            assert sess.run(grads) == [3.0, 2.0]
        inner = v * 2.0
        assert tf.gradients(inner * w, v, stop_gradients=[inner]) == [None]

    def test_an_operation_that_is_not_differentiable_is_named(self):
        x = tf.constant(2.0)
        rough = apply("TestRough", x * 2.0, name="edge")
        with pytest.raises(LookupError, match=r"TestRough 'edge' is not differentiable.*test_autodiff.py:\d+"):
            tf.gradients(rough * 3.0, x)
        assert tf.gradients(rough + x, [rough])[0] is not None
        assert value(tf.gradients(tf.stop_gradient(rough) + x, x)) == [1.0]

    def test_complex_tensors_need_a_direction(self):
        z = tf.constant(1 + 2j)
        with pytest.raises(TypeError, match="grad_ys"):
            tf.gradients(z * z, z)
        assert value(tf.gradients(z * 2.0, z, grad_ys=tf.constant(1j))) == [2j]

    def test_grad_ys_have_to_fit(self):
        x = tf.constant([1.0, 2.0])
        with pytest.raises(ValueError, match="one tensor for each of the 1 ys, got 2"):
            tf.gradients(x, x, grad_ys=[None, None])
        with pytest.raises(ValueError, match="another shape"):
            tf.gradients(x * x, x, grad_ys=tf.constant([1.0, 2.0, 3.0]))
        with pytest.raises(ValueError, match="float64"):
            tf.gradients(x * x, x, grad_ys=tf.constant([1.0, 2.0], tf.float64))

    def test_tensors_of_another_graph_are_refused(self):
        x = tf.constant(1.0)
        with tf.Graph().as_default():
            y = tf.constant(1.0)
        with pytest.raises(ValueError):
            tf.gradients([x, y], x)


class TestLongAndWide:
    def test_a_chain_of_fifty_thousand_operations(self):
        x = tf.placeholder(tf.float64, [])
        y = x * x * x
        for _ in range(50_000):
            y = -y
        (g,) = tf.gradients(y, x)
        assert (y.op.index, y.name) == (50_002, "Neg_49999:0")
        with tf.Session() as sess:
            for k in range(3):
                assert sess.run([y, g], {x: k}) == [k**3, 3 * k**2]

    def test_twice_through_a_chain_of_thousands(self):
        x = tf.placeholder(tf.float64, [])
        y, length = x, 3000
        for k in range(length):
            y = y * x if k == 0 else y * 1.0  # x^2 and a long way
        second = tf.gradients(tf.gradients(y, x), x)
        with tf.Session() as sess:
            for _ in range(3):
                assert sess.run(second, {x: 5.0}) == [2.0]

    def test_a_tensor_with_thousands_of_consumers(self):
        x = tf.constant(2.0, tf.float64)
        y = tf.add_n([x * float(k) for k in range(2000)])
        assert value(tf.gradients(y, x)) == [1999 * 1000.0]

    def test_only_what_lies_between_is_differentiated(self):
        x = tf.constant(1.0)
        aside = x
        for _ in range(100):
            aside = apply("TestRough", aside)
        y = x * 2.0
        before = x.graph.size
        assert value(tf.gradients(y, x)) == [2.0]
        assert x.graph.size - before < 10

    def test_operations_are_made_in_the_same_order_every_time(self):
        def made():
            with tf.Graph().as_default() as graph:
                xs = [tf.constant(float(k), name=f"x{k}") for k in range(20)]
                ys = [x * x + x for x in xs]
                tf.gradients([*ys, *xs], xs)
                return [(op.name, op.type, [t.name for t in op.inputs]) for op in graph.get_operations()]

        first = made()
        keep = [bytearray(k) for k in range(1000)]  # moves what comes next to other addresses
        assert [made() for _ in range(5)] == [first] * 5 and len(keep) == 1000


STEPS = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "row": lambda x, y: x[:1] * y,
    "column": lambda x, y: x + y[:, 1:2],
    "transpose": lambda x, y: y.transpose() if isinstance(y, np.ndarray) else tf.transpose(y),
}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 9), st.integers(0, 9)), max_size=8))
def test_random_expressions_agree_with_difference_quotients(steps):
    def compute(inputs):
        values = list(inputs)
        for kind, i, j in steps:
            values.append(STEPS[kind](values[i % len(values)], values[j % len(values)]) * 0.5)
        return values[-1] * values[-1]

    rng = np.random.default_rng(len(steps))
    a, b, da, db = rng.uniform(0.5, 1.5, (4, 2, 2))
    with tf.Graph().as_default():
        x, y = tf.constant(a), tf.constant(b)
        total = compute([x, y])
        weights = rng.standard_normal((2, 2))
        gx, gy = tf.gradients(total, [x, y], grad_ys=tf.constant(weights))
        zeros = tf.zeros([2, 2], tf.float64)
        got = value([zeros if g is None else g for g in (gx, gy)])

    def along(t):
        return math.fsum((weights * compute([a + t * da, b + t * db])).ravel())

    h = 1e-3
    central = (8 * (along(h) - along(-h)) - (along(2 * h) - along(-2 * h))) / (12 * h)
    assert (got[0] * da).sum() + (got[1] * db).sum() == pytest.approx(central, rel=1e-7, abs=1e-8)
