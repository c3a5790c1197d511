"""The harness finds what is wrong with an operation: each mutant of a sound one fails its cases."""

import dataclasses

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.opdef import REGISTRY, blocked
from kerasflow.core.types import Spec
from tests.core.ops.cases import CASES
from tests.core.ops.harness import NOTHING, Case, check_gradient, check_value

MUL, SUM = REGISTRY["Mul"], REGISTRY["Sum"]


def check(name):
    for case in CASES[name]:
        check_value(case, name)
        check_gradient(case, name)


def late(x, y, out=None):
    """Writes before it has read everything."""
    if out is None:
        return x * y
    np.copyto(out, y)
    return np.multiply(out, x, out=out)


def unwritten(x, axis=None, keepdims=False, out=None):
    total = np.add.reduce(x, axis=axis, dtype=x.dtype, keepdims=keepdims)
    return total if out is None else out


MUTANTS = {
    "value": ("Mul", {"kernel": lambda x, y, out=None: np.multiply(x, y * (1 + 1e-11), out=out)}),
    "single value": ("Mul", {"kernel": lambda x, y, out=None: np.multiply(x, y + x.dtype.type(1e-5) * y, out=out)}),
    "type": ("Mul", {"kernel": lambda x, y, out=None: np.multiply(x, y).astype(np.float64)}),
    "shape": ("Mul", {"kernel": lambda x, y, out=None: np.multiply(x, y, out=out)[None]}),
    "writes its input": ("Mul", {"kernel": lambda x, y, out=None: np.multiply(x, y, out=x)}),
    "overwrites too soon": ("Mul", {"kernel": late}),
    "leaves its memory as it is": ("Sum", {"kernel": unwritten}),
    "ignores an attribute": ("Sum", {"kernel": lambda x, axis=None, keepdims=False, out=None: SUM.kernel(x, axis)}),
    "static type": ("Mul", {"infer": lambda *specs: MUL.infer(*specs)._replace(dtype=tf.float64)}),
    "static shape": ("Mul", {"infer": lambda x, y: Spec(x.dtype, x.shape)}),
    "no static shape": ("Mul", {"infer": lambda x, y: Spec(x.dtype, None)}),
    "claims to know": ("Sum", {"infer": lambda x, axis, keepdims: Spec(x.dtype, ())}),
    "derivative": ("Mul", {"vjp": lambda n, g: (g * n.inputs[1] * (1 + 1e-6), g * n.inputs[0])}),
    "derivative by another": ("Mul", {"vjp": lambda n, g: (g * n.inputs[0], g * n.inputs[0])}),
    "no derivative": ("Mul", {"vjp": blocked}),
    "half a derivative": ("Mul", {"vjp": lambda n, g: (g * n.inputs[1], None)}),
    "second derivative": ("Mul", {"vjp": lambda n, g: [g * tf.stop_gradient(x) for x in n.inputs[::-1]]}),
    "broadcasting": ("Mul", {"elementwise": False}),
    "gradient's shape": ("Sum", {"vjp": lambda n, g: (g,)}),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_mutants_are_found(mutant, monkeypatch):
    name, changes = MUTANTS[mutant]
    check(name)
    monkeypatch.setitem(REGISTRY, name, dataclasses.replace(REGISTRY[name], **changes))
    with pytest.raises((AssertionError, ValueError, TypeError, tf.errors.OpError)):
        check(name)


@pytest.mark.parametrize(
    ("build", "reference", "message"),
    [
        (lambda x: x + x, lambda x: 2 * x, "makes no operation Mul"),
        (lambda x: [x * x, x * x], lambda x: x * x, "2 results, the reference has 1"),
        (lambda x: x * x, lambda x: (x * x).astype(np.float32), "the type is float64, not float32"),
        (lambda x: x * x, lambda x: x * x > 0, "the type is float64, not bool"),
        (lambda x: x * x, lambda x: (x * x)[None], r"the shape is \(2,\), not \(1, 2\)"),
    ],
)
def test_cases_that_are_wrong_are_found(build, reference, message):
    with pytest.raises(AssertionError, match=message):
        check_value(Case(build, ([1.0, 2.0],), reference), "Mul")


def test_a_case_may_know_less_than_it_says():
    """`shape_from` is held in one direction: what can be known has to be."""
    check_value(Case(lambda x: x * x, ([1.0, 2.0],), lambda x: x * x, shape_from=NOTHING), "Mul")
