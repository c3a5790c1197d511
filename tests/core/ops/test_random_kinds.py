"""Classes, gamma and Poisson numbers, crops and candidates: streams, distributions, what is refused."""

import numpy as np
import pytest
from scipy import stats

import kerasflow as tf

InvalidArgumentError = tf.errors.InvalidArgumentError

# What two runs of one session gave in TensorFlow 1.15.5, with the graph's seed 7.
TRUE = np.array([[1, 2]])
DRAWN = [
    (
        lambda: tf.multinomial([[0.0, 1.0, 2.0], [3.0, 0.0, 0.0], [0.0, 0.0, 0.0]], 7, seed=3),
        [
            [[1, 2, 2, 0, 2, 2, 2], [0, 1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 2, 2, 1]],
            [[2, 2, 2, 2, 2, 2, 1], [0, 0, 0, 0, 0, 1, 0], [0, 1, 1, 0, 0, 0, 2]],
        ],
    ),
    (
        lambda: tf.random_gamma([3], [0.5, 2.0], seed=3),
        [
            [[0.10705151, 2.5720415], [1.1853371, 1.9276403], [0.0056053288, 2.4268749]],
            [[1.6155200, 1.2094309], [0.35583791, 1.1759069], [0.070511699, 0.92644221]],
        ],
    ),
    (
        lambda: tf.random_poisson([0.5, 3.0, 50.0], [3], seed=3),
        [[[0, 2, 42], [1, 3, 38], [0, 2, 51]], [[0, 3, 39], [0, 4, 41], [0, 3, 55]]],
    ),
    (
        lambda: tf.nn.log_uniform_candidate_sampler(TRUE, 2, 5, True, 20, seed=3)[0],
        [[0, 3, 18, 2, 8], [15, 3, 0, 6, 4]],
    ),
    (
        lambda: tf.nn.uniform_candidate_sampler(TRUE, 2, 5, True, 20, seed=3)[0],
        [[1, 8, 2, 18, 10], [19, 7, 3, 2, 14]],
    ),
]


def run(t):
    return tf.Session().run(t)


@pytest.mark.parametrize(("make", "runs"), DRAWN)
def test_each_run_draws_what_tensorflow_draws(make, runs):
    tf.set_random_seed(7)
    t = make()
    for _ in range(2):
        with tf.Session() as session:
            for want in runs:
                np.testing.assert_allclose(session.run(t), want, rtol=1e-6)


def test_without_seeds_nothing_repeats():
    t = tf.random_gamma([4], 1.0)
    assert run(t).tolist() != run(t).tolist()


def test_shapes_and_types():
    n = tf.placeholder(tf.int32, [])
    assert tf.multinomial(tf.zeros([2, 3]), 5, output_dtype=tf.int32).shape == [2, 5]
    assert tf.multinomial(tf.zeros([2, 3]), n).shape.as_list() == [2, None]
    assert tf.random_gamma([2], tf.zeros([3]) + 1.0).shape == [2, 3]
    assert tf.random_poisson(tf.zeros([3]), [2, 2], tf.int64).shape == [2, 2, 3]
    assert tf.random_poisson(tf.zeros([3]), [2, 2], tf.int64).dtype is tf.int64
    for t in (tf.random_gamma([0], 1.0), tf.random_poisson(1.0, [0]), tf.multinomial(tf.zeros([1, 2]), 0)):
        assert run(t).size == 0


@pytest.mark.parametrize("alpha", [0.3, 1.0, 4.0])
def test_gamma_numbers_follow_the_distribution(alpha):
    drawn = run(tf.random_gamma([4000], alpha, beta=2.0, seed=5, dtype=tf.float64))
    assert stats.kstest(drawn, stats.gamma(alpha, scale=0.5).cdf).pvalue > 0.01


@pytest.mark.parametrize("rate", [0.7, 9.0, 40.0])
def test_poisson_numbers_follow_the_distribution(rate):
    drawn = run(tf.random_poisson(rate, [4000], seed=5))
    counts = np.bincount(drawn.astype(int), minlength=200)[:200]
    want = 4000 * stats.poisson(rate).pmf(np.arange(200))
    often = want > 5
    assert stats.chisquare(counts[often], want[often] * counts[often].sum() / want[often].sum()).pvalue > 0.01


def test_classes_follow_their_probabilities_and_minus_infinity_never_comes():
    logits = np.log([[0.1, 0.6, 0.3]]) + 5
    counts = np.bincount(run(tf.multinomial(logits, 5000, seed=5))[0], minlength=3)
    assert stats.chisquare(counts, [500, 3000, 1500]).pvalue > 0.01
    assert set(run(tf.multinomial([[0.0, -np.inf, 0.0]], 200))[0].tolist()) == {0, 2}


def test_the_gradients_of_gamma_numbers():
    alpha, beta = tf.constant([0.4, 7.0], tf.float64), tf.constant(2.0, tf.float64)
    x = tf.random_gamma([3], alpha, beta, tf.float64, seed=3)
    value, by_alpha, by_beta = run([x, *tf.gradients(x, [alpha, beta])])
    np.testing.assert_allclose(by_beta, -value.sum() / 2.0, rtol=1e-12)
    moved = [stats.gamma.ppf(stats.gamma.cdf(2 * value, [0.4, 7.0]), [0.4 + h, 7.0 + h]) / 2 for h in (1e-4, -1e-4)]
    np.testing.assert_allclose(by_alpha, ((moved[0] - moved[1]) / 2e-4).sum(0), rtol=1e-5)


def test_parameters_that_are_refused():
    with pytest.raises(InvalidArgumentError, match="alpha must be positive, got 0.0"):
        run(tf.random_gamma([1], 0.0))
    with pytest.raises(InvalidArgumentError, match="the rate must not be negative, got -1.0"):
        run(tf.random_poisson(-1.0, [1]))
    with pytest.raises(ValueError, match="the logits must be a matrix"):
        tf.multinomial([1.0], 1)
    with pytest.raises(InvalidArgumentError, match="cannot draw 2 classes of 0"):
        run(tf.multinomial(tf.zeros([1, 0]), 2))
    with pytest.raises(InvalidArgumentError, match=r"the block \[3\] must fit into the shape \[2\]"):
        tf.random_crop([1, 2], [3])
    with pytest.raises(ValueError, match="cannot draw 6 different candidates of 5 classes"):
        tf.nn.uniform_candidate_sampler(TRUE, 2, 6, True, 5)
    with pytest.raises(ValueError, match="true_classes must be a matrix"):
        tf.nn.uniform_candidate_sampler([1], 1, 2, True, 5)


def test_crops_are_everywhere():
    crop = tf.random_crop(tf.reshape(tf.range(12), [3, 4]), [2, 3], seed=1)
    with tf.Session() as session:
        seen = {session.run(crop)[0, 0] for _ in range(60)}
    assert seen == {0, 1, 4, 5} and crop.shape == [2, 3]


def test_many_candidates_are_all_different_and_repeat_otherwise():
    unique = run(tf.nn.log_uniform_candidate_sampler(TRUE, 2, 600, True, 600, seed=1))
    assert sorted(unique.sampled_candidates.tolist()) == list(range(600))
    assert (unique.true_expected_count > 0.99).all()
    again = run(tf.nn.log_uniform_candidate_sampler(TRUE, 2, 600, False, 600, seed=1))
    assert len(set(again.sampled_candidates.tolist())) < 400
    p = np.log(3 / 2) / np.log(601)
    np.testing.assert_allclose(again.true_expected_count[0, 0], 600 * p, rtol=1e-6)


def test_draws_of_classes_are_named_as_in_tensorflow():
    assert tf.multinomial([[1.0]], 1).name == "multinomial/Multinomial:0"
    assert tf.multinomial([[1.0]], 1, name="action").name == "action/Multinomial:0"
