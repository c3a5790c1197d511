"""What TensorFlow 1 programs take from `tf.contrib`: layers in the slim style, and recurrent networks."""

from kerasflow.contrib import framework, layers, rnn, slim

__all__ = ["framework", "layers", "rnn", "slim"]
