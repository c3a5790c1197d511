"""Assertions about tensors: operations that fail a run, and errors at once for what is known before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.graph import apply, convert, graph_of
from kerasflow.core.ops.debugging import Assert
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import DType, as_dtype

__all__ = [
    "assert_equal",
    "assert_greater",
    "assert_greater_equal",
    "assert_integer",
    "assert_less",
    "assert_less_equal",
    "assert_near",
    "assert_negative",
    "assert_non_negative",
    "assert_non_positive",
    "assert_none_equal",
    "assert_positive",
    "assert_rank",
    "assert_rank_at_least",
    "assert_rank_in",
    "assert_same_float_dtype",
    "assert_scalar",
    "assert_type",
]


def _checked(
    holds: Tensor, known: bool | None, what: str, data: Sequence[Any], message: str | None, summarize: int | None
) -> Operation:
    """The assertion that `holds` is true everywhere; InvalidArgumentError at once if it is known not to be."""
    text = f"{message or ''}{' ' if message else ''}{what}"
    if known is False:
        raise InvalidArgumentError(None, None, f"assertion failed: {text}")
    everywhere = apply("All", holds, axis=None, keepdims=False)
    return Assert(everywhere, [text, *data], summarize=summarize)


def _compared(
    kind: str,
    sign: str,
    name: str,
    arguments: tuple[Any, Any, Any, int | None, str | None, str | None],
) -> Operation:
    x, y, data, summarize, message, scope = arguments
    with name_scope(scope, name, [x, y, data]):
        x, y = graph_of((x, y)).convert_all((x, y), into=name)
        what = f"{x.name} {sign} {y.name} must hold element by element"
        known = None
        if x.spec.value is not None and y.spec.value is not None:
            known = bool(np.all(_COMPARE[kind](x.spec.value, y.spec.value)))
        shown = [x.name, x, y.name, y] if data is None else data
        return _checked(apply(kind, x, y), known, what, shown, message, summarize)


_COMPARE: dict[str, Callable[..., Any]] = {
    "Equal": np.equal,
    "NotEqual": np.not_equal,
    "Less": np.less,
    "LessEqual": np.less_equal,
    "Greater": np.greater,
    "GreaterEqual": np.greater_equal,
}


def assert_equal(
    x: Any, y: Any, data: Any = None, summarize: int | None = None, message: str | None = None, name: str | None = None
) -> Operation:
    """An operation that fails the run unless ``x == y`` everywhere.

    Like the other assertions it has an effect only where it is run: put it into `control_dependencies`.

    Args:
        x, y: tensors of one type, whose shapes broadcast.
        data: tensors to show in the message, by default `x` and `y`.
        summarize: how many elements of each to show.
        message: what to put before the message.

    Raises:
        InvalidArgumentError: it does not hold; at once if both are known.

    >>> x = tf.placeholder(tf.int32)
    >>> with tf.control_dependencies([tf.assert_equal(x, 3)]):
    ...     y = tf.identity(x)
    >>> tf.Session().run(y, {x: 3})
    np.int32(3)
    """
    return _compared("Equal", "==", "assert_equal", (x, y, data, summarize, message, name))


def assert_none_equal(
    x: Any, y: Any, data: Any = None, summarize: int | None = None, message: str | None = None, name: str | None = None
) -> Operation:
    """An operation that fails the run unless ``x != y`` everywhere; the arguments are those of `assert_equal`."""
    return _compared("NotEqual", "!=", "assert_none_equal", (x, y, data, summarize, message, name))


def assert_less(
    x: Any, y: Any, data: Any = None, summarize: int | None = None, message: str | None = None, name: str | None = None
) -> Operation:
    """An operation that fails the run unless ``x < y`` everywhere; the arguments are those of `assert_equal`."""
    return _compared("Less", "<", "assert_less", (x, y, data, summarize, message, name))


def assert_less_equal(
    x: Any, y: Any, data: Any = None, summarize: int | None = None, message: str | None = None, name: str | None = None
) -> Operation:
    """An operation that fails the run unless ``x <= y`` everywhere; the arguments are those of `assert_equal`."""
    return _compared("LessEqual", "<=", "assert_less_equal", (x, y, data, summarize, message, name))


def assert_greater(
    x: Any, y: Any, data: Any = None, summarize: int | None = None, message: str | None = None, name: str | None = None
) -> Operation:
    """An operation that fails the run unless ``x > y`` everywhere; the arguments are those of `assert_equal`."""
    return _compared("Greater", ">", "assert_greater", (x, y, data, summarize, message, name))


def assert_greater_equal(
    x: Any, y: Any, data: Any = None, summarize: int | None = None, message: str | None = None, name: str | None = None
) -> Operation:
    """An operation that fails the run unless ``x >= y`` everywhere; the arguments are those of `assert_equal`."""
    return _compared("GreaterEqual", ">=", "assert_greater_equal", (x, y, data, summarize, message, name))


def assert_near(
    x: Any,
    y: Any,
    rtol: Any = None,
    atol: Any = None,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails the run unless ``|x - y| <= atol + rtol |y|`` everywhere.

    Args:
        rtol, atol: the tolerances, by default ten times the precision of the type.
        x, y, data, summarize, message: as for `assert_equal`.
    """
    with name_scope(name, "assert_near", [x, y, data]):
        x, y = graph_of((x, y)).convert_all((x, y), into="assert_near")
        least = 10 * np.finfo(x.dtype.numpy).eps
        r, a = (convert(least if t is None else t, x.dtype) for t in (rtol, atol))
        bound = a + r * apply("Abs", y)
        shown = [x.name, x, y.name, y] if data is None else data
        holds = apply("LessEqual", apply("Abs", x - y), bound)
        return _checked(holds, None, f"{x.name} and {y.name} must be near each other", shown, message, summarize)


# One tensor.


def _with_zero(
    function: Callable[..., Operation], x: Any, data: Any, summarize: int | None, message: str | None, name: str
) -> Operation:
    with name_scope(name, None, [x, data]):
        t = convert(x)
        return function(t, np.zeros((), t.dtype.numpy), data, summarize, message, None)


def assert_positive(
    x: Any, data: Any = None, summarize: int | None = None, message: str | None = None, name: str | None = None
) -> Operation:
    """An operation that fails the run unless ``x > 0`` everywhere; the arguments are those of `assert_equal`."""
    return _with_zero(assert_greater, x, data, summarize, message, name or "assert_positive")


def assert_negative(
    x: Any, data: Any = None, summarize: int | None = None, message: str | None = None, name: str | None = None
) -> Operation:
    """An operation that fails the run unless ``x < 0`` everywhere; the arguments are those of `assert_equal`."""
    return _with_zero(assert_less, x, data, summarize, message, name or "assert_negative")


def assert_non_positive(
    x: Any, data: Any = None, summarize: int | None = None, message: str | None = None, name: str | None = None
) -> Operation:
    """An operation that fails the run unless ``x <= 0`` everywhere; the arguments are those of `assert_equal`."""
    return _with_zero(assert_less_equal, x, data, summarize, message, name or "assert_non_positive")


def assert_non_negative(
    x: Any, data: Any = None, summarize: int | None = None, message: str | None = None, name: str | None = None
) -> Operation:
    """An operation that fails the run unless ``x >= 0`` everywhere; the arguments are those of `assert_equal`."""
    return _with_zero(assert_greater_equal, x, data, summarize, message, name or "assert_non_negative")


# Ranks, types and shapes.


def _rank_checked(
    x: Any, fits: Callable[[int], bool], kind: str, ranks: Sequence[int], rest: tuple[Any, Any, Any, Any]
) -> Operation:
    data, summarize, message, name = rest
    with name_scope(name, "assert_rank", [x, data]):
        t = convert(x)
        wanted = f"{message or ''}{' ' if message else ''}{t.name} must have rank {kind}{' or '.join(map(str, ranks))}"
        if t.dims is not None:
            if not fits(len(t.dims)):
                raise ValueError(f"{wanted}, it has shape {t.shape}.")
            return apply("NoOp", name="static_checks_determined_all_ok")
        rank = apply("Rank", t)
        shown = [t.name, apply("Shape", t, out_type=types.int32)] if data is None else data
        compare = "GreaterEqual" if kind else "Equal"
        holds = apply(compare, rank, np.array(ranks, np.int32))
        return Assert(apply("Any", holds, axis=None, keepdims=False), [wanted, *shown], summarize=summarize)


def assert_rank(
    x: Any,
    rank: int,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails the run unless `x` has that many axes.

    Raises:
        ValueError: it is known while the graph is built that it has not.

    >>> tf.assert_rank([[1, 2]], 2).type
    'NoOp'
    """
    return _rank_checked(x, lambda r: r == rank, "", [rank], (data, summarize, message, name))


def assert_rank_at_least(
    x: Any,
    rank: int,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails the run unless `x` has at least that many axes; as `assert_rank`."""
    return _rank_checked(x, lambda r: r >= rank, "at least ", [rank], (data, summarize, message, name))


def assert_rank_in(
    x: Any,
    ranks: Sequence[int],
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails the run unless the number of axes of `x` is one of `ranks`; as `assert_rank`."""
    return _rank_checked(x, lambda r: r in ranks, "", list(ranks), (data, summarize, message, name))


def assert_scalar(tensor: Any, name: str | None = None, message: str | None = None) -> Tensor:
    """`tensor` itself. ValueError if it is known to be no scalar.

    >>> tf.assert_scalar(3.0).shape
    TensorShape([])
    """
    t = convert(tensor)
    if not shapes.compatible(t.dims, ()):
        raise ValueError(f"{message or ''}{' ' if message else ''}Expected a scalar, got {t.name} of shape {t.shape}.")
    return t


def assert_type(tensor: Any, tf_type: Any, message: str | None = None, name: str | None = None) -> Operation:
    """An operation that does nothing. TypeError if `tensor` is not of that type.

    >>> tf.assert_type([1.0], tf.float32).type
    'NoOp'
    """
    t, wanted = convert(tensor), as_dtype(tf_type)
    if t.dtype is not wanted:
        raise TypeError(
            f"{message or ''}{' ' if message else ''}{t.name} must be of type {wanted.name}, not {t.dtype.name}."
        )
    return apply("NoOp", name=name or "statically_determined_correct_type")


def assert_integer(x: Any, message: str | None = None, name: str | None = None) -> Operation:
    """An operation that does nothing. TypeError if `x` is not of an integer type.

    >>> tf.assert_integer([1]).type
    'NoOp'
    """
    t = convert(x)
    if not t.dtype.is_integer:
        raise TypeError(
            f"{message or ''}{' ' if message else ''}{t.name} must be of an integer type, not {t.dtype.name}."
        )
    return apply("NoOp", name=name or "statically_determined_was_integer")


def assert_same_float_dtype(tensors: Sequence[Any] | None = None, dtype: Any = None) -> DType:
    """The one floating-point type of all `tensors`: `dtype`, or else theirs, or else float32.

    Raises:
        ValueError: the types differ, or are not floating-point.

    >>> tf.assert_same_float_dtype([tf.constant(1.0), None])
    tf.float32
    """
    wanted = None if dtype is None else as_dtype(dtype)
    for t in tensors or ():
        if t is None:
            continue
        if wanted is not None and t.dtype is not wanted:
            raise ValueError(f"Tensors of the types {wanted.name} and {t.dtype.name} cannot go together: {t}.")
        wanted = t.dtype
    wanted = wanted or types.float32
    if not wanted.is_floating:
        raise ValueError(f"Expected a floating-point type, got {wanted.name}.")
    return wanted
