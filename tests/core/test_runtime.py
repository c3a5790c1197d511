"""Runtimes: the state of one session."""

import numpy as np

import kerasflow as tf
from kerasflow.core.runtime import Runtime
from kerasflow.core.variables import Cell, Variable


def test_state_is_made_when_it_is_first_asked_for():
    runtime, other = Runtime(), Runtime()
    kept = runtime.state("key", list)
    kept.append(1)
    assert runtime.state("key", list) is kept and other.state("key", list) == []
    runtime.clear()
    assert runtime.state("key", list) == []


def test_each_runtime_has_its_own_cells_but_for_shared_ones():
    own, cell = tf.Variable(1.0), Cell(np.array(2.0))
    shared = Variable(cell=cell)
    one, other = Runtime(), Runtime()
    assert one.cell(own) is one.cell(own) is not other.cell(own)
    assert one.cell(shared) is other.cell(shared) is cell
    one.cell(own).value = np.array(3.0)
    one.clear()
    assert one.cell(own).value is None and cell.value == 2.0
