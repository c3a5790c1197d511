"""What stands in for cases of the operations on images, which are held to TensorFlow's values."""

import kerasflow.image.decoding
import kerasflow.image.measures
import kerasflow.image.resizing  # noqa: F401  # rooms that are imported when they are named

_DECODING, _VALUES = "tests/image/test_decoding.py::", "tests/image/test_values.py::"
CASES = {}
EXEMPT = {
    "DecodeImage": _DECODING + "test_png_both_ways",
    "EncodePng": _DECODING + "test_png_both_ways",
    "EncodeJpeg": _DECODING + "test_jpeg",
    "ExtractJpegShape": _DECODING + "test_jpeg",
    "IsJpeg": _DECODING + "test_jpeg",
    "ResizeWeights": _VALUES + "test_values",
    "NearestPixels": _VALUES + "test_values",
    "NonMaxSuppressionV3": _VALUES + "test_values",
}
