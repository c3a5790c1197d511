"""Layers in variable scopes against TensorFlow 1.15.5: names, values, gradients, penalties and updates."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

import kerasflow as tf
from tests.golden import scoped_programs

EXPECTED = json.loads(Path(scoped_programs.__file__).with_name("scoped.json").read_text())
# TensorFlow makes these of other operations: an image of one row, one operation that normalises; loops and choices have
# one output for each value here, there one operation; and a cell opens the scope it is in once more.
OTHERWISE = re.compile(
    "^(s|max_pooling1d|average_pooling1d)/Squeeze|/FusedBatchNorm|while/Exit|cond.*/Merge|^rnn_1/rnn/"
)


@pytest.mark.parametrize("program", scoped_programs.PROGRAMS, ids=lambda p: p.__name__)
def test_program_makes_what_it_makes_in_tensorflow(program):
    expected = EXPECTED[program.__name__]
    found = scoped_programs.run(tf, program)
    for what in ("variables", "trained", "updates"):
        assert found[what] == expected[what], what
    for ours, theirs in zip(found["tensors"], expected["tensors"], strict=True):
        assert ours.lower() == theirs.lower() or OTHERWISE.search(theirs)
    for what in ("values", "gradients", "penalties", "after"):
        assert len(found[what]) == len(expected[what]), what
        for ours, theirs in zip(found[what], expected[what], strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-6, err_msg=what)
