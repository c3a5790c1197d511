"""Initializers by name, and as plain data."""

import json

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import initializers
from kerasflow.utils.lookup import snake_case

EVERY = [
    initializers.Zeros(),
    initializers.Ones(dtype="float64"),
    initializers.Constant(np.array([1.0, 2.0])),
    initializers.Identity(gain=2.0),
    initializers.RandomNormal(1.0, 2.0, seed=3),
    initializers.RandomUniform(-1.0, 2.0, seed=3),
    initializers.TruncatedNormal(1.0, 2.0, seed=3),
    initializers.VarianceScaling(2.0, "fan_out", "uniform", seed=3),
    initializers.GlorotNormal(seed=3),
    initializers.GlorotUniform(seed=3, dtype="float64"),
    initializers.HeNormal(seed=3),
    initializers.HeUniform(seed=3),
    initializers.LecunNormal(seed=3),
    initializers.LecunUniform(seed=3),
    initializers.Orthogonal(gain=2.0, seed=3),
]
KERAS = (
    "Zeros Ones Constant Identity RandomNormal RandomUniform TruncatedNormal VarianceScaling GlorotNormal "
    "GlorotUniform HeNormal HeUniform LecunNormal LecunUniform Orthogonal"
)


@pytest.mark.parametrize("initializer", EVERY, ids=lambda i: type(i).__name__)
def test_plain_data_there_and_back(initializer):
    saved = json.loads(json.dumps(initializers.serialize(initializer)))
    again = initializers.deserialize(saved)
    assert type(again) is type(initializer)
    assert again.get_config() == initializer.get_config()
    assert again.dtype is initializer.dtype
    x, y = tf.Session().run([initializer((4, 4)), again((4, 4))])
    assert x.dtype == y.dtype
    np.testing.assert_array_equal(x, y)


def test_every_name_of_keras():
    assert sorted(KERAS.split()) == sorted(type(i).__name__ for i in EVERY)
    for name in KERAS.split():
        for spelling in (name, snake_case(name)):
            assert type(initializers.get(spelling)).__name__ == name
        assert getattr(initializers, snake_case(name)) is getattr(initializers, name)
    for other, name in {"zero": "Zeros", "one": "Ones", "normal": "RandomNormal", "uniform": "RandomUniform"}.items():
        assert type(initializers.get(other)).__name__ == name


def test_thin_subclasses_are_saved_as_what_they_are():
    saved = initializers.serialize(initializers.random_normal_initializer(seed=1))
    assert saved == {
        "module": "keras.initializers",
        "class_name": "RandomNormal",
        "config": {"mean": 0.0, "stddev": 1.0, "seed": 1},
    }
    assert type(initializers.deserialize(saved)) is initializers.RandomNormal


def test_what_counts_as_an_initializer():
    def half(shape, dtype=None):
        return 0.5 * tf.ones(shape, dtype)

    instance = initializers.Ones()
    assert initializers.get(None) is None
    assert initializers.get(instance) is instance
    assert initializers.get(half) is half
    assert type(initializers.get(initializers.HeNormal)) is initializers.HeNormal
    assert initializers.get({"class_name": "Constant", "config": {"value": 3}}).value == 3
    keras3 = {"module": "keras.initializers", "class_name": "HeNormal", "config": {"seed": 4}, "registered_name": None}
    assert initializers.get(keras3).seed == 4


def test_of_the_users_own():
    class Halves(initializers.Initializer):
        arguments = ("twice",)

        def __init__(self, twice=1.0, dtype=tf.float32):
            super().__init__(dtype)
            self.twice = twice

        def make(self, shape, dtype):
            return tf.constant(self.twice / 2, dtype, shape)

    saved = initializers.serialize(Halves(3.0))
    assert saved == {"class_name": "Halves", "config": {"twice": 3.0}}
    with pytest.raises(ValueError, match="no initializer 'Halves'"):
        initializers.deserialize(saved)
    again = initializers.deserialize(saved, custom_objects={"Halves": Halves})
    assert tf.Session().run(again([2])).tolist() == [1.5, 1.5]
    assert initializers.get("Halves", {"Halves": Halves}).twice == 1.0


@pytest.mark.parametrize(
    ("identifier", "error", "message"),
    [
        ("glorot_unifrom", ValueError, "There is no initializer 'glorot_unifrom'. Did you mean 'glorot_uniform'?"),
        ("", ValueError, "There is no initializer ''."),
        (3, TypeError, "Expected an initializer, or its name; got 3."),
        ({"class_name": "HeNormal", "config": {"sede": 1}}, ValueError, "HeNormal.*sede"),
        ({"class_name": "HeNormal", "config": 3}, ValueError, "HeNormal' cannot be made from"),
        ({"class_name": "os.system", "config": {}}, ValueError, "no initializer 'os.system'"),
        ({"class_name": ["HeNormal"]}, ValueError, "Expected the saved form of an initializer"),
        ({"class_name": "HeNormal", "config": {}, "code": "x"}, ValueError, "Expected the saved form"),
        ({}, ValueError, "Expected the saved form"),
    ],
)
def test_refused(identifier, error, message):
    with pytest.raises(error, match=message):
        initializers.get(identifier)


def test_repr_names_the_arguments():
    assert repr(initializers.RandomUniform(0.0, 1.0, dtype="float64")) == (
        "RandomUniform(minval=0.0, maxval=1.0, seed=None, dtype='float64')"
    )
