"""An LSTM learns to add two numbers that are far apart: what to remember, and when, it has to find out.

The adding problem of Hochreiter and Schmidhuber (1997): of a sequence of random numbers two are marked, and the sum of
these is asked for at the end. Who always answers 1 is wrong by 1/6 in the mean square.
"""

import numpy as np

import kerasflow as tf
from kerasflow import Sequential, layers, optimizers

TIMES = 30
tf.set_random_seed(1)
rng = np.random.default_rng(1)


def sequences(count):
    """Numbers in [0, 1) with marks, one in each half; and the sums of the marked numbers."""
    numbers = rng.uniform(size=(count, TIMES))
    marks = np.zeros((count, TIMES))
    for half in (0, TIMES // 2):
        marks[np.arange(count), half + rng.integers(TIMES // 2, size=count)] = 1.0
    return np.stack([numbers, marks], axis=-1), (numbers * marks).sum(axis=1)


model = Sequential([layers.Input((TIMES, 2)), layers.LSTM(32), layers.Dense(1)])
model.compile(optimizers.Adam(0.01), "mse")
x, y = sequences(5000)
model.fit(x, y, batch_size=50, epochs=12, verbose=0)

error = model.evaluate(*sequences(1000), verbose=0)
print(f"mean square error {error:.4f}, where guessing gives {1 / 6:.4f}")
if error > 0.01:
    raise SystemExit("It should have learnt to add.")
