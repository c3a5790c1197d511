"""A network of one hidden layer in NumPy, float64: loss, gradient, Adam. Written from the formulas, to compare with."""

import numpy as np

from kerasflow.estimators import LinearClassifier


def precise(**settings):
    """A linear classifier that searches until the gradient is next to nothing."""
    return LinearClassifier(**{"tol": 1e-8, **settings})


def weights_of(model):
    """The arrays of a fitted estimator: W1, b1, W2, b2, ..."""
    return [a for pair in zip(model.coefs_, model.intercepts_, strict=True) for a in pair]


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def loss_and_slopes(weights, X, t, w, decay, kind):
    """The mean of the weighted losses plus decay |W|^2, and its gradient.

    Args:
        weights: W1, b1, W2, b2; the hidden layer has the activation tanh.
        t: targets, (n, k): numbers, or zeros and ones for the classes.
        w: the samples' weights, (n,).
        kind: "squares", "one logit" or "logits".
    """
    W1, b1, W2, b2 = weights
    hidden = np.tanh(X @ W1 + b1)
    z = hidden @ W2 + b2
    n = len(X)
    if kind == "squares":
        each, slope = ((z - t) ** 2).mean(axis=1), 2 * (z - t) / t.shape[1]
    elif kind == "one logit":
        p = 1 / (1 + np.exp(-z))
        each, slope = -np.log(np.where(t == 1, p, 1 - p))[:, 0], p - t
    else:
        p = softmax(z)
        each, slope = -np.log((p * t).sum(axis=1)), p - t
    value = (w * each).sum() / n + decay * ((W1**2).sum() + (W2**2).sum())
    dz = slope * w[:, None] / n
    dh = dz @ W2.T * (1 - hidden**2)
    slopes = [X.T @ dh + 2 * decay * W1, dh.sum(0), hidden.T @ dz + 2 * decay * W2, dz.sum(0)]
    return value, slopes


def adam(weights, batches, epochs, decay, kind, rate):
    """The weights after some epochs, and the mean loss of each, weighted by the size of the batches."""
    weights = [a.copy() for a in weights]
    m, v = [np.zeros_like(a) for a in weights], [np.zeros_like(a) for a in weights]
    curve, t = [], 0
    for _ in range(epochs):
        total = 0.0
        for X, y, w in batches:
            value, slopes = loss_and_slopes(weights, X, y, w, decay, kind)
            total += value * len(X)
            t += 1
            for i, g in enumerate(slopes):
                m[i] = 0.9 * m[i] + 0.1 * g
                v[i] = 0.999 * v[i] + 0.001 * g * g
                step = rate * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
                weights[i] = weights[i] - step * m[i] / (np.sqrt(v[i]) + 1e-7)
        curve.append(total / sum(len(X) for X, _, _ in batches))
    return weights, curve
