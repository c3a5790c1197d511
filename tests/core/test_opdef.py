"""Stating operations: once each, with what every rule of shapes and types refuses."""

import pytest

from kerasflow.core import types
from kerasflow.core.opdef import REGISTRY, blocked, broadcasting, of_kind, op, same, same_type
from kerasflow.core.types import Spec

F32, F64 = Spec(types.float32, (2, None)), Spec(types.float64, (2, 3))


def test_an_operation_is_stated_once():
    before = dict(REGISTRY)
    with pytest.raises(ValueError, match="'Add' is defined twice"):
        op("Add", infer=same, vjp=None)(lambda x: x)
    assert before == REGISTRY


def test_the_decorated_function_is_the_kernel_unless_there_is_another(define):
    define("TestOwnKernel", kernel=abs, infer=same)
    stated = REGISTRY["TestOwnKernel"]
    assert (stated.name, stated.kernel, stated.vjp, stated.stateful, stated.out) == (
        "TestOwnKernel",
        abs,
        None,
        False,
        False,
    )
    define("TestElementwise", kernel=abs, infer=same, elementwise=True)
    assert REGISTRY["TestElementwise"].out
    with pytest.raises(TypeError, match="no_such_flag"):
        op("TestFlag", infer=same, vjp=None, no_such_flag=True)(abs)
    assert "TestFlag" not in REGISTRY


def test_every_operation_says_whether_it_is_differentiable_and_has_a_kernel():
    for name, stated in REGISTRY.items():
        assert stated.name == name and callable(stated.kernel) and callable(stated.infer)
        assert stated.vjp is None or callable(stated.vjp)
        assert stated.out or not stated.elementwise


def test_rules():
    assert same(F32, F64, axis=1) == F32
    assert same_type(F32, F32) is types.float32
    with pytest.raises(TypeError, match="one type, got float32 and float32 and float64"):
        same_type(F32, F32, F64)
    of_kind("f", F32)
    with pytest.raises(TypeError, match="float32 is not one of the types it takes: bool"):
        of_kind("b", F32)
    assert broadcasting("f")(F64, Spec(types.float64, (3,))) == F64
    assert broadcasting("f", types.bool)(F64, F64) == Spec(types.bool, (2, 3))
    with pytest.raises(ValueError, match="broadcast"):
        broadcasting("f")(F64, Spec(types.float64, (2,)))
    with pytest.raises(TypeError, match="not one of"):
        broadcasting("i")(F64, F64)


def test_nothing_flows_through_what_is_blocked():
    class Operation:
        operands = (1, 2, 3)

    assert blocked(Operation(), 1.0) == (None, None, None)
