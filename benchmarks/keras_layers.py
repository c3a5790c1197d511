"""Training steps of small Keras models, compiled by kerasflow and by JAX: ``python benchmarks/keras_layers.py``.

The models are built from the same source. Real Keras runs on JAX in another process, of this Python if `keras` and
`jax` are there, or of the one that is named as an argument or by KERASFLOW_PEER. The two take turns; the median CPU
time of a step of `fit` over the rounds is printed, Adam, batches of 32, and the ratio. What is compiled is compiled
before.
"""

import argparse
import contextlib
import importlib
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time

import numpy as np

BATCH, STEPS, ROUNDS = 32, 60, 5
ROWS = BATCH * STEPS


def images(rng, *shape):
    """So many arrays of random numbers."""
    return rng.standard_normal((ROWS, *shape)).astype(np.float32)


# A function of the package, of the layers to the data and to the number of outputs.
MODELS = {
    "Dense": lambda k, rng: (
        images(rng, 8),
        [k.layers.Dense(64, activation="relu"), k.layers.Dense(64, activation="relu")],
    ),
    "Dense, wide": lambda k, rng: (images(rng, 784), [k.layers.Dense(128, activation="relu")]),
    "Conv2D": lambda k, rng: (
        images(rng, 28, 28, 1),
        [
            k.layers.Conv2D(16, 3, activation="relu"),
            k.layers.MaxPooling2D(),
            k.layers.Conv2D(32, 3, activation="relu"),
            k.layers.MaxPooling2D(),
            k.layers.Flatten(),
        ],
    ),
    "BatchNormalization": lambda k, rng: (
        images(rng, 32),
        [
            k.layers.Dense(64),
            k.layers.BatchNormalization(),
            k.layers.Activation("relu"),
            k.layers.Dense(64),
            k.layers.BatchNormalization(),
            k.layers.Activation("relu"),
        ],
    ),
    "Embedding": lambda k, rng: (
        rng.integers(0, 1000, (ROWS, 20)).astype(np.int32),
        [k.layers.Embedding(1000, 16), k.layers.GlobalAveragePooling1D(), k.layers.Dense(16, activation="relu")],
    ),
    "Embedding, large": lambda k, rng: (
        rng.integers(0, 10000, (ROWS, 100)).astype(np.int32),
        [k.layers.Embedding(10000, 32), k.layers.GlobalAveragePooling1D(), k.layers.Dense(16, activation="relu")],
    ),
    "LSTM": lambda k, rng: (images(rng, 28, 28), [k.layers.LSTM(32)]),
    "LSTM, two layers": lambda k, rng: (
        images(rng, 50, 8),
        [k.layers.LSTM(64, return_sequences=True), k.layers.LSTM(64)],
    ),
    "GRU": lambda k, rng: (images(rng, 28, 28), [k.layers.GRU(32)]),
    "Embedding and GRU": lambda k, rng: (
        rng.integers(1, 1000, (ROWS, 40)).astype(np.int32) * (np.arange(40) < rng.integers(5, 41, (ROWS, 1))),
        [k.layers.Embedding(1000, 16, mask_zero=True), k.layers.GRU(32)],
    ),
}


def trainer(package, name):
    """A function that trains the model of that name for an epoch."""
    k = importlib.import_module(package)
    rng = np.random.default_rng(0)
    x, layers = MODELS[name](k, rng)
    y = rng.integers(0, 10, ROWS).astype(np.int32)
    model = k.Sequential([k.layers.Input(x.shape[1:], dtype=str(x.dtype)), *layers, k.layers.Dense(10)])
    model.compile(optimizer="adam", loss=k.losses.SparseCategoricalCrossentropy(from_logits=True))
    return lambda: model.fit(x, y, batch_size=BATCH, epochs=1, verbose=0)


def serve(package):
    """Train a model for an epoch for each line that names one; tell the microseconds of CPU a step took."""
    answers, sys.stdout = sys.stdout, sys.stderr
    trainers = {}
    for line in sys.stdin:
        name = json.loads(line)
        if name not in trainers:
            trainers[name] = trainer(package, name)
        started = time.process_time()
        trainers[name]()
        print(json.dumps((time.process_time() - started) / STEPS * 1e6), file=answers, flush=True)


@contextlib.contextmanager
def served(python, package, **environment):
    """A function that has another process train the model of a name, and gives the microseconds a step took."""
    command = [python, os.path.abspath(__file__), "--serve", package]
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    threads = {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": root}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env={**os.environ, **threads, **environment}, **pipes) as process:

        def ask(name):
            print(json.dumps(name), file=process.stdin, flush=True)
            return json.loads(process.stdout.readline())

        yield ask
        process.stdin.close()


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Training steps of small Keras models.")
    parser.add_argument("python", nargs="?", default=os.environ.get("KERASFLOW_PEER", ""))
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--only", nargs="*", choices=MODELS, default=list(MODELS))
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve)
        return
    here = all(importlib.util.find_spec(p) for p in ("keras", "jax"))
    peer = arguments.python or (sys.executable if here else None)
    with contextlib.ExitStack() as stack:
        own = stack.enter_context(served(sys.executable, "kerasflow.keras", KERASFLOW_ENGINE="native"))
        flags = {"KERAS_BACKEND": "jax", "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}
        ask = {"kerasflow": own} | (
            {"Keras on JAX": stack.enter_context(served(peer, "keras", **flags))} if peer else {}
        )
        for name in arguments.only:
            times = {who: [] for who in ask}
            for turn in range(ROUNDS + 2):  # the first two do not count
                for who, one in ask.items():
                    times[who] += [one(name)] * (turn > 1)
            us = {who: statistics.median(found) for who, found in times.items()}
            ratio = f", {us['Keras on JAX'] / us['kerasflow']:.1f} times" if peer else ""
            print(f"{name}: {'; '.join(f'{who} {t:.0f} us a step' for who, t in us.items())}{ratio}", flush=True)


if __name__ == "__main__":
    main()
