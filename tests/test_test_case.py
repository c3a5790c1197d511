"""`tf.test`: what its cases set up, compare and refuse."""

import os
import random
import unittest

import numpy as np
import pytest

import kerasflow as tf


class Example(tf.test.TestCase):
    """Run by hand below, test by test."""

    __test__ = False

    def runTest(self):
        pass


@pytest.fixture
def case():
    made = Example()
    made.setUp()
    yield made
    made.tearDown()
    made.doCleanups()


def fails(function, *args, **kwargs):
    with pytest.raises(AssertionError):
        function(*args, **kwargs)


def test_each_test_starts_anew(case):
    drawn = random.random(), np.random.rand(), tf.Session().run(tf.random_uniform([]))
    tf.constant(1.0)
    case.setUp()
    assert not tf.get_default_graph().get_operations()
    assert drawn == (random.random(), np.random.rand(), tf.Session().run(tf.random_uniform([])))


def test_sessions(case):
    w = tf.Variable(3.0)
    with case.session() as first:
        first.run(w.initializer)
        assert w.eval() == 3.0
    with case.cached_session() as one:
        one.run(w.initializer)
    with case.test_session() as two:
        assert two is one and case.evaluate(w) == 3.0
    assert case.evaluate({"w": w + 1.0}) == {"w": 4.0}
    with case.test_session(graph=tf.Graph()) as other:
        assert other is not one
    case.tearDown()
    with pytest.raises(RuntimeError, match="closed"):
        one.run(w)


def test_folders(case):
    folder = case.get_temp_dir()
    assert os.path.isdir(folder) and case.get_temp_dir() == folder
    case.doCleanups()
    assert not os.path.exists(folder) and os.path.isdir(tf.test.get_temp_dir())


def test_comparing(case):
    x = tf.constant([1.0, 2.0])
    case.assertAllEqual(x, [1.0, 2.0])
    case.assertAllEqual(tf.constant(["a"]), np.array([b"a"], object))
    fails(case.assertAllEqual, [1, 2], [1, 3])
    fails(case.assertAllEqual, [1, 2], [[1, 2], [1, 3]])
    case.assertNotAllEqual([1], [2])
    fails(case.assertNotAllEqual, [1], x[:1])
    case.assertAllClose([1.0, 2.0 + 1e-7], x)
    fails(case.assertAllClose, [1.0, 2.0 + 1e-4], x)
    case.assertAllClose({"a": [1.0], "b": [[1.0], [2.0, 3.0]]}, {"a": [1.0], "b": [[1.0], [2.0, 3.0]]})
    fails(case.assertAllClose, {"a": [1.0]}, {"a": [1.1]})
    fails(case.assertAllClose, {"a": [1.0]}, {"b": [1.0]})
    fails(case.assertAllClose, [[1.0], [2.0, 3.0]], [[1.0], [2.0, 3.5]])
    case.assertNotAllClose([1.0], [1.1])
    fails(case.assertNotAllClose, [1.0], [1.0])
    case.assertAllCloseAccordingToType(np.float16([1.0005]), np.float16([1.0]))
    fails(case.assertAllCloseAccordingToType, np.float32([1.0005]), np.float32([1.0]))
    case.assertNear(1.0, 1.05, 0.1)
    fails(case.assertNear, 1.0, 1.2, 0.1)
    case.assertArrayNear([1.0], [1.05], 0.1)
    fails(case.assertArrayNear, [1.0, 2.0], [1.0], 0.1)
    case.assertShapeEqual(np.zeros(2), x)
    fails(case.assertShapeEqual, np.zeros(3), x)
    case.assertDTypeEqual(x, np.float32)
    case.assertStartsWith("abc", "ab")
    fails(case.assertStartsWith, "abc", "b")


def test_errors(case):
    x = tf.placeholder(tf.float32, name="x")
    with case.assertRaisesOpError("must feed a value"), case.session() as session:
        session.run(x + 1.0)
    with case.assertRaisesWithPredicateMatch(ValueError, lambda e: e.args == (1,)):
        raise ValueError(1)
    with pytest.raises(AssertionError, match="is not what was expected"):
        with case.assertRaisesWithPredicateMatch(ValueError, "two"):
            raise ValueError("one")


def test_gradients_by_differences():
    x = tf.constant([[1.0, 2.0]])
    y = tf.stack([x[0, 0] * x[0, 1], x[0, 1] ** 2, tf.constant(5.0)])
    with tf.Session():
        exact, near = tf.test.compute_gradient(x, [1, 2], y, [3], np.array([[3.0, 0.5]]))
        wrong = tf.stop_gradient(x) * x
        error = tf.test.compute_gradient_error(x, [1, 2], wrong, [1, 2], np.array([[3.0, 0.5]]))
    np.testing.assert_allclose(exact, [[0.5, 0.0, 0.0], [3.0, 1.0, 0.0]])
    np.testing.assert_allclose(near, exact, atol=1e-3)
    np.testing.assert_allclose(error, 3.0, atol=1e-2)
    with pytest.raises(ValueError, match="no default session"):
        tf.test.compute_gradient(x, [1, 2], y, [3])


def test_it_runs_under_unittest():
    class Program(tf.test.TestCase):
        def test_sum(self):
            with self.test_session():
                self.assertAllEqual((tf.constant(1) + 1).eval(), 2)

        def test_wrong(self):
            self.assertAllEqual([1], [2])

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Program).run(result)
    assert (len(result.failures), len(result.errors), len(result.skipped)) == (1, 0, 1)
    assert tf.test.mock.Mock and not tf.test.is_gpu_available() and not tf.test.is_built_with_cuda()
