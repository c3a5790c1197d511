"""Loops, branches, lists and what looks at values: what they compute depends on functions, state or the outside."""

LOOPS, CONDS, LISTS = (f"tests/core/ops/test_{name}.py::" for name in ("loops", "cond", "tensor_array"))
DEBUG = "tests/core/ops/test_debugging.py::"

CASES = {}
EXEMPT = {
    "While": LOOPS + "test_of_both_orders_against_differences",
    "If": CONDS + "test_gradients_of_both_orders",
    "LeaveToRead": LOOPS + "test_a_variable_that_the_loop_changes",
    "ReadInside": LOOPS + "test_a_variable_that_the_loop_changes",
    "AddLists": LISTS + "test_items_read_twice",
    "TensorArrayConcatV3": LISTS + "test_concat_and_split",
    "TensorArrayGatherV3": LISTS + "test_gather_and_scatter",
    "TensorArrayReadV3": LISTS + "test_items_read_twice",
    "TensorArrayScatterV3": LISTS + "test_gather_and_scatter",
    "TensorArraySizeV3": LISTS + "test_size",
    "TensorArraySplitV3": LISTS + "test_concat_and_split",
    "TensorArrayV3": LISTS + "test_size",
    "TensorArrayWriteV3": LISTS + "test_items_read_twice",
    "Assert": DEBUG + "test_assert",
    "CheckNumerics": DEBUG + "test_check_numerics",
    "Print": DEBUG + "test_print",
    "PyFunc": DEBUG + "test_py_func",
    "PyFuncStateless": DEBUG + "test_py_func",
}
