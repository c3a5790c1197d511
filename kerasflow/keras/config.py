"""`tf.keras.config`: the settings of Keras. There is one number type for weights and one layout of images."""

from __future__ import annotations

from kerasflow.keras.backend import epsilon, floatx, image_data_format

__all__ = ["epsilon", "floatx", "image_data_format", "set_floatx", "set_image_data_format"]


def set_floatx(value: str) -> None:
    """Choose the type of weights: "float32", which it is. A layer's own is its argument `dtype`.

    Raises:
        ValueError: another type.

    >>> tf.keras.config.set_floatx("float32")
    """
    if value != floatx():
        raise ValueError(f"The type of weights is {floatx()!r} unless a layer has a dtype of its own; got {value!r}.")


def set_image_data_format(data_format: str) -> None:
    """Choose the layout of images: "channels_last", which it is.

    Raises:
        ValueError: another layout.

    >>> tf.keras.config.set_image_data_format("channels_last")
    """
    if data_format != image_data_format():
        raise ValueError(f"Images are {image_data_format()!r}, as (rows, columns, channels); got {data_format!r}.")
