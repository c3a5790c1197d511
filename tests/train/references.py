"""The rules of optimizers as plain NumPy loops, written from the papers and not from the library.

Each takes the start, the gradients and its settings, and gives one dict per step: "x" and the slots by name.
"""

import numpy as np


def gradient_descent(x, gradients, learning_rate):
    for g in gradients:
        x = x - learning_rate * g
        yield {"x": x}


def momentum(x, gradients, learning_rate, momentum, use_nesterov=False):
    a = np.zeros_like(x)
    for g in gradients:
        a = momentum * a + g
        x = x - learning_rate * (g + momentum * a) if use_nesterov else x - learning_rate * a
        yield {"x": x, "momentum": a}


def velocity(x, gradients, learning_rate, momentum, nesterov=False):
    """Keras's momentum; with Nesterov the point that is looked at, one step of momentum ahead of where x is."""
    v = np.zeros_like(x)
    for g in gradients:
        v = momentum * v - learning_rate * g
        x = x + momentum * v - learning_rate * g if nesterov else x + v
        yield {"x": x, "momentum": v}


def adagrad(x, gradients, learning_rate, initial_accumulator_value=0.1, epsilon=0.0):
    a = np.full_like(x, initial_accumulator_value)
    for g in gradients:
        a = a + g**2
        x = x - learning_rate * g / np.sqrt(a + epsilon)
        yield {"x": x, "accumulator": a}


def adadelta(x, gradients, learning_rate=0.001, rho=0.95, epsilon=1e-8):
    a, b = np.zeros_like(x), np.zeros_like(x)
    for g in gradients:
        a = rho * a + (1 - rho) * g**2
        update = np.sqrt(b + epsilon) / np.sqrt(a + epsilon) * g
        b = rho * b + (1 - rho) * update**2
        x = x - learning_rate * update
        yield {"x": x, "accum": a, "accum_update": b}


def rmsprop(x, gradients, learning_rate, decay=0.9, momentum=0.0, epsilon=1e-10, centered=False, start=1.0):
    ms, mg, mom = np.full_like(x, start), np.zeros_like(x), np.zeros_like(x)
    for g in gradients:
        ms = decay * ms + (1 - decay) * g**2
        mg = decay * mg + (1 - decay) * g
        spread = ms - mg**2 if centered else ms
        mom = momentum * mom + learning_rate * g / np.sqrt(spread + epsilon)
        x = x - mom
        yield {"x": x, "rms": ms, "momentum": mom} | ({"mg": mg} if centered else {})


def adam(x, gradients, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, amsgrad=False, decay=0.0):
    m, v, top = np.zeros_like(x), np.zeros_like(x), np.zeros_like(x)
    for t, g in enumerate(gradients, 1):
        x = x - learning_rate * decay * x
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        top = np.maximum(top, v) if amsgrad else v
        alpha = learning_rate * np.sqrt(1 - beta2**t) / (1 - beta1**t)
        x = x - alpha * m / (np.sqrt(top) + epsilon)
        yield {"x": x, "m": m, "v": v} | ({"vhat": top} if amsgrad else {})


def adamax(x, gradients, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-7):
    m, u = np.zeros_like(x), np.zeros_like(x)
    for t, g in enumerate(gradients, 1):
        m = beta1 * m + (1 - beta1) * g
        u = np.where(beta2 * u > abs(g), beta2 * u, abs(g))
        x = x - learning_rate / (1 - beta1**t) * m / (u + epsilon)
        yield {"x": x, "m": m, "u": u}


def nadam(x, gradients, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-7):
    m, v = np.zeros_like(x), np.zeros_like(x)
    mu = [None] + [beta1 * (1 - 0.5 * 0.96**t) for t in range(1, len(gradients) + 2)]
    for t, g in enumerate(gradients, 1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = mu[t + 1] * m / (1 - np.prod(mu[1 : t + 2])) + (1 - mu[t]) * g / (1 - np.prod(mu[1 : t + 1]))
        x = x - learning_rate * m_hat / (np.sqrt(v / (1 - beta2**t)) + epsilon)
        yield {"x": x, "m": m, "v": v}


def ftrl(x, gradients, learning_rate, power=-0.5, start=0.1, l1=0.0, l2=0.0, shrinkage=0.0, beta=0.0):
    a, z = np.full_like(x, start), np.zeros_like(x)
    for g in gradients:
        n = a + g**2
        sigma = (n**-power - a**-power) / learning_rate
        z = z + g + 2 * shrinkage * x - sigma * x
        curvature = (beta + n**-power) / learning_rate + 2 * l2
        x = np.where(abs(z) > l1, (np.sign(z) * l1 - z) / curvature, 0.0)
        a = n
        yield {"x": x, "accum": a, "linear": z}


def soft_threshold(y, rate, l1, l2):
    return np.sign(y) * np.maximum(abs(y) - rate * l1, 0.0) / (1 + rate * l2)


def proximal_gradient_descent(x, gradients, learning_rate, l1=0.0, l2=0.0):
    for g in gradients:
        x = soft_threshold(x - learning_rate * g, learning_rate, l1, l2)
        yield {"x": x}


def proximal_adagrad(x, gradients, learning_rate, start=0.1, l1=0.0, l2=0.0):
    a = np.full_like(x, start)
    for g in gradients:
        a = a + g**2
        rate = learning_rate / np.sqrt(a)
        x = soft_threshold(x - rate * g, rate, l1, l2)
        yield {"x": x, "accumulator": a}
