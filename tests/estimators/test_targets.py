"""Targets become what a network is fitted to, and come back."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import LabelEncoder, StandardScaler

from kerasflow.estimators.targets import LabelTarget, NumberTarget, UnknownLabelError, infer_task, target_from_config
from kerasflow.io.json_file import JsonError


def texts(*values):
    return np.array(values, object)


@pytest.mark.parametrize(
    ("numbers", "task"),
    [
        (None, "classification"),
        ([0.0, 1.0, 1.0, 0.0], "classification"),
        ([0.0, 1.0], "regression"),  # each once
        ([-1.0, 1.0, 1.0, -1.0, 1.0], "classification"),
        ([0.5, 1.0, 0.5, 1.0], "regression"),
        (np.repeat(np.arange(10.0), 2), "classification"),
        (np.repeat(np.arange(11.0), 9), "regression"),
        (np.append(np.repeat(np.arange(9.0), 2), 9.0), "regression"),  # 10 in 19 rows: less than twice on average
    ],
)
def test_the_task_is_inferred(numbers, task):
    assert infer_task(None if numbers is None else np.array(numbers)) == task


# --- numbers ---------------------------------------------------------------------------------------------------------


def test_numbers_are_standardised_as_scikit_learn_does():
    values = np.random.default_rng(0).normal(2e5, 1e5, 300)
    target = NumberTarget.learn(values)
    reference = StandardScaler().fit(values[:, None])
    encoded = target.encode(values)
    assert encoded.dtype == np.float32 and encoded.shape == (300, 1) and target.outputs == 1
    np.testing.assert_allclose(encoded, reference.transform(values[:, None]), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(target.decode(encoded), values, rtol=1e-7, atol=0.02)


def test_predictions_have_the_digits_that_float32_can_mean():
    assert NumberTarget(1000.0, 115395.0).decode(np.float32([[0.1], [-3.0]])).tolist() == [12539.5, -345185.0]
    assert NumberTarget(1000.0, 115395.0).decode(np.float32([[0.12345678]])).tolist() == [15246.296]
    assert NumberTarget(0.0, 3.0).decode(np.float32([[1 / 3], [0.1]])).tolist() == [1.0, 0.3]
    assert NumberTarget(0.0, 1e-200).decode(np.float32([[0.5]])).tolist() == [0.5e-200]  # too small to be rounded
    assert NumberTarget(0.0, 1e12).decode(np.float32([[0.1]])).tolist() == [1.000000e11]


@pytest.mark.parametrize("values", [[5.0, 5.0], [0.0], [1e308, 1e308]])
def test_a_constant_target_is_learned_too(values):
    target = NumberTarget.learn(np.array(values))
    assert target == NumberTarget(values[0], 1.0)


@given(st.lists(st.floats(allow_infinity=False, allow_nan=False), min_size=1))
def test_any_numbers_are_encoded_in_the_finite(values):
    target = NumberTarget.learn(np.array(values))
    assert np.isfinite(target.encode(np.array([*values, 1e308, -1e308]))).all()
    assert target_from_config(json.loads(json.dumps(target.to_config(), allow_nan=False))) == target


# --- labels ----------------------------------------------------------------------------------------------------------


def test_labels_are_numbered_as_scikit_learn_does():
    cells = np.random.default_rng(0).choice(["pear", "apple", "fig"], 50, p=[0.5, 0.3, 0.2]).astype(object)
    target, reference = LabelTarget.learn(cells), LabelEncoder().fit(cells)
    assert list(target.labels) == list(reference.classes_) and target.outputs == 3
    np.testing.assert_array_equal(target.encode(cells), reference.transform(cells))
    assert target.encode(cells).dtype == np.int32
    np.testing.assert_allclose(target.shares, np.bincount(reference.transform(cells)) / 50, rtol=1e-12)
    probabilities = np.array([[0.2, 0.5, 0.3], [0.9, 0.1, 0.0], [0.3, 0.3, 0.4]])
    assert target.decode(probabilities).tolist() == ["fig", "apple", "pear"]


def test_labels_that_are_numbers_are_compared_as_numbers_and_kept_as_written():
    target = LabelTarget.learn(texts("10", "9", "9.0", "9", "-1", "10.0", "10.0"))
    assert target.labels == ("-1", "9", "10.0")
    assert target.shares == (1 / 7, 3 / 7, 3 / 7)
    assert target.encode(texts("1e1", "9.00", "-1")).tolist() == [2, 1, 0]


def test_labels_of_which_one_is_no_number_are_texts():
    target = LabelTarget.learn(texts("10", "9", "unknown"))
    assert target.labels == ("10", "9", "unknown")
    with pytest.raises(UnknownLabelError, match=r"^the label '9.0' was not there in training$") as caught:
        target.encode(texts("9", "9.0", "8"))
    assert caught.value.row == 1
    for label, other in (("1_0", "9"), ("٣", "20"), ("-inf", "-9"), ("nan", "2")):
        # float() reads the first as a number, which would change the order; in a table it is a name
        assert LabelTarget.learn(texts(label, other)).labels == tuple(sorted((label, other)))


def test_an_unknown_number_is_refused():
    with pytest.raises(UnknownLabelError, match=r"^the label 'x' was not there in training$") as caught:
        LabelTarget.learn(texts("1", "2")).encode(texts("1", "2", "x"))
    assert caught.value.row == 2


@given(st.lists(st.text(), min_size=1))
def test_any_labels_come_back(values):
    target = LabelTarget.learn(texts(*values))
    codes = target.encode(texts(*values))
    assert target_from_config(json.loads(json.dumps(target.to_config()))) == target
    decoded = target.decode(np.eye(target.outputs)[codes])
    assert target.encode(decoded).tolist() == codes.tolist()


# --- read back -------------------------------------------------------------------------------------------------------

LABELS = {"task": "classification", "labels": ["a", "b"], "shares": [0.25, 0.75]}
NUMBER = {"task": "regression", "mean": 1.0, "scale": 2.0}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (3, "target is an object, not 3"),
        ({}, 'target: "task" is missing'),
        ({**NUMBER, "task": "ranking"}, "target: \"task\" is 'regression' or 'classification', not 'ranking'"),
        ({**NUMBER, "scale": 0}, 'target: "scale" is above 0'),
        ({**NUMBER, "mean": None}, 'target: "mean" is a finite number, not None'),
        ({**NUMBER, "labels": []}, "target: unknown 'labels'"),
        ({**LABELS, "labels": ["a", "a"]}, 'target: "labels" has a text twice'),
        ({**LABELS, "labels": ["a"]}, 'target: "shares" is a number for each label, which sum to 1'),
        ({**LABELS, "shares": [0.5, 0.6]}, 'target: "shares" is a number for each label, which sum to 1'),
        ({**LABELS, "labels": [], "shares": []}, 'target: "shares" is a number for each label, which sum to 1'),
    ],
)
def test_a_target_that_does_not_fit_is_refused(config, message):
    with pytest.raises(JsonError) as caught:
        target_from_config(config)
    assert str(caught.value) == message
