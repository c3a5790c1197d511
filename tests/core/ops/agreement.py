"""Both engines held to each other: what the native one computes is what the interpreter does, case by case.

`check_agreement` runs the results of a case, and its derivatives, on both engines, with the case's inputs and with
hard ones: not-a-number, infinities, signed zeros, subnormal and huge numbers, the ends of the integers. Element-wise
results may differ by `ULPS` units in the last place, others by rounding; integers and truth values not at all.
"""

from typing import Any

import numpy as np

import kerasflow as tf
from kerasflow.core.opdef import REGISTRY
from tests.core.ops.harness import SHAPE, Case, engine, feeds_of, in_type, inputs_of, listed, seeded

ULPS = 4
# SciPy's, the interpreter's, are off by up to 500.
ULPS_OF = {("Erfc", "float64"): 1000, ("Ndtr", "float64"): 1000}
RTOL = {2: 5e-3, 4: 1e-5, 8: 1e-12}  # of reductions, products and derivatives, by the size of a real number
# Of 0 and -0 NumPy takes one or the other as the larger, the native engine 0.
SIGNLESS = {"Maximum", "Minimum", "LeakyRelu", "Relu", "Relu6", "Elu", "Selu"}
# The filter: the native engine puts zeros around the gradient and multiplies them with it too, and 0 * inf is NaN.
FINITE = dict.fromkeys(("Conv2DBackpropInput", "Conv3DBackpropInputV2", "DepthwiseConv2dNativeBackpropInput"), 0)
# Sums of these come to the same in any order.
SPECIAL = (0.0, -0.0, np.nan, np.inf, -np.inf, 1.0, -1.0, 0.5, -2.0, 3.0, -2.5)
# Beside them, for what is computed element by element: subnormal, least normal, huge; by type.
EXTREME = {
    "f4": (1e-45, -1e-45, 3e-39, -1.1754944e-38, 1.1754942e-38, 3.4028235e38, -3.4028235e38, 88.7, -103.9, 1e10, 1e-7),
    "f8": (
        5e-324,
        -5e-324,
        1e-310,
        -2.2250738585072014e-308,
        1.7976931348623157e308,
        -1e308,
        709.7,
        -745.1,
        1e20,
        1e-16,
    ),
}


def check_agreement(case: Case, name: str, dtype: str, order: int = 0, draws: int = 0) -> None:
    """The results of `case` and its derivatives up to `order`, and `draws` times on hard inputs, on both engines."""
    arrays = [in_type(x, dtype) for x in case.arrays]
    where = f"{name} on {[f'{x.dtype}{list(x.shape)}' for x in arrays]}"
    graph = tf.Graph()
    with graph.as_default():
        given = inputs_of(arrays, SHAPE)
        results = listed(case.build(*given))
        derivatives = _derivatives(case, name, results, given, order)
    rng = seeded(name, dtype)
    is_map = REGISTRY[name].lower is not None
    ulps = ULPS_OF.get((name, dtype), ULPS) if is_map else None
    with tf.Session(graph=graph) as session:
        for draw in range(draws + 1):
            fed = [x if draw == 0 or k == FINITE.get(name) else hard(rng, x, is_map) for k, x in enumerate(arrays)]
            feeds = feeds_of(given, fed, SHAPE)
            compare(*_both(session, results, feeds), ulps, f"{where}, fed {fed}", signed=name not in SIGNLESS)
            if derivatives and draw == 0:
                compare(*_both(session, derivatives, feeds), None, f"{where}, derivatives", size=1.0)


def _derivatives(case: Case, name: str, results: list[Any], given: list[Any], order: int) -> list[tf.Tensor]:
    """The gradient of a weighted sum of the results, and that of the gradient's part in one direction."""
    xs, ys, found = [given[i] for i in case.indices], [t for t in results if t.dtype.kind == "f"], []
    for _ in range(order if xs and case.second else min(order, 1) if xs else 0):
        rng = seeded(name, len(found))
        weights = [rng.uniform(0.5, 1.5, t.dims).astype(t.dtype.numpy) if None not in t.dims else None for t in ys]
        slopes = tf.gradients(ys, xs, grad_ys=[None if w is None else tf.constant(w) for w in weights]) if ys else []
        ys = [tf.convert_to_tensor(g) for g in slopes if g is not None]
        found.extend(ys)
    return found


def hard(rng: np.random.Generator, x: np.ndarray, extreme: bool) -> np.ndarray:
    """Numbers that are hard to get right, of the shape and type of `x`; with `extreme`, those sums may not take."""
    if x.dtype.kind == "f" and x.dtype.itemsize > 2:
        pool = np.array([*SPECIAL, *(EXTREME[x.dtype.str[1:]] if extreme else ())], x.dtype)
        return np.where(rng.random(x.shape) < 0.8, rng.choice(pool, x.shape), x)
    if x.dtype.kind in "iu" and extreme:
        ends = np.iinfo(x.dtype)
        pool = np.array([ends.min, ends.max, 0, 1, ends.max // 2], x.dtype)
        return np.where(rng.random(x.shape) < 0.8, rng.choice(pool, x.shape), x)
    return rng.random(x.shape) < 0.5 if x.dtype.kind == "b" else x


def _both(session: tf.Session, fetches: list[Any], feeds: dict[Any, Any]) -> tuple[Any, Any]:
    return _outcome(session, fetches, feeds, "interpreter"), _outcome(session, fetches, feeds, "native")


def _outcome(session: tf.Session, fetches: list[Any], feeds: dict[Any, Any], on: str) -> Any:
    with engine(on):
        try:
            return session.run(fetches, feeds)
        except tf.errors.OpError as error:
            return error


def compare(
    expected: Any, value: Any, ulps: int | None, where: str = "", signed: bool = True, size: float = 0.0
) -> None:
    """Whether `value`, of the native engine, is what the interpreter gave: results, or the same error.

    Args:
        ulps: how far apart numbers may be; None for what is not computed element by element, where rounding counts.
        signed: whether the sign of zeros counts, if `ulps` does.
        size: of the numbers that were added up, if that is more than the results show.
    """
    if isinstance(expected, Exception) or isinstance(value, Exception):
        assert type(value) is type(expected), f"{where}: {value!r} instead of {expected!r}"
        assert str(value) == str(expected), where
        return
    for v, want in zip(value, expected, strict=True):
        v, want = np.asarray(v), np.asarray(want)
        assert v.dtype == want.dtype and v.shape == want.shape, f"{where}: {v.dtype}{v.shape}, {want.dtype}{want.shape}"
        for a, b in [(v.real, want.real), (v.imag, want.imag)] if v.dtype.kind == "c" else [(v, want)]:
            if v.dtype.kind not in "fc":
                np.testing.assert_array_equal(a, b, where)
            elif ulps is None:
                _compare_rounded(a, b, size, where)
            else:
                same = (distance(a, b) <= ulps) & (
                    (a != 0) | (b != 0) | (np.signbit(a) == np.signbit(b)) | (not signed)
                )
                assert np.all(same), f"{where}: {a[~same]} instead of {b[~same]}"


def _compare_rounded(v: np.ndarray, want: np.ndarray, size: float, where: str) -> None:
    rtol = RTOL[v.dtype.itemsize]
    largest = float(np.abs(want[np.isfinite(want)]).max(initial=0.0))
    atol = max(rtol * largest, 2 * float(np.finfo(v.dtype).eps) * size)
    np.testing.assert_allclose(v, want, rtol=rtol, atol=atol, err_msg=where)


def distance(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How many floating-point numbers `x` and `y` are apart; none if they are two zeros, or both not-a-number."""
    kind = np.dtype(f"u{x.dtype.itemsize}")
    top = kind.type(1 << (8 * kind.itemsize - 1))
    bits = [np.ascontiguousarray(v).view(kind) for v in (x, y)]
    a, b = (np.where(i & top, top - (i & ~top), top + i) for i in bits)  # in the order of the numbers
    steps = np.maximum(a, b) - np.minimum(a, b)
    return np.where(np.isnan(x) & np.isnan(y), 0, np.where(np.isnan(x) != np.isnan(y), top, steps))
