"""Operations on strings, which are arrays of bytes."""

from kerasflow.core import ops
from kerasflow.core.ops import (
    as_string,
    bytes_split,
    reduce_join,
    regex_full_match,
    regex_replace,
    substr,
    unicode_decode,
    unicode_decode_with_offsets,
    unicode_encode,
    unicode_split,
    unicode_split_with_offsets,
    unicode_transcode,
    unsorted_segment_join,
)

# fmt: off
__all__ = [
    "as_string", "bytes_split", "format", "join", "length", "lower", "reduce_join", "regex_full_match",
    "regex_replace", "split", "strip", "substr", "to_hash_bucket", "to_hash_bucket_fast",
    "to_hash_bucket_strong", "to_number", "unicode_decode", "unicode_decode_with_offsets", "unicode_encode",
    "unicode_split", "unicode_split_with_offsets", "unicode_transcode", "unsorted_segment_join", "upper",
]
# fmt: on

join = ops.string_join
length = ops.string_length
lower = ops.string_lower
upper = ops.string_upper
split = ops.string_split_v2
strip = ops.string_strip
to_hash_bucket = ops.string_to_hash_bucket
to_hash_bucket_fast = ops.string_to_hash_bucket_fast
to_hash_bucket_strong = ops.string_to_hash_bucket_strong
to_number = ops.string_to_number
format = ops.string_format
