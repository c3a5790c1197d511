"""Layers of Python functions go by their names to real Keras and back; code goes nowhere."""

import numpy as np
import pytest

import kerasflow.keras as ours
from tests.parity.harness import real_keras

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

X = np.random.default_rng(6).uniform(-1, 1, (4, 3)).astype(np.float32)


def times(x, by=2.0):
    return x * by


def model(k, function, **kwargs):
    inputs = k.Input((3,))
    return k.Model(inputs, k.layers.Dense(2)(k.layers.Lambda(function, **kwargs)(inputs)))


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_by_name_and_back(ending, tmp_path):
    theirs = model(real_keras(), times, arguments={"by": 3.0})
    wanted = theirs.predict(X, verbose=0)
    path, back = (str(tmp_path / f"{n}.{ending}") for n in "ab")
    theirs.save(path)
    with pytest.raises(ValueError, match="'times', which is not known. Pass custom_objects={'times': ...}"):
        ours.models.load_model(path)
    mine = ours.models.load_model(path, custom_objects={"times": times})
    np.testing.assert_allclose(mine.predict(X, verbose=0), wanted, rtol=1e-5)
    mine.save(back)
    again = real_keras().models.load_model(back, custom_objects={"times": times})
    np.testing.assert_allclose(again.predict(X, verbose=0), wanted, rtol=1e-5)


@pytest.mark.parametrize("safe_mode", [True, False, None])
@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_code_is_never_run(ending, safe_mode, tmp_path):
    path = str(tmp_path / f"a.{ending}")
    model(real_keras(), lambda x: x * 2.0).save(path)
    with pytest.raises(ValueError, match="saved as code, which kerasflow never runs from a file"):
        ours.models.load_model(path, safe_mode=safe_mode)
