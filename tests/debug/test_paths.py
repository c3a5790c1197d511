"""Names that programs import from inside TensorFlow."""

import kerasflow as tf
from kerasflow.python.client import device_lib, timeline
from kerasflow.python.framework import dtypes, errors, graph_util
from kerasflow.python.platform import flags, gfile


def test_they_are_those_of_the_front_door():
    assert graph_util.convert_variables_to_constants is tf.graph_util.convert_variables_to_constants
    assert gfile.FastGFile is tf.gfile.FastGFile and flags.FLAGS is tf.flags.FLAGS
    assert dtypes.float32 is tf.float32 and errors.NotFoundError is tf.errors.NotFoundError
    assert timeline.Timeline and [d.device_type for d in device_lib.list_local_devices()] == ["CPU"]
