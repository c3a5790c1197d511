"""The vector mathematics against NumPy in higher precision, in units of the last place, over the whole range."""

import ctypes
import math

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from llvmlite import ir  # noqa: E402

from kerasflow.core.engine.native import elementary, trigonometry, vectormath  # noqa: E402
from kerasflow.core.engine.native.machine import compiled, new_module  # noqa: E402
from kerasflow.core.engine.native.vectormath import DOUBLE, SINGLE  # noqa: E402

FUNCTIONS = vectormath.FUNCTIONS | trigonometry.FUNCTIONS | elementary.FUNCTIONS
FUNCTIONS = {name: function for name, function in FUNCTIONS.items() if name not in ("atan2", "pow")}  # of one number


def erf(x):
    """The C library's, which is right to 1 unit in the last place of float64."""
    return np.vectorize(math.erf, otypes=[x.dtype])(x)


def erfc(x):
    """The C library's, to 3 units."""
    return np.vectorize(math.erfc, otypes=[x.dtype])(x)


REFERENCE = {
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))),
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "erf": erf,
    "erfc": erfc,
}


def compile_loop(name, kind):
    """A function of (input, output, count) that applies `name` in a loop, and its assembly text."""
    module = new_module()
    pointer, i64 = ir.PointerType(), ir.IntType(64)
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [pointer, pointer, i64]), "apply")
    source, target, count = function.args
    for a in function.args[:2]:
        a.add_attribute("noalias")
    entry, body, end = (function.append_basic_block(n) for n in ("entry", "body", "end"))
    ir.IRBuilder(entry).branch(body)
    b = ir.IRBuilder(body)
    i = b.phi(i64)
    i.add_incoming(ir.Constant(i64, 0), entry)
    x = b.load(b.gep(source, [i], source_etype=kind.type), typ=kind.type)
    b.store(FUNCTIONS[name](b, x), b.gep(target, [i], source_etype=kind.type))
    following = b.add(i, ir.Constant(i64, 1))
    i.add_incoming(following, body)
    b.cbranch(b.icmp_signed("<", following, count), body, end)
    ir.IRBuilder(end).ret_void()
    return compiled(module)


def apply(name, x):
    code = compile_loop(name, SINGLE if x.dtype == np.float32 else DOUBLE)
    y = np.empty_like(x)
    prototype = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
    prototype(code.address("apply"))(x.ctypes.data, y.ctypes.data, x.size)
    return y


def points(dtype):
    """Every exponent with random digits, both signs, dense near 0 and 1, and the special numbers."""
    rng = np.random.default_rng(0)
    info = np.finfo(dtype)
    exponents = np.arange(info.minexp - info.nmant, info.maxexp, dtype=np.float64)
    scales = np.ldexp(1.0, exponents.astype(int).clip(-1074, 1023))
    wide = np.concatenate([s * rng.uniform(1, 2, 40) for s in scales])
    near = np.concatenate([rng.uniform(-110, 110, 50000), rng.uniform(-2, 2, 50000), 1 + rng.normal(0, 1e-3, 5000)])
    far = rng.uniform(-760, 760, 20000)
    special = [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 0.5, info.max, info.tiny, info.smallest_subnormal]
    with np.errstate(over="ignore"):
        return np.concatenate([wide, -wide, near, far, special]).astype(dtype)


def ulps(value, exact, dtype):
    """The distance in units of the last place of the exact value, rounded to the type."""
    with np.errstate(all="ignore"):
        rounded = exact.astype(dtype)
        same = (value == rounded) | (np.isnan(value) & np.isnan(rounded))
        error = np.abs(value.astype(exact.dtype) - exact) / np.spacing(np.abs(rounded)).astype(exact.dtype)
    error[same] = 0.0
    return np.where(np.isnan(error), np.inf, error)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_errors_are_below_four_units_in_the_last_place(name, dtype):
    x = points(dtype)
    wider = np.float64 if dtype == np.float32 else np.longdouble
    with np.errstate(all="ignore"):
        exact = REFERENCE[name](x.astype(wider))
    error = ulps(apply(name, x), exact, dtype)
    worst = int(np.argmax(error))
    assert error[worst] < 4.0, f"{name}({x[worst]!r}) is off by {error[worst]} ulp"


@pytest.mark.parametrize("name", ["exp", "expm1", "log", "log1p", "tanh", "sigmoid", "sin", "cos"])
def test_signs_of_zero_and_special_numbers(name):
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan])
    with np.errstate(all="ignore"):
        wanted = REFERENCE[name](x)
    got = apply(name, x)
    np.testing.assert_array_equal(got, wanted)
    if name in ("expm1", "log1p", "tanh", "sin"):
        np.testing.assert_array_equal(np.signbit(got[:2]), [False, True])


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_result_does_not_depend_on_the_place_in_the_array(name, dtype):
    rng = np.random.default_rng(1)
    x = rng.uniform(0.1, 3.0, 67).astype(dtype)
    x[::9] *= 1e30  # what goes the slow way has its neighbours for company
    shifted = np.concatenate([x[5:], x[:5]])
    np.testing.assert_array_equal(np.roll(apply(name, shifted), 5), apply(name, x))
