"""Feature columns give what TensorFlow's give: numbers, gradients, names; recorded in tests/golden."""

import json
from pathlib import Path

import numpy as np
import pytest

import kerasflow as tf
from tests.golden.column_programs import alone, described, mistakes, sequences, together, trained

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "columns.json").read_text(encoding="utf-8"))


def same(found, expected):
    assert found.keys() == expected.keys()
    for key in expected:
        if key in ("value", "gradients"):
            pairs = zip(found[key], expected[key], strict=True)
            for a, b in pairs:
                np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=2e-5, atol=1e-6)
        elif key == "shape":
            assert all(n in (None, m) for n, m in zip(expected[key], found[key], strict=True))  # more may be known
        else:
            assert json.loads(json.dumps(found[key])) == expected[key], key


@pytest.fixture(scope="module", params=[alone, together], ids=lambda f: f.__name__)
def both(request):
    return request.param(tf), GOLDEN[request.param.__name__]


def test_columns_give_what_they_give_there(both):
    found, expected = both
    assert found.keys() == expected.keys()
    for program in expected:
        try:
            same(found[program], expected[program])
        except AssertionError as e:
            raise AssertionError(f"{program}: {e}") from e


def test_sequences_give_what_they_give_there():
    found, expected = sequences(tf), GOLDEN["sequences"]
    for program, (name, rows, steps, variables) in expected.items():
        assert found[program][2:] == [steps, variables], program
        assert found[program][0] == name, program
        np.testing.assert_allclose(found[program][1], rows, rtol=2e-5, atol=1e-6, err_msg=program)


def test_names_and_specs():
    assert json.loads(json.dumps(described(tf))) == GOLDEN["described"]


def test_mistakes_are_the_errors_they_are_there():
    ours = {
        "shared columns": "ValueError",  # there an AttributeError, as somebody looks for what a number has not
        "layer string": "TypeError",  # there an UnimplementedError in the run
    }
    assert mistakes(tf) == {**GOLDEN["mistakes"], **ours}


def test_a_wide_and_deep_model_learns_as_it_does_there():
    found, expected = trained(tf), GOLDEN["trained"]
    np.testing.assert_allclose(found["losses"], expected["losses"], rtol=2e-5)
    assert found["losses"][-1] < 0.5 * found["losses"][0]
    assert list(found["variables"]) == list(expected["variables"])
    for name, value in expected["variables"].items():
        np.testing.assert_allclose(found["variables"][name], value, rtol=1e-4, atol=2e-5, err_msg=name)
