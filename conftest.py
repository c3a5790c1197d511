"""What every test and every doctest starts from: an empty default graph, seeded NumPy, plain array printing.

The graph itself is left unseeded: a program that wants the same numbers twice says `tf.set_random_seed`, and so do the
tests and the examples in docstrings.
"""

import importlib.util
import os
import random
import signal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

import kerasflow as tf

ROOT = Path(__file__).resolve().parent
collect_ignore = [] if importlib.util.find_spec("llvmlite") else ["kerasflow/core/engine/native"]


settings.register_profile("patient", deadline=None)  # a machine that is busy is no failure
settings.load_profile("patient")


def pytest_configure(config):
    """Let the programs that tests start import the same checkout, and hear Ctrl-C even where the tests were started in
    the background, which shells do with the signal ignored.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    inherited = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), *([inherited] if inherited else [])])


@pytest.fixture(autouse=True)
def fresh_start():
    """Give each test an empty default graph, the same random numbers and NumPy's default way of printing."""
    tf.reset_default_graph()
    random.seed(0)
    np.random.seed(0)
    with np.printoptions(edgeitems=3, floatmode="maxprec", linewidth=75, precision=8, suppress=False, threshold=1000):
        yield


@pytest.fixture(autouse=True)
def doctest_names(doctest_namespace):
    """Name the library `tf` and NumPy `np` in every example, as the documentation does."""
    doctest_namespace.update(tf=tf, np=np)
