"""Files by TensorFlow's names."""

import pytest

import kerasflow as tf


def test_texts_and_bytes(tmp_path):
    path = tmp_path / "a.txt"
    with tf.gfile.Open(path, "w") as file:
        file.write("zwei\nü\n")
        file.flush()
        assert file.size() == 8
    with tf.gfile.FastGFile(str(path)) as file:
        assert file.readline() == "zwei\n" and file.tell() == 5
        assert file.read() == "ü\n" and file.read() == ""
        file.seek(0)
        assert list(file) == ["zwei\n", "ü\n"]
    with tf.gfile.GFile(path, "a") as file:
        file.write("drei")
    with tf.gfile.GFile(path, "rb") as file:
        assert file.read(4) == b"zwei" and file.readlines()[-1] == b"drei"
        file.seek(0)
        assert next(file) == b"zwei\n"


def test_folders(tmp_path):
    deep = tmp_path / "a" / "b"
    tf.gfile.MakeDirs(deep)
    tf.gfile.MakeDirs(deep)
    tf.gfile.MkDir(tmp_path / "c")
    for name in ("x.txt", "y.txt", "z.bin"):
        (deep / name).write_bytes(b"12345")
    assert sorted(tf.gfile.ListDirectory(deep)) == ["x.txt", "y.txt", "z.bin"]
    assert tf.gfile.Glob(str(deep / "*.txt")) == [str(deep / "x.txt"), str(deep / "y.txt")]
    assert len(tf.gfile.Glob([str(deep / "*.txt"), str(deep / "*.bin")])) == 3
    assert tf.gfile.Stat(deep / "x.txt").length == 5 and tf.gfile.Stat(deep).is_directory
    assert [(len(d), len(f)) for _, d, f in tf.gfile.Walk(tmp_path)] != []
    assert sum(len(f) for _, _, f in tf.gfile.Walk(str(tmp_path), in_order=False)) == 3
    tf.gfile.Copy(deep / "x.txt", tmp_path / "copy")
    tf.gfile.Rename(tmp_path / "copy", tmp_path / "moved")
    assert tf.gfile.Exists(tmp_path / "moved") and not tf.gfile.Exists(tmp_path / "copy")
    tf.gfile.Copy(deep / "y.txt", tmp_path / "moved", overwrite=True)
    tf.gfile.Remove(tmp_path / "moved")
    tf.gfile.DeleteRecursively(tmp_path / "a")
    assert not tf.gfile.IsDirectory(deep) and tf.gfile.IsDirectory(tmp_path / "c")


@pytest.mark.parametrize(
    ("act", "error", "what"),
    [
        (lambda p: tf.gfile.GFile(p / "none").read(), tf.errors.NotFoundError, "none; No such file"),
        (lambda p: tf.gfile.GFile(p).read(), tf.errors.FailedPreconditionError, "Is a directory"),
        (lambda p: tf.gfile.GFile(p / "x", "rw"), tf.errors.InvalidArgumentError, "'rw'"),
        (lambda p: tf.gfile.ListDirectory(p / "none"), tf.errors.NotFoundError, "none"),
        (lambda p: tf.gfile.Remove(p / "none"), tf.errors.NotFoundError, "none"),
        (lambda p: tf.gfile.DeleteRecursively(p / "none"), tf.errors.NotFoundError, "none"),
        (lambda p: tf.gfile.MkDir(p / "here"), tf.errors.AlreadyExistsError, "here"),
        (lambda p: tf.gfile.MkDir(p / "none" / "x"), tf.errors.NotFoundError, "x"),
        (lambda p: tf.gfile.Copy(p / "file", p / "here"), tf.errors.AlreadyExistsError, "already exists"),
        (lambda p: tf.gfile.Rename(p / "none", p / "other"), tf.errors.NotFoundError, "none"),
        (lambda p: tf.gfile.Stat(p / "none"), tf.errors.NotFoundError, "none"),
    ],
)
def test_what_goes_wrong(tmp_path, act, error, what):
    (tmp_path / "here").mkdir()
    (tmp_path / "file").write_text("x")
    with pytest.raises(error, match=what):
        act(tmp_path)
    assert (tmp_path / "file").read_text() == "x"
