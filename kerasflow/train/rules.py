"""The laws by which optimizers step: gradient descent, momentum, and the rules that scale each number's own step.

In the formulas ``g`` is the gradient of the variable ``x``, ``r`` the learning rate, ``t`` counts steps from 1; all
products, quotients and roots are element-wise. `kerasflow.optimizers` has the same laws under their Keras names; where
the two families differ (where epsilon stands, how an accumulator starts, what the learning rate multiplies), the
difference is a setting or a start value here.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from kerasflow.core import ops
from kerasflow.core.tensor import IndexedSlices, Tensor
from kerasflow.core.variables import Variable
from kerasflow.train.checks import at_least, below, is_zero
from kerasflow.train.optimizer import Optimizer

__all__ = [
    "AdadeltaOptimizer",
    "AdagradOptimizer",
    "AdamOptimizer",
    "GradientDescentOptimizer",
    "MomentumOptimizer",
    "RMSPropOptimizer",
]

Step = tuple[Tensor, ...]


class GradientDescentOptimizer(Optimizer):
    """Gradient descent: ``x <- x - r g``.

    Args:
        learning_rate: r; a number, a scalar tensor, or a function without arguments that gives one.
        use_locking: accepted and without effect.
        name: of the operation that `minimize` makes.

    >>> w = tf.Variable([1.0, 2.0])
    >>> step = tf.train.GradientDescentOptimizer(0.1).apply_gradients([([1.0, 1.0], w)])
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     sess.run(step)
    ...     sess.run(w)
    array([0.9, 1.9], dtype=float32)
    """

    def __init__(self, learning_rate: Any, use_locking: bool = False, name: str = "GradientDescent") -> None:
        super().__init__(use_locking, name)
        self.learning_rate = learning_rate

    def rule(self, h: SimpleNamespace, g: Tensor, x: Variable) -> Step:
        """``x <- x - r g``."""
        return (x.assign_sub(h.learning_rate * g),)

    def rule_of_rows(self, h: SimpleNamespace, g: IndexedSlices, x: Variable, *slots: Variable) -> Step:
        """The same, of a table of which a step reads few rows: the others are not touched."""
        return (ops.scatter_sub(x, g.indices, h.learning_rate * g.values),)


class MomentumOptimizer(Optimizer):
    """Gradient descent with momentum: ``a <- m a + g``, ``x <- x - r a``.

    With `use_nesterov`, ``x <- x - r (g + m a)`` with the new ``a`` (Sutskever et al. 2013, equations 3 and 4, in the
    variables Bengio et al. 2012 wrote them in).

    Args:
        learning_rate: r.
        momentum: m, at least 0.
        use_locking: accepted and without effect.
        name: of the operation that `minimize` makes, and of the slot "momentum", a.
        use_nesterov: look ahead.

    Raises:
        ValueError: a negative momentum.

    >>> w = tf.Variable(1.0)
    >>> step = tf.train.MomentumOptimizer(0.1, 0.5).apply_gradients([(1.0, w)])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run([step, step])
    ...     sess.run(step)
    ...     round(float(sess.run(w)), 6)  # 1 - 0.1 - 0.1 (0.5 + 1)
    [None, None]
    0.75
    """

    settings = ("learning_rate", "momentum")
    slots = {"momentum": 0.0}
    rows_rest = True
    rate_inside = False  # True: the learning rate multiplies g as it enters, v <- m v - r g, x <- x + v (Keras)

    def __init__(
        self,
        learning_rate: Any,
        momentum: Any,
        use_locking: bool = False,
        name: str = "Momentum",
        use_nesterov: bool = False,
    ) -> None:
        super().__init__(use_locking, name)
        at_least(0.0, momentum=momentum)
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.nesterov = use_nesterov

    def rule(self, h: SimpleNamespace, g: Tensor, x: Variable, a: Variable) -> Step:
        """``a <- m a + g``, ``x <- x - r a`` or ``x - r (g + m a)``; see `rate_inside`."""
        if self.rate_inside:
            step = h.learning_rate * g
            v = a.assign(h.momentum * a - step)
            return x.assign_add(h.momentum * v - step if self.nesterov else v), v
        new = a.assign(h.momentum * a + g)
        return x.assign_sub(h.learning_rate * (g + h.momentum * new if self.nesterov else new)), new


class AdagradOptimizer(Optimizer):
    """Adagrad: ``a <- a + g^2``, ``x <- x - r g / sqrt(a)``.

    Duchi, Hazan and Singer 2011, figure 1, with a diagonal matrix.

    Args:
        learning_rate: r.
        initial_accumulator_value: where a starts, more than 0.
        use_locking: accepted and without effect.
        name: of the operation that `minimize` makes, and of the slot "accumulator", a.

    Raises:
        ValueError: the start is not positive.

    >>> w = tf.Variable(1.0)
    >>> step = tf.train.AdagradOptimizer(0.1).apply_gradients([(3.0, w)])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     round(float(sess.run(w)), 6)  # 1 - 0.1 * 3 / sqrt(0.1 + 9)
    0.900551
    """

    settings = ("learning_rate", "epsilon")
    slots = {"accumulator": 0.1}
    epsilon: Any = 0.0  # added to a under the root (Keras)

    def __init__(
        self,
        learning_rate: Any,
        initial_accumulator_value: float = 0.1,
        use_locking: bool = False,
        name: str = "Adagrad",
    ) -> None:
        super().__init__(use_locking, name)
        at_least(0.0, initial_accumulator_value=initial_accumulator_value)
        if initial_accumulator_value == 0 and is_zero(self.epsilon):
            raise ValueError(
                "initial_accumulator_value must be positive, got 0: a gradient of 0 would be divided by it."
            )
        self.learning_rate = learning_rate
        self.initial_accumulator_value = initial_accumulator_value
        self.slots = {"accumulator": initial_accumulator_value}

    def rule(self, h: SimpleNamespace, g: Tensor, x: Variable, a: Variable) -> Step:
        """``a <- a + g^2``, ``x <- x - r g / sqrt(a + epsilon)``."""
        new = a.assign_add(ops.square(g))
        total = new if is_zero(h.epsilon) else new + h.epsilon
        return x.assign_sub(h.learning_rate * g / ops.sqrt(total)), new


class AdadeltaOptimizer(Optimizer):
    """Adadelta: steps in the units of x, from running means of squared gradients and of squared steps.

    ``a <- d a + (1 - d) g^2``, ``u = g sqrt((b + epsilon) / (a + epsilon))``, ``b <- d b + (1 - d) u^2``,
    ``x <- x - r u``. Zeiler 2012, algorithm 1, which has r = 1.

    Args:
        learning_rate: r.
        rho: d, at least 0 and below 1.
        epsilon: a small positive number; it also decides the size of the first steps.
        use_locking: accepted and without effect.
        name: of the operation that `minimize` makes, and of the slots "accum", a, and "accum_update", b.

    Raises:
        ValueError: rho or epsilon is out of range.

    >>> w = tf.Variable(1.0)
    >>> step = tf.train.AdadeltaOptimizer(1.0, 0.5, 1.0).apply_gradients([(2.0, w)])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     round(float(sess.run(w)), 6)  # 1 - 2 sqrt(1 / (0.5 * 4 + 1))
    -0.154701
    """

    settings = ("learning_rate", "rho", "epsilon")
    slots = {"accum": 0.0, "accum_update": 0.0}
    rows_rest = True

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: Any = 0.95,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "Adadelta",
    ) -> None:
        super().__init__(use_locking, name)
        below(1.0, rho=rho)
        at_least(0.0, epsilon=epsilon)
        self.learning_rate = learning_rate
        self.rho = rho
        self.epsilon = epsilon

    def rule(self, h: SimpleNamespace, g: Tensor, x: Variable, a: Variable, b: Variable) -> Step:
        """``u = g sqrt((b + epsilon) / (a + epsilon))``, ``x <- x - r u``."""
        new_a = a.assign_add((1 - h.rho) * (ops.square(g) - a))
        u = g * ops.sqrt((b + h.epsilon) / (new_a + h.epsilon))
        new_b = b.assign_add((1 - h.rho) * (ops.square(u) - b))
        return x.assign_sub(h.learning_rate * u), new_a, new_b


class RMSPropOptimizer(Optimizer):
    """RMSProp: ``a <- d a + (1 - d) g^2``, ``p <- m p + r g / sqrt(a + epsilon)``, ``x <- x - p``.

    Hinton, Neural Networks for Machine Learning, lecture 6e. With `centered`, ``c <- d c + (1 - d) g`` and the root is
    of ``a - c^2 + epsilon`` (Graves 2013, equations 38 to 41); rounding that would make ``a - c^2`` negative is cut.

    Args:
        learning_rate: r.
        decay: d, at least 0 and below 1.
        momentum: m, at least 0.
        epsilon: a small positive number.
        use_locking: accepted and without effect.
        centered: divide by the estimated deviation, not by the root of the mean square.
        name: of the operation that `minimize` makes, and of the slots "rms", a, which starts at 1, "mg", c, if it is
            centered, and "momentum", p.

    Raises:
        ValueError: decay, momentum or epsilon is out of range.

    >>> w = tf.Variable(1.0)
    >>> step = tf.train.RMSPropOptimizer(0.1, decay=0.5).apply_gradients([(2.0, w)])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     round(float(sess.run(w)), 6)  # 1 - 0.1 * 2 / sqrt(0.5 + 0.5 * 4)
    0.873509
    """

    settings = ("learning_rate", "rho", "momentum", "epsilon")
    rows_rest = True

    def __init__(
        self,
        learning_rate: Any,
        decay: Any = 0.9,
        momentum: Any = 0.0,
        epsilon: Any = 1e-10,
        use_locking: bool = False,
        centered: bool = False,
        name: str = "RMSProp",
    ) -> None:
        super().__init__(use_locking, name)
        below(1.0, decay=decay)
        at_least(0.0, momentum=momentum, epsilon=epsilon)
        self.learning_rate = learning_rate
        self.rho = decay
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered
        self.slots = {"rms": 1.0, **({"mg": 0.0} if centered else {}), "momentum": 0.0}

    def rule(self, h: SimpleNamespace, g: Tensor, x: Variable, a: Variable, *rest: Variable) -> Step:
        """``p <- m p + r g / sqrt(a + epsilon)``, ``x <- x - p``; without a slot for p, m is 0."""
        slots = dict(zip(self.slots, (a, *rest), strict=True))
        new = [a.assign_add((1 - h.rho) * (ops.square(g) - a))]
        spread = new[0]
        if self.centered:
            c = slots["mg"]
            new.append(c.assign_add((1 - h.rho) * (g - c)))
            spread = ops.maximum(spread - ops.square(new[-1]), 0.0)
        p = h.learning_rate * g / ops.sqrt(spread + h.epsilon)
        if "momentum" in slots:
            old = slots["momentum"]
            p = old.assign(p if is_zero(h.momentum) else h.momentum * old + p)
            new.append(p)
        return x.assign_sub(p), *new


class AdamOptimizer(Optimizer):
    """Adam: ``m <- b1 m + (1 - b1) g``, ``v <- b2 v + (1 - b2) g^2``, ``x <- x - s m / (sqrt(v) + epsilon)``.

    The size of the step is ``s = r sqrt(1 - b2^t) / (1 - b1^t)``: Kingma and Ba 2015, section 2, last paragraph, where
    this epsilon, outside of the bias correction, has a hat.

    Args:
        learning_rate: r.
        beta1, beta2: b1 and b2, at least 0 and below 1.
        epsilon: a small number, at least 0.
        use_locking: accepted and without effect.
        name: of the operation that `minimize` makes, and of the slots "m" and "v".

    Raises:
        ValueError: beta1, beta2 or epsilon is out of range.

    >>> w = tf.Variable([1.0, 1.0], name="w")
    >>> adam = tf.train.AdamOptimizer(0.1)
    >>> step = adam.apply_gradients([([5.0, -50.0], w)])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(step)
    ...     sess.run(w)  # the first step is r in the direction of the sign
    array([0.9, 1.1], dtype=float32)
    >>> [v.name for v in adam.variables()]
    ['beta1_power:0', 'beta2_power:0', 'w/Adam:0', 'w/Adam_1:0']
    """

    settings = ("learning_rate", "beta_1", "beta_2", "epsilon")
    slots = {"m": 0.0, "v": 0.0}
    powers = {"beta1_power": "beta_1", "beta2_power": "beta_2"}

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta1: Any = 0.9,
        beta2: Any = 0.999,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "Adam",
    ) -> None:
        super().__init__(use_locking, name)
        below(1.0, beta1=beta1, beta2=beta2)
        at_least(0.0, epsilon=epsilon)
        self.learning_rate = learning_rate
        self.beta_1 = beta1
        self.beta_2 = beta2
        self.epsilon = epsilon

    def prepare(self, h: SimpleNamespace) -> None:
        """``s = r sqrt(1 - b2^t) / (1 - b1^t)``."""
        h.size = h.learning_rate * (ops.sqrt(1 - h.beta2_power) / (1 - h.beta1_power))

    def rule(self, h: SimpleNamespace, g: Tensor, x: Variable, m: Variable, v: Variable, *top: Variable) -> Step:
        """The step, with a third slot (AMSGrad, Reddi et al. 2018, algorithm 2) by the largest v there has been."""
        new_m = m.assign_add((1 - h.beta_1) * (g - m))
        new_v = v.assign_add((1 - h.beta_2) * (ops.square(g) - v))
        largest = [w.assign(ops.maximum(w, new_v)) for w in top]
        root = ops.sqrt(largest[0] if largest else new_v)
        return x.assign_sub(h.size * new_m / (root + h.epsilon)), new_m, new_v, *largest
