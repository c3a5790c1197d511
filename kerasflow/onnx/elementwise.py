"""Rules for operations that work number by number.

Where onnxruntime has an operator for float32 alone, the same is written in operators that it has for float64, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.types import DType
from kerasflow.onnx.errors import Inexpressible
from kerasflow.onnx.nodes import Nodes, Value, element_type

__all__ = ["RULES", "chosen", "in_float32", "wide"]

_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805

# The operator of ONNX that does the same.
_SAME = {
    "Abs": "Abs",
    "Acos": "Acos",
    "Acosh": "Acosh",
    "Add": "Add",
    "Asin": "Asin",
    "Asinh": "Asinh",
    "Atan": "Atan",
    "Atanh": "Atanh",
    "BiasAdd": "Add",
    "Ceil": "Ceil",
    "Cos": "Cos",
    "Cosh": "Cosh",
    "Equal": "Equal",
    "Erf": "Erf",
    "Exp": "Exp",
    "Floor": "Floor",
    "Greater": "Greater",
    "GreaterEqual": "GreaterOrEqual",
    "IsNan": "IsNaN",
    "Less": "Less",
    "LessEqual": "LessOrEqual",
    "Log": "Log",
    "LogicalAnd": "And",
    "LogicalNot": "Not",
    "LogicalOr": "Or",
    "LogicalXor": "Xor",
    "Mul": "Mul",
    "Neg": "Neg",
    "Pow": "Pow",
    "Reciprocal": "Reciprocal",
    "Rint": "Round",
    "Round": "Round",
    "Sigmoid": "Sigmoid",
    "Sign": "Sign",
    "Sin": "Sin",
    "Sinh": "Sinh",
    "Sqrt": "Sqrt",
    "Sub": "Sub",
    "Tan": "Tan",
    "Tanh": "Tanh",
}
# Which onnxruntime has for float32 alone.
_SINGLE = ("Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Cos", "Cosh", "Erf", "Sinh", "Tan")
_WHOLE = ("Ceil", "Floor", "Rint", "Round")  # of an integer: itself


def _same(kind: str) -> Callable[[Nodes, Any], Any]:
    def rule(w: Nodes, c: Any) -> Any:
        if c.operation.type in _WHOLE and c.inputs[0].dtype.is_integer:
            return w.name(c.inputs[0])
        if any(x.dtype.is_complex for x in c.inputs):
            raise Inexpressible("ONNX has no complex numbers")
        if kind in ("Add", "Equal") and c.inputs[0].dtype is types.string:
            raise Inexpressible("ONNX has no such operator for texts")
        return w.node(kind, *c.inputs)

    return rule


def in_float32(rule: Callable[[Nodes, Any], Any]) -> Callable[[Nodes, Any], Any]:
    """A rule by which numbers of float64 are computed in float32."""

    def narrowed(w: Nodes, c: Any) -> Any:
        if c.outputs[0].dtype is not types.float64:
            return rule(w, c)
        single = [_narrow(w, x) if x.dtype is types.float64 else x for x in c.inputs]
        specs = [s._replace(dtype=types.float32) if s.dtype is types.float64 else s for s in c.outputs]
        return w.cast(rule(w, c._replace(inputs=single, outputs=specs)), types.float64)

    return narrowed


def _narrow(w: Nodes, x: Value) -> Value:
    spec = x.spec._replace(dtype=types.float32)
    return (
        Value(None, spec, x.array.astype(np.float32)) if x.array is not None else Value(w.cast(x, types.float32), spec)
    )


def _number(c: Any, value: float) -> Any:
    """A constant of the type of the first input."""
    return np.asarray(value, c.inputs[0].dtype.numpy)


def _passed(w: Nodes, c: Any) -> Any:
    """What it takes, as it is."""
    return w.name(c.inputs[0])


def _squared(w: Nodes, c: Any) -> Any:
    return w.node("Mul", c.inputs[0], c.inputs[0])


def _squared_difference(w: Nodes, c: Any) -> Any:
    difference = w.node("Sub", *c.inputs)
    return w.node("Mul", difference, difference)


def _rsqrt(w: Nodes, c: Any) -> Any:
    return w.node("Reciprocal", w.node("Sqrt", *c.inputs))


def _expm1(w: Nodes, c: Any, x: Any) -> Any:
    """``e^x - 1 = tanh(x / 2) (e^x + 1)``, which loses no digits near 0."""
    half = w.node("Tanh", w.node("Mul", x, _number(c, 0.5)))
    return w.node("Mul", half, w.node("Add", w.node("Exp", x), _number(c, 1)))


def _log1p(w: Nodes, c: Any) -> Any:
    """``log(u) x / (u - 1)`` with ``u = 1 + x``, which loses no digits near 0, and x where u is 1; see Higham,
    "Accuracy and Stability of Numerical Algorithms", section 1.14.1.
    """
    x, one = c.inputs[0], _number(c, 1)
    u = w.node("Add", x, one)
    rest = w.node("Sub", u, one)
    exact = w.node("Equal", rest, _number(c, 0))
    quotient = w.node("Div", x, w.node("Where", exact, one, rest))
    infinite = w.node("IsInf", u)  # there the quotient is infinity by infinity
    found = w.node("Mul", w.node("Log", u), w.node("Where", infinite, one, quotient))
    return w.node("Where", exact, x, found)


def _positive(w: Nodes, c: Any) -> Any:
    return w.node("Max", c.inputs[0], _number(c, 0))


def _negative_expm1(w: Nodes, c: Any) -> Any:
    return _expm1(w, c, w.node("Min", c.inputs[0], _number(c, 0)))


def _elu(w: Nodes, c: Any) -> Any:
    if c.inputs[0].dtype is types.float32:
        return w.node("Elu", c.inputs[0], alpha=1.0)
    return w.node("Add", _positive(w, c), _negative_expm1(w, c))


def _selu(w: Nodes, c: Any) -> Any:
    if c.inputs[0].dtype is types.float32:
        return w.node("Selu", c.inputs[0], alpha=_SELU_ALPHA, gamma=_SELU_SCALE)
    below = w.node("Mul", _negative_expm1(w, c), _number(c, _SELU_SCALE * _SELU_ALPHA))
    return w.node("Add", w.node("Mul", _positive(w, c), _number(c, _SELU_SCALE)), below)


def _relu(w: Nodes, c: Any) -> Any:
    return w.node("Relu", *c.inputs) if c.inputs[0].dtype.is_floating else _extreme("Max")(w, _with_zero(c))


def _with_zero(c: Any) -> Any:
    return c._replace(inputs=[c.inputs[0], Value(None, c.inputs[0].spec, _number(c, 0))])


def _relu6(w: Nodes, c: Any) -> Any:
    return w.node("Min", _positive(w, c), _number(c, 6))


def _leaky_relu(w: Nodes, c: Any) -> Any:
    alpha = c.attrs["alpha"]
    if alpha == 0:
        return w.node("Relu", c.inputs[0])
    slope = w.node("Mul", c.inputs[0], _number(c, alpha))
    return w.node("Max" if alpha <= 1 else "Min", c.inputs[0], slope)


def _softplus(w: Nodes, c: Any) -> Any:
    """``max(x, 0) - log(sigmoid(|x|))``."""
    if c.inputs[0].dtype is types.float32:
        return w.node("Softplus", *c.inputs)
    share = w.node("Sigmoid", w.node("Abs", c.inputs[0]))
    return w.node("Sub", _positive(w, c), w.node("Log", share))


def _softsign(w: Nodes, c: Any) -> Any:
    below = w.node("Add", w.node("Abs", c.inputs[0]), _number(c, 1))
    return w.node("Div", c.inputs[0], below)


def _erfc(w: Nodes, c: Any) -> Any:
    return w.node("Sub", _number(c, 1), w.node("Erf", *c.inputs))


def _ndtr(w: Nodes, c: Any) -> Any:
    """``(1 + erf(x / sqrt 2)) / 2``."""
    whole = w.node("Add", w.node("Erf", w.node("Mul", c.inputs[0], _number(c, math.sqrt(0.5)))), _number(c, 1))
    return w.node("Mul", whole, _number(c, 0.5))


def _not_equal(w: Nodes, c: Any) -> Any:
    return w.node("Not", _same("Equal")(w, c))


def _is_inf(w: Nodes, c: Any) -> Any:
    return w.node("IsInf", *c.inputs)


def _is_finite(w: Nodes, c: Any) -> Any:
    return w.node("Not", w.node("Or", w.node("IsInf", *c.inputs), w.node("IsNaN", *c.inputs)))


def _cast(w: Nodes, c: Any) -> Any:
    source, dtype = c.inputs[0].dtype, c.attrs["dtype"]
    element_type(source)
    return w.cast(c.inputs[0], dtype)


def _real_div(w: Nodes, c: Any) -> Any:
    """Of integers in floating point."""
    dtype = c.outputs[0].dtype
    return w.node("Div", *[w.cast(x, dtype) for x in c.inputs])


def _floor_mod(w: Nodes, c: Any) -> Any:
    x, y = c.inputs
    if x.dtype.is_integer:
        return w.node("Mod", x, y, fmod=0)
    return w.node("Sub", x, w.node("Mul", w.node("Floor", w.node("Div", x, y)), y))


def _floor_div(w: Nodes, c: Any) -> Any:
    x, y = c.inputs
    if x.dtype.is_integer:
        larger = types.int64 if x.dtype.size < 8 else x.dtype  # what is left of x may not be in its own type
        a, b = w.cast(x, larger), w.cast(y, larger)
        found = w.node("Div", w.node("Sub", a, w.node("Mod", a, b, fmod=0)), b)
        return found if larger is x.dtype else w.cast(found, x.dtype)
    return w.node("Floor", w.node("Div", x, y))


def _div(w: Nodes, c: Any) -> Any:
    return _floor_div(w, c) if c.inputs[0].dtype.is_integer else w.node("Div", *c.inputs)


def _truncate_div(w: Nodes, c: Any) -> Any:
    if not c.inputs[0].dtype.is_integer:
        raise Inexpressible("ONNX rounds quotients of integers alone towards zero")
    return w.node("Div", *c.inputs)


def _truncate_mod(w: Nodes, c: Any) -> Any:
    return w.node("Mod", *c.inputs, fmod=1)


def _unless_zero(kind: str) -> Callable[[Nodes, Any], Any]:
    """0 where the second number is 0, else a quotient or product."""

    def rule(w: Nodes, c: Any) -> Any:
        x, y = c.inputs
        is_zero = w.node("Equal", y, _number(c, 0))
        safe = w.node("Where", is_zero, _number(c, 1), y)
        return w.node("Where", is_zero, _number(c, 0), w.node(kind, x, safe))

    return rule


def chosen(w: Nodes, condition: Any, x: Any, y: Any) -> Any:
    """One value where a condition holds, the other elsewhere; onnxruntime chooses among some types alone."""
    if x.dtype in (types.float32, types.float64, types.int32, types.int64, types.string):
        return w.node("Where", condition, x, y)
    between = types.float32 if x.dtype.is_floating else types.int64
    return w.cast(w.node("Where", condition, *[w.cast(v, between) for v in (x, y)]), x.dtype)


def _select(w: Nodes, c: Any) -> Any:
    """A vector chooses whole rows."""
    condition, x, y = c.inputs
    name = w.name(condition)
    if condition.rank == 1 and max(x.rank, y.rank) > 1:
        name = w.reshape(condition, [-1, *[1] * (max(x.rank, y.rank) - 1)])
    return chosen(w, name, x, y)


def _zero_unless(w: Nodes, c: Any) -> Any:
    zero = Value(None, c.inputs[0].spec, _number(c, 0))
    return chosen(w, c.inputs[1], c.inputs[0], zero)


def wide(dtype: DType) -> DType:
    """The type in which onnxruntime compares numbers of this one."""
    return types.int64 if dtype.is_integer and dtype not in (types.int32, types.uint64) else dtype


def _extreme(kind: str) -> Callable[[Nodes, Any], Any]:
    def rule(w: Nodes, c: Any) -> Any:
        dtype = c.inputs[0].dtype
        found = w.node(kind, *[w.cast(x, wide(dtype)) for x in c.inputs])
        return found if wide(dtype) is dtype else w.cast(found, dtype)

    return rule


def _add_n(w: Nodes, c: Any) -> Any:
    if len(c.inputs) == 1:
        return w.name(c.inputs[0])
    if c.inputs[0].dtype in (types.float32, types.float64):
        return w.node("Sum", *c.inputs)
    total = w.name(c.inputs[0])
    for x in c.inputs[1:]:
        total = w.node("Add", total, x)
    return total


RULES: dict[str, Callable[[Nodes, Any], Any]] = {
    **{ours: _same(theirs) for ours, theirs in _SAME.items()},
    **{ours: in_float32(_same(_SAME[ours])) for ours in _SINGLE},
    **dict.fromkeys(
        ["CheckNumerics", "EnsureShape", "GuaranteeConst", "Identity", "ReadInside", "StopGradient"], _passed
    ),
    "AddN": _add_n,
    "Cast": _cast,
    "Div": _div,
    "DivNoNan": _unless_zero("Div"),
    "Elu": _elu,
    "Erfc": in_float32(_erfc),
    "Expm1": lambda w, c: _expm1(w, c, c.inputs[0]),
    "FloorDiv": _floor_div,
    "FloorMod": _floor_mod,
    "IdentityN": lambda w, c: [w.name(x) for x in c.inputs],
    "IsFinite": _is_finite,
    "IsInf": _is_inf,
    "LeakyRelu": _leaky_relu,
    "Log1p": _log1p,
    "Maximum": _extreme("Max"),
    "Minimum": _extreme("Min"),
    "MulNoNan": _unless_zero("Mul"),
    "Ndtr": in_float32(_ndtr),
    "NotEqual": _not_equal,
    "PlaceholderWithDefault": _passed,
    "RealDiv": _real_div,
    "Relu": _relu,
    "Relu6": _relu6,
    "Rsqrt": _rsqrt,
    "Select": _select,
    "Selu": _selu,
    "SelectV2": lambda w, c: chosen(w, *c.inputs),
    "Softplus": _softplus,
    "Softsign": _softsign,
    "Square": _squared,
    "SquaredDifference": _squared_difference,
    "TruncateDiv": _truncate_div,
    "TruncateMod": _truncate_mod,
    "ZeroUnless": _zero_unless,
}
