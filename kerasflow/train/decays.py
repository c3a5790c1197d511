"""The schedules as functions: given the tensor that counts the steps, the tensor that is the learning rate.

Each is a class of `schedules`, called once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from kerasflow.core import ops
from kerasflow.core.graph import convert
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor
from kerasflow.train import schedules
from kerasflow.train.checks import is_number

__all__ = [
    "cosine_decay",
    "cosine_decay_restarts",
    "exponential_decay",
    "inverse_time_decay",
    "linear_cosine_decay",
    "natural_exp_decay",
    "noisy_linear_cosine_decay",
    "piecewise_constant",
    "piecewise_constant_decay",
    "polynomial_decay",
]


def exponential_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """The learning rate ``r q^(t / n)``.

    Args:
        learning_rate: r, a number or scalar tensor.
        global_step: t, a scalar: a number, tensor or variable.
        decay_steps: n, positive.
        decay_rate: q.
        staircase: whether ``t / n`` is rounded down.
        name: of the tensor.

    Returns:
        A scalar of the type of `learning_rate`.

    Raises:
        ValueError: there is no step, or `decay_steps` is not positive.

    >>> rate = tf.train.exponential_decay(0.1, global_step=15, decay_steps=10, decay_rate=0.5, staircase=True)
    >>> tf.Session().run(rate)
    np.float32(0.05)
    """
    kind = schedules.ExponentialDecay
    return _at(global_step, kind(learning_rate, decay_steps, decay_rate, staircase, name or "ExponentialDecay"))


def natural_exp_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """The learning rate ``r exp(-q t / n)``; the arguments are those of `exponential_decay`.

    >>> tf.Session().run(tf.train.natural_exp_decay(1.0, 20, decay_steps=10, decay_rate=0.5))  # exp(-1)
    np.float32(0.36787945)
    """
    factor = math.exp(-decay_rate) if is_number(decay_rate) else ops.exp(-convert(decay_rate))
    kind = schedules.ExponentialDecay
    return _at(global_step, kind(learning_rate, decay_steps, factor, staircase, name or "ExponentialTimeDecay"))


def inverse_time_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """The learning rate ``r / (1 + q t / n)``; the arguments are those of `exponential_decay`.

    >>> tf.Session().run(tf.train.inverse_time_decay(0.1, 10, decay_steps=10, decay_rate=1.0))
    np.float32(0.05)
    """
    kind = schedules.InverseTimeDecay
    return _at(global_step, kind(learning_rate, decay_steps, decay_rate, staircase, name or "InverseTimeDecay"))


def polynomial_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    end_learning_rate: Any = 0.0001,
    power: Any = 1.0,
    cycle: bool = False,
    name: str | None = None,
) -> Tensor:
    """The learning rate ``(r - e) (1 - min(t, n) / n)^p + e``.

    Args:
        learning_rate: r, a number or scalar tensor.
        global_step: t, a scalar: a number, tensor or variable.
        decay_steps: n, positive.
        end_learning_rate: e.
        power: p.
        cycle: whether n is replaced by its first multiple that t does not exceed.
        name: of the tensor.

    Returns:
        A scalar of the type of `learning_rate`.

    Raises:
        ValueError: there is no step, or `decay_steps` is not positive.

    >>> tf.Session().run(tf.train.polynomial_decay(0.1, 5, decay_steps=10, end_learning_rate=0.0, power=2.0))
    np.float32(0.025)
    """
    kind = schedules.PolynomialDecay
    arguments = (learning_rate, decay_steps, end_learning_rate, power, cycle, name or "PolynomialDecay")
    return _at(global_step, kind(*arguments))


def piecewise_constant(x: Any, boundaries: Sequence[Any], values: Sequence[Any], name: str | None = None) -> Tensor:
    """``values[i]`` up to and including step ``boundaries[i]``, then the next.

    Args:
        x: the step, a scalar: a number, tensor or variable.
        boundaries: of the type of `x`, rising.
        values: of one type, one more than there are boundaries.
        name: of the tensor.

    Returns:
        A scalar of the type of the values.

    Raises:
        ValueError: there is no step, the numbers of boundaries and values do not match, the boundaries do not rise, or
            types differ.

    >>> tf.Session().run(tf.train.piecewise_constant(11, [10, 20], [0.1, 0.01, 0.001]))
    np.float32(0.01)
    """
    step, limits = _step(x), [convert(b) for b in boundaries]
    for b in limits:
        if b.dtype is not step.dtype and not (b.dtype.is_integer and step.dtype.is_integer):
            raise ValueError(f"The boundaries, of type {b.dtype.name}, must be of the type of x, {step.dtype.name}.")
    kinds = {convert(v).dtype for v in values}
    if len(kinds) > 1:
        raise ValueError(f"The values must be of one type, got {' and '.join(sorted(k.name for k in kinds))}.")
    return _at(step, schedules.PiecewiseConstantDecay(boundaries, values, name or "PiecewiseConstant"))


piecewise_constant_decay = piecewise_constant


def cosine_decay(
    learning_rate: Any, global_step: Any, decay_steps: Any, alpha: Any = 0.0, name: str | None = None
) -> Tensor:
    """The learning rate ``r ((1 - a) (1 + cos(pi min(t, n) / n)) / 2 + a)``.

    Args:
        learning_rate: r, a number or scalar tensor.
        global_step: t, a scalar: a number, tensor or variable.
        decay_steps: n, positive.
        alpha: a, the fraction at which it ends.
        name: of the tensor.

    Returns:
        A scalar of the type of `learning_rate`.

    Raises:
        ValueError: there is no step, or `decay_steps` is not positive.

    >>> tf.Session().run(tf.train.cosine_decay(0.1, 5, decay_steps=10))
    np.float32(0.05)
    """
    return _at(global_step, schedules.CosineDecay(learning_rate, decay_steps, alpha, name or "CosineDecay"))


def cosine_decay_restarts(
    learning_rate: Any,
    global_step: Any,
    first_decay_steps: Any,
    t_mul: float = 2.0,
    m_mul: Any = 1.0,
    alpha: Any = 0.0,
    name: str | None = None,
) -> Tensor:
    """The learning rate that falls along half a cosine again and again; see `schedules.CosineDecayRestarts`.

    Args:
        learning_rate: the first rate, a number or scalar tensor.
        global_step: the step, a scalar: a number, tensor or variable.
        first_decay_steps: the length of the first period, positive.
        t_mul: how much longer each period is than the one before, at least 1.
        m_mul: how much higher it starts.
        alpha: the fraction of the first rate at which each ends.
        name: of the tensor.

    Returns:
        A scalar of the type of `learning_rate`.

    Raises:
        ValueError: there is no step, or an argument is out of range.

    >>> tf.Session().run(tf.train.cosine_decay_restarts(0.1, 20, first_decay_steps=10))
    np.float32(0.05)
    """
    kind = schedules.CosineDecayRestarts
    return _at(global_step, kind(learning_rate, first_decay_steps, t_mul, m_mul, alpha, name or "SGDRDecay"))


def linear_cosine_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    num_periods: float = 0.5,
    alpha: Any = 0.0,
    beta: Any = 0.001,
    name: str | None = None,
) -> Tensor:
    """The learning rate ``r ((a + 1 - c) (1 + cos(2 pi p c)) / 2 + b)`` with ``c = min(t, n) / n``.

    Args:
        learning_rate: r, a number or scalar tensor.
        global_step: t, a scalar: a number, tensor or variable.
        decay_steps: n, positive.
        num_periods: p, the periods of the cosine.
        alpha, beta: a and b.
        name: of the tensor.

    Raises:
        ValueError: there is no step.

    Source: Bello et al., "Neural optimizer search with reinforcement learning", 2017.

    >>> tf.Session().run(tf.train.linear_cosine_decay(0.1, 3, decay_steps=10))
    np.float32(0.055672478)
    """
    return _cosine(learning_rate, global_step, decay_steps, num_periods, alpha, beta, None, name)


def noisy_linear_cosine_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    initial_variance: Any = 1.0,
    variance_decay: Any = 0.55,
    num_periods: float = 0.5,
    alpha: Any = 0.0,
    beta: Any = 0.001,
    name: str | None = None,
) -> Tensor:
    """As `linear_cosine_decay`, with normally distributed noise of variance ``v / (1 + min(t, n))^d`` on ``1 - c``.

    Args:
        learning_rate, global_step, decay_steps, num_periods, alpha, beta: as there.
        initial_variance, variance_decay: v and d.
        name: of the tensor.

    Raises:
        ValueError: there is no step.
    """
    noise = (initial_variance, variance_decay)
    return _cosine(learning_rate, global_step, decay_steps, num_periods, alpha, beta, noise, name)


def _cosine(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    num_periods: float,
    alpha: Any,
    beta: Any,
    noise: tuple[Any, Any] | None,
    name: str | None,
) -> Tensor:
    with name_scope(name, "LinearCosineDecay" if noise is None else "NoisyLinearCosineDecay", [global_step]) as scope:
        rate = convert(learning_rate)
        last = ops.cast(convert(decay_steps), rate.dtype)
        t = ops.minimum(ops.cast(_step(global_step), rate.dtype), last)
        linear = (last - t) / last
        if noise is not None:
            spread = ops.sqrt(noise[0] / ops.pow(t + 1.0, noise[1]))
            linear = linear + spread * ops.random_normal([], dtype=rate.dtype)
        wave = 0.5 * (1.0 + ops.cos(2.0 * math.pi * num_periods * (t / last)))
        return ops.multiply(rate, (alpha + linear) * wave + beta, name=scope)


def _step(step: Any) -> Tensor:
    if step is None:
        raise ValueError("A schedule needs the step: global_step is None.")
    return convert(step)


def _at(step: Any, schedule: Any) -> Tensor:
    rate: Tensor = schedule(_step(step))
    return rate
