"""`tf.keras.preprocessing.sequence`: sequences as the rows of one array."""

from kerasflow.keras.sequences import pad_sequences

__all__ = ["pad_sequences"]
