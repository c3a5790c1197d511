"""Operations of layers, which call Python functions of these."""

import kerasflow.layers.preprocessing  # noqa: F401  # registers them

CASES = {}
EXEMPT = {"Prepare": "tests/layers/test_preprocessing.py::test_what_is_prepared_outside"}
