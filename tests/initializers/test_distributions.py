"""Initializers in distribution: moments and bounds of large draws, shapes, types, seeds.

A sample of n numbers has a mean within 5 standard errors, sd / sqrt(n), of the true one (one draw in two million does
not), and a standard deviation within 5 sd sqrt((kurtosis - 1) / 4n).
"""

import math

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import initializers

SHAPE = (500, 300)
N = 500 * 300
UNIFORM, NORMAL = 9 / 5, 3.0  # kurtosis
TRUNCATED = 2.36554  # of the standard normal distribution cut off at -2 and 2
CUT = 0.8796256610342398  # its standard deviation


def draw(initializer, shape=SHAPE, dtype=tf.float64):
    return tf.Session().run(initializer(shape, dtype))


def assert_spread(x, mean, sd, kurtosis):
    assert x.mean() == pytest.approx(mean, abs=5 * sd / math.sqrt(x.size))
    assert x.std() == pytest.approx(sd, rel=5 * math.sqrt((kurtosis - 1) / 4 / x.size))
    fourth = np.mean((x - x.mean()) ** 4) / x.var() ** 2
    assert fourth == pytest.approx(kurtosis, rel=0.04)


def test_the_constants_are_those_of_the_truncated_normal():
    """By Simpson's rule."""
    t = np.linspace(-2, 2, 20_001)
    weights = np.exp(-(t**2) / 2) * np.where(np.arange(t.size) % 2, 4.0, 2.0)
    weights[[0, -1]] /= 2
    weights /= weights.sum()
    variance = np.sum(weights * t**2)
    assert math.sqrt(variance) == pytest.approx(CUT, rel=1e-10)
    assert np.sum(weights * t**4) / variance**2 == pytest.approx(TRUNCATED, rel=1e-5)


def test_random_normal():
    assert_spread(draw(initializers.RandomNormal(seed=1)), 0.0, 0.05, NORMAL)
    x = draw(initializers.RandomNormal(mean=3.0, stddev=2.0, seed=1))
    assert_spread(x, 3.0, 2.0, NORMAL)
    assert np.abs(x - 3.0).max() > 3.5 * 2.0


def test_truncated_normal():
    assert_spread(draw(initializers.TruncatedNormal(seed=1)), 0.0, 0.05 * CUT, TRUNCATED)
    x = draw(initializers.TruncatedNormal(mean=3.0, stddev=2.0, seed=1))
    assert_spread(x, 3.0, 2.0 * CUT, TRUNCATED)
    assert 3.99 < np.abs(x - 3.0).max() < 4.0


def test_random_uniform():
    x = draw(initializers.RandomUniform(seed=1))
    assert_spread(x, 0.0, 0.1 / math.sqrt(12), UNIFORM)
    assert -0.05 <= x.min() < -0.04999 and 0.04999 < x.max() < 0.05
    x = draw(initializers.RandomUniform(-1.0, 3.0, seed=1))
    assert_spread(x, 1.0, 4 / math.sqrt(12), UNIFORM)
    assert set(draw(initializers.RandomUniform(0, 3, seed=1), (100,), tf.int32)) == {0, 1, 2}


FANS = {"fan_in": 500, "fan_out": 300, "fan_avg": 400}


@pytest.mark.parametrize("mode", FANS)
@pytest.mark.parametrize("distribution", ["truncated_normal", "normal", "untruncated_normal", "uniform"])
def test_variance_scaling(mode, distribution):
    x = draw(initializers.VarianceScaling(3.0, mode, distribution, seed=2))
    sd = math.sqrt(3.0 / FANS[mode])
    kurtosis = {"uniform": UNIFORM, "untruncated_normal": NORMAL}.get(distribution, TRUNCATED)
    assert_spread(x, 0.0, sd, kurtosis)
    bound = {"uniform": math.sqrt(3.0) * sd, "untruncated_normal": 6 * sd}.get(distribution, 2.0 * sd / CUT)
    assert np.abs(x).max() < bound
    if distribution != "untruncated_normal":
        assert np.abs(x).max() > 0.998 * bound


FAMILY = [
    (initializers.GlorotUniform, 2 / 800, UNIFORM),
    (initializers.GlorotNormal, 2 / 800, TRUNCATED),
    (initializers.HeUniform, 2 / 500, UNIFORM),
    (initializers.HeNormal, 2 / 500, TRUNCATED),
    (initializers.LecunUniform, 1 / 500, UNIFORM),
    (initializers.LecunNormal, 1 / 500, TRUNCATED),
]


@pytest.mark.parametrize(("cls", "variance", "kurtosis"), FAMILY)
def test_family(cls, variance, kurtosis):
    assert_spread(draw(cls(seed=3)), 0.0, math.sqrt(variance), kurtosis)


@pytest.mark.parametrize(
    ("shape", "fan_in", "fan_out"),
    [((), 1, 1), ((4000,), 4000, 4000), ((7, 9), 7, 9), ((3, 7, 9), 21, 27), ((3, 5, 7, 9), 105, 135), ((0, 5), 1, 5)],
)
def test_fans(shape, fan_in, fan_out):
    """The bound of a uniform draw shows the fan; one that is 0 counts as 1."""
    for mode, fan in (("fan_in", fan_in), ("fan_out", fan_out), ("fan_avg", (fan_in + fan_out) / 2)):
        if shape != (0, 5) or mode == "fan_in":
            op = initializers.VarianceScaling(1.0, mode, "uniform")(shape, tf.float64).op
            limit = -op.inputs[1].spec.value
            assert limit == pytest.approx(math.sqrt(3.0 / fan), rel=1e-12)


# --- orthogonal matrices


@pytest.mark.parametrize("shape", [(6, 6), (8, 3), (3, 8), (2, 3, 4), (2, 2, 3, 20), (1, 1)])
def test_orthogonal(shape):
    gain = 1.5
    w = draw(initializers.Orthogonal(gain, seed=5), shape)
    assert w.shape == shape
    matrix = w.reshape(-1, shape[-1])
    square = matrix.T @ matrix if matrix.shape[0] >= matrix.shape[1] else matrix @ matrix.T
    np.testing.assert_allclose(square, gain**2 * np.eye(len(square)), atol=1e-12)


def test_orthogonal_matrices_have_no_preferred_direction():
    """By Haar measure the entries of a rotation of the plane have mean 0, variance 1/2 and an even determinant."""
    stacked = [initializers.Orthogonal()((2, 2), tf.float64) for _ in range(400)]
    tf.set_random_seed(1)
    w = np.array(tf.Session().run([tf.convert_to_tensor(t) for t in stacked]))
    assert np.abs(w.mean(axis=0)).max() < 5 * math.sqrt(0.5 / 400)
    np.testing.assert_allclose((w**2).mean(axis=0), 0.5, atol=5 * math.sqrt(0.125 / 400))
    assert abs(np.linalg.det(w).mean()) < 5 / math.sqrt(400)


# --- types, seeds, default values

RANDOM = [
    *[cls for cls, _, _ in FAMILY],
    *(initializers.RandomNormal, initializers.TruncatedNormal, initializers.RandomUniform, initializers.Orthogonal),
    initializers.VarianceScaling,
]


@pytest.mark.parametrize("cls", RANDOM)
def test_seeds_and_types(cls):
    session = tf.Session()
    first = cls(seed=7)([4, 5])
    assert (first.dtype, first.dims) == (tf.float32, (4, 5))
    assert cls(seed=7, dtype=tf.float64)(tf.TensorShape([4, 5])).dtype == tf.float64
    assert cls(seed=7, dtype=tf.float64)([4, 5], tf.float32).dtype == tf.float32
    same, other = cls(seed=7)((4, 5)), cls(seed=8)((4, 5))
    a, b, c = session.run([first, same, other])
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, c)
    unseeded = session.run([cls()([4, 5]), cls()([4, 5])])
    assert not np.array_equal(*unseeded)


def test_the_graph_seed_decides_where_there_is_no_other():
    def values():
        tf.reset_default_graph()
        tf.set_random_seed(3)
        return draw(initializers.GlorotUniform(), (2, 2))

    np.testing.assert_array_equal(values(), values())


def test_defaults_of_the_graph_api():
    made = {
        "normal": initializers.random_normal_initializer(seed=1),
        "truncated": initializers.truncated_normal_initializer(seed=1),
        "uniform": initializers.random_uniform_initializer(seed=1),
    }
    x = {name: draw(init) for name, init in made.items()}
    assert_spread(x["normal"], 0.0, 1.0, NORMAL)
    assert_spread(x["truncated"], 0.0, CUT, TRUNCATED)
    assert_spread(x["uniform"], 0.5, 1 / math.sqrt(12), UNIFORM)
    assert x["uniform"].min() >= 0.0
    assert initializers.glorot_uniform_initializer is initializers.GlorotUniform
    assert initializers.variance_scaling_initializer is initializers.VarianceScaling


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: initializers.VarianceScaling(scale=0.0), ValueError, "scale must be above 0, got 0.0"),
        (lambda: initializers.VarianceScaling(scale=math.nan), ValueError, "scale must be above 0"),
        (lambda: initializers.VarianceScaling(mode="fan"), ValueError, "mode must be one of fan_in.*got 'fan'"),
        (
            lambda: initializers.VarianceScaling(distribution="unifrom"),
            ValueError,
            "distribution must be one of.*Did you mean 'uniform'",
        ),
        (lambda: initializers.VarianceScaling()([2], tf.int32), TypeError, "int32"),
        (lambda: initializers.RandomNormal()([2], tf.int32), TypeError, "int32"),
        (lambda: initializers.Orthogonal()([2]), ValueError, r"two axes or more, not of shape \(2,\)"),
        (lambda: initializers.GlorotUniform()([None, 2]), ValueError, r"fully known shape, got \(\?, 2\)"),
        (lambda: initializers.GlorotUniform()(tf.TensorShape(None)), ValueError, "<unknown>"),
        (lambda: initializers.Initializer()([2]), NotImplementedError, "has to define make"),
    ],
)
def test_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
