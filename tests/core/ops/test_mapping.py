"""`map_fn`, `scan`, `foldl` and `foldr`."""

import numpy as np
import pytest

import kerasflow as tf
from tests.core.ops.harness import _difference


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


@pytest.fixture
def sess(graph):
    with tf.Session(graph=graph) as s:
        yield s


V = np.array([0.7, -1.2, 2.0, 0.4])


class TestMap:
    def test_values_and_shapes(self, sess):
        x = tf.placeholder(tf.float32, [None, 2])
        y = tf.map_fn(lambda row: tf.reduce_sum(row * row), x)
        assert y.shape.as_list() == [None]
        assert tf.map_fn(lambda row: row, tf.zeros([3, 2])).shape.as_list() == [3, 2]
        assert y.name == "map/TensorArrayStack/TensorArrayGatherV3:0"
        for n in (3, 1, 3, 3):
            v = np.arange(2.0 * n).reshape(n, 2)
            np.testing.assert_array_equal(sess.run(y, {x: v}), (v * v).sum(1))

    def test_no_rows(self, sess):
        x = tf.placeholder(tf.float32, [None, 3])
        y = tf.map_fn(lambda row: 2.0 * row[:2], x)
        assert sess.run(y, {x: np.zeros((0, 3))}).shape == (0, 2)
        assert sess.run(tf.gradients(y, x)[0], {x: np.zeros((0, 3))}).shape == (0, 3)

    def test_nests_and_types(self, sess):
        a, b = tf.constant([1, 2, 3]), tf.constant([0.5, 1.0, 2.0])
        y = tf.map_fn(
            lambda row: {"s": tf.to_float(row[0]) + row[1], "n": row[0]}, (a, b), dtype={"s": tf.float32, "n": tf.int32}
        )
        got = sess.run(y)
        assert got["s"].tolist() == [1.5, 3.0, 5.0] and got["n"].tolist() == [1, 2, 3]
        assert sess.run(tf.map_fn(lambda t: tf.size(t), tf.constant([["a", "b"]]), dtype=tf.int32)).tolist() == [2]
        assert sess.run(tf.map_fn(lambda x: x, [a, b]))[1].tolist() == [0.5, 1.0, 2.0]

    def test_gradients_of_both_orders(self, sess):
        x, w = tf.placeholder(tf.float64, [None]), tf.constant(np.float64(1.5))
        y = tf.map_fn(lambda e: tf.sin(e * w) * e, x)
        gx, gw = tf.gradients(y, [x, w])
        hx, hw = tf.gradients([gx, gw], [x, w])
        s, c = np.sin(1.5 * V), np.cos(1.5 * V)
        for _ in range(3):
            got = sess.run([gx, gw, hx, hw], {x: V})
            np.testing.assert_allclose(got[0], s + 1.5 * V * c, rtol=1e-12)
            np.testing.assert_allclose(got[1], np.sum(V * V * c), rtol=1e-12)
            mixed = 2 * V * c - 1.5 * V * V * s
            np.testing.assert_allclose(got[2], 2 * 1.5 * c - 1.5**2 * V * s + mixed, rtol=1e-12)
            np.testing.assert_allclose(got[3], np.sum(mixed) - np.sum(V**3 * s), rtol=1e-12)

    def test_layers_inside_share_their_weights(self, sess):
        x = tf.ones([3, 2, 4])
        y = tf.map_fn(lambda m: tf.layers.dense(m, 5), x)
        assert [v.name for v in tf.global_variables()] == ["dense/kernel:0", "dense/bias:0"]
        sess.run(tf.global_variables_initializer())
        value, kernel, slope = sess.run([y, tf.global_variables()[0], tf.gradients(y, tf.global_variables()[1])[0]])
        np.testing.assert_allclose(value, np.ones((3, 2, 4)) @ kernel, rtol=1e-6, atol=1e-6)
        np.testing.assert_array_equal(slope, [6.0] * 5)

    def test_each_row_draws_numbers(self, graph):
        tf.set_random_seed(3)
        y = tf.map_fn(lambda e: e + tf.random_normal([]), tf.zeros([50]))
        runs = []
        for _ in range(2):
            with tf.Session(graph=graph) as s:
                runs.append(s.run(y))
        np.testing.assert_array_equal(*runs)
        assert len(np.unique(runs[0])) == 50

    @pytest.mark.parametrize(
        ("fn", "elems", "dtype", "error", "match"),
        [
            (3, [3], None, TypeError, "fn must be callable"),
            (lambda x: x, 3, None, ValueError, "1\\+ dimensional Tensor, not a scalar"),
            (lambda x: tf.to_float(x), np.array([3]), None, TypeError, "where a tensor of type int64 is expected"),
            (lambda x: (x, x), np.array([3]), None, ValueError, "same nested structure"),
            (lambda x: x[0], (np.zeros(3), np.zeros(4)), tf.float64, ValueError, "as many rows each, got 3 and 4"),
            (lambda x: x, [], None, ValueError, "at least one tensor"),
        ],
    )
    def test_what_is_refused(self, fn, elems, dtype, error, match):
        with pytest.raises(error, match=match):
            tf.map_fn(fn, elems if isinstance(elems, (tuple, list)) and not elems else elems, dtype)


class TestScan:
    x = np.array([1.0, 2.0, 3.0])

    @pytest.mark.parametrize(
        ("options", "want"),
        [
            ({}, [1, -1, -4]),
            ({"reverse": True}, [0, 1, 3]),
            ({"initializer": 10.0}, [9, 7, 4]),
            ({"initializer": 10.0, "reverse": True}, [4, 5, 7]),
        ],
    )
    def test_values(self, sess, options, want):
        x = tf.placeholder(tf.float32, [None])
        y = tf.scan(lambda a, e: a - e, x, **options)
        for _ in range(3):
            np.testing.assert_array_equal(sess.run(y, {x: self.x}), want)
        assert tf.scan(
            lambda a, e: a - e, tf.zeros([3, 2]), **{k: v for k, v in options.items() if k == "reverse"}
        ).shape.as_list() == [3, 2]

    def test_nests(self, sess):
        a, b = tf.scan(lambda a, x: (a[0] + x[0], a[1] * x[1]), (tf.constant(self.x), tf.constant([1, 2, 3])))
        assert sess.run(a).tolist() == [1, 3, 6] and sess.run(b).tolist() == [1, 2, 6]
        y = tf.scan(lambda a, x: {"s": a["s"] + x}, tf.constant(self.x), {"s": np.float64(0.0)})
        assert sess.run(y)["s"].tolist() == [1, 3, 6]

    def test_no_rows(self, sess):
        assert sess.run(tf.scan(lambda a, x: a + x, tf.zeros([0]), 1.0)).shape == (0,)
        with pytest.raises(ValueError, match="at least one row where there is no initializer"):
            tf.scan(lambda a, x: a + x, tf.zeros([0]))

    @pytest.mark.parametrize("reverse", [False, True])
    def test_gradients_of_both_orders(self, sess, reverse):
        x, w, a0 = tf.placeholder(tf.float64, [None]), tf.constant(np.float64(0.8)), tf.constant(np.float64(0.5))
        y = tf.scan(lambda a, e: tf.sin(a * w) + e * a, x, a0, reverse=reverse)
        c = np.array([1.0, -2.0, 0.5, 3.0])
        g = tf.gradients(y, [x, w, a0], grad_ys=tf.constant(c))
        p = [np.array([0.3, -0.2, 0.9, 0.5]), np.float64(0.4), np.float64(-0.7)]
        h = tf.gradients(g, [x, w, a0], grad_ys=[tf.constant(d) for d in p])

        def f(t):
            e, k, a = V + t * p[0], 0.8 + t * p[1], 0.5 + t * p[2]
            out = np.zeros(4)
            for i in range(4)[::-1] if reverse else range(4):
                a = np.sin(a * k) + e[i] * a
                out[i] = a
            return float(out @ c)

        for _ in range(3):
            first, second = sess.run([g, h], {x: V})
            np.testing.assert_allclose(
                sum(np.sum(a * b) for a, b in zip(first, p, strict=True)), _difference(f, 1e-2), rtol=1e-9
            )
            want = _difference(lambda s: _difference(lambda t: f(s + t), 1e-2), 1e-2)
            np.testing.assert_allclose(sum(np.sum(a * b) for a, b in zip(second, p, strict=True)), want, rtol=1e-7)

    def test_a_gradient_without_initializer(self, sess):
        x = tf.constant(V)
        for reverse in (False, True):
            y = tf.scan(lambda a, e: a * e, x, reverse=reverse)
            g = sess.run(tf.gradients(y, x)[0])
            order = V[::-1] if reverse else V
            want = [sum(np.prod(np.delete(order[: k + 1], i)) for k in range(i, 4)) for i in range(4)]
            np.testing.assert_allclose(g, want[::-1] if reverse else want, rtol=1e-12)

    @pytest.mark.parametrize(
        ("fn", "initializer", "error", "match"),
        [
            (3, None, TypeError, "fn must be callable"),
            (lambda a, x: tf.to_int32(a), 1.0, TypeError, "type float32 into one of type int32"),
            (lambda a, x: tf.stack([a, x]), 1.0, ValueError, r"shape \(\) into one of shape \(2,\)"),
            (lambda a, x: (a, x), 1.0, ValueError, "same nested structure"),
        ],
    )
    def test_what_is_refused(self, fn, initializer, error, match):
        with pytest.raises(error, match=match):
            tf.scan(fn, tf.zeros([3]), initializer)


class TestFolds:
    def test_values(self, sess):
        x = tf.constant([1.0, 2.0, 3.0])
        assert sess.run([tf.foldl(lambda a, e: a - e, x), tf.foldr(lambda a, e: a - e, x)]) == [-4.0, 0.0]
        assert sess.run([tf.foldl(lambda a, e: a - e, x, 10.0), tf.foldr(lambda a, e: 2.0 * a - e, x, 10.0)]) == [
            4.0,
            63.0,
        ]
        assert sess.run(tf.foldl(lambda a, e: a + e, tf.zeros([0]), 7.0)) == 7.0

    def test_nests(self, sess):
        y = tf.foldl(lambda a, e: (a[0] + e, a[1] * e), tf.constant([1.0, 2.0, 3.0]), (0.0, 1.0))
        assert sess.run(y) == (6.0, 6.0)

    @pytest.mark.parametrize("fold", [tf.foldl, tf.foldr])
    def test_gradient(self, sess, fold):
        x = tf.constant(V)
        y = fold(lambda a, e: a * tf.sin(e) + e, x, np.float64(1.0))
        g = sess.run(tf.gradients(y, x)[0])
        for k in range(4):

            def f(t, k=k):
                a = 1.0
                for i in range(4) if fold is tf.foldl else range(4)[::-1]:
                    e = V[i] + t * (i == k)
                    a = a * np.sin(e) + e
                return a

            np.testing.assert_allclose(g[k], _difference(f, 1e-2), rtol=1e-9)

    def test_no_rows_without_an_initializer(self, sess):
        x = tf.placeholder(tf.float32, [None])
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(tf.foldl(lambda a, e: a - e, x), {x: []})
