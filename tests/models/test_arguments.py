"""The arguments of recorded calls as plain data."""

import json

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.models.arguments import live, plain


@pytest.mark.parametrize(
    "value",
    [None, True, 3, 1.5, "text", [1, [2, None]], {"a": [3], "b": {}}, slice(1, None, -2), Ellipsis, b"bytes"],
)
def test_round_trip(value):
    assert live(json.loads(json.dumps(plain(value, None))), None) == value


def test_arrays_and_types():
    array = np.arange(6, dtype=np.int16).reshape(2, 3)
    again = live(json.loads(json.dumps(plain(array, None))), None)
    assert again.dtype == np.int16 and np.array_equal(again, array)
    assert plain(np.float32(2.5), None) == 2.5 and plain(np.array(3), None) == 3
    assert plain(tf.int32, None) == "int32"


def test_symbolic_tensors():
    x = tf.keras.Input((3,), name="x")
    data = plain((x, 2), lambda t: (t.name, 4, 5))
    assert data[0]["config"] == {"shape": [None, 3], "dtype": "float32", "keras_history": ["x", 4, 5]}
    places = []
    assert live(data, lambda place: places.append(place) or x) == [x, 2]
    assert places == [("x", 4, 5)]


def test_what_cannot_be_written():
    with pytest.raises(ValueError, match="cannot be written"):
        plain([object()], None)


@pytest.mark.parametrize(
    "kind, config",
    [
        ("__lambda__", {"value": "aGk="}),
        ("__typespec__", {}),
        ("Dense", {"units": 1}),
        (None, {}),
        (["__slice__"], {}),
        ("__slice__", {"start": 1}),
        ("__slice__", {"start": "1", "stop": 2, "step": 3}),
        ("__slice__", []),
        ("__numpy__", {"value": [1, [2]], "dtype": "float32"}),
        ("__numpy__", {"value": [1], "dtype": "object"}),
        ("__numpy__", {"value": [1], "dtype": "V1000000000000"}),
        ("__bytes__", {"value": 3}),
        ("__keras_tensor__", {"keras_history": 3}),
    ],
)
def test_what_no_file_may_hold(kind, config):
    with pytest.raises(ValueError, match="An argument of a call"):
        live({"class_name": kind, "config": config}, None)
