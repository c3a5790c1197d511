"""What the tests of this folder have in common: a model of ONNX, checked in full and run by onnxruntime."""

import numpy as np
import onnx
import onnxruntime


def run(model, feeds, optimised=False):
    """The outputs of a model by name, for arrays by the names of its inputs; texts are `str`."""
    onnx.checker.check_model(model, full_check=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    if not optimised:  # as it is written
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    given = {i.name: as_fed(feeds[i.name]) for i in session.get_inputs()}
    return dict(zip([o.name for o in session.get_outputs()], session.run(None, given), strict=True))


def as_fed(array):
    """An array as onnxruntime takes it."""
    array = np.asarray(array)
    if array.dtype.kind not in "OSU":
        return array
    texts = [t.decode() if isinstance(t, bytes) else t for t in array.ravel().tolist()]
    return np.array(texts, object).reshape(array.shape)
