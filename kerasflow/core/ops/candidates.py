"""Candidate sampling: losses over very many classes, of which each step looks at the true ones and at a few others.

Jean, Cho, Memisevic and Bengio, "On using very large target vocabulary for neural machine translation" (2015);
Gutmann and Hyvarinen, "Noise-contrastive estimation" (2010). The samplers draw what TensorFlow 1.15.5 draws.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import blocked, of_kind, op
from kerasflow.core.ops.philox import Philox
from kerasflow.core.ops.random_ops import stream, stream_seeds, stream_start
from kerasflow.core.ops.rejection import uniform_pairs
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = [
    "compute_accidental_hits",
    "log_uniform_candidate_sampler",
    "uniform_candidate_sampler",
]

_BLOCK = 256  # candidates drawn at a time
_STRIDE = 512  # counters set aside for one candidate


class Candidates(NamedTuple):
    """What a sampler gives: candidates, and how often each true class and each candidate is expected among them."""

    sampled_candidates: Any
    true_expected_count: Any
    sampled_expected_count: Any


def _log_uniform(gen: Philox, start: int, n: int, size: int) -> Any:
    """Classes with probability ``log((k + 2) / (k + 1)) / log(size + 1)``, from the counters after `start` draws."""
    uniforms = uniform_pairs(gen, start + n)[start:]
    return (np.exp(uniforms * np.log1p(float(size))).astype(np.int64) - 1) % size


def _uniform(gen: Philox, start: int, n: int, size: int) -> Any:
    words = (
        gen.words(np.arange(-(-(start + n) // 2), dtype=np.uint64)).astype(np.uint64).reshape(-1, 2)[start : start + n]
    )
    numbers = words[:, 0] | words[:, 1] << np.uint64(32)
    if size & (size - 1) == 0:
        return (numbers & np.uint64(size - 1)).astype(np.int64)
    rest = np.uint64((2**64 - 1) % size + 1)
    drawn = (numbers % np.uint64(size)).astype(np.int64)
    return np.where(numbers >= rest, drawn, -1)  # what would favour small classes is drawn again


def _probability(kind: str, classes: Any, size: int) -> Any:
    if kind == "uniform":
        return np.full(np.shape(classes), 1.0 / size)
    k = np.asarray(classes, np.float64)
    return np.log((k + 2) / (k + 1)) / np.log1p(float(size))


_DRAW: dict[str, Callable[..., Any]] = {"log uniform": _log_uniform, "uniform": _uniform}


def _sample(gen: Philox, kind: str, count: int, size: int, unique: bool) -> tuple[list[int], int]:
    """The candidates, and how many draws it took to find them."""
    found: dict[int, None] | list[int] = {} if unique else []
    tries = start = 0
    while True:
        for value in _DRAW[kind](gen, start, _BLOCK, size).tolist():
            if value < 0:
                continue
            tries += 1
            if isinstance(found, dict):
                found[value] = None
            else:
                found.append(value)
            if len(found) == count:
                return list(found), tries
        start += _BLOCK


def _expected(kind: str, classes: Any, size: int, count: int, tries: int) -> Any:
    p = _probability(kind, classes, size)
    return (p * count if tries == count else -np.expm1(tries * np.log1p(-p))).astype(np.float32)


def _infer(true: Spec, kind: str, count: int, size: int, unique: bool, seed: int, seed2: int) -> tuple[Spec, ...]:
    of_kind("i", true)
    if not shapes.compatible(true.shape, (None, None)):
        raise ValueError(f"true_classes must be a matrix, got shape {shapes.show(true.shape)}")
    if size < 1 or count < 1 or unique and count > size:
        raise ValueError(f"cannot draw {count} {'different ' if unique else ''}candidates of {size} classes")
    return Spec(types.int64, (count,)), Spec(types.float32, true.shape), Spec(types.float32, (count,))


@op("CandidateSampler", infer=_infer, vjp=blocked, stateful=True, state=stream_start)
def _candidates(
    runtime: Any, operation: Any, true: Any, kind: str, count: int, size: int, unique: bool, seed: int, seed2: int
) -> tuple[Any, Any, Any]:
    gen = stream(runtime, operation)
    found, tries = _sample(gen, kind, count, size, unique)
    gen.skip(_STRIDE * count)
    classes = np.array(found, np.int64)
    return classes, _expected(kind, true, size, count, tries), _expected(kind, classes, size, count, tries)


def _sampler(kind: str, true: Any, count: int, size: int, unique: bool, seed: int | None, name: str) -> Candidates:
    attrs = {"kind": kind, "count": int(count), "size": int(size), "unique": bool(unique)}
    wanted = convert(true, None if hasattr(true, "dtype") else types.int64)
    return Candidates(*apply("CandidateSampler", wanted, name=name, **attrs, **stream_seeds(seed)))


def log_uniform_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> Candidates:
    """Classes drawn with the probabilities of Zipf's law, ``log((k + 2) / (k + 1)) / log(range_max + 1)``.

    It suits classes that are sorted from frequent to rare, as words are.

    Args:
        true_classes: int64, (batch, num_true).
        num_true: how many true classes each example has.
        num_sampled: how many classes to draw, for the whole batch.
        unique: whether they are all different.
        range_max: the number of classes.
        seed: the operation's own seed, see `set_random_seed`.

    Raises:
        ValueError: more different classes are asked for than there are.

    >>> drawn = tf.nn.log_uniform_candidate_sampler([[1]], 1, 3, True, 10, seed=7)
    >>> len(set(tf.Session().run(drawn).sampled_candidates.tolist()))
    3
    """
    kind = "log uniform"
    return _sampler(kind, true_classes, num_sampled, range_max, unique, seed, name or "LogUniformCandidateSampler")


def uniform_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> Candidates:
    """Classes drawn with equal probabilities.

    Args:
        true_classes, num_true, num_sampled, unique, range_max, seed: as for `log_uniform_candidate_sampler`.

    >>> drawn = tf.nn.uniform_candidate_sampler([[1]], 1, 2, False, 10)
    >>> tf.Session().run(drawn).sampled_expected_count
    array([0.2, 0.2], dtype=float32)
    """
    return _sampler("uniform", true_classes, num_sampled, range_max, unique, seed, name or "UniformCandidateSampler")


def _infer_hits(true: Spec, sampled: Spec) -> tuple[Spec, ...]:
    return Spec(types.int32, (None,)), Spec(types.int64, (None,)), Spec(types.float32, (None,))


@op("ComputeAccidentalHits", infer=_infer_hits, vjp=blocked)
def _hits(true: Any, sampled: Any) -> tuple[Any, Any, Any]:
    at = np.argwhere(true[:, :, None] == sampled)
    rows, ids = at[:, 0].astype(np.int32), at[:, 2].astype(np.int64)
    return rows, ids, np.full(len(at), np.finfo(np.float32).min, np.float32)


def compute_accidental_hits(
    true_classes: Any, sampled_candidates: Any, num_true: int, seed: int | None = None, name: str | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Where candidates happen to be true classes.

    Args:
        true_classes: int64, (batch, num_true).
        sampled_candidates: int64, (num_sampled,).
        num_true: how many true classes each example has.

    Returns:
        For each hit the example, the place of the candidate, and the lowest float32, to be added to its logit.

    >>> hits = tf.nn.compute_accidental_hits([[1], [2]], tf.constant([2, 5, 1], tf.int64), 1)
    >>> tf.Session().run(hits[:2])
    (array([0, 1], dtype=int32), array([2, 0]))
    """
    with name_scope(name, "compute_accidental_hits"):
        true = convert(true_classes, None if hasattr(true_classes, "dtype") else types.int64)
        rows, ids, weights = apply("ComputeAccidentalHits", true, sampled_candidates)
        return rows, ids, weights
