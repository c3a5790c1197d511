"""One epoch of a small network, kerasflow against scikit-learn's MLP: ``python benchmarks/fit_mlp.py``.

Both train 8-64-64-1 with Adam on 20,640 rows in batches of 32, in turn, in one process; the median CPU time of a step
over the rounds is printed for each engine there is, and the ratio. What is compiled is compiled before. Set
OPENBLAS_NUM_THREADS=1: the products are too small for threads.
"""

import importlib.util
import statistics
import time
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

from kerasflow import Sequential, config, layers

ROWS, BATCH, ROUNDS = 20640, 32, 3


def cpu_seconds(function):
    """The CPU time that a call takes."""
    started = time.process_time()
    function()
    return time.process_time() - started


def network():
    """A compiled model."""
    model = Sequential(
        [layers.Dense(64, activation="relu", input_shape=(8,)), layers.Dense(64, activation="relu"), layers.Dense(1)]
    )
    model.compile("adam", "mse")
    return model


def main():
    """Measure and print."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((ROWS, 8)).astype(np.float32)
    y = np.tanh(x @ rng.standard_normal((8, 1))).astype(np.float32)
    engines = ["interpreter"] + ["native"] * bool(importlib.util.find_spec("llvmlite"))
    models = {engine: network() for engine in engines}
    times = {engine: [] for engine in [*engines, "scikit-learn"]}
    peer = MLPRegressor(hidden_layer_sizes=(64, 64), batch_size=BATCH, max_iter=1, alpha=0, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for turn in range(ROUNDS + 1):  # the first does not count
            for engine, model in models.items():
                config.set_engine(engine)
                seconds = cpu_seconds(lambda model=model: model.fit(x, y, batch_size=BATCH, verbose=0))
                times[engine] += [seconds] * bool(turn)
            times["scikit-learn"] += [cpu_seconds(lambda: peer.fit(x, y.ravel()))] * bool(turn)
    us = {who: statistics.median(found) / -(-ROWS // BATCH) * 1e6 for who, found in times.items()}
    print(f"scikit-learn {us['scikit-learn']:.0f} us a step")
    for engine in engines:
        print(f"{engine} {us[engine]:.0f} us a step, {us['scikit-learn'] / us[engine]:.1f} times as fast")


if __name__ == "__main__":
    main()
