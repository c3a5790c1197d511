"""Cases for the operations that bring values in and pass them on, and what stands in for those that keep state."""

import numpy as np

import kerasflow as tf
from tests.core.ops.harness import Case

_X = np.linspace(-2.0, 3.0, 6).reshape(2, 3)
_STATE = "tests/core/ops/test_state.py::"
_CONSTANT = "tests/core/ops/test_constant.py::"

CASES = {
    "Identity": [Case(tf.identity, [_X], lambda x: x)],
    "IdentityN": [Case(lambda x, y: tf.identity_n([x * x, y]), [_X, _X[0]], lambda x, y: [x * x, y])],
    "StopGradient": [
        Case(tf.stop_gradient, [_X], lambda x: x, differentiable=False),
        # the derivative of x sg(x) is that of x times a constant, which a difference quotient can check at 1
        Case(lambda x: tf.stop_gradient(x) * 0.0 + x, [_X], lambda x: x),
    ],
    "PlaceholderWithDefault": [Case(lambda x: tf.placeholder_with_default(x, x.shape), [_X], lambda x: x)],
    "Const": [Case(lambda x: x + tf.constant(_X, x.dtype), [_X], lambda x: x + _X)],
}
EXEMPT = {
    "Placeholder": _CONSTANT + "test_a_placeholder_has_to_be_fed",
    "NoOp": "tests/core/ops/test_control.py::test_no_op_waits_and_does_nothing",
    "VariableV2": _STATE + "test_a_fetched_variable_is_read_when_the_run_is_over",
    "ReadVariable": _STATE + "test_a_read_sees_what_was_written_before_it",
    "InitializedValue": "tests/core/test_variables.py::test_an_initialized_value_is_the_value_or_the_initial_one",
    "Assign": _STATE + "test_assignments_write_and_give_the_new_value",
    "AssignAdd": _STATE + "test_assignments_write_and_give_the_new_value",
    "AssignSub": _STATE + "test_assignments_write_and_give_the_new_value",
    **dict.fromkeys(
        [f"Scatter{name}" for name in ("Update", "Add", "Sub", "Mul", "Div", "Min", "Max")],
        "tests/core/ops/test_scattering.py::test_rows_are_changed_in_order",
    ),
    **dict.fromkeys(
        ["ScatterNdUpdate", "ScatterNdAdd", "ScatterNdSub"],
        "tests/core/ops/test_scattering.py::test_blocks_are_changed_in_order",
    ),
    **dict.fromkeys(
        ["GetSessionHandle", "GetSessionTensor", "DeleteSessionTensor"],
        "tests/core/ops/test_session_values.py::test_a_value_is_deleted",
    ),
    "CountUpTo": _STATE + "test_a_variable_counts_up_to_a_limit",
    "IsVariableInitialized": _STATE + "test_is_variable_initialized",
}
