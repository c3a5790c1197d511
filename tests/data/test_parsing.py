"""Example messages as tensors. All expectations are those of TensorFlow 1.15.5."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.errors import InvalidArgumentError

Fixed, Varying, Sequence, Sparse = tf.FixedLenFeature, tf.VarLenFeature, tf.FixedLenSequenceFeature, tf.SparseFeature
LISTS = {float: ("float_list", "FloatList"), int: ("int64_list", "Int64List"), bytes: ("bytes_list", "BytesList")}


def feature(*values):
    if not values:
        return tf.train.Feature()
    field, kind = LISTS[type(values[0])]
    return tf.train.Feature(**{field: getattr(tf.train, kind)(value=values)})


def example(**features):
    made = {key: feature(*values) for key, values in features.items()}
    return tf.train.Example(features=tf.train.Features(feature=made)).SerializeToString()


TWO = [example(x=[1.0, 2.0, 3.0], n=[7], s=[b"hi"]), example(x=[4.0, 5.0, 6.0], s=[b"a", b"b"])]


def parsed(serialized, features, single=False):
    made = (tf.parse_single_example if single else tf.parse_example)(serialized, features)
    found = tf.Session().run(made)
    return {k: [p.tolist() for p in v] if isinstance(v, tuple) else np.asarray(v).tolist() for k, v in found.items()}


def test_the_bytes_of_a_message():
    # what TensorFlow 1.15.5 reads and writes; the order of a map's entries is anybody's
    whole = bytes.fromhex(
        "0a300a150a01781210120e0a0c0000803f00000040000040400a0b0a017312060a040a0268690a0a0a016e12051a030a0107"
    )
    assert tf.train.Example.FromString(whole) == tf.train.Example.FromString(TWO[0])
    assert len(TWO[0]) == len(whole)


def test_a_batch():
    wanted = {"x": Fixed([3], tf.float32), "n": Fixed([], tf.int64, -1), "s": Varying(tf.string)}
    assert parsed(TWO, wanted) == {
        "x": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],
        "n": [7, -1],
        "s": [[[0, 0], [1, 0], [1, 1]], [b"hi", b"a", b"b"], [2, 2]],
    }
    made = tf.parse_example(tf.placeholder(tf.string, [None]), wanted)
    assert [made["x"].shape.as_list(), made["n"].shape.as_list(), made["s"].shape.as_list()] == [
        [None, 3], [None], [None, None],
    ]  # fmt: skip


def test_one_message():
    wanted = {
        "x": Fixed([3, 1], tf.float32),
        "n": Fixed([], tf.int64, -1),
        "s": Varying(tf.string),
        "m": Varying(tf.int64),
    }
    assert parsed(TWO[1], wanted, single=True) == {
        "x": [[4.0], [5.0], [6.0]],
        "n": -1,
        "s": [[[0], [1]], [b"a", b"b"], [2]],
        "m": [[], [], [0]],
    }
    made = tf.parse_single_example(tf.placeholder(tf.string, []), wanted)
    assert made["x"].shape.as_list() == [3, 1] and made["s"].shape.as_list() == [None]


def test_defaults():
    wanted = {"x": Fixed([2], tf.float32, [1.0, 2.0]), "s": Fixed([], tf.string, "q")}
    assert parsed([example(), example(x=[])], wanted) == {"x": [[1.0, 2.0]] * 2, "s": [b"q"] * 2}


def test_sequences_are_filled_up():
    wanted = {"x": Sequence([2], tf.float32, allow_missing=True, default_value=-1.0)}
    found = parsed([example(x=[1.0, 2.0]), example(x=[3.0, 4.0, 5.0, 6.0]), example()], wanted)
    assert found == {"x": [[[1.0, 2.0], [-1.0, -1.0]], [[3.0, 4.0], [5.0, 6.0]], [[-1.0, -1.0], [-1.0, -1.0]]]}
    assert parsed(TWO, {"s": Sequence([], tf.string, True)}) == {"s": [[b"hi", b""], [b"a", b"b"]]}
    found = parsed(example(x=[1.0, 2.0, 3.0, 4.0]), {"x": Sequence([2], tf.float32, True)}, single=True)
    assert found == {"x": [[1.0, 2.0], [3.0, 4.0]]}


def test_places_and_values():
    wanted = {"sp": Sparse("at", "v", tf.float32, 10)}
    found = parsed([example(at=[3, 1], v=[5.0, 6.0]), example(at=[0], v=[9.0])], wanted)
    assert found == {"sp": [[[0, 1], [0, 3], [1, 0]], [6.0, 5.0, 9.0], [2, 10]]}


@pytest.mark.parametrize(
    ("message", "wanted", "text"),
    [
        (TWO, {"n": Fixed([], tf.int64)}, r"Feature: n \(data type: int64\) is required .* message 1"),
        (TWO, {"x": Fixed([2], tf.float32)}, r"Key: x, Index: 0.*Values size: 3 but output shape: \[2\]"),
        (TWO, {"x": Fixed([3], tf.int64)}, "Key: x, Index: 0.*Expected type: int64, Actual type: float"),
        (TWO, {"x": Varying(tf.string)}, "Expected type: string, Actual type: float"),
        (TWO, {"x": Sequence([2], tf.float32, True)}, "3 values are no whole number of parts"),
        ([b"\xff\xff"], {"x": Varying(tf.int64)}, "Could not parse example input 0, value: b'"),
        ([example(at=[3], v=[5.0, 6.0])], {"x": Sparse("at", "v", tf.float32, 9)}, "1 'at' but 2 'v'"),
        ([example(at=[9], v=[5.0])], {"x": Sparse("at", "v", tf.float32, 9)}, r"'at' has 9, which is not in \[0, 9\)"),
    ],
)
def test_messages_that_are_refused(message, wanted, text):
    with pytest.raises(InvalidArgumentError, match=text):
        parsed(message, wanted)


@pytest.mark.parametrize(
    ("wanted", "error", "text"),
    [
        ({}, ValueError, "Missing"),
        ([1], TypeError, "must be a dict"),
        ({"x": 3}, TypeError, "Feature 'x': expected a FixedLenFeature"),
        ({"x": Fixed([3], tf.int32)}, TypeError, "not int32"),
        ({"x": Fixed([None], tf.float32)}, ValueError, "must be known"),
        ({"x": Fixed([2], tf.float32, [1.0])}, ValueError, "1 values"),
        ({"x": Sequence([], tf.float32)}, ValueError, "allow_missing"),
    ],
)
def test_features_that_are_refused(wanted, error, text):
    with pytest.raises(error, match=text):
        tf.parse_example(TWO, wanted)
    with pytest.raises(ValueError, match="a scalar of messages"):
        tf.parse_single_example(TWO, {"x": Varying(tf.float32)})


def sequence():
    def steps(*each):
        return tf.train.FeatureList(feature=[feature(*values) for values in each])

    lists = {"t": steps([1, 2], [3, 4]), "w": steps([b"a"], [b"b", b"c"])}
    return tf.train.SequenceExample(
        context=tf.train.Features(feature={"l": feature(2)}),
        feature_lists=tf.train.FeatureLists(feature_list=lists),
    ).SerializeToString()


def test_a_sequence():
    context, lists = tf.parse_single_sequence_example(
        sequence(),
        {"l": Fixed([], tf.int64), "z": Varying(tf.float32)},
        {"t": Sequence([2], tf.int64), "w": Varying(tf.string), "no": Sequence([], tf.int64, allow_missing=True)},
    )
    assert [lists[k].shape.as_list() for k in ("t", "w", "no")] == [[None, 2], [None, None], [None]]
    context, lists = tf.Session().run([context, lists])
    assert context["l"] == 2 and context["z"].dense_shape.tolist() == [0]
    assert lists["t"].tolist() == [[1, 2], [3, 4]] and lists["no"].tolist() == []
    assert [p.tolist() for p in lists["w"]] == [[[0, 0], [1, 0], [1, 1]], [b"a", b"b", b"c"], [2, 2]]
    for wanted, text in [
        ({"no": Sequence([], tf.int64)}, "'no' is required"),
        ({"t": Sequence([], tf.int64)}, "Key: t"),
    ]:
        with pytest.raises(InvalidArgumentError, match=text):
            tf.Session().run(tf.parse_single_sequence_example(sequence(), None, wanted))


def test_a_pipeline(tmp_path):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(100, 4)).astype(np.float32), rng.integers(0, 3, 100)
    with tf.python_io.TFRecordWriter(str(tmp_path / "a")) as writer:
        for row, label in zip(X, y, strict=True):
            writer.write(example(x=row.tolist(), y=[int(label)]))
    wanted = {"x": Fixed([4], tf.float32), "y": Fixed([], tf.int64)}
    files = tf.data.TFRecordDataset(str(tmp_path / "a"))
    for dataset in (
        files.batch(32).map(lambda m: tf.parse_example(m, wanted)),
        files.map(lambda m: tf.parse_single_example(m, wanted)).batch(32),
    ):
        batches = list(dataset.as_numpy_iterator())
        np.testing.assert_array_equal(np.concatenate([b["x"] for b in batches]), X)
        np.testing.assert_array_equal(np.concatenate([b["y"] for b in batches]), y)
