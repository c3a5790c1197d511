"""The columns of `tf.contrib.layers` give what TensorFlow's give; recorded in tests/golden."""

import numpy as np
import pytest

import kerasflow as tf
from tests.feature_column.test_columns import GOLDEN, same
from tests.golden.column_programs import BATCH, old

c = tf.contrib.layers


@pytest.fixture(scope="module")
def found():
    return old(tf)


@pytest.mark.parametrize("program", GOLDEN["old"])
def test_columns_give_what_they_give_there(found, program):
    ours, theirs = found[program], GOLDEN["old"][program]
    for each in (ours, theirs):  # tensors in between may have other names
        each["to_outputs"] = [name for name, _ in each["to_outputs"]]
    same(ours, theirs)


def test_a_cross_starts_from_a_checkpoint(tmp_path):
    path, start = str(tmp_path / "model.ckpt"), np.arange(10, dtype=np.float32).reshape(10, 1)
    with tf.Graph().as_default(), tf.Session() as sess:
        sess.run(tf.get_variable("old", initializer=start).initializer)
        tf.train.Saver().save(sess, path)
    columns = [c.sparse_column_with_hash_bucket(k, 5) for k in ("town", "words")]
    crossed = c.crossed_column(columns, 10, ckpt_to_load_from=path, tensor_name_in_ckpt="old")
    features = {k: tf.constant(BATCH[k]) for k in ("town", "words")}
    _, variables, bias = c.weighted_sum_from_feature_columns(features, [crossed], 1)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(variables[crossed][0]).tolist() == start.tolist() and sess.run(bias).tolist() == [0]


def test_features_of_columns_are_read_out_of_messages():
    pytest.importorskip("tensorboard")
    columns = [c.real_valued_column("x", 2, default_value=1.5), c.sparse_column_with_keys("w", ["a", "b"])]
    feature = {"w": tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"b", b"a"]))}
    message = tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()
    read = c.parse_feature_columns_from_examples([message], columns)
    with tf.Session() as sess:
        x, w = sess.run([read["x"], read["w"]])
    assert (x.tolist(), w.values.tolist()) == ([[1.5, 1.5]], [b"b", b"a"])
    placeholders = c.make_place_holder_tensors_for_base_features(columns)
    assert placeholders["x"].shape.as_list() == [None, 2] and isinstance(placeholders["w"], tf.SparseTensor)


def test_columns_are_inferred():
    columns = c.infer_real_valued_columns({"a": tf.zeros([5, 3], tf.int32), "b": np.zeros(5, np.float32)})
    assert [(x.name, x.dimension, x.dtype) for x in columns] == [("a", 3, tf.int32), ("b", 1, tf.float32)]
    with pytest.raises(ValueError, match="'' needs a column"):
        c.infer_real_valued_columns(tf.constant(["a"]))


MISTAKES = {
    "dimension": (TypeError, lambda: c.real_valued_column("x", 1.5)),
    "dimension zero": (ValueError, lambda: c.real_valued_column("x", 0)),
    "dtype": (ValueError, lambda: c.real_valued_column("x", dtype=tf.string)),
    "default": (TypeError, lambda: c.real_valued_column("x", default_value="a")),
    "default length": (ValueError, lambda: c.real_valued_column("x", 2, default_value=[1.0])),
    "source": (TypeError, lambda: c.bucketized_column(tf.feature_column.numeric_column("x"), [1])),
    "boundaries": (ValueError, lambda: c.bucketized_column(c.real_valued_column("x"), [2, 1])),
    "no boundaries": (ValueError, lambda: c.bucketized_column(c.real_valued_column("x"), [])),
    "buckets": (ValueError, lambda: c.sparse_column_with_hash_bucket("x", 0)),
    "float words": (ValueError, lambda: c.sparse_column_with_keys("x", ["a"], dtype=tf.float32)),
    "text numbers": (ValueError, lambda: c.sparse_column_with_integerized_feature("x", 3, dtype=tf.string)),
    "hash keys": (ValueError, lambda: c.sparse_column_with_hash_bucket("x", 3, hash_keys=[1, 2])),
    "vocabulary": (ValueError, lambda: c.sparse_column_with_vocabulary_file("x", "words.txt")),
    "weights": (ValueError, lambda: c.weighted_sparse_column(c.sparse_column_with_keys("x", ["a"]), "w", tf.string)),
    "crossed": (TypeError, lambda: c.crossed_column(["a", "b"], 5)),
    "crossed one": (ValueError, lambda: c.crossed_column([c.sparse_column_with_keys("x", ["a"])], 5)),
    "shared": (TypeError, lambda: c.shared_embedding_columns(["x"], 2)),
    "shared none": (ValueError, lambda: c.shared_embedding_columns([], 2)),
    "shared sizes": (
        ValueError,
        lambda: c.shared_embedding_columns(
            [c.sparse_column_with_hash_bucket(k, n) for k, n in (("a", 3), ("b", 4))], 2
        ),
    ),
    "columns": (ValueError, lambda: c.check_feature_columns({"x": c.real_valued_column("x")})),
    "twice": (ValueError, lambda: c.check_feature_columns([c.real_valued_column("x")] * 2)),
    "input": (
        ValueError,
        lambda: c.input_from_feature_columns({"x": tf.constant(["a"])}, [c.sparse_column_with_keys("x", ["a"])]),
    ),
    "sum": (
        ValueError,
        lambda: c.weighted_sum_from_feature_columns(
            {"x": tf.constant(["a"])}, [c.embedding_column(c.sparse_column_with_keys("x", ["a"]), 2)], 1
        ),
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes(mistake):
    error, attempt = MISTAKES[mistake]
    with pytest.raises(error):
        attempt()
