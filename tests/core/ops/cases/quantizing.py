"""Cases for `quantizing` and `fake_quant`, where the gradients of the latter are."""

import numpy as np

import kerasflow as tf
from tests.core.ops.harness import Case

_TESTS = "tests/core/ops/test_quantizing.py::"
X = np.array([[-9.0, -2.5, 0.0], [1.0, 3.3, 9.0]], np.float32)
LOW, HIGH = np.array(-2.0, np.float32), np.array(5.5, np.float32)  # 4 bits: steps of 1/2
ENDS = np.array([-2.0, -0.5, 0.0], np.float32), np.array([5.5, 1.375, 3.75], np.float32)


def inside(x, low, high):
    return (x >= low) & (x <= high)


def sides(g, x, low, high):
    axes = tuple(range(x.ndim - low.ndim))
    parts = g * inside(x, low, high), (g * (x < low)).sum(axes), (g * (x > high)).sum(axes)
    return [p.astype(np.float32) for p in parts]


CASES = {
    "FakeQuantWithMinMaxArgsGradient": [
        Case(
            lambda x: tf.gradients(tf.fake_quant_with_min_max_args(x, -2, 5.5, 4), x)[0],
            (X,),
            lambda x: inside(x, -2, 5.5).astype(np.float32),
        ),
        Case(
            lambda g, x: tf.fake_quant_with_min_max_args_gradient(g, x, -2, 5.5, 4),
            (X + 1, X),
            lambda g, x: (g * inside(x, -2, 5.5)).astype(np.float32),
        ),
    ],
    "FakeQuantWithMinMaxVarsGradient": [
        Case(
            lambda g, x, a, b: list(tf.fake_quant_with_min_max_vars_gradient(g, x, a, b, 4)),
            (X + 1, X, LOW, HIGH),
            sides,
        ),
        Case(
            lambda x, a, b: tf.gradients(tf.fake_quant_with_min_max_vars(x, a, b, 4), [x, a, b]),
            (X, LOW, HIGH),
            lambda x, a, b: sides(np.ones_like(x), x, a, b),
        ),
    ],
    "FakeQuantWithMinMaxVarsPerChannelGradient": [
        Case(
            lambda g, x, a, b: list(tf.fake_quant_with_min_max_vars_per_channel_gradient(g, x, a, b, 4)),
            (X + 1, X, *ENDS),
            sides,
        ),
    ],
    "Dequantize": [
        Case(
            lambda x: tf.dequantize(*tf.quantize_v2(x, 0.0, 255.0, tf.quint8)),
            (abs(X),),
            lambda x: np.floor(x + 0.5).astype(np.float32),
        ),
    ],
}
# The gradients of these are not those of what they compute: they pass straight through the rounding.
_ROUNDED = ["FakeQuantWithMinMaxArgs", "FakeQuantWithMinMaxVars", "FakeQuantWithMinMaxVarsPerChannel"]
EXEMPT = {
    "QuantizeV2": _TESTS + "test_codes_of_a_range",
    **dict.fromkeys(_ROUNDED, _TESTS + "test_numbers_are_rounded"),
}
