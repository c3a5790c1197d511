"""Feature columns as plain data: what TensorFlow 1.15 writes of them, and nothing that a file could misuse."""

import contextlib
import json

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.feature_column.serialization import deserialize_feature_columns, serialize_feature_columns

fc = tf.feature_column
day = fc.categorical_column_with_identity("day", 3)
age = fc.numeric_column("age", shape=(2,), default_value=[1.0, 2.0])
words = fc.categorical_column_with_vocabulary_list("words", ["a", "b"])

# What DenseFeatures.get_config of TensorFlow 1.15.5 gives for the same columns.
THEIRS = json.loads("""[
 {"class_name": "IndicatorColumn", "config": {"categorical_column": {"class_name": "CrossedColumn", "config": {"keys":
  ["a", {"class_name": "IdentityCategoricalColumn", "config": {"key": "day", "number_buckets": 3,
  "default_value": null}}], "hash_bucket_size": 7, "hash_key": null}}}},
 {"class_name": "BucketizedColumn", "config": {"source_column": {"class_name": "NumericColumn", "config": {"key": "age",
  "shape": [2], "default_value": [1.0, 2.0], "dtype": "float32", "normalizer_fn": null}}, "boundaries": [1, 2]}},
 {"class_name": "IndicatorColumn", "config": {"categorical_column": {"class_name": "WeightedCategoricalColumn",
  "config": {"categorical_column": {"class_name": "HashedCategoricalColumn", "config": {"key": "h",
  "hash_bucket_size": 5, "dtype": "int32"}}, "weight_feature_key": "w", "dtype": "float32"}}}},
 {"class_name": "NumericColumn", "config": {"key": "price", "shape": [1], "default_value": null, "dtype": "float32",
  "normalizer_fn": "log1p"}},
 {"class_name": "EmbeddingColumn", "config": {"categorical_column": {"class_name": "VocabularyListCategoricalColumn",
  "config": {"key": "words", "vocabulary_list": ["a", "b"], "dtype": "string", "default_value": -1,
  "num_oov_buckets": 0}}, "dimension": 2, "combiner": "mean", "initializer": {"class_name": "TruncatedNormal", "config":
  {"mean": 0.0, "stddev": 0.7071067811865475, "seed": null, "dtype": "float32"}}, "ckpt_to_load_from": null,
  "tensor_name_in_ckpt": null, "max_norm": null, "trainable": true}}]""")
OURS = [
    fc.indicator_column(fc.crossed_column(["a", day], 7)),
    fc.bucketized_column(age, [1, 2]),
    fc.indicator_column(fc.weighted_categorical_column(fc.categorical_column_with_hash_bucket("h", 5, tf.int32), "w")),
    fc.numeric_column("price", normalizer_fn=tf.log1p),
    fc.embedding_column(words, 2),
]


def double(x):
    return 2 * x


MORE = [
    fc.numeric_column("x", normalizer_fn=double, dtype=tf.float64, shape=(1, 2), default_value=[[1, 2]]),
    fc.embedding_column(day, 2, "sqrtn", tf.keras.initializers.Constant(0.5), max_norm=1.5, trainable=False),
    fc.categorical_column_with_vocabulary_list("n", np.array([7, 5]), num_oov_buckets=2, dtype=tf.int32),
    fc.categorical_column_with_identity("k", 9, default_value=3),
    fc.crossed_column(["a", fc.crossed_column(["b", fc.bucketized_column(fc.numeric_column("c"), [0.5])], 3)], 7, 11),
    fc.indicator_column(fc.sequence_categorical_column_with_identity("s", 4)),
    fc.sequence_numeric_column("t", shape=(2,), default_value=-1.0),
    *fc.shared_embedding_columns([day, fc.categorical_column_with_identity("other", 3)], 2, combiner="sum"),
]
NAMED = {"double": double}


def data(columns):
    return json.loads(json.dumps(serialize_feature_columns(columns)))


def same(a, b):
    """Whether columns are the same, but for initializers, which have no equality."""
    if hasattr(a, "_fields"):
        return type(a) is type(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, tuple):
        return isinstance(b, tuple) and len(a) == len(b) and all(map(same, a, b))
    if hasattr(a, "get_config"):
        return isinstance(a, type(b)) and a.get_config() == b.get_config()
    return a == b


def test_descriptions_are_those_of_tensorflow():
    ours = data(OURS)
    initializer = ours[-1]["config"]["initializer"]
    assert initializer.pop("module") == "keras.initializers"
    initializer["config"]["dtype"] = "float32"
    assert ours == THEIRS


def test_columns_come_back():
    for columns in (OURS, MORE):
        again = deserialize_feature_columns(data(columns), NAMED)
        assert all(map(same, columns, again)) and len(again) == len(columns)
    for theirs, column in zip(deserialize_feature_columns(THEIRS), OURS, strict=True):
        assert theirs.name == column.name and theirs.parse_example_spec == column.parse_example_spec
    later = {**THEIRS[-1]["config"], "use_safe_embedding_lookup": True}
    assert deserialize_feature_columns([{"class_name": "EmbeddingColumn", "config": later}])[0].dimension == 2


@pytest.mark.parametrize("dtype", [tf.string, tf.int64])
def test_words_of_a_file_are_written_out(tmp_path, dtype):
    path = tmp_path / "words.txt"
    path.write_text("7\n5\n6\n")
    column = fc.categorical_column_with_vocabulary_file("w", str(path), 2, num_oov_buckets=3, dtype=dtype)
    written = data([column])
    path.unlink()
    (again,) = deserialize_feature_columns(written)
    assert again.vocabulary_list == ((7, 5) if dtype is tf.int64 else ("7", "5"))
    assert (again.name, again.num_buckets, again.dtype, again.default_value) == ("w", 5, dtype, -1)
    with pytest.raises(ValueError, match="Column 'w': cannot read the vocabulary_file .*: No such file"):
        data([column])
    path.write_bytes(b"\xff\n7\n")
    with pytest.raises(ValueError, match="is no (text in UTF-8|number)"):
        data([column])


def test_a_checkpoint_is_left_out():
    column = fc.embedding_column(day, 2, ckpt_to_load_from="old", tensor_name_in_ckpt="table")
    assert "old" not in json.dumps(data([column]))
    assert deserialize_feature_columns(data([column]))[0].ckpt_to_load_from is None


class Own(type(day)):
    """A column of a class of one's own."""


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (fc.numeric_column("x", normalizer_fn=lambda x: x), "The normalizer_fn of the column 'x' has no name"),
        (
            fc.embedding_column(day, 2, initializer=lambda *a, **k: None),
            "The initializer of the column 'day_emb.*' has no n",
        ),
        (Own("day", 3, None), "of a class of one's own, Own"),
        (fc.indicator_column(Own("day", 3, None)), "of a class of one's own, Own"),
    ],
)
def test_what_cannot_be_described(column, message):
    with pytest.raises(ValueError, match=message):
        data([column])


def of(name, **config):
    return {"class_name": name, "config": config}


NUMBER = {"key": "x", "shape": [1], "default_value": None, "dtype": "float32", "normalizer_fn": None}
TABLE = THEIRS[-1]["config"]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (of("VocabularyFileCategoricalColumn", key="x", vocabulary_file="/etc/passwd"), "names a file"),
        (of("EmbeddingColumn", **{**TABLE, "ckpt_to_load_from": "/a", "tensor_name_in_ckpt": "b"}), "names a file"),
        (of("NumericColumns", **NUMBER), "There is no feature column 'NumericColumns'. Did you mean 'NumericColumn'"),
        (of("NumericColumn", **{**NUMBER, "normalizer_fn": "system"}), "There is no normalizer_fn 'system'"),
        (of("NumericColumn", **{**NUMBER, "normalizer_fn": "double"}), "There is no normalizer_fn 'double'"),
        (of("EmbeddingColumn", **{**TABLE, "initializer": "eval"}), "There is no initializer 'eval'"),
        (of("EmbeddingColumn", **{**TABLE, "dimension": 2.5}), "has dimension=2.5, which must be an integer"),
        (of("EmbeddingColumn", **{**TABLE, "trainable": 1}), "has trainable=1, which must be true or false"),
        (
            of("EmbeddingColumn", **{**TABLE, "size": 1}),
            "The feature column EmbeddingColumn cannot be made from .*size",
        ),
        (of("NumericColumn", **{**NUMBER, "dtype": "float99"}), "float99"),
        (of("NumericColumn", **{**NUMBER, "shape": "3"}), "has shape='3', which must be a list"),
        (of("BucketizedColumn", source_column="x", boundaries=[1]), "source_column must be a column made by numeric"),
        (
            of("SequenceCategoricalColumn", categorical_column=of("NumericColumn", **NUMBER)),
            "made of a column of categories",
        ),
        ({"class_name": "NumericColumn"}, "Expected the description of a feature column"),
        (3, "Expected the description of a feature column"),
    ],
)
def test_what_descriptions_cannot_be(config, message):
    with pytest.raises(ValueError, match=message):
        deserialize_feature_columns([config])


def test_no_description_is_a_traceback_from_the_inside():
    columns = data(OURS + MORE)
    wrong = (None, True, -1, 0, 2.5, "x", [], [None], [1, 1], {}, ["a", "a"], [["a"]], {"class_name": "X"})
    for column in columns:
        inner = [column, *[v for v in column["config"].values() if isinstance(v, dict) and "config" in v]]
        for place in inner:
            for field in list(place["config"]):
                kept = place["config"][field]
                for value in wrong:
                    place["config"][field] = value
                    with contextlib.suppress(ValueError):
                        deserialize_feature_columns([column], NAMED)
                del place["config"][field]
                with contextlib.suppress(ValueError):
                    deserialize_feature_columns([column], NAMED)
                place["config"][field] = kept
    with pytest.raises(ValueError, match="must be a list of descriptions"):
        deserialize_feature_columns({"class_name": "NumericColumn"})
