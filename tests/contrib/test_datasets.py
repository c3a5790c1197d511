"""tf.contrib.learn.datasets: tables, irises, and digits, in the order TensorFlow 1.15.5 gives them out."""

import gzip
import struct

import numpy as np
import pytest

import kerasflow as tf

D = tf.contrib.learn.datasets


def test_tables(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("2,3,a,b\n1.5,2,3,1\n4,5,6,0\n")
    data, target = D.base.load_csv_with_header(path, np.int32, np.float32)
    assert data.tolist() == [[1.5, 2, 3], [4, 5, 6]] and target.tolist() == [1, 0]
    assert (data.dtype, target.dtype) == (np.float32, np.int32)
    path.write_text("x,1.5,2\n\ny,4,5\n")
    found = D.base.load_csv_without_header(filename=path, target_dtype="U1", features_dtype=float, target_column=0)
    assert found.data.tolist() == [[1.5, 2], [4, 5]] and found.target.tolist() == ["x", "y"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: expected the numbers of rows and of features, got ''"),
        ("a,b\n1,2\n", "line 1: expected the numbers of rows and of features, got 'a,b'"),
        ("3,2\n1,2,0\n", "has 1 rows; its first line says 3"),
        ("1,2\n1,2,0\n3,4,1\n", "has 2 rows; its first line says 1"),
        ("2,2\n1,2,0\n1,0\n", "line 3: expected 3 cells, got 2"),
        ("1,2\n1,x,0\n", "line 2: could not convert string to float: .*'x'"),
        ("1,2\n1,2,0.5\n", "line 2: .*'0.5'"),
    ],
)
def test_broken_tables(tmp_path, text, told):
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=told):
        D.base.load_csv_with_header(path, int, float)


def test_data_sets_by_name():
    iris = D.load_dataset("iris")
    assert iris.data.shape == (150, 4) and iris.target.tolist() == [0] * 50 + [1] * 50 + [2] * 50
    assert iris.data[100].tolist() == [6.3, 3.3, 6.0, 2.5]
    with pytest.raises(ValueError, match="not found: boston"):
        D.load_dataset("boston")


def digits(folder, n=7, tests=3):
    pictures = {"train": np.arange(n * 4, dtype=np.uint8), "t10k": np.arange(tests * 4, dtype=np.uint8) + 100}
    for name, values in pictures.items():
        count = len(values) // 4
        packed = struct.pack(">BBBBIII", 0, 0, 8, 3, count, 2, 2) + values.tobytes()
        (folder / f"{name}-images-idx3-ubyte.gz").write_bytes(gzip.compress(packed))
        labels = struct.pack(">BBBBI", 0, 0, 8, 1, count) + bytes(range(count))
        (folder / f"{name}-labels-idx1-ubyte").write_bytes(labels)


def test_digits(tmp_path):
    digits(tmp_path)
    found = D.mnist.read_data_sets(tmp_path, validation_size=2, seed=5)
    assert [d.num_examples for d in found] == [5, 2, 3]
    np.testing.assert_allclose(found.train.images[0], np.arange(8, 12) / 255.0, rtol=1e-6)
    assert found.validation.labels.tolist() == [0, 1] and found.test.images.dtype == np.float32
    given = [found.train.next_batch(2) for _ in range(5)]
    order = np.random.RandomState(5)
    first, second = np.arange(2, 7), np.arange(5)
    order.shuffle(first)
    order.shuffle(second)
    wanted = [*first, *first[second]]
    assert np.concatenate([labels for _, labels in given]).tolist() == wanted
    np.testing.assert_allclose(np.concatenate([x for x, _ in given])[:, 0], 4 * np.array(wanted) / 255.0, rtol=1e-6)
    assert found.train.epochs_completed == 1
    raw = D.mnist.read_data_sets(tmp_path, one_hot=True, dtype=tf.uint8, reshape=False, validation_size=0).test
    assert raw.images.shape == (3, 2, 2, 1) and raw.images[1, 0, 1, 0] == 105 and raw.images.dtype == np.uint8
    np.testing.assert_array_equal(raw.labels, np.eye(10)[:3])


def test_digits_that_cannot_be_read(tmp_path):
    read = D.mnist.read_data_sets
    with pytest.raises(FileNotFoundError, match="no train-images-idx3-ubyte.gz in .*Nothing is fetched"):
        D.mnist.load_mnist(tmp_path)
    digits(tmp_path)
    with pytest.raises(ValueError, match="between 0 and 7. Received: 8"):
        read(tmp_path, validation_size=8)
    with pytest.raises(TypeError, match="Invalid image dtype float64"):
        read(tmp_path, dtype=tf.float64, validation_size=0)
    with pytest.raises(ValueError, match="more than the 7 examples"):
        read(tmp_path, validation_size=0).train.next_batch(8)
    path = tmp_path / "t10k-labels-idx1-ubyte"
    for octets in (b"", b"\0\0\x09\1\0\0\0\1\0", path.read_bytes()[:-1], b"\0\0\x08\1\0\0"):
        path.write_bytes(octets)
        with pytest.raises(ValueError, match="t10k-labels-idx1-ubyte: this is no file of bytes in the format IDX"):
            read(tmp_path, validation_size=0)
    for made in (lambda: read(tmp_path, fake_data=True), lambda: D.mnist.DataSet([], [], fake_data=True)):
        with pytest.raises(ValueError, match="fake_data must be False"):
            made()
