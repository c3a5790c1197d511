"""Lookup tables: filling, finding, buckets for what is missing, files, tables that change."""

import numpy as np
import pytest

import kerasflow as tf

Table, Pairs, lookup = tf.lookup.StaticHashTable, tf.lookup.KeyValueTensorInitializer, tf.lookup
FailedPreconditionError = tf.errors.FailedPreconditionError


@pytest.fixture
def words(tmp_path):
    path = tmp_path / "words.txt"
    path.write_bytes("emerson\nlake\r\npälmer\n".encode())
    return str(path)


def initialized(*fetches):
    with tf.Session() as session:
        session.run(tf.tables_initializer())
        return session.run(fetches if len(fetches) > 1 else fetches[0])


def test_a_table_is_filled_once_in_each_session():
    table = Table(Pairs(["a", "b"], [1, 2]), -1, name="mine")
    found, size = table.lookup(tf.constant([["b"], ["z"]])), table.size()
    assert (table.name, table.key_dtype, table.value_dtype) == ("mine", tf.string, tf.int32)
    assert found.shape == [2, 1] and found.dtype is tf.int32 and size.dtype is tf.int64
    first, second = tf.Session(), tf.Session()
    with pytest.raises(FailedPreconditionError, match="'mine' is not initialised: run tf.tables_initializer"):
        first.run(found)
    first.run(table.initializer)
    first.run([table.init, tf.tables_initializer()])  # again, with the same data
    assert first.run(found).tolist() == [[2], [-1]] and first.run(size) == 2
    with pytest.raises(FailedPreconditionError):
        second.run(size)


def test_other_data_does_not_replace_what_is_there():
    values = tf.placeholder(tf.int64, [2])
    table = Table(Pairs(tf.constant([1, 2]), values), 0)
    with tf.Session() as session:
        session.run(table.init, {values: [5, 6]})
        with pytest.raises(FailedPreconditionError, match="already initialised with other data"):
            session.run(table.init, {values: [5, 7]})
        assert session.run(table.lookup(tf.constant([2, 3]))).tolist() == [6, 0]


def test_a_key_has_one_value():
    with pytest.raises(FailedPreconditionError, match="the key b'a' has two different values, 1 and 2"):
        Table(Pairs(["a", "a"], [1, 2]), 0) and initialized(tf.constant(0))
    with pytest.raises(ValueError, match=r"keys of shape \(2,\) for values of shape \(1,\)"):
        Table(Pairs(["a", "b"], [1]), 0)


def test_keys_have_the_type_of_the_table():
    table = Table(Pairs(["a"], [1.5]), 0.0)
    with pytest.raises(TypeError, match="has keys of type string, got int32"):
        table.lookup([1])
    with pytest.raises(TypeError, match="Expected float32"):
        Table(Pairs(["a"], [1.5]), "none")


def test_sparse_keys_give_sparse_values():
    table = lookup.index_table_from_tensor(["a", "b"])
    value = initialized(table.lookup(tf.SparseTensor([[0, 0], [1, 2]], ["b", "z"], [2, 3])))
    assert value.values.tolist() == [1, -1] and value.indices.tolist() == [[0, 0], [1, 2]]


@pytest.mark.parametrize("hasher", [lookup.FastHashSpec, lookup.StrongHashSpec([3, 4])])
def test_words_that_are_missing_go_to_buckets(hasher):
    table = lookup.index_table_from_tensor(["a", "b"], num_oov_buckets=5, hasher_spec=hasher)
    given = tf.constant(["b", "x", "y", "a"])
    fast = tf.string_to_hash_bucket_fast(given, 5)
    bucket = fast if hasher.key is None else tf.string_to_hash_bucket_strong(given, 5, [3, 4])
    ids, buckets, size = initialized(table.lookup(given), bucket, table.size())
    assert ids.tolist() == [1, 2 + buckets[1], 2 + buckets[2], 0] and size == 7


def test_numbers_as_keys():
    table = lookup.index_table_from_tensor([10, 30, 20], num_oov_buckets=1, dtype=tf.int64)
    assert initialized(table.lookup(tf.constant([20, 40], tf.int64))).tolist() == [2, 3]
    with pytest.raises(TypeError, match="must be string or an integer type, not float32"):
        lookup.index_table_from_tensor([1.0], dtype=tf.float32)


def test_a_table_of_buckets_only():
    table = lookup.IdTableWithHashBuckets(None, 4)
    ids, want, size = initialized(
        table.lookup(tf.constant(["a", "b"])), tf.string_to_hash_bucket_fast(["a", "b"], 4), table.size()
    )
    assert ids.tolist() == want.tolist() and size == 4 and table.init.type == "NoOp"
    for make in (lambda: lookup.IdTableWithHashBuckets(None, 0), lambda: lookup.StaticVocabularyTable(None, 0)):
        with pytest.raises(ValueError, match="num_oov_buckets"):
            make()
    with pytest.raises(TypeError, match="keys of type string, got int32"):
        table.lookup([1])


def test_a_static_vocabulary():
    table = lookup.StaticVocabularyTable(Pairs(["a", "b"], tf.constant([0, 1], tf.int64)), 1)
    assert initialized(table.lookup(tf.constant(["z", "b"]))).tolist() == [2, 1]
    with pytest.raises(TypeError, match="values must be of type int64, not int32"):
        lookup.StaticVocabularyTable(Pairs(["a"], [0]), 1)


def test_a_table_from_a_file(words):
    there = lookup.index_table_from_file(words)
    back = lookup.index_to_string_table_from_file(words, default_value="?")
    short = lookup.index_table_from_file(words, vocab_size=2, default_value=-7)
    ids, texts, few = initialized(
        there.lookup(tf.constant(["pälmer", "lake", "x"])),
        back.lookup(tf.constant([0, 2, 3], tf.int64)),
        short.lookup(tf.constant(["lake", "pälmer"])),
    )
    assert ids.tolist() == [2, 1, -1] and few.tolist() == [1, -7]
    assert [s.decode() for s in texts] == ["emerson", "pälmer", "?"]
    assert len(tf.get_collection(tf.GraphKeys.ASSET_FILEPATHS)) == 3


def test_fields_of_a_file(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text("a;1.5\nb;2.5\n")
    fill = lookup.TextFileInitializer(str(path), tf.string, 0, tf.float32, 1, delimiter=";")
    assert initialized(Table(fill, 0.0).lookup(tf.constant(["b", "c"]))).tolist() == [2.5, 0.0]
    for index, message in ((2, "line 0 has 2 fields, field 2 is asked for"), (0, "line 0: b'a' is no number")):
        fill = lookup.TextFileInitializer(str(path), tf.string, 0, tf.float32, index, delimiter=";")
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            tf.Session().run(Table(fill, 0.0).init)


def test_files_that_are_missing_or_too_short(words, tmp_path):
    with pytest.raises(tf.errors.NotFoundError, match="cannot read .*nowhere"):
        tf.Session().run(lookup.index_table_from_file(str(tmp_path / "nowhere")).init)
    with pytest.raises(tf.errors.InvalidArgumentError, match="the file has 3 lines, vocab_size says 4"):
        tf.Session().run(lookup.index_table_from_file(words, vocab_size=4).init)
    for make in (lookup.index_table_from_file, lookup.index_to_string_table_from_file):
        with pytest.raises(ValueError, match="vocabulary_file must be given"):
            make("")
        with pytest.raises(ValueError, match="vocab_size must be at least 1"):
            make(words, vocab_size=0)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ((tf.string, -1), (tf.int64, 0), "the number of a line is of type int64, not string"),
        ((tf.float32, -2), (tf.int64, 0), "a whole line is a string or an integer, not float32"),
        ((tf.string, -3), (tf.int64, 0), "no field -3"),
    ],
)
def test_types_and_fields_that_do_not_go_together(key, value, message):
    with pytest.raises(ValueError, match=message):
        lookup.TextFileInitializer("x", *key, *value)


def test_a_table_that_changes():
    table = lookup.MutableHashTable(tf.string, tf.float32, [0.0, -1.0])
    keys, values = tf.placeholder(tf.string, [None]), tf.placeholder(tf.float32, [None, 2])
    found = table.lookup(tf.constant(["a", "b"]))
    assert found.shape == [2, 2]
    with tf.Session() as session:
        assert session.run(found).tolist() == [[0.0, -1.0]] * 2
        session.run(table.insert(keys, values), {keys: ["a", "c"], values: [[1.0, 2.0], [3.0, 4.0]]})
        session.run(table.insert(["a"], [[5.0, 6.0]]))
        assert session.run(found).tolist() == [[5.0, 6.0], [0.0, -1.0]] and session.run(table.size()) == 2
        session.run(table.remove(["a", "never"]))
        names, rows = session.run(table.export())
        assert names.tolist() == [b"c"] and rows.tolist() == [[3.0, 4.0]] and rows.dtype == np.float32
    with pytest.raises(ValueError, match=r"the values must have shape \(1, 2\), got \(1,\)"):
        table.insert(["a"], [1.0])
    with pytest.raises(TypeError, match="has keys of type string, got int32"):
        table.insert(tf.constant([1]), [[1.0, 2.0]])


def test_words_of_numbers():
    table = lookup.index_to_string_table_from_tensor(["a", "b"])
    assert initialized(table.lookup(tf.constant([1, 5], tf.int64))).tolist() == [b"b", b"UNK"]
    for make in (lookup.index_table_from_tensor, lookup.index_to_string_table_from_tensor):
        with pytest.raises(ValueError, match="vocabulary_list must be given"):
            make(None)
    with pytest.raises(ValueError, match="the key must be two integers"):
        lookup.StrongHashSpec([1])
