"""Rules that keep penalties apart from the loss: Ftrl and the proximal forms of gradient descent and Adagrad.

An L1 penalty in the loss makes small numbers; here it makes zeros. The step on the loss is followed by the exact
minimiser of the penalty near it, ``argmin_z (z - x)^2 / (2 r) + l1 |z| + l2 z^2 / 2``, which is a soft threshold.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from kerasflow.core import ops
from kerasflow.core.tensor import Tensor
from kerasflow.core.variables import Variable
from kerasflow.train.checks import at_least, is_number, is_zero
from kerasflow.train.optimizer import Optimizer
from kerasflow.train.rules import AdagradOptimizer, GradientDescentOptimizer, Step

__all__ = ["AdagradDAOptimizer", "FtrlOptimizer", "ProximalAdagradOptimizer", "ProximalGradientDescentOptimizer"]


class FtrlOptimizer(Optimizer):
    """Follow the regularised leader, proximal, per coordinate.

    With ``q(a) = a^-p / r``: ``n = a + g^2``, ``z <- z + g + 2 s x - (q(n) - q(a)) x``, ``a <- n``, and
    ``x <- (clip(z, -l1, l1) - z) / (q(n) + 2 l2)``, which is 0 where ``|z| <= l1``. McMahan et al. 2013, algorithm 1,
    where p is -1/2; s is the L2 shrinkage, a penalty on x in the gradient that the accumulator does not see.

    Args:
        learning_rate: r.
        learning_rate_power: p, at most 0.
        initial_accumulator_value: where a starts, at least 0.
        l1_regularization_strength, l2_regularization_strength: l1 and l2, at least 0.
        use_locking: accepted and without effect.
        name: of the operation that `minimize` makes.
        accum_name, linear_name: of the slots "accum", a, and "linear", z; by default the optimizer's name.
        l2_shrinkage_regularization_strength: s, at least 0.

    Raises:
        ValueError: a setting is out of range.

    >>> w = tf.Variable([1.0, 1.0])
    >>> ftrl = tf.train.FtrlOptimizer(0.5, l1_regularization_strength=1.0)
    >>> step = ftrl.apply_gradients([([3.0, 0.5], w)])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     sess.run(w)  # the penalty holds the second number at 0
    array([0.232178, 0.      ], dtype=float32)
    """

    settings = (
        "learning_rate",
        "learning_rate_power",
        "l1_regularization_strength",
        "l2_regularization_strength",
        "l2_shrinkage_regularization_strength",
        "beta",
    )
    rows_rest = True
    beta: Any = 0.0  # adds beta / r to q (Keras; beta in the paper)

    def __init__(
        self,
        learning_rate: Any,
        learning_rate_power: Any = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: Any = 0.0,
        l2_regularization_strength: Any = 0.0,
        use_locking: bool = False,
        name: str = "Ftrl",
        accum_name: str | None = None,
        linear_name: str | None = None,
        l2_shrinkage_regularization_strength: Any = 0.0,
    ) -> None:
        super().__init__(use_locking, name)
        at_least(
            0.0,
            initial_accumulator_value=initial_accumulator_value,
            l1_regularization_strength=l1_regularization_strength,
            l2_regularization_strength=l2_regularization_strength,
            l2_shrinkage_regularization_strength=l2_shrinkage_regularization_strength,
        )
        if is_number(learning_rate_power) and learning_rate_power > 0:
            raise ValueError(f"learning_rate_power must be at most 0, got {learning_rate_power}.")
        self.learning_rate = learning_rate
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.slots = {"accum": initial_accumulator_value, "linear": 0.0}
        self.slot_names = {"accum": accum_name or name, "linear": linear_name or name}

    def rule(self, h: SimpleNamespace, g: Tensor, x: Variable, a: Variable, z: Variable) -> Step:
        """``x <- (clip(z, -l1, l1) - z) / (q(n) + 2 l2)``."""
        shrinkage = 2 * h.l2_shrinkage_regularization_strength
        before = _power(a, -h.learning_rate_power)
        new_a = a.assign_add(ops.square(g))
        after = _power(new_a, -h.learning_rate_power)
        shrunk = g if is_zero(shrinkage) else g + shrinkage * x
        new_z = z.assign_add(shrunk - (after - before) / h.learning_rate * x)
        curvature = after / h.learning_rate + (2 * h.l2_regularization_strength + h.beta / h.learning_rate)
        return x.assign((_within(new_z, h.l1_regularization_strength) - new_z) / curvature), new_a, new_z


class AdagradDAOptimizer(Optimizer):
    """Adagrad by dual averaging: each step starts anew from the sum of all gradients, which keeps sparse models sparse.

    ``z <- z + g``, ``n <- n + g^2``, ``x <- -r sign(z) max(|z| - l1 t, 0) / (l2 t r + sqrt(n))``; Duchi, Hazan and
    Singer 2011, equation 24, with the step t.

    Args:
        learning_rate: r.
        global_step: the variable that counts the steps; `minimize` has to be given it too.
        initial_gradient_squared_accumulator_value: where n starts, above 0.
        l1_regularization_strength, l2_regularization_strength: l1 and l2, at least 0.
        use_locking: accepted and without effect.
        name: of the operation that `minimize` makes.

    Raises:
        ValueError: a setting is out of range.

    >>> w, steps = tf.Variable([1.0, 1.0]), tf.train.create_global_step()
    >>> dual = tf.train.AdagradDAOptimizer(0.5, steps, l1_regularization_strength=1.0)
    >>> step = dual.apply_gradients([([3.0, 0.5], w)], steps)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     sess.run(w)
    array([-0.33149678, -0.        ], dtype=float32)
    """

    settings = ("learning_rate", "l1_regularization_strength", "l2_regularization_strength")
    rows_rest = True

    def __init__(
        self,
        learning_rate: Any,
        global_step: Variable,
        initial_gradient_squared_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "AdagradDA",
    ) -> None:
        super().__init__(use_locking, name)
        if initial_gradient_squared_accumulator_value <= 0:
            raise ValueError(
                "initial_gradient_squared_accumulator_value must be positive, got "
                f"{initial_gradient_squared_accumulator_value}."
            )
        at_least(
            0.0,
            l1_regularization_strength=l1_regularization_strength,
            l2_regularization_strength=l2_regularization_strength,
        )
        self.learning_rate = learning_rate
        self.global_step = global_step
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.slots = {
            "gradient_accumulator": 0.0,
            "gradient_squared_accumulator": initial_gradient_squared_accumulator_value,
        }

    def rule(self, h: SimpleNamespace, g: Tensor, x: Variable, z: Variable, n: Variable) -> Step:
        """``x <- -r sign(z) max(|z| - l1 t, 0) / (l2 t r + sqrt(n))``."""
        t = ops.cast(self.global_step.value() + 1, x.dtype)
        new_z, new_n = z.assign_add(g), n.assign_add(ops.square(g))
        kept = new_z
        if not is_zero(h.l1_regularization_strength):
            kept = ops.sign(new_z) * ops.maximum(ops.abs(new_z) - h.l1_regularization_strength * t, 0.0)
        divisor = h.l2_regularization_strength * t * h.learning_rate + ops.sqrt(new_n)
        return x.assign(-h.learning_rate * kept / divisor), new_z, new_n


class ProximalGradientDescentOptimizer(GradientDescentOptimizer):
    """Gradient descent, then the penalty: ``y = x - r g``, ``x <- sign(y) max(|y| - r l1, 0) / (1 + r l2)``.

    Duchi and Singer 2009 (forward-backward splitting), with L1 and L2 penalties.

    Args:
        learning_rate: r.
        l1_regularization_strength, l2_regularization_strength: l1 and l2, at least 0.
        use_locking: accepted and without effect.
        name: of the operation that `minimize` makes.

    Raises:
        ValueError: a strength is negative.

    >>> w = tf.Variable([2.0, 0.25])
    >>> descent = tf.train.ProximalGradientDescentOptimizer(0.5, l1_regularization_strength=1.0)
    >>> step = descent.apply_gradients([([1.0, 0.0], w)])
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     sess.run(step)
    ...     sess.run(w)
    array([1., 0.], dtype=float32)
    """

    settings = ("learning_rate", "l1_regularization_strength", "l2_regularization_strength")
    rows_rest = True

    def __init__(
        self,
        learning_rate: Any,
        l1_regularization_strength: Any = 0.0,
        l2_regularization_strength: Any = 0.0,
        use_locking: bool = False,
        name: str = "ProximalGradientDescent",
    ) -> None:
        super().__init__(learning_rate, use_locking, name)
        _set_strengths(self, l1_regularization_strength, l2_regularization_strength)

    def rule(self, h: SimpleNamespace, g: Tensor, x: Variable) -> Step:
        """``x <- prox(x - r g)``."""
        return (x.assign(_prox(h, x - h.learning_rate * g, h.learning_rate)),)


class ProximalAdagradOptimizer(AdagradOptimizer):
    """Adagrad, then the penalty, with the step ``q = r / sqrt(a)`` of each number as its r.

    ``a <- a + g^2``, ``y = x - q g``, ``x <- sign(y) max(|y| - q l1, 0) / (1 + q l2)``; Duchi, Hazan and Singer 2011,
    section 5.

    Args:
        learning_rate: r.
        initial_accumulator_value: where a starts, more than 0.
        l1_regularization_strength, l2_regularization_strength: l1 and l2, at least 0.
        use_locking: accepted and without effect.
        name: of the operation that `minimize` makes, and of the slot "accumulator", a.

    Raises:
        ValueError: a strength is negative, or the start is not positive.

    >>> w = tf.Variable([1.0, 0.05])
    >>> adagrad = tf.train.ProximalAdagradOptimizer(0.1, 1.0, l1_regularization_strength=1.0)
    >>> step = adagrad.apply_gradients([([0.0, 0.0], w)])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     sess.run(w)
    array([0.9, 0. ], dtype=float32)
    """

    settings = ("learning_rate", "l1_regularization_strength", "l2_regularization_strength")
    rows_rest = True

    def __init__(
        self,
        learning_rate: Any,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: Any = 0.0,
        l2_regularization_strength: Any = 0.0,
        use_locking: bool = False,
        name: str = "ProximalAdagrad",
    ) -> None:
        super().__init__(learning_rate, initial_accumulator_value, use_locking, name)
        _set_strengths(self, l1_regularization_strength, l2_regularization_strength)

    def rule(self, h: SimpleNamespace, g: Tensor, x: Variable, a: Variable) -> Step:
        """``x <- prox(x - q g)``."""
        new = a.assign_add(ops.square(g))
        rate = h.learning_rate / ops.sqrt(new)
        return x.assign(_prox(h, x - rate * g, rate)), new


def _set_strengths(optimizer: Any, l1: Any, l2: Any) -> None:
    at_least(0.0, l1_regularization_strength=l1, l2_regularization_strength=l2)
    optimizer.l1_regularization_strength = l1
    optimizer.l2_regularization_strength = l2


def _prox(h: SimpleNamespace, y: Tensor, rate: Any) -> Tensor:
    """``sign(y) max(|y| - r l1, 0) / (1 + r l2)``; what the threshold covers becomes exactly 0."""
    return (y - _within(y, h.l1_regularization_strength * rate)) / (1 + h.l2_regularization_strength * rate)


def _within(y: Tensor, bound: Any) -> Any:
    return bound if is_zero(bound) else ops.maximum(ops.minimum(y, bound), -bound)


def _power(a: Any, exponent: Any) -> Tensor:
    return ops.sqrt(a) if is_number(exponent) and exponent == 0.5 else ops.pow(a, exponent)
