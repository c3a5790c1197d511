"""`tf.keras.preprocessing`: where Keras 2 had the helpers for sequences and texts."""

from kerasflow.keras.preprocessing import sequence, text

__all__ = ["sequence", "text"]
