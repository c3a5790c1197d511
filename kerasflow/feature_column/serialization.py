"""Feature columns as plain data, and back: the class of each and its fields, by name, in the form of TensorFlow 1.15.

A description goes into the file of a model, so it says all there is to a column, and names no other file: the words of
a vocabulary file are written out, and a checkpoint that a table starts from is left out, as the model's file has the
table. What a description may name is an explicit list of columns; functions are found among a few of the library's and
those of the caller.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np

from kerasflow import initializers
from kerasflow.core import ops
from kerasflow.core.errors import OpError
from kerasflow.core.naming import did_you_mean
from kerasflow.core.ops.text_lines import LINE_NUMBER, WHOLE_LINE, read_columns
from kerasflow.core.types import DType, int64, string
from kerasflow.feature_column.base import CategoricalColumn, FeatureColumn
from kerasflow.feature_column.categorical import (
    HashedCategoricalColumn,
    IdentityCategoricalColumn,
    VocabularyFileCategoricalColumn,
    VocabularyListCategoricalColumn,
    categorical_column_with_hash_bucket,
    categorical_column_with_identity,
    categorical_column_with_vocabulary_list,
)
from kerasflow.feature_column.combined import (
    CrossedColumn,
    WeightedCategoricalColumn,
    crossed_column,
    weighted_categorical_column,
)
from kerasflow.feature_column.dense import EmbeddingColumn, IndicatorColumn, embedding_column, indicator_column
from kerasflow.feature_column.numeric import BucketizedColumn, NumericColumn, bucketized_column, numeric_column
from kerasflow.feature_column.sequence import SequenceCategoricalColumn, SequenceNumericColumn, sequence_numeric_column
from kerasflow.feature_column.shared import SharedEmbeddingColumn, shared_embedding_columns
from kerasflow.utils.lookup import Lookup, made_from

__all__ = ["deserialize_feature_columns", "functions_of", "serialize_feature_columns"]

Objects = Mapping[str, Any] | None
_FUNCTION_FIELDS = ("normalizer_fn", "initializer")
_PLACES = ("ckpt_to_load_from", "tensor_name_in_ckpt")
_FUNCTIONS = (ops.abs, ops.exp, ops.expm1, ops.log, ops.log1p, ops.sigmoid, ops.sign, ops.sqrt, ops.square, ops.tanh)
_NORMALIZERS = Lookup("normalizer_fn", functions={f.__name__: f for f in _FUNCTIONS})


def serialize_feature_columns(columns: Iterable[Any]) -> list[Any]:
    """Columns as plain data, for `deserialize_feature_columns`.

    Raises:
        ValueError: one is of a class of one's own, a function or an initializer has no name, or a vocabulary file
            cannot be read.

    >>> from kerasflow.feature_column.serialization import serialize_feature_columns
    >>> serialize_feature_columns([tf.feature_column.categorical_column_with_identity("day", 7)])
    [{'class_name': 'IdentityCategoricalColumn', 'config': {'key': 'day', 'number_buckets': 7, 'default_value': None}}]
    """
    return [_described(column) for column in columns]


def _described(column: Any) -> Any:
    if isinstance(column, str):
        return column
    if isinstance(column, VocabularyFileCategoricalColumn):
        column = _written_out(column)
    name = type(column).__name__
    if _MAKERS.get(name, (None,))[0] is not type(column):
        raise ValueError(f"{column!r} is of a class of one's own, {name}, which no description has.")
    return {"class_name": name, "config": {f: _field(column, f, v) for f, v in column._asdict().items()}}


def functions_of(columns: Iterable[Any]) -> list[Any]:
    """The functions and initializers of columns, and of those that they are made of.

    >>> from kerasflow.feature_column.serialization import functions_of
    >>> price = tf.feature_column.numeric_column("price", normalizer_fn=tf.log1p)
    >>> functions_of([tf.feature_column.bucketized_column(price, [1.0])]) == [tf.log1p]
    True
    """
    found, left = [], list(columns)
    while left:
        for field, value in getattr(left.pop(), "_asdict", dict)().items():
            if field in _FUNCTION_FIELDS and value is not None:
                found.append(value)
            items = value if isinstance(value, tuple) and not isinstance(value, FeatureColumn) else [value]
            left += [item for item in items if isinstance(item, FeatureColumn)]
    return found


def _field(column: Any, field: str, value: Any) -> Any:
    """A field of a column as plain data."""
    if field in _PLACES:
        return None
    if field in _FUNCTION_FIELDS:
        return _named(column, field, value)
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, FeatureColumn):
        return _described(value)
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, DType):
        return value.name
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain(value.tolist())
    return _text(value) if isinstance(value, bytes) else value


def _text(word: bytes) -> str:
    try:
        return word.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"A vocabulary holds {word!r}, which is no text in UTF-8: no description has it.") from error


def _named(column: Any, field: str, value: Any) -> Any:
    """A function by its name, or something with a configuration by that."""
    if value is not None and not hasattr(value, "get_config") and not getattr(value, "__name__", "<").isidentifier():
        raise ValueError(
            f"The {field} of the column {column.name!r} has no name, {value!r}, so no description has it: define a "
            "function, and pass it in custom_objects where it is to be found again."
        )
    return (_NORMALIZERS if field == "normalizer_fn" else initializers).serialize(value)


def _written_out(column: VocabularyFileCategoricalColumn) -> VocabularyListCategoricalColumn:
    """The same categories with the words of the file."""
    path, kind = column.vocabulary_file, int64 if column.dtype.is_integer else string
    whole, number = (kind, WHOLE_LINE), (int64, LINE_NUMBER)
    try:
        words = read_columns(os.fsencode(path), whole, number, "\t", column.vocabulary_size)[0]
    except OpError as error:
        raise ValueError(f"Column {column.key!r}: cannot read the vocabulary_file {path}: {error.message}.") from error
    return categorical_column_with_vocabulary_list(
        column.key, words, column.dtype, column.default_value, column.num_oov_buckets
    )


def deserialize_feature_columns(configs: Any, custom_objects: Objects = None) -> list[Any]:
    """The columns that `serialize_feature_columns`, or TensorFlow, described.

    Args:
        configs: the descriptions.
        custom_objects: functions and initializers of the caller's own, by the names that the descriptions use.

    Raises:
        ValueError: a description is malformed, or names what is not known, or a file.

    >>> from kerasflow.feature_column.serialization import deserialize_feature_columns, serialize_feature_columns
    >>> price = tf.feature_column.numeric_column("price", normalizer_fn=tf.log1p)
    >>> deserialize_feature_columns(serialize_feature_columns([price])) == [price]
    True
    """
    if not isinstance(configs, (list, tuple)):
        raise ValueError(f"feature_columns must be a list of descriptions of columns, got {configs!r}.")
    return [_made(config, custom_objects) for config in configs]


def _made(config: Any, custom_objects: Objects) -> Any:
    if isinstance(config, (str, FeatureColumn)):
        return config
    name, settings = (config.get("class_name"), config.get("config")) if isinstance(config, Mapping) else (None, None)
    if not isinstance(name, str) or not isinstance(settings, Mapping):
        raise ValueError(f"Expected the description of a feature column, {{'class_name', 'config'}}; got {config!r}.")
    if name == VocabularyFileCategoricalColumn.__name__ or any(settings.get(place) is not None for place in _PLACES):
        raise ValueError(
            f"The description of a {name} names a file, {settings!r}. No file is read because another one says so: "
            "describe the words themselves, and let a table be without a checkpoint."
        )
    if name not in _MAKERS:
        raise ValueError(f"There is no feature column {name!r}.{did_you_mean(name, [*_MAKERS])}")
    try:
        given = {k: _value(name, k, v, custom_objects) for k, v in settings.items() if k not in _OF_OTHERS}
        return made_from(_MAKERS[name][1], given, f"The feature column {name}")
    except (TypeError, OverflowError) as error:
        raise ValueError(f"The feature column {name} cannot be made from {settings!r}: {error}") from error


def _value(name: str, field: str, value: Any, custom_objects: Objects) -> Any:
    """A field from plain data."""
    if field == "normalizer_fn":
        return _NORMALIZERS.get(value, custom_objects)
    if field == "initializer":
        return initializers.get(value, custom_objects)
    if field in ("categorical_column", "source_column"):
        made = _made(value, custom_objects)
        if field == "categorical_column" and not isinstance(made, CategoricalColumn):
            raise ValueError(f"A {name} is made of a column of categories, not {made!r}.")
        return made
    if field == "keys" and isinstance(value, list):
        return [_made(key, custom_objects) for key in value]
    kinds = _KINDS.get(field)
    if kinds is not None and value is not None and not _is(value, kinds):
        raise ValueError(f"The description of a {name} has {field}={value!r}, which must be {kinds[1]}.")
    return value


def _is(value: Any, kinds: tuple[Any, str]) -> bool:
    if isinstance(value, bool):
        return kinds[0] is bool
    if kinds[0] is list:
        return isinstance(value, list) and all(isinstance(v, Real) and not isinstance(v, bool) for v in value)
    return isinstance(value, kinds[0])


def _one_of_those(categorical_column: Any, shared_embedding_collection_name: str, **rest: Any) -> Any:
    return shared_embedding_columns(
        [categorical_column], shared_embedding_collection_name=shared_embedding_collection_name, **rest
    )[0]


def _identity(key: str, number_buckets: int, default_value: int | None = None) -> IdentityCategoricalColumn:
    return categorical_column_with_identity(key, number_buckets, default_value)


_MAKERS: dict[str, tuple[Any, Callable[..., Any]]] = {
    cls.__name__: (cls, maker)
    for cls, maker in (
        (BucketizedColumn, bucketized_column),
        (CrossedColumn, crossed_column),
        (EmbeddingColumn, embedding_column),
        (HashedCategoricalColumn, categorical_column_with_hash_bucket),
        (IdentityCategoricalColumn, _identity),
        (IndicatorColumn, indicator_column),
        (NumericColumn, numeric_column),
        (SequenceCategoricalColumn, SequenceCategoricalColumn),
        (SequenceNumericColumn, sequence_numeric_column),
        (SharedEmbeddingColumn, _one_of_those),
        (VocabularyListCategoricalColumn, categorical_column_with_vocabulary_list),
        (WeightedCategoricalColumn, weighted_categorical_column),
    )
}
_OF_OTHERS = (*_PLACES, "use_safe_embedding_lookup")  # the last one is of later TensorFlows
_INTEGER, _TEXT = (Integral, "an integer"), (str, "a text")
_KINDS: dict[str, tuple[Any, str]] = {
    "boundaries": (list, "a list of numbers"),
    "combiner": _TEXT,
    "dimension": _INTEGER,
    "dtype": (str, "the name of a type"),
    "hash_bucket_size": _INTEGER,
    "hash_key": _INTEGER,
    "key": _TEXT,
    "max_norm": (Real, "a number"),
    "num_oov_buckets": _INTEGER,
    "number_buckets": _INTEGER,
    "shape": (list, "a list of integers"),
    "shared_embedding_collection_name": _TEXT,
    "trainable": (bool, "true or false"),
    "weight_feature_key": _TEXT,
}
