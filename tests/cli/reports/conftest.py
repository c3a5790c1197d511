"""A training of which it is known which columns matter, and where it errs."""

import numpy as np
import pytest

from kerasflow.cli.run import HeldOut, Outcome, Run
from kerasflow.core.graph import Graph
from kerasflow.estimators.tabular import TabularEncoder
from kerasflow.estimators.targets import LabelTarget, NumberTarget
from kerasflow.layers import Dense, InputLayer
from kerasflow.models import Sequential


def linear(weights):
    """A model that adds up its features by weights, an array of shape (features, outputs)."""
    with Graph().as_default():
        model = Sequential([InputLayer((len(weights),)), Dense(weights.shape[1], name="output")], name="table")
        model.set_weights([weights, np.zeros(weights.shape[1], np.float32)])
    return model


@pytest.fixture
def made():
    """Make an outcome: y = 3 a + b, or a label that depends on it; `names` are those of a, b and y."""

    def made(labels=(), names=("a", "b", "y"), rows=300, warnings=(), **options):
        rng = np.random.default_rng(0)
        columns = {names[0]: rng.normal(size=300), names[1]: rng.normal(size=300)}
        encoder = TabularEncoder().fit(columns)
        columns = {name: values[:rows] for name, values in columns.items()}
        weights = np.array([[3.0], [1.0]], np.float32)
        if labels:
            target = LabelTarget(tuple(labels), (1 / len(labels),) * len(labels))
            weights = weights * np.linspace(-2, 2, len(labels), dtype=np.float32)
        else:
            target = NumberTarget(0.0, 1.0)
        run = Run(names[2], target, encoder, linear(weights), options)
        predicted = run.predict(columns)
        noise = rng.normal(size=rows)
        truth = predicted.argmax(axis=1) if labels else predicted + 0.1 * noise
        if labels:
            truth[:9] = (truth[:9] + 1) % len(labels)
        places = [("DATA.csv", line) for line in range(2, rows + 2)]
        held_out = HeldOut(truth, predicted, places, columns=columns)
        history = {"loss": [3.0, 1.0, 0.5], "val_loss": [2.0, 0.75, 0.9]}
        return Outcome(run, ["DATA.csv"], history, 2, "patience", 1200, held_out, 1.5, warnings=warnings)

    return made
