"""Recurrent networks in NumPy, time by time and gate by gate."""

import numpy as np


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def simple(x, states, kernel, recurrent, bias):
    h = np.tanh(x @ kernel + states[0] @ recurrent + bias)
    return [h]


def lstm(x, states, kernel, recurrent, bias):
    h, c = states
    u = h.shape[1]
    gates = []
    for k in range(4):
        columns = slice(k * u, (k + 1) * u)
        gates.append(x @ kernel[:, columns] + h @ recurrent[:, columns] + bias[columns])
    i, f, j, o = gates
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(j)
    return [sigmoid(o) * np.tanh(c), c]


def gru(x, states, kernel, recurrent, bias):
    h = states[0]
    u = h.shape[1]
    before = bias.ndim == 1
    bias = [bias, np.zeros_like(bias)] if before else bias

    def seen(k, state):
        columns = slice(k * u, (k + 1) * u)
        return x @ kernel[:, columns] + bias[0][columns], state @ recurrent[:, columns] + bias[1][columns]

    z, r = sigmoid(sum(seen(0, h))), sigmoid(sum(seen(1, h)))
    of_input, of_state = seen(2, r * h if before else h)
    return [z * h + (1.0 - z) * np.tanh(of_input + (of_state if before else r * of_state))]


STEPS = {"SimpleRNN": simple, "LSTM": lstm, "GRU": gru}
STATES = {"SimpleRNN": 1, "LSTM": 2, "GRU": 1}


def network(kind, x, weights, states=None, mask=None, backwards=False, zero=False):
    """The outputs of all times, in the order in which they are computed, and the last states."""
    batch, times, _ = x.shape
    units = weights[1].shape[0]
    states = [np.zeros((batch, units)) for _ in range(STATES[kind])] if states is None else list(states)
    outputs = []
    for t in reversed(range(times)) if backwards else range(times):
        new = STEPS[kind](x[:, t], states, *weights)
        if mask is not None:
            counts = mask[:, t, None]
            new = [np.where(counts, n, s) for n, s in zip(new, states, strict=True)]
        states = new
        outputs.append(np.where(counts, new[0], 0.0) if zero and mask is not None else new[0])
    return np.stack(outputs, axis=1), states


def slope(f, points, directions):
    """The derivative of a function of arrays in a direction, by differences of the eighth order."""
    factors = np.array([4 / 5, -1 / 5, 4 / 105, -1 / 280])
    step = 1e-2
    total = 0.0
    for k, factor in enumerate(factors, 1):
        ahead, back = ([p + s * k * step * d for p, d in zip(points, directions, strict=True)] for s in (1, -1))
        total += factor * (f(*ahead) - f(*back))
    return total / step
