"""The functions give the numbers that TensorFlow 1.15.5 gives; how these were made is said in tests/golden."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

import kerasflow as tf

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
_spec = importlib.util.spec_from_file_location("tf1_programs", GOLDEN / "tf1_programs.py")
programs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(programs)

ROWS = json.loads((GOLDEN / "tf1_values.json").read_text())


def rows(*kinds):
    return [pytest.param(kind, e, want, id=f"{kind}-{e}") for kind, _, e, want in ROWS if kind in kinds]


@pytest.mark.parametrize(("kind", "expression", "want"), rows("values", "gradients"))
def test_value(kind, expression, want):
    got = programs.evaluate(tf, expression, kind == "gradients")
    want = [programs.decoded(entry) for entry in want]
    assert want and len(got) == len(want)
    for value, wanted in zip(got, want, strict=True):
        assert value.shape == wanted.shape
        if wanted.dtype.kind == "O":
            assert value.reshape(-1).tolist() == wanted.reshape(-1).tolist()
            continue
        assert value.dtype == wanted.dtype
        if wanted.dtype.kind in "fc":
            single = wanted.dtype in (np.float32, np.complex64)
            np.testing.assert_allclose(value, wanted, rtol=2e-6 if single else 1e-11, atol=1e-7 if single else 1e-14)
        else:
            np.testing.assert_array_equal(value, wanted)


@pytest.mark.parametrize(("kind", "expression", "want"), rows("errors"))
def test_error(kind, expression, want):
    with pytest.raises(Exception) as caught:
        programs.evaluate(tf, expression)
    assert type(caught.value).__name__ == want


def test_every_expression_is_there_and_there_are_enough():
    assert [tuple(row[:3]) for row in ROWS] == programs.expressions()
    assert len(ROWS) >= 400 and sum(kind == "gradients" for kind, *_ in ROWS) >= 100
