"""Models go from kerasflow to real Keras and back as JSON, and compute the same; their layers have the same order."""

import numpy as np
import pytest

import kerasflow.keras as ours
from tests.parity import cases_custom
from tests.parity.cases import CASES
from tests.parity.harness import assert_alike, both, real_keras

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


# Models with classes of one's own need custom_objects, which differ from one side to the other.
OF_ONES_OWN = {case.name for case in cases_custom.CASES} | {"a cell of one's own"}
PLAIN = [case for case in CASES if case.name not in OF_ONES_OWN]


@pytest.mark.parametrize("case", PLAIN, ids=lambda c: c.name)
def test_descriptions_in_all_directions(case):
    theirs, mine = both(case)
    wanted, weights = theirs.predict(case.inputs, verbose=0), theirs.get_weights()
    read = ours.models.model_from_json(theirs.to_json())
    again = [
        read,
        ours.models.model_from_json(read.to_json()),
        ours.models.model_from_json(mine.to_json()),
        ours.models.clone_model(mine),
        real_keras().models.model_from_json(mine.to_json()),
        real_keras().models.model_from_json(read.to_json()),
    ]
    for model in again:
        model.set_weights(weights)
        assert_alike(model.predict(case.inputs, verbose=0), wanted, case.rtol)


def random_model(k, seed):
    rng = np.random.default_rng(seed)
    inputs = [k.Input((3,), name=f"i{j}") for j in range(rng.integers(1, 4))]
    tensors, pool = list(inputs), []
    for n in range(rng.integers(3, 12)):
        kind, x, y = rng.integers(4), *(tensors[i] for i in rng.integers(len(tensors), size=2))
        if kind == 0 and pool:
            tensors.append(pool[rng.integers(len(pool))](x))
        elif kind == 1:
            tensors.append(k.layers.Add(name=f"l{n}")([x, y]))
        else:
            pool.append(k.layers.Dense(3, name=f"l{n}"))
            tensors.append(pool[-1](x))
    chosen = rng.integers(len(inputs), len(tensors), size=rng.integers(1, 4))
    return k.Model(inputs, [tensors[i] for i in dict.fromkeys(chosen.tolist())])


def test_the_order_of_layers_is_that_of_keras():
    """It is what weights in files go by."""
    for seed in range(150):
        wanted = [layer.name for layer in random_model(real_keras(), seed).layers]
        assert [layer.name for layer in random_model(ours, seed).layers] == wanted


def masked(k):
    """Branches whose order is decided by how far a mask has come."""
    x, y = k.Input((3, 2), name="x"), k.Input((3, 2), name="y")
    a = k.layers.Masking(name="ma")(k.layers.Dense(2, name="p1")(x))
    b = k.layers.Masking(name="mb")(k.layers.Dense(2, name="p2")(y))
    c = k.layers.GRU(2, name="g")(k.layers.Add(name="add")([a, b]))
    d = k.layers.Activation("relu", name="a1")(k.layers.Dense(2, name="r")(k.layers.Flatten(name="f")(y)))
    return k.Model([x, y], [k.layers.Dense(2, name="q")(k.layers.Activation("relu", name="a2")(d)), c])


def test_the_order_of_layers_with_masks_is_that_of_keras():
    assert [layer.name for layer in masked(ours).layers] == [layer.name for layer in masked(real_keras()).layers]
