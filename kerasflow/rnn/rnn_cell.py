"""The cells of recurrent networks under the name that TensorFlow programs use: `tf.nn.rnn_cell`."""

from kerasflow.rnn.cells import BasicRNNCell, GRUCell, RNNCell
from kerasflow.rnn.lstm import BasicLSTMCell, LSTMCell, LSTMStateTuple
from kerasflow.rnn.wrappers import DeviceWrapper, DropoutWrapper, MultiRNNCell, ResidualWrapper

__all__ = [
    "BasicLSTMCell",
    "BasicRNNCell",
    "DeviceWrapper",
    "DropoutWrapper",
    "GRUCell",
    "LSTMCell",
    "LSTMStateTuple",
    "MultiRNNCell",
    "RNNCell",
    "ResidualWrapper",
]
