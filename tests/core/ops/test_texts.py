"""Text in code points and random numbers of a seed alone; values and errors are those of TensorFlow 1.15.5."""

import numpy as np
import pytest

import kerasflow as tf

S = tf.strings
Refused = tf.errors.InvalidArgumentError


def run(t, feeds=None):
    return tf.Session().run(t, feeds)


class TestDecoding:
    def test_encodings(self):
        for encoding in ("UTF-8", "UTF-16-BE", "UTF-32-BE", "UTF-16-LE"):
            assert run(S.unicode_decode("hé€😀".encode(encoding), encoding)).tolist() == [104, 233, 8364, 128512]
        assert run(S.unicode_decode(b"\xe9", "ISO-8859-1")).tolist() == [233]
        assert run(S.unicode_decode("", "UTF-8")).tolist() == []

    @pytest.mark.parametrize(
        ("options", "points"),
        [
            ({}, [97, 65533, 98, 65533]),
            ({"errors": "ignore"}, [97, 98]),
            ({"replacement_char": 63}, [97, 63, 98, 63]),
        ],
    )
    def test_bytes_that_are_no_character(self, options, points):
        assert run(S.unicode_decode(b"a\xffb\xe2\x82", "UTF-8", **options)).tolist() == points

    def test_offsets_count_what_is_no_character(self):
        points, offsets = run(S.unicode_decode_with_offsets(b"a\xffb\xe2\x82\xac", "UTF-8"))
        assert points.tolist() == [97, 65533, 98, 8364] and offsets.tolist() == [0, 1, 2, 3]
        assert run(S.unicode_decode_with_offsets(b"\xff\xffb", "UTF-8", "ignore"))[1].tolist() == [2]

    def test_control_characters(self):
        assert run(S.unicode_decode(b"a\x01b", "UTF-8", replace_control_characters=True)).tolist() == [97, 65533, 98]
        assert run(S.unicode_decode(b"a\x01b", "UTF-8")).tolist() == [97, 1, 98]
        assert run(S.unicode_decode(b"a\x01b", "UTF-8", "ignore", 63, True)).tolist() == [97, 98]

    def test_characters(self):
        assert run(S.unicode_split(b"a\xffb\x01", "UTF-8")).tolist() == [b"a", "\ufffd".encode(), b"b", b"\x01"]
        parts, offsets = run(S.unicode_split_with_offsets("é€", "UTF-8"))
        assert parts.tolist() == ["é".encode(), "€".encode()] and offsets.tolist() == [0, 2]

    def test_what_is_refused(self):
        with pytest.raises(Refused, match="Invalid formatting on input string"):
            run(S.unicode_decode(b"a\xffb", "UTF-8", errors="strict"))
        with pytest.raises(ValueError, match="one string at a time"):
            S.unicode_decode(["ab", "c"], "UTF-8")
        with pytest.raises(ValueError, match="errors must be one of"):
            S.unicode_decode("a", "UTF-8", errors="x")
        with pytest.raises(ValueError, match="no encoding 'nope'"):
            S.unicode_decode("a", "nope")
        with pytest.raises(ValueError, match="replacement_char"):
            S.unicode_decode("a", "UTF-8", replacement_char=0xD800)
        with pytest.raises(ValueError, match="unicode_split takes"):
            S.unicode_split("a", "latin1")


class TestEncoding:
    def test_shapes_and_what_is_no_character(self):
        assert run(S.unicode_encode([104, 0x1F600], "UTF-8")) == "h😀".encode()
        assert S.unicode_encode([[[72, 105], [33, 33]]], "UTF-8").shape == [1, 2]
        assert run(S.unicode_encode([0xD800, 65, 0x110000, -1], "UTF-8")) == "\ufffdA\ufffd\ufffd".encode()
        assert run(S.unicode_encode([0xD800, 65], "UTF-8", replacement_char=66)) == b"BA"
        assert run(S.unicode_encode([0xD800, 65], "UTF-8", "ignore")) == b"A"
        with pytest.raises(Refused, match="55296 is no code point"):
            run(S.unicode_encode([0xD800, 65], "UTF-8", "strict"))

    def test_what_is_refused(self):
        with pytest.raises(ValueError, match="an axis at least"):
            S.unicode_encode(5, "UTF-8")
        with pytest.raises(TypeError, match="code points are int32, got float32"):
            S.unicode_encode([1.0], "UTF-8")
        with pytest.raises(ValueError, match="output encoding must be one of"):
            S.unicode_encode([1], "latin1")

    def test_other_encodings(self):
        change = S.unicode_transcode
        assert run(change([b"a\x01\xff"], "UTF-8", "UTF-8", replace_control_characters=True)) == [
            "a\ufffd\ufffd".encode()
        ]
        assert run(change([b"a\x01\xff"], "UTF-8", "UTF-8", "ignore", replace_control_characters=True)) == [b"a"]
        assert run(change(b"a\xff", "UTF-8", "UTF-8", replacement_char=63)) == b"a?"
        with pytest.raises(Refused, match="Invalid formatting"):
            run(change([b"a\xff"], "UTF-8", "UTF-8", errors="strict"))
        with pytest.raises(ValueError, match="output encoding"):
            change(["a"], "UTF-8", "latin1")
        with pytest.raises(ValueError, match="no encoding"):
            change(["a"], "nope", "UTF-8")


def test_bytes_and_segments():
    assert run(S.bytes_split("hé")).tolist() == [b"h", b"\xc3", b"\xa9"] and run(S.bytes_split("")).tolist() == []
    for ids in ([0, -1], [0, 3]):
        with pytest.raises(Refused, match=r"segment_ids must lie in \[0, 3\)"):
            run(S.unsorted_segment_join(["a", "b"], tf.placeholder_with_default(ids, [2]), 3))
    with pytest.raises(ValueError):
        S.unsorted_segment_join(["a", "b"], [0, 1, 2], 3)


class TestStateless:
    def test_scales_and_names(self):
        uniform = tf.random.stateless_uniform([5], [1, 2], minval=-1.0, maxval=3.0)
        plain = tf.random.stateless_uniform([5], [1, 2])
        assert (uniform.name, plain.name) == ("stateless_random_uniform:0", "stateless_random_uniform_1:0")
        np.testing.assert_allclose(run(uniform), run(plain) * 4 - 1, rtol=1e-6)
        normal, cut = (
            draw([2], tf.constant([3, -7], tf.int64), mean=1.0, stddev=2.0)
            for draw in (tf.random.stateless_normal, tf.random.stateless_truncated_normal)
        )
        assert normal.name == "stateless_random_normal:0" and cut.name == "stateless_truncated_normal:0"
        np.testing.assert_allclose(run(cut), [0.35179406, 2.1321106], rtol=1e-6)
        whole = tf.random.stateless_uniform([5], [1, 2], 5, 15, tf.int32)
        assert run(whole).tolist() == [5, 14, 9, 14, 12]

    def test_always_the_same_and_different_for_other_seeds(self):
        seed = tf.placeholder(tf.int32, [2])
        x = tf.random.stateless_normal([3], seed)
        with tf.Session() as sess:
            first = sess.run(x, {seed: [1, 2]})
            assert sess.run(x, {seed: [2, 1]}).tolist() != first.tolist() == sess.run(x, {seed: [1, 2]}).tolist()
        assert run(tf.random.stateless_normal([3], [1, 2])).tolist() == first.tolist()

    def test_classes(self):
        logits = tf.log([[0.1, 0.2, 0.7]])
        drawn = tf.random.stateless_multinomial(logits, 4, [1, 2], output_dtype=tf.int32)
        assert drawn.dtype is tf.int32 and run(drawn).tolist() == [[2, 2, 1, 2]]
        assert drawn.name == "stateless_multinomial/StatelessMultinomial:0"

    def test_what_is_refused(self):
        draw = tf.random.stateless_uniform
        with pytest.raises(ValueError, match=r"seed must be two integers, got the shape \(3,\)"):
            draw([5], [1, 2, 3])
        with pytest.raises(TypeError, match="float32"):
            draw([5], [1.0, 2.0])
        with pytest.raises(ValueError, match="Must specify maxval for integer dtype int32"):
            draw([5], [1, 2], dtype=tf.int32)
        with pytest.raises(ValueError, match="must be a matrix"):
            tf.random.stateless_categorical([1.0], 3, [1, 2])
        with pytest.raises(Refused, match="cannot draw -1 classes"):
            run(tf.random.stateless_categorical([[1.0]], tf.placeholder_with_default(-1, []), [1, 2]))
