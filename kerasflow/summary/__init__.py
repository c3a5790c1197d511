"""`tf.summary`: what a program writes down of itself while it runs, for TensorBoard.

The messages (`Summary`, `Event`, ...) are classes of the package tensorboard, an extra: they are there when the first
one is named.
"""

from kerasflow.io.protos import message as _message
from kerasflow.summary import operations as _operations  # noqa: F401  # fills the registry
from kerasflow.summary.functions import (
    audio,
    get_summary_description,
    histogram,
    image,
    merge,
    merge_all,
    scalar,
    tensor_summary,
    text,
)
from kerasflow.summary.writer import FileWriter, FileWriterCache

_MESSAGES = ("Event", "SessionLog", "Summary", "SummaryDescription", "TaggedRunMetadata")

__all__ = [
    "FileWriter",
    "FileWriterCache",
    "audio",
    "get_summary_description",
    "histogram",
    "image",
    "merge",
    "merge_all",
    "scalar",
    "tensor_summary",
    "text",
]


def __getattr__(name: str) -> object:
    if name in _MESSAGES:
        return _message(name)
    raise AttributeError(f"module 'kerasflow.summary' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *_MESSAGES]
