"""`tf.keras.preprocessing`: where Keras 2 had the helpers of `tf.keras.utils`."""

from kerasflow.keras.preprocessing import sequence

__all__ = ["sequence"]
