"""Tables from keys to values."""

from kerasflow.core import ops
from kerasflow.core.ops import (
    FastHashSpec,
    HashTable,
    IdTableWithHashBuckets,
    KeyValueTensorInitializer,
    MutableHashTable,
    StaticVocabularyTable,
    StrongHashSpec,
    TextFileIndex,
    TextFileInitializer,
    index_table_from_file,
    index_table_from_tensor,
    index_to_string_table_from_file,
    index_to_string_table_from_tensor,
)

# fmt: off
__all__ = [
    "FastHashSpec", "HashTable", "IdTableWithHashBuckets", "KeyValueTensorInitializer", "MutableHashTable",
    "StaticHashTable", "StaticVocabularyTable", "StrongHashSpec", "TextFileIndex", "TextFileInitializer",
    "index_table_from_file", "index_table_from_tensor", "index_to_string_table_from_file",
    "index_to_string_table_from_tensor",
]
# fmt: on

StaticHashTable = ops.HashTable
