"""Whole files as strings, and the names of `tf.io`."""

import pytest

import kerasflow as tf
from kerasflow.core import errors


def test_files_are_written_whole_and_read(tmp_path):
    path = tf.placeholder(tf.string, [])
    write = tf.write_file(path, tf.constant(b"\x00binary\xff"))
    read = tf.read_file(path)
    with tf.Session() as sess:
        sess.run(write, {path: f"{tmp_path}/new/a"})
        assert sess.run(read, {path: f"{tmp_path}/new/a"}) == b"\x00binary\xff"
        assert [p.name for p in (tmp_path / "new").iterdir()] == ["a"]
        with pytest.raises(errors.NotFoundError, match="nothing; No such file"):
            sess.run(read, {path: f"{tmp_path}/nothing"})
        with pytest.raises(errors.FailedPreconditionError, match="directory"):
            sess.run(read, {path: str(tmp_path)})
    assert read.shape.as_list() == []
    with pytest.raises(ValueError, match="scalar string"):
        tf.read_file(["a", "b"])


def test_files_that_match(tmp_path):
    for name in ("b.txt", "a.txt", "c.csv"):
        (tmp_path / name).write_text("")
    found = tf.Session().run(tf.matching_files([f"{tmp_path}/*.txt", f"{tmp_path}/?.csv"]))
    assert found.tolist() == [f"{tmp_path}/{name}".encode() for name in ("a.txt", "b.txt", "c.csv")]
    assert tf.Session().run(tf.matching_files(f"{tmp_path}/nothing*")).tolist() == []


def test_the_names_of_tf_io(tmp_path):
    assert tf.io.FixedLenFeature is tf.FixedLenFeature and tf.io.decode_csv is tf.decode_csv
    assert tf.io.gfile.Exists is tf.gfile.Exists and tf.io.read_file is tf.read_file
    with tf.io.TFRecordWriter(str(tmp_path / "a")) as writer:
        writer.write(b"x")
    assert list(tf.io.tf_record_iterator(str(tmp_path / "a"))) == [b"x"]
    assert set(dir(tf.io)) >= {"parse_example", "write_graph", "gfile"}
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = tf.io.nothing
