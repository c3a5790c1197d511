"""Ctrl-C while an estimator is fitted."""

import os
import signal

import numpy as np
import pytest

from kerasflow.estimators import DNNRegressor, batches


def test_a_fit_that_is_interrupted_leaves_the_estimator_as_it_was(monkeypatch, capsys):
    monkeypatch.setattr(batches._Patience, "on_epoch_end", lambda *args: os.kill(os.getpid(), signal.SIGINT))
    x = np.random.default_rng(0).normal(size=(40, 2))
    estimator = DNNRegressor(hidden_layer_sizes=(4,), random_state=0)
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(x, x.sum(1))
    assert not [name for name in vars(estimator) if name.endswith("_") and not name.startswith("__")]
    assert capsys.readouterr().err == "Training was interrupted after 1 whole epoch.\n"
