"""Models trained as in Keras 3 on JAX: the same histories, weights and predictions, number by number."""

import json
from pathlib import Path

import numpy as np
import pytest

from kerasflow import keras
from tests.golden import keras_programs

EXPECTED = json.loads(Path(keras_programs.__file__).with_name("keras_models.json").read_text())["seen"]
PROGRAMS = {program.__name__: program for program in keras_programs.PROGRAMS}


def _leaves(value, path=""):
    """The numbers and words of nested lists and dicts, with where they are; dicts in no order."""
    if isinstance(value, dict):
        return [leaf for key in sorted(value) for leaf in _leaves(value[key], f"{path}/{key}")]
    if isinstance(value, list):
        return [leaf for i, item in enumerate(value) for leaf in _leaves(item, f"{path}/{i}")]
    return [(path, value)]


def test_all_programs_are_recorded():
    assert set(PROGRAMS) == set(EXPECTED)


@pytest.mark.parametrize("name", PROGRAMS)
def test_models_train_as_in_keras(name):
    given, wanted = _leaves(PROGRAMS[name](keras)), _leaves(EXPECTED[name])
    assert [path for path, _ in given] == [path for path, _ in wanted]
    words = [(a, b) for (_, a), (_, b) in zip(given, wanted, strict=True) if isinstance(b, str)]
    assert all(a == b for a, b in words), words
    numbers = [(a, b) for (_, a), (_, b) in zip(given, wanted, strict=True) if not isinstance(b, str)]
    np.testing.assert_allclose(*zip(*numbers, strict=True), rtol=5e-5, atol=1e-5)
