"""What the program lets files name."""

import threading

import pytest

import kerasflow as tf
from kerasflow.utils import registry


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch):
    monkeypatch.setattr(registry, "_REGISTERED", {})
    monkeypatch.setattr(registry, "_NAMES", {})


def triple(x):
    return 3.0 * x


def test_a_registered_function_is_found_by_its_full_name_alone():
    registry.register_keras_serializable("mine", "thrice")(triple)
    assert tf.keras.activations.get("mine>thrice") is triple
    assert tf.keras.activations.serialize(triple) == "mine>thrice"
    assert registry.get_registered_name(triple) == "mine>thrice"
    assert registry.get_registered_object("mine>thrice") is triple
    with pytest.raises(ValueError, match="no activation 'thrice'"):
        tf.keras.activations.get("thrice")


def test_a_registered_class_is_saved_under_its_full_name():
    @registry.register_keras_serializable("mine")
    class Big(tf.keras.regularizers.L2):
        pass

    saved = tf.keras.regularizers.serialize(Big(0.5))
    assert saved["registered_name"] == "mine>Big"
    assert type(tf.keras.regularizers.deserialize(saved)) is Big


def test_a_name_is_given_once_but_a_cell_may_run_again():
    def made():
        def f(x):
            return x

        return f

    first, again = made(), made()
    registry.register_keras_serializable()(first)
    registry.register_keras_serializable()(again)
    assert registry.get_registered_object("Custom>f") is again
    assert registry.get_registered_name(first) == "f"
    with pytest.raises(ValueError, match="'Custom>f' is taken"):
        registry.register_keras_serializable(name="f")(triple)


def test_a_class_has_to_be_able_to_say_its_arguments():
    with pytest.raises(ValueError, match="Bare has no get_config"):
        registry.register_keras_serializable()(type("Bare", (), {}))


def test_a_scope_ends_and_belongs_to_its_thread():
    seen = []
    with registry.custom_object_scope({"a": 1}), registry.custom_object_scope({"b": 2}):
        assert registry.known_objects({"c": 3}) == {"a": 1, "b": 2, "c": 3}
        thread = threading.Thread(target=lambda: seen.append(registry.known_objects()))
        thread.start()
        thread.join()
    assert seen == [{}] and registry.known_objects() == {}
    with pytest.raises(KeyError), registry.custom_object_scope({"a": 1}):
        raise KeyError
    assert registry.known_objects() == {}


def test_the_call_comes_before_the_block_and_the_block_before_the_program():
    registry.get_custom_objects()["x"] = "program"
    assert registry.get_registered_object("x") == "program"
    with registry.custom_object_scope({"x": "block"}):
        assert registry.get_registered_object("x") == "block"
        assert registry.get_registered_object("x", {"x": "call"}) == "call"
