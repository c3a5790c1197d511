"""Write images.json: what TensorFlow's own functions on images give, for tests/image.

Run with TensorFlow 1.15.5 (Python 3.7, numpy 1.18.5, protobuf 3.20.3): ``python make_images.py``. `image_programs` has
the programs, which run on both.
"""

import json
import os

import tensorflow as tf
from image_programs import programs


def rounded(value):
    """Numbers with seven digits, which is what float32 has."""
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return float(f"{value:.7g}") if isinstance(value, float) else value


if __name__ == "__main__":
    tf.logging.set_verbosity(tf.logging.ERROR)
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "images.json"), "w") as file:
        json.dump(rounded(programs(tf)), file, separators=(",", ":"))
        file.write("\n")
