"""The only rooms that touch files.

`files` writes them whole or not at all, `hdf5` keeps named arrays, `table` reads and writes CSV, `records` and `events`
are TensorFlow's. Nothing is imported here: `hdf5` needs h5py and `table` needs pandas, both slow to load, so a caller
imports these rooms where it needs them. The names of `tf.io` are found here too; they live in the rooms above.
"""

import importlib

_OPS, _FILES, _PARSING = "kerasflow.core.ops", "kerasflow.data.file_ops", "kerasflow.data.parsing"
_RECORDS, _TENSORS = "kerasflow.data.record_files", "kerasflow.data.tensor_strings"
_IMAGES, _INPUTS = "kerasflow.image", "kerasflow.train.input_producers"
_NAMES = {
    "FixedLenFeature": _PARSING,
    "FixedLenSequenceFeature": _PARSING,
    "PaddingFIFOQueue": _OPS,
    "PriorityQueue": _OPS,
    "QueueBase": _OPS,
    "RandomShuffleQueue": _OPS,
    "SparseFeature": _PARSING,
    "TFRecordCompressionType": _RECORDS,
    "TFRecordOptions": _RECORDS,
    "TFRecordWriter": _RECORDS,
    "VarLenFeature": _PARSING,
    "decode_and_crop_jpeg": _IMAGES,
    "decode_base64": _OPS,
    "decode_bmp": _IMAGES,
    "decode_compressed": _OPS,
    "decode_csv": _OPS,
    "decode_gif": _IMAGES,
    "decode_image": _IMAGES,
    "decode_jpeg": _IMAGES,
    "decode_png": _IMAGES,
    "decode_raw": _OPS,
    "encode_base64": _OPS,
    "encode_jpeg": _IMAGES,
    "extract_jpeg_shape": _IMAGES,
    "gfile": "kerasflow",
    "is_jpeg": _IMAGES,
    "match_filenames_once": _INPUTS,
    "matching_files": _FILES,
    "parse_example": _PARSING,
    "parse_single_example": _PARSING,
    "parse_single_sequence_example": _PARSING,
    "parse_tensor": _TENSORS,
    "read_file": _FILES,
    "serialize_tensor": _TENSORS,
    "tf_record_iterator": _RECORDS,
    "write_file": _FILES,
    "write_graph": "kerasflow.train.graph_files",
}


def __getattr__(name: str) -> object:
    if name in _NAMES:
        return getattr(importlib.import_module(_NAMES[name]), name)
    raise AttributeError(f"module 'kerasflow.io' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *_NAMES]
