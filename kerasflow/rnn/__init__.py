"""Recurrent networks of the graph API: cells, and what applies them to sequences."""

from kerasflow.rnn.looping import bidirectional_dynamic_rnn, dynamic_rnn
from kerasflow.rnn.raw import raw_rnn
from kerasflow.rnn.unrolling import static_bidirectional_rnn, static_rnn

__all__ = ["bidirectional_dynamic_rnn", "dynamic_rnn", "raw_rnn", "static_bidirectional_rnn", "static_rnn"]
