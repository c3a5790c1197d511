"""The only rooms that touch files.

`files` writes them whole or not at all, `hdf5` keeps named arrays, `table` reads and writes CSV, `records` and `events`
are TensorFlow's. Nothing is imported here: `hdf5` needs h5py and `table` needs pandas, both slow to load, so a caller
imports these rooms where it needs them. The names of `tf.io` are found here too; they live in the rooms above.
"""

import importlib

_OPS, _FILES, _PARSING = "kerasflow.core.ops", "kerasflow.data.file_ops", "kerasflow.data.parsing"
_RECORDS = "kerasflow.data.record_files"
_NAMES = {
    "FixedLenFeature": _PARSING,
    "FixedLenSequenceFeature": _PARSING,
    "SparseFeature": _PARSING,
    "TFRecordCompressionType": _RECORDS,
    "TFRecordOptions": _RECORDS,
    "TFRecordWriter": _RECORDS,
    "VarLenFeature": _PARSING,
    "decode_base64": _OPS,
    "decode_compressed": _OPS,
    "decode_csv": _OPS,
    "decode_raw": _OPS,
    "encode_base64": _OPS,
    "gfile": "kerasflow",
    "matching_files": _FILES,
    "parse_example": _PARSING,
    "parse_single_example": _PARSING,
    "parse_single_sequence_example": _PARSING,
    "read_file": _FILES,
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
