"""Convolutions, pooling and normalisation on small inputs, written once: TensorFlow runs them to make the golden file,
the tests run them.

`PROGRAMS` has one row each: the function in `tf.nn` or `tf`, the shapes of its tensors, its other arguments, the type.
`run` gives the results, the gradients by each tensor, and the second derivatives in one direction.
"""

import numpy as np

EXPLICIT = [[0, 0], [1, 2], [0, 3], [0, 0]]
INFERENCE = {"is_training": False, "epsilon": 0.01}

PROGRAMS = [
    # Every size, stride and padding that makes another number of zeros on either side.
    *[
        ("conv2d", [(1, height, 4, 2), (window, 2, 2, 2)], {"strides": stride, "padding": padding}, "float64")
        for height, window in ((5, 3), (6, 3), (5, 2), (6, 4))
        for stride in (1, 2, 3)
        for padding in ("SAME", "VALID")
    ],
    ("conv2d", [(2, 4, 5, 1), (1, 1, 1, 2)], {"strides": [1, 2, 3, 1], "padding": "SAME"}, "float64"),
    ("conv2d", [(1, 4, 3, 2), (2, 3, 2, 2)], {"strides": [2, 1], "padding": EXPLICIT}, "float64"),
    ("conv2d", [(1, 4, 4, 2), (3, 3, 2, 3)], {"strides": 1, "padding": "SAME"}, "float32"),
    ("conv1d", [(2, 7, 2), (3, 2, 2)], {"stride": 2, "padding": "SAME"}, "float64"),
    ("conv1d", [(2, 6, 2), (3, 2, 2)], {"stride": 1, "padding": "VALID"}, "float64"),
    ("conv3d", [(1, 3, 4, 3, 2), (2, 2, 3, 2, 1)], {"strides": [1, 1, 2, 1, 1], "padding": "SAME"}, "float64"),
    ("convolution", [(1, 6, 2), (2, 2, 1)], {"padding": "VALID", "strides": [2]}, "float64"),
    ("convolution", [(1, 4, 4, 2), (3, 2, 2, 1)], {"padding": "SAME"}, "float64"),
    ("convolution", [(1, 6, 5, 1), (2, 2, 1, 2)], {"padding": "SAME", "dilation_rate": [2, 2]}, "float64"),
    ("atrous_conv2d", [(1, 7, 6, 1), (2, 3, 1, 2)], {"rate": 2, "padding": "SAME"}, "float64"),
    ("atrous_conv2d", [(1, 7, 6, 1), (2, 2, 1, 2)], {"rate": 3, "padding": "VALID"}, "float64"),
    # Transposes: sizes that the strides divide, and those they do not.
    *[
        (
            "conv2d_transpose",
            [(1, 3, 2, 2), (3, 2, 1, 2)],
            {"output_shape": [1, *size, 1], "strides": stride, "padding": padding},
            "float64",
        )
        for size, stride, padding in (
            ((6, 4), 2, "SAME"),
            ((5, 3), 2, "SAME"),
            ((7, 4), 2, "VALID"),
            ((8, 5), 2, "VALID"),
            ((3, 2), 1, "SAME"),
        )
    ],
    ("conv1d_transpose", [(1, 3, 2), (3, 1, 2)], {"output_shape": [1, 6, 1], "strides": 2}, "float64"),
    (
        "conv3d_transpose",
        [(1, 2, 1, 2, 2), (2, 2, 2, 1, 2)],
        {"output_shape": [1, 4, 2, 3, 1], "strides": [1, 2, 2, 2, 1]},
        "float64",
    ),
    # Each channel on its own.
    ("depthwise_conv2d", [(1, 5, 4, 2), (3, 2, 2, 2)], {"strides": [1, 1, 1, 1], "padding": "SAME"}, "float64"),
    ("depthwise_conv2d", [(1, 5, 6, 2), (2, 2, 2, 1)], {"strides": [1, 2, 2, 1], "padding": "VALID"}, "float64"),
    (
        "depthwise_conv2d",
        [(1, 5, 6, 2), (2, 2, 2, 2)],
        {"strides": [1, 1, 1, 1], "padding": "SAME", "rate": [2, 2]},
        "float64",
    ),
    (
        "separable_conv2d",
        [(1, 4, 4, 2), (3, 3, 2, 2), (1, 1, 4, 2)],
        {"strides": [1, 1, 1, 1], "padding": "SAME"},
        "float64",
    ),
    # Pooling.
    *[
        (kind, [(1, height, 5, 2)], {"ksize": ksize, "strides": stride, "padding": padding}, "float64")
        for kind in ("max_pool", "avg_pool")
        for height, ksize, stride in ((4, 2, 2), (5, 2, 2), (5, 3, 2), (4, [1, 3, 2, 1], 1))
        for padding in ("SAME", "VALID")
    ],
    ("max_pool2d", [(1, 4, 4, 1)], {"ksize": 2, "strides": 2, "padding": "SAME"}, "float64"),
    ("max_pool1d", [(1, 5, 2)], {"ksize": 2, "strides": 2, "padding": "SAME"}, "float64"),
    ("avg_pool1d", [(1, 5, 2)], {"ksize": 3, "strides": 1, "padding": "SAME"}, "float64"),
    ("max_pool3d", [(1, 3, 4, 2, 1)], {"ksize": 2, "strides": 2, "padding": "SAME"}, "float32"),
    ("avg_pool3d", [(1, 3, 4, 2, 1)], {"ksize": 2, "strides": 2, "padding": "SAME"}, "float32"),
    ("pool", [(1, 5, 4, 1)], {"window_shape": [2, 3], "pooling_type": "MAX", "padding": "SAME"}, "float64"),
    ("pool", [(1, 5, 1)], {"window_shape": [2], "pooling_type": "AVG", "padding": "VALID", "strides": [2]}, "float64"),
    ("tied_max_pool", [(1, 4, 4, 2)], {"ksize": 3, "strides": 1, "padding": "SAME"}, "float64"),
    (
        "max_pool_with_argmax",
        [(2, 4, 5, 2)],
        {"ksize": [1, 2, 2, 1], "strides": [1, 2, 2, 1], "padding": "SAME"},
        "float32",
    ),
    # Pixels and channels moved.
    ("space_to_batch_nd", [(2, 4, 5, 2)], {"block_shape": [2, 3], "paddings": [[0, 0], [1, 0]]}, "float64"),
    ("batch_to_space_nd", [(6, 2, 2, 1)], {"block_shape": [2, 3], "crops": [[1, 0], [0, 2]]}, "float64"),
    ("space_to_depth", [(1, 4, 6, 2)], {"block_size": 2}, "float64"),
    ("depth_to_space", [(1, 2, 3, 8)], {"block_size": 2}, "float64"),
    *[
        (
            "extract_image_patches",
            [(1, 5, 4, 2)],
            {"ksizes": [1, 2, 3, 1], "strides": [1, 2, 1, 1], "rates": [1, *rates, 1], "padding": padding},
            "float64",
        )
        for rates, padding in (([1, 1], "SAME"), ([2, 1], "VALID"))
    ],
    # Normalisation.
    ("lrn", [(1, 2, 2, 6)], {"depth_radius": 2, "bias": 1.0, "alpha": 0.5, "beta": 0.75}, "float32"),
    ("lrn", [(1, 2, 1, 4)], {}, "float32"),
    ("fused_batch_norm", [(2, 2, 3, 3), (3,), (3,)], {"epsilon": 0.01}, "float32"),
    ("fused_batch_norm", [(2, 1, 2, 2), (2,), (2,)], {}, "float32"),
    ("fused_batch_norm", [(2, 2, 1, 3), (3,), (3,), (3,), (3,)], INFERENCE, "float32"),
    ("batch_normalization", [(2, 3, 2), (2,), (2,), (2,), (2,)], {"variance_epsilon": 0.01}, "float64"),
    ("weighted_moments", [(3, 4), (3, 1)], {"axes": [0]}, "float64"),
    ("weighted_moments", [(3, 4), (3, 4)], {"axes": [0, 1], "keep_dims": True}, "float64"),
]
# TensorFlow 1.15.5 has no second derivative of these, or takes part of it for zero.
FIRST_ONLY = {"lrn", "max_pool_with_argmax", "fused_batch_norm"}


def numbers(shape, k, dtype):
    """The values of the tensor number `k` of a program: between 0.3 and 1.7, no two the same."""
    count = int(np.prod(shape))
    return (1.0 + 0.7 * np.sin(1.7 * np.arange(count) + k)).reshape(shape).astype(dtype)


def run(tf, row):
    """The name of the first result, and the results, their gradients and the second derivatives.

    Each is a list of arrays, with None for a derivative that is zero everywhere or that the library does not know.
    """
    function, shapes, kwargs, dtype = row
    with tf.Graph().as_default():
        given = [numbers(shape, k, dtype) for k, shape in enumerate(shapes)]
        if function == "tied_max_pool":
            function, given = "max_pool", [np.round(given[0])]
        tensors = [tf.placeholder(x.dtype, x.shape) for x in given]
        feeds = {t: given[k] for k, t in enumerate(tensors)}
        if function == "weighted_moments":
            kwargs = {**kwargs, "frequency_weights": tensors[1]}
        results = (getattr(tf.nn, function, None) or getattr(tf, function))(
            *tensors[: 1 if "frequency_weights" in kwargs else None], **kwargs
        )
        results = list(results) if isinstance(results, (list, tuple)) else [results]
        if kwargs.get("is_training") is False:
            results = results[:1]  # TensorFlow leaves the moments unset
        weights = tf.constant(numbers(results[0].shape.as_list(), 10, dtype))
        first = tf.gradients(results[0], tensors, weights)
        second = []
        if function not in FIRST_ONLY:
            along = [tf.constant(numbers(x.shape, 20 + k, dtype)) for k, x in enumerate(given)]
            # by the weights too, in which the gradient is linear
            second = tf.gradients(first, [*tensors, weights], along)
        fetches = {"results": results, "first": first, "second": second}
        with tf.Session() as session:
            return results[0].name, {
                kind: [None if t is None else session.run(t, feeds) for t in tensors]
                for kind, tensors in fetches.items()
            }
