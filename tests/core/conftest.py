"""What tests of the core share: operations that exist for one module only."""

import pytest

from kerasflow.core.opdef import REGISTRY, op


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
