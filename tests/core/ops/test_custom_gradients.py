"""Functions with gradients of their own; values and errors are those of TensorFlow 1.15.5."""

import numpy as np
import pytest

import kerasflow as tf


def run(tensors):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(tensors)


@pytest.fixture
def x():
    return tf.constant(3.0)


def test_the_gradient_is_what_the_function_says():
    @tf.custom_gradient
    def log1pexp(x):
        e = tf.exp(x)
        return tf.log(1.0 + e), lambda dy: dy * (1.0 - 1.0 / (1.0 + e))

    x = tf.constant(100.0)
    y = log1pexp(x)
    assert y.name == "IdentityN:0" and y.op.get_attr("_gradient_op_type").startswith(b"CustomGradient-")
    assert run(tf.gradients(y, x)) == [1.0]
    assert log1pexp.__name__ == "log1pexp"


def test_what_it_says_is_differentiated_again(x):
    @tf.custom_gradient
    def f(a):
        return a + 1.0, lambda dy: dy * a * 7.0

    (first,) = tf.gradients(f(x), x)
    assert run([first, *tf.gradients(first, x)]) == [21.0, 7.0]


def test_several_results_and_arguments(x):
    v = tf.Variable(1.0)

    @tf.custom_gradient
    def two(a, b):
        return [a + 1.0, b + 1.0], lambda da, db: (da * 2.0, db * 5.0)

    a, b = two(x, v)
    assert run(tf.gradients([a, b], [x, v])) == [2.0, 5.0]
    assert run(tf.gradients(a, [x, v])) == [2.0, 0.0]


def test_variables_have_gradients_in_a_second_list(x):
    v, w = tf.Variable(1.0), tf.Variable(2.0)
    fixed = tf.Variable(4.0, trainable=False)
    seen = []

    @tf.custom_gradient
    def f(a):
        def grad(dy, variables=None):
            seen.extend(variables)
            return dy * 2.0, [dy * 3.0, dy * 5.0]

        return a * w * v * fixed, grad

    y = f(x)
    assert run([y, *tf.gradients(y, [x, w, v, fixed])[:3]]) == [24.0, 2.0, 5.0, 3.0]
    assert seen == [v, w]
    assert tf.gradients(y, fixed) == [None]


def test_it_trains():
    w = tf.Variable(2.0)

    @tf.custom_gradient
    def f(a):
        return a * w, lambda dy, variables: (dy, [dy * 10.0 for _ in variables])

    step = tf.train.GradientDescentOptimizer(0.1).minimize(f(tf.constant(3.0)))
    with tf.Session() as session:
        session.run(w.initializer)
        session.run(step)
        assert session.run(w) == 1.0


def test_in_a_branch(x):
    @tf.custom_gradient
    def f(a):
        return tf.square(a), lambda dy: dy * 100.0

    y = tf.cond(x > 0.0, lambda: f(x), lambda: x)
    assert run([y, *tf.gradients(y, x)]) == [9.0, 100.0]


def test_what_cannot_be_is_refused(x):
    w = tf.Variable(2.0, name="w")

    @tf.custom_gradient
    def uses_w(a):
        return a * w, lambda dy: dy

    with pytest.raises(TypeError, match="uses the variables w, .* must accept a keyword argument 'variables'"):
        uses_w(x)

    @tf.custom_gradient
    def too_many(a):
        return a + 1.0, lambda dy: (dy, dy)

    with pytest.raises(ValueError, match="gives 3 gradients for the 2 inputs of IdentityN"):
        tf.gradients(too_many(x), x)
    with pytest.raises(ValueError, match=r"takes no keyword arguments, got \['a'\]"):
        too_many(a=x)
    with pytest.raises(TypeError, match=r"gives \(result, function\), got"):
        tf.custom_gradient(lambda a: a)(x)


def test_a_function_passes_gradients_through():
    x, w = tf.constant([1.3, -0.6]), tf.Variable(2.0)
    y = tf.grad_pass_through(tf.round)(x)
    assert [v.tolist() for v in run([y, *tf.gradients(y, x)])] == [[1.0, -1.0], [1.0, 1.0]]
    z = tf.grad_pass_through(lambda t: tf.square(t) * w)(x)
    assert run(tf.gradients(z, [x]))[0].tolist() == [1.0, 1.0]
    assert tf.gradients(z, w) == [None]


def test_a_function_is_computed_again():
    x, w = tf.constant(1.3, tf.float64), tf.Variable(2.0, dtype=tf.float64)
    y = tf.recompute_grad(lambda t: tf.sin(t) * w)(x)
    graph = tf.get_default_graph()
    before = [o.type for o in graph.get_operations()].count("Sin")
    by_x, by_w = tf.gradients(y, [x, w])
    assert [o.type for o in graph.get_operations()].count("Sin") == before + 1
    second = tf.gradients(by_x, [x, w])
    expected = [2 * np.sin(1.3), 2 * np.cos(1.3), np.sin(1.3), -2 * np.sin(1.3), np.cos(1.3)]
    np.testing.assert_allclose(run([y, by_x, by_w, *second]), expected, rtol=1e-14)


def test_identity_n_is_one_operation_that_costs_nothing():
    x = tf.constant([1.0, 2.0])
    calls = []
    a, b = tf.identity_n([x, tf.py_func(lambda: calls.append(1) or np.float32(5.0), [], tf.float32)])
    assert a.op is b.op and a.op.type == "IdentityN"
    assert run(b) == 5.0 and calls == [1]
    assert tf.identity_n([x], name="one")[0].name == "one:0"
