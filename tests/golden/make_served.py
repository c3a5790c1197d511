"""Write served.json: a wide and deep model that TensorFlow exported, and what it answers, for tests/estimator.

Run with TensorFlow 1.15.5 (Python 3.7, numpy 1.18.5, protobuf 3.20.3): ``python make_served.py``.
"""

import base64
import json
import os
import tempfile
import zlib

import tensorflow as tf
from estimator_programs import columns, estimators, input_fns, plain

if __name__ == "__main__":
    tf.logging.set_verbosity(tf.logging.ERROR)
    folder = tempfile.mkdtemp()
    labels, make = estimators(tf)["both three"]
    training, judging = input_fns(tf, labels)
    estimator = make(model_dir=folder, config=tf.estimator.RunConfig(tf_random_seed=5))
    estimator.train(training, steps=20)
    spec = tf.feature_column.make_parse_example_spec(set(sum(columns(tf), [])))
    receiver_fn = tf.estimator.export.build_parsing_serving_input_receiver_fn(spec)
    exported = estimator.export_saved_model(folder, receiver_fn).decode()
    files = {}
    for root, _, names in os.walk(exported):
        for name in names:
            with open(os.path.join(root, name), "rb") as file:
                packed = base64.b64encode(zlib.compress(file.read(), 9)).decode()
            files[os.path.relpath(os.path.join(root, name), exported)] = packed
    answers = [{key: plain(value) for key, value in row.items()} for row in estimator.predict(judging)][:5]
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "served.json"), "w") as file:
        json.dump({"files": files, "answers": answers}, file, sort_keys=True)
