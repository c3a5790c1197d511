"""Functions of two numbers, special cases, and that loops over all functions are vectorised."""

import ctypes
import itertools
import math
import re

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from llvmlite import binding, ir  # noqa: E402

from kerasflow.core.engine.native import elementary, trigonometry, vectormath  # noqa: E402
from kerasflow.core.engine.native.loops import counted  # noqa: E402
from kerasflow.core.engine.native.machine import _target_machine, compiled, new_module  # noqa: E402
from tests.core.engine.native.test_vectormath import DOUBLE, SINGLE, points, ulps  # noqa: E402

FUNCTIONS = vectormath.FUNCTIONS | trigonometry.FUNCTIONS | elementary.FUNCTIONS
REFERENCE = {"pow": np.power, "atan2": np.arctan2}
TYPES = [np.float32, np.float64]


def module_of(name, kind, count=1):
    """A loop that applies the function `name` to the elements of `count` arrays."""
    module = new_module()
    pointer, i64 = ir.PointerType(), ir.IntType(64)
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [pointer] * (count + 1) + [i64]), "apply")
    for a in function.args[:-1]:
        a.add_attribute("noalias")
    b = ir.IRBuilder(function.append_basic_block("entry"))
    *sources, target, length = function.args
    with counted(b, length) as i:
        xs = [b.load(b.gep(s, [i], source_etype=kind.type), typ=kind.type) for s in sources]
        b.store(FUNCTIONS[name](b, *xs), b.gep(target, [i], source_etype=kind.type))
    b.ret_void()
    return module


def apply(name, *xs):
    xs = [np.ascontiguousarray(x) for x in xs]
    code = compiled(module_of(name, SINGLE if xs[0].dtype == np.float32 else DOUBLE, len(xs)))
    y = np.empty_like(xs[0])
    prototype = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * (len(xs) + 1), ctypes.c_int64)
    prototype(code.address("apply"))(*[x.ctypes.data for x in xs], y.ctypes.data, y.size)
    return y


def special(dtype):
    """All pairs of numbers that have rules of their own."""
    info = np.finfo(dtype)
    numbers = [
        0.0,
        0.5,
        1.0,
        1.5,
        2.0,
        3.0,
        17.0,
        2.0**24 + 2,
        1e30,
        np.inf,
        info.max,
        info.tiny,
        info.smallest_subnormal,
    ]
    numbers = np.array([*numbers, *[-v for v in numbers], np.nan], dtype)
    return [np.array(v, dtype) for v in zip(*itertools.product(numbers, numbers), strict=True)]


def pairs(name, dtype):
    """Pairs from the whole range; for powers, many that neither overflow nor vanish, and exponents that are whole."""
    rng = np.random.default_rng(3)
    x = rng.permutation(points(dtype))
    if name == "atan2":
        return x, rng.permutation(x)
    with np.errstate(all="ignore"):
        limit = np.log(float(np.finfo(dtype).max)) / np.abs(np.log(np.abs(x.astype(float))))
        y = rng.uniform(-1.1, 1.1, x.size) * np.where(np.isfinite(limit), limit, 1.0)
        y = np.where((x < 0) | (rng.random(x.size) < 0.2), np.rint(np.clip(y, -1e9, 1e9)), y)
    return x, y.astype(dtype)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", sorted(REFERENCE))
def test_errors_are_below_four_units_in_the_last_place(name, dtype):
    x, y = pairs(name, dtype)
    wider = np.float64 if dtype == np.float32 else np.longdouble
    with np.errstate(all="ignore"):
        exact = REFERENCE[name](x.astype(wider), y.astype(wider))
    error = ulps(apply(name, x, y), exact, dtype)
    worst = int(np.argmax(error))
    assert error[worst] < 4.0, f"{name}({x[worst]!r}, {y[worst]!r}) is off by {error[worst]} ulp"


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", sorted(REFERENCE))
def test_special_pairs(name, dtype):
    x, y = special(dtype)
    got = apply(name, x, y)
    with np.errstate(all="ignore"):
        wanted = REFERENCE[name](x.astype(np.float64), y.astype(np.float64)).astype(dtype)
    np.testing.assert_allclose(got, wanted, rtol=3e-7 if dtype == np.float32 else 1e-15, atol=0)
    same = np.signbit(got) == np.signbit(wanted)
    assert np.all(same | np.isnan(wanted)), [(x[i], y[i], got[i], wanted[i]) for i in np.flatnonzero(~same)][:5]


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize(
    ("name", "reference"),
    [
        *[(name, getattr(np, f"arc{name[1:]}")) for name in ("asin", "acos", "atan", "asinh", "acosh", "atanh")],
        *[("sinh", np.sinh), ("cosh", np.cosh), ("tan", np.tan)],
        *[("erf", np.vectorize(math.erf)), ("erfc", np.vectorize(math.erfc))],
    ],
)
def test_signs_of_zero_and_special_numbers(name, reference, dtype):
    x = np.array([0.0, -0.0, 1.0, -1.0, 1.5, -1.5, np.inf, -np.inf, np.nan, 1e-300, -1e-45, 0.9999], dtype)
    with np.errstate(all="ignore"):
        wanted = reference(x.astype(np.float64)).astype(dtype)
    got = apply(name, x)
    np.testing.assert_allclose(got, wanted, rtol=3e-7 if dtype == np.float32 else 1e-15, atol=0)
    same = np.signbit(got) == np.signbit(wanted)
    assert np.all(same | np.isnan(wanted)), (x[~same], got[~same])


@pytest.mark.parametrize("kind", [SINGLE, DOUBLE], ids=["single", "double"])
@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_loops_are_vectorised(name, kind):
    if kind is DOUBLE and name in ("pow", "erfc"):
        return  # calls of the C library
    module = binding.parse_assembly(str(module_of(name, kind, 2 if name in REFERENCE else 1)))
    options = binding.PipelineTuningOptions(speed_level=3)
    options.loop_vectorization = True
    builder = binding.create_pass_builder(_target_machine(), options)
    builder.getModulePassManager().run(module, builder)
    loop = str(module.get_function("apply"))
    assert re.search(rf"store <\d+ x {kind.type}>", loop)
    assert not re.search(rf"call (float|double) @{name}f?\(", loop)
