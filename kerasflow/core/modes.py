"""Programs ask how operations run: here always in graphs, in the manner of TensorFlow 1."""

from __future__ import annotations

__all__ = ["disable_eager_execution", "disable_v2_behavior", "executing_eagerly"]


def executing_eagerly() -> bool:
    """Whether operations run as they are made: no, they make a graph.

    >>> tf.executing_eagerly()
    False
    """
    return False


def disable_eager_execution() -> None:
    """Let operations make graphs, which they do in any case.

    >>> tf.disable_eager_execution()
    """


def disable_v2_behavior() -> None:
    """Behave in the manner of TensorFlow 1, which is so in any case.

    >>> tf.disable_v2_behavior()
    """
