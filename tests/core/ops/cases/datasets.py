"""Iterators of data sets: what they give is decided by data sets, which have tests of their own."""

import kerasflow.data.file_ops
import kerasflow.data.parsing  # noqa: F401  # a room that is imported when it is named: its operations too

CASES = {}
EXEMPT = {
    "IteratorGetNext": "tests/data/test_iterators.py::test_each_run_takes_one_element",
    "IteratorGetNextFromHandle": "tests/data/test_iterators.py::test_a_handle_chooses",
    "IteratorPosition": "tests/data/test_positions.py::test_it_goes_on_with_the_next_element",
    "IteratorToStringHandle": "tests/data/test_iterators.py::test_a_handle_chooses",
    "MakeIterator": "tests/data/test_iterators.py::test_an_initializer_starts_over",
    "MatchingFiles": "tests/data/test_file_ops.py::test_files_that_match",
    "ParseExample": "tests/data/test_parsing.py::test_a_batch",
    "ParseSingleExample": "tests/data/test_parsing.py::test_one_message",
    "ParseSingleSequenceExample": "tests/data/test_parsing.py::test_a_sequence",
    "ReadFile": "tests/data/test_file_ops.py::test_files_are_written_whole_and_read",
    "ReduceDataset": "tests/data/test_iterators.py::test_reduce",
    "WriteFile": "tests/data/test_file_ops.py::test_files_are_written_whole_and_read",
}
