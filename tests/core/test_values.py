"""From Python values to arrays: rule G6, case by case, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kerasflow as tf
from kerasflow.core.values import to_array


class Index:
    def __index__(self):
        return 7


@pytest.mark.parametrize(
    ("value", "dtype", "shape"),
    [
        (1, "int32", ()),
        (2**31 - 1, "int32", ()),
        (-(2**31), "int32", ()),
        (2**31, "int64", ()),
        (-(2**31) - 1, "int64", ()),
        ([1, 2**40], "int64", (2,)),
        (2**63, "uint64", ()),
        (1.5, "float32", ()),
        ([1, 2.0], "float32", (2,)),
        ([[1, 2], [3, 4]], "int32", (2, 2)),
        (((1,), [2]), "int32", (2, 1)),
        (True, "bool", ()),
        (1j, "complex128", ()),
        ([1, 2.0, 1j], "complex128", (3,)),
        ([], "float32", (0,)),
        ([[], []], "float32", (2, 0)),
        ("é", "object", ()),
        (["a", b"b\0"], "object", (2,)),
        (np.float64(1), "float64", ()),
        (np.float16(1), "float16", ()),
        (np.array([1, 2]), "int64", (2,)),
        (np.array([1], ">i2"), "int16", (1,)),
        (np.array(["a", "bc"]), "object", (2,)),
        ([np.float64(1.5), 2], "float32", (2,)),
        ([np.int64(1)], "int32", (1,)),
        ([np.uint8(1), 2], "int32", (2,)),
        ([np.array([1, 2]), [3.0, 4.0]], "float32", (2, 2)),
        ([np.bool_(True)], "bool", (1,)),
        ([Index(), 2], "int32", (2,)),
        ([tf.Dimension(3)], "int32", (1,)),
    ],
    ids=str,
)
def test_natural_type(value, dtype, shape):
    array = to_array(value)
    assert (array.dtype, array.shape) == (np.dtype(dtype), shape)
    assert array.dtype.isnative


def test_values_are_kept():
    assert to_array([[1, -2], [3, 2**40]]).tolist() == [[1, -2], [3, 2**40]]
    assert to_array([0.5, 2]).tolist() == [0.5, 2.0] and to_array(2**64 - 1) == 2**64 - 1
    assert to_array([Index(), tf.Dimension(3)]).tolist() == [7, 3]
    assert to_array(["é", b"\xff\0", ""]).tolist() == ["é".encode(), b"\xff\0", b""]
    assert to_array(np.array([b"a", "b"], object)).tolist() == [b"a", b"b"]


@pytest.mark.parametrize(
    ("value", "dtype", "want"),
    [
        (1, tf.float32, 1.0),
        (1, tf.int8, 1),
        ([1, 2], tf.complex64, [1, 2]),
        (1.5, tf.float16, 1.5),
        (1.5, tf.complex128, 1.5),
        ([], tf.int64, []),
        (True, tf.bool, True),
        ("a", tf.string, b"a"),
        (np.array([1.5]), tf.float32, [1.5]),
        (np.array([1, 2], np.uint8), tf.int32, [1, 2]),
        (np.array([200]), tf.uint8, [200]),
        (2**63, tf.uint64, 2**63),
        (255, tf.uint8, 255),
    ],
    ids=str,
)
def test_wanted_type(value, dtype, want):
    array = to_array(value, dtype)
    assert array.dtype == dtype.numpy and array.tolist() == want


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (1.5, tf.int32),
        ([1, 1.5], tf.int64),
        (True, tf.int32),
        (True, tf.float32),
        (1, tf.bool),
        (1j, tf.float32),
        ("a", tf.int32),
        (1, tf.string),
        (np.array([1.0]), tf.int32),
        (np.array([True]), tf.float32),
        (np.array(["a"]), tf.float32),
    ],
    ids=str,
)
def test_another_kind_is_refused(value, dtype):
    with pytest.raises(TypeError, match=f"Expected {dtype.name}, got "):
        to_array(value, dtype)


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (128, tf.int8),
        (-129, tf.int8),
        (-1, tf.uint64),
        (2**31, tf.int32),
        ([0, 256], tf.uint8),
        (2**63, tf.int64),
        (np.array([300]), tf.int8),
        (np.array(2**64 - 1, np.uint64), tf.int64),
    ],
    ids=str,
)
def test_an_integer_that_does_not_fit_is_refused(value, dtype):
    with pytest.raises(ValueError, match=f"does not fit {dtype.name} \\({dtype.min} to {dtype.max}\\)"):
        to_array(value, dtype)


@pytest.mark.parametrize("value", [2**64, [1, -(2**63) - 1], [2**63, -1]], ids=str)
def test_an_integer_that_fits_no_type_is_refused(value):
    with pytest.raises(ValueError, match="does not fit any integer type"):
        to_array(value)


@pytest.mark.parametrize(
    "value", [[1, True], [True, 1.5], ["a", 1], [1, b"a"], [[1], [False]], [1, np.array("a")]], ids=str
)
def test_mixed_kinds_are_refused(value):
    with pytest.raises(TypeError, match="Cannot mix .* and .* in one tensor"):
        to_array(value)


@pytest.mark.parametrize("value", [[[1, 2], [3]], [1, [2]], [[1], [[2]]], ["a", ["b"]]], ids=str)
def test_ragged_lists_are_refused(value):
    with pytest.raises(ValueError, match="Expected a rectangular nest"):
        to_array(value)


@pytest.mark.parametrize("value", [object(), {1: 2}, {1}, [None], [1, None], range(3), int], ids=str)
def test_what_is_no_value_is_refused(value):
    with pytest.raises(TypeError, match="Cannot convert a \\w+ to a tensor"):
        to_array(value)


def test_none_is_refused():
    with pytest.raises(ValueError, match="got None"):
        to_array(None)
    with pytest.raises(TypeError, match="NoneType among them"):
        to_array(np.array(["a", None], object))
    with pytest.raises(TypeError):
        to_array(np.array("2020-01-01", "datetime64[D]"))


def test_long_values_are_cut_in_messages():
    with pytest.raises(TypeError) as error:
        to_array(list(range(1000)), tf.string)
    assert "..." in str(error.value) and len(str(error.value)) < 150


def test_deep_nests_need_no_recursion():
    value = 1
    for _ in range(60):
        value = [value]
    assert to_array(value).shape == (1,) * 60


@given(st.recursive(st.integers(-(2**70), 2**70), lambda x: st.lists(x, min_size=2, max_size=2), max_leaves=8))
def test_integers_are_exact_or_refused(value):
    """No integer changes on the way, whatever it stands beside."""
    try:
        assert to_array(value).tolist() == value
    except ValueError as e:
        assert "does not fit any" in str(e) or "rectangular" in str(e)
