"""Readers: keys, values and counts, as TensorFlow 1.15.5 gives them."""

import gzip

import numpy as np
import pytest

import kerasflow as tf


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"h\n1,2\r\n3,4\n")
    (tmp_path / "b.csv").write_bytes(b"h\n5,6")
    return tmp_path


@pytest.fixture
def sess():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def names(*paths):
    """A queue of names, filled and closed."""
    queue = tf.FIFOQueue(100, tf.string, shapes=[[]])
    session = tf.get_default_session()
    session.run(queue.enqueue_many([[str(p) for p in paths]]))
    session.run(queue.close())
    return queue


def all_of(sess, fetches):
    found = []
    with pytest.raises(tf.errors.OutOfRangeError, match="closed and has insufficient elements"):
        while True:
            found.append(sess.run(fetches))
    return found


def test_lines(sess, folder):
    a, b = folder / "a.csv", folder / "b.csv"
    reader = tf.TextLineReader(skip_header_lines=1)
    found = all_of(sess, reader.read(names(a, b)))
    assert found == [(f"{a}:2".encode(), b"1,2"), (f"{a}:3".encode(), b"3,4"), (f"{b}:2".encode(), b"5,6")]
    assert all_of(sess, tf.TextLineReader().read(names(b)))[0] == (f"{b}:1".encode(), b"h")


def test_several_records_at_a_time(sess, folder):
    a, b = folder / "a.csv", folder / "b.csv"
    reader = tf.TextLineReader()
    keys, values = reader.read_up_to(names(a, b, a), 2)
    counts = [reader.num_records_produced(), reader.num_work_units_completed()]
    assert [sess.run(values).tolist() for _ in range(2)] == [[b"h", b"1,2"], [b"3,4"]]  # no more of the first file
    assert sess.run(values).tolist() == [b"h", b"5,6"]
    assert sess.run(counts) == [5, 1]
    sess.run(reader.reset())
    assert sess.run(counts) == [0, 0]
    assert sess.run(keys).tolist() == [f"{a}:1".encode(), f"{a}:2".encode()]
    with pytest.raises(tf.errors.InvalidArgumentError, match="positive"):
        sess.run(reader.read_up_to(names(), 0))


def test_two_operations_of_a_reader_take_turns(sess, folder):
    reader, queue = tf.TextLineReader(), names(folder / "a.csv")
    one, two = reader.read(queue)[1], reader.read(queue)[1]
    assert [sess.run(one), sess.run(two), sess.run(one)] == [b"h", b"1,2", b"3,4"]


def test_records_of_one_length(sess, tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(range(11)))
    reader = tf.FixedLengthRecordReader(3, header_bytes=1, footer_bytes=1)
    expected = [(f"{path}:{k}".encode(), bytes(range(1 + 3 * k, 4 + 3 * k))) for k in range(3)]
    assert all_of(sess, reader.read(names(path))) == expected
    hopping = tf.FixedLengthRecordReader(3, hop_bytes=4)
    assert [v for _, v in all_of(sess, hopping.read(names(path)))] == [
        bytes([0, 1, 2]),
        bytes([4, 5, 6]),
        bytes([8, 9, 10]),
    ]
    packed = tmp_path / "a.gz"
    packed.write_bytes(gzip.compress(b"abcd"))
    assert [v for _, v in all_of(sess, tf.FixedLengthRecordReader(2, encoding="GZIP").read(names(packed)))] == [
        b"ab",
        b"cd",
    ]
    with pytest.raises(ValueError, match="numbers of bytes"):
        tf.FixedLengthRecordReader(0)


def test_tfrecords(sess, tmp_path):
    path = str(tmp_path / "a.tfrecord")
    options = tf.python_io.TFRecordOptions(tf.python_io.TFRecordCompressionType.GZIP)
    for given in (None, options):
        with tf.python_io.TFRecordWriter(path, given) as writer:
            [writer.write(r) for r in (b"one", b"three", b"")]
        found = all_of(sess, tf.TFRecordReader(options=given).read(names(path)))
        assert found == [(f"{path}:{k}".encode(), r) for k, r in ((0, b"one"), (19, b"three"), (40, b""))]


def test_whole_files_and_names(sess, folder):
    a = folder / "a.csv"
    assert all_of(sess, tf.WholeFileReader().read(names(a))) == [(str(a).encode(), a.read_bytes())]
    assert all_of(sess, tf.IdentityReader().read(names("x", "y"))) == [(b"x", b"x"), (b"y", b"y")]


def test_a_file_that_is_not_there_is_named(sess, tmp_path):
    with pytest.raises(tf.errors.NotFoundError, match="no_such_file"):
        sess.run(tf.TextLineReader().read(names(tmp_path / "no_such_file")))


def test_readers_take_queues_of_strings(sess):
    with pytest.raises(TypeError, match="queue of strings"):
        tf.TextLineReader().read(["a.csv"])
    with pytest.raises(TypeError, match="queue of strings"):
        tf.TextLineReader().read(tf.FIFOQueue(1, tf.int32))


def test_a_program_that_reads_csv_files(sess, folder):
    queue = tf.train.string_input_producer([str(folder / "a.csv"), str(folder / "b.csv")], num_epochs=2, shuffle=False)
    line = tf.TextLineReader(skip_header_lines=1).read(queue)[1]
    x = tf.train.batch(tf.decode_csv(line, [[0], [0]]), 4, allow_smaller_final_batch=True)
    sess.run(tf.local_variables_initializer())
    coord = tf.train.Coordinator()
    threads = tf.train.start_queue_runners(sess, coord)
    found = [np.stack(batch, 1).tolist() for batch in all_of(sess, x)]
    coord.request_stop()
    coord.join(threads)
    assert found == [[[1, 2], [3, 4], [5, 6], [1, 2]], [[3, 4], [5, 6]]]
