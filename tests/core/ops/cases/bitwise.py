"""Cases for `bitwise`."""

import numpy as np

import kerasflow as tf
from tests.core.ops.harness import Case

A = np.array([[5, -6, 0], [127, 1, -128]], np.int32)
B = np.array([3, 255, -1], np.int32)
BYTES, OTHERS = np.array([1, 200, 7], np.uint8), np.array([1, 3, 9], np.uint8)

CASES = {
    "BitwiseAnd": [
        Case(tf.bitwise.bitwise_and, (A, B), lambda x, y: ~(~x | ~y)),
        Case(tf.bitwise.bitwise_and, (BYTES, OTHERS), lambda x, y: x & y),
    ],
    "BitwiseOr": [Case(tf.bitwise.bitwise_or, (A, B), lambda x, y: ~(~x & ~y))],
    "BitwiseXor": [Case(tf.bitwise.bitwise_xor, (A, B), lambda x, y: (x | y) - (x & y))],
    "Invert": [Case(tf.bitwise.invert, (A,), lambda x: -x - 1), Case(tf.bitwise.invert, (BYTES,), lambda x: 255 - x)],
    "LeftShift": [
        Case(
            tf.bitwise.left_shift,
            (A, np.array([1, 4, 31], np.int32)),
            lambda x, s: (x.astype(np.int64) << s).astype(np.uint32).view(np.int32),
        ),
        Case(tf.bitwise.left_shift, (BYTES, OTHERS), lambda x, y: np.array([2, 64, 128], np.uint8)),
    ],
    "RightShift": [
        Case(
            tf.bitwise.right_shift,
            (A, np.array([1, 2, 40], np.int32)),
            lambda x, s: np.floor(x / [2, 4, 2**31]).astype(np.int32),
        ),
        Case(tf.bitwise.right_shift, (A, np.array(-1, np.int32)), lambda x, s: x),
    ],
}
