"""What layers hold: in attributes, lists and dicts, in the order in which they got it."""

import copy
import pickle

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.weights import Weight
from kerasflow.layers import Dense, Input, Layer


def names(layer):
    return [inner.name for inner in layer._sublayers]


def a(name):
    return Dense(1, name=name)


def test_lists_tell_of_what_is_done_to_them():
    layer = Layer()
    layer.blocks = []
    layer.out = a("out")
    layer.blocks.append(a("a"))
    layer.blocks += [a("b"), [a("c")]]
    layer.blocks.insert(0, a("d"))
    layer.blocks[1] = a("e")
    assert names(layer) == ["out", "b", "c", "d", "e"]
    assert [inner.name for inner in layer.blocks.pop()] == ["c"]
    assert names(layer) == ["out", "b", "d", "e"]
    del layer.blocks[:2]
    assert names(layer) == ["out", "b"]
    layer.blocks.remove(layer.blocks[0])
    layer.blocks.extend([a("f"), a("g")])
    assert names(layer) == ["out", "f", "g"]
    layer.blocks.clear()
    assert names(layer) == ["out"] and layer.blocks == [] and isinstance(layer.blocks, list)


def test_dicts_tell_too():
    layer = Layer()
    layer.ways = {"a": a("a")}
    layer.ways["b"] = a("b")
    layer.ways.update(c=a("c"), d={"e": a("e")})
    layer.ways.setdefault("a", a("never"))
    layer.ways.setdefault("f", a("f"))
    assert names(layer) == ["a", "b", "c", "e", "f"]
    layer.ways["d"]["g"] = a("g")
    layer.ways["a"] = a("h")
    del layer.ways["b"]
    assert layer.ways.pop("c").name == "c" and layer.ways.pop("z", 1) == 1
    assert names(layer) == ["e", "f", "g", "h"]
    layer.ways.clear()
    assert names(layer) == []


def test_what_is_held_in_two_places_stays_until_it_is_in_none():
    layer, inner = Layer(), a("inner")
    layer.first, layer.both = inner, (inner, 1)
    layer.first = None
    assert names(layer) == ["inner"]
    del layer.both
    assert names(layer) == []


def test_private_attributes_and_sets_count():
    layer = Layer()
    layer._hidden = a("hidden")
    layer.some = {a("some")}
    assert names(layer) == ["hidden", "some"]


def test_weights_and_metrics_are_parts():
    layer = Layer()
    layer.w = Weight(np.zeros(2, np.float32), "w")
    layer.seen = [tf.keras.metrics.Mean("m")]
    layer.inner = Layer()
    layer.inner.also = tf.keras.metrics.Mean("n")
    assert layer.weights == [layer.w]
    assert [m.name for m in layer.metrics] == ["m", "n"]


def test_attributes_may_come_before_the_constructor_of_the_base():
    class Early(Layer):
        def __init__(self):
            self.inner = [a("inner")]
            super().__init__(name="early")

    assert names(Early()) == ["inner"]

    class Never(Layer):
        def __init__(self):
            self.units = 3

    with pytest.raises(RuntimeError, match=r"Never.__init__ must call super\(\).__init__\(\)"):
        Never()(tf.ones([1, 2]))


class Blocks(Layer):
    """Layers in a list and a dict."""

    def __init__(self):
        super().__init__()
        self.blocks = [Dense(3)]
        self.ways = {"a": Dense(3)}
        self.blocks.append(Dense(2))

    def call(self, x):
        return self.blocks[1](self.blocks[0](x) + self.ways["a"](x))


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_hold_copies(duplicate):
    layer = Blocks()
    layer(Input((3,)))
    other = duplicate(layer)
    assert [w.shape.as_list() for w in other.weights] == [[3, 3], [3], [3, 3], [3], [3, 2], [2]]
    assert other.blocks[0] is other._sublayers[0] and not set(other.weights) & set(layer.weights)
    other.blocks.pop()
    assert len(other._sublayers) == 2 and len(layer._sublayers) == 3


def test_layers_that_hold_each_other():
    one, other = Layer(), Dense(1)
    one.other, other.one = other, one
    other.build((None, 2))
    assert len(one.weights) == len(other.weights) == 2


def test_freezing_reaches_all_that_is_inside():
    layer = Blocks()
    layer(Input((3,)))
    layer.trainable = False
    assert not layer.blocks[0].trainable and layer.trainable_weights == []
    layer.blocks[0].trainable = True
    assert layer.trainable_weights == []  # the layer around it is frozen
    layer.trainable = True
    layer.ways["a"].trainable = False
    assert len(layer.trainable_weights) == 4 and len(layer.non_trainable_weights) == 2
    with pytest.raises(ValueError, match="True or False, got 'no'"):
        Dense(1, trainable="no")
