"""More random operations: classes, gamma and Poisson numbers, crops. How seeds are chosen is said in `random_ops`."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import FLOAT, REAL, blocked, of_kind, op
from kerasflow.core.ops import rejection
from kerasflow.core.ops.arguments import scalar, shape_from, sizes, vector
from kerasflow.core.ops.random_ops import random_uniform, stream, stream_seeds, stream_start
from kerasflow.core.ops.shape_of import shape as shape_of
from kerasflow.core.ops.slicing import slice as slice_of
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import DType, Spec, as_dtype

__all__ = ["multinomial", "random_crop", "random_gamma", "random_poisson"]


# Classes.


def _infer_multinomial(logits: Spec, count: Spec, dtype: DType, seed: int, seed2: int) -> Spec:
    of_kind(FLOAT, logits)
    if not shapes.compatible(logits.shape, (None, None)):
        raise ValueError(f"the logits must be a matrix, got shape {shapes.show(logits.shape)}")
    rows = None if logits.shape is None else logits.shape[0]
    return Spec(dtype, (rows, *(shape_from((scalar(count, "num_samples"),)) or ())))


@op("Multinomial", infer=_infer_multinomial, vjp=blocked, stateful=True, state=stream_start)
def _multinomial(runtime: Any, operation: Any, logits: Any, count: Any, dtype: DType, seed: int, seed2: int) -> Any:
    n = int(count)
    if n < 0 or not logits.shape[1]:
        raise ValueError(f"cannot draw {n} classes of {logits.shape[1]}")
    return rejection.classes(stream(runtime, operation), logits, n).astype(dtype.numpy)


def multinomial(
    logits: Any, num_samples: Any, seed: int | None = None, name: str | None = None, output_dtype: Any = None
) -> Tensor:
    """Classes drawn for each row, with probabilities ``softmax(logits)``, anew in each run.

    Args:
        logits: a floating-point matrix, one row for each draw and one column for each class.
        num_samples: how many classes to draw for each row.
        seed: the operation's own seed, see `set_random_seed`.
        output_dtype: the type of the result, int64 by default, or int32.

    Raises:
        ValueError: `logits` is not a matrix.

    >>> tf.Session().run(tf.multinomial([[0.0, 50.0], [50.0, 0.0]], 3))
    array([[1, 1, 1],
           [0, 0, 0]])
    """
    dtype = types.int64 if output_dtype is None else as_dtype(output_dtype)
    with name_scope(name, "multinomial", [logits]):
        rows = convert(logits, name="logits")
        return apply("Multinomial", rows, num_samples, dtype=dtype, **stream_seeds(seed), name="Multinomial")


# Gamma.


def _infer_gamma(shape: Spec, alpha: Spec, seed: int, seed2: int) -> Spec:
    of_kind(FLOAT, alpha)
    dims = shape_from(vector(shape, "the shape"))
    return Spec(alpha.dtype, None if dims is None or alpha.shape is None else (*dims, *alpha.shape))


def _gamma_vjp(n: Operation, g: Tensor) -> tuple[None, Tensor]:
    alpha = n.inputs[1]
    return None, apply("SumTo", g * apply("RandomGammaGrad", alpha, n.output), alpha)


op(
    "RandomGammaGrad",
    infer=lambda alpha, sample: Spec(alpha.dtype, sample.shape),
    kernel=lambda alpha, sample: rejection.gamma_slope(alpha, sample).astype(alpha.dtype),
    vjp=None,
)(rejection.gamma_slope)


@op("RandomGamma", infer=_infer_gamma, vjp=_gamma_vjp, stateful=True, state=stream_start)
def _gamma(runtime: Any, operation: Any, shape: Any, alpha: Any, seed: int, seed2: int) -> Any:
    alpha = np.asarray(alpha)
    if alpha.size and not alpha.min() > 0:
        raise InvalidArgumentError(None, None, f"alpha must be positive, got {alpha.min()}")
    dims = tuple(shape.tolist())
    drawn = rejection.gamma(stream(runtime, operation), int(np.prod(dims)), alpha.reshape(-1))
    return drawn.astype(alpha.dtype).reshape(*dims, *alpha.shape)


def random_gamma(
    shape: Any,
    alpha: Any,
    beta: Any = None,
    dtype: Any = types.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Numbers drawn from gamma distributions of density ``x^(alpha-1) e^(-beta x)``, anew in each run.

    There are gradients by `alpha` and `beta`.

    Args:
        shape: the shape of the draws for each pair of parameters; it comes before theirs.
        alpha: the shape of the distribution, positive, a number or a tensor.
        beta: its rate, by default 1; it broadcasts with `alpha`.
        dtype: float16, float32 or float64.
        seed: the operation's own seed, see `set_random_seed`.

    Raises:
        InvalidArgumentError: in a run, `alpha` is not positive.

    >>> tf.Session().run(tf.random_gamma([10000], 3.0, beta=2.0, seed=7)).mean().round(1)
    np.float32(1.5)
    """
    kind = as_dtype(dtype)
    with name_scope(name, "random_gamma", [shape, alpha, beta]):
        dims = convert(sizes(shape), name="shape")
        a = convert(alpha, kind, "alpha")
        b = convert(1 if beta is None else beta, kind, "beta")
        a = a + apply("ZerosLike", b)
        drawn = apply("RandomGamma", dims, a, **stream_seeds(seed)) / b
        return apply("Maximum", np.array(np.finfo(kind.numpy).tiny, kind.numpy), drawn)


# Poisson.


def _infer_poisson(shape: Spec, rate: Spec, dtype: DType, seed: int, seed2: int) -> Spec:
    of_kind(REAL, rate)
    dims = shape_from(vector(shape, "the shape"))
    return Spec(dtype, None if dims is None or rate.shape is None else (*dims, *rate.shape))


@op("RandomPoissonV2", infer=_infer_poisson, vjp=blocked, stateful=True, state=stream_start)
def _poisson(runtime: Any, operation: Any, shape: Any, rate: Any, dtype: DType, seed: int, seed2: int) -> Any:
    rate = np.asarray(rate)
    if rate.size and not rate.min() >= 0:
        raise InvalidArgumentError(None, None, f"the rate must not be negative, got {rate.min()}")
    dims = tuple(shape.tolist())
    drawn = rejection.poisson(stream(runtime, operation), int(np.prod(dims)), rate.reshape(-1))
    return drawn.astype(dtype.numpy).reshape(*dims, *rate.shape)


def random_poisson(
    lam: Any, shape: Any, dtype: Any = types.float32, seed: int | None = None, name: str | None = None
) -> Tensor:
    """Numbers drawn from Poisson distributions, anew in each run.

    Args:
        lam: the rates, a number or a tensor, not negative.
        shape: the shape of the draws for each rate; it comes before that of `lam`.
        dtype: the type of the result.
        seed: the operation's own seed, see `set_random_seed`.

    Raises:
        InvalidArgumentError: in a run, a rate is negative.

    >>> tf.Session().run(tf.random_poisson(50.0, [10000], seed=7)).mean().round()
    np.float32(50.0)
    """
    with name_scope(name, "random_poisson", [lam, shape]):
        dims = convert(sizes(shape), name="shape")
        return apply("RandomPoissonV2", dims, convert(lam), dtype=as_dtype(dtype), **stream_seeds(seed))


# Crops.


def random_crop(value: Any, size: Any, seed: int | None = None, name: str | None = None) -> Tensor:
    """A block of `value` at a random place, another one in each run.

    Args:
        value: a tensor.
        size: the shape of the block, nowhere larger than that of `value`.
        seed: the operation's own seed, see `set_random_seed`.

    Raises:
        InvalidArgumentError: the block is too large.

    >>> tf.Session().run(tf.random_crop([5, 5, 5, 5], [2]))
    array([5, 5], dtype=int32)
    """
    with name_scope(name, "random_crop", [value, size]) as scope:
        whole = convert(value, name="value")
        block = convert(sizes(size), types.int32, "size")
        have = shape_of(whole)
        room = apply("CropRoom", have, block)
        offset = random_uniform(shape_of(have), dtype=block.dtype, maxval=types.int32.max, seed=seed)
        return slice_of(whole, apply("FloorMod", offset, room), block, name=scope)


def _infer_room(have: Spec, size: Spec) -> Spec:
    if have.value is not None and size.value is not None:
        _room(have.value, size.value)
    return Spec(types.int32, shapes.merge(have.shape, size.shape))


@op("CropRoom", infer=_infer_room, vjp=blocked)
def _room(have: Any, size: Any) -> Any:
    """At how many places along each axis a block can begin."""
    if have.shape != size.shape or (have < size).any():
        raise InvalidArgumentError(None, None, f"the block {size.tolist()} must fit into the shape {have.tolist()}")
    return (have - size + 1).astype(np.int32)
