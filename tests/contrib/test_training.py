"""Settings by name: what a text may change, and into what; as in TensorFlow 1.15.5."""

import copy

import numpy as np
import pytest

import kerasflow as tf

HParams = tf.contrib.training.HParams


def some():
    return HParams(rate=0.1, units=3, act="relu", flag=True, sizes=[1, 2, 3], names=["a", "b"])


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("rate=1e-3", "rate", 0.001),
        ("rate=1", "rate", 1.0),
        ("units=7,act=tanh", "units", 7),
        ("units=7, act= tanh", "act", "tanh"),
        ("act=", "act", ""),
        ("units=7,", "units", 7),
        ("flag=false", "flag", False),
        ("flag=0", "flag", False),
        ("flag=True", "flag", True),
        ("sizes=[4,5]", "sizes", [4, 5]),
        ("sizes=[4, 5]", "sizes", [4, 5]),
        ("sizes=[]", "sizes", []),
        ("names=[x,y,z]", "names", ["x", "y", "z"]),
        ("sizes[1]=9,sizes[2]=8", "sizes", [1, 9, 8]),
    ],
)
def test_a_text_changes_settings(text, name, value):
    found = some().parse(text).values()[name]
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("units=1.5", "Could not parse hparam 'units' of type 'int' with value '1.5'"),
        ("flag=maybe", "Could not parse hparam 'flag' of type 'bool'"),
        ("unit=1", "Unknown hyperparameter type for unit. Did you mean 'units'"),
        ("units", "Malformed hyperparameter value: units"),
        ("=3", "Malformed"),
        ("sizes=3", "Must pass a list for multi-valued parameter: sizes"),
        ("units=[1]", "Must not pass a list for single-valued parameter: units"),
        ("units=1,units=2", "Multiple assignments to variable 'units'"),
        ("sizes[0]=1,sizes[0]=2", "Multiple assignments to variable 'sizes'"),
        ("sizes=[1],sizes[0]=2", "Multiple assignments to variable 'sizes'"),
        ("sizes[0]=[1]", "Assignment of a list to a list index"),
        ("sizes[5]=1", r"has 3 values, there is no sizes\[5\]"),
    ],
)
def test_texts_that_cannot_be(text, told):
    settings = some()
    with pytest.raises(ValueError, match=told):
        settings.parse(text)
    assert settings.values() == some().values()


def test_settings_keep_their_types():
    settings = some()
    settings.set_hparam("rate", 2)
    settings.set_hparam("units", np.int64(4))
    assert (type(settings.rate), type(settings.units)) == (float, int) and settings.units == 4
    for name, value in (
        ("units", 4.5), ("units", True), ("units", "4"), ("act", 3), ("flag", 1), ("rate", "2"), ("sizes", [1.5]),
    ):  # fmt: skip
        with pytest.raises(ValueError, match="Could not cast hparam"):
            settings.set_hparam(name, value)
    with pytest.raises(KeyError, match="no hyperparameter 'unit'. Did you mean 'units'"):
        settings.override_from_dict({"unit": 3})
    settings.add_hparam("seed", None)
    settings.set_hparam("seed", 5)
    assert settings.set_from_map({"units": 5}).units == 5
    assert settings.get("seed") == 5 and settings.get("other", 7) == 7
    for default in ("x", [1]):
        with pytest.raises(ValueError, match="units"):
            settings.get("units", default)


def test_settings_as_json_and_copies():
    settings = HParams(b=[1.5], a=1)
    assert settings.to_json(sort_keys=True) == '{"a": 1, "b": [1.5]}' and str(settings) == "b=[1.5],a=1"
    assert settings.parse_json('{"a": 2}') is settings and settings.a == 2
    other = copy.deepcopy(settings)
    other.a = 3
    assert (settings.a, other.values()["a"], repr(other)) == (2, 3, "HParams([('a', 3), ('b', [1.5])])")
    other.del_hparam("a")
    other.del_hparam("a")
    assert "a" not in other and "b" in other and not hasattr(other, "a")
    for given, told in (({"parse": 1}, "reserved: parse"), ({"a": []}, "cannot be empty: a")):
        with pytest.raises(ValueError, match=told):
            HParams(**given)
    with pytest.raises(ValueError, match="reserved: a"):
        settings.add_hparam("a", 1)


def test_estimators_take_them(tmp_path):
    def model_fn(features, labels, mode, params):
        w = tf.get_variable("w", [], initializer=tf.zeros_initializer())
        loss = tf.square(w - params.target)
        step = tf.train.GradientDescentOptimizer(params.rate).minimize(loss, tf.train.get_global_step())
        return tf.estimator.EstimatorSpec(mode, {"w": w}, loss, step)

    settings = HParams(rate=0.25, target=4.0)
    model = tf.estimator.Estimator(model_fn, str(tmp_path), params=settings)
    model.train(lambda: tf.data.Dataset.from_tensors((0, 0)), steps=2)
    assert model.get_variable_value("w") == pytest.approx(3.0)


def test_unknown_names_may_be_passed_over():
    parse = tf.contrib.training.parse_values
    assert parse("a=1,b=2,c[1]=4", {"a": int, "c": int}, ignore_unknown=True) == {"a": 1, "c": {1: 4}}
