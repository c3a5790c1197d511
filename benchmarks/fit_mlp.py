"""One epoch of a small network, kerasflow against scikit-learn's MLP: ``python benchmarks/fit_mlp.py``.

Both train 8-64-64-1 with Adam on 20,640 rows in batches of 32, in turn, in one process; the median CPU time of a step
over the rounds is printed, and the ratio. Set OPENBLAS_NUM_THREADS=1: the products are too small for threads.
"""

import statistics
import time
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

from kerasflow import Sequential, layers

ROWS, BATCH, ROUNDS = 20640, 32, 3


def cpu_seconds(function):
    """The CPU time that a call takes."""
    started = time.process_time()
    function()
    return time.process_time() - started


def main():
    """Measure and print."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((ROWS, 8)).astype(np.float32)
    y = np.tanh(x @ rng.standard_normal((8, 1))).astype(np.float32)
    model = Sequential(
        [layers.Dense(64, activation="relu", input_shape=(8,)), layers.Dense(64, activation="relu"), layers.Dense(1)]
    )
    model.compile("adam", "mse")
    model.fit(x[: 8 * BATCH], y[: 8 * BATCH], batch_size=BATCH, verbose=0)
    peer = MLPRegressor(hidden_layer_sizes=(64, 64), batch_size=BATCH, max_iter=1, alpha=0, random_state=0)
    ours, theirs = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for _ in range(ROUNDS):
            ours.append(cpu_seconds(lambda: model.fit(x, y, batch_size=BATCH, verbose=0)))
            theirs.append(cpu_seconds(lambda: peer.fit(x, y.ravel())))
    steps = -(-ROWS // BATCH)
    us = [statistics.median(times) / steps * 1e6 for times in (ours, theirs)]
    print(f"kerasflow {us[0]:.0f} us a step, scikit-learn {us[1]:.0f} us a step: {us[1] / us[0]:.1f} times as fast")


if __name__ == "__main__":
    main()
