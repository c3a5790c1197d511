"""Programs ask how operations run, and switch ways on and off: here always graphs, in the manner of TensorFlow 1."""

from __future__ import annotations

__all__ = [
    "control_flow_v2_enabled",
    "disable_control_flow_v2",
    "disable_eager_execution",
    "disable_resource_variables",
    "disable_tensor_equality",
    "disable_v2_behavior",
    "disable_v2_tensorshape",
    "enable_resource_variables",
    "executing_eagerly",
    "resource_variables_enabled",
]


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


def enable_resource_variables() -> None:
    """Let reads and changes of variables keep the order of the program, which they do in any case.

    >>> tf.enable_resource_variables()
    """


def disable_resource_variables() -> None:
    """Let variables be as they are: there is one kind of them.

    >>> tf.disable_resource_variables()
    """


def resource_variables_enabled() -> bool:
    """Whether variables are made as resources by default: no, their operations are called as those of references.

    >>> tf.resource_variables_enabled()
    False
    """
    return False


def control_flow_v2_enabled() -> bool:
    """Whether loops and branches are functions of TensorFlow 2: no.

    >>> tf.control_flow_v2_enabled()
    False
    """
    return False


def disable_control_flow_v2() -> None:
    """Let loops and branches be as they are.

    >>> tf.disable_control_flow_v2()
    """


def disable_tensor_equality() -> None:
    """Let ``==`` of tensors mean that they are the same object, which it does in any case.

    >>> tf.disable_tensor_equality()
    >>> tf.constant(1.0) == tf.constant(1.0)
    False
    """


def disable_v2_tensorshape() -> None:
    """Let the sizes in a `TensorShape` be `Dimension` objects, which they are in any case.

    >>> tf.disable_v2_tensorshape()
    """
