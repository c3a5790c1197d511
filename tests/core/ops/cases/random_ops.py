"""What stands in for cases of `kerasflow.core.ops.random_ops`: draws have no reference but TensorFlow's own."""

_GOLDEN = "tests/core/ops/test_random_ops.py::test_draws_what_tensorflow_draws"

CASES = {}
EXEMPT = dict.fromkeys(
    ["RandomUniform", "RandomUniformInt", "RandomStandardNormal", "TruncatedNormal", "RandomShuffle"], _GOLDEN
)
