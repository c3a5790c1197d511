"""What tests of the core share: operations that exist for one module only, and a call of Python from a graph."""

import pytest

from kerasflow.core.graph import apply
from kerasflow.core.opdef import REGISTRY, op
from kerasflow.core.types import Spec


@pytest.fixture(scope="module")
def define():
    """`define(name, kernel=..., infer=..., **flags)` registers an operation until the module is done."""
    names = []

    def define_operation(name, *, kernel, infer, vjp=None, **flags):
        op(name, infer=infer, vjp=vjp, kernel=kernel, **flags)(kernel)
        names.append(name)
        return name

    yield define_operation
    for name in names:
        del REGISTRY[name]


@pytest.fixture(scope="module")
def call(define):
    """`call(function, *tensors)` is a tensor: what `function` gives, called with arrays in each run that needs it."""
    define(
        "TestCall",
        kernel=lambda runtime, operation, *arrays, function: function(*arrays),
        infer=lambda *specs, function: Spec(specs[0].dtype, None),
        stateful=True,
    )
    return lambda function, *tensors: apply("TestCall", *tensors, function=function)
