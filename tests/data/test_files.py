"""Data sets over files. The expectations were those of TensorFlow 1.15.5, save where a test says otherwise."""

import gzip
import zlib

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core import errors
from tests.data.test_dataset import listed

PACK = {"": bytes, "GZIP": gzip.compress, "ZLIB": zlib.compress}


@pytest.mark.parametrize("compression", PACK)
def test_lines(tmp_path, compression):
    path = tmp_path / "a.txt"
    path.write_bytes(PACK[compression](b"a\r\nb\n\nc d\ne"))
    names = [str(path)] * 2
    assert listed(tf.data.TextLineDataset(names, compression)) == [b"a", b"b", b"", b"c d", b"e"] * 2


def test_lines_across_the_pieces_that_are_read(tmp_path):
    lines = [b"%d" % i * (i % 7) for i in range(300_000)]
    path = tmp_path / "a.txt"
    path.write_bytes(b"\n".join(lines) + b"\n")
    assert listed(tf.data.TextLineDataset(str(path))) == lines


def test_a_carriage_return_within_a_line_stays(tmp_path):  # TensorFlow loses it
    (tmp_path / "a.txt").write_bytes(b"c\rd\r\n")
    assert listed(tf.data.TextLineDataset(str(tmp_path / "a.txt"))) == [b"c\rd"]


def test_names_from_data_sets_and_placeholders(tmp_path):
    for name in "abc":
        (tmp_path / f"{name}.txt").write_text(f"{name}1\n{name}2\n")
    (tmp_path / "other").write_text("x")
    found = tf.data.Dataset.list_files(f"{tmp_path}/*.txt", shuffle=False)
    assert listed(found) == [f"{tmp_path}/{name}.txt".encode() for name in "abc"]
    assert sorted(listed(tf.data.Dataset.list_files(f"{tmp_path}/*.txt", seed=1))) == listed(found)
    assert listed(tf.data.Dataset.list_files(f"{tmp_path}/nothing*")) == []
    assert listed(tf.data.TextLineDataset(found)) == [b"a1", b"a2", b"b1", b"b2", b"c1", b"c2"]
    turns = found.interleave(tf.data.TextLineDataset, cycle_length=3)
    assert listed(turns) == [b"a1", b"b1", b"c1", b"a2", b"b2", b"c2"]
    name = tf.placeholder(tf.string, [None])
    iterator = tf.data.TextLineDataset(name).make_initializable_iterator()
    line = iterator.get_next()
    with tf.Session() as sess:
        sess.run(iterator.initializer, {name: [f"{tmp_path}/b.txt"]})
        assert sess.run(line) == b"b1"


def test_records_of_one_length(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(range(11)))

    def records(*arguments):
        return [list(r) for r in listed(tf.data.FixedLengthRecordDataset(str(path), *arguments))]

    assert records(3, 2) == [[2, 3, 4], [5, 6, 7], [8, 9, 10]]
    assert records(3, 1, 1) == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    assert records(4, 0, 3) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    for arguments in [(4,), (20,), (2, 20)]:
        with pytest.raises(errors.InvalidArgumentError, match="no whole records of"):
            records(*arguments)


@pytest.mark.parametrize("compression", PACK)
def test_tfrecords(tmp_path, compression):
    path = str(tmp_path / "a.tfrecord")
    rng = np.random.default_rng(0)
    records = [rng.bytes(n) for n in rng.integers(0, 400, 3000)] + [b"", rng.bytes(5000), rng.bytes(3 << 20), b"last"]
    with tf.python_io.TFRecordWriter(path, compression) as writer:
        for record in records:
            writer.write(record)
    assert listed(tf.data.TFRecordDataset(path, compression)) == records
    options = tf.python_io.TFRecordOptions(compression)
    assert list(tf.python_io.tf_record_iterator(path, options)) == records


def test_the_bytes_of_a_tfrecord(tmp_path):
    path = tmp_path / "a"
    with tf.python_io.TFRecordWriter(str(path)) as writer:
        writer.write(b"one")
        writer.flush()
        assert path.stat().st_size == 19
    # written by TensorFlow 1.15.5
    assert path.read_bytes().hex() == "0300000000000000b099490e6f6e6501405508"


def test_damage_is_told_where_it_is(tmp_path):
    path = tmp_path / "a"
    with tf.python_io.TFRecordWriter(str(path)) as writer:
        for i in range(4):
            writer.write(b"%d" % i * 10)
    whole = path.read_bytes()
    size = len(whole) // 4
    for place, text in [(2 * size + 3, "corrupted"), (2 * size + 15, "corrupted"), (3 * size - 1, "corrupted")]:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        elements = tf.data.TFRecordDataset(str(path)).as_numpy_iterator()
        assert [next(elements), next(elements)] == [b"0" * 10, b"1" * 10]
        with pytest.raises(errors.DataLossError, match=f"{text} record at {2 * size}"):
            next(elements)
    path.write_bytes(whole[:-1])
    with pytest.raises(errors.DataLossError, match=f"truncated record at {3 * size}"):
        listed(tf.data.TFRecordDataset(str(path)))


@pytest.mark.parametrize("compression", ["GZIP", "ZLIB"])
def test_compressed_files_that_are_cut_off_or_damaged(tmp_path, compression):
    path = tmp_path / "a.txt"
    packed = PACK[compression](b"line\n" * 10000)
    for content in (packed[:-5], b"nothing of the kind", packed[:20] + b"\0\0\0\0" + packed[24:]):
        path.write_bytes(content)
        with pytest.raises(errors.DataLossError, match="a.txt: "):
            listed(tf.data.TextLineDataset(str(path), compression))


def test_what_is_refused(tmp_path):
    with pytest.raises(errors.NotFoundError, match="nothing; No such file"):
        listed(tf.data.TextLineDataset(str(tmp_path / "nothing")))
    with pytest.raises(errors.FailedPreconditionError, match="directory"):
        listed(tf.data.TFRecordDataset(str(tmp_path)))
    with pytest.raises(errors.NotFoundError):
        tf.python_io.TFRecordWriter(str(tmp_path / "no" / "where"))
    with pytest.raises(TypeError, match="strings for the filenames"):
        tf.data.TextLineDataset(3)
    with pytest.raises(TypeError, match="a dataset of strings"):
        tf.data.TextLineDataset(tf.data.Dataset.range(3))
    with pytest.raises(ValueError, match="compression must be one of .*'ZIP'"):
        tf.data.TextLineDataset("a", "ZIP")
    with pytest.raises(ValueError, match="compression must be one of"):
        tf.python_io.TFRecordOptions(7)
    with pytest.raises(TypeError, match="SerializeToString"):
        tf.python_io.TFRecordWriter(str(tmp_path / "a")).write("text")
