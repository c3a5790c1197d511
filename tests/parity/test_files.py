"""Files go from kerasflow to real Keras and back: models predict the same, and training goes on where it stopped."""

import numpy as np
import pytest

import kerasflow.keras as ours
from kerasflow.layers.symbolic import flatten
from tests.parity.cases import CASES
from tests.parity.harness import assert_alike, both, real_keras
from tests.parity.test_descriptions import OF_ONES_OWN, random_model

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

# Keras 3 reads these from no .h5 file, its own included: it takes the first of several axes, "dot" for a function.
NOT_IN_H5 = (
    "Attention {} of 2",
    "Attention {'use_scale': True} of 3",
    "Softmax(axis=(1, 2))",
    "LayerNormalization(axis=[1, 3]",
    "RMSNormalization(axis=[1, 2])",
    "UnitNormalization(axis=[1, 2])",
    "Normalization(axis=(1, 2)",
    "one head on words that count",
)


def loaded(k, path, make):
    """The model in a file; for a file of weights, in a new model."""
    if not path.endswith(".weights.h5"):
        return k.models.load_model(path)
    model = make(k)
    model.load_weights(path)
    return model


def save(model, path):
    (model.save_weights if path.endswith(".weights.h5") else model.save)(path)


@pytest.mark.parametrize("ending", [".keras", ".h5", ".weights.h5"])
@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_predictions(case, ending, tmp_path):
    if ending != ".weights.h5" and case.name in OF_ONES_OWN:
        return
    theirs, mine = both(case)
    path = str(tmp_path / f"theirs{ending}")
    save(theirs, path)
    wanted = theirs.predict(case.inputs, verbose=0)  # which may change what layers count in weights
    assert_alike(loaded(ours, path, case.make).predict(case.inputs, verbose=0), wanted, case.rtol)
    if ending == ".h5" and case.name.startswith(NOT_IN_H5):
        return
    path = str(tmp_path / f"mine{ending}")
    save(mine, path)
    assert_alike(loaded(real_keras(), path, case.make).predict(case.inputs, verbose=0), wanted, case.rtol)


@pytest.mark.parametrize("seed", range(12))
def test_the_first_trap_and_the_second(seed, tmp_path):
    """The places of weights go by class and the order of layers, which must be that of Keras: all shapes are alike."""
    theirs, mine = (random_model(k, seed) for k in (real_keras(), ours))
    rng = np.random.default_rng(seed)
    weights = [rng.normal(size=w.shape).astype(np.float32) for w in theirs.get_weights()]
    theirs.set_weights(weights)
    mine.set_weights(weights)
    data = [rng.normal(size=(2, 3)).astype(np.float32) for _ in theirs.inputs]
    wanted = theirs.predict(data, verbose=0)
    for ending in (".keras", ".weights.h5"):
        for source, k in ((theirs, ours), (mine, real_keras())):
            path = str(tmp_path / f"m{ending}")
            save(source, path)
            again = loaded(k, path, lambda k: random_model(k, seed))
            assert_alike(flatten(again.predict(data, verbose=0)), flatten(wanted), 1e-5)


OPTIMIZERS = {
    "SGD": lambda k: k.optimizers.SGD(0.05),
    "momentum": lambda k: k.optimizers.SGD(0.05, momentum=0.9),
    "Nesterov": lambda k: k.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "Adam": lambda k: k.optimizers.Adam(0.01),
    "AMSGrad": lambda k: k.optimizers.Adam(0.01, amsgrad=True),
    "AdamW": lambda k: k.optimizers.AdamW(0.01, weight_decay=0.1),
    "RMSprop": lambda k: k.optimizers.RMSprop(0.01),
    "centred RMSprop": lambda k: k.optimizers.RMSprop(0.01, momentum=0.5, centered=True),
    "Adagrad": lambda k: k.optimizers.Adagrad(0.05),
    "Adadelta": lambda k: k.optimizers.Adadelta(0.5),
    "Adamax": lambda k: k.optimizers.Adamax(0.01),
    "Nadam": lambda k: k.optimizers.Nadam(0.01),
    "Ftrl": lambda k: k.optimizers.Ftrl(0.1),
    "schedule": lambda k: k.optimizers.Adam(k.optimizers.schedules.ExponentialDecay(0.05, 5, 0.5)),
    "clipping": lambda k: k.optimizers.SGD(0.05, clipnorm=0.1),
}


def trainable(k, optimizer):
    layers = [k.layers.Dense(8, activation="tanh"), k.layers.BatchNormalization(), k.layers.Dense(1)]
    model = k.Sequential([k.Input((4,)), *layers])
    model.compile(optimizer(k), "mse", metrics=["mae", k.metrics.RootMeanSquaredError()])
    return model


def losses(model, steps):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(32, 4)).astype(np.float32), rng.normal(size=(32, 1)).astype(np.float32)
    return [[float(v) for v in model.train_on_batch(x, y)] for _ in range(steps)]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_goes_on(name, tmp_path):
    """The next ten losses and metrics; .h5 is only read, since Keras 3 cannot train what it has read from one."""
    for source, k, ending in (
        (real_keras(), ours, ".keras"),
        (real_keras(), ours, ".h5"),
        (ours, real_keras(), ".keras"),
    ):
        model = trainable(source, OPTIMIZERS[name])
        losses(model, 5)
        path = str(tmp_path / f"m{ending}")
        model.save(path)
        wanted = losses(model, 10)
        again = k.models.load_model(path)
        assert int(again.optimizer.iterations) == 5
        np.testing.assert_allclose(losses(again, 10), wanted, rtol=0, atol=1e-4)
