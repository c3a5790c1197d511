"""The names of TensorFlow 0.x: each gives what its successor gives, and warns once."""

import sys
import warnings

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core import deprecation
from kerasflow.core.ops import old_names

X, Y = np.array([[3.0, 1.0], [1.0, 2.0]]), np.array([[0.5, -1.5], [2.0, 4.0]])
CASES = {
    "mul": (lambda f: f(X, Y), X * Y),
    "sub": (lambda f: f(X, Y), X - Y),
    "neg": (lambda f: f(X), -X),
    "inv": (lambda f: f(X), 1 / X),
    "pack": (lambda f: f([X, Y], axis=1), np.stack([X, Y], 1)),
    "unpack": (lambda f: f(X)[1], X[1]),
    "select": (lambda f: f(X > 1, X, Y), np.where(X > 1, X, Y)),
    "arg_max": (lambda f: f(X, 1), X.argmax(1)),
    "arg_min": (lambda f: f(X, 1), X.argmin(1)),
    "floor_div": (lambda f: f(X, Y), X // Y),
    "complex_abs": (lambda f: f(X + 1j * Y), np.hypot(X, Y)),
    "batch_matmul": (lambda f: f(X, Y), X @ Y),
    "batch_cholesky": (lambda f: f(X), np.linalg.cholesky(X)),
    "batch_matrix_band_part": (lambda f: f(X, 0, 0), np.diag(np.diag(X))),
    "batch_matrix_determinant": (lambda f: f(X), 5.0),
    "batch_matrix_diag": (lambda f: f(X[0]), np.diag(X[0])),
    "batch_matrix_inverse": (lambda f: f(X), np.linalg.inv(X)),
    "batch_matrix_solve": (lambda f: f(X, Y), np.linalg.solve(X, Y)),
    "batch_matrix_transpose": (lambda f: f(Y), Y.T),
}


@pytest.fixture(autouse=True)
def nothing_told(monkeypatch):
    monkeypatch.setattr(deprecation, "warned", set())


@pytest.mark.parametrize("name", CASES)
def test_the_value_is_that_of_the_new_name(name):
    use, wanted = CASES[name]
    with pytest.warns(DeprecationWarning, match=rf"^tf\.{name} is the name that tf\.\w+ had in former versions"):
        result = use(getattr(tf, name))
    np.testing.assert_allclose(tf.Session().run(result), wanted, rtol=1e-14)


def test_every_name_is_tried():
    of_variables = {n for n in old_names.__all__ if n.endswith("variables")}
    assert {*old_names.__all__} == {*CASES} | of_variables and len(of_variables) == 4


def test_a_name_warns_once_at_the_line_that_uses_it():
    with pytest.warns(DeprecationWarning) as told:
        line = sys._getframe().f_lineno + 1
        tf.neg(1.0)
        tf.neg(2.0)
        tf.sub(2.0, 1.0)
    assert [(w.filename, w.lineno) for w in told] == [(__file__, line), (__file__, line + 2)]


def test_python_shows_the_warning_of_a_program_by_default():
    with warnings.catch_warnings(record=True) as told:
        warnings.resetwarnings()
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.filterwarnings("default", category=DeprecationWarning, module="__main__")
        tf.neg(1.0)
    assert len(told) == 1


def test_initialisers():
    w = tf.Variable(3.0)
    count = tf.Variable(1.0, collections=[tf.GraphKeys.LOCAL_VARIABLES], trainable=False)
    with pytest.warns(DeprecationWarning), tf.Session() as session:
        assert tf.all_variables() == [w]
        assert tf.initialize_all_variables().name == "init"
        session.run([tf.initialize_all_variables(), tf.initialize_local_variables()])
        assert session.run([w, count]) == [3.0, 1.0]
        session.run([w.assign(0.0), count.assign(0.0)])
        session.run(tf.initialize_variables([w]))
        assert session.run([w, count]) == [3.0, 0.0]
