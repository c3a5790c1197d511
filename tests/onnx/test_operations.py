"""Each operation that has a rule computes in onnxruntime what it computes in a session, on the registry's cases."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.onnx import ExportError, convert_graph
from kerasflow.onnx.table import RULES
from tests.core.ops.cases import CASES
from tests.core.ops.harness import RANK, SHAPE, in_type, inputs_of, listed
from tests.onnx.running import as_fed, run

# See test_conversion and test_models.
WITHOUT_CASES = {"CheckNumerics", "If", "LookupTableFindV2", "Prepare", "ReadInside", "While"}
# Why a case is refused, by the beginning of the reason.
REASONS = (
    "ONNX has no",
    "ONNX mirrors at the edge elements alone",
    "ONNX picks by a vector",
    "ONNX rounds quotients of integers alone",
    "ONNX does not say where a scalar is",
    "it has no form in ONNX",  # another operation of the case
    "it gathers in each row along an axis",
    "it normalises with the moments of the batch",
    "numbers are rolled along one axis",
    "the number of",
    "the size",
    "the step of a slice",
)
FIRST = 2  # cases of each operation that are tried at once; the others are slow together


def converted(case, dtype, level):
    """Whether the case was run: it may be refused, for one of the reasons that there are."""
    arrays = [in_type(x, dtype) for x in case.arrays]
    with tf.Graph().as_default(), tf.Session() as sess:
        inputs = inputs_of(arrays, level)
        outputs = [t for t in listed(case.build(*inputs)) if isinstance(t, tf.Tensor)]
        sess.run(tf.tables_initializer())
        ends = ({f"{side}{k}": t for k, t in enumerate(ts)} for side, ts in (("x", inputs), ("y", outputs)))
        try:
            model = convert_graph(sess, *ends)
        except ExportError as error:
            reasons = [line.split("): ")[-1] for line in str(error).splitlines()[1:]] or [str(error)]
            assert all(reason.startswith(REASONS) or "number of axes" in reason for reason in reasons), str(error)
            return False
        wanted = [np.asarray(v) for v in sess.run(outputs, dict(zip(inputs, arrays, strict=True)))]
    found = run(model, {f"x{k}": a for k, a in enumerate(arrays)})
    # What onnxruntime has for float32 alone is computed in it; the epsilon of BatchNormalization is of that type.
    single = dtype == "float32" or any(o.op_type in ("Cast", "BatchNormalization") for o in model.graph.node)
    for k, want in enumerate(wanted):
        agree(found[f"y{k}"], want, (1e-5, 1e-6) if single else (1e-9, 1e-12))
    return True


def agree(got, want, tolerance):
    if want.dtype.kind in "OS":
        assert as_fed(want).tolist() == got.tolist()
        return
    assert got.dtype == want.dtype and got.shape == want.shape
    if want.dtype.kind != "f":
        np.testing.assert_array_equal(got, want)
        return
    # Of NaN onnxruntime's largest and smallest numbers take no notice, and its mean of nothing is 0.
    known = ~np.isnan(want)
    np.testing.assert_allclose(got[known], want[known], *tolerance)


def can_be_tried(name, case, dtype, level):
    arrays = [in_type(x, dtype) for x in case.arrays]
    if any(x.dtype.kind in "cV" for x in arrays) or dtype == "float64" and not any(x.dtype == dtype for x in arrays):
        return False
    # Of nothing at all, releases of onnxruntime give this and that.
    empty = name in ("LogSumExp", "Max", "Min", "Scan") and any(x.size == 0 for x in arrays)
    return not empty and (level == SHAPE or case.knows != SHAPE)


def test_every_rule_is_for_an_operation_with_cases():
    assert set(RULES) - set(CASES) == WITHOUT_CASES


@pytest.mark.parametrize("name", sorted(set(RULES) - WITHOUT_CASES))
def test_it_computes_the_same(name):
    cases = [case for case in CASES[name] if can_be_tried(name, case, "float32", SHAPE)]
    tried = [converted(case, "float32", SHAPE) for case in cases[:FIRST]]
    assert not cases or any(tried) or any(converted(case, "float32", SHAPE) for case in cases[FIRST:])


@pytest.mark.slow
@pytest.mark.parametrize(("dtype", "level"), [("float32", SHAPE), ("float64", SHAPE), ("float32", RANK)])
@pytest.mark.parametrize("name", sorted(set(RULES) - WITHOUT_CASES))
def test_all_cases_compute_the_same(name, dtype, level):
    for case in CASES[name]:
        if can_be_tried(name, case, dtype, level):
            converted(case, dtype, level)
