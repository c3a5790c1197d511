"""Rows a second through data pipelines: ``python benchmarks/input_pipelines.py``.

The same source runs on kerasflow and, in another process that takes turns with it, on TensorFlow (2.x through
`compat.v1`, or 1.x), if it is there: with this Python, or with the one that is named as an argument or by
KERASFLOW_PEER. Wall-clock time, the median of the rounds. The last two lines compare `fit` on a data set with `fit` on
the same arrays, in kerasflow alone.
"""

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

ROUNDS, LINES, RECORDS, EXAMPLES = 3, 40_000, 20_000, 200_000
FEATURES = [f"f{k}" for k in range(4)]
DEFAULTS = [[0.0]] * 5


def rows(tf, folder):
    """Slices, shuffled and in batches."""
    x = np.zeros((EXAMPLES, 8), np.float32)
    return tf.data.Dataset.from_tensor_slices((x, x[:, 0])).shuffle(10_000).batch(100), EXAMPLES


def lines_in_batches(tf, folder):
    """Lines of a CSV file, parsed a batch at a time."""
    lines = tf.data.TextLineDataset(os.path.join(folder, "table.csv"))
    return lines.batch(500).map(lambda batch: tf.decode_csv(batch, DEFAULTS)), LINES


def lines_one_by_one(tf, folder):
    """Lines of a CSV file, parsed one by one and then put in batches."""
    lines = tf.data.TextLineDataset(os.path.join(folder, "table.csv"))
    return lines.map(lambda line: tf.decode_csv(line, DEFAULTS)).batch(500), LINES


def csv_records(tf, folder):
    """The records of a CSV file."""
    return tf.data.experimental.CsvDataset(os.path.join(folder, "table.csv"), DEFAULTS).batch(500), LINES


def examples(tf, folder):
    """Messages of a TFRecord file, parsed a batch at a time."""
    spec = {name: tf.FixedLenFeature([], tf.float32) for name in FEATURES}
    records = tf.data.TFRecordDataset(os.path.join(folder, "table.tfrecord"))
    return records.batch(500).map(lambda batch: tf.parse_example(batch, spec)), RECORDS


PIPELINES = {
    "slices, shuffled, in batches of 100": rows,
    "decode_csv on batches of lines": lines_in_batches,
    "decode_csv on lines, then batches": lines_one_by_one,
    "CsvDataset": csv_records,
    "parse_example on batches of records": examples,
}


def write(tf, folder):
    """The files that are read."""
    numbers = np.random.default_rng(0).normal(size=(LINES, 5)).round(4)
    np.savetxt(os.path.join(folder, "table.csv"), numbers, fmt="%g", delimiter=",")
    with tf.python_io.TFRecordWriter(os.path.join(folder, "table.tfrecord")) as writer:
        for row in numbers[:RECORDS]:
            values = zip(FEATURES, row, strict=False)
            feature = {n: tf.train.Feature(float_list=tf.train.FloatList(value=[v])) for n, v in values}
            message = tf.train.Example(features=tf.train.Features(feature=feature))
            writer.write(message.SerializeToString())


def rate(tf, name, folder):
    """Rows a second of a pipeline."""
    with tf.Graph().as_default(), tf.Session() as session:
        dataset, count = PIPELINES[name](tf, folder)
        element = tf.data.make_one_shot_iterator(dataset).get_next()
        start = time.perf_counter()
        try:
            while True:
                session.run(element)
        except tf.errors.OutOfRangeError:
            return count / (time.perf_counter() - start)


def serve():
    """Answer the names of pipelines with their rates, as lines of JSON."""
    import tensorflow

    tf = getattr(tensorflow, "compat", tensorflow).v1
    tf.disable_v2_behavior()
    for line in sys.stdin:
        name, folder = json.loads(line)
        print(json.dumps(rate(tf, name, folder)), flush=True)


def peer(python):
    """A process that has TensorFlow; None if there is none."""
    if python == sys.executable and importlib.util.find_spec("tensorflow") is None:
        return None
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [python, os.path.abspath(__file__), "--serve"]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    )


def ask(process, *question):
    """The answer of the other process; NaN if it has none."""
    process.stdin.write(json.dumps(question) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    return json.loads(line) if line else float("nan")


def seconds_of_fit(tf, source, epochs):
    """How long an epoch of an 8-64-64-1 network takes on arrays or a data set, once it is compiled."""
    model = tf.keras.Sequential([*[tf.keras.layers.Dense(64, "relu") for _ in range(2)], tf.keras.layers.Dense(1)])
    model.compile("adam", "mse")
    options = {"batch_size": 100} if isinstance(source, tuple) else {"steps_per_epoch": EXAMPLES // 100}
    given = source if isinstance(source, tuple) else (source,)
    model.fit(*given, epochs=1, verbose=0, **options)
    start = time.perf_counter()
    model.fit(*given, epochs=epochs, verbose=0, **options)
    return (time.perf_counter() - start) / epochs


def main(python):
    """Print the table."""
    import kerasflow as tf

    other = peer(python)
    with tempfile.TemporaryDirectory() as folder:
        write(tf, folder)
        print(f"{'rows a second':40}{'kerasflow':>12}{'TensorFlow':>12}{'ratio':>8}")
        for name in PIPELINES:
            rounds = [
                (rate(tf, name, folder), ask(other, name, folder) if other else float("nan")) for _ in range(ROUNDS)
            ]
            ours, theirs = (statistics.median(column) for column in zip(*rounds, strict=True))
            print(f"{name:40}{ours:12,.0f}{theirs:12,.0f}{ours / theirs:8.2f}")
    x = np.random.default_rng(0).normal(size=(EXAMPLES, 8)).astype(np.float32)
    y = x.sum(axis=1)
    dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(10_000).batch(100).repeat()
    rounds = [(seconds_of_fit(tf, (x, y), 2), seconds_of_fit(tf, dataset, 2)) for _ in range(ROUNDS)]
    arrays, data = (EXAMPLES / statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"{'fit on arrays, shuffled':40}{arrays:12,.0f}")
    print(f"{'fit on a data set of their rows':40}{data:12,.0f}{'of arrays':>12}{data / arrays:8.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", nargs="?", default=os.environ.get("KERASFLOW_PEER", sys.executable))
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    serve() if arguments.serve else main(arguments.peer)
