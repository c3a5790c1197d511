"""Programs that choose and repeat give what they gave in TensorFlow 1.15.5: values, gradients, shapes and names."""

import json
from pathlib import Path

import numpy as np
import pytest

import kerasflow as tf
from tests.golden.control_programs import PROGRAMS

GOLDEN = Path(__file__).parents[2] / "golden" / "control_programs.json"
RECORDS = {r["program"]: r["fetches"] for r in json.loads(GOLDEN.read_text(encoding="utf-8"))}


def test_every_program_is_recorded():
    assert list(RECORDS) == [p.__name__ for p in PROGRAMS]
    assert sum(len(fetches) for fetches in RECORDS.values()) >= 60


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_values(program):
    wanted = RECORDS[program.__name__]
    with tf.Graph().as_default(), tf.Session() as sess:
        fetches, feeds = program(tf)
        sess.run(tf.global_variables_initializer())
        for _ in range(3):
            for t, value, want in zip(fetches, sess.run(fetches, feeds), wanted, strict=True):
                value = np.asarray(value)
                numbers = [float.fromhex(v) if isinstance(v, str) else v for v in want["values"]]
                assert (value.dtype, list(value.shape)) == (want["dtype"], want["shape"])
                rtol = 1e-12 if value.dtype == np.float64 else 1e-6
                np.testing.assert_allclose(value.reshape(-1), numbers, rtol=rtol, atol=rtol, err_msg=t.name)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_what_is_known_of_shapes(program):
    """As much as TensorFlow knows, or more."""
    with tf.Graph().as_default():
        fetches, _ = program(tf)
    for t, want in zip(fetches, RECORDS[program.__name__], strict=True):
        if want["static"] is not None:
            assert t.shape.ndims == len(want["static"])
            assert all(d is None or d == n for d, n in zip(want["static"], t.shape.as_list(), strict=True)), t


def test_names():
    """The first result of a choice or loop is called as in TensorFlow."""
    with tf.Graph().as_default():
        for program in PROGRAMS[-1], PROGRAMS[3]:
            with tf.Graph().as_default():
                fetches, _ = program(tf)
            assert [t.name for t in fetches] == [w["name"] for w in RECORDS[program.__name__]]
