"""The operations of summaries give messages: they are held to TensorFlow's bytes elsewhere."""

import kerasflow.summary.operations  # noqa: F401  # a room that is imported when it is named

CASES = {}
EXEMPT = {
    **dict.fromkeys(
        ("AudioSummaryV2", "HistogramSummary", "MergeSummary", "ScalarSummary", "TensorSummaryV2"),
        "tests/summary/test_golden.py::test_bytes_and_names",
    ),
    "ImageSummary": "tests/summary/test_golden.py::test_pictures",
}
