"""Parts of graphs as models of ONNX.

The part that computes the outputs is planned as a session does it: variables are the constants that they are now, what
follows from constants and shapes is worked out, and what is left is written down step by step.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.engine.passes import infer_specs, simplify
from kerasflow.core.engine.plan import Plan, Step, make_plan
from kerasflow.core.errors import FailedPreconditionError
from kerasflow.core.session import Session
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import Spec
from kerasflow.onnx.errors import ExportError, Inexpressible, describe
from kerasflow.onnx.nodes import Nodes, Value, model_of, save_model
from kerasflow.onnx.table import RULES

__all__ = ["Call", "convert_graph", "save_graph", "write_part"]

_SHOWN = 10
_FOLD = 1 << 20  # bytes: larger results that follow from constants are left for whoever runs the model to compute
_READS = ("ReadVariable", "VariableV2")
_PYTHON = ("PyFunc", "PyFuncStateless")
_RANDOM = (
    "Multinomial",
    "RandomShuffle",
    "RandomStandardNormal",
    "RandomUniform",
    "RandomUniformInt",
    "TruncatedNormal",
)


class Call(NamedTuple):
    """An operation that a rule writes down: what it takes, what is known of what it gives, and its attributes.

    `session` is where its variables and tables have their values, `write` writes the inside of a loop.
    """

    inputs: list[Value]
    outputs: list[Spec]
    attrs: dict[str, Any]
    operation: Operation
    session: Session
    write: Any


def convert_graph(
    session: Session,
    inputs: Mapping[str, Tensor],
    outputs: Mapping[str, Tensor],
    name: str = "graph",
    batch: str | None = None,
    metadata: Mapping[str, str] | None = None,
) -> Any:
    """The part of a session's graph that computes some outputs, as a model of ONNX.

    Args:
        session: where the variables have their values, which become constants.
        inputs, outputs: tensors by the names that they have in the model; the outputs depend on no placeholder that is
            not among the inputs.
        name: what the graph is called in the model.
        batch: what the size of a first axis is called where it is left open.
        metadata: texts to keep beside the graph.

    Returns:
        A `ModelProto` of operator set 17.

    Raises:
        ExportError: there are operations that have no form in ONNX; all are named (a ValueError).
        FailedPreconditionError: a variable has no value. ImportError: the package onnx is not installed.
    """
    shared = sorted(set(inputs) & set(outputs))
    if not outputs or shared:
        raise ValueError(f"A model has outputs, called otherwise than its inputs; got {shared or 'none'}.")
    nodes = Nodes()
    for each in (*inputs, *outputs):
        nodes.unique(each)
    fed = {each: Spec(t.dtype, t.dims) for each, t in inputs.items()}
    given = [Value(each, spec) for each, spec in fed.items()]
    found = write_part(nodes, list(outputs.values()), list(inputs.values()), given, session)
    try:
        ends = {each: (nodes.name(v), v.spec) for each, v in zip(outputs, found, strict=True)}
        return model_of(nodes, fed, ends, name, batch, metadata)
    except Inexpressible as error:
        raise ExportError(f"The graph cannot be written as ONNX: {error}.") from None


def save_graph(
    session: Session, path: str | os.PathLike[str], inputs: Mapping[str, Tensor], outputs: Mapping[str, Tensor]
) -> None:
    """Write the part of a session's graph that computes some outputs to a file of ONNX, atomically.

    Args:
        session: where the variables have their values.
        path: the file.
        inputs, outputs: as for `convert_graph`.

    Raises:
        ExportError, FailedPreconditionError, ImportError: as `convert_graph`. OSError: the file cannot be written.

    >>> import os, tempfile
    >>> import kerasflow.onnx
    >>> x = tf.placeholder(tf.float32, [None, 2])
    >>> y = tf.reduce_sum(x, axis=1)
    >>> path = os.path.join(tempfile.mkdtemp(), "sum.onnx")
    >>> with tf.Session() as sess:
    ...     kerasflow.onnx.save_graph(sess, path, {"x": x}, {"y": y})
    >>> import onnxruntime
    >>> onnxruntime.InferenceSession(path).run(None, {"x": np.ones((3, 2), np.float32)})
    [array([2., 2., 2.], dtype=float32)]
    """
    save_model(convert_graph(session, inputs, outputs), path)


def write_part(
    nodes: Nodes, outputs: Sequence[Tensor], inputs: Sequence[Tensor], given: Sequence[Value], session: Session
) -> list[Value]:
    """Write what computes `outputs` from `inputs`, which are `given`, into `nodes`.

    Args:
        nodes: where to.
        outputs, inputs: tensors of one graph; it may be the inside of a loop.
        given: what the inputs are there.
        session: where the variables have their values.

    Raises:
        ExportError: operations have no form in ONNX; all are named. FailedPreconditionError: a variable has no value.
    """
    plan = make_plan(outputs, (), inputs)
    for number, value in zip(plan.feeds, given, strict=True):
        if value.array is not None:
            plan.constants[number] = value.array
    _take_weights(plan, nodes, session)
    _work_out(plan, [value.spec for value in given])
    values = {n: value for n, value in zip(plan.feeds, given, strict=True) if value.array is None}
    problems: list[str] = []
    _write(plan, nodes, values, session, problems)
    if problems:
        more = f"\n  and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        lines = "".join(f"\n  {text}" for text in problems[:_SHOWN])
        raise ExportError(f"The graph cannot be written as ONNX:{lines}{more}")
    return [_value(plan, values, number) for number in plan.fetches]


def _take_weights(plan: Plan, nodes: Nodes, session: Session) -> None:
    """Make constants of the variables that a plan reads."""
    reads = [s for s in plan.steps if s.opdef.name in _READS]
    variables = list(dict.fromkeys(s.attrs["variable"] for s in reads))
    without = [v.name for v in variables if not session.is_initialized(v)]
    if without:
        raise FailedPreconditionError(None, None, f"The variables {without[:_SHOWN]} have no value in the session.")
    arrays = dict(zip(variables, session.run(variables), strict=True)) if variables else {}
    for v, array in arrays.items():
        nodes.constant(array, v.op.name)
    plan.steps = [s for s in plan.steps if s.opdef.name not in _READS]
    for step in reads:
        for number in step.outputs:
            array = np.asarray(arrays[step.attrs["variable"]])
            plan.constants[number], plan.specs[number] = array, Spec(step.attrs["dtype"], array.shape, array)


def _work_out(plan: Plan, specs: Sequence[Spec]) -> None:
    """What follows from constants and from the shapes of what is fed; tensors may know more of their shapes."""
    infer_specs(plan, specs)
    for step in plan.steps:
        if len(step.outputs) == len(step.operation.outputs):
            for number, t in zip(step.outputs, step.operation.outputs, strict=True):
                spec = plan.specs[number]
                if shapes.compatible(spec.shape, t.dims):
                    plan.specs[number] = spec._replace(shape=shapes.merge(spec.shape, t.dims))
    simplify(plan, _FOLD)


def _value(plan: Plan, values: Mapping[int, Value], number: int) -> Value:
    if number in values:
        return values[number]
    return Value(None, plan.specs[number], plan.constants[number])


def _write(plan: Plan, nodes: Nodes, values: dict[int, Value], session: Session, problems: list[str]) -> None:
    """Write the steps of a plan; what cannot be written is added to the problems."""
    for step in plan.steps:
        rule = RULES.get(step.opdef.name)
        if rule is None:
            problems.append(describe(step.operation, _reason(step)))
            names: Any = [""] * len(step.outputs)
        else:
            nodes.scope = step.operation.name
            call = Call(
                [_value(plan, values, i) for i in step.inputs],
                [plan.specs[o] for o in step.outputs],
                step.attrs,
                step.operation,
                session,
                write_part,
            )
            names = _applied(rule, nodes, call, problems)
        for number, name in zip(step.outputs, names, strict=True):
            values[number] = Value(name, plan.specs[number])


def _applied(rule: Any, nodes: Nodes, call: Call, problems: list[str]) -> list[str]:
    """What a rule calls the results; if it has none, empty names, and a problem more."""
    try:
        names = rule(nodes, call)
    except Inexpressible as error:
        problems.append(describe(call.operation, str(error)))
        return [""] * len(call.outputs)
    except ExportError as error:
        problems += [line.strip() for line in str(error).splitlines()[1:]]
        return [""] * len(call.outputs)
    return [names] if isinstance(names, str) else list(names)


def _reason(step: Step) -> str:
    if step.opdef.name == "Placeholder":
        return "it is not among the inputs"
    if step.opdef.name in _PYTHON:
        return "it runs a Python function"
    if step.opdef.name in _RANDOM:
        return "it draws random numbers, which have no form in ONNX"
    if step.opdef.writes:
        return "it changes a variable, and a model of ONNX keeps nothing between its runs"
    return "it has no form in ONNX"
