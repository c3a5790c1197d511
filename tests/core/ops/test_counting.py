"""Counts, histograms and search: defaults, types, and what is refused."""

import numpy as np
import pytest

import kerasflow as tf

InvalidArgumentError = tf.errors.InvalidArgumentError


def run(t):
    return tf.Session().run(t)


def test_bincount_of_nothing_is_empty_or_as_long_as_asked():
    assert run(tf.bincount(np.zeros(0, np.int32))).tolist() == []
    assert run(tf.bincount(np.zeros(0, np.int32), minlength=2)).tolist() == [0, 0]


@pytest.mark.parametrize("weights", [None, [1.0, 2.0]])
def test_bincount_takes_no_negative_numbers(weights):
    with pytest.raises(InvalidArgumentError, match="at least 0, got -1"):
        run(tf.bincount([1, -1], weights))
    with pytest.raises(TypeError, match="float32 is not one of the types it takes"):
        tf.bincount([1.0], weights)


def test_bincount_checks_the_weights():
    with pytest.raises(ValueError, match=r"weights of shape \(1,\) for values of shape \(2,\)"):
        tf.bincount([1, 2], weights=[1.0])


@pytest.mark.parametrize(("ends", "bins", "message"), [([1.0, 1.0], 3, "must go up"), ([0.0, 1.0], 0, "must be posit")])
@pytest.mark.parametrize("function", [tf.histogram_fixed_width, tf.histogram_fixed_width_bins])
def test_histogram_refuses(function, ends, bins, message):
    with pytest.raises(InvalidArgumentError, match=message):
        run(function([1.0], ends, nbins=bins))


def test_histograms_have_a_hundred_bins_and_take_the_type_of_the_values():
    values = np.linspace(0.0, 1.0, 101)
    counts = run(tf.histogram_fixed_width(values, [0.0, 1.0], dtype=tf.int64))
    assert counts.shape == (100,) and counts.sum() == 101 and counts.dtype == np.int64
    assert run(tf.histogram_fixed_width([1, 2, 3], [0, 4], nbins=2)).tolist() == [1, 2]


def test_searchsorted_sides():
    row = [1, 3, 3, 5]
    assert run(tf.searchsorted(row, [3, 0, 9])).tolist() == [1, 0, 4]
    right = run(tf.searchsorted(row, [[3, 0], [9, 5]][0], side="right", out_type=tf.int64))
    assert right.tolist() == [3, 0] and right.dtype == np.int64
    with pytest.raises(ValueError, match="side must be 'left' or 'right', got 'middle'"):
        tf.searchsorted(row, [1], side="middle")


def test_confusion_matrix_drops_a_last_axis_and_checks_classes():
    assert run(tf.confusion_matrix([[0], [1]], [1, 1], dtype=tf.float32)).tolist() == [[0.0, 1.0], [0.0, 1.0]]
    with pytest.raises(InvalidArgumentError, match="label 2"):
        run(tf.confusion_matrix([2], [0], 2))
    with pytest.raises(InvalidArgumentError, match="prediction -1"):
        run(tf.confusion_matrix([0], [-1], 2))
    with pytest.raises(ValueError, match="labels and predictions must have one shape"):
        tf.confusion_matrix([0, 1], [1], 2)
