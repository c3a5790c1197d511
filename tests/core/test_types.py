"""Element types: which objects name them, what they know of themselves, and `Spec`."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kerasflow as tf
from kerasflow.core import types
from kerasflow.core.types import ALL, Spec, as_dtype

QUANTIZED = [tf.qint8, tf.qint16, tf.qint32, tf.quint8, tf.quint16]
NUMBERS = [t for t in ALL if t is not tf.string]


@pytest.mark.parametrize("t", ALL, ids=str)
def test_one_object_by_every_name(t):
    numpy = np.dtype(t.as_numpy_dtype)
    assert as_dtype(t) is as_dtype(t.name) is as_dtype(numpy) is as_dtype(t.as_numpy_dtype) is t
    assert getattr(tf, t.name) is t
    assert as_dtype(numpy.newbyteorder()) is t
    assert numpy.itemsize == t.size == t.numpy.itemsize
    assert copy.deepcopy(t) is pickle.loads(pickle.dumps(t)) is t


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (float, tf.float32),
        (int, tf.int64),
        (bool, tf.bool),
        (str, tf.string),
        (bytes, tf.string),
        (object, tf.string),
        ("half", tf.float16),
        ("float", tf.float32),
        ("double", tf.float64),
        ("int", tf.int64),
        ("<f4", tf.float32),
        (">i2", tf.int16),
        ("c16", tf.complex128),
        ("|b1", tf.bool),
        (complex, tf.complex128),
        (np.dtype("U5"), tf.string),
        (np.dtype("S2"), tf.string),
        (np.dtype(">f8"), tf.float64),
    ],
)
def test_other_names(value, dtype):
    assert as_dtype(value) is dtype


@pytest.mark.parametrize(
    "value", [None, "foo", "", 1, 1.5, np.longdouble, "datetime64", [("a", "f4")], object(), {}, "V1", "|V2"]
)
def test_what_names_no_type(value):
    with pytest.raises(TypeError, match="to an element type"):
        as_dtype(value)


@given(st.text(max_size=6) | st.text("<>|=,:()0123456789afiuScV", max_size=6))
def test_any_text_names_a_type_or_is_a_type_error(text):
    try:
        assert as_dtype(text) in ALL
    except TypeError as e:
        assert repr(text) in str(e)


@pytest.mark.parametrize("t", ALL, ids=str)
def test_equals_its_names_and_no_others(t):
    assert t == t.name and t == t.as_numpy_dtype
    assert not t != t.name
    assert [u for u in ALL if t == u or t == u.name or t == u.as_numpy_dtype] == [t]
    assert t != "foo" and t != None and t != 3  # noqa: E711
    assert t.is_compatible_with(t.name) and not t.is_compatible_with("foo")
    assert hash(t) == hash(as_dtype(t.name)) and len({*ALL}) == len(ALL)


def test_kinds():
    kinds = {t.name: (t.is_floating, t.is_complex, t.is_integer, t.is_unsigned, t.is_bool) for t in ALL}
    of = {"f": (1, 0, 0, 0, 0), "c": (0, 1, 0, 0, 0), "i": (0, 0, 1, 0, 0), "u": (0, 0, 1, 1, 0), "b": (0, 0, 0, 0, 1)}
    of["e"] = of["f"]
    assert kinds == {t.name: tuple(map(bool, of.get(t.kind, (0,) * 5))) for t in ALL}
    assert [t.name for t in ALL if t.is_unsigned] == ["uint8", "uint16", "uint32", "uint64"]
    assert [t.name for t in ALL if t.is_floating] == ["float16", "float32", "float64", "bfloat16"]
    assert [t for t in ALL if t.is_quantized] == QUANTIZED and tf.QUANTIZED_DTYPES == set(QUANTIZED)
    assert [t.name for t in ALL if t.is_differentiable] == [
        *("float16", "float32", "float64", "complex64", "complex128", "bfloat16")
    ]


def test_sizes_and_kin():
    assert [t.size for t in (tf.float16, tf.int64, tf.bool, tf.complex128)] == [2, 8, 1, 16]
    assert tf.complex64.real_dtype is tf.float32 and tf.complex128.real_dtype is tf.float64
    assert tf.int8.real_dtype is tf.int8 and tf.float32.base_dtype is tf.float32
    assert all(t.is_numpy_compatible for t in ALL)


@pytest.mark.parametrize("t", [t for t in NUMBERS if t.kind in "biuf"], ids=str)
def test_limits(t):
    """The limits fit, and nothing beyond them does; those of integers are ints, so that they can be reckoned with."""
    assert t.numpy.type(t.min) == t.min and t.numpy.type(t.max) == t.max
    if t.is_integer:
        assert type(t.min) is type(t.max) is int
        assert t.max == 2 ** (8 * t.size - (not t.is_unsigned)) - 1 and t.min == (0 if t.is_unsigned else -t.max - 1)
    elif t.is_floating:
        assert type(t.max) is t.as_numpy_dtype and t.min == -t.max
        bits = {2: (5, 10), 4: (8, 23), 8: (11, 52)}[t.size]
        assert float(t.max) == (2 - 2.0 ** -bits[1]) * 2.0 ** (2 ** (bits[0] - 1) - 1)
    else:
        assert (t.min, t.max) == (False, True)


def test_limits_of_bfloat16():
    assert tf.bfloat16.max == -tf.bfloat16.min == (2 - 2.0**-7) * 2.0**127


@pytest.mark.parametrize("t", QUANTIZED, ids=str)
def test_limits_of_quantised_integers_are_in_their_range(t):
    with pytest.raises(TypeError, match=f"limits of {t}: they depend on the range"):
        _ = t.max


@pytest.mark.parametrize("t", [tf.string, tf.complex64, tf.complex128], ids=str)
def test_what_has_no_order_has_no_limits(t):
    with pytest.raises(TypeError, match=f"limits of {t}: it has no order"):
        _ = t.min
    with pytest.raises(TypeError, match=f"limits of {t}: it has no order"):
        _ = t.max


def test_shown():
    assert repr(tf.float32) == "tf.float32" and str(tf.float32) == "<dtype: 'float32'>"
    assert repr(Spec(tf.int32, (2, None))) == "int32[2,?]"
    assert repr(Spec(tf.int32, None)) == "int32[?]" and repr(Spec(tf.bool, ())) == "bool[]"
    assert Spec(tf.int32, ()).value is None


def test_all_lists_every_type():
    others = {"DType", "QUANTIZED_DTYPES", "as_dtype", "double", "half", "variant"}
    assert set(types.__all__) == {t.name for t in ALL} | others
    assert tf.half is tf.float16 and tf.double is tf.float64
