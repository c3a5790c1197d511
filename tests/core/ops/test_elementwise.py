"""Element-wise operations beyond their cases: names, conventions where a derivative jumps, and what is refused.

The names and conventions are TensorFlow 1.15's, read off by running it.
"""

import subprocess
import sys

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.errors import InvalidArgumentError
from tests.core.ops.harness import seeded

nan, inf = np.nan, np.inf


def run(t):
    return tf.Session().run(t)


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (tf.add, "Add"),
        (tf.subtract, "Sub"),
        (tf.multiply, "Mul"),
        (tf.divide, "truediv"),
        (tf.truediv, "truediv"),
        (tf.realdiv, "RealDiv"),
        (tf.div, "div"),
        (tf.floordiv, "floordiv"),
        (tf.mod, "FloorMod"),
        (tf.floormod, "FloorMod"),
        (tf.truncatediv, "TruncateDiv"),
        (tf.truncatemod, "TruncateMod"),
        (tf.pow, "Pow"),
        (tf.maximum, "Maximum"),
        (tf.minimum, "Minimum"),
        (tf.squared_difference, "SquaredDifference"),
        (tf.atan2, "Atan2"),
        (tf.equal, "Equal"),
        (tf.not_equal, "NotEqual"),
        (tf.less, "Less"),
        (tf.less_equal, "LessEqual"),
        (tf.greater, "Greater"),
        (tf.greater_equal, "GreaterEqual"),
        (lambda x, y: tf.add_n([x, y]), "AddN"),
        (lambda x, y: tf.accumulate_n([x, y]), "AccumulateNV2"),
        (lambda x, y: tf.clip_by_value(x, y, y), "clip_by_value"),
        (lambda x, y: tf.complex(x, y), "Complex"),
        (lambda x, y: x + y, "add"),
        (lambda x, y: x - y, "sub"),
        (lambda x, y: x * y, "mul"),
        (lambda x, y: x / y, "truediv"),
        (lambda x, y: x // y, "floordiv"),
        (lambda x, y: x % y, "mod"),
        (lambda x, y: x**y, "pow"),
        (lambda x, y: x < y, "Less"),
        (lambda x, y: x >= y, "GreaterEqual"),
    ],
)
def test_names_of_two_inputs(function, name):
    x, y = tf.constant(1.5), tf.constant(0.5)
    assert [function(x, y).op.name, function(x, y).op.name] == [name, f"{name}_1"]
    assert function(x, 2.5).op.name == f"{name}_2"
    assert "named" == tf.identity(function(x, y), name="named").op.name


@pytest.mark.parametrize(
    ("function", "name"),
    [
        *[
            (getattr(tf, n), n.capitalize())
            for n in "abs sign reciprocal square sqrt rsqrt exp expm1 log log1p".split()
        ],
        *[(getattr(tf, n), n.capitalize()) for n in "sin cos tan asin acos atan sinh cosh tanh asinh acosh".split()],
        *[(getattr(tf, n), n.capitalize()) for n in "atanh erf erfc lgamma digamma ceil floor round rint".split()],
        *[(getattr(tf.nn, n), n.capitalize()) for n in "relu relu6 sigmoid softplus softsign elu selu".split()],
        (tf.negative, "Neg"),
        (tf.is_nan, "IsNan"),
        (tf.is_inf, "IsInf"),
        (tf.is_finite, "IsFinite"),
        (tf.nn.leaky_relu, "LeakyRelu"),
        (tf.to_double, "ToDouble"),
        (tf.to_int32, "ToInt32"),
        (tf.to_int64, "ToInt64"),
        (lambda x: tf.to_float(x > 0.5), "ToFloat"),
        (lambda x: tf.cast(x, tf.int8), "Cast"),
        (lambda x: tf.saturate_cast(x, tf.int8), "saturate_cast"),
        (lambda x: -x, "Neg"),
        (abs, "Abs"),
    ],
)
def test_names_of_one_input(function, name):
    assert function(tf.constant([0.5])).op.name == name


# Derivatives where they jump.

EDGES = np.array([-2.0, -0.0, 0.0, 1.0, 6.0, 7.0], np.float32)


@pytest.mark.parametrize(
    ("function", "derivatives"),
    [
        (tf.nn.relu, [0, 0, 0, 1, 1, 1]),
        (tf.nn.relu6, [0, 0, 0, 1, 0, 0]),
        (tf.nn.leaky_relu, [0.2, 0.2, 0.2, 1, 1, 1]),
        (tf.nn.elu, [np.exp(-2), 1, 1, 1, 1, 1]),
        (tf.nn.selu, [1.7580993 * np.exp(-2), 1.050701, 1.050701, 1.050701, 1.050701, 1.050701]),
        (tf.nn.softsign, [1 / 9, 1, 1, 1 / 4, 1 / 49, 1 / 64]),
        (tf.abs, [-1, 0, 0, 1, 1, 1]),
        (tf.sign, [0, 0, 0, 0, 0, 0]),
        (lambda x: tf.clip_by_value(x, 0.0, 6.0), [0, 1, 1, 1, 1, 0]),
        (lambda x: tf.maximum(x, 0.0), [0, 1, 1, 1, 1, 1]),
        (lambda x: tf.maximum(0.0, x), [0, 0, 0, 1, 1, 1]),
        (lambda x: tf.minimum(x, 6.0), [1, 1, 1, 1, 1, 0]),
        (lambda x: tf.minimum(6.0, x), [1, 1, 1, 1, 0, 0]),
        (lambda x: tf.mod(x, 4.0), [1, 1, 1, 1, 1, 1]),
    ],
)
def test_derivatives_at_kinks(function, derivatives):
    x = tf.constant(EDGES)
    np.testing.assert_allclose(run(tf.gradients(function(x), x)[0]), derivatives, rtol=1e-6)


@pytest.mark.parametrize("function", [tf.floor, tf.ceil, tf.round, tf.rint, lambda x: x // 2.0, tf.is_nan])
def test_nothing_flows_through(function):
    x = tf.constant(EDGES)
    assert tf.gradients(tf.cast(function(x), tf.float32), x) == [None]


def test_power_at_zero():
    x, y = tf.constant([0.0, 0.0, -1.0, 2.0]), tf.constant([2.0, 1.0, 3.0, 1.5])
    gx, gy = tf.gradients(x**y, [x, y])
    np.testing.assert_allclose(run(gx), [0, 1, 3, 1.5 * 2**0.5], rtol=1e-6)
    np.testing.assert_allclose(run(gy), [0, 0, 0, 2**1.5 * np.log(2)], rtol=1e-6)
    (second,) = tf.gradients(gy, y)
    np.testing.assert_allclose(run(second), [0, 0, 0, 2**1.5 * np.log(2) ** 2], rtol=1e-6)


def test_zero_unless_stops_infinities():
    """What the gradient of a maximum is made of: a factor 0 would make NaN of an infinity."""
    g = tf.constant([inf, -inf, nan, 1.0])
    x, y = tf.constant([1.0, 1.0, 1.0, 1.0]), tf.constant([2.0, 2.0, 2.0, 2.0])
    gx, gy = tf.gradients(tf.maximum(x, y), [x, y], grad_ys=g)
    assert run(gx).tolist() == [0, 0, 0, 0]
    np.testing.assert_array_equal(run(gy), [inf, -inf, nan, 1])


# What is refused.


@pytest.mark.parametrize(
    "build", [tf.add, tf.maximum, tf.equal, tf.floordiv, tf.pow, lambda x, y: x * y, lambda x, y: x < y]
)
def test_types_must_agree(build):
    x, y = tf.constant(1.0, name="x"), tf.constant(1, name="y")
    with pytest.raises(TypeError, match="float32.*int32"):
        build(x, y)
    with pytest.raises(TypeError, match="Expected int32, got 1.5 of type float"):
        build(y, 1.5)


def test_shapes_must_broadcast():
    x, y = tf.placeholder(tf.float32, [None, 3], name="x"), tf.placeholder(tf.float32, [2], name="y")
    with pytest.raises(ValueError, match=r"add.*\(\?, 3\).*\(2,\).*x:0.*y:0.*test_elementwise"):
        x + y
    z = tf.placeholder(tf.float32, None)
    with pytest.raises(InvalidArgumentError, match=r"mul.*float32\[2\].*float32\[3\].*test_elementwise"):
        tf.Session().run(y * z, {y: [1, 2], z: [1, 2, 3]})


@pytest.mark.parametrize(
    ("build", "value"),
    [
        *[(f, True) for f in (tf.add, tf.squared_difference, tf.maximum, tf.less, tf.floordiv)],
        *[(f, 1j) for f in (tf.floordiv, tf.mod, tf.maximum, tf.less_equal, tf.atan2, tf.squared_difference)],
        *[(f, 1) for f in (tf.logical_and, tf.logical_or, tf.logical_xor, tf.atan2)],
        *[(f, "a") for f in (tf.add, tf.less, tf.logical_and)],
    ],
)
def test_types_that_two_inputs_cannot_have(build, value):
    with pytest.raises(TypeError, match="is not one of the types it takes"):
        build(tf.constant(value), tf.constant(value))


@pytest.mark.parametrize(
    ("build", "value"),
    [
        *[
            (f, 1)
            for f in (tf.exp, tf.log, tf.sqrt, tf.sin, tf.tanh, tf.erf, tf.lgamma, tf.floor, tf.is_nan, tf.sigmoid)
        ],
        *[(f, 1) for f in (tf.logical_not, tf.nn.elu, tf.nn.softplus, tf.reciprocal)],
        *[(f, 1j) for f in (tf.erf, tf.floor, tf.is_finite, tf.nn.relu, tf.nn.softplus)],
        *[(f, True) for f in (tf.negative, tf.abs, tf.square, tf.nn.relu, tf.round)],
    ],
)
def test_types_that_one_input_cannot_have(build, value):
    with pytest.raises(TypeError, match="is not one of the types it takes"):
        build(tf.constant(value))


@pytest.mark.parametrize("divide", [tf.div, tf.floordiv, tf.mod, tf.truncatediv, tf.truncatemod])
def test_division_of_integers_by_zero(divide):
    y = tf.placeholder(tf.int32, [2])
    with pytest.raises(InvalidArgumentError, match="Integer division by zero.*\n.*int32.2.*test_elementwise"):
        tf.Session().run(divide([1, 2], y), {y: [1, 0]})
    with pytest.raises(InvalidArgumentError, match="Integer division by zero"):
        run(divide(1, tf.constant(0)))
    assert np.isnan(run(divide(0.0, tf.constant(0.0))))


def test_integers_to_negative_powers():
    with pytest.raises(InvalidArgumentError, match="Integers to negative integer powers"):
        run(tf.pow(2, tf.constant([1, -1])))


def test_quotients_of_numbers_keep_or_widen_their_type():
    results = {t: (tf.constant(1, t) / tf.constant(2, t)).dtype for t in (tf.int8, tf.uint16, tf.int32, tf.uint64)}
    assert results == {tf.int8: tf.float32, tf.uint16: tf.float32, tf.int32: tf.float64, tf.uint64: tf.float64}
    assert run(tf.constant(1) / 2) == 0.5 and run(7 // tf.constant(-2)) == -4 and run(7 % tf.constant(-2)) == -1
    x = tf.constant(3)
    assert tf.gradients(x / 2, x) == [None]


# Sums of lists.


def test_sums_of_lists():
    x, unknown = tf.constant([1.0, 2.0]), tf.placeholder(tf.float32)
    assert tf.add_n([x, unknown]).shape == [2] and run(tf.add_n(x)).tolist() == [1, 2]
    np.testing.assert_array_equal(run(tf.add_n([x])), [1, 2])
    assert tf.accumulate_n([unknown], [3]).shape == [3]
    for bad, error, message in (
        ([], ValueError, "at least one"),
        ([x, tf.constant([1.0])], ValueError, r"\(2,\) and \(1,\)"),
        ([x, tf.constant([1, 2])], TypeError, "float32 and int32"),
        ([tf.constant(True)], TypeError, "bool is not one"),
    ):
        with pytest.raises(error, match=message):
            tf.add_n(bad)
    with pytest.raises(TypeError, match="are of type float32, not int32"):
        tf.accumulate_n([x], tensor_dtype=tf.int32)
    with pytest.raises(InvalidArgumentError, match=r"one shape, got \(2,\) and \(1,\)"):
        tf.Session().run(tf.add_n([x, unknown]), {unknown: [1.0]})


# Bounds.


def test_clip_by_value():
    t = tf.constant([-1.0, 0.5, 2.0])
    assert run(tf.clip_by_value(t, 1.0, 0.0)).tolist() == [1, 1, 1], "the lower bound has the last word"
    slices = tf.clip_by_value(tf.gradients(tf.gather(t, [2, 0]) ** 2.0, t)[0], 0.0, 1.0)
    assert type(slices) is tf.IndexedSlices and run(slices.values).tolist() == [1, 0]
    with pytest.raises(ValueError, match=r"to the shape \(3,\), not to \(1, 3\)"):
        tf.clip_by_value(t, [[0.0]], 1.0)
    with pytest.raises(ValueError, match="broadcast"):
        tf.clip_by_value(t, 0.0, [1.0, 2.0])


# Activations.


def test_leaky_relu_takes_a_tensor_and_integers():
    alpha = tf.constant(0.5)
    y = tf.nn.leaky_relu([-2.0, 2.0], alpha)
    assert run(y).tolist() == [-1, 2] and run(tf.gradients(y, alpha)) == [-2]
    assert tf.nn.leaky_relu([-2, 2]).dtype == tf.float32


def test_selu_keeps_mean_and_variance():
    """What its constants are for: of standard normal numbers, and so from layer to layer."""
    y = run(tf.nn.selu(seeded("selu").standard_normal(400_000)))
    assert abs(y.mean()) < 0.005 and abs(y.var() - 1) < 0.01


def test_activations_overflow_nowhere():
    """Under errors for every overflow and invalid value but in `exp`, where one is meant."""
    x = tf.constant(np.array([-1e30, -700, 700, 1e30]), name="x")
    for f in (tf.sigmoid, tf.nn.softplus, tf.nn.elu, tf.nn.selu, tf.tanh, tf.nn.gelu):
        y = f(x)
        values = run([y, *tf.gradients(y, x)])
        assert np.isfinite(values).all(), f.__name__


# Rounding, parts and logic.


def test_round_passes_integers_on():
    x = tf.constant([1, 2])
    assert tf.round(x) is x


def test_parts_of_real_numbers():
    x = tf.constant([-1.0, 2.0])
    assert tf.real(x) is x and tf.conj(x) is x
    assert run(tf.imag(x)).tolist() == run(tf.angle(x)).tolist() == [0, 0]
    with pytest.raises(TypeError, match="float32 or float64, got int32"):
        tf.complex(1, 2)


def test_complex_gradients_are_tensorflows():
    z = tf.constant(np.array([1 + 2j, -0.5j], np.complex64))
    grads = [tf.gradients(f(z), z)[0] for f in (tf.abs, tf.real, tf.imag, tf.angle)]
    want = [[0.4472136 + 0.8944272j, -1j], [1, 1], [1j, 1j], [-0.4 + 0.2j, 2]]
    np.testing.assert_allclose(run(grads), want, atol=1e-6)


def test_special_functions_load_scipy_when_they_run():
    code = (
        "import sys, kerasflow as tf\n"
        "y = tf.erf(tf.placeholder_with_default(1.0, []))\n"
        "assert 'scipy' not in sys.modules\n"
        "assert abs(tf.Session().run(y) - 0.8427008) < 1e-6\n"
        "assert 'scipy.special' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
