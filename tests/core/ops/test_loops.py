"""`while_loop`: values, gradients of both orders, state, random numbers, and what is refused."""

import time
import tracemalloc

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.engine.passes import specialise
from kerasflow.core.engine.plan import make_plan
from kerasflow.core.types import Spec
from tests.core.ops.harness import _difference


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


def below(n):
    return lambda i, *_: i < n


class TestValues:
    def test_the_rounds(self, sess):
        n = tf.placeholder(tf.int32, [])
        i, total = tf.while_loop(below(n), lambda i, t: (i + 1, t + 2 * i), (0, 0))
        for _ in range(3):
            assert [sess.run([i, total], {n: v}) for v in (0, 1, 5)] == [[0, 0], [1, 0], [5, 20]]

    def test_a_hundred_thousand(self, sess):
        i = tf.while_loop(lambda i: i < 100_000, lambda i: i + 1, [0])
        assert sess.run(i) == 100_000

    def test_structures(self, sess):
        i, d = tf.while_loop(
            below(5), lambda i, d: (i + 1, {"a": d["a"] * 2, "b": (d["b"][0] + 1.0,)}), (0, {"a": 1, "b": (2.0,)})
        )
        assert sess.run([i, d]) == [5, {"a": 32, "b": (7.0,)}]
        assert isinstance(tf.while_loop(lambda i: i < 1, lambda i: [i + 1], [0]), tf.Tensor)
        assert isinstance(tf.while_loop(lambda i: i < 1, lambda i: (i + 1,), (0,)), tf.Tensor)
        assert isinstance(tf.while_loop(lambda i: i < 1, lambda i: i + 1, [0], return_same_structure=True), list)
        assert isinstance(tf.while_loop(below(1), lambda i, j: [i + 1, j], (0, 1)), tuple)

    def test_names(self):
        inner = []

        def body(i):
            inner.append(tf.multiply(i, 2))
            return i + 1

        y = tf.while_loop(below(3), body, [0])
        assert y.name == "while/Exit:0" and inner[0].name == "while/Mul:0"
        assert [op.type for op in tf.get_default_graph().get_operations() if op.type == "While"] == ["While"]
        assert tf.while_loop(below(3), body, [0], name="again").name == "again/Exit:0"

    def test_maximum_iterations(self, sess):
        m = tf.placeholder(tf.int32, [])
        y = tf.while_loop(lambda i: i < 10, lambda i: i + 1, [3], maximum_iterations=m)
        assert [sess.run(y, {m: v}) for v in (0, 2, 100, -5)] == [3, 5, 10, 3]
        assert sess.run(tf.while_loop(lambda i: True, lambda i: i - 1, [3], maximum_iterations=2)) == 1

    def test_a_shape_that_changes(self, sess):
        _, x = tf.while_loop(
            below(3),
            lambda i, x: (i + 1, tf.concat([x, x], 0)),
            (0, tf.zeros([2])),
            shape_invariants=(tf.TensorShape([]), tf.TensorShape([None])),
        )
        assert x.shape.as_list() == [None]
        for _ in range(3):
            assert sess.run(x).shape == (16,)

    def test_what_is_passed_through(self, sess):
        x = tf.placeholder(tf.float32, [None])
        i, a, b, c = tf.while_loop(below(3), lambda i, a, b, c: (i + 1, a, tf.identity(a), b), (0, x, x, x + 1.0))
        for v in ([1.0, 2.0], [5.0]):
            for got in sess.run([a, b, c], {x: v}):
                np.testing.assert_array_equal(got, v)

    def test_texts(self, sess):
        _, t = tf.while_loop(below(3), lambda i, t: (i + 1, tf.identity(t)), (0, tf.constant("a")))
        assert sess.run(t) == b"a"

    def test_nested(self, sess):
        def row(i, total):
            _, s = tf.while_loop(below(i), lambda j, s: (j + 1, s + i * j), (0, 0))
            return i + 1, total + tf.cond(i % 2 > 0, lambda: s, lambda: -s)

        _, y = tf.while_loop(below(6), row, (0, 0))
        want = sum((1 if i % 2 else -1) * sum(i * j for j in range(i)) for i in range(6))
        for _ in range(3):
            assert sess.run(y) == want

    def test_any_tensor_can_be_fed(self, sess):
        n = tf.constant(3)
        y = tf.while_loop(below(n), lambda i: i + 1, [0])
        assert sess.run(y, {n: 7}) == 7
        assert sess.run(y) == 3
        assert sess.run(y + 1, {y: 41}) == 42

    def test_the_time_of_a_round(self, sess):
        """A round of a counter takes a small multiple of its two operations' time."""
        y = tf.while_loop(lambda i: i < 20_000, lambda i: i + 1, [0])
        sess.run(y)
        a, b = np.int32(3), np.int32(1)

        def measured(run):
            start = time.process_time()
            run()
            return time.process_time() - start

        bare = min(measured(lambda: [np.add(np.less(a, b), a) for _ in range(20_000)]) for _ in range(3))
        assert min(measured(lambda: sess.run(y)) for _ in range(3)) < 25 * bare


class TestShapes:
    """With the shapes of the feeds known, those behind a loop are known too, so that what follows is planned."""

    def known(self, fetches, x, shape):
        plan = make_plan(fetches, (), [x])
        specialise(plan, [Spec(tf.float32, shape)])
        return [plan.specs[f].shape for f in plan.fetches]

    def test_of_a_carry_and_its_gradient(self):
        x = tf.placeholder(tf.float32, [None, 3])
        _, y = tf.while_loop(below(4), lambda i, y: (i + 1, tf.tanh(y @ tf.ones([3, 3]))), (0, x))
        assert y.shape.as_list() == [None, 3]
        g = tf.gradients(y, x)[0]
        assert self.known([y, g], x, (5, 3)) == [(5, 3), (5, 3)]

    def test_of_one_that_changes_for_some_rounds(self):
        """a takes b's shape in the second round, b c's in the first."""
        x = tf.placeholder(tf.float32, [None])
        free = tf.TensorShape([None])
        a, b, c = tf.while_loop(
            lambda *_: False,
            lambda a, b, c: (b, c, tf.identity(c)),
            (x, tf.concat([x, x], 0), x),
            shape_invariants=(free, free, free),
        )
        assert self.known([a, b, c], x, (5,)) == [(None,), (None,), (5,)]

    def test_of_rows_and_lists(self):
        x = tf.placeholder(tf.float32, [None, 2, None])
        y = tf.map_fn(lambda row: tf.exp(row) * 2.0, x)
        a = tf.TensorArray(tf.float32, 1, dynamic_size=True, infer_shape=False)
        _, a = tf.while_loop(below(3), lambda i, a: (i + 1, a.write(i, x[0])), (0, a))
        z = tf.cond(tf.reduce_sum(x) > 0.0, lambda: a.write(7, x[1]), lambda: a)
        assert self.known([y, a.read(0), z.stack()], x, (5, 2, 7)) == [(5, 2, 7), (2, 7), (None, 2, 7)]

    def test_of_a_branch(self):
        x = tf.placeholder(tf.float32, [None, 3])
        y = tf.cond(tf.reduce_sum(x) > 0.0, lambda: x + 1.0, lambda: tf.concat([x[:2], x[2:]], 0))
        assert self.known([y], x, (5, 3)) == [(5, 3)]


class TestPartOfALoop:
    def test_only_what_is_fetched_runs(self, sess):
        def body(i, x):
            x = tf.py_func(boom, [x], tf.float32)
            x.set_shape([])
            return i + 1, x

        i, x = tf.while_loop(below(3), body, (0, 1.0))
        assert sess.run(i) == 3
        with pytest.raises(tf.errors.UnknownError):
            sess.run(x)
        with pytest.raises(tf.errors.UnknownError):
            sess.run(i.op)

    def test_what_is_fetched_has_all_that_leads_to_it(self, sess):
        """Each variable takes what the next one was, so the first knows of the last after four rounds."""
        a, *_ = tf.while_loop(
            lambda a, b, c, d, e, i: i < 5,
            lambda a, b, c, d, e, i: (b, c + 0.0, d + 0.0, e + 0.0, e * 2.0, i + 1),
            (0.0, 1.0, 2.0, 3.0, 4.0, 0),
        )
        assert sess.run(a) == 8.0

    def test_no_round_runs_nothing(self, sess):
        def body(i):
            x = tf.py_func(boom, [i], tf.int32)
            x.set_shape([])
            return x

        assert sess.run(tf.while_loop(lambda i: i < 0, body, [0])) == 0

    def test_what_waits_for_a_loop_has_it_run_whole(self, sess):
        w = tf.Variable(0.0)

        def body(i, x):
            with tf.control_dependencies([w.assign_add(x)]):
                return i + 1, x + 1.0

        i, _ = tf.while_loop(below(3), body, (0, 1.0))
        sess.run(w.initializer)
        assert sess.run(i) == 3
        with tf.control_dependencies([i]):
            done = tf.no_op()
        assert sess.run(w) == 6.0  # the addition of 1 to i waits for the assignment
        sess.run(done)
        assert sess.run(w) == 12.0


class TestState:
    def test_assignments_in_each_round(self, sess):
        w = tf.Variable(1.0)

        def body(i):
            with tf.control_dependencies([w.assign_add(2.0)]):
                return i + 1

        y = tf.while_loop(below(5), body, [0])
        sess.run(w.initializer)
        for k in range(3):
            assert sess.run(y) == 5
            assert sess.run(w) == 11.0 + 10.0 * k

    def test_a_variable_is_read_in_each_round(self, sess):
        w = tf.Variable(1.0)

        def body(i, total):
            with tf.control_dependencies([w.assign(w + 1.0)]):
                i = i + 1
            return i, total + w

        _, y = tf.while_loop(below(5), body, (0, 0.0))
        for _ in range(3):
            sess.run(w.initializer)
            assert sess.run(y) == 2.0 + 3.0 + 4.0 + 5.0 + 6.0
            assert sess.run(w) == 6.0

    def test_what_was_read_before_keeps_its_value(self, sess):
        w = tf.Variable([1.0])
        before = tf.identity(w)

        def body(i, total):
            with tf.control_dependencies([w.assign_add([1.0])]):
                return i + 1, total + before

        _, y = tf.while_loop(below(4), body, (0, tf.zeros([1])))
        for _ in range(3):
            sess.run(w.initializer)
            assert sess.run(y) == [4.0]

    def test_what_was_read_before_keeps_its_value_for_what_is_only_run(self, sess):
        w, v = tf.Variable([1.0]), tf.Variable([0.0])
        before = tf.identity(w)

        def body(i):
            with tf.control_dependencies([w.assign_add([1.0])]):
                added = v.assign_add(before)
            with tf.control_dependencies([added]):
                return i + 1

        y = tf.while_loop(below(4), body, [0])
        for _ in range(3):
            sess.run([w.initializer, v.initializer])
            sess.run(y.op)
            assert sess.run(v) == [4.0]

    def test_an_assignment_that_only_something_fixed_waits_for(self, sess):
        w, x = tf.Variable(0.0), tf.constant(3.0)

        def body(i, y):
            with tf.control_dependencies([w.assign_add(1.0)]):
                z = tf.square(x)
            return i + 1, y + z

        _, y = tf.while_loop(below(4), body, (0, 0.0))
        sess.run(w.initializer)
        assert sess.run(y) == 36.0
        assert sess.run(w) == 4.0

    def test_sessions_are_apart(self, graph):
        w = tf.Variable(1.0)

        def body(i):
            with tf.control_dependencies([w.assign_add(1.0)]):
                return i + 1

        y = tf.while_loop(below(3), body, [0])
        with tf.Session(graph=graph) as a, tf.Session(graph=graph) as b:
            a.run(w.initializer)
            b.run(w.initializer)
            a.run(y)
            assert (a.run(w), b.run(w)) == (4.0, 1.0)

    def test_variables_made_inside_are_made_outside(self, sess):
        def body(i, x):
            v = tf.get_variable("v", [], initializer=tf.ones_initializer(), regularizer=lambda v: 3.0 * v)
            with tf.variable_scope("inner"):
                dense = tf.layers.dense(x, 2, kernel_initializer=tf.ones_initializer(), name="d")
            return i + 1, dense * v + tf.Variable(lambda: tf.zeros([]), name="z")

        _, y = tf.while_loop(below(3), body, (0, tf.ones([1, 2])))
        names = ["v:0", "inner/d/kernel:0", "inner/d/bias:0", "while/z:0"]
        assert [v.name for v in tf.global_variables()] == names
        sess.run(tf.global_variables_initializer())
        np.testing.assert_array_equal(sess.run(y), [[8.0, 8.0]])
        assert sess.run(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)) == [3.0]
        grads = tf.gradients(y, tf.trainable_variables())
        assert all(g is not None for g in grads)
        np.testing.assert_allclose(sess.run(grads[0]), 48.0)  # y = (2 v)^3 twice

    def test_an_initial_value_from_inside_is_refused(self):
        with pytest.raises(
            ValueError, match="initial value of variable 'Variable' is computed inside the loop 'while'"
        ):
            tf.while_loop(lambda i: i < 3.0, lambda i: i + tf.Variable(tf.zeros([])), [0.0])


class TestRandomNumbers:
    def draw(self, seed=None):
        def body(i, first, last):
            x = tf.random_uniform([4], seed=seed)
            return i + 1, tf.cond(tf.equal(i, 0), lambda: x, lambda: first), x

        return tf.while_loop(below(3), body, (0, tf.zeros([4]), tf.zeros([4])))[1:]

    def test_each_round_draws_and_a_seed_repeats(self, graph):
        tf.set_random_seed(1)
        fetches = [self.draw(), self.draw(7)]
        runs = []
        for _ in range(2):
            with tf.Session(graph=graph) as s:
                runs.append([np.array(s.run(fetches)) for _ in range(2)])
        np.testing.assert_array_equal(runs[0], runs[1])
        drawn = np.array(runs[0]).reshape(-1, 4)
        assert len(np.unique(drawn, axis=0)) == len(drawn)

    def test_the_way_back_sees_the_numbers_of_the_way_there(self, sess):
        x = tf.constant(np.arange(1.0, 4.0))

        def body(i, y, product):
            r = tf.random_uniform([3], 0.5, 1.5, dtype=tf.float64)
            return i + 1, y * r, product * r

        _, y, product = tf.while_loop(below(4), body, (0, x, tf.ones([3], tf.float64)))
        g = tf.gradients(y, x)[0]
        for _ in range(3):
            got, want = sess.run([g, product])
            np.testing.assert_allclose(got, want, rtol=1e-14)


def reference(x, w, n):
    y = x.copy()
    for i in range(n):
        y = np.tanh(y @ w) + y * np.sin(i + 1.0)
    return y


class TestGradients:
    x = np.array([[0.3, -0.7, 0.2]])
    w = np.array([[0.5, -0.2, 0.1], [0.3, 0.8, -0.4], [-0.6, 0.2, 0.7]])

    def build(self, x, w, n):
        def body(i, y):
            k = tf.cast(i, tf.float64)
            return i + 1, tf.tanh(tf.matmul(y, w)) + y * tf.sin(k + 1.0)

        return tf.while_loop(below(n), body, (0, x))[1]

    @pytest.mark.parametrize("known", [True, False])
    def test_of_both_orders_against_differences(self, sess, known):
        x = tf.placeholder(tf.float64, [1, 3] if known else None)
        w = tf.Variable(self.w)
        n = tf.placeholder(tf.int32, [])
        y = self.build(x, w, n)
        if not known:
            y.set_shape([1, 3])
        c = np.array([[1.0, 2.0, -1.0]])
        gx, gw = tf.gradients(tf.reduce_sum(y * c), [x, w])
        p, q = np.array([[0.3, 0.5, -0.9]]), np.array([[0.1, 0.7, -0.2], [0.9, -0.4, 0.6], [0.2, 0.3, -0.8]])
        hx, hw = tf.gradients([gx, gw], [x, w], grad_ys=[tf.constant(p), tf.constant(q)])
        sess.run(w.initializer)

        def moved(t, s=0.0):
            return float(np.sum(c * reference(self.x + (t + s) * p, self.w + (t + s) * q, 4)))

        for _ in range(3):
            a, b, ha, hb = sess.run([gx, gw, hx, hw], {x: self.x, n: 4})
            np.testing.assert_allclose(np.sum(a * p) + np.sum(b * q), _difference(moved, 1e-2), rtol=1e-10)
            second = _difference(lambda s: _difference(lambda t: moved(t, s), 1e-2), 1e-2)  # noqa: B023
            np.testing.assert_allclose(np.sum(ha * p) + np.sum(hb * q), second, rtol=1e-7)
        a, b = sess.run([gx, gw], {x: self.x, n: 0})
        np.testing.assert_array_equal(a, c)
        np.testing.assert_array_equal(b, np.zeros_like(self.w))

    def test_of_the_third_order(self, sess):
        x = tf.placeholder(tf.float64, [])
        _, y = tf.while_loop(below(3), lambda i, y: (i + 1, y * y * x), (0, x))  # x^15
        orders = [y]
        for _ in range(3):
            orders.append(tf.gradients(orders[-1], x)[0])
        np.testing.assert_allclose(sess.run(orders, {x: 1.1}), [
            1.1**15, 15 * 1.1**14, 210 * 1.1**13, 2730 * 1.1**12], rtol=1e-12)  # fmt: skip

    def test_by_carries_that_hang_together(self, sess):
        """y depends on z of the round before, which depends on x."""
        x = tf.placeholder(tf.float64, [])
        _, y, z = tf.while_loop(below(4), lambda i, y, z: (i + 1, y + z * z, z * x), (0, tf.zeros([], tf.float64), x))
        g = tf.gradients(y, x)[0]  # y = x^2 + x^4 + x^6 + x^8
        np.testing.assert_allclose(sess.run(g, {x: 1.2}), sum(k * 1.2 ** (k - 1) for k in (2, 4, 6, 8)), rtol=1e-12)

    def test_through_conditions_and_inner_loops(self, sess):
        x = tf.placeholder(tf.float64, [])

        def body(i, y):
            _, z = tf.while_loop(below(i), lambda j, z: (j + 1, z * x + y), (0, y))
            return i + 1, tf.cond(tf.equal(i % 2, 0), lambda: tf.sin(z), lambda: z * y)

        _, y = tf.while_loop(below(4), body, (0, x))
        g = tf.gradients(y, x)[0]
        h = tf.gradients(g, x)[0]

        def f(t):
            v = 0.8 + t
            y = v
            for i in range(4):
                z = y
                for _ in range(i):
                    z = z * v + y
                y = np.sin(z) if i % 2 == 0 else z * y
            return y

        for _ in range(3):
            got = sess.run([y, g, h], {x: 0.8})
            want = [f(0.0), _difference(f, 1e-2), _difference(lambda s: _difference(lambda t: f(s + t), 1e-2), 1e-2)]
            np.testing.assert_allclose(got, want, rtol=1e-7)

    def test_a_loop_inside_a_condition_inside_a_loop_with_variables(self, sess):
        w = tf.Variable(np.float64(0.9))
        x = tf.constant(np.float64(1.3))

        def body(i, y):
            def long():
                return tf.while_loop(below(i + 1), lambda j, z: (j + 1, z * w), (0, y))[1]

            return i + 1, tf.cond(i > 0, long, lambda: y + x)

        _, y = tf.while_loop(below(3), body, (0, x))  # 2 x w^2 w^3
        sess.run(w.initializer)
        got = sess.run([y, *tf.gradients(y, [x, w])])
        np.testing.assert_allclose(got, [2.6 * 0.9**5, 2 * 0.9**5, 13.0 * 0.9**4], rtol=1e-12)

    def test_a_variable_read_anew_in_each_round(self, sess):
        w = tf.Variable(np.float64(3.0))

        def body(i, y):
            with tf.control_dependencies([tf.no_op()]):
                return i + 1, y * w

        _, y = tf.while_loop(below(3), body, (0, tf.ones([], tf.float64)))
        sess.run(w.initializer)
        assert sess.run(tf.gradients(y, w)[0]) == 27.0

    def test_a_variable_that_the_loop_changes(self, sess):
        """Each round's factor is the variable's value in that round."""
        w = tf.Variable(np.float64(2.0))

        def body(i, y):
            y = y * w
            with tf.control_dependencies([y]), tf.control_dependencies([w.assign_add(1.0)]):
                return i + 1, tf.identity(y)

        _, y = tf.while_loop(below(3), body, (0, tf.ones([], tf.float64)))
        g = tf.gradients(y, w)[0]  # d/dw of 2 * 3 * 4, by each of the readings
        for _ in range(3):
            sess.run(w.initializer)
            assert sess.run([y, g]) == [24.0, 12.0 + 8.0 + 6.0]

    def test_rows_gathered_in_a_loop(self, sess):
        table = tf.Variable(np.arange(6.0).reshape(3, 2))
        _, y = tf.while_loop(
            below(4),
            lambda i, y: (i + 1, y + tf.reduce_sum(tf.gather(table, [i % 3]) ** 2)),
            (0, tf.zeros([], tf.float64)),
        )
        g = tf.gradients(y, table)[0]
        sess.run(table.initializer)
        np.testing.assert_allclose(sess.run(g), 2 * np.arange(6.0).reshape(3, 2) * [[2], [1], [1]])

    def test_none_where_nothing_flows(self):
        x, z = tf.constant(1.0), tf.constant(2.0)
        i, y = tf.while_loop(below(3), lambda i, y: (i + 1, y * 2.0), (0, x))
        assert tf.gradients(y, z) == [None]
        assert tf.gradients(i, x) == [None]
        _, y = tf.while_loop(below(3), lambda i, y: (i + 1, y * 2.0), (0, x), back_prop=False)
        assert tf.gradients(y, x) == [None]

    def test_what_cannot_be_differentiated_matters_only_on_the_way(self):
        x = tf.constant([1.0, 2.0])
        _, y, z = tf.while_loop(below(3), lambda i, y, z: (i + 1, y * 2.0, tf.random_shuffle(z)), (0, x, x))
        assert tf.gradients(y, x)[0] is not None
        with pytest.raises(LookupError, match="RandomShuffle"):
            tf.gradients(z, x)
        start = tf.constant([3.0, 4.0])
        _, y, z = tf.while_loop(below(3), lambda i, y, z: (i + 1, y * 2.0, tf.random_shuffle(z)), (0, x, start))
        assert tf.gradients(y + z, x)[0] is not None
        with pytest.raises(LookupError, match="RandomShuffle"):
            tf.gradients(y + z, start)

    def test_taken_inside_a_body(self, sess):
        """Newton's method: the derivative is taken in each round."""

        def body(i, x):
            f = x * x * x - 2.0
            return i + 1, x - f / tf.gradients(f, x)[0]

        _, x = tf.while_loop(below(6), body, (0, tf.constant(1.5, tf.float64)))
        np.testing.assert_allclose(sess.run(x), 2.0 ** (1 / 3), rtol=1e-14)

    def test_a_jacobian_row_by_row(self, sess):
        """What is differentiated in the body was computed outside, from a variable too, and partly by a loop."""
        x, w = tf.placeholder(tf.float64, [3]), tf.Variable(np.array([1.0, 2.0, -1.0]))
        _, y = tf.while_loop(below(2), lambda i, y: (i + 1, y * x), (0, x * w))  # x^3 w
        y = tf.sin(y)

        def row(j, by_x, by_w):
            gx, gw = tf.gradients(y[j] * 2.0, [x, w])
            return j + 1, by_x.write(j, gx), by_w.write(j, gw)

        start = (0, tf.TensorArray(tf.float64, 3), tf.TensorArray(tf.float64, 3))
        _, by_x, by_w = tf.while_loop(below(3), row, start)
        by_x, by_w = by_x.stack(), by_w.stack()
        again = tf.gradients(by_w, x)[0]
        sess.run(w.initializer)
        v, k = np.array([0.5, -0.7, 1.1]), np.array([1.0, 2.0, -1.0])
        for _ in range(3):
            got = sess.run([by_x, by_w, again], {x: v})
            c, s = np.cos(v**3 * k), np.sin(v**3 * k)
            np.testing.assert_allclose(got[0], np.diag(6 * v**2 * k * c), rtol=1e-12, atol=1e-15)
            np.testing.assert_allclose(got[1], np.diag(2 * v**3 * c), rtol=1e-12, atol=1e-15)
            np.testing.assert_allclose(got[2], 6 * v**2 * c - 6 * v**5 * k * s, rtol=1e-12)

    def test_in_a_loop_in_a_branch_by_what_is_outside_of_both(self, sess):
        x = tf.placeholder(tf.float64, [])
        z = x * x
        p = tf.placeholder(tf.bool, [])

        def branch():
            q = z * 3.0
            return tf.while_loop(below(2), lambda i, t: (i + 1, t + tf.gradients(q * x * t, x)[0]), (0, z))[1]

        y = tf.cond(p, branch, lambda: x)
        for _ in range(3):
            t = 0.25
            for _ in range(2):  # q x t = 3 x^3 t, where t is a value and no function of x
                t += 9 * 0.25 * t
            np.testing.assert_allclose(sess.run(y, {x: 0.5, p: True}), t, rtol=1e-12)
            assert sess.run(y, {x: 0.5, p: False}) == 0.5

    def test_training_inside_a_loop(self, sess):
        w = tf.Variable(0.0)
        opt = tf.train.GradientDescentOptimizer(0.1)

        def body(i):
            with tf.control_dependencies([opt.minimize((w - 3.0) ** 2, var_list=[w])]):
                return i + 1

        y = tf.while_loop(below(50), body, [0])
        sess.run(w.initializer)
        sess.run(y)
        np.testing.assert_allclose(sess.run(w), 3.0 * (1 - 0.8**50), rtol=1e-5)

    def test_a_long_loop(self, sess):
        x = tf.constant(np.float64(1e-4))
        _, y = tf.while_loop(below(5000), lambda i, y: (i + 1, y + x * y), (0, tf.ones([], tf.float64)))
        np.testing.assert_allclose(sess.run(tf.gradients(y, x)[0]), 5000 * (1 + 1e-4) ** 4999, rtol=1e-9)


class TestWhatIsTheSameInAllRounds:
    def test_it_is_computed_once_and_only_if_there_is_a_round(self, sess):
        n = tf.placeholder(tf.int32, [])
        x = tf.constant([1.0, 2.0])
        calls = []

        def once(v):
            calls.append(v)
            return v * 2.0

        def body(i, y):
            twice = tf.py_func(once, [tf.square(x)], tf.float32, stateful=False)
            twice.set_shape([2])
            return i + 1, y + twice

        _, y = tf.while_loop(below(n), body, (0, tf.zeros([2])))
        for rounds, count in ((0, 0), (5, 1), (5, 2), (2, 3)):
            np.testing.assert_array_equal(sess.run(y, {n: rounds}), [2.0 * rounds, 8.0 * rounds])
            assert len(calls) == count

    def test_a_condition_that_takes_all_there_is(self, sess):
        n = tf.placeholder(tf.int32, [])
        y = tf.while_loop(lambda i: i < n, lambda i: i + n * n, [0])
        assert [sess.run(y, {n: v}) for v in (0, 1, 3, 3, 3)] == [0, 1, 9, 9, 9]
        z = tf.while_loop(lambda i: i < 10 * n, lambda i: i + n * n, [0])
        assert [sess.run(z, {n: v}) for v in (0, 1, 3, 3, 3)] == [0, 10, 36, 36, 36]

    def test_what_has_state_is_computed_in_each(self, sess):
        w = tf.Variable(1.0)
        x = tf.constant(2.0)
        calls = []

        def body(i, y):
            drawn = tf.py_func(lambda v: calls.append(v) or v, [x], tf.float32)
            drawn.set_shape([])
            with tf.control_dependencies([w.assign_add(drawn)]):
                return i + 1, y + w * x

        _, y = tf.while_loop(below(3), body, (0, 0.0))
        sess.run(w.initializer)
        assert sess.run(y) == 2.0 * (3.0 + 5.0 + 7.0) and len(calls) == 3

    def test_it_is_not_kept_for_each_round(self, sess):
        w = tf.Variable(tf.random_normal([300, 300], stddev=0.05, seed=1))
        _, y = tf.while_loop(
            below(100), lambda i, y: (i + 1, tf.tanh(tf.matmul(y, tf.transpose(w) * 2.0))), (0, tf.ones([4, 300]))
        )
        g = tf.gradients(y, w)[0]
        sess.run(w.initializer)
        sess.run(g)
        tracemalloc.start()
        sess.run(g)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 20 * w.shape.num_elements() * 4  # and not 100 copies


class TestMemory:
    def test_what_the_way_back_needs_is_kept_only_for_it(self, sess):
        x = tf.placeholder(tf.float32, [250_000])
        _, y = tf.while_loop(below(50), lambda i, y: (i + 1, tf.sin(y)), (0, x))
        g = tf.gradients(y, x)[0]
        feeds = {x: np.ones(250_000, np.float32)}
        for fetch, least, most in ((y, 0, 10e6), (g, 45e6, 130e6), (y, 0, 10e6)):
            sess.run(fetch, feeds)
            tracemalloc.start()
            sess.run(fetch, feeds)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert least <= peak < most


class TestErrors:
    @pytest.mark.parametrize(
        ("cond", "body", "loop_vars", "options", "error", "match"),
        [
            (lambda: True, lambda: None, [], {}, ValueError, "No loop variables provided"),
            (1, lambda i: i, [0], {}, TypeError, "cond must be callable"),
            (lambda i: i, 1, [0], {}, TypeError, "body must be callable"),
            (lambda i: i < 1, lambda i: i, [0], {"parallel_iterations": 0}, TypeError, "must be a positive integer"),
            (lambda i, j: i < 1, lambda i, j: i, [0, 1], {}, ValueError, "same nested structure"),
            (lambda i: i < 1, lambda i: (i, i), [0], {}, ValueError, "same nested structure"),
            (lambda i, d: i < 1, lambda i, d: [i, [d[0]]], [3, (4,)], {}, TypeError, "same nested structure"),
            (lambda i: i, lambda i: i - 1, [3], {}, TypeError, "must return a boolean tensor"),
            (lambda i: tf.constant([True]), lambda i: i - 1, [3], {}, ValueError, "must return a scalar"),
            (lambda i: i < 3, lambda i: tf.to_float(i), [0], {}, TypeError, "type int32, but has type float32"),
            (lambda i: i < 3, lambda i: i, [0], {"maximum_iterations": [2]}, ValueError, r"saw shape: \(1,\)"),
            (lambda i: i < 3, lambda i: i, [0], {"maximum_iterations": 2.0}, TypeError, "must be an integer"),
            (
                lambda x: True,
                lambda x: tf.concat([x, x], 0),
                [np.zeros(2, np.float32)],
                {},
                ValueError,
                r"enters the loop with shape \(2,\), but has shape \(4,\) after one iteration",
            ),
            (
                lambda x: True,
                lambda x: x,
                [np.zeros(2, np.float32)],
                {"shape_invariants": [tf.TensorShape([3])]},
                ValueError,
                r"enters the loop with shape \(2,\), but the specified shape invariant is \(3,\)",
            ),
            (
                lambda x, y: True,
                lambda x, y: (x, y),
                [1, 2],
                {"shape_invariants": [tf.TensorShape([])]},
                ValueError,
                "same nested structure",
            ),
        ],
    )
    def test_what_is_refused(self, cond, body, loop_vars, options, error, match):
        with pytest.raises(error, match=match):
            tf.while_loop(cond, body, loop_vars, **options)

    def test_an_error_names_the_line_in_the_body(self, sess):
        x = tf.placeholder(tf.float32, None)

        def body(i, y):
            return i + 1, tf.matmul(y, x)

        _, y = tf.while_loop(
            below(3), body, (0, tf.ones([2, 2])), shape_invariants=(tf.TensorShape([]), tf.TensorShape(None))
        )
        for _ in range(3):
            with pytest.raises(
                tf.errors.InvalidArgumentError, match=r"'while/MatMul'.*test_loops.py:\d+, in body"
            ) as e:
                sess.run(y, {x: np.ones((2, 3))})
            assert e.value.op.type == "MatMul"

    def test_what_is_inside_stays_inside(self, sess):
        inner = []
        tf.while_loop(below(3), lambda i: inner.append(i * 2) or i + 1, [0])
        with pytest.raises(ValueError, match="inside the loop 'while'"):
            sess.run(inner[0])
        with pytest.raises(ValueError, match="inside the loop 'while'"):
            inner[0] + 1
        with pytest.raises(ValueError, match="inside the loop 'while'"):
            tf.group(inner[0])
        with pytest.raises(KeyError, match="no operation 'while/mul'"):
            tf.get_default_graph().get_tensor_by_name("while/mul:0")

    def test_a_finalized_graph(self, graph):
        graph.finalize()
        with pytest.raises(RuntimeError, match="finalized"):
            tf.while_loop(below(3), lambda i: i + 1, [0])

    def test_an_error_in_a_round_leaves_the_session_usable(self, sess):
        n = tf.placeholder(tf.int32, [])
        y = tf.while_loop(lambda i: i < 5, lambda i: i + 6 // (i - n), [0])
        for _ in range(3):
            with pytest.raises(tf.errors.InvalidArgumentError):
                sess.run(y, {n: 0})
            assert sess.run(y, {n: -2}) == 5
