"""Adam and its kin under their Keras names: the rule of `kerasflow.train` with the defaults and details of Keras 3.

The bias of the running means is corrected by the number of steps taken, not by powers kept in variables, and epsilon is
1e-7.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from kerasflow.core import ops, types
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType
from kerasflow.core.variables import Variable
from kerasflow.optimizers.base import Optimizer
from kerasflow.train import rules
from kerasflow.train.checks import below, scalar
from kerasflow.train.rules import Step
from kerasflow.train.slots import State

__all__ = ["Adam", "AdamW", "Adamax", "Nadam"]


class Adam(Optimizer, rules.AdamOptimizer):
    """Adam: ``m <- b1 m + (1 - b1) g``, ``v <- b2 v + (1 - b2) g^2``, ``x <- x - s m / (sqrt(v) + epsilon)``.

    The size of the step is ``s = r sqrt(1 - b2^t) / (1 - b1^t)``; Kingma and Ba 2015, section 2, last paragraph. With
    `amsgrad` the largest v there has been stands in the place of v (Reddi et al. 2018, algorithm 2).

    Args:
        learning_rate: r.
        beta_1, beta_2: b1 and b2, at least 0 and below 1.
        epsilon: a small number, at least 0.
        amsgrad: never let v fall.
        name, common: see `Optimizer`.

    >>> w = tf.Variable([1.0, 1.0])
    >>> step = tf.optimizers.Adam(0.1).apply_gradients([([5.0, -50.0], w)])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     sess.run(w).round(4)  # the first step is r in the direction of the sign
    array([0.9, 1.1], dtype=float32)
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: Any = 0.9,
        beta_2: Any = 0.999,
        epsilon: Any = 1e-7,
        amsgrad: bool = False,
        name: str = "Adam",
        **common: Any,
    ) -> None:
        below(1.0, beta_1=beta_1, beta_2=beta_2)
        rules.AdamOptimizer.__init__(self, learning_rate, beta_1, beta_2, epsilon, name=name)
        self.amsgrad = amsgrad
        self.slots = {"m": 0.0, "v": 0.0, **({"vhat": 0.0} if amsgrad else {})}
        self._configure(**common)


class AdamW(Adam):
    """Adam with weight decay apart from the gradient: ``x <- x - r w x`` before each step of Adam.

    Loshchilov and Hutter 2019, algorithm 2.

    Args:
        learning_rate: r.
        weight_decay: w, at least 0.
        beta_1, beta_2, epsilon, amsgrad: see `Adam`.
        name, common: see `Optimizer`.

    Raises:
        ValueError: the weight decay is None or negative.

    >>> w = tf.Variable(1.0)
    >>> step = tf.optimizers.AdamW(0.1, weight_decay=0.5).apply_gradients([(0.0, w)])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     sess.run(w)
    np.float32(0.95)
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float = 0.004,
        beta_1: Any = 0.9,
        beta_2: Any = 0.999,
        epsilon: Any = 1e-7,
        amsgrad: bool = False,
        name: str = "AdamW",
        **common: Any,
    ) -> None:
        if weight_decay is None:
            raise ValueError("AdamW needs a weight decay, got None.")
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, name, weight_decay=weight_decay, **common)


class Adamax(Optimizer, rules.AdamOptimizer):
    """Adam with the largest gradient, fading, for a scale: ``u <- max(b2 u, |g|)``.

    ``m <- b1 m + (1 - b1) g``, ``x <- x - r / (1 - b1^t) m / (u + epsilon)``; Kingma and Ba 2015, algorithm 2.

    Args:
        learning_rate: r.
        beta_1, beta_2: b1 and b2, at least 0 and below 1.
        epsilon: a small number, at least 0.
        name, common: see `Optimizer`.

    >>> w = tf.Variable(1.0)
    >>> step = tf.optimizers.Adamax(0.1).apply_gradients([(5.0, w)])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     round(float(sess.run(w)), 6)
    0.9
    """

    slots = {"m": 0.0, "u": 0.0}
    powers = {"beta1_power": "beta_1"}

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: Any = 0.9,
        beta_2: Any = 0.999,
        epsilon: Any = 1e-7,
        name: str = "Adamax",
        **common: Any,
    ) -> None:
        below(1.0, beta_1=beta_1, beta_2=beta_2)
        rules.AdamOptimizer.__init__(self, learning_rate, beta_1, beta_2, epsilon, name=name)
        self._configure(**common)

    def prepare(self, h: SimpleNamespace) -> None:
        """``s = r / (1 - b1^t)``."""
        h.size = h.learning_rate / (1 - h.beta1_power)

    def rule(self, h: SimpleNamespace, g: Tensor, x: Variable, *slots: Variable) -> Step:
        """``u <- max(b2 u, |g|)``, ``x <- x - s m / (u + epsilon)``."""
        m, u = slots
        new_m = m.assign_add((1 - h.beta_1) * (g - m))
        new_u = u.assign(ops.maximum(h.beta_2 * u, ops.abs(g)))
        return x.assign_sub(h.size * new_m / (new_u + h.epsilon)), new_m, new_u


class Nadam(Optimizer, rules.AdamOptimizer):
    """Adam with Nesterov momentum.

    With ``k_t = b1 (1 - 0.96^t / 2)`` and ``K_t = k_1 ... k_t``: m and v as in `Adam`,
    ``n = k_{t+1} m / (1 - K_{t+1}) + (1 - k_t) g / (1 - K_t)`` and ``x <- x - r n / (sqrt(v / (1 - b2^t)) + epsilon)``.
    Dozat 2015, algorithm 2, with the momentum schedule that Keras uses.

    Args:
        learning_rate: r.
        beta_1, beta_2: b1 and b2, at least 0 and below 1.
        epsilon: a small number, at least 0.
        name, common: see `Optimizer`.

    >>> w = tf.Variable(1.0)
    >>> step = tf.optimizers.Nadam(0.1).apply_gradients([(5.0, w)])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     round(float(sess.run(w)), 6)
    0.893721
    """

    powers = {"beta2_power": "beta_2"}
    counters = {"iteration": np.int64(0), "momentum_product": np.float64(1)}

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: Any = 0.9,
        beta_2: Any = 0.999,
        epsilon: Any = 1e-7,
        name: str = "Nadam",
        **common: Any,
    ) -> None:
        below(1.0, beta_1=beta_1, beta_2=beta_2)
        rules.AdamOptimizer.__init__(self, learning_rate, beta_1, beta_2, epsilon, name=name)
        self._configure(**common)

    def rule(self, h: SimpleNamespace, g: Tensor, x: Variable, *slots: Variable) -> Step:
        """``x <- x - r n / (sqrt(v / (1 - b2^t)) + epsilon)``."""
        m, v = slots
        new_m = m.assign_add((1 - h.beta_1) * (g - m))
        new_v = v.assign_add((1 - h.beta_2) * (ops.square(g) - v))
        root = ops.sqrt(new_v / h.share_of_v)
        return x.assign_sub((h.of_m * new_m + h.of_g * g) / (root + h.epsilon)), new_m, new_v

    def prepare(self, h: SimpleNamespace) -> None:
        """The share of all gradients, ever, that m and v have seen by now, is divided out."""
        h.share_of_v = 1 - h.beta2_power

    def _values(self, state: State, dtype: DType) -> SimpleNamespace:
        h = super()._values(state, dtype)
        now, following, product = [ops.cast(k, dtype) for k in self._momenta(state)]
        h.of_m = h.learning_rate * following / (1 - product * following)
        h.of_g = h.learning_rate * (1 - now) / (1 - product)
        return h

    def _advance(self, state: State) -> list[Any]:
        product = state.shared["momentum_product"].assign(self._momenta(state)[2])
        return [product, *super()._advance(state)]

    def _momenta(self, state: State) -> Sequence[Tensor]:
        """The momentum of this step and of the next, and the product of those so far, this one's included."""
        t = ops.cast(state.shared["iteration"], types.float64) + 1.0
        beta = scalar("beta_1", self.beta_1, types.float64)
        now, following = beta * (1 - 0.5 * 0.96**t), beta * (1 - 0.5 * 0.96 ** (t + 1))
        return now, following, now * state.shared["momentum_product"]
