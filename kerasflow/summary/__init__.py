"""`tf.summary`: what a program writes down of itself while it runs, for TensorBoard.

The messages (`Summary`, `Event`, ...) are classes of the package tensorboard, an extra: they are there when the first
one is named.
"""

from kerasflow.core.doors import door as _door
from kerasflow.io.protos import message as _message

_MESSAGES = ("Event", "SessionLog", "Summary", "SummaryDescription", "TaggedRunMetadata")

__all__, _look, _listed = _door(
    __name__,
    {
        "functions": (
            "audio",
            "get_summary_description",
            "histogram",
            "image",
            "merge",
            "merge_all",
            "scalar",
            "tensor_summary",
            "text",
        ),
        "writer": ("FileWriter", "FileWriterCache"),
    },
)


def __getattr__(name: str) -> object:
    return _message(name) if name in _MESSAGES else _look(name)


def __dir__() -> list[str]:
    return [*_listed(), *_MESSAGES]
