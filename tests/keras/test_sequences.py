"""Padding, normalising and windows, against NumPy and what Keras gives."""

import numpy as np
import pytest

import kerasflow as tf

utils = tf.keras.utils
ROWS = [[1, 2, 3], [4], [5, 6, 7, 8, 9], []]


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({}, [[0, 0, 1, 2, 3], [0, 0, 0, 0, 4], [5, 6, 7, 8, 9], [0, 0, 0, 0, 0]]),
        ({"maxlen": 2}, [[2, 3], [0, 4], [8, 9], [0, 0]]),
        ({"maxlen": 2, "truncating": "post"}, [[1, 2], [0, 4], [5, 6], [0, 0]]),
        ({"maxlen": 4, "padding": "post", "value": -1}, [[1, 2, 3, -1], [4, -1, -1, -1], [6, 7, 8, 9], [-1] * 4]),
        ({"maxlen": 0}, [[], [], [], []]),
    ],
)
def test_short_sequences_are_filled_and_long_ones_cut(settings, wanted):
    padded = utils.pad_sequences(ROWS, **settings)
    assert padded.dtype == np.int32
    np.testing.assert_array_equal(padded, np.array(wanted))
    assert tf.keras.preprocessing.sequence.pad_sequences is utils.pad_sequences


def test_sequences_of_vectors_and_of_words():
    vectors = utils.pad_sequences([np.ones((1, 2)), np.full((2, 2), 2.0)], dtype="float64")
    np.testing.assert_array_equal(vectors, [[[0, 0], [1, 1]], [[2, 2], [2, 2]]])
    words = utils.pad_sequences([["a"], ["b", "c"]], dtype=object, value="-", padding="post")
    assert words.tolist() == [["a", "-"], ["b", "c"]]


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda: utils.pad_sequences([[1], 2]), "Expected lists or arrays to pad, got 2 at position 1"),
        (lambda: utils.pad_sequences(["ab"]), "got 'ab' at position 0"),
        (lambda: utils.pad_sequences([[1]], padding="left"), "padding must be .* got 'left'"),
        (lambda: utils.pad_sequences([[1]], truncating="left"), "truncating must be"),
        (lambda: utils.pad_sequences([["a"]], value="x"), "int32 cannot be filled with 'x'"),
        (lambda: utils.pad_sequences([np.ones((1, 2)), np.ones((1, 3))]), r"shape \(2,\), but \(3,\) at 1"),
    ],
)
def test_what_is_no_sequence_is_refused(call, what):
    with pytest.raises(ValueError, match=what):
        call()


def test_norms():
    x = np.random.default_rng(0).normal(size=(3, 4))
    np.testing.assert_allclose(utils.normalize(x), x / np.sqrt((x * x).sum(-1, keepdims=True)), rtol=1e-14)
    np.testing.assert_allclose(utils.normalize(x, 0, 1), x / np.abs(x).sum(0, keepdims=True), rtol=1e-14)
    np.testing.assert_array_equal(utils.normalize([0.0, 0.0]), [[0.0, 0.0]])


def windows(*args, **settings):
    return list(utils.timeseries_dataset_from_array(*args, **settings).as_numpy_iterator())


def test_windows_and_what_belongs_to_them():
    series, targets = np.arange(20.0), np.arange(20) + 100
    [(x1, y1), (x2, y2)] = windows(series, targets, 3, sequence_stride=5, sampling_rate=2, batch_size=3)
    np.testing.assert_array_equal(np.concatenate([x1, x2]), [[0, 2, 4], [5, 7, 9], [10, 12, 14], [15, 17, 19]])
    assert (len(x1), len(x2)) == (3, 1)
    np.testing.assert_array_equal(np.concatenate([y1, y2]), [100, 105, 110, 115])
    part = windows(series, targets, 3, start_index=4, end_index=8, batch_size=None)
    assert [(x.tolist(), int(y)) for x, y in part] == [([4, 5, 6], 104), ([5, 6, 7], 105)]
    assert len(windows(series, targets[:4], 3, batch_size=None)) == 4


def test_windows_in_another_order():
    whole = np.concatenate(windows(np.arange(50), None, 2, batch_size=7, shuffle=True, seed=1))
    assert not np.array_equal(whole[:, 0], np.arange(49))
    np.testing.assert_array_equal(whole[np.argsort(whole[:, 0])], np.stack([np.arange(49), np.arange(1, 50)], 1))


def test_models_are_trained_on_windows():
    model = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", "mse")
    data = utils.timeseries_dataset_from_array(np.arange(10.0), np.arange(10.0), 4, batch_size=3)
    predictions = np.arange(7.0) * 4 + 6
    assert model.evaluate(data, verbose=0) == pytest.approx(np.mean((predictions - np.arange(7)) ** 2), rel=1e-6)


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"sequence_length": 0}, "sequence_length must be a positive number, got 0"),
        ({"sequence_length": 2, "sampling_rate": -1}, "sampling_rate must be"),
        ({"sequence_length": 2, "batch_size": 0}, "batch_size must be"),
        ({"sequence_length": 9}, "5 steps hold no window of 9 steps"),
        ({"sequence_length": 2, "start_index": 3, "end_index": 3}, "The part 3:3 of a series of 5 steps is empty"),
        ({"sequence_length": 2, "end_index": 6}, "out of bounds"),
    ],
)
def test_no_windows(settings, what):
    with pytest.raises(ValueError, match=what):
        utils.timeseries_dataset_from_array(np.arange(5), None, **settings)
