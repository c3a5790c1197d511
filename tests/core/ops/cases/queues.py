"""What stands in for cases of `queue_ops` and of readers, which keep state."""

import kerasflow.data.readers
import kerasflow.data.tensor_strings  # noqa: F401  # rooms that are imported when they are named

_QUEUES, _READERS = "tests/core/ops/test_queues.py::", "tests/data/test_readers.py::"
CASES = {}
EXEMPT = {
    "FIFOQueueV2": _QUEUES + "test_first_in_first_out",
    "QueueEnqueueV2": _QUEUES + "test_first_in_first_out",
    "QueueEnqueueManyV2": _QUEUES + "test_first_in_first_out",
    "QueueDequeueV2": _QUEUES + "test_first_in_first_out",
    "QueueDequeueManyV2": _QUEUES + "test_several_at_a_time",
    "QueueDequeueUpToV2": _QUEUES + "test_several_at_a_time",
    "QueueCloseV2": _QUEUES + "test_a_closed_queue",
    "QueueIsClosedV2": _QUEUES + "test_a_closed_queue",
    "QueueSizeV2": _QUEUES + "test_first_in_first_out",
    "SerializeTensor": "tests/data/test_tensor_strings.py::test_both_ways",
    "ParseTensor": "tests/data/test_tensor_strings.py::test_both_ways",
    "ReaderReadV2": _READERS + "test_lines",
    "ReaderReadUpToV2": _READERS + "test_several_records_at_a_time",
    "ReaderNumRecordsProducedV2": _READERS + "test_several_records_at_a_time",
    "ReaderNumWorkUnitsCompletedV2": _READERS + "test_several_records_at_a_time",
    "ReaderResetV2": _READERS + "test_several_records_at_a_time",
}
