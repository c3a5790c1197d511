"""The version, in the lowest room, so that every room can name it."""

__version__ = "0.1.0"

VERSION = __version__
GRAPH_DEF_VERSION = 134  # of the graph definitions that are written: that of TensorFlow 1.15
GRAPH_DEF_VERSION_MIN_CONSUMER = 0
GRAPH_DEF_VERSION_MIN_PRODUCER = 0
