"""What is passed to `fit`: what is taken, and what is refused and how."""

import collections
from array import array

import numpy as np
import pandas as pd
import pytest

import kerasflow as tf
from kerasflow import keras

X = np.random.default_rng(0).normal(size=(8, 2)).astype(np.float32)
Y = X[:, 0]


def model(loss="mse", units=1):
    layer = keras.layers.Dense(units, kernel_initializer="ones", name="out")
    made = keras.Sequential([keras.Input((2,), name="in"), layer])
    made.compile(keras.optimizers.SGD(0.1), loss)
    return made


def loss_of(x=X, y=Y, **options):
    return model().fit(x, y, batch_size=3, shuffle=False, verbose=0, **options).history["loss"][0]


@pytest.mark.parametrize(
    "x",
    [
        np.asfortranarray(X), np.repeat(X, 2, axis=1)[:, ::2], X[::-1][::-1], X.astype(np.float64), X.tolist(), [X],
        pd.DataFrame(X), X.astype(object), tuple(map(tuple, X.tolist())),
    ],
    ids=["fortran", "strided", "reversed", "double", "lists", "list of one", "frame", "objects", "tuples"],
)  # fmt: skip
def test_arrays_of_any_layout_and_kind_train_alike(x):
    assert loss_of(x) == loss_of()


@pytest.mark.parametrize(
    "y", [Y[:, None], Y[:, None, None], Y.tolist(), pd.Series(Y, index=range(8, 0, -1)), pd.DataFrame(Y), [Y]]
)
def test_targets_of_any_kind_train_alike(y):
    assert loss_of(y=y) == loss_of()


def test_what_is_passed_is_not_written_to():
    x, y, w = (np.array(a) for a in (X, Y, np.ones(8, np.float32)))
    for one in (x, y, w):
        one.setflags(write=False)
    assert loss_of(x, y, sample_weight=w) == loss_of()


def test_missing_cells_of_a_frame_are_nan():
    frame = pd.DataFrame({"a": pd.array([1, None] * 4, dtype="Int64"), "b": True})
    assert np.isnan(model().predict(frame, verbose=0)).ravel().tolist() == [False, True] * 4


@pytest.mark.parametrize(
    ("x", "what"),
    [
        (X + 1j, "complex64"), (None, "got None"), ([[1, 2], [1]], "rows of the input 'in' differ in their lengths"),
        (pd.DataFrame({"a": pd.date_range("2020", periods=8), "b": 1.0}), "hold none: a"),
        (pd.DataFrame({"a": ["1"] * 8, "b": 1.0}), "hold none: a"),
        (pd.DataFrame({"a": pd.Series(["1"] * 8).astype("category"), "b": 1.0}), "hold none: a"),
        (np.array([["1", 2.0]] * 8, dtype=object), "'1'"), (np.full((8, 2), 1e300), "too large for float32"),
        (np.array([[None, "x"]] * 8, dtype=object), "'x'"), (X[:0], "no rows"), (X[0], r"shape \(\?, 2\), got"),
    ],
)  # fmt: skip
def test_inputs_that_are_no_numbers_are_refused(x, what):
    with pytest.raises((TypeError, ValueError), match=what):
        model().predict(x, verbose=0)


def test_classes_must_be_whole_numbers():
    m = model("sparse_categorical_crossentropy", units=3)
    m.fit(X, np.arange(8) % 3 * 1.0, verbose=0)
    for wrong in (0.5, np.nan):
        with pytest.raises(ValueError, match="target 'out' must be numbers of classes"):
            m.fit(X, np.full(8, wrong), verbose=0)


def test_class_weights_multiply_sample_weights_of_any_shape():
    y, w = np.arange(8) % 2, np.linspace(0.5, 2, 8)
    expected = loss_of(y=y, sample_weight=w * np.where(y, 3.0, 0.5))
    for given in (w, w[:, None], [w]):
        assert loss_of(y=y, sample_weight=given, class_weight={0: 0.5, 1: 3.0}) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("y", "weights", "what"),
    [
        (Y > 0, "balanced", "must be a dict"), (Y > 0, [1, 2], "must be a dict"), (Y > 0, {0: 1}, r"classes \[1.0\]"),
        (Y, {0: 1}, "no weight for the classes"), (Y > 0, {0: "a", 1: 2}, "Expected numbers for the class_weight"),
    ],
)  # fmt: skip
def test_class_weights_that_do_not_fit_are_refused(y, weights, what):
    with pytest.raises((TypeError, ValueError), match=what):
        loss_of(y=y, class_weight=weights)


@pytest.mark.parametrize(
    "options",
    [
        {"batch_size": 0}, {"batch_size": "8"}, {"batch_size": 2.5}, {"batch_size": True}, {"epochs": 1.5},
        {"epochs": -1}, {"initial_epoch": "0"}, {"validation_freq": 0}, {"validation_split": "0.5"},
        {"validation_split": 2}, {"callbacks": [3]}, {"callbacks": [keras.callbacks.EarlyStopping]},
    ],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused_by_name(options):
    (name,) = options
    with pytest.raises((TypeError, ValueError), match=name.removesuffix("s")):
        model().fit(X, Y, verbose=0, **options)


def test_a_batch_may_be_larger_than_the_data():
    m = model()
    assert m.fit(X, Y, batch_size=10**9, verbose=0).history["loss"][0] == pytest.approx(np.mean(X[:, 1] ** 2))


def test_numbers_become_what_a_layer_computes_with():
    x = keras.Input((2,), dtype="int32")
    wide = keras.layers.Dense(1, kernel_initializer="ones", dtype="float64")
    made = keras.Model(x, wide(keras.layers.Dense(2, kernel_initializer=tf.keras.initializers.Identity())(x)))
    result = made.predict(np.array([[1, 2]]), verbose=0)
    assert result.dtype == np.float64 and result.tolist() == [[3.0]]


def test_matrices_with_few_entries_are_filled_up():
    sparse = pytest.importorskip("scipy.sparse")
    x = np.where(X > 0.5, X, 0.0).astype(np.float32)
    for kind in (sparse.csr_matrix, sparse.coo_array):
        assert loss_of(kind(x)) == loss_of(x)
        np.testing.assert_array_equal(model().predict(kind(x), verbose=0), model().predict(x, verbose=0))


@pytest.mark.parametrize("x", [range(4), collections.deque([0, 1, 2, 3]), array("d", [0, 1, 2, 3])])
def test_sequences_of_numbers_are_data_not_batches(x):
    made = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
    assert made.predict(x, verbose=0).tolist() == [[0.0], [1.0], [2.0], [3.0]]


def test_tensors_are_no_data():
    with pytest.raises(TypeError, match="input 'in'.*a tensor of a graph; run it in a session first"):
        model().predict(tf.ones((2, 2)), verbose=0)
