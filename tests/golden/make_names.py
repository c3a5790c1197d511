"""Write names.json: the public names of TensorFlow's rooms, which docs/names.md says of whether they work here.

Run with TensorFlow 1.15.5 (Python 3.7, numpy 1.18.5, protobuf 3.20.3): ``python make_names.py``.
"""

import json
import os
import types

import tensorflow as tf

ROOMS = """tf tf.bitwise tf.data tf.debugging tf.dtypes tf.errors tf.estimator tf.estimator.experimental
    tf.estimator.export tf.estimator.inputs tf.feature_column tf.gfile tf.graph_util tf.image
    tf.initializers tf.io tf.layers tf.linalg tf.logging tf.lookup tf.losses tf.manip tf.math tf.metrics
    tf.nn tf.nn.rnn_cell tf.python_io tf.quantization tf.queue tf.random tf.resource_loader tf.saved_model
    tf.sets tf.signal tf.sparse tf.spectral tf.strings tf.summary tf.sysconfig tf.test tf.train tf.user_ops""".split()

if __name__ == "__main__":
    tf.logging.set_verbosity(tf.logging.FATAL)
    found = {}
    for room in ROOMS:
        home = tf
        for part in room.split(".")[1:]:
            home = getattr(home, part)
        public = [n for n in dir(home) if not n.startswith("_") and n not in ("compat", "contrib", "python", "core")]
        found[room] = sorted(n for n in public if not isinstance(getattr(home, n), types.ModuleType))
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "names.json"), "w") as file:
        json.dump(found, file, indent=0, sort_keys=True)
