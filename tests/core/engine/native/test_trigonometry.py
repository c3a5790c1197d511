"""Sine and cosine against longer arithmetic, in units of the last place, also where they almost vanish."""

import ctypes

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from llvmlite import binding, ir  # noqa: E402

from kerasflow.core.engine.native.loops import counted  # noqa: E402
from kerasflow.core.engine.native.machine import _target_machine, compiled, new_module  # noqa: E402
from kerasflow.core.engine.native.trigonometry import LIMIT, cos, sin, sin_cos  # noqa: E402


def module_of(functions):
    """A loop over doubles that puts down what `functions` give for each."""
    module = new_module()
    pointer, i64, double = ir.PointerType(), ir.IntType(64), ir.DoubleType()
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [pointer, pointer, i64]), "apply")
    source, target, count = function.args
    for a in (source, target):
        a.add_attribute("noalias")
    b = ir.IRBuilder(function.append_basic_block("entry"))
    with counted(b, count) as i:
        both = functions(b, b.load(b.gep(source, [i], source_etype=double), typ=double))
        for k, y in enumerate(both):
            place = b.add(b.mul(i, ir.Constant(i64, 2)), ir.Constant(i64, k))
            b.store(y, b.gep(target, [place], source_etype=double))
    b.ret_void()
    return module


def compute(x):
    """sin x and cos x by compiled code."""
    code = compiled(module_of(sin_cos))
    y = np.empty((len(x), 2))
    prototype = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
    prototype(code.address("apply"))(x.ctypes.data, y.ctypes.data, len(x))
    return y


@pytest.mark.parametrize("limit", [2 * np.pi, 100.0, LIMIT])
def test_errors_are_below_three_units_in_the_last_place(limit):
    rng = np.random.default_rng(0)
    quarters = np.unique(np.rint(rng.uniform(-limit, limit, 2000) * 2 / np.pi)) * (np.pi / 2)
    near = [np.nextafter(quarters, s * np.inf) for s in (1, -1)]
    small = np.ldexp(rng.uniform(-1, 1, 2000), rng.integers(-1074, 1, 2000))
    x = np.concatenate([rng.uniform(-limit, limit, 100_000), quarters, *near, small])
    x = x[np.abs(x) <= limit]
    wide = x.astype(np.longdouble)
    for value, exact in zip(compute(x).T, (np.sin(wide), np.cos(wide)), strict=True):
        error = np.abs(value - exact) / np.spacing(np.abs(exact.astype(float)))
        assert error.max() < 3.0, f"at {x[error.argmax()]!r}: {error.max()} ulp"


def test_special_numbers():
    y = compute(np.array([0.0, -0.0, np.nan, 5e-324]))
    np.testing.assert_array_equal(y, [[0.0, 1.0], [-0.0, 1.0], [np.nan, np.nan], [5e-324, 1.0]])
    np.testing.assert_array_equal(np.signbit(y[:2, 0]), [False, True])


def test_loops_over_functions_with_a_branch_are_vectorised():
    module = binding.parse_assembly(str(module_of(lambda b, x: (sin(b, x), cos(b, x)))))
    options = binding.PipelineTuningOptions(speed_level=3)
    options.loop_vectorization = True
    builder = binding.create_pass_builder(_target_machine(), options)
    builder.getModulePassManager().run(module, builder)
    loop = str(module.get_function("apply"))
    assert loop.count("x double> @sin.double.") and loop.count("x double> @cos.double.")
