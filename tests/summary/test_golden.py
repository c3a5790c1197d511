"""Summaries are TensorFlow 1.15.5's, byte for byte, save that pictures are compressed in another way."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest

import kerasflow as tf
from tests.golden import summary_programs
from tests.summary import png

GENUINE = json.loads((Path(summary_programs.__file__).parent / "summaries.json").read_text())
CLASSES = {"InvalidArgumentError": tf.errors.InvalidArgumentError, "TypeError": TypeError, "ValueError": ValueError}


def test_all_are_compared():
    assert set(GENUINE) == {*summary_programs.PROGRAMS, *summary_programs.FAILING}
    assert len(GENUINE) > 50


@pytest.mark.parametrize("key", [k for k in summary_programs.PROGRAMS if not k.startswith("image")])
def test_bytes_and_names(key):
    record, content = summary_programs.run(summary_programs.PROGRAMS[key], tf)
    expected = dict(GENUINE[key])
    assert str(tf.Summary.FromString(content)) == str(tf.Summary.FromString(base64.b64decode(expected["content"])))
    assert content == base64.b64decode(expected.pop("content"))
    assert record == expected


@pytest.mark.parametrize("key", [k for k in summary_programs.PROGRAMS if k.startswith("image")])
def test_pictures(key):
    record, content = summary_programs.run(summary_programs.PROGRAMS[key], tf)
    expected = dict(GENUINE[key])
    ours = tf.Summary.FromString(content)
    theirs = tf.Summary.FromString(base64.b64decode(expected.pop("content")))
    assert record == expected
    for one, other in zip(ours.value, theirs.value, strict=True):
        pixels = png.read(one.image.encoded_image_string)
        np.testing.assert_array_equal(pixels, png.read(other.image.encoded_image_string))
        assert pixels.shape == (one.image.height, one.image.width, one.image.colorspace)
        one.image.encoded_image_string = other.image.encoded_image_string = b""
    assert ours == theirs


@pytest.mark.parametrize("key", summary_programs.FAILING)
def test_errors(key):
    name, text = GENUINE[key]["error"]
    with pytest.raises(CLASSES[name]) as caught:
        summary_programs.run(summary_programs.FAILING[key], tf)
    if name == "InvalidArgumentError":
        assert text.replace(" ", "") in str(caught.value).replace(" ", "")
