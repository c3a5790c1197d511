"""Gamma and Poisson numbers and classes, drawn from a stream of `philox` as TensorFlow 1.15.5 draws them on a CPU.

Gamma and Poisson numbers are drawn by rejection: an output takes as many tries as it needs, from 256 counters of its
own, so that none depends on how many another took. Here all outputs that still need a try make it together.
"""

from __future__ import annotations

import functools
from types import ModuleType
from typing import Any

import numpy as np

from kerasflow.core.ops.philox import Philox, _normal64, _uniform64

__all__: list[str] = []

_RESERVED = 256
_KNUTH = 10.0  # Poisson numbers of a smaller rate come from a product of uniforms


@functools.cache
def _special() -> ModuleType:
    import scipy.special

    return scipy.special


class _Tries:
    """The numbers that each of `count` outputs draws from counters of its own, in the order in which it asks."""

    def __init__(self, gen: Philox, count: int) -> None:
        self._gen = gen
        self._next = np.arange(count, dtype=np.uint64) * np.uint64(_RESERVED)
        self._kept: dict[Any, tuple[Any, Any]] = {}

    def draw(self, convert: Any, who: Any) -> Any:
        """One number for each output in `who`; what a counter gives beyond it is kept, the last is used first."""
        values, left = self._kept.get(convert, (None, None))
        if values is None:
            values = np.zeros((len(self._next), 2))
            left = np.zeros(len(self._next), np.intp)
            self._kept[convert] = values, left
        empty = who[left[who] == 0]
        if empty.size:
            values[empty] = convert(self._gen.words(self._next[empty]))
            self._next[empty] += np.uint64(1)
            left[empty] = 2
        left[who] -= 1
        return values[who, left[who]]


def gamma(gen: Philox, count: int, alpha: Any) -> Any:
    """`count` numbers for each shape in `alpha`, a matrix (count, len(alpha)) of float64; the scale is 1.

    Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000).
    """
    shape = np.repeat(alpha.astype(np.float64), count)  # the outputs of one alpha follow one another
    tries, out = _Tries(gen, shape.size), np.zeros(shape.size)
    plain = np.flatnonzero(shape == 1.0)
    if plain.size:
        out[plain] = -np.log1p(-tries.draw(_uniform64, plain))
    small = shape < 1
    d = shape + np.where(small, 2.0 / 3, -1.0 / 3)
    c = 1.0 / 3 / np.sqrt(d)
    who = np.flatnonzero(shape != 1.0)
    while who.size:
        x = tries.draw(_normal64, who)
        v = 1 + c[who] * x
        fine = v > 0
        left, who, x, v = who[~fine], who[fine], x[fine], v[fine] ** 3
        u = tries.draw(_uniform64, who)
        with np.errstate(divide="ignore"):
            inside = u < 1 - 0.0331 * (x * x) * (x * x)
            accepted = inside | (np.log(u) < 0.5 * x * x + d[who] * (1 - v + np.log(v)))
        out[who[accepted]] = (d[who] * v)[accepted]
        who = np.concatenate([left, who[~accepted]])
    boosted = np.flatnonzero(small)
    if boosted.size:
        out[boosted] *= tries.draw(_uniform64, boosted) ** (1 / shape[boosted])
    gen.skip(_RESERVED * shape.size)
    return out.reshape(len(alpha), count).T


def gamma_slope(alpha: Any, x: Any) -> Any:
    """How a gamma number `x` moves with its shape `alpha`: ``-(dP(alpha, x) / d alpha) / density(x)``.

    P is the distribution function; the point of it that `x` is at stays where it is (Figurnov, Mohamed and Mnih,
    "Implicit reparameterization gradients", 2018). The derivative is a central difference of order eight.
    """
    special = _special()
    alpha, x = np.broadcast_arrays(alpha.astype(np.float64), x.astype(np.float64))
    h = 1e-2 * alpha
    rise = sum(
        w * (special.gammainc(alpha + k * h, x) - special.gammainc(alpha - k * h, x))
        for k, w in ((1, 4 / 5), (2, -1 / 5), (3, 4 / 105), (4, -1 / 280))
    )
    return -rise / h / np.exp((alpha - 1) * np.log(x) - x - special.gammaln(alpha))


def poisson(gen: Philox, count: int, rates: Any) -> Any:
    """`count` numbers for each rate, a matrix (count, len(rates)) of float64.

    Rates below 10: Knuth's product of uniforms; others: Hoermann, "The transformed rejection method for generating
    Poisson random variables", Insurance: Mathematics and Economics 12 (1993).
    """
    rate = np.repeat(rates.astype(np.float64), count)
    tries, out = _Tries(gen, rate.size), np.zeros(rate.size)
    _knuth(tries, rate, out)
    _transformed(tries, rate, out)
    gen.skip(_RESERVED * rate.size)
    return out.reshape(len(rates), count).T


def _knuth(tries: _Tries, rate: Any, out: Any) -> None:
    who = np.flatnonzero(rate < _KNUTH)
    bound, product = np.exp(-rate), np.ones_like(rate)
    while who.size:
        product[who] *= tries.draw(_uniform64, who)
        who = who[product[who] > bound[who]]
        out[who] += 1


def _transformed(tries: _Tries, rate: Any, out: Any) -> None:
    who = np.flatnonzero(rate >= _KNUTH)
    if not who.size:
        return
    b = 0.931 + 2.53 * np.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse = 1.1239 + 1.1328 / (b - 3.4)
    while who.size:
        r, aw, bw = rate[who], a[who], b[who]
        u = tries.draw(_uniform64, who) - 0.5
        v = tries.draw(_uniform64, who)
        shifted = 0.5 - np.abs(u)
        with np.errstate(divide="ignore", invalid="ignore"):
            k = np.floor((2 * aw / shifted + bw) * u + r + 0.43)
            quick = (shifted >= 0.07) & (v <= 0.9277 - 3.6224 / (bw - 2))
            hopeless = (k < 0) | ((shifted < 0.013) & (v > shifted))
            s = np.log(v * inverse[who] / (aw / (shifted * shifted) + bw))
            t = -r + k * np.log(r) - _special().gammaln(k + 1)
        accepted = quick | (~hopeless & (s <= t))
        out[who[accepted]] = k[accepted]
        who = who[~accepted]


def classes(gen: Philox, logits: Any, count: int) -> Any:
    """`count` classes for each row of `logits`, with probabilities in proportion to their exponentials."""
    rows, _ = logits.shape
    uniforms = uniform_pairs(gen, rows * count).reshape(rows, count)
    finite = np.isfinite(logits)
    largest = np.max(np.where(finite, logits, -np.inf), axis=1, keepdims=True, initial=-np.inf)
    with np.errstate(invalid="ignore"):
        weights = np.where(finite, np.exp(logits.astype(np.float64) - largest.astype(np.float64)), 0.0)
    sums = np.cumsum(weights, 1)
    drawn = np.empty((rows, count), np.int64)
    for i in range(rows):
        drawn[i] = np.searchsorted(sums[i], uniforms[i] * sums[i, -1], "right")
    gen.skip(_RESERVED * rows * (-(-count // 4) * 4 * 2))
    return drawn


def uniform_pairs(gen: Philox, n: int) -> Any:
    """`n` uniform float64 numbers from the counters that follow, two a counter; the stream does not move on."""
    return _uniform64(gen.words(np.arange(-(-n // 2), dtype=np.uint64))).reshape(-1)[:n]
