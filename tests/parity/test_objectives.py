"""Losses, metrics, weights and masks of models with outputs of every nesting, against real Keras: numbers and names."""

import numpy as np
import pytest

import kerasflow.keras as ours
from tests.parity.harness import real_keras

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(0)
X = RNG.standard_normal((12, 3)).astype("f")
A, B = RNG.standard_normal((12, 1)).astype("f"), RNG.integers(0, 3, 12)
C = RNG.standard_normal((12, 3)).astype("f")
W, V = RNG.uniform(0.5, 2, (2, 12)).astype("f")
IDS = np.array([[1, 2, 0, 0], [3, 0, 0, 0], [1, 2, 3, 1]] * 4)
STEPS = RNG.standard_normal((12, 4, 2)).astype("f")
MSE, SCE = "mse", "sparse_categorical_crossentropy"


def dense(k, units, name):
    fixed = {"kernel_initializer": k.initializers.Constant(0.1), "bias_initializer": k.initializers.Constant(0.2)}
    return k.layers.Dense(units, name=name, **fixed)


def functional(pack):
    def make(k):
        x = k.Input((3,), name="x")
        a, b, c = dense(k, 1, "a")(x), k.layers.Activation("softmax", name="b")(x), dense(k, 1, "c")(x)
        return k.Model(x, pack(a, b, c))

    return make


def subclassed(pack):
    def make(k):
        class Own(k.Model):
            def __init__(self):
                super().__init__()
                self.a, self.b = dense(k, 1, "a"), k.layers.Activation("softmax", name="b")

            def call(self, x):
                return pack(self.a(x), self.b(x), None)

        return Own()

    return make


def masked(k):
    ids = k.Input((4,), dtype="int32", name="ids")
    vectors = k.layers.Embedding(4, 2, mask_zero=True, embeddings_initializer=k.initializers.Constant(0.3))(ids)
    return k.Model(ids, dense(k, 2, "steps")(vectors))


ONE, LIST, TUPLE = functional(lambda a, b, c: a), functional(lambda a, b, c: [a, b]), functional(lambda a, b, c: (a, b))
DICT, NEST = functional(lambda a, b, c: {"u": b, "t": a}), functional(lambda a, b, c: {"p": [a, b], "q": c})
OWNS, OWN_LIST = subclassed(lambda a, b, c: {"u": b, "t": a}), subclassed(lambda a, b, c: [a, b])

# The model, what it is compiled with, the inputs, the targets, and the sample weights.
CASES = {
    "twice": (ONE, lambda k: {"loss": MSE, "metrics": ["mae", "mse", k.metrics.MeanAbsoluteError()]}, X, A, None),
    "weighted": (ONE, lambda k: {"loss": MSE, "metrics": ["mse"], "weighted_metrics": ["mae"]}, X, A, W),
    "lists": (ONE, lambda k: {"loss": [MSE], "metrics": [["mae"]], "loss_weights": [2.0]}, X, A, None),
    "two": (
        LIST,
        lambda k: {"loss": [MSE, SCE], "metrics": [["mae"], ["accuracy"]], "loss_weights": [1.0, 2.0]},
        X,
        [A, B],
        None,
    ),
    "two by name": (
        LIST,
        lambda k: {"loss": {"a": MSE, "b": SCE}, "metrics": {"b": "acc"}, "loss_weights": {"a": 1.0, "b": 2.0}},
        X,
        {"a": A, "b": B},
        None,
    ),
    "one of two": (LIST, lambda k: {"loss": [MSE, None], "metrics": [["mae"], None]}, X, [A, B], None),
    "none by name": (LIST, lambda k: {"loss": {"a": MSE, "b": None}}, X, {"a": A, "b": B}, None),
    "for both": (LIST, lambda k: {"loss": MSE, "metrics": ["mae", "mse"]}, X, [A, C], None),
    "tuples": (TUPLE, lambda k: {"loss": (MSE, SCE), "metrics": (["mae"], ["accuracy"])}, X, (A, B), (W, V)),
    "dict": (
        DICT,
        lambda k: {
            "loss": {"t": MSE, "u": SCE},
            "metrics": {"t": ["mae", "mse"], "u": ["accuracy"]},
            "loss_weights": {"t": 3.0, "u": 1.0},
        },
        X,
        {"t": A, "u": B},
        None,
    ),
    "dict, weighted": (DICT, lambda k: {"loss": {"t": MSE, "u": SCE}}, X, {"t": A, "u": B}, {"t": W, "u": V}),
    "dict, in part": (DICT, lambda k: {"loss": {"t": MSE}, "metrics": {"u": ["acc"]}}, X, {"t": A, "u": B}, None),
    "dict, losses in order": (DICT, lambda k: {"loss": [MSE, SCE]}, X, {"t": A, "u": B}, None),
    "nested": (
        NEST,
        lambda k: {
            "loss": {"p": [MSE, SCE], "q": "mae"},
            "metrics": {"p": [["mae"], ["accuracy"]], "q": ["mse"]},
            "loss_weights": {"p": [1.0, 2.0], "q": 0.5},
        },
        X,
        {"p": [A, B], "q": A},
        None,
    ),
    "list of one": (functional(lambda a, b, c: [a]), lambda k: {"loss": MSE, "metrics": ["mae"]}, X, [A], None),
    "own dict": (OWNS, lambda k: {"loss": {"t": MSE, "u": SCE}, "metrics": {"t": "mse"}}, X, {"t": A, "u": B}, None),
    "own list": (OWN_LIST, lambda k: {"loss": [MSE, SCE], "metrics": [["mae"], ["accuracy"]]}, X, [A, B], None),
    "masked": (masked, lambda k: {"loss": MSE, "metrics": ["mae"], "weighted_metrics": ["mse"]}, IDS, STEPS, None),
    "masked, weighted": (
        masked,
        lambda k: {"loss": MSE, "metrics": ["mae"], "weighted_metrics": ["mse"]},
        IDS,
        STEPS,
        W[:, None] * np.ones((1, 4), "f"),
    ),
    "masked sum": (masked, lambda k: {"loss": k.losses.MeanSquaredError(reduction="sum")}, IDS, STEPS, None),
}  # fmt: skip


def results(k, name):
    make, settings, x, y, weights = CASES[name]
    model = make(k)
    model.compile(k.optimizers.SGD(0.1), run_eagerly=True, **settings(k))
    given = {} if weights is None else {"sample_weight": weights}
    options = {"batch_size": 7, "verbose": 0, **given}
    values = model.evaluate(x, y, **options)
    logs = model.evaluate(x, y, return_dict=True, **options)
    history = model.fit(x, y, epochs=2, shuffle=False, **options).history
    trained, tested = (f(x, y, return_dict=True, **given) for f in (model.train_on_batch, model.test_on_batch))
    return [np.atleast_1d(values).tolist(), logs, tested, history, trained]


@pytest.mark.parametrize("name", CASES)
def test_what_is_reported(name):
    theirs, mine = results(real_keras(), name), results(ours, name)
    np.testing.assert_allclose(mine.pop(0), theirs.pop(0), rtol=1e-5, atol=1e-6)
    for i, (own, wanted) in enumerate(zip(mine, theirs, strict=True)):
        assert set(own) == set(wanted)
        # In training on JAX, the masks do not reach the metrics.
        for key in ["loss"] if i > 1 and "masked" in name else wanted:
            np.testing.assert_allclose(own[key], wanted[key], rtol=2e-5, atol=1e-6, err_msg=key)
