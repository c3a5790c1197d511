"""`tf.keras.backend`: what Keras programs ask of the machine below."""

from __future__ import annotations

from typing import Any

from kerasflow.core.graph import reset_default_graph
from kerasflow.core.weights import Weight

__all__ = ["clear_session", "epsilon", "floatx", "get_value", "set_value"]


def clear_session() -> None:
    """Start over with an empty default graph, and with names of layers at their first number.

    Models need no clearing: each is freed when nobody holds it.

    >>> tf.keras.backend.clear_session()
    >>> tf.keras.layers.Dense(1).name
    'dense'
    """
    reset_default_graph()


def epsilon() -> float:
    """The small number that keeps logarithms and quotients finite.

    >>> tf.keras.backend.epsilon()
    1e-07
    """
    return 1e-7


def floatx() -> str:
    """The type of weights, unless a layer says otherwise.

    >>> tf.keras.backend.floatx()
    'float32'
    """
    return "float32"


def get_value(x: Any) -> Any:
    """The value of a weight, or of a variable in the default session.

    >>> layer = tf.keras.layers.Dense(1, kernel_initializer="ones")
    >>> layer.build((None, 2))
    >>> tf.keras.backend.get_value(layer.kernel)
    array([[1.],
           [1.]], dtype=float32)
    """
    return x.numpy() if isinstance(x, Weight) else x.eval()


def set_value(x: Any, value: Any) -> None:
    """Set the value of a weight, or of a variable in the default session.

    >>> layer = tf.keras.layers.Dense(1, kernel_initializer="ones")
    >>> layer.build((None, 2))
    >>> tf.keras.backend.set_value(layer.bias, [3.0])
    >>> layer.get_weights()[1]
    array([3.], dtype=float32)
    """
    if isinstance(x, Weight):
        x.assign(value)
    else:
        x.load(value)
