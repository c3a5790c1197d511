"""Layers, initializers and regularizers under the names of `tf.contrib.layers`."""

import functools

from kerasflow.contrib.column_sums import (
    check_feature_columns,
    create_feature_spec_for_parsing,
    input_from_feature_columns,
    make_place_holder_tensors_for_base_features,
    parse_feature_columns_from_examples,
    weighted_sum_from_feature_columns,
)
from kerasflow.contrib.combining import (
    dense_to_sparse,
    dropout,
    embed_sequence,
    flatten,
    fully_connected,
    linear,
    one_hot_encoding,
    repeat,
    softmax,
    stack,
)
from kerasflow.contrib.crossed_columns import crossed_column
from kerasflow.contrib.embedded_columns import embedding_column, one_hot_column, shared_embedding_columns
from kerasflow.contrib.normalising import batch_norm, layer_norm
from kerasflow.contrib.optimizing import OPTIMIZER_CLS_NAMES, OPTIMIZER_SUMMARIES, optimize_loss
from kerasflow.contrib.real_columns import bucketized_column, infer_real_valued_columns, real_valued_column
from kerasflow.contrib.sparse_columns import (
    sparse_column_with_hash_bucket,
    sparse_column_with_integerized_feature,
    sparse_column_with_keys,
    sparse_column_with_vocabulary_file,
    weighted_sparse_column,
)
from kerasflow.contrib.starting import (
    apply_regularization,
    l1_l2_regularizer,
    l1_regularizer,
    l2_regularizer,
    sum_regularizer,
    variance_scaling_initializer,
    xavier_initializer,
    xavier_initializer_conv2d,
)
from kerasflow.contrib.windows import (
    avg_pool2d,
    conv1d,
    conv2d,
    conv2d_transpose,
    conv3d,
    convolution1d,
    convolution2d,
    convolution2d_transpose,
    convolution3d,
    max_pool2d,
    separable_conv2d,
    separable_convolution2d,
)
from kerasflow.core.ops import relu as _relu
from kerasflow.core.ops import relu6 as _relu6

__all__ = [
    "OPTIMIZER_CLS_NAMES",
    "OPTIMIZER_SUMMARIES",
    "apply_regularization",
    "avg_pool2d",
    "batch_norm",
    "bucketized_column",
    "check_feature_columns",
    "conv1d",
    "conv2d",
    "conv2d_transpose",
    "conv3d",
    "convolution1d",
    "convolution2d",
    "convolution2d_transpose",
    "convolution3d",
    "create_feature_spec_for_parsing",
    "crossed_column",
    "dense_to_sparse",
    "dropout",
    "embed_sequence",
    "embedding_column",
    "flatten",
    "fully_connected",
    "infer_real_valued_columns",
    "input_from_feature_columns",
    "l1_l2_regularizer",
    "l1_regularizer",
    "l2_regularizer",
    "layer_norm",
    "linear",
    "make_place_holder_tensors_for_base_features",
    "max_pool2d",
    "one_hot_column",
    "one_hot_encoding",
    "optimize_loss",
    "parse_feature_columns_from_examples",
    "real_valued_column",
    "relu",
    "relu6",
    "repeat",
    "separable_conv2d",
    "separable_convolution2d",
    "shared_embedding_columns",
    "softmax",
    "sparse_column_with_hash_bucket",
    "sparse_column_with_integerized_feature",
    "sparse_column_with_keys",
    "sparse_column_with_vocabulary_file",
    "stack",
    "sum_regularizer",
    "variance_scaling_initializer",
    "weighted_sparse_column",
    "weighted_sum_from_feature_columns",
    "xavier_initializer",
    "xavier_initializer_conv2d",
]

relu = functools.partial(fully_connected, activation_fn=_relu)
relu6 = functools.partial(fully_connected, activation_fn=_relu6)
