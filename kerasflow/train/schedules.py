"""Learning rates that change with the step: each schedule is a formula, and an object that an optimizer can call.

A formula is written once, for both worlds: given a number it computes one with NumPy, given a tensor it adds the same
operations to a graph. Both compute in float64, so that no step falls on the wrong side of a boundary by rounding; what
comes out of a graph is of the type of the initial learning rate. In the formulas ``r`` is the initial rate and ``t``
the step.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from kerasflow.core import ops, types
from kerasflow.core.graph import convert
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType
from kerasflow.train.checks import at_least, is_number, scalar

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
]


class LearningRateSchedule:
    """A learning rate as a function of the step. A subclass of your own defines ``__call__(step)``, on a tensor.

    >>> from kerasflow.optimizers import SGD
    >>> from kerasflow.optimizers.schedules import LearningRateSchedule
    >>> class Linear(LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return 0.01 * tf.cast(step, tf.float32)
    >>> optimizer = SGD(Linear())
    """

    def __call__(self, step: Any) -> Any:
        """The learning rate of step number `step`, counted from 0."""
        raise NotImplementedError(f"{type(self).__name__} does not say what the learning rate is.")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal schedule."""
        raise NotImplementedError(f"{type(self).__name__} cannot be described by its arguments.")

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> LearningRateSchedule:
        """The schedule that `get_config` described."""
        return cls(**config)


class _Formula(LearningRateSchedule):
    """A schedule whose formula is `_rate`; its arguments are kept under their own names in `_arguments`."""

    def __init__(self, name: str, **arguments: Any) -> None:
        self.name = name
        self._arguments = arguments

    def __getattr__(self, name: str) -> Any:
        arguments = self.__dict__.get("_arguments", {})
        if name not in arguments:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}.")
        return arguments[name]

    def __call__(self, step: Any) -> Any:
        """The learning rate of step number `step`, counted from 0: a float for a number, else a tensor."""
        if is_number(step):
            return float(self._rate(np, np.float64(step)))
        return self.at(convert(step), self._dtype())

    def at(self, step: Tensor, dtype: DType) -> Tensor:
        """The learning rate as a tensor of type `dtype`."""
        with name_scope(self.name, values=[step]) as scope:
            rate = self._rate(_GRAPH, ops.cast(step, types.float64))
            return ops.identity(ops.cast(rate, dtype), name=scope)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal schedule."""
        return {**self._arguments, "name": self.name}

    def _dtype(self) -> DType:
        return convert(self.initial_learning_rate).dtype

    def _numbers(self, *names: str) -> list[Any]:
        return [scalar(name, self._arguments[name], types.float64) for name in names]

    def _rate(self, xp: Any, t: Any) -> Any:
        """The formula, with the functions of `xp`, NumPy's or those of graphs."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self._arguments.items())})"


_GRAPH = SimpleNamespace(
    floor=ops.floor, ceil=ops.ceil, cos=ops.cos, log=ops.log, minimum=ops.minimum, maximum=ops.maximum, where=ops.where
)


def _positive(**values: Any) -> None:
    for name, value in values.items():
        if is_number(value) and value <= 0:
            raise ValueError(f"{name} must be positive, got {value!r}.")


class ExponentialDecay(_Formula):
    """The rate falls by a factor every so many steps: ``r q^(t / n)``.

    Args:
        initial_learning_rate: r.
        decay_steps: n, positive.
        decay_rate: q.
        staircase: whether ``t / n`` is rounded down, so that the rate stays for n steps.
        name: of the operations.

    >>> from kerasflow.optimizers.schedules import ExponentialDecay
    >>> rate = ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)
    >>> [rate(t) for t in (0, 10, 20)]
    [0.1, 0.05, 0.025]
    """

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        decay_rate: Any,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ) -> None:
        _positive(decay_steps=decay_steps)
        arguments = {"initial_learning_rate": initial_learning_rate, "decay_steps": decay_steps}
        super().__init__(name, **arguments, decay_rate=decay_rate, staircase=staircase)

    def _rate(self, xp: Any, t: Any) -> Any:
        r, n, q = self._numbers("initial_learning_rate", "decay_steps", "decay_rate")
        return r * q ** (xp.floor(t / n) if self.staircase else t / n)


class InverseTimeDecay(_Formula):
    """The rate falls as one over the step: ``r / (1 + q t / n)``.

    Args:
        initial_learning_rate: r.
        decay_steps: n, positive.
        decay_rate: q.
        staircase: whether ``t / n`` is rounded down.
        name: of the operations.

    >>> from kerasflow.optimizers.schedules import InverseTimeDecay
    >>> rate = InverseTimeDecay(0.1, decay_steps=10, decay_rate=1.0)
    >>> [rate(t) for t in (0, 10, 30)]
    [0.1, 0.05, 0.025]
    """

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        decay_rate: Any,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ) -> None:
        _positive(decay_steps=decay_steps)
        arguments = {"initial_learning_rate": initial_learning_rate, "decay_steps": decay_steps}
        super().__init__(name, **arguments, decay_rate=decay_rate, staircase=staircase)

    def _rate(self, xp: Any, t: Any) -> Any:
        r, n, q = self._numbers("initial_learning_rate", "decay_steps", "decay_rate")
        return r / (1 + q * (xp.floor(t / n) if self.staircase else t / n))


class PiecewiseConstantDecay(_Formula):
    """The rate changes at given steps: ``values[i]`` up to and including step ``boundaries[i]``, then the next.

    Args:
        boundaries: steps, rising.
        values: rates, one more than there are boundaries.
        name: of the operations.

    Raises:
        ValueError: the numbers of boundaries and values do not match, or the boundaries do not rise.

    >>> from kerasflow.optimizers.schedules import PiecewiseConstantDecay
    >>> rate = PiecewiseConstantDecay([10, 20], [0.1, 0.01, 0.001])
    >>> [rate(t) for t in (10, 11, 20, 21)]
    [0.1, 0.01, 0.01, 0.001]
    """

    def __init__(self, boundaries: Sequence[Any], values: Sequence[Any], name: str = "PiecewiseConstant") -> None:
        boundaries, values = list(boundaries), list(values)
        if len(values) != len(boundaries) + 1:
            raise ValueError(
                f"There must be one value more than boundaries, got {len(values)} and {len(boundaries)} of them."
            )
        if all(map(is_number, boundaries)) and boundaries != sorted(set(boundaries)):
            raise ValueError(f"The boundaries must rise, got {boundaries}.")
        super().__init__(name, boundaries=boundaries, values=values)

    def _dtype(self) -> DType:
        return convert(self.values[0]).dtype

    def _rate(self, xp: Any, t: Any) -> Any:
        values = [scalar("values", v, types.float64) for v in self.values]
        boundaries = [scalar("boundaries", b, types.float64) for b in self.boundaries]
        rate = values[-1]
        for boundary, value in reversed(list(zip(boundaries, values, strict=False))):
            rate = xp.where(t <= boundary, value, rate)
        return rate


class PolynomialDecay(_Formula):
    """The rate goes from r to e in n steps: ``(r - e) (1 - min(t, n) / n)^p + e``.

    With `cycle` it starts anew when it is down, each time more slowly: n is replaced by its first multiple that t does
    not exceed.

    Args:
        initial_learning_rate: r.
        decay_steps: n, positive.
        end_learning_rate: e.
        power: p; 1 is a straight line.
        cycle: whether it goes up again.
        name: of the operations.

    >>> from kerasflow.optimizers.schedules import PolynomialDecay
    >>> rate = PolynomialDecay(0.1, decay_steps=10, end_learning_rate=0.0)
    >>> [rate(t) for t in (0, 5, 10, 11)]
    [0.1, 0.05, 0.0, 0.0]
    """

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        end_learning_rate: Any = 0.0001,
        power: Any = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        _positive(decay_steps=decay_steps)
        arguments = {"initial_learning_rate": initial_learning_rate, "decay_steps": decay_steps}
        super().__init__(name, **arguments, end_learning_rate=end_learning_rate, power=power, cycle=cycle)

    def _rate(self, xp: Any, t: Any) -> Any:
        names = ("initial_learning_rate", "decay_steps", "end_learning_rate", "power")
        r, n, e, p = self._numbers(*names)
        if self.cycle:
            n = n * xp.maximum(xp.ceil(t / n), 1.0)
        else:
            t = xp.minimum(t, n)
        return (r - e) * (1 - t / n) ** p + e


class CosineDecay(_Formula):
    """The rate falls along half a cosine: ``r ((1 - a) (1 + cos(pi min(t, n) / n)) / 2 + a)``.

    Loshchilov and Hutter 2017 (SGDR), equation 5. With `warmup_target` w, the rate first goes from r to w in a straight
    line, over `warmup_steps` steps, and falls from w after that.

    Args:
        initial_learning_rate: r.
        decay_steps: n, positive; the warm-up is not counted.
        alpha: a, the fraction of the rate at which it ends.
        name: of the operations.
        warmup_target: w, None for no warm-up.
        warmup_steps: its length.

    >>> from kerasflow.optimizers.schedules import CosineDecay
    >>> rate = CosineDecay(0.0, 10, warmup_target=0.1, warmup_steps=4)
    >>> [round(rate(t), 6) for t in (0, 2, 4, 9, 14, 99)]
    [0.0, 0.05, 0.1, 0.05, 0.0, 0.0]
    """

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        alpha: Any = 0.0,
        name: str = "CosineDecay",
        warmup_target: Any = None,
        warmup_steps: Any = 0,
    ) -> None:
        _positive(decay_steps=decay_steps)
        at_least(0, warmup_steps=warmup_steps)
        arguments = {"initial_learning_rate": initial_learning_rate, "decay_steps": decay_steps, "alpha": alpha}
        super().__init__(name, **arguments, warmup_target=warmup_target, warmup_steps=warmup_steps)

    def _rate(self, xp: Any, t: Any) -> Any:
        r, n, a, start = self._numbers("initial_learning_rate", "decay_steps", "alpha", "warmup_steps")
        if self.warmup_target is None:
            return r * _cosine(xp, xp.minimum(t, n) / n, 1.0, a)
        (top,) = self._numbers("warmup_target")
        falling = top * _cosine(xp, xp.minimum(xp.maximum(t - start, 0.0), n) / n, 1.0, a)
        if is_number(start) and start == 0:
            return falling
        return xp.where(t < start, r + (top - r) * t / start, falling)


class CosineDecayRestarts(_Formula):
    """The rate falls along half a cosine, jumps up, and falls again, over longer and longer periods.

    Period i, from 0, is ``n_i = n q^i`` steps long, and in it the rate is ``r ((1 - a) m^i (1 + cos(pi s)) / 2 + a)``
    where s is the fraction of the period that is over. Loshchilov and Hutter 2017 (SGDR), equation 5.

    Args:
        initial_learning_rate: r.
        first_decay_steps: n, positive.
        t_mul: q, a number, at least 1.
        m_mul: m.
        alpha: a.
        name: of the operations.

    >>> from kerasflow.optimizers.schedules import CosineDecayRestarts
    >>> rate = CosineDecayRestarts(0.1, first_decay_steps=10)
    >>> [round(rate(t), 6) for t in (0, 5, 10, 20, 30)]  # periods from 0 to 10, 30, 70, ...
    [0.1, 0.05, 0.1, 0.05, 0.1]
    """

    def __init__(
        self,
        initial_learning_rate: Any,
        first_decay_steps: Any,
        t_mul: float = 2.0,
        m_mul: Any = 1.0,
        alpha: Any = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        _positive(first_decay_steps=first_decay_steps)
        if not is_number(t_mul) or t_mul < 1:
            raise ValueError(f"t_mul must be a number, at least 1, got {t_mul!r}.")
        arguments = {"initial_learning_rate": initial_learning_rate, "first_decay_steps": first_decay_steps}
        super().__init__(name, **arguments, t_mul=t_mul, m_mul=m_mul, alpha=alpha)

    def _rate(self, xp: Any, t: Any) -> Any:
        r, n, m, a = self._numbers("initial_learning_rate", "first_decay_steps", "m_mul", "alpha")
        i, fraction = _period(xp, t / n, float(self.t_mul))
        return r * _cosine(xp, fraction, m**i, a)


def _cosine(xp: Any, fraction: Any, top: Any, end: Any) -> Any:
    return (1 - end) * (top * (1 + xp.cos(math.pi * fraction)) / 2) + end


def _period(xp: Any, time: Any, growth: float) -> tuple[Any, Any]:
    """Which period `time`, in lengths of the first one, falls in, and which fraction of it is over.

    The logarithm that finds the period is rounded, so at a restart it may give the period before: the neighbours are
    tried.
    """
    if growth == 1:
        i = xp.floor(time)
        return i, time - i
    i = xp.floor(xp.log(1 + time * (growth - 1)) / math.log(growth))
    i = xp.where(time * (1 + 1e-12) >= _start(i + 1, growth), i + 1, i)
    i = xp.where(time * (1 + 1e-12) < _start(i, growth), i - 1, i)
    return i, (time - _start(i, growth)) / growth**i


def _start(i: Any, growth: float) -> Any:
    return (growth**i - 1) / (growth - 1)
