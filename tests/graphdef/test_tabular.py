"""What TensorFlow's nodes for parsed examples, crosses and tables are read as, without our own notes on them."""

import numpy as np
import pytest

import kerasflow as tf


def plain(definition):
    """The nodes as TensorFlow would write them: without what says which operation of ours they are."""
    for node in definition.node:
        for key in ("_kerasflow", "_kerasflow_helper"):
            if key in node.attr:
                del node.attr[key]
    return definition


def again(outputs, feeds, *first):
    """The values of tensors in their graph, and in the one that their graph's plain definition makes."""
    graph = tf.get_default_graph()
    found = []
    for made in (graph, tf.Graph()):
        with made.as_default(), tf.Session(graph=made) as sess:
            if made is not graph:
                tf.import_graph_def(plain(graph.as_graph_def()), name="")
            sess.run([op.name for op in first])
            found.append(sess.run([t.name for t in outputs], {t.name: v for t, v in feeds.items()}))
    return found


def same(a, b):
    assert len(a) == len(b)
    for x, y in zip(a, b, strict=True):
        assert np.asarray(x).dtype == np.asarray(y).dtype and np.array_equal(x, y)


def parts(st):
    return [st.indices, st.values, st.dense_shape]


def examples():
    """Two serialised messages, the second without some features."""

    def feature(**kind):
        ((name, values),) = kind.items()
        message = {"floats": "FloatList", "ints": "Int64List", "texts": "BytesList"}[name]
        field = {"floats": "float_list", "ints": "int64_list", "texts": "bytes_list"}[name]
        return tf.train.Feature(**{field: getattr(tf.train, message)(value=values)})

    rows = [
        {"x": feature(floats=[1.0, 2.0]), "n": feature(ints=[7, 8]), "s": feature(texts=[b"a", b"b"])},
        {"x": feature(floats=[3.0, 4.0]), "d": feature(texts=[b"here"])},
    ]
    return [tf.train.Example(features=tf.train.Features(feature=r)).SerializeToString() for r in rows]


def test_parsed_examples():
    text = tf.placeholder(tf.string, [None])
    spec = {
        "x": tf.FixedLenFeature([2], tf.float32),
        "d": tf.FixedLenFeature([], tf.string, "none"),
        "n": tf.VarLenFeature(tf.int64),
        "s": tf.VarLenFeature(tf.string),
        "z": tf.FixedLenFeature([2], tf.int64, [5, 6]),
    }
    parsed = tf.parse_example(text, spec)
    outputs = [parsed["x"], parsed["d"], parsed["z"], *parts(parsed["n"]), *parts(parsed["s"])]
    ours, theirs = again(outputs, {text: examples()})
    same(ours, theirs)
    assert theirs[0].tolist() == [[1.0, 2.0], [3.0, 4.0]] and theirs[1].tolist() == [b"none", b"here"]


@pytest.mark.parametrize("key", [0xDECAFCAFFE, 5])
def test_crosses_texts_and_rows_filled_up(key):
    words = tf.placeholder(tf.string, [3, 2])
    numbers = tf.SparseTensor([[0, 0], [2, 0], [2, 1]], tf.constant([4, 5, 6], tf.int64), [3, 2])
    crossed = tf.sparse.cross_hashed([words, numbers], 100, key)
    joined = tf.sparse.cross([words, numbers])
    filled, empty = tf.sparse_fill_empty_rows(numbers, tf.constant(-1, tf.int64))
    flat = tf.sparse_reshape(numbers, [-1])
    outputs = [*parts(crossed), *parts(joined), *parts(filled), empty, *parts(flat), tf.as_string(numbers.values)]
    ours, theirs = again(outputs, {words: [["a", "b"], ["c", "d"], ["e", "f"]]})
    same(ours, theirs)
    assert theirs[4].tolist()[0] in (b"a_X_4", b"4_X_a") and theirs[9].tolist() == [False, True, False]


def test_tables_and_checks():
    words = tf.placeholder(tf.string, [None])
    table = tf.lookup.index_table_from_tensor(["x", "y"], default_value=7)
    ids = table.lookup(words)
    with tf.control_dependencies([tf.Assert(tf.reduce_all(ids < 7), [ids])]):
        checked = tf.identity(ids)
    ours, theirs = again([checked, table.size()], {words: ["y", "x"]}, table.initializer)
    same(ours, theirs)
    assert theirs[0].tolist() == [1, 0]
    with pytest.raises(tf.errors.InvalidArgumentError, match="assertion failed"):
        again([checked], {words: ["z"]}, table.initializer)
