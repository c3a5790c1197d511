"""Strings: what is refused, bytes that are no text, and the corners of patterns, numbers and CSV."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core import deprecation

InvalidArgumentError = tf.errors.InvalidArgumentError
NOT_TEXT = np.array([b"a\xff\xc3", b"\x00b\x00"], object)


def run(t):
    return tf.Session().run(t)


def test_bytes_that_are_no_text_pass_through():
    assert run(tf.strings.length(NOT_TEXT, unit="UTF8_CHAR")).tolist() == [3, 3]
    assert run(tf.strings.upper(NOT_TEXT, "utf-8")).tolist() == [b"A\xff\xc3", b"\x00B\x00"]
    assert run(tf.regex_replace(NOT_TEXT, "[ab]", "")).tolist() == [b"\xff\xc3", b"\x00\x00"]
    assert run(tf.substr(NOT_TEXT, 1, 1, unit="UTF8_CHAR")).tolist() == [b"\xff", b"b"]
    assert run(tf.string_join([NOT_TEXT, b"\xfe"])).tolist() == [b"a\xff\xc3\xfe", b"\x00b\x00\xfe"]


def test_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match="cannot be joined"):
        tf.string_join([["a"], ["b", "c"]])
    x = tf.placeholder(tf.string)
    with pytest.raises(InvalidArgumentError, match="cannot be joined"):
        tf.Session().run(tf.string_join([x, ["b", "c"]]), {x: ["a"]})
    with pytest.raises(ValueError, match="pos and len must have one shape"):
        tf.substr(["a"], [0], [0, 1])
    with pytest.raises(ValueError, match="must be a vector of strings"):
        tf.string_split("a b")
    with pytest.raises(ValueError, match="the separator must be a scalar"):
        tf.string_split(["a b"], [" "])


def test_only_strings():
    for function in (tf.strings.length, tf.strings.strip, tf.string_to_number, tf.encode_base64):
        with pytest.raises(TypeError, match="float32 is not one of the types it takes: string"):
            function([1.0])
    with pytest.raises(TypeError, match="string is not one of the types"):
        tf.as_string(["a"])


@pytest.mark.parametrize("make", [lambda: tf.strings.length(["a"], unit="WORD"), lambda: tf.substr("a", 0, 1, unit="")])
def test_units(make):
    with pytest.raises(ValueError, match="unit must be one of BYTE, UTF8_CHAR"):
        make()


def test_other_arguments():
    with pytest.raises(ValueError, match="encoding must be '' or 'utf-8', got 'latin-1'"):
        tf.strings.lower("a", encoding="latin-1")
    with pytest.raises(ValueError, match="result_type must be 'SparseTensor'"):
        tf.strings.split(["a"], result_type="RaggedTensor")
    with pytest.raises(ValueError, match="num_buckets must be at least 1, got 0"):
        tf.string_to_hash_bucket_fast(["a"], 0)
    with pytest.raises(ValueError, match="the key must be two integers"):
        tf.string_to_hash_bucket_strong(["a"], 5, [1])
    with pytest.raises(TypeError, match="out_type must be float32, float64, int32 or int64, got uint8"):
        tf.string_to_number(["1"], tf.uint8)
    with pytest.raises(TypeError, match="out_type, the type of the numbers, must be given"):
        tf.decode_raw(["a"])
    assert run(tf.decode_raw(bytes=["\x01"], out_type=tf.uint8)).tolist() == [[1]]
    assert run(tf.string_to_number(input="7", out_type=tf.int32)) == 7
    assert run(tf.strings.split(source=["a b"])).values.tolist() == [b"a", b"b"]
    assert run(tf.string_split(["a,b"], delimiter=",")).values.tolist() == [b"a", b"b"]


def test_former_arguments_of_reduce_join(monkeypatch):
    monkeypatch.setattr(deprecation, "warned", set())
    with pytest.warns(DeprecationWarning) as told:
        joined = tf.reduce_join([["a", "b"]], reduction_indices=1, keep_dims=True)
    assert run(joined).tolist() == [[b"ab"]] and len(told) == 2


@pytest.mark.parametrize(
    ("pattern", "rewrite", "before", "after"),
    [
        ("x*", "-", "axxb", "-a-b-"),
        ("", ".", "ab", ".a.b."),
        ("b$", "!", "b\n", "b\n"),
        ("(?m)b$", "!", "b\nb", "!\n!"),
        (r"\z", "!", "a", "a!"),
        ("[[:digit:][:upper:]_]+", "#", "aB1_b", "a#b"),
        ("[]a]", "#", "]ab", "##b"),
        ("[^]a]", "#", "]ab", "]a#"),
        (r"[\]$]", "#", "]$a", "##a"),
        (r"\$", "#", "a$", "a#"),
        (r"(a)|(b)", r"<\2>", "ab", "<><b>"),
        (r"\w", "#", "äa", "ä#"),
        (".", "#", "ä\n", "#\n"),
        ("a", r"\\", "a", "\\"),
    ],
)
def test_patterns_in_the_manner_of_re2(pattern, rewrite, before, after):
    assert run(tf.regex_replace([before], pattern, rewrite))[0].decode() == after


@pytest.mark.parametrize(
    "pattern", ["(", "(?=a)", "(?<!a)b", r"(a)\1", "(?P<n>a)(?P=n)", "[[:nothing:]]", r"a\C", "a**"]
)
def test_patterns_that_are_refused(pattern):
    with pytest.raises(InvalidArgumentError, match="Invalid pattern"):
        run(tf.regex_replace(["a"], pattern, ""))
    with pytest.raises(InvalidArgumentError, match="Invalid pattern"):
        run(tf.strings.regex_full_match(["a"], pattern))


@pytest.mark.parametrize("rewrite", [r"\1", r"\x", "\\"])
def test_rewrites_that_are_refused(rewrite):
    with pytest.raises(InvalidArgumentError, match="Invalid rewrite"):
        run(tf.regex_replace(["a"], "a", rewrite))


@pytest.mark.parametrize("text", ["", "1.5x", "1_0", "0x", "--1", "1 2", "e5", "١"])
def test_what_is_no_number(text):
    with pytest.raises(InvalidArgumentError, match="is not a number of type float32"):
        run(tf.string_to_number([text]))


def test_the_ends_of_integers():
    ends = ["2147483647", "-2147483648"]
    assert run(tf.string_to_number(ends, tf.int32)).tolist() == [2**31 - 1, -(2**31)]
    for text in ("2147483648", "-2147483649", "1.0", "0x1"):
        with pytest.raises(InvalidArgumentError, match="is not a number of type int32"):
            run(tf.string_to_number([text], tf.int32))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1", "record 1: expected 2 fields, got 1"),
        ("1,2,3", "record 1: expected 2 fields, got 3"),
        ("x,1", "record 1: field 0 is not a valid int32: x"),
        (",1", "record 1: field 0 is required but missing"),
        ('1,a"b', "record 1: fields without quotes around them cannot have quotes"),
        ('1,"a', "record 1: a quote is not closed"),
        ('1,"a"b', "record 1: a quote that ends a field must be followed by the delimiter"),
    ],
)
def test_records_that_are_refused(line, message):
    with pytest.raises(InvalidArgumentError, match=message):
        run(tf.decode_csv(["1,a", line], [tf.int32, ["-"]]))


def test_arguments_of_decode_csv():
    for delimiter in ("", ",,", '"', "\n"):
        with pytest.raises(ValueError, match="field_delim must be one byte"):
            tf.decode_csv(["1"], [[0]], delimiter)
    for columns in ([1, 0], [0, 0], [-1, 0]):
        with pytest.raises(ValueError, match="select_cols must rise from 0 on"):
            tf.decode_csv(["1"], [[0], [0]], select_cols=columns)
    with pytest.raises(ValueError, match="2 record_defaults for 1 select_cols"):
        tf.decode_csv(["1"], [[0], [0]], select_cols=[0])
    with pytest.raises(InvalidArgumentError, match="column 5 was asked for, there are 1"):
        run(tf.decode_csv(["1"], [[0]], select_cols=[5]))
    with pytest.raises(TypeError, match="column 0 cannot be of type bool"):
        tf.decode_csv(["1"], [[True]])
    with pytest.raises(ValueError, match="the default of column 0 must be one value or none"):
        tf.decode_csv(["1"], [[1, 2]])
    lines = run(tf.decode_csv(["7\tb\tc", "\t\t"], [0, ""], "\t", select_cols=[0, 2]))
    assert [c.tolist() for c in lines] == [[7, 0], [b"c", b""]]


def test_columns_of_plain_numbers_and_of_others_are_read_alike():
    plain = ["1,+.5", "-2,3.", "003,1e-5"]
    others = {'"4"," 6 "': (4, 6.0), "-2147483648,1e-400": (-(2**31), 0.0), "2147483647,0x1p3": (2**31 - 1, 8.0)}
    for line, (integer, real) in others.items():
        for lines in (plain, [*plain, line]):
            integers, reals = run(tf.decode_csv(lines, [[0], tf.constant([0.0], tf.float64)]))
            assert integers.tolist() == [1, -2, 3, integer][: len(lines)]
            assert reals.tolist() == [0.5, 3.0, 1e-5, real][: len(lines)]
    for line, text in [("1_0,1", "field 0 is not a valid int32"), ("1,1_0", "field 1"), ("2147483648,1", "field 0")]:
        with pytest.raises(InvalidArgumentError, match=f"record 1: {text}"):
            run(tf.decode_csv(["1,1", line], [[0], [0.5]]))
