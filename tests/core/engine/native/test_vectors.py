"""Rows of numbers in pieces, and vectors of which a mask hides the end."""

import ctypes

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from llvmlite import ir  # noqa: E402

from kerasflow.core import types  # noqa: E402
from kerasflow.core.engine.native import vectors  # noqa: E402
from kerasflow.core.engine.native.machine import compiled, new_module  # noqa: E402
from kerasflow.core.engine.native.vectors import Lanes, pieces_of  # noqa: E402


@pytest.mark.parametrize("machine", [(64, 32), (32, 16), (16, 16)])
@pytest.mark.parametrize("dtype", [types.float32, types.float64])
def test_pieces_cover_a_row_once(monkeypatch, machine, dtype):
    monkeypatch.setattr(vectors, "machine", lambda: machine)
    most = machine[0] // dtype.size
    for count in range(1, 70):
        pieces = pieces_of(count, dtype)
        assert [k for start, n in pieces for k in range(start, start + n)] == list(range(count))
        assert all(n == most for _, n in pieces[: count // most])
        rest = pieces[count // most :]
        assert len(rest) <= 1 if machine[0] > 16 else all(n & (n - 1) == 0 for _, n in rest)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 11, 16])
@pytest.mark.parametrize("dtype", [types.float32, types.float64])
def test_a_vector_reads_and_writes_its_numbers_and_no_more(count, dtype):
    lane, module = Lanes(dtype, count), new_module()
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [vectors.POINTER] * 2), "twice")
    b = ir.IRBuilder(function.append_basic_block("entry"))
    x = lane.load(b, function.args[0], vectors.constant(1))
    lane.store(b, b.fadd(x, lane.call(b, "fabs", x)), function.args[1], vectors.constant(2))
    b.ret_void()
    code = compiled(module)
    source = np.arange(-3, 20).astype(dtype.numpy)
    target = np.full(23, 7, dtype.numpy)
    wanted = target.copy()
    wanted[2 : 2 + count] = source[1 : 1 + count] + abs(source[1 : 1 + count])
    ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(code.address("twice"))(
        source.ctypes.data, target.ctypes.data
    )
    np.testing.assert_array_equal(target, wanted)
