"""Cases for `unicode` and `stateless_random`; the random numbers are TensorFlow 1.15.5's."""

import numpy as np

import kerasflow as tf
from kerasflow.core.graph import apply
from tests.core.ops.harness import NOTHING, VALUE, Case

TEXT = "héllo €😀"
ONE = np.array(TEXT.encode(), object)
POINTS = np.array([[104, 233], [8364, 0x1F600]], np.int32)
SEED = np.array([1, 2], np.int32)


def strings(*values):
    return np.array(values, object)


def kinds(kind, shape, seed, dtype, values, *bounds):
    """A case for the operation `kind`, whose numbers are known."""

    def build(seed, *bounds):
        return apply(kind, tf.constant(shape), seed, *bounds, dtype=tf.as_dtype(dtype))

    return Case(build, (seed, *bounds), lambda *_: np.array(values, dtype), rtol=1e-6)


CASES = {
    "UnicodeDecodeWithOffsets": [
        Case(
            lambda x: list(tf.strings.unicode_decode_with_offsets(x, "UTF-8")),
            (ONE,),
            lambda x: [
                np.array([ord(c) for c in TEXT], np.int32),
                np.cumsum([0, *[len(c.encode()) for c in TEXT[:-1]]]),
            ],
            shape_from=NOTHING,
        )
    ],
    "UnicodeEncode": [
        Case(
            lambda x: tf.strings.unicode_encode(x, "UTF-16-BE"),
            (POINTS,),
            lambda x: strings("hé".encode("utf-16-be"), "€😀".encode("utf-16-be")),
        ),
        Case(lambda x: tf.strings.unicode_encode(x, "UTF-8"), (POINTS[:, :0],), lambda x: strings(b"", b"")),
    ],
    "UnicodeTranscode": [
        Case(
            lambda x: tf.strings.unicode_transcode(x, "UTF-8", "UTF-32-BE"),
            (strings(TEXT.encode(), b"a\xffb"),),
            lambda x: strings(TEXT.encode("utf-32-be"), "a\N{REPLACEMENT CHARACTER}b".encode("utf-32-be")),
        )
    ],
    "BytesSplit": [
        Case(
            tf.strings.bytes_split, (ONE,), lambda x: strings(*[bytes([b]) for b in TEXT.encode()]), shape_from=NOTHING
        )
    ],
    "UnsortedSegmentJoin": [
        Case(
            lambda x, i: tf.strings.unsorted_segment_join(x, i, 3, separator=":"),
            (strings(b"a", b"b", b"c"), np.array([0, 1, 0])),
            lambda x, i: strings(b"a:c", b"b", b""),
        ),
        Case(
            lambda x, i: tf.strings.unsorted_segment_join(x, i, 2),
            (np.array([[b"a", b"b"], [b"c", b"d"]], object), np.array([1, 0], np.int32)),
            lambda x, i: np.array([[b"c", b"d"], [b"a", b"b"]], object),
        ),
        Case(
            lambda x, i: tf.strings.unsorted_segment_join(x, i, 2),
            (np.array([[b"a", b"b"], [b"c", b"d"]], object), np.array([[1, 0], [0, 1]])),
            lambda x, i: strings(b"bc", b"ad"),
        ),
    ],
    "StatelessRandomUniform": [
        kinds("StatelessRandomUniform", [5], SEED, "f4", [0.8440604, 0.19204533, 0.9962232, 0.1603874, 0.27199018]),
        kinds("StatelessRandomUniform", [3], SEED, "f8", [0.75248375, 0.96978577, 0.17592234]),
    ],
    "StatelessRandomNormal": [
        kinds("StatelessRandomNormal", [5], SEED, "f4", [0.5441101, 0.20738031, 0.07356432, 0.04643455, -1.3015898]),
        kinds("StatelessRandomNormal", [3], np.array([2**40, 2]), "f2", [-0.7427, -0.1666, 1.579]),
    ],
    "StatelessTruncatedNormal": [
        kinds(
            "StatelessTruncatedNormal",
            [5],
            np.array([3, -7]),
            "f4",
            (np.array([0.35179406, 2.1321106, -0.03995395, 1.770272, 0.0939073]) - 1) / 2,
        )
    ],
    "StatelessRandomUniformInt": [
        kinds("StatelessRandomUniformInt", [5], SEED, "i4", [0, 9, 4, 9, 7], np.int32(0), np.int32(10))
    ],
    "StatelessMultinomial": [
        Case(
            lambda x, n, s: tf.random.stateless_categorical(x, n, s),
            (np.log(np.float32([[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]])), np.int32(8), SEED),
            lambda x, n, s: np.array([[2, 2, 1, 2, 2, 2, 2, 1], [2, 2, 1, 0, 0, 0, 1, 0]]),
            shape_from=VALUE,
        )
    ],
}
