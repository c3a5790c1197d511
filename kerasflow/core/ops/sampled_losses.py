"""Losses over sampled classes, `nce_loss` and `sampled_softmax_loss`, and the loss of counts, `log_poisson_loss`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.graph import apply, convert
from kerasflow.core.ops.arguments import alike
from kerasflow.core.ops.candidates import compute_accidental_hits, log_uniform_candidate_sampler
from kerasflow.core.ops.control import stop_gradient
from kerasflow.core.ops.cross_entropy import (
    sigmoid_cross_entropy_with_logits,
    softmax_cross_entropy_with_logits_v2,
)
from kerasflow.core.ops.embeddings import embedding_lookup
from kerasflow.core.ops.exponential import exp, log
from kerasflow.core.ops.joining import concat, stack
from kerasflow.core.ops.reduction import reduce_sum
from kerasflow.core.ops.reshaping import expand_dims, reshape
from kerasflow.core.ops.sparse_making import sparse_to_dense
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor

__all__ = ["log_poisson_loss", "nce_loss", "sampled_softmax_loss"]


def _sampled_logits(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int,
    sampled_values: Any,
    remove_accidental_hits: bool,
    partition_strategy: str,
    seed: int | None,
) -> tuple[Tensor, Tensor]:
    """Logits of the true classes and of the sampled ones side by side, (batch, true + sampled), and their labels."""
    x, given = convert(inputs), convert(labels, None if hasattr(labels, "dtype") else types.int64)
    true = given if given.dtype is types.int64 else apply("Cast", given, dtype=types.int64)
    flat = reshape(true, [-1])
    if sampled_values is None:
        sampled_values = log_uniform_candidate_sampler(true, num_true, num_sampled, True, num_classes, seed)
    sampled, true_count, sampled_count = [stop_gradient(convert(t)) for t in sampled_values]
    if sampled.dtype is not types.int64:
        sampled = apply("Cast", sampled, dtype=types.int64)
    ids = concat([flat, sampled], 0)
    rows = embedding_lookup(weights, ids, partition_strategy)
    offsets = embedding_lookup(biases, ids, partition_strategy)
    count = apply("Size", flat, out_type=types.int32)
    w_true, b_true = rows[:count], reshape(offsets[:count], [-1, num_true])
    products = expand_dims(x, 1) * reshape(w_true, stack([-1, num_true, apply("Shape", x, out_type=types.int32)[1]]))
    of_true = reduce_sum(products, 2) + b_true
    of_sampled = apply("MatMul", x, rows[count:], transpose_b=True) + offsets[count:]
    if remove_accidental_hits:
        of_sampled += _lowered(true, sampled, num_true, of_sampled)
    of_true -= log(_as(true_count, of_true))
    of_sampled -= log(_as(sampled_count, of_sampled))
    ones = apply("OnesLike", of_true) / float(num_true)
    return concat([of_true, of_sampled], 1), concat([ones, apply("ZerosLike", of_sampled)], 1)


def _as(t: Tensor, like: Tensor) -> Tensor:
    return t if t.dtype is like.dtype else apply("Cast", t, dtype=like.dtype)


def _lowered(true: Tensor, sampled: Tensor, num_true: int, like: Tensor) -> Tensor:
    """What makes the logits of candidates that are true classes vanish."""
    rows, places, lowest = compute_accidental_hits(true, sampled, num_true)
    at = stack([rows, apply("Cast", places, dtype=types.int32)], 1)
    dims = apply("Shape", like, out_type=types.int32)
    return sparse_to_dense(at, dims, _as(lowest, like), 0.0, validate_indices=False)


def nce_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = False,
    partition_strategy: str = "mod",
    name: str = "nce_loss",
) -> Tensor:
    """The noise-contrastive loss of each example: tell its true classes from sampled ones, by logistic regression.

    ``sum softplus(-(x . w_t + b_t - log q_t)) + sum softplus(x . w_s + b_s - log q_s)``, with the expected counts q.

    Args:
        weights: (num_classes, dim), or a list of tables, see `embedding_lookup`.
        biases: (num_classes,).
        labels: the true classes, (batch, num_true).
        inputs: (batch, dim).
        num_sampled: how many classes to sample, for the whole batch.
        num_classes: the number of classes.
        num_true: how many true classes an example has.
        sampled_values: what a sampler gave; by default one draws by `log_uniform_candidate_sampler`.
        remove_accidental_hits: whether sampled classes that are true ones are left out.
        partition_strategy: as for `embedding_lookup`.

    Returns:
        The loss of each example, (batch,).
    """
    with name_scope(name, "nce_loss"):
        logits, targets = _sampled_logits(
            *(weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values),
            *(remove_accidental_hits, partition_strategy, None),
        )
        return reduce_sum(sigmoid_cross_entropy_with_logits(labels=targets, logits=logits), 1)


def sampled_softmax_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = True,
    partition_strategy: str = "mod",
    name: str = "sampled_softmax_loss",
    seed: int | None = None,
) -> Tensor:
    """The softmax cross-entropy of each example over its true classes and sampled ones.

    It estimates the loss over all classes, for training; evaluate with that one.

    Args:
        weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values, partition_strategy: as for
            `nce_loss`.
        remove_accidental_hits: whether sampled classes that are true ones are left out.
        seed: the sampler's own seed.

    Returns:
        The loss of each example, (batch,).
    """
    with name_scope(name, "sampled_softmax_loss"):
        logits, targets = _sampled_logits(
            *(weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values),
            *(remove_accidental_hits, partition_strategy, seed),
        )
        return softmax_cross_entropy_with_logits_v2(labels=stop_gradient(targets), logits=logits)


def log_poisson_loss(targets: Any, log_input: Any, compute_full_loss: bool = False, name: str | None = None) -> Tensor:
    """The negative log-likelihood of counts under Poisson distributions, ``exp(c) - z c``, element by element.

    Args:
        targets: the counts z.
        log_input: the logarithm c of the rates, of the same shape.
        compute_full_loss: whether to add ``z log z - z + log(2 pi z) / 2`` where z > 1, which approximates what the
            gradient does not need.

    Raises:
        ValueError: the shapes differ.

    >>> tf.Session().run(tf.nn.log_poisson_loss([1.0, 2.0], [0.0, 0.0]))
    array([1., 1.], dtype=float32)
    """
    with name_scope(name, "log_poisson_loss"):
        c, z = alike((log_input, targets), "log_poisson_loss")
        c, z = convert(c), convert(z)
        if not c.shape.is_compatible_with(z.shape):
            raise ValueError(
                f"log_poisson_loss: targets and log_input must have one shape, got {z.shape} and {c.shape}."
            )
        loss = exp(c) - c * z
        if compute_full_loss:
            more = z * log(z) - z + 0.5 * log(2.0 * math.pi * z)
            none = apply("ZerosLike", z)
            small = apply("LogicalAnd", z >= none, z <= np.ones((), z.dtype.numpy))
            loss += apply("Select", small, none, more)
        return loss
