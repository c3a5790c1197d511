"""Optimizers around another one, which takes their steps."""

from __future__ import annotations

from typing import Any

from kerasflow.core.tensor import Operation
from kerasflow.core.variables import Variable
from kerasflow.train.clipping import clip_by_global_norm
from kerasflow.train.optimizer import Optimizer

__all__ = ["CrossShardOptimizer", "clip_gradients_by_norm"]


class _Outer(Optimizer):
    """Another optimizer, under a name of its own."""

    def __init__(self, optimizer: Optimizer, name: str) -> None:
        super().__init__(False, name)
        self._inner = optimizer

    def compute_gradients(self, *args: Any, **kwargs: Any) -> Any:
        return self._inner.compute_gradients(*args, **kwargs)

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Variable | None = None, name: str | None = None
    ) -> Operation:
        return self._inner.apply_gradients(grads_and_vars, global_step, name)

    def get_slot(self, var: Variable, name: str) -> Variable | None:
        return self._inner.get_slot(var, name)

    def get_slot_names(self) -> list[str]:
        return self._inner.get_slot_names()

    def variables(self) -> list[Variable]:
        return self._inner.variables()


class _Clipping(_Outer):
    """Another optimizer, on gradients of a limited norm."""

    def __init__(self, optimizer: Optimizer, clip_norm: Any) -> None:
        super().__init__(optimizer, f"ClipByNorm{optimizer.get_name()}")
        self._most = clip_norm

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Variable | None = None, name: str | None = None
    ) -> Operation:
        gradients, variables = zip(*grads_and_vars, strict=True)
        clipped = clip_by_global_norm(gradients, self._most)[0]
        return super().apply_gradients(zip(clipped, variables, strict=True), global_step, name)


def clip_gradients_by_norm(optimizer: Optimizer, clip_norm: Any) -> Optimizer:
    """An optimizer that clips the gradients to a global norm before another one takes its step.

    >>> x = tf.get_variable("x", initializer=[3.0, 4.0])
    >>> plain = tf.train.GradientDescentOptimizer(1.0)
    >>> step = tf.contrib.estimator.clip_gradients_by_norm(plain, 1.0).minimize(tf.reduce_sum(tf.square(x)))
    >>> with tf.Session() as sess:
    ...     sess.run(x.initializer)
    ...     sess.run(step)
    ...     sess.run(x)
    array([2.4, 3.2], dtype=float32)
    """
    return _Clipping(optimizer, clip_norm)


class CrossShardOptimizer(_Outer):
    """An optimizer that averages gradients over the shards of a TPU; where there is none, the inner one alone.

    Args:
        opt: the inner optimizer.
        reduction: accepted and without effect: there is one shard.
        name: a name.
        group_assignment: accepted and without effect.

    Raises:
        TypeError: `opt` is no optimizer.
    """

    def __init__(
        self, opt: Optimizer, reduction: str = "mean", name: str = "CrossShardOptimizer", group_assignment: Any = None
    ) -> None:
        if not isinstance(opt, Optimizer):
            raise TypeError(f"CrossShardOptimizer only works with tf.train.Optimizer, got {opt!r}.")
        super().__init__(opt, name)
