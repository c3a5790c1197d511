"""Write streams.json: what TensorFlow's own losses and metrics give, for tests/losses/test_weighted.py and others.

Run with TensorFlow 1.15.5 (Python 3.7, numpy 1.18.5, protobuf 3.20.3): ``python make_streams.py``. `stream_programs`
has the programs, which run on both.
"""

import json
import os

import tensorflow as tf
from stream_programs import losses, metrics

if __name__ == "__main__":
    tf.logging.set_verbosity(tf.logging.ERROR)
    record = {"losses": losses(tf), "metrics": metrics(tf)}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "streams.json"), "w") as file:
        json.dump(record, file, indent=1)
