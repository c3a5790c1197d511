"""Random numbers that follow from a seed alone: the same in each run, session and graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import FLOAT, INTEGER, blocked, of_kind, op
from kerasflow.core.ops import philox, rejection
from kerasflow.core.ops.arguments import known_entries, refine, scalar, shape_from, sizes, vector
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType, Spec, as_dtype

__all__ = [
    "stateless_categorical",
    "stateless_multinomial",
    "stateless_normal",
    "stateless_truncated_normal",
    "stateless_uniform",
]


_KEY = 0x02461E293EC8F720  # which scrambles seeds


def _stream(seed: Any) -> philox.Philox:
    """The stream of a seed: what its two numbers, as a counter, are enciphered to, is the stream's key and counter."""
    low, high = (int(n) % (1 << 64) for n in seed)
    words = [int(w) for w in philox.Philox.over(np.array([_KEY, low, high], np.uint64)).bits(4)]
    return philox.Philox(words[0] | words[1] << 32, words[2] | words[3] << 32)


def _check_seed(seed: Spec) -> None:
    of_kind(INTEGER, seed)
    if not shapes.compatible(seed.shape, (2,)):
        raise ValueError(f"the seed must be two integers, got the shape {shapes.show(seed.shape)}")


def _infer(shape: Spec, seed: Spec, *bounds: Spec, dtype: DType) -> Spec:
    _check_seed(seed)
    if not bounds:
        of_kind(FLOAT, Spec(dtype, ()))
    for bound in bounds:
        if not shapes.compatible(bound.shape, ()):
            raise ValueError(f"minval and maxval of integers must be scalars, got shape {shapes.show(bound.shape)}")
    return Spec(dtype, shape_from(vector(shape, "the shape")))


@op("StatelessRandomUniform", infer=_infer, vjp=blocked)
def _uniform(shape: Any, seed: Any, dtype: DType) -> Any:
    return philox.uniform(_stream(seed), shape.tolist(), dtype.numpy)


@op("StatelessRandomUniformInt", infer=_infer, vjp=blocked)
def _uniform_int(shape: Any, seed: Any, low: Any, high: Any, dtype: DType) -> Any:
    return philox.uniform_int(_stream(seed), shape.tolist(), low, high, dtype.numpy)


@op("StatelessRandomNormal", infer=_infer, vjp=blocked)
def _normal(shape: Any, seed: Any, dtype: DType) -> Any:
    return philox.normal(_stream(seed), shape.tolist(), dtype.numpy)


@op("StatelessTruncatedNormal", infer=_infer, vjp=blocked)
def _truncated(shape: Any, seed: Any, dtype: DType) -> Any:
    return philox.truncated_normal(_stream(seed), shape.tolist(), dtype.numpy)


def _infer_classes(logits: Spec, count: Spec, seed: Spec, dtype: DType) -> Spec:
    _check_seed(seed)
    of_kind(FLOAT, logits)
    if not shapes.compatible(logits.shape, (None, None)):
        raise ValueError(f"the logits must be a matrix, got shape {shapes.show(logits.shape)}")
    rows = None if logits.shape is None else logits.shape[0]
    return Spec(dtype, (rows, *(shape_from((scalar(count, "num_samples"),)) or ())))


@op("StatelessMultinomial", infer=_infer_classes, vjp=blocked)
def _classes(logits: Any, count: Any, seed: Any, dtype: DType) -> Any:
    n = int(count)
    if n < 0 or not logits.shape[1]:
        raise ValueError(f"cannot draw {n} classes of {logits.shape[1]}")
    return rejection.classes(_stream(seed), np.asarray(logits), n).astype(dtype.numpy)


def _draw(kind: str, shape: Tensor, seed: Any, *bounds: Tensor, dtype: DType, name: str | None = None) -> Tensor:
    drawn = apply(kind, shape, convert(seed, name="seed"), *bounds, dtype=dtype, name=name)
    refined: Tensor = refine(drawn, lambda entries, *_: known_entries(entries))
    return refined


def stateless_uniform(
    shape: Any, seed: Any, minval: Any = 0, maxval: Any = None, dtype: Any = types.float32, name: str | None = None
) -> Tensor:
    """Numbers drawn uniformly from ``[minval, maxval)``, always the same for one seed.

    Args:
        shape: the shape of the result.
        seed: two integers.
        minval, maxval: the bounds, by default [0, 1); integers need a `maxval`.
        dtype: float16, float32, float64, int32 or int64.

    Raises:
        ValueError: the seed has another shape, or there is no `maxval`. TypeError: it is not of integers.
        InvalidArgumentError: integers with minval >= maxval.

    >>> tf.Session().run(tf.random.stateless_uniform([3], [1, 2])).round(4)
    array([0.8441, 0.192 , 0.9962], dtype=float32)
    """
    dtype = as_dtype(dtype)
    if maxval is None and dtype.is_integer:
        raise ValueError(f"Must specify maxval for integer dtype {dtype.name}")
    with name_scope(name, "stateless_random_uniform", [shape, seed, minval, maxval]) as scope:
        shape = convert(sizes(shape), name="shape")
        low = convert(minval, dtype, "min")
        high = convert(1 if maxval is None else maxval, dtype, "max")
        if dtype.is_integer:
            return _draw("StatelessRandomUniformInt", shape, seed, low, high, dtype=dtype, name=scope)
        made: Tensor = apply(
            "Add", _draw("StatelessRandomUniform", shape, seed, dtype=dtype) * (high - low), low, name=scope
        )
        return made


def _scaled(
    kind: str, default_name: str, shape: Any, seed: Any, mean: Any, stddev: Any, dtype: Any, name: str | None
) -> Tensor:
    dtype = as_dtype(dtype)
    with name_scope(name, default_name, [shape, seed, mean, stddev]) as scope:
        shape = convert(sizes(shape), name="shape")
        mean, stddev = convert(mean, dtype, "mean"), convert(stddev, dtype, "stddev")
        made: Tensor = apply("Add", _draw(kind, shape, seed, dtype=dtype) * stddev, mean, name=scope)
        return made


def stateless_normal(
    shape: Any, seed: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = types.float32, name: str | None = None
) -> Tensor:
    """Numbers drawn from the normal distribution, always the same for one seed; see `stateless_uniform`.

    >>> tf.Session().run(tf.random.stateless_normal([3], [1, 2])).round(4)
    array([0.5441, 0.2074, 0.0736], dtype=float32)
    """
    return _scaled("StatelessRandomNormal", "stateless_random_normal", shape, seed, mean, stddev, dtype, name)


def stateless_truncated_normal(
    shape: Any, seed: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = types.float32, name: str | None = None
) -> Tensor:
    """Numbers drawn from the normal distribution cut off two `stddev` from `mean`, always the same for one seed.

    >>> tf.Session().run(tf.random.stateless_truncated_normal([2], [3, -7], 1.0, 2.0)).round(4)
    array([0.3518, 2.1321], dtype=float32)
    """
    return _scaled("StatelessTruncatedNormal", "stateless_truncated_normal", shape, seed, mean, stddev, dtype, name)


def stateless_categorical(
    logits: Any, num_samples: Any, seed: Any, dtype: Any = types.int64, name: str | None = None
) -> Tensor:
    """Classes drawn for each row, with probabilities ``softmax(logits)``, always the same for one seed.

    Args:
        logits: a floating-point matrix, one row for each draw and one column for each class.
        num_samples: how many classes to draw for each row.
        seed: two integers.
        dtype: int64 or int32.

    Raises:
        ValueError: `logits` is not a matrix, or the seed has another shape.

    >>> tf.Session().run(tf.random.stateless_categorical([[0.0, 50.0], [50.0, 0.0]], 3, [1, 2]))
    array([[1, 1, 1],
           [0, 0, 0]])
    """
    with name_scope(name, "stateless_categorical", [logits, seed]):
        rows, seeds = convert(logits, name="logits"), convert(seed, name="seed")
        made: Tensor = apply("StatelessMultinomial", rows, num_samples, seeds, dtype=as_dtype(dtype))
        return made


def stateless_multinomial(
    logits: Any, num_samples: Any, seed: Any, output_dtype: Any = types.int64, name: str | None = None
) -> Tensor:
    """`stateless_categorical`, under its former name."""
    return stateless_categorical(logits, num_samples, seed, output_dtype, name or "stateless_multinomial")
