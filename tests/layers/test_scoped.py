"""Layers in variable scopes against TensorFlow 1.15.5: names, values, gradients, penalties and updates."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

import kerasflow as tf
from tests.golden import scoped_programs

EXPECTED = json.loads(Path(scoped_programs.__file__).with_name("scoped.json").read_text())
# TensorFlow makes these of other operations: sequences and matrices become images, one operation normalises them; loops
# and choices have one operation for each value, here one output; a cell opens the scope it is in once more.
OTHERWISE = re.compile(
    "^(s|.*pooling1d)/Squeeze|/FusedBatchNorm|^(BatchNorm|still|softmax)/Reshape|while/Exit|cond.*/Merge|^rnn_1/rnn/|lookup/Identity"
    "|/TensorArrayStack/"
)


@pytest.mark.parametrize("program", scoped_programs.PROGRAMS, ids=lambda p: p.__name__)
def test_program_makes_what_it_makes_in_tensorflow(program):
    expected = EXPECTED[program.__name__]
    found = scoped_programs.run(tf, program)
    for what in ("variables", "trained", "model", "updates"):
        assert found[what] == expected[what], what
    for ours, theirs in zip(found["tensors"], expected["tensors"], strict=True):
        assert ours.lower() == theirs.lower() or OTHERWISE.search(theirs)
    for what in ("values", "gradients", "penalties", "after"):
        assert len(found[what]) == len(expected[what]), what
        for ours, theirs in zip(found[what], expected[what], strict=True):
            rounding = 1e-5 * np.abs(theirs).max() + 1e-6
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=rounding, err_msg=what)
