"""What TensorFlow 1 programs take from `tf.contrib`: layers in the slim style, recurrent networks, tables."""

from kerasflow.contrib import feature_column, framework, layers, lookup, rnn, slim

__all__ = ["feature_column", "framework", "layers", "lookup", "rnn", "slim"]
