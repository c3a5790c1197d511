"""What stands in for cases of `random_kinds` and `candidates`: draws have no reference but TensorFlow's own."""

import numpy as np

import kerasflow as tf
from tests.core.ops.harness import NOTHING, Case

_KINDS = "tests/core/ops/test_random_kinds.py::"
CASES = {
    "CropRoom": [
        Case(
            lambda x: tf.shape(tf.random_crop(x, [2, 3])),
            (np.zeros((2, 4)),),
            lambda x: np.array([2, 3], np.int32),
            differentiable=False,
        ),
        Case(lambda x: tf.random_crop(x, [2, 3]), (np.arange(6.0).reshape(2, 3),), lambda x: x, differentiable=False),
    ],
    "ComputeAccidentalHits": [
        Case(
            lambda t, s: list(tf.nn.compute_accidental_hits(t, s, 2)),
            (np.array([[1, 3], [2, 5]]), np.array([3, 5, 7, 2])),
            lambda t, s: [np.array([0, 1, 1], np.int32), np.array([0, 3, 1]), np.full(3, np.finfo(np.float32).min)],
            shape_from=NOTHING,
        ),
    ],
}
EXEMPT = {
    "Multinomial": _KINDS + "test_each_run_draws_what_tensorflow_draws",
    "RandomGammaGrad": _KINDS + "test_the_gradients_of_gamma_numbers",
    "RandomGamma": _KINDS + "test_each_run_draws_what_tensorflow_draws",
    "RandomPoissonV2": _KINDS + "test_each_run_draws_what_tensorflow_draws",
    "CandidateSampler": _KINDS + "test_each_run_draws_what_tensorflow_draws",
}
