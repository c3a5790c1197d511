"""Dense layers, models of several inputs and outputs, shared and nested ones."""

import numpy as np

from tests.parity.harness import Case

_rng = np.random.default_rng(1)
ROWS = _rng.uniform(-1, 1, (6, 5)).astype(np.float32)
OTHERS = _rng.uniform(-1, 1, (6, 3)).astype(np.float32)


def mlp(k):
    return k.Sequential(
        [
            k.Input((5,)),
            k.layers.Dense(7, activation="tanh"),
            k.layers.Dense(4, activation="gelu", use_bias=False),
            k.layers.Dense(2),
        ]
    )


def regularised(k):
    return k.Sequential(
        [
            k.Input((5,)),
            k.layers.Dense(4, activation="elu", kernel_regularizer=k.regularizers.L1L2(0.1, 0.2)),
            k.layers.Dense(3, activation="softmax", bias_regularizer="l2"),
        ]
    )


def two_inputs(k):
    a, b = k.Input((5,), name="a"), k.Input((3,), name="b")
    x = k.layers.Concatenate()([k.layers.Dense(4, activation="relu")(a), k.layers.Dense(4, activation="sigmoid")(b)])
    return k.Model([a, b], [k.layers.Dense(2, name="first")(x), k.layers.Dense(1, name="second")(x)])


def named_inputs_and_outputs(k):
    a, b = k.Input((5,), name="a"), k.Input((3,), name="b")
    x = k.layers.Add()([k.layers.Dense(4)(a), k.layers.Dense(4)(b)])
    p, q = k.layers.Dense(2, name="p")(x), k.layers.Activation("selu", name="q")(x)
    return k.Model({"a": a, "b": b}, {"p": p, "q": q})


def shared(k):
    layer = k.layers.Dense(5, activation="softplus")
    x = k.Input((5,))
    return k.Model(x, k.layers.Subtract()([layer(layer(x)), layer(x)]))


def nested(k):
    inner = k.Sequential([k.Input((5,)), k.layers.Dense(6, activation="silu"), k.layers.Dense(5)])
    x = k.Input((5,))
    return k.Model(x, k.layers.Dense(2)(k.layers.Multiply()([inner(x), x])))


CASES = [
    Case("mlp", mlp, ROWS),
    Case("regularised", regularised, ROWS),
    Case("two inputs", two_inputs, [ROWS, OTHERS]),
    Case("named inputs and outputs", named_inputs_and_outputs, {"a": ROWS, "b": OTHERS}),
    Case("shared layer", shared, ROWS),
    Case("nested model", nested, ROWS),
]
