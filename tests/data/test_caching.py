"""Elements kept in a file: written once, read by later passes and programs, and never run."""

import io
from pathlib import Path

import numpy as np
import pytest

import kerasflow as tf

Dataset = tf.data.Dataset


class Source:
    """A generator that counts its passes."""

    def __init__(self, items):
        self.items, self.passes = items, 0

    def __call__(self):
        self.passes += 1
        yield from self.items


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "kept")


def test_it_is_made_once(path):
    source = Source([1, 2, 3])
    data = Dataset.from_generator(source, tf.int32, []).cache(path)
    for _ in range(2):
        assert list(data.repeat(2).as_numpy_iterator()) == [1, 2, 3] * 2
    assert source.passes == 1
    assert list(Dataset.from_generator(Source([9]), tf.int32, []).cache(path).as_numpy_iterator()) == [1, 2, 3]


@pytest.mark.parametrize(
    "element",
    [
        np.arange(6, dtype=np.float32).reshape(2, 3),
        np.array([True, False]),
        np.float64(2.5),
        np.array([[b"a", b""], [b"\x00\xff\n", b"long" * 100]], object),
        np.zeros((0, 2), np.int64),
        np.array([], object),
        np.array(b"alone", object),
        np.complex64(1 + 2j),
    ],
    ids=lambda e: f"{np.asarray(e).dtype}{np.shape(e)}",
)
def test_values_are_kept_as_they_are(element, path):
    data = Dataset.from_tensors({"x": element, "y": 1}).cache(path)
    for _ in range(2):
        [found] = data.as_numpy_iterator()
        value = np.asarray(found["x"], np.asarray(element).dtype)
        assert value.shape == np.shape(element) and found["y"] == 1
        np.testing.assert_array_equal(value, element)


def test_sparse_values(path):
    sparse = tf.SparseTensorValue(np.array([[0, 1], [1, 0]]), np.array([5.0, 6.0]), np.array([2, 3]))
    data = Dataset.from_tensors(tf.SparseTensor(*sparse)).cache(path)
    for _ in range(2):
        [found] = data.as_numpy_iterator()
        for one, other in zip(found, sparse, strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_pass_that_does_not_reach_its_end_leaves_nothing(path, tmp_path):
    source = Source(range(10))
    data = Dataset.from_generator(source, tf.int32, []).cache(path)
    assert list(data.take(3).as_numpy_iterator()) == [0, 1, 2]
    assert list(tmp_path.iterdir()) == []
    assert len(list(data.as_numpy_iterator())) == 10 and source.passes == 2
    assert [p.name for p in tmp_path.iterdir()] == ["kept"]


def test_in_a_graph_and_in_fit(path):
    x = np.random.default_rng(0).normal(size=(32, 3)).astype(np.float32)
    data = Dataset.from_tensor_slices((x, x.sum(1))).cache(path).batch(8)
    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    model.compile(tf.keras.optimizers.SGD(0.1), "mse")
    history = model.fit(data, epochs=30, verbose=0)
    assert history.history["loss"][-1] < 0.01
    with tf.Graph().as_default(), tf.Session() as sess:
        batch = Dataset.range(3).cache(path + "2").batch(3).make_one_shot_iterator().get_next()
        assert sess.run(batch).tolist() == [0, 1, 2]


def test_no_name_is_memory(tmp_path):
    source = Source([1])
    data = Dataset.from_generator(source, tf.int32, []).cache("").repeat(3)
    assert list(data.as_numpy_iterator()) == [1, 1, 1] and source.passes == 1


def test_other_elements_are_refused(path):
    list(Dataset.range(3).cache(path).as_numpy_iterator())
    with pytest.raises(tf.errors.InvalidArgumentError, match="keeps other .*int64.* not .*float32.* Delete it"):
        list(Dataset.from_tensor_slices([1.0]).cache(path).as_numpy_iterator())


def test_damage_is_told(path):
    list(Dataset.range(300).cache(path).as_numpy_iterator())
    whole = Path(path).read_bytes()
    for damaged in (whole[:-5], whole[:200] + b"x" + whole[201:], b"no records at all, but a text"):
        Path(path).write_bytes(damaged)
        with pytest.raises((tf.errors.DataLossError, tf.errors.InvalidArgumentError)):
            list(Dataset.range(300).cache(path).as_numpy_iterator())


def test_what_would_run_is_not_run(path):
    class Trap:
        def __reduce__(self):
            return print, ("ran",)

    stream_of_objects = np.empty(1, object)
    stream_of_objects[0] = Trap()
    list(Dataset.range(1).cache(path).as_numpy_iterator())
    [head, _] = tf.python_io.tf_record_iterator(path)
    trap = io.BytesIO()
    np.lib.format.write_array(trap, stream_of_objects, allow_pickle=True)
    with tf.python_io.TFRecordWriter(path) as writer:
        writer.write(head)
        writer.write(trap.getvalue())
    with pytest.raises(tf.errors.DataLossError, match="damaged"):
        list(Dataset.range(1).cache(path).as_numpy_iterator())
