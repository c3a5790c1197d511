"""Cases for the operations on strings."""

import base64
import re
import struct

import numpy as np

import kerasflow as tf
from tests.core.ops.harness import NOTHING, Case


def text(*values, shape=None):
    out = np.empty(len(values), object)
    out[:] = [v.encode() for v in values]
    return out.reshape(shape or len(values))


def each(function, dtype=object):
    """`function` of each string."""

    def reference(x, *_):
        out = np.empty(x.shape, dtype)
        out.reshape(-1)[:] = [function(v) for v in x.reshape(-1).tolist()]
        return out

    return reference


def rows(split):
    """The pieces of each string, as the parts of a sparse matrix."""

    def reference(x):
        pieces = [split(s) for s in x.tolist()]
        at = np.array([(i, j) for i, p in enumerate(pieces) for j in range(len(p))], np.int64)
        return [
            at.reshape(-1, 2),
            text(*[s.decode() for p in pieces for s in p]),
            np.array([len(x), max(map(len, pieces), default=0)]),
        ]

    return reference


def parts(s):
    return [s.indices, s.values, s.dense_shape]


X = text("hello", "wörld", " a b ", "", shape=(2, 2))
NUMBERS = np.array([[1.5, -0.25], [3.0, 1e6]])
LINES = text("ab c", " d", "")

CASES = {
    "StringJoin": [
        Case(
            lambda x, y: tf.string_join([x, "-", y], "."),
            (X, X[::-1]),
            lambda x, y: np.frompyfunc(lambda a, b: a + b".-." + b, 2, 1)(x, y),
        ),
        Case(lambda x: tf.string_join([x[0, 0], "!", x]), (X,), each(lambda s: b"hello!" + s)),
    ],
    "ReduceJoin": [
        Case(
            lambda x: tf.reduce_join(x, 1, separator="+"),
            (X,),
            lambda x: np.array([b"+".join(r) for r in x.tolist()], object),
        ),
        Case(
            lambda x: tf.reduce_join(x, [0, 1], keepdims=True),
            (X,),
            lambda x: np.array([[b"".join(x.T.reshape(-1))]], object),
        ),
        Case(
            lambda x: tf.expand_dims(tf.reduce_join(x), 0), (X,), lambda x: np.array([b"".join(x.reshape(-1))], object)
        ),
        Case(lambda x: tf.reduce_join(x, 0, keepdims=True), (X[:0],), lambda x: text("", "", shape=(1, 2))),
    ],
    "StringLength": [
        Case(tf.strings.length, (X,), each(len, np.int32)),
        Case(lambda x: tf.strings.length(x, unit="UTF8_CHAR"), (X,), each(lambda s: len(s.decode()), np.int32)),
    ],
    "StringStrip": [Case(tf.strings.strip, (X,), each(bytes.strip))],
    "StringLower": [
        Case(tf.strings.lower, (text("AbÄ"),), lambda x: text("abÄ")),
        Case(lambda x: tf.strings.lower(x, "utf-8"), (text("AbÄ"),), lambda x: text("abä")),
    ],
    "StringUpper": [
        Case(tf.strings.upper, (text("Abä"),), lambda x: text("ABä")),
        Case(lambda x: tf.strings.upper(x, "utf-8"), (text("Abä"),), lambda x: text("ABÄ")),
    ],
    "Substr": [
        Case(
            lambda x, p, n: tf.substr(x, p, n),
            (text("hello", "world"), np.int32(-4), np.int32(3)),
            lambda x, p, n: text("ell", "orl"),
        ),
        Case(
            lambda x, p, n: tf.substr(x, p, n),
            (text("hello"), np.array([[1], [5]]), np.array([[9], [1]])),
            lambda x, p, n: text("ello", "", shape=(2, 1)),
        ),
        Case(lambda x: tf.substr(x, 1, 2, unit="UTF8_CHAR"), (text("wörld"),), lambda x: text("ör")),
    ],
    "StringSplit": [
        Case(lambda x: parts(tf.string_split(x)), (LINES,), rows(bytes.split), shape_from=NOTHING),
        Case(
            lambda x: parts(tf.string_split(x, " b", skip_empty=False)),
            (LINES,),
            rows(lambda s: re.split(b"[ b]", s)),
            shape_from=NOTHING,
        ),
    ],
    "StringSplitV2": [
        Case(lambda x: parts(tf.strings.split(x, " ")), (LINES,), rows(lambda s: s.split(b" ")), shape_from=NOTHING),
        Case(
            lambda x: parts(tf.strings.split(x, maxsplit=1)),
            (LINES,),
            rows(lambda s: s.split(None, 1)),
            shape_from=NOTHING,
        ),
    ],
    "RegexReplace": [
        Case(lambda x: tf.regex_replace(x, "[lb]+", r"<\0>"), (X,), each(lambda s: re.sub(b"([lb]+)", rb"<\1>", s))),
        Case(
            lambda x: tf.regex_replace(x, "ö|l", ".", replace_global=False),
            (X,),
            each(lambda s: re.sub("ö|l", ".", s.decode(), count=1).encode()),
        ),
    ],
    "RegexFullMatch": [
        Case(
            lambda x: tf.strings.regex_full_match(x, "h.*|w.rld"),
            (X,),
            lambda x: np.array([[True, True], [False, False]]),
        )
    ],
    "StringToHashBucketFast": [
        Case(lambda x: tf.string_to_hash_bucket_fast(x, 100), (text("hello", "world"),), lambda x: np.array([96, 98]))
    ],
    "StringToHashBucket": [
        Case(
            lambda x: tf.string_to_hash_bucket(x, 1000), (text("a", "hello", ""),), lambda x: np.array([868, 938, 899])
        )
    ],
    "StringToHashBucketStrong": [
        Case(
            lambda x: tf.string_to_hash_bucket_strong(x, 1000, [1, 2]),
            (text("a", "hello", "", "x" * 30),),
            lambda x: np.array([646, 622, 435, 176]),
        )
    ],
    "AsString": [
        Case(
            tf.as_string,
            (NUMBERS,),
            lambda x: text("1.500000", "-0.250000", "3.000000", "1000000.000000", shape=(2, 2)),
            differentiable=False,
        ),
        Case(tf.as_string, (np.array([True, False]),), lambda x: text("true", "false")),
        Case(lambda x: tf.as_string(x, width=4, fill="0"), (np.array([7, -3]),), lambda x: text("0007", "-003")),
    ],
    "StringToNumber": [
        Case(tf.string_to_number, (text("1.5", " -3e2"),), lambda x: np.array([1.5, -300.0], np.float32)),
        Case(lambda x: tf.string_to_number(x, tf.int64), (text("-9000000000"),), lambda x: np.array([-9000000000])),
    ],
    "DecodeRaw": [
        Case(
            lambda x: tf.decode_raw(x, tf.float64),
            (np.array([struct.pack("<2d", 1.5, -2.0)], object),),
            lambda x: np.array([[1.5, -2.0]]),
            shape_from=NOTHING,
        ),
        Case(
            lambda x: tf.decode_raw(x, tf.int16, little_endian=False),
            (text("\0\x01\x01\0", "\0\0\0\x02"),),
            lambda x: np.array([[1, 256], [0, 2]], np.int16),
            shape_from=NOTHING,
        ),
    ],
    "EncodeBase64": [
        Case(tf.encode_base64, (X,), each(lambda s: base64.urlsafe_b64encode(s).replace(b"=", b""))),
        Case(lambda x: tf.encode_base64(x, pad=True), (X,), each(base64.urlsafe_b64encode)),
    ],
    "DecodeBase64": [Case(lambda x: tf.decode_base64(tf.encode_base64(x)), (X,), lambda x: x)],
    "DecodeCSV": [
        Case(
            lambda x: tf.decode_csv(x, [[0], [1.5], [""]]),
            (text("1,2.5,a", '2,,"b,""c"""'),),
            lambda x: [np.array([1, 2], np.int32), np.array([2.5, 1.5], np.float32), text("a", 'b,"c"')],
        ),
        Case(lambda x: tf.decode_csv(x, [tf.int64]), (text("7"),), lambda x: np.array([7])),
    ],
}
