"""Every operation's cases on both engines: values on plain and on hard numbers, and derivatives, all if slow."""

import pytest

pytest.importorskip("llvmlite")

import kerasflow as tf  # noqa: E402
from kerasflow.core.opdef import REGISTRY  # noqa: E402
from tests.core.ops.agreement import check_agreement  # noqa: E402
from tests.core.ops.cases import CASES  # noqa: E402
from tests.core.ops.harness import SHAPE, engine, feeds_of, in_type, inputs_of, listed  # noqa: E402

LOWERED = sorted(name for name, d in REGISTRY.items() if d.lower) + [
    *("Sum", "Mean", "Max", "Min", "Prod", "All", "Any", "SumTo", "Spread", "BroadcastLike", "BroadcastTo", "MatMul"),
    *("Softmax", "LogSoftmax", "SparseSoftmaxCrossEntropyWithLogits", "SoftmaxCrossEntropyWithLogits", "Select"),
    *("Transpose", "ReshapeLike", "ExpandDims", "Squeeze", "ArgMax", "ArgMin", "DivideByCount", "Reshape"),
]
EVERY = [pytest.param(name, case, id=f"{name}-{i}") for name in sorted(CASES) for i, case in enumerate(CASES[name])]
FLOATING = [p for p in EVERY if any(x.dtype.kind in "fc" for x in p.values[1].arrays)]


@pytest.mark.parametrize(("name", "case"), EVERY)
def test_the_engines_agree(name, case):
    dtype = case.dtypes[-1]
    check_agreement(case, name, dtype, order=int(case is CASES[name][0]), draws=2)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "case"), FLOATING)
def test_the_engines_agree_in_all_types(name, case):
    for dtype in case.dtypes:
        check_agreement(case, name, dtype, order=2, draws=20)


def is_compiled(case):
    arrays = [in_type(x, case.dtypes[-1]) for x in case.arrays]
    with tf.Graph().as_default() as graph:
        given = inputs_of(arrays, SHAPE)
        results = listed(case.build(*given))
    feeds = feeds_of(given, arrays, SHAPE)
    with engine("native"), tf.Session(graph=graph) as session:
        session.run(results, feeds)
        return "native, all in one segment" in session.explain(results, list(feeds))


@pytest.mark.parametrize("name", [n for n in LOWERED if n in CASES and n not in ("Identity", "StopGradient")])
def test_a_case_is_compiled(name):
    """Or what the engines agree on would be the interpreter's; it need not be the first, which may be of strings."""
    assert any(is_compiled(case) for case in CASES[name])
