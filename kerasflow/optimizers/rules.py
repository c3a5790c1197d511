"""The optimizers under their Keras names: the rules of `kerasflow.train` with the defaults and details of Keras 3.

Where the two families differ: momentum is of steps, ``v <- m v - r g``, not of gradients, which is the same as long as
the learning rate stays; RMSprop's mean square starts at 0, not at 1; Adagrad adds an epsilon under its root, too. Adam
and its kin are in `adam`.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from kerasflow.core.tensor import IndexedSlices, Tensor
from kerasflow.core.variables import Variable
from kerasflow.optimizers.base import Optimizer
from kerasflow.train import proximal, rules
from kerasflow.train.checks import at_least, below, is_number, is_zero
from kerasflow.train.rules import Step

__all__ = ["SGD", "Adadelta", "Adagrad", "Ftrl", "RMSprop"]


class SGD(Optimizer, rules.MomentumOptimizer):
    """Gradient descent, with momentum if there is some: ``v <- m v - r g``, ``x <- x + v``.

    With `nesterov`, ``x <- x + m v - r g`` with the new ``v``.

    Args:
        learning_rate: r.
        momentum: m, from 0 to 1.
        nesterov: look ahead.
        name, common: see `Optimizer`.

    >>> w = tf.Variable(1.0)
    >>> step = tf.optimizers.SGD(0.1, momentum=0.5).apply_gradients([(1.0, w)])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     sess.run(w)
    np.float32(0.9)
    """

    rate_inside = True

    def __init__(
        self, learning_rate: Any = 0.01, momentum: Any = 0.0, nesterov: bool = False, name: str = "SGD", **common: Any
    ) -> None:
        rules.MomentumOptimizer.__init__(self, learning_rate, momentum, name=name, use_nesterov=nesterov)
        if is_number(momentum) and momentum > 1:
            raise ValueError(f"momentum must be at most 1, got {momentum!r}.")
        self.slots = {} if is_zero(momentum) else {"momentum": 0.0}
        self._configure(**common)

    def rule(self, h: SimpleNamespace, g: Tensor, x: Variable, *slots: Variable) -> Step:
        """The rule of momentum, or without a slot the one of gradient descent."""
        law = rules.MomentumOptimizer if slots else rules.GradientDescentOptimizer
        return law.rule(self, h, g, x, *slots)

    def rule_of_rows(self, h: SimpleNamespace, g: IndexedSlices, x: Variable, *slots: Variable) -> Step | None:
        """Without a slot the one of gradient descent."""
        return None if slots else rules.GradientDescentOptimizer.rule_of_rows(self, h, g, x)


class RMSprop(Optimizer, rules.RMSPropOptimizer):
    """RMSProp: ``a <- d a + (1 - d) g^2``, ``x <- x - r g / sqrt(a + epsilon)``.

    With momentum m, ``p <- m p + r g / sqrt(a + epsilon)`` and ``x <- x - p``. Hinton, Neural Networks for Machine
    Learning, lecture 6e; Graves 2013, equations 38 to 41.

    Args:
        learning_rate: r.
        rho: d, at least 0 and below 1.
        momentum: m, at least 0.
        epsilon: a small positive number.
        centered: divide by the estimated deviation, not by the root of the mean square.
        name, common: see `Optimizer`.

    >>> w = tf.Variable(1.0)
    >>> step = tf.optimizers.RMSprop(0.1, rho=0.75).apply_gradients([(2.0, w)])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     round(float(sess.run(w)), 6)  # 1 - 0.1 * 2 / sqrt(0.25 * 4)
    0.8
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: Any = 0.9,
        momentum: Any = 0.0,
        epsilon: Any = 1e-7,
        centered: bool = False,
        name: str = "RMSprop",
        **common: Any,
    ) -> None:
        below(1.0, rho=rho)
        rules.RMSPropOptimizer.__init__(self, learning_rate, rho, momentum, epsilon, centered=centered, name=name)
        kept = {"rms": True, "mg": centered, "momentum": not is_zero(momentum)}
        self.slots = {slot: 0.0 for slot, is_kept in kept.items() if is_kept}
        self._configure(**common)


class Adagrad(Optimizer, rules.AdagradOptimizer):
    """Adagrad: ``a <- a + g^2``, ``x <- x - r g / sqrt(a + epsilon)``.

    Duchi, Hazan and Singer 2011, figure 1, with a diagonal matrix.

    Args:
        learning_rate: r.
        initial_accumulator_value: where a starts, at least 0.
        epsilon: a small number, at least 0.
        name, common: see `Optimizer`.

    >>> w = tf.Variable(1.0)
    >>> step = tf.optimizers.Adagrad(0.1).apply_gradients([(3.0, w)])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     round(float(sess.run(w)), 6)  # 1 - 0.1 * 3 / sqrt(0.1 + 9)
    0.900551
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: Any = 1e-7,
        name: str = "Adagrad",
        **common: Any,
    ) -> None:
        at_least(0.0, epsilon=epsilon)
        self.epsilon = epsilon
        rules.AdagradOptimizer.__init__(self, learning_rate, initial_accumulator_value, name=name)
        self._configure(**common)


class Adadelta(Optimizer, rules.AdadeltaOptimizer):
    """Adadelta: ``a <- d a + (1 - d) g^2``, ``u = g sqrt((b + epsilon) / (a + epsilon))``, ``x <- x - r u``.

    And ``b <- d b + (1 - d) u^2``. Zeiler 2012, algorithm 1, which has r = 1.

    Args:
        learning_rate: r.
        rho: d, at least 0 and below 1.
        epsilon: a small positive number; it also decides the size of the first steps.
        name, common: see `Optimizer`.

    >>> w = tf.Variable(1.0)
    >>> step = tf.optimizers.Adadelta(1.0, rho=0.5, epsilon=1.0).apply_gradients([(2.0, w)])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     round(float(sess.run(w)), 6)  # 1 - 2 sqrt(1 / (0.5 * 4 + 1))
    -0.154701
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: Any = 0.95,
        epsilon: Any = 1e-7,
        name: str = "Adadelta",
        **common: Any,
    ) -> None:
        rules.AdadeltaOptimizer.__init__(self, learning_rate, rho, epsilon, name=name)
        self._configure(**common)


class Ftrl(Optimizer, proximal.FtrlOptimizer):
    """Follow the regularised leader, proximal, per coordinate; McMahan et al. 2013, algorithm 1.

    With ``q(a) = (a^-p + beta) / r``: ``n = a + g^2``, ``z <- z + g + 2 s x - (q(n) - q(a)) x``, ``a <- n``,
    ``x <- (clip(z, -l1, l1) - z) / (q(n) + 2 l2)``, which is 0 where ``|z| <= l1``.

    Args:
        learning_rate: r.
        learning_rate_power: p, at most 0.
        initial_accumulator_value: where a starts, at least 0.
        l1_regularization_strength, l2_regularization_strength: l1 and l2, at least 0.
        l2_shrinkage_regularization_strength: s, at least 0.
        beta: at least 0.
        name, common: see `Optimizer`.

    >>> w = tf.Variable([1.0, 1.0])
    >>> ftrl = tf.optimizers.Ftrl(0.5, l1_regularization_strength=1.0)
    >>> step = ftrl.apply_gradients([([3.0, 0.5], w)])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     sess.run(w)  # the penalty holds the second number at 0
    array([0.232178, 0.      ], dtype=float32)
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        learning_rate_power: Any = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: Any = 0.0,
        l2_regularization_strength: Any = 0.0,
        l2_shrinkage_regularization_strength: Any = 0.0,
        beta: Any = 0.0,
        name: str = "Ftrl",
        **common: Any,
    ) -> None:
        proximal.FtrlOptimizer.__init__(
            self,
            learning_rate,
            learning_rate_power,
            initial_accumulator_value,
            l1_regularization_strength,
            l2_regularization_strength,
            name=name,
            l2_shrinkage_regularization_strength=l2_shrinkage_regularization_strength,
        )
        at_least(0.0, beta=beta)
        self.beta = beta
        self._configure(**common)
