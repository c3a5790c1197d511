"""Recurrent networks under the names of `tf.contrib.rnn`."""

from kerasflow.rnn import static_bidirectional_rnn, static_rnn
from kerasflow.rnn.cells import BasicRNNCell, GRUCell, RNNCell
from kerasflow.rnn.lstm import BasicLSTMCell, LSTMCell, LSTMStateTuple
from kerasflow.rnn.wrappers import (
    DeviceWrapper,
    DropoutWrapper,
    InputProjectionWrapper,
    MultiRNNCell,
    OutputProjectionWrapper,
    ResidualWrapper,
)

__all__ = [
    "BasicLSTMCell",
    "BasicRNNCell",
    "DeviceWrapper",
    "DropoutWrapper",
    "GRUCell",
    "InputProjectionWrapper",
    "LSTMCell",
    "LSTMStateTuple",
    "MultiRNNCell",
    "OutputProjectionWrapper",
    "RNNCell",
    "ResidualWrapper",
    "static_bidirectional_rnn",
    "static_rnn",
]
