"""Write columns.json: what TensorFlow's own feature columns give, for tests/feature_column.

Run with TensorFlow 1.15.5 (Python 3.7, numpy 1.18.5, protobuf 3.20.3): ``python make_columns.py``. `column_programs`
has the programs, which run on both.
"""

import json
import os

import tensorflow as tf
from column_programs import alone, described, mistakes, old, sequences, together, trained

if __name__ == "__main__":
    tf.logging.set_verbosity(tf.logging.ERROR)
    record = {"alone": alone(tf), "together": together(tf), "described": described(tf)}
    record.update(mistakes=mistakes(tf), sequences=sequences(tf), old=old(tf), trained=trained(tf))
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "columns.json"), "w") as file:
        json.dump(record, file, indent=1)
