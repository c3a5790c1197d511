"""What an operation's flags promise, the memory planner relies on: every kernel of the registry keeps its word."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.engine.passes import infer_specs
from kerasflow.core.engine.plan import make_plan
from kerasflow.core.types import Spec
from tests.core.ops.cases import CASES

EVERY = [pytest.param(name, case, id=f"{name}-{i}") for name in sorted(CASES) for i, case in enumerate(CASES[name])]


def executed(case, name):
    """The steps of type `name` that the case makes, with what is known of their results and the arrays they take."""
    with tf.Graph().as_default():
        given = [tf.placeholder(x.dtype, x.shape) for x in case.arrays]
        results = case.build(*given)
        fetches = list(results) if isinstance(results, (list, tuple)) else [results]
        plan = make_plan(fetches, (), given)
    infer_specs(plan, [Spec(t.dtype, t.dims) for t in given])
    values = dict(zip(plan.feeds, case.arrays, strict=True))
    found = []
    for step in plan.steps:
        if step.opdef.stateful:
            return found
        inputs = [values[i] for i in step.inputs]
        result = step.opdef.kernel(*inputs, **step.attrs)
        values.update(zip(step.outputs, (result,) if len(step.outputs) == 1 else result, strict=True))
        if step.opdef.name == name:
            found.append((step, [plan.specs[o] for o in step.outputs], inputs))
    return found


@pytest.mark.parametrize(("name", "case"), EVERY)
@np.errstate(all="ignore")
def test_kernels_keep_the_promises_of_their_flags(name, case):
    for step, specs, inputs in executed(case, name):
        opdef = step.opdef
        given = opdef.kernel(*inputs, **step.attrs)
        results = [np.asarray(r) for r in ((given,) if len(specs) == 1 else given)]
        for spec, result in zip(specs, results, strict=True):
            assert spec.dtype == result.dtype, "not of the type that was inferred"
            assert spec.shape is not None and len(spec.shape) == result.ndim
            assert all(d in (None, n) for d, n in zip(spec.shape, result.shape, strict=True)), "another shape"
            if not opdef.alias:
                assert not any(np.shares_memory(result, x) for x in inputs), "a view, which only `alias` allows"
        if opdef.out and specs[0].dtype is not tf.string:
            (result,) = results
            out = np.empty_like(result)
            out.reshape(-1).view(np.uint8).fill(0xFF)
            assert opdef.kernel(*inputs, **step.attrs, out=out) is out, "`out` is not what is returned"
            np.testing.assert_array_equal(out, result)
        for i, x in enumerate(inputs) if opdef.elementwise else ():
            (result,) = results
            if (x.shape, x.dtype) == (result.shape, result.dtype):
                overwritten = np.array(x)
                taken = [overwritten if k == i else v for k, v in enumerate(inputs)]
                assert opdef.kernel(*taken, **step.attrs, out=overwritten) is overwritten
                np.testing.assert_array_equal(overwritten, result, f"wrong where input {i} is overwritten")
