"""Models whose layers hang together in other ways than one after the other."""

import numpy as np

from tests.parity.harness import Case

rng = np.random.default_rng(7)
X, Z = rng.normal(size=(5, 4)).astype(np.float32), rng.normal(size=(5, 2)).astype(np.float32)


def shared(k):
    """One layer called twice, in a model with two inputs and three outputs."""
    x, y, h = k.Input((4,), name="x"), k.Input((4,), name="y"), k.layers.Dense(3)
    a, b = h(x), h(y)
    return k.Model([x, y], [a, k.layers.Subtract()([a, b]), k.layers.Dot(1)([a, b])])


def by_name(k):
    """Dicts of inputs and outputs; models in the model, one of them called three times; operators."""
    x, z, inside = k.Input((4,), name="x"), k.Input((2,), name="z"), k.Input((6,))
    d = k.layers.Dense(4, name="d")
    h = d(x)
    h2 = d(h)
    c = k.layers.Concatenate()([k.layers.BatchNormalization()(h2), z])
    inner = k.Model(inside, k.layers.Dense(2, name="q")(inside), name="inner")
    stack = k.Sequential([k.Input((6,)), k.layers.Dense(2)], name="stack")
    o = inner(c) + stack(c) * 2.0
    o = 1.0 - o / (3.0 + abs(o))
    last = inner(k.layers.Concatenate()([o, h2[:, :4]]))
    return k.Model({"x": x, "z": z}, {"a": last, "b": inner(c)})


def from_the_middle(k):
    """A model that begins with what a layer of another model gives."""
    h = k.layers.Dense(4, name="h")(k.Input((3,)))
    return k.Model(h, k.layers.Dense(2)(h))


def nested(k):
    """Stacks in a stack in a model that calls it twice."""
    x, small = k.Input((4,)), k.Sequential([k.layers.Dense(4)])
    large = k.Sequential([k.Input((4,)), small, k.layers.Activation("relu")])
    return k.Model(x, large(large(x)))


def crossing(k):
    """Branches of several lengths, whose layers are of one class and weights of one shape."""
    x, y = k.Input((4,), name="x"), k.Input((4,), name="y")
    layers = [k.layers.Dense(4, name=f"d{i}") for i in (3, 1, 4, 2, 5)]
    a = layers[0](y)
    b = layers[1](layers[2](x))
    c = layers[3](k.layers.Add()([a, b]))
    return k.Model([x, y], [layers[4](a), k.layers.Multiply()([c, layers[2](y)])])


def model_in_front(k):
    """A stack that begins with a model."""
    x = k.Input((4,))
    return k.Sequential([k.Model(x, k.layers.Dense(4)(x)), k.layers.Dense(1)])


CASES = [
    Case("shared layers", shared, [X, X[::-1].copy()]),
    Case("dicts, nested models and operators", by_name, {"x": X, "z": Z}),
    Case("from the middle of a model", from_the_middle, X),
    Case("nested stacks", nested, X),
    Case("crossing branches", crossing, [X, X[::-1].copy()]),
    Case("a model in front of a stack", model_in_front, X),
]
