"""The operations, one family a file. Importing this package fills the registry."""

from kerasflow.core.ops.activation import (
    crelu,
    elu,
    gelu,
    leaky_relu,
    relu,
    relu6,
    selu,
    sigmoid,
    softplus,
    softsign,
    swish,
)
from kerasflow.core.ops.arithmetic import (
    abs,
    accumulate_n,
    add,
    add_n,
    multiply,
    negative,
    sign,
    squared_difference,
    subtract,
)
from kerasflow.core.ops.assertions import (
    assert_equal,
    assert_greater,
    assert_greater_equal,
    assert_integer,
    assert_less,
    assert_less_equal,
    assert_near,
    assert_negative,
    assert_non_negative,
    assert_non_positive,
    assert_none_equal,
    assert_positive,
    assert_rank,
    assert_rank_at_least,
    assert_rank_in,
    assert_same_float_dtype,
    assert_scalar,
    assert_type,
)
from kerasflow.core.ops.bits import bitcast, fingerprint, guarantee_const, timestamp
from kerasflow.core.ops.bitwise import bitwise_and, bitwise_or, bitwise_xor, invert, left_shift, right_shift
from kerasflow.core.ops.blocks import (
    batch_to_space,
    batch_to_space_nd,
    depth_to_space,
    space_to_batch,
    space_to_batch_nd,
    space_to_depth,
)
from kerasflow.core.ops.broadcast import broadcast_to, ones_like, zeros_like
from kerasflow.core.ops.bucketing import bucketize
from kerasflow.core.ops.candidates import (
    compute_accidental_hits,
    log_uniform_candidate_sampler,
    uniform_candidate_sampler,
)
from kerasflow.core.ops.cast import (
    cast,
    saturate_cast,
    to_bfloat16,
    to_complex64,
    to_complex128,
    to_double,
    to_float,
    to_int32,
    to_int64,
)
from kerasflow.core.ops.categories import checked_categories, without_missing
from kerasflow.core.ops.comparison import (
    equal,
    greater,
    greater_equal,
    is_finite,
    is_inf,
    is_nan,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    not_equal,
)
from kerasflow.core.ops.complex_numbers import angle, complex, conj, imag, real
from kerasflow.core.ops.compositions import (
    argsort,
    batch_gather,
    log_sigmoid,
    reduce_euclidean_norm,
    reduce_std,
    reduce_variance,
    sort,
    tensor_scatter_add,
    tensor_scatter_sub,
    tensor_scatter_update,
    unravel_index,
)
from kerasflow.core.ops.cond import case, cond, switch_case
from kerasflow.core.ops.constant import constant, convert_to_tensor, placeholder, placeholder_with_default
from kerasflow.core.ops.control import identity, no_op, stop_gradient, tuple
from kerasflow.core.ops.conv_ranks import conv1d, conv1d_transpose, conv_transpose, convolution
from kerasflow.core.ops.convolving import (
    atrous_conv2d,
    atrous_conv2d_transpose,
    conv2d,
    conv2d_backprop_filter,
    conv2d_backprop_input,
    conv2d_transpose,
    conv3d,
    conv3d_backprop_filter,
    conv3d_backprop_filter_v2,
    conv3d_transpose,
)
from kerasflow.core.ops.counting import (
    bincount,
    confusion_matrix,
    histogram_fixed_width,
    histogram_fixed_width_bins,
    searchsorted,
)
from kerasflow.core.ops.cross_entropy import (
    sigmoid_cross_entropy_with_logits,
    softmax_cross_entropy_with_logits,
    softmax_cross_entropy_with_logits_v2,
    sparse_softmax_cross_entropy_with_logits,
    weighted_cross_entropy_with_logits,
)
from kerasflow.core.ops.crossing import sparse_cross, sparse_cross_hashed
from kerasflow.core.ops.csv_records import decode_csv
from kerasflow.core.ops.cumulative import cumprod, cumsum, reduce_prod
from kerasflow.core.ops.custom_gradients import custom_gradient, grad_pass_through, identity_n, recompute_grad
from kerasflow.core.ops.debugging import (
    Assert,
    Print,
    add_check_numerics_ops,
    check_numerics,
    numpy_function,
    py_func,
    verify_tensor_all_finite,
)
from kerasflow.core.ops.decomposition import Qr, qr
from kerasflow.core.ops.depthwise import (
    depthwise_conv2d,
    depthwise_conv2d_backprop_filter,
    depthwise_conv2d_backprop_input,
    depthwise_conv2d_native,
    depthwise_conv2d_native_backprop_filter,
    depthwise_conv2d_native_backprop_input,
    separable_conv2d,
)
from kerasflow.core.ops.diagonals import diag, diag_part, matrix_band_part, matrix_diag, matrix_diag_part, trace
from kerasflow.core.ops.distances import edit_distance, hessians
from kerasflow.core.ops.division import (
    div,
    divide,
    floordiv,
    floormod,
    mod,
    realdiv,
    reciprocal,
    truediv,
    truncatediv,
    truncatemod,
)
from kerasflow.core.ops.einsum_op import einsum
from kerasflow.core.ops.embeddings import embedding_lookup, embedding_lookup_sparse
from kerasflow.core.ops.exponential import exp, expm1, log, log1p
from kerasflow.core.ops.extending import meshgrid, pad, tile
from kerasflow.core.ops.extrema import clip_by_value, maximum, minimum
from kerasflow.core.ops.fake_quant import (
    fake_quant_with_min_max_args,
    fake_quant_with_min_max_args_gradient,
    fake_quant_with_min_max_vars,
    fake_quant_with_min_max_vars_gradient,
    fake_quant_with_min_max_vars_per_channel,
    fake_quant_with_min_max_vars_per_channel_gradient,
)
from kerasflow.core.ops.filling import eye, fill, lin_space, linspace, ones, range, zeros
from kerasflow.core.ops.formatting import print, string_format
from kerasflow.core.ops.fourier import (
    dct,
    fft,
    fft2d,
    fft3d,
    fftshift,
    idct,
    ifft,
    ifft2d,
    ifft3d,
    ifftshift,
    irfft,
    irfft2d,
    irfft3d,
    rfft,
    rfft2d,
    rfft3d,
)
from kerasflow.core.ops.framing import frame, hamming_window, hann_window, stft
from kerasflow.core.ops.gathering import gather, gather_nd, scatter_nd
from kerasflow.core.ops.hyperbolic import acosh, asinh, atanh, cosh, sinh, tanh
from kerasflow.core.ops.initialised import report_uninitialized_variables
from kerasflow.core.ops.joining import concat, split, stack, unstack
from kerasflow.core.ops.least_squares import (
    adjoint,
    cholesky_solve,
    logdet,
    matrix_set_diag,
    matrix_solve_ls,
    matvec,
    slogdet,
)
from kerasflow.core.ops.linalg import matmul, tensordot
from kerasflow.core.ops.local_response import local_response_normalization, lrn
from kerasflow.core.ops.loop_gradient import loop_gradient
from kerasflow.core.ops.loops import while_loop
from kerasflow.core.ops.mapping import foldl, foldr, map_fn, scan
from kerasflow.core.ops.masks import invert_permutation, sequence_mask
from kerasflow.core.ops.moment_sums import normalize_moments, sufficient_statistics, weighted_moments
from kerasflow.core.ops.nn_misc import (
    bias_add,
    dropout,
    l2_loss,
    l2_normalize,
    moments,
    relu_layer,
    xw_plus_b,
    zero_fraction,
)
from kerasflow.core.ops.nn_more import (
    avg_pool_v2,
    compute_average_loss,
    max_pool_v2,
    quantize_and_dequantize,
    scale_regularization_loss,
)
from kerasflow.core.ops.no_nan import div_no_nan, multiply_no_nan, reciprocal_no_nan, scalar_mul, xdivy, xlogy
from kerasflow.core.ops.normalising import batch_norm_with_global_normalization, batch_normalization, fused_batch_norm
from kerasflow.core.ops.old_names import (
    all_variables,
    arg_max,
    arg_min,
    batch_cholesky,
    batch_matmul,
    batch_matrix_band_part,
    batch_matrix_determinant,
    batch_matrix_diag,
    batch_matrix_inverse,
    batch_matrix_solve,
    batch_matrix_transpose,
    complex_abs,
    floor_div,
    initialize_all_variables,
    initialize_local_variables,
    initialize_variables,
    inv,
    mul,
    neg,
    pack,
    select,
    sub,
    unpack,
)
from kerasflow.core.ops.partition import dynamic_partition, dynamic_stitch, reverse_sequence, roll
from kerasflow.core.ops.patches import extract_image_patches, extract_volume_patches
from kerasflow.core.ops.pools import (
    avg_pool,
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    max_pool,
    max_pool1d,
    max_pool2d,
    max_pool3d,
    max_pool_with_argmax,
    pool,
)
from kerasflow.core.ops.power import pow, rsqrt, sqrt, square
from kerasflow.core.ops.properties import ensure_shape, is_non_decreasing, is_numeric_tensor, is_strictly_increasing
from kerasflow.core.ops.pseudo_inverse import matrix_rank, normalize, pinv, sparse_mask
from kerasflow.core.ops.quantizing import dequantize, quantize, quantize_v2
from kerasflow.core.ops.queues import FIFOQueue, PaddingFIFOQueue, PriorityQueue, QueueBase, RandomShuffleQueue
from kerasflow.core.ops.random_kinds import multinomial, random_crop, random_gamma, random_poisson
from kerasflow.core.ops.random_ops import get_seed, random_normal, random_shuffle, random_uniform, truncated_normal
from kerasflow.core.ops.reduction import count_nonzero, reduce_all, reduce_any, reduce_mean, reduce_sum
from kerasflow.core.ops.reduction_extrema import argmax, argmin, reduce_logsumexp, reduce_max, reduce_min
from kerasflow.core.ops.repeating import (
    batch_scatter_update,
    broadcast_dynamic_shape,
    parallel_stack,
    repeat,
    required_space_to_batch_paddings,
    tensor_scatter_nd_add,
    tensor_scatter_nd_sub,
    tensor_scatter_nd_update,
)
from kerasflow.core.ops.reshaping import expand_dims, matrix_transpose, reshape, squeeze, transpose
from kerasflow.core.ops.rounding import ceil, floor, rint, round
from kerasflow.core.ops.safe_embeddings import safe_embedding_lookup_sparse
from kerasflow.core.ops.sampled_losses import log_poisson_loss, nce_loss, sampled_softmax_loss
from kerasflow.core.ops.scattering import (
    scatter_add,
    scatter_div,
    scatter_max,
    scatter_min,
    scatter_mul,
    scatter_nd_add,
    scatter_nd_sub,
    scatter_nd_update,
    scatter_sub,
    scatter_update,
)
from kerasflow.core.ops.segments import (
    unsorted_segment_max,
    unsorted_segment_mean,
    unsorted_segment_min,
    unsorted_segment_prod,
    unsorted_segment_sqrt_n,
    unsorted_segment_sum,
)
from kerasflow.core.ops.selecting import boolean_mask, one_hot, where, where_v2
from kerasflow.core.ops.session_values import delete_session_tensor, get_session_handle, get_session_tensor
from kerasflow.core.ops.set_operations import set_difference, set_intersection, set_size, set_union
from kerasflow.core.ops.shape_assertions import assert_shapes
from kerasflow.core.ops.shape_of import rank, shape, shape_n, size
from kerasflow.core.ops.slicing import reverse, reverse_v2, slice, strided_slice
from kerasflow.core.ops.softmax import log_softmax, softmax
from kerasflow.core.ops.solving import (
    cholesky,
    matrix_determinant,
    matrix_inverse,
    matrix_solve,
    matrix_triangular_solve,
)
from kerasflow.core.ops.sorted_segments import (
    segment_max,
    segment_mean,
    segment_min,
    segment_prod,
    segment_sum,
    sparse_segment_mean,
    sparse_segment_sqrt_n,
    sparse_segment_sum,
)
from kerasflow.core.ops.sparse_changing import (
    sparse_expand_dims,
    sparse_reorder,
    sparse_reset_shape,
    sparse_reshape,
    sparse_retain,
    sparse_slice,
    sparse_transpose,
)
from kerasflow.core.ops.sparse_joining import sparse_concat, sparse_fill_empty_rows, sparse_split
from kerasflow.core.ops.sparse_making import (
    convert_to_tensor_or_sparse_tensor,
    from_dense,
    sparse_eye,
    sparse_placeholder,
    sparse_tensor_to_dense,
    sparse_to_dense,
)
from kerasflow.core.ops.sparse_products import (
    sparse_add,
    sparse_matmul,
    sparse_maximum,
    sparse_minimum,
    sparse_softmax,
    sparse_tensor_dense_matmul,
)
from kerasflow.core.ops.sparse_reduction import (
    sparse_merge,
    sparse_reduce_max,
    sparse_reduce_max_sparse,
    sparse_reduce_sum,
    sparse_reduce_sum_sparse,
    sparse_to_indicator,
)
from kerasflow.core.ops.special import digamma, erf, erfc, lgamma, polygamma
from kerasflow.core.ops.special_more import (
    bessel_i0,
    bessel_i0e,
    bessel_i1,
    bessel_i1e,
    betainc,
    igamma,
    igammac,
    lbeta,
    nextafter,
    polyval,
    zeta,
)
from kerasflow.core.ops.spectra import self_adjoint_eig, self_adjoint_eigvals, svd
from kerasflow.core.ops.state import assign, assign_add, assign_sub, count_up_to, is_variable_initialized
from kerasflow.core.ops.stateless_random import (
    stateless_categorical,
    stateless_multinomial,
    stateless_normal,
    stateless_truncated_normal,
    stateless_uniform,
)
from kerasflow.core.ops.static_values import (
    assert_proper_iterable,
    broadcast_static_shape,
    convert_to_tensor_or_indexed_slices,
    dimension_at_index,
    dimension_value,
    get_static_value,
    is_tensor,
)
from kerasflow.core.ops.string_hashing import (
    string_to_hash_bucket,
    string_to_hash_bucket_fast,
    string_to_hash_bucket_strong,
)
from kerasflow.core.ops.string_numbers import (
    as_string,
    decode_base64,
    decode_compressed,
    decode_raw,
    encode_base64,
    string_to_number,
)
from kerasflow.core.ops.string_patterns import regex_full_match, regex_replace
from kerasflow.core.ops.strings import (
    reduce_join,
    string_join,
    string_length,
    string_lower,
    string_split,
    string_split_v2,
    string_strip,
    string_upper,
    substr,
)
from kerasflow.core.ops.tables import (
    HashTable,
    KeyValueTensorInitializer,
    MutableHashTable,
    TextFileIndex,
    TextFileInitializer,
    initialize_all_tables,
    tables_initializer,
)
from kerasflow.core.ops.tensor_array import TensorArray
from kerasflow.core.ops.top_k import TopKV2, in_top_k, top_k
from kerasflow.core.ops.trigonometric import acos, asin, atan, atan2, cos, sin, tan
from kerasflow.core.ops.unicode import (
    bytes_split,
    unicode_decode,
    unicode_decode_with_offsets,
    unicode_encode,
    unicode_split,
    unicode_split_with_offsets,
    unicode_transcode,
    unsorted_segment_join,
)
from kerasflow.core.ops.uniques import listdiff, setdiff1d, unique, unique_with_counts
from kerasflow.core.ops.vectors import cross, norm
from kerasflow.core.ops.vocabularies import (
    FastHashSpec,
    IdTableWithHashBuckets,
    StaticVocabularyTable,
    StrongHashSpec,
    index_table_from_file,
    index_table_from_tensor,
    index_to_string_table_from_file,
    index_to_string_table_from_tensor,
)

# fmt: off
__all__ = [
    "Assert", "FIFOQueue", "FastHashSpec", "HashTable", "IdTableWithHashBuckets", "KeyValueTensorInitializer",
    "MutableHashTable", "PaddingFIFOQueue", "Print", "PriorityQueue", "Qr", "QueueBase", "RandomShuffleQueue",
    "StaticVocabularyTable", "StrongHashSpec", "TensorArray", "TextFileIndex", "TextFileInitializer", "TopKV2",
    "abs", "accumulate_n", "acos", "acosh", "add", "add_check_numerics_ops", "add_n", "adjoint",
    "all_variables", "angle", "arg_max", "arg_min", "argmax", "argmin", "argsort", "as_string", "asin", "asinh",
    "assert_equal", "assert_greater", "assert_greater_equal", "assert_integer", "assert_less",
    "assert_less_equal", "assert_near", "assert_negative", "assert_non_negative", "assert_non_positive",
    "assert_none_equal", "assert_positive", "assert_proper_iterable", "assert_rank", "assert_rank_at_least",
    "assert_rank_in", "assert_same_float_dtype", "assert_scalar", "assert_shapes", "assert_type", "assign",
    "assign_add", "assign_sub", "atan", "atan2", "atanh", "atrous_conv2d", "atrous_conv2d_transpose",
    "avg_pool", "avg_pool1d", "avg_pool2d", "avg_pool3d", "avg_pool_v2", "batch_cholesky", "batch_gather",
    "batch_matmul", "batch_matrix_band_part", "batch_matrix_determinant", "batch_matrix_diag",
    "batch_matrix_inverse", "batch_matrix_solve", "batch_matrix_transpose",
    "batch_norm_with_global_normalization", "batch_normalization", "batch_scatter_update", "batch_to_space",
    "batch_to_space_nd", "bessel_i0", "bessel_i0e", "bessel_i1", "bessel_i1e", "betainc", "bias_add",
    "bincount", "bitcast", "bitwise_and", "bitwise_or", "bitwise_xor", "boolean_mask",
    "broadcast_dynamic_shape", "broadcast_static_shape", "broadcast_to", "bucketize", "bytes_split", "case",
    "cast", "ceil", "check_numerics", "checked_categories", "cholesky", "cholesky_solve", "clip_by_value",
    "complex", "complex_abs", "compute_accidental_hits", "compute_average_loss", "concat", "cond",
    "confusion_matrix", "conj", "constant", "conv1d", "conv1d_transpose", "conv2d", "conv2d_backprop_filter",
    "conv2d_backprop_input", "conv2d_transpose", "conv3d", "conv3d_backprop_filter",
    "conv3d_backprop_filter_v2", "conv3d_transpose", "conv_transpose", "convert_to_tensor",
    "convert_to_tensor_or_indexed_slices", "convert_to_tensor_or_sparse_tensor", "convolution", "cos", "cosh",
    "count_nonzero", "count_up_to", "crelu", "cross", "cumprod", "cumsum", "custom_gradient", "dct",
    "decode_base64", "decode_compressed", "decode_csv", "decode_raw", "delete_session_tensor", "depth_to_space",
    "depthwise_conv2d", "depthwise_conv2d_backprop_filter", "depthwise_conv2d_backprop_input",
    "depthwise_conv2d_native", "depthwise_conv2d_native_backprop_filter",
    "depthwise_conv2d_native_backprop_input", "dequantize", "diag", "diag_part", "digamma",
    "dimension_at_index", "dimension_value", "div", "div_no_nan", "divide", "dropout", "dynamic_partition",
    "dynamic_stitch", "edit_distance", "einsum", "elu", "embedding_lookup", "embedding_lookup_sparse",
    "encode_base64", "ensure_shape", "equal", "erf", "erfc", "exp", "expand_dims", "expm1",
    "extract_image_patches", "extract_volume_patches", "eye", "fake_quant_with_min_max_args",
    "fake_quant_with_min_max_args_gradient", "fake_quant_with_min_max_vars",
    "fake_quant_with_min_max_vars_gradient", "fake_quant_with_min_max_vars_per_channel",
    "fake_quant_with_min_max_vars_per_channel_gradient", "fft", "fft2d", "fft3d", "fftshift", "fill",
    "fingerprint", "floor", "floor_div", "floordiv", "floormod", "foldl", "foldr", "frame", "from_dense",
    "fused_batch_norm", "gather", "gather_nd", "gelu", "get_seed", "get_session_handle", "get_session_tensor",
    "get_static_value", "grad_pass_through", "greater", "greater_equal", "guarantee_const", "hamming_window",
    "hann_window", "hessians", "histogram_fixed_width", "histogram_fixed_width_bins", "idct", "identity",
    "identity_n", "ifft", "ifft2d", "ifft3d", "ifftshift", "igamma", "igammac", "imag", "in_top_k",
    "index_table_from_file", "index_table_from_tensor", "index_to_string_table_from_file",
    "index_to_string_table_from_tensor", "initialize_all_tables", "initialize_all_variables",
    "initialize_local_variables", "initialize_variables", "inv", "invert", "invert_permutation", "irfft",
    "irfft2d", "irfft3d", "is_finite", "is_inf", "is_nan", "is_non_decreasing", "is_numeric_tensor",
    "is_strictly_increasing", "is_tensor", "is_variable_initialized", "l2_loss", "l2_normalize", "lbeta",
    "leaky_relu", "left_shift", "less", "less_equal", "lgamma", "lin_space", "linspace", "listdiff",
    "local_response_normalization", "log", "log1p", "log_poisson_loss", "log_sigmoid", "log_softmax",
    "log_uniform_candidate_sampler", "logdet", "logical_and", "logical_not", "logical_or", "logical_xor",
    "loop_gradient", "lrn", "map_fn", "matmul", "matrix_band_part", "matrix_determinant", "matrix_diag",
    "matrix_diag_part", "matrix_inverse", "matrix_rank", "matrix_set_diag", "matrix_solve", "matrix_solve_ls",
    "matrix_transpose", "matrix_triangular_solve", "matvec", "max_pool", "max_pool1d", "max_pool2d",
    "max_pool3d", "max_pool_v2", "max_pool_with_argmax", "maximum", "meshgrid", "minimum", "mod", "moments",
    "mul", "multinomial", "multiply", "multiply_no_nan", "nce_loss", "neg", "negative", "nextafter", "no_op",
    "norm", "normalize", "normalize_moments", "not_equal", "numpy_function", "one_hot", "ones", "ones_like",
    "pack", "pad", "parallel_stack", "pinv", "placeholder", "placeholder_with_default", "polygamma", "polyval",
    "pool", "pow", "print", "py_func", "qr", "quantize", "quantize_and_dequantize", "quantize_v2",
    "random_crop", "random_gamma", "random_normal", "random_poisson", "random_shuffle", "random_uniform",
    "range", "rank", "real", "realdiv", "reciprocal", "reciprocal_no_nan", "recompute_grad", "reduce_all",
    "reduce_any", "reduce_euclidean_norm", "reduce_join", "reduce_logsumexp", "reduce_max", "reduce_mean",
    "reduce_min", "reduce_prod", "reduce_std", "reduce_sum", "reduce_variance", "regex_full_match",
    "regex_replace", "relu", "relu6", "relu_layer", "repeat", "report_uninitialized_variables",
    "required_space_to_batch_paddings", "reshape", "reverse", "reverse_sequence", "reverse_v2", "rfft",
    "rfft2d", "rfft3d", "right_shift", "rint", "roll", "round", "rsqrt", "safe_embedding_lookup_sparse",
    "sampled_softmax_loss", "saturate_cast", "scalar_mul", "scale_regularization_loss", "scan", "scatter_add",
    "scatter_div", "scatter_max", "scatter_min", "scatter_mul", "scatter_nd", "scatter_nd_add",
    "scatter_nd_sub", "scatter_nd_update", "scatter_sub", "scatter_update", "searchsorted", "segment_max",
    "segment_mean", "segment_min", "segment_prod", "segment_sum", "select", "self_adjoint_eig",
    "self_adjoint_eigvals", "selu", "separable_conv2d", "sequence_mask", "set_difference", "set_intersection",
    "set_size", "set_union", "setdiff1d", "shape", "shape_n", "sigmoid", "sigmoid_cross_entropy_with_logits",
    "sign", "sin", "sinh", "size", "slice", "slogdet", "softmax", "softmax_cross_entropy_with_logits",
    "softmax_cross_entropy_with_logits_v2", "softplus", "softsign", "sort", "space_to_batch",
    "space_to_batch_nd", "space_to_depth", "sparse_add", "sparse_concat", "sparse_cross", "sparse_cross_hashed",
    "sparse_expand_dims", "sparse_eye", "sparse_fill_empty_rows", "sparse_mask", "sparse_matmul",
    "sparse_maximum", "sparse_merge", "sparse_minimum", "sparse_placeholder", "sparse_reduce_max",
    "sparse_reduce_max_sparse", "sparse_reduce_sum", "sparse_reduce_sum_sparse", "sparse_reorder",
    "sparse_reset_shape", "sparse_reshape", "sparse_retain", "sparse_segment_mean", "sparse_segment_sqrt_n",
    "sparse_segment_sum", "sparse_slice", "sparse_softmax", "sparse_softmax_cross_entropy_with_logits",
    "sparse_split", "sparse_tensor_dense_matmul", "sparse_tensor_to_dense", "sparse_to_dense",
    "sparse_to_indicator", "sparse_transpose", "split", "sqrt", "square", "squared_difference", "squeeze",
    "stack", "stateless_categorical", "stateless_multinomial", "stateless_normal", "stateless_truncated_normal",
    "stateless_uniform", "stft", "stop_gradient", "strided_slice", "string_format", "string_join",
    "string_length", "string_lower", "string_split", "string_split_v2", "string_strip", "string_to_hash_bucket",
    "string_to_hash_bucket_fast", "string_to_hash_bucket_strong", "string_to_number", "string_upper", "sub",
    "substr", "subtract", "sufficient_statistics", "svd", "swish", "switch_case", "tables_initializer", "tan",
    "tanh", "tensor_scatter_add", "tensor_scatter_nd_add", "tensor_scatter_nd_sub", "tensor_scatter_nd_update",
    "tensor_scatter_sub", "tensor_scatter_update", "tensordot", "tile", "timestamp", "to_bfloat16",
    "to_complex128", "to_complex64", "to_double", "to_float", "to_int32", "to_int64", "top_k", "trace",
    "transpose", "truediv", "truncated_normal", "truncatediv", "truncatemod", "tuple", "unicode_decode",
    "unicode_decode_with_offsets", "unicode_encode", "unicode_split", "unicode_split_with_offsets",
    "unicode_transcode", "uniform_candidate_sampler", "unique", "unique_with_counts", "unpack", "unravel_index",
    "unsorted_segment_join", "unsorted_segment_max", "unsorted_segment_mean", "unsorted_segment_min",
    "unsorted_segment_prod", "unsorted_segment_sqrt_n", "unsorted_segment_sum", "unstack",
    "verify_tensor_all_finite", "weighted_cross_entropy_with_logits", "weighted_moments", "where", "where_v2",
    "while_loop", "without_missing", "xdivy", "xlogy", "xw_plus_b", "zero_fraction", "zeros", "zeros_like",
    "zeta",
]
# fmt: on
