"""The same program under real Keras (on JAX) and under kerasflow: what the tests of this folder have in common.

A case builds a model from a module that is one or the other. The weights are drawn here and set in both, so what is
compared is the computation: the outputs, and the gradients, seen in what one step of gradient descent changes.
"""

import importlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import kerasflow.keras as ours
from kerasflow.layers.symbolic import flatten

LEARNING_RATE = 1.0  # so that a step shows the gradients


@dataclass(frozen=True)
class Case:
    """A model, `make(k)` from the module k, and what goes in: an array, or a list or dict of arrays."""

    name: str
    make: Callable[[Any], Any]
    inputs: Any
    loss: str = "mse"
    trains: bool = True  # whether a step of training draws no random numbers, so that it can be compared
    rtol: float = 1e-5


def real_keras():
    """The module `keras`, on JAX."""
    os.environ["KERAS_BACKEND"] = "jax"
    return importlib.import_module("keras")


def both(case, seed=0):
    """The case's model in real Keras and in kerasflow, with the same weights."""
    theirs, mine = case.make(real_keras()), case.make(ours)
    weights = drawn_weights(theirs, np.random.default_rng(seed))
    theirs.set_weights(weights)
    mine.set_weights(weights)
    return theirs, mine


def drawn_weights(model, rng):
    """Weights that leave nothing at its start: a bias of zero would hide a wrong one."""
    drawn = []
    for variable in model.weights:
        value = np.asarray(variable)
        low, high = (0.5, 1.5) if "variance" in variable.path else (-0.6, 0.6)
        drawn.append(rng.uniform(low, high, value.shape).astype(value.dtype) if value.dtype.kind == "f" else value)
    return drawn


def targets_like(outputs, rng):
    """Something to train for, in the structure of what a model predicts."""
    if isinstance(outputs, dict):
        return {name: targets_like(value, rng) for name, value in outputs.items()}
    if isinstance(outputs, (list, tuple)):
        return [targets_like(value, rng) for value in outputs]
    return rng.uniform(0.0, 1.0, outputs.shape).astype(np.float32)


def assert_alike(got, wanted, rtol):
    """The same structure, and numbers that differ by no more than `rtol` of the largest."""
    assert type(got) is type(wanted) or isinstance(got, (list, tuple)) and isinstance(wanted, (list, tuple))
    got, wanted = flatten(got), flatten(wanted)
    assert len(got) == len(wanted)
    for a, b in zip(got, wanted, strict=True):
        a, b = np.asarray(a), np.asarray(b)
        assert a.shape == b.shape and a.dtype == b.dtype
        scale = max(1.0, float(np.abs(b).max(initial=0.0)))
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol * scale)


def step(model, case, targets):
    """What a step of gradient descent takes from each weight: the gradients; of running means what they change by."""
    before = model.get_weights()
    model.train_on_batch(case.inputs, targets)
    pairs = zip(before, model.get_weights(), strict=True)
    return [b.astype(np.float64) - a for b, a in pairs if b.dtype.kind == "f"]
