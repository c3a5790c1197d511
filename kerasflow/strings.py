"""Operations on strings, which are arrays of bytes."""

from kerasflow.core import ops
from kerasflow.core.ops import as_string, reduce_join, regex_full_match, regex_replace, substr

# fmt: off
__all__ = [
    "as_string", "format", "join", "length", "lower", "reduce_join", "regex_full_match", "regex_replace",
    "split", "strip", "substr", "to_hash_bucket", "to_hash_bucket_fast", "to_hash_bucket_strong", "to_number",
    "upper",
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
