"""Recipes for what integers do otherwise than real numbers: division, remainders, powers.

A division by zero, or by -1 of the lowest number, would stop the process: it is made another one, and what it would
have given is chosen, or a check leaves the run.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from kerasflow.core.engine.native.checking import check_any, check_bounds
from kerasflow.core.engine.native.expressions import Scalar
from kerasflow.core.engine.native.groups import Value
from kerasflow.core.engine.native.lowering import BUILDER as b
from kerasflow.core.engine.native.lowering import Lowering
from kerasflow.core.engine.native.table import Table, shape_of
from kerasflow.core.engine.plan import Step

__all__ = ["RECIPES"]

RECIPES = Table()


def towards_zero(x: Scalar, y: Scalar) -> Scalar:
    """The quotient of integers without what follows the point; of a zero divisor, anything."""
    if x.dtype.kind == "u":
        return x / b.select(b.equal(y, 0), b.literal(1, y.dtype), y)
    is_negation = b.equal(y, -1)
    divisor = b.select(b.equal(y, 0) | is_negation, b.literal(1, y.dtype), y)
    return b.select(is_negation, -x, x / divisor)


def _rest(x: Scalar, y: Scalar) -> Scalar:
    """The remainder of that."""
    return x - towards_zero(x, y) * y


def _down(x: Scalar, y: Scalar) -> Scalar:
    """The quotient rounded down: one less where there is a remainder and the signs differ."""
    if x.dtype.kind == "u":
        return towards_zero(x, y)
    rest = _rest(x, y)
    return towards_zero(x, y) - b.cast(b.not_equal(rest, 0) & ((rest < 0) ^ (y < 0)), x.dtype)


def _rest_down(x: Scalar, y: Scalar) -> Scalar:
    """The remainder with the sign of `y`."""
    if x.dtype.kind == "f":
        rest = b.call("rem", x, y)
        zero = b.select(y < 0, b.literal(-0.0, y.dtype), 0.0)
    else:
        rest, zero = _rest(x, y), b.literal(0, y.dtype)
    moved = b.select((rest < 0) ^ (y < 0), rest + y, rest)
    return b.select(b.not_equal(rest, 0), moved, zero)


def _rest_towards_zero(x: Scalar, y: Scalar) -> Scalar:
    return b.call("rem", x, y) if x.dtype.kind == "f" else _rest(x, y)


def _divided(t: Lowering, step: Step, expression: Callable[..., Scalar]) -> list[Value]:
    x, y = (t.value(i) for i in step.inputs)
    if y.dtype.kind in "iu":
        check_any(t, step, t.map(lambda d: b.equal(d, 0), [y], y.shape), 1)
    elif step.opdef.lower is not None:
        expression = functools.partial(step.opdef.lower, b)
    return [t.map(expression, [x, y], shape_of(t, step))]


@RECIPES.add("iuf", "Div", "FloorDiv")
def _div(t: Lowering, step: Step) -> list[Value]:
    return _divided(t, step, _down)


@RECIPES.add("iuf", "TruncateDiv")
def _truncate_div(t: Lowering, step: Step) -> list[Value]:
    return _divided(t, step, towards_zero)


@RECIPES.add("iuf", "FloorMod")
def _floor_mod(t: Lowering, step: Step) -> list[Value]:
    return _divided(t, step, _rest_down)


@RECIPES.add("iuf", "TruncateMod")
def _truncate_mod(t: Lowering, step: Step) -> list[Value]:
    return _divided(t, step, _rest_towards_zero)


def _power(x: Scalar, y: Scalar) -> Scalar:
    """By squaring: a factor for each bit of the exponent that is set."""
    bits = 8 * y.dtype.size - (y.dtype.kind == "i")
    known = int(y.args[0]) if y.op == "literal" else None
    result, square = b.literal(1, x.dtype), x
    for k in range(bits if known is None else known.bit_length()):
        if known is None:
            result = b.select(b.not_equal(y & (1 << k), 0), result * square, result)
        elif known >> k & 1:
            result = result * square
        square = square * square
    return result


@RECIPES.add("iuf", "Pow")
def _pow(t: Lowering, step: Step) -> list[Value]:
    x, y = (t.value(i) for i in step.inputs)
    expression: Callable[..., Scalar] = _power
    if x.dtype.kind != "f":
        check_bounds(t, step, 1, 0, int(y.dtype.max))
    elif step.opdef.lower is not None:
        expression = functools.partial(step.opdef.lower, b)
    return [t.map(expression, [x, y], shape_of(t, step))]
