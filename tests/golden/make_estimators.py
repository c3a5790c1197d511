"""Write estimators.json: how TensorFlow's own canned estimators begin, learn and judge, for tests/estimator.

Run with TensorFlow 1.15.5 (Python 3.7, numpy 1.18.5, protobuf 3.20.3): ``python make_estimators.py``.
`estimator_programs` has the programs, which run on both.
"""

import json
import os
import tempfile

import tensorflow as tf
from estimator_programs import STEPS, columns, estimators, input_fns, judged, plain, signatures
from tensorflow.core.protobuf import saved_model_pb2


def summary_tags(folder):
    """The tags of the summaries of a training, without those of the queue that feeds it."""
    [name] = [n for n in os.listdir(folder) if "tfevents" in n]
    events = tf.train.summary_iterator(os.path.join(folder, name))
    return sorted({v.tag for e in events for v in e.summary.value if "queue" not in v.tag})


def record(name, labels, make):
    """What is to be known of one estimator."""
    folder = tempfile.mkdtemp()
    estimator = make(model_dir=folder, config=tf.estimator.RunConfig(tf_random_seed=5))
    training, judging = input_fns(tf, labels)
    estimator.train(training, steps=STEPS)
    first = tf.train.NewCheckpointReader(os.path.join(folder, "model.ckpt-0"))
    start = {key: plain(first.get_tensor(key)) for key in sorted(first.get_variable_to_shape_map())}
    spec = tf.feature_column.make_parse_example_spec(set(sum(columns(tf), [])))
    receiver_fn = tf.estimator.export.build_parsing_serving_input_receiver_fn(spec)
    exported = os.path.join(estimator.export_saved_model(folder, receiver_fn).decode(), "saved_model.pb")
    with open(exported, "rb") as file:
        meta = saved_model_pb2.SavedModel.FromString(file.read()).meta_graphs[0]
    return {
        "start": start,
        "trained": judged(estimator, judging),
        "signatures": signatures(tf, meta),
        "tags": summary_tags(folder),
    }


if __name__ == "__main__":
    tf.logging.set_verbosity(tf.logging.ERROR)
    found = {name: record(name, *rest) for name, rest in sorted(estimators(tf).items())}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "estimators.json"), "w") as file:
        json.dump(found, file, separators=(",", ":"), sort_keys=True)
