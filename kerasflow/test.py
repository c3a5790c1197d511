"""Tests of programs, `tf.test`: `TestCase` with a fresh graph for each test, and what compares arrays."""

import contextlib
import random
import re
import tempfile
import unittest
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from unittest import mock

import numpy as np

from kerasflow.core.autodiff import gradients
from kerasflow.core.errors import OpError
from kerasflow.core.graph import default_graph, reset_default_graph
from kerasflow.core.ops import convert_to_tensor, reshape
from kerasflow.core.scopes import set_random_seed
from kerasflow.core.session import Session, get_default_session
from kerasflow.core.tensor import Tensor

__all__ = [
    "TestCase",
    "compute_gradient",
    "compute_gradient_error",
    "get_temp_dir",
    "gpu_device_name",
    "is_built_with_cuda",
    "is_built_with_gpu_support",
    "is_built_with_rocm",
    "is_gpu_available",
    "main",
    "mock",
]

_SEED = 87654321
_folders: dict[str, tempfile.TemporaryDirectory[str]] = {}


class TestCase(unittest.TestCase):
    """A test case that begins each test with an empty default graph and the same seeds."""

    __test__ = False  # of this class itself, for pytest

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.__test__ = True

    def setUp(self) -> None:
        """Start with an empty graph, and with seeds for Python, NumPy and the graph."""
        super().setUp()
        self._cached: Session | None = None
        random.seed(_SEED)
        np.random.seed(_SEED)
        reset_default_graph()
        set_random_seed(_SEED)

    def tearDown(self) -> None:
        """Close the session that `cached_session` made."""
        if self._cached is not None:
            self._cached.close()
        super().tearDown()

    def get_temp_dir(self) -> str:
        """A folder of this test's own, which is gone when the test is over."""
        if not hasattr(self, "_folder"):
            self._folder = tempfile.TemporaryDirectory()
            self.addCleanup(self._folder.cleanup)
        return self._folder.name

    @contextlib.contextmanager
    def session(
        self, graph: Any = None, config: Any = None, use_gpu: bool = False, force_gpu: bool = False
    ) -> Iterator[Session]:
        """A new session, which is the default one within the block."""
        with Session(graph=graph or default_graph(), config=config) as made:
            yield made

    @contextlib.contextmanager
    def cached_session(
        self, graph: Any = None, config: Any = None, use_gpu: bool = False, force_gpu: bool = False
    ) -> Iterator[Session]:
        """The session of this test, the same each time; it keeps its variables until the test is over."""
        if self._cached is None:
            self._cached = Session(graph=graph or default_graph(), config=config)
        with self._cached.graph.as_default(), self._cached.as_default():
            yield self._cached

    def test_session(
        self, graph: Any = None, config: Any = None, use_gpu: bool = False, force_gpu: bool = False
    ) -> Any:
        """`cached_session`, or with a graph a new session."""
        if self._testMethodName == "test_session":
            self.skipTest("it is named like a test, and is none")
        if graph is not None:
            return self.session(graph, config, use_gpu, force_gpu)
        return self.cached_session(graph, config, use_gpu, force_gpu)

    def evaluate(self, tensors: Any) -> Any:
        """The values of tensors, in the default session or in that of this test."""
        session = get_default_session()
        if session is not None:
            return session.run(tensors)
        with self.cached_session() as made:
            return made.run(tensors)

    # Comparing.

    def _value(self, x: Any) -> Any:
        if isinstance(x, Tensor) or hasattr(x, "__tensor__"):
            return self.evaluate(x)
        return np.asarray(x) if not isinstance(x, (str, bytes)) else np.array(x, object)

    def assertAllEqual(self, a: Any, b: Any, msg: str | None = None) -> None:
        """Fail unless two arrays have the same shape and elements."""
        np.testing.assert_array_equal(self._value(a), self._value(b), msg or "")

    def assertNotAllEqual(self, a: Any, b: Any, msg: str | None = None) -> None:
        """Fail if two arrays have the same shape and elements."""
        if np.array_equal(self._value(a), self._value(b)):
            self.fail(msg or "the two arrays are equal")

    def assertAllClose(self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, msg: str | None = None) -> None:
        """Fail unless ``|a - b| <= atol + rtol |b|`` everywhere; of dicts and lists entry by entry."""
        if isinstance(a, Mapping) or isinstance(b, Mapping):
            self.assertEqual(set(a), set(b), msg)
            for key in a:
                self.assertAllClose(a[key], b[key], rtol, atol, f"[{key!r}] {msg or ''}")
            return
        try:
            x, y = self._value(a), self._value(b)
        except ValueError:  # lists of arrays of different shapes
            self.assertEqual(len(a), len(b), msg)
            for i, (p, q) in enumerate(zip(a, b, strict=True)):
                self.assertAllClose(p, q, rtol, atol, f"[{i}] {msg or ''}")
            return
        np.testing.assert_allclose(x, y, rtol=rtol, atol=atol, err_msg=msg or "")

    def assertAllCloseAccordingToType(
        self,
        a: Any,
        b: Any,
        rtol: float = 1e-6,
        atol: float = 1e-6,
        float_rtol: float = 1e-6,
        float_atol: float = 1e-6,
        half_rtol: float = 1e-3,
        half_atol: float = 1e-3,
    ) -> None:
        """`assertAllClose` with the tolerances of the less precise of the two types."""
        x, y = self._value(a), self._value(b)
        size = min(x.dtype.itemsize, y.dtype.itemsize)
        pair = (half_rtol, half_atol) if size == 2 else (float_rtol, float_atol) if size == 4 else (rtol, atol)
        self.assertAllClose(x, y, *pair)

    def assertNotAllClose(self, a: Any, b: Any, **kwargs: Any) -> None:
        """Fail if `assertAllClose` does not."""
        try:
            self.assertAllClose(a, b, **kwargs)
        except AssertionError:
            return
        self.fail("the two arrays are close")

    def assertNear(self, f1: float, f2: float, err: float, msg: str | None = None) -> None:
        """Fail unless two numbers differ by `err` at the most."""
        self.assertTrue(f1 == f2 or abs(f1 - f2) <= err, f"{f1} != {f2} +/- {err} {msg or ''}")

    def assertArrayNear(self, farray1: Sequence[float], farray2: Sequence[float], err: float) -> None:
        """Fail unless two lists of numbers differ by `err` at the most, one by one."""
        self.assertEqual(len(farray1), len(farray2))
        for x, y in zip(farray1, farray2, strict=True):
            self.assertNear(float(x), float(y), err)

    def assertShapeEqual(self, np_array: Any, tf_tensor: Any, msg: str | None = None) -> None:
        """Fail unless the static shape of a tensor is that of an array."""
        self.assertEqual(list(np_array.shape), tf_tensor.get_shape().as_list(), msg)

    def assertDTypeEqual(self, target: Any, expected_dtype: Any) -> None:
        """Fail unless an array or tensor has a type."""
        self.assertEqual(self._value(target).dtype, expected_dtype)

    def assertStartsWith(self, actual: str, expected_start: str, msg: str | None = None) -> None:
        """Fail unless a text begins with another."""
        self.assertTrue(
            actual.startswith(expected_start), f"{actual!r} does not begin with {expected_start!r} {msg or ''}"
        )

    @contextlib.contextmanager
    def assertRaisesWithPredicateMatch(self, exception_type: Any, expected_err_re_or_predicate: Any) -> Iterator[None]:
        """Fail unless the block raises an error that matches a regular expression, or that a function is true of."""
        expected = expected_err_re_or_predicate
        with self.assertRaises(exception_type) as caught:
            yield
        error = caught.exception
        fits = expected(error) if callable(expected) else re.search(expected, str(error))
        self.assertTrue(fits, f"{error!r} is not what was expected: {expected!r}")

    def assertRaisesOpError(self, expected_err_re_or_predicate: Any) -> Any:
        """Fail unless the block raises an `OpError` that matches."""
        return self.assertRaisesWithPredicateMatch(OpError, expected_err_re_or_predicate)


TestCase.test_session.__test__ = False  # type: ignore[attr-defined]  # for pytest


def main(argv: list[str] | None = None) -> None:
    """Run all tests of the program, as `unittest.main` does."""
    unittest.main(argv=argv)


def get_temp_dir() -> str:
    """A folder for files of tests, the same one for the life of the process, which takes it away.

    >>> tf.test.get_temp_dir() == tf.test.get_temp_dir()
    True
    """
    if "folder" not in _folders:
        _folders["folder"] = tempfile.TemporaryDirectory()
    return _folders["folder"].name


def is_built_with_rocm() -> bool:
    """Whether the library can use AMD's graphics cards: no.

    >>> tf.test.is_built_with_rocm()
    False
    """
    return False


def is_built_with_gpu_support() -> bool:
    """Whether the library can use graphics cards: no.

    >>> tf.test.is_built_with_gpu_support()
    False
    """
    return False


def is_gpu_available(cuda_only: bool = False, min_cuda_compute_capability: Any = None) -> bool:
    """Whether there is a GPU to run on: no.

    >>> tf.test.is_gpu_available()
    False
    """
    return False


def is_built_with_cuda() -> bool:
    """Whether this library could use a GPU: no.

    >>> tf.test.is_built_with_cuda()
    False
    """
    return False


def gpu_device_name() -> str:
    """The name of a GPU, or nothing: nothing.

    >>> tf.test.gpu_device_name()
    ''
    """
    return ""


# Gradients by differences.


def compute_gradient(
    x: Any,
    x_shape: Sequence[int],
    y: Any,
    y_shape: Sequence[int],
    x_init_value: Any = None,
    delta: float = 1e-3,
    init_targets: Any = None,
    extra_feed_dict: Mapping[Any, Any] | None = None,
) -> tuple[Any, Any]:
    """The derivatives of `y` by `x`, once by `tf.gradients` and once by differences.

    Args:
        x: a tensor.
        x_shape, y_shape: the shapes of the two.
        y: a tensor that is computed from it.
        x_init_value: where to differentiate, by default at random numbers.
        delta: how far `x` is moved.
        init_targets: operations to run first.
        extra_feed_dict: what else to feed.

    Returns:
        Two matrices (elements of x, elements of y).

    Raises:
        ValueError: there is no default session.

    >>> x = tf.constant([1.0, 2.0])
    >>> with tf.Session():
    ...     exact, near = tf.test.compute_gradient(x, [2], x * x, [2], np.float32([1.0, 2.0]))
    >>> exact
    array([[2., 0.],
           [0., 4.]])
    """
    graph = convert_to_tensor(x).graph
    session = graph.session_for(None, "compute a gradient")
    if init_targets is not None:
        session.run(init_targets)
    tensor, kind = convert_to_tensor(x), convert_to_tensor(x).dtype.numpy
    at = np.random.random_sample(tuple(x_shape)) if x_init_value is None else x_init_value
    point = np.asarray(at, kind).reshape(tuple(x_shape))
    flat = reshape(convert_to_tensor(y), [-1])
    m, n = int(np.prod(tuple(x_shape))), int(np.prod(tuple(y_shape)))
    feeds = dict(extra_feed_dict or {})
    slopes = [gradients(flat[j], tensor)[0] for j in range(n)]
    exact, near = np.zeros((m, n)), np.zeros((m, n))
    for j, g in enumerate(slopes):
        if g is not None:
            exact[:, j] = session.run(convert_to_tensor(g), {**feeds, tensor: point}).reshape(-1)
    for i in range(m):
        values = []
        for step in (delta, -delta):
            moved = point.copy().reshape(-1)
            moved[i] += step
            values.append(session.run(flat, {**feeds, tensor: moved.reshape(point.shape)}))
        near[i] = (values[0].astype(np.float64) - values[1]) / (2 * delta)
    return exact, near


def compute_gradient_error(*args: Any, **kwargs: Any) -> float:
    """The largest difference between the two matrices of `compute_gradient`, whose arguments it takes.

    >>> x = tf.constant([1.0, 2.0])
    >>> with tf.Session():
    ...     error = tf.test.compute_gradient_error(x, [2], x * x, [2], np.float32([1.0, 2.0]))
    >>> error < 1e-3
    True
    """
    exact, near = compute_gradient(*args, **kwargs)
    return float(np.abs(exact - near).max(initial=0.0))
