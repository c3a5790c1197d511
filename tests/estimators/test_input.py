"""What may be passed to estimators, and what is said of the rest."""

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets
from sklearn.exceptions import DataConversionWarning, NotFittedError

import kerasflow as tf
from kerasflow.estimators import (
    DNNClassifier,
    DNNRegressor,
    KerasClassifier,
    KerasRegressor,
    LinearClassifier,
    LinearRegressor,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def iris():
    return datasets.load_iris(return_X_y=True)


def quick(cls=DNNClassifier, **settings):
    return cls((4,), max_iter=3, random_state=0, **settings)


@pytest.mark.parametrize(
    "labels",
    [
        ["setosa", "versicolor", "virginica"],
        np.array(["setosa", "versicolor", "a"], object),
        [7, -1, 3],
        [2.0, 1.0, 4.0],
    ],
)
def test_labels_of_any_kind(labels):
    X, y = iris()
    names = np.array(labels)[y]
    model = LinearClassifier().fit(X, names)
    assert model.classes_.tolist() == sorted(labels)
    assert model.score(X, names) > 0.95
    order = np.argsort(labels)
    np.testing.assert_allclose(
        model.predict_proba(X), LinearClassifier().fit(X, y).predict_proba(X)[:, order], atol=1e-6
    )


@pytest.mark.parametrize("names", [["no", "yes"], [False, True]])
def test_two_classes_have_one_logit(names):
    X, y = iris()
    X, y = X[y > 0], np.array(names)[y[y > 0] - 1]
    model = LinearClassifier().fit(X, y)
    assert model.coef_.shape == (1, 4) and model.decision_function(X).shape == (100,)
    assert model.predict(X).dtype == y.dtype and model.score(X, y) > 0.95
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1, rtol=1e-15)


def test_improbable_classes_keep_their_probability():
    X = np.array([[-1.0], [1.0]])
    model = LinearClassifier(alpha=1e-3).fit(X, [0, 1])
    far = model.predict_proba([[20.0]])[0]
    np.testing.assert_allclose(far[0], np.exp(-model.decision_function([[20.0]])[0]), rtol=1e-9)
    assert 0 < far[0] < 1e-30 and far[1] == 1


def test_a_data_frame_with_its_names():
    frame = datasets.load_iris(as_frame=True)
    X, y = frame.data, frame.target.map({0: "a", 1: "b", 2: "c"})
    model = LinearClassifier().fit(X, y)
    assert model.feature_names_in_.tolist() == list(X.columns) and model.n_features_in_ == 4
    np.testing.assert_array_equal(model.coef_, LinearClassifier().fit(X.to_numpy(), y.to_numpy()).coef_)
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(X[X.columns[::-1]])
    nullable = X.astype("Float64")
    np.testing.assert_array_equal(model.predict(nullable), model.predict(X))
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        model.predict(X.to_numpy())


@pytest.mark.parametrize("cls", [DNNRegressor, DNNClassifier])
def test_the_network_computes_in_the_type_of_the_features(cls):
    X, y = iris()
    for dtype, wanted in [
        (np.float32, np.float32),
        (np.float64, np.float64),
        (np.float16, np.float64),
        (int, np.float64),
    ]:
        model = quick(cls).fit(X.astype(dtype), y)
        assert {a.dtype for a in model.coefs_ + model.intercepts_} == {np.dtype(wanted)}
        for other in (np.float32, np.float64):
            outputs = model.predict_proba if cls is DNNClassifier else model.predict
            assert outputs(X.astype(other)).dtype == wanted


def test_single_precision_refuses_what_it_cannot_hold():
    X, y = iris()
    model = quick(DNNRegressor).fit(X.astype(np.float32), y)
    with pytest.raises(ValueError, match="too large for dtype\\('float32'\\)"):
        model.predict(X * 1e50)
    with pytest.raises(ValueError, match="too large for dtype\\('float32'\\)"):
        model.predict((X - X.mean()) * 1e50)
    with pytest.raises(ValueError, match="Input y contains a value too large for float32"):
        quick(DNNRegressor).fit(X.astype(np.float32), y * 1e50)


def test_targets_with_two_axes():
    X, y = iris()
    model = LinearRegressor().fit(X[:, :2], X[:, 2:])
    assert model.predict(X[:, :2]).shape == (150, 2) and model.n_outputs_ == 2
    for k in range(2):
        np.testing.assert_allclose(model.coef_[k], LinearRegressor().fit(X[:, :2], X[:, 2 + k]).coef_, atol=1e-5)
    assert LinearRegressor().fit(X, y[:, None]).predict(X).shape == (150, 1)
    assert LinearRegressor().fit(X, y).predict(X).shape == (150,)
    with pytest.warns(DataConversionWarning):
        assert quick().fit(X, y[:, None]).predict(X).shape == (150,)


@pytest.mark.parametrize("cls", [DNNRegressor, DNNClassifier, LinearRegressor, LinearClassifier])
def test_one_clear_error_for_what_it_cannot_take(cls):
    X, y = iris()
    holed, endless = X.copy(), X.copy()
    holed[3, 1], endless[3, 1] = np.nan, np.inf
    cases = [
        (holed, y, "Input X contains NaN"),
        (endless, y, "Input X contains infinity"),
        (X, np.where(y == 2, np.nan, y), "Input y contains NaN"),
        (X[:, 0], y, "Expected 2D array, got 1D array"),
        (X[:0], y[:0], "0 sample"),
        (X, y[:-1], "inconsistent numbers of samples"),
        (X, None, "requires y to be passed"),
        (X + 1j, y, "Complex data not supported"),
        (np.full(X.shape, "text"), y, "could not convert|Unable to convert"),
    ]
    for features, targets, message in cases:
        with pytest.raises((ValueError, TypeError), match=message):
            cls().fit(features, targets)
    with pytest.raises(NotFittedError):
        cls().predict(X)
    model = cls(max_iter=3).fit(X, y)
    with pytest.raises(ValueError, match="X has 3 features, but .* is expecting 4 features"):
        model.predict(X[:, :3])


def test_targets_that_are_no_classes():
    X, y = iris()
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        DNNClassifier().fit(X, y + 0.5 * X[:, 0])
    with pytest.raises(ValueError, match="Unknown label type: continuous-multioutput"):
        DNNClassifier().fit(X, X[:, :2])
    with pytest.raises(
        ValueError, match="DNNRegressor predicts numbers, y holds texts .'a'.: for labels there are class"
    ):
        DNNRegressor().fit(X, np.array(["a", "b", "c"])[y])
    days = np.datetime64("2020-01-01") + y
    for targets in (days, pd.Series(days), pd.DataFrame({"day": days})):
        with pytest.raises(ValueError, match="y holds dates or times: say what counts, such as days since a day"):
            DNNRegressor().fit(X, targets)
    with pytest.raises(ValueError, match="KerasRegressor predicts numbers, y holds texts"):
        by_hand(KerasRegressor).fit(X, np.array(["a", "b", "c"])[y])
    digits = LinearRegressor().fit(X, y.astype(str))
    np.testing.assert_array_equal(digits.coef_, LinearRegressor().fit(X, y).coef_)


def by_hand(cls):
    """An estimator that takes two classes, or one number."""
    if cls in (KerasClassifier, KerasRegressor):
        return cls(tf.keras.Sequential([tf.keras.layers.Dense(1)]))
    return cls(max_iter=2)


MARKED = [
    (DNNClassifier, pd.Series(["a", None] * 75, dtype="string")),
    (DNNClassifier, pd.DataFrame({"a": pd.array([1, None] * 75, dtype="Int64"), "b": 1})),
    (KerasClassifier, pd.Series(["a", None] * 75, dtype="category")),
    (KerasRegressor, pd.array([1, None] * 75, dtype="Int64")),
    (DNNRegressor, pd.Series([1.5, np.nan] * 75)),
]


@pytest.mark.parametrize(("cls", "y"), MARKED)
def test_targets_that_pandas_marks_as_missing(cls, y):
    X, _ = iris()
    with pytest.raises(ValueError, match="y lacks 75 of 150 values, the first in row 1: leave these samples out"):
        by_hand(cls).fit(X, y)
    with pytest.raises(ValueError, match="y lacks 75 of 150 values"):
        by_hand(cls).fit(X, [1, 0] * 75, X_val=X, y_val=y)


@pytest.mark.parametrize("cls", [DNNClassifier, KerasClassifier, DNNRegressor, KerasRegressor])
def test_targets_that_are_missing_in_objects(cls):
    X, _ = iris()
    for y in ([1, pd.NA] * 75, np.array([1, pd.NaT] * 75, object)):
        with pytest.raises(ValueError, match="y holds a mark for what is missing: leave these samples out"):
            by_hand(cls).fit(X, y)
    with pytest.raises(ValueError, match="y holds None where a (label|number) is missing: leave these samples out"):
        by_hand(cls).fit(X, [None, 1] * 75)


@pytest.mark.parametrize("cls", [DNNClassifier, KerasClassifier])
def test_texts_of_varying_length(cls):
    X, _ = iris()
    model = by_hand(cls).fit(X, np.array(["low", "a longer text"] * 75, np.dtypes.StringDType()))
    assert model.classes_.tolist() == ["a longer text", "low"] and set(model.predict(X)) <= set(model.classes_)


@pytest.mark.parametrize("cls", [DNNClassifier, KerasClassifier])
@pytest.mark.parametrize("dtype", ["Int64", "UInt8", "boolean", "Float32"])
def test_classes_of_types_that_can_mark_what_is_missing_stay_what_they_are(cls, dtype):
    X, _ = iris()
    model = by_hand(cls).fit(X, pd.Series([1, 0] * 75, dtype=dtype))
    expected = {"Int64": np.int64, "UInt8": np.uint8, "boolean": bool, "Float32": np.float32}[dtype]
    assert model.classes_.dtype == model.predict(X).dtype == expected and model.classes_.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["a", "b", 3], "labels of several types, int and str: make them one, by y.astype"),
        (["a", "b", None], "None where a label is missing: leave these samples out"),
        ([True, False, True], "Unknown label type: y holds bools as objects. Give them a type, by y.astype.bool."),
        ([1, 2, 3], "Unknown label type: y holds ints as objects. Give them a type, by y.astype.int."),
        ([1, 2.5, 3], "Unknown label type: y holds floats as objects. Give them a type, by y.astype.float."),
    ],
)
def test_labels_that_cannot_be_sorted(labels, message):
    X, y = iris()
    labels = np.array(labels, object)[y]
    for targets in (labels, np.stack([labels, labels], axis=1)):
        with pytest.raises(ValueError, match=message):
            LinearClassifier().fit(X, targets)
    with pytest.raises(ValueError, match=message):
        by_hand(KerasClassifier).fit(X, labels)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"hidden_layer_sizes": (3, 0)}, "positive integers"),
        ({"hidden_layer_sizes": 2.5}, "positive integers"),
        ({"hidden_layer_sizes": "8"}, "positive integers"),
        ({"hidden_layer_sizes": True}, "positive integers"),
        ({"activation": "cube"}, "one of 'relu'"),
        ({"solver": "newton"}, "one of 'adam', 'adamw', .* 'ftrl', 'lbfgs', or an optimizer"),
        ({"solver": tf.train.AdamOptimizer}, "or an optimizer"),
        ({"l1": -1}, r"a number in \[0, inf\)"),
        ({"learning_rate": "slow"}, "one of 'constant', 'cosine', 'adaptive', or a LearningRateSchedule"),
        ({"learning_rate": 0.1}, "one of 'constant', 'cosine', 'adaptive', or a LearningRateSchedule"),
        ({"n_threads": 0}, "an integer of at least 1"),
        ({"callbacks": tf.keras.callbacks.History()}, "None or a list of callbacks"),
        ({"callbacks": [print]}, "None or a list of callbacks"),
        ({"verbose": 3}, "False, True, 0, 1 or 2"),
        ({"alpha": -1.0}, r"a number in \[0, inf\)"),
        ({"alpha": np.nan}, r"a number in \[0, inf\)"),
        ({"dropout": 1.0}, r"a number in \[0, 1\)"),
        ({"batch_size": 0}, "'auto', or an integer of at least 1"),
        ({"batch_size": 1.5}, "'auto', or an integer of at least 1"),
        ({"learning_rate_init": 0}, r"a number in \(0, inf\)"),
        ({"max_iter": 0}, "an integer of at least 1"),
        ({"max_iter": True}, "an integer of at least 1"),
        ({"shuffle": 1}, "a bool"),
        ({"tol": "small"}, r"a number in \[0, inf\)"),
        ({"n_iter_no_change": 0}, "an integer of at least 1"),
        ({"early_stopping": "yes"}, "a bool"),
        ({"validation_fraction": 0.0}, r"a number in \(0, 1\)"),
        ({"class_weight": "fair"}, "None, 'balanced', a dict"),
        ({"class_weight": [None, "fair"]}, "a list of these"),
        ({"class_weight": {0: -1}}, "None, 'balanced', a dict"),
        ({"warm_start": None}, "a bool"),
    ],
)
def test_parameters_are_checked_when_it_is_fitted(setting, message):
    ((name, value),) = setting.items()
    model = DNNClassifier(**setting)
    with pytest.raises(ValueError, match=f"The parameter '{name}' of DNNClassifier must be .*{message}.* Got "):
        model.fit(*iris())


def test_numpy_numbers_are_numbers():
    settings = {"batch_size": np.int64(50), "max_iter": np.int32(2), "alpha": np.float32(0.1), "shuffle": np.True_}
    for sizes in (np.array([4, 3]), [4, 3], (np.int64(4), 3)):
        model = DNNClassifier(sizes, **settings).fit(*iris())
        assert [c.shape[1] for c in model.coefs_] == [4, 3, 3]
    assert [c.shape[1] for c in DNNClassifier(5, max_iter=1).fit(*iris()).coefs_] == [5, 3]
    assert [c.shape[1] for c in DNNClassifier((), max_iter=1).fit(*iris()).coefs_] == [3]


def test_nothing_is_written_to_what_is_passed():
    X, y = iris()
    w = np.ones(150)
    for array in (X, y, w):
        array.flags.writeable = False
    quick().fit(X, y, sample_weight=w).predict(X)  # a write would raise
