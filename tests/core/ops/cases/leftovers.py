"""Cases for `bits`, `formatting`, `repeating`, `selecting.where_v2` and the patches of volumes."""

import itertools

import numpy as np

import kerasflow as tf
from kerasflow.core.graph import apply
from tests.core.ops.harness import SHAPE, VALUE, Case, seeded

rng = seeded("leftovers")
X = rng.normal(size=(2, 3))
COLUMN, ROW = rng.normal(size=(3, 1)), rng.normal(size=4)
VOLUME = rng.normal(size=(1, 3, 4, 3, 2))
MASK = np.array([[True], [False], [True]])
BYTES = np.array([[b"a", b"bc"], [b"", b"d"]], object)


def volume_patches(x, ksize, strides, padding):
    """Window by window, as the definition has it."""
    before, sizes = [], []
    for n, k, s in zip(x.shape[1:4], ksize, strides, strict=True):
        count = -(-n // s) if padding == "SAME" else (n - k) // s + 1
        before.append(max(0, (count - 1) * s + k - n) // 2 if padding == "SAME" else 0)
        sizes.append(count)
    out = np.zeros((len(x), *sizes, *ksize, x.shape[-1]))
    for b, *at in itertools.product(range(len(x)), *map(range, sizes), *map(range, ksize)):
        place = [p * s + o - f for p, s, o, f in zip(at[:3], strides, at[3:], before, strict=True)]
        if all(0 <= p < n for p, n in zip(place, x.shape[1:4], strict=True)):
            out[(b, *at)] = x[(b, *place)]
    return out.reshape(*out.shape[:4], -1)


def volume_case(ksize, strides, padding):
    def build(x):
        return tf.extract_volume_patches(x, [1, *ksize, 1], [1, *strides, 1], padding)

    return Case(build, (VOLUME,), lambda x: volume_patches(x, ksize, strides, padding))


CASES = {
    "Bitcast": [
        Case(lambda x: tf.bitcast(x, tf.int64), (X,), lambda x: x.view(np.int64), False, dtypes=("float64",)),
        Case(lambda x: tf.bitcast(x, tf.uint8), (X,), lambda x: x.view(np.uint8).reshape(2, 3, 8), False, ("float64",)),
        Case(
            lambda x: tf.bitcast(x, tf.float32),
            (np.arange(8, dtype=np.int16).reshape(2, 2, 2),),
            lambda x: x.view(np.float32).reshape(2, 2),
        ),
        Case(lambda x: tf.bitcast(x, tf.uint16), (np.int16(-2),), lambda x: np.uint16(65534)),
    ],
    "GuaranteeConst": [Case(tf.guarantee_const, (X,), lambda x: x, differentiable=False)],
    "Fingerprint": [
        Case(
            tf.fingerprint,
            (np.array([b"a", b"b"], object),),
            lambda x: np.uint8([[227, 117, 223, 182, 101, 66, 69, 179], [22, 241, 200, 94, 33, 96, 178, 163]]),
        ),
        Case(
            tf.fingerprint,
            (np.array([[b"a", b"b"], [b"c", b"d"]], object),),
            lambda x: np.uint8([[122, 64, 59, 169, 136, 60, 55, 83], [52, 252, 224, 38, 64, 226, 155, 60]]),
        ),
        Case(
            tf.fingerprint,
            (np.array([[1.0, 2.0], [3.0, 4.0]], np.float32),),
            lambda x: np.uint8([[223, 178, 164, 36, 10, 49, 237, 154], [174, 215, 15, 51, 84, 145, 74, 9]]),
        ),
    ],
    "StringFormat": [
        Case(
            lambda x, y: tf.expand_dims(tf.strings.format("{} of {}", [x, y]), 0),
            (np.arange(10), BYTES[0]),
            lambda x, y: np.array([b'[0 1 2 ... 7 8 9] of ["a" "bc"]'], object),
        ),
        Case(
            lambda x: tf.expand_dims(tf.strings.format("#", x, "#"), 0),
            (np.array(b"", object),),
            lambda x: np.array([b'""'], object),
        ),
    ],
    "SelectV2": [
        Case(tf.where_v2, (MASK, COLUMN, ROW), np.where),
        Case(tf.where_v2, (MASK, X[:, :1].reshape(2, 1, 1), ROW), np.where),
        Case(tf.where_v2, (np.bool_(True), ROW, COLUMN), np.where),
        Case(lambda c, x: tf.where_v2(c, x, 0.0), (MASK[:, 0], COLUMN), lambda c, x: np.where(c, x, 0.0)),
        Case(tf.where_v2, (MASK, BYTES[0], BYTES[1]), np.where),
    ],
    "RepeatedPlaces": [
        Case(
            lambda x: tf.repeat(x, [2, 0, 3], axis=1),
            (X,),
            lambda x: np.repeat(x, [2, 0, 3], 1),
            knows=SHAPE,
        ),
        Case(lambda x: tf.repeat(x, 2, axis=-2), (X,), lambda x: np.repeat(x, 2, -2), knows=SHAPE),
        Case(lambda x, r: tf.repeat(x, r), (X, np.int64(2)), lambda x, r: np.repeat(x, r), shape_from=VALUE),
        Case(
            lambda x, r: tf.repeat(x, r, 0),
            (X, np.array([1, 2], np.int32)),
            lambda x, r: np.repeat(x, r, 0),
            shape_from=VALUE,
            knows=SHAPE,
        ),
    ],
    "BroadcastArgs": [
        Case(
            lambda x, y: apply("BroadcastArgs", x, y),
            (np.array([2, 1], dtype), np.array([3], dtype)),
            lambda x, y: np.array([2, 3], x.dtype),
            shape_from=VALUE,
        )
        for dtype in (np.int32, np.int64)
    ],
    "ExtractVolumePatches": [volume_case((2, 1, 2), (1, 2, 1), "VALID"), volume_case((1, 3, 2), (2, 1, 2), "SAME")],
}
_TESTS = "tests/core/ops/test_leftovers.py::"
EXEMPT = {
    "QuantizeAndDequantizeV2": "tests/core/ops/test_nn_more.py::test_values_and_gradient",
    "PrintV2": _TESTS + "test_what_is_printed",
    "Timestamp": _TESTS + "test_the_time_is_that_of_the_run",
}
