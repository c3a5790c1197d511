"""Trees of arrays that other programs read and write."""

import h5py
import numpy as np
import pytest

from kerasflow.core.errors import DataLossError
from kerasflow.io import hdf5_guard
from kerasflow.io.files import MissingFileError
from kerasflow.io.hdf5_layout import ArraySpec, ForeignFileError
from kerasflow.io.hdf5_tree import is_named_arrays, opened_tree, tree_bytes, write_tree

ARRAYS = {"a/b": np.arange(6, dtype=np.float32).reshape(2, 3), "a/c": np.array(7, np.int64), "d": np.zeros((0, 2))}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "t.h5"
    write_tree(path, ARRAYS, {"": {"note": "text"}, "a": {"names": ["x", "é"], "none": []}, "e/f": {"name": "empty"}})
    return path


def test_round_trip(path):
    for source in (path, path.read_bytes()):
        with opened_tree(source, "t") as tree:
            assert tree.arrays == {name: ArraySpec(a.dtype, a.shape) for name, a in ARRAYS.items()}
            assert all(np.array_equal(tree.read(name), a) for name, a in ARRAYS.items())
            assert (tree.texts("", "note"), tree.texts("a", "names"), tree.texts("a", "none")) == (
                ["text"],
                ["x", "é"],
                [],
            )
            assert tree.texts("a", "other") is None and tree.texts("e/f", "name") == ["empty"]
            assert tree.has_group("e/f") and not tree.has_group("a/b")
            with pytest.raises(ForeignFileError, match="no group 'g'"):
                tree.texts("g", "name")


def test_long_lists_go_on_in_other_attributes(tmp_path):
    names = [f"{'n' * 100}{i}" for i in range(2000)]
    content = tree_bytes({"a": np.zeros(1)}, {"": {"names": names}})
    with opened_tree(content, "t") as tree:
        assert tree.texts("", "names") == names


def test_texts_of_other_programs(tmp_path):
    with h5py.File(tmp_path / "t.h5", "w") as file:
        file.attrs["str"] = "é"
        file.attrs["list"] = ["a", "b"]
        file.attrs["fixed"] = np.bytes_("c")
        file.attrs["number"] = 3
        file.attrs["table"] = np.array([[b"a"]])
    with opened_tree(tmp_path / "t.h5", "t") as tree:
        assert [tree.texts("", n) for n in ("str", "list", "fixed")] == [["é"], ["a", "b"], ["c"]]
        for name in ("number", "table"):
            with pytest.raises(ForeignFileError, match=f"attribute '{name}' is no text"):
                tree.texts("", name)


def test_texts_without_end(path, monkeypatch):
    monkeypatch.setattr(hdf5_guard, "MOST_TEXTS", 1)
    with opened_tree(path, "t") as tree, pytest.raises(ForeignFileError, match="'names' is too large"):
        tree.texts("a", "names")


def test_what_is_no_tree(path, tmp_path):
    with pytest.raises(MissingFileError, match="no such file"), opened_tree(tmp_path / "none", "none"):
        pass
    with pytest.raises(ForeignFileError, match="t: not an HDF5 file"), opened_tree(b"text", "t"):
        pass
    with pytest.raises(DataLossError, match="t: the file is truncated"), opened_tree(path.read_bytes()[:600], "t"):
        pass


def test_arrays_that_overlap_or_are_elsewhere(tmp_path):
    with h5py.File(tmp_path / "t.h5", "w") as file:
        file.create_dataset("x", (10,), "f4", chunks=(5,))
    with pytest.raises(ForeignFileError, match="t: 'x' is stored in chunks"), opened_tree(tmp_path / "t.h5", "t"):
        pass


def test_errors_of_the_caller_pass(path):
    with pytest.raises(ZeroDivisionError), opened_tree(path, "t"):
        raise ZeroDivisionError


def test_kerasflows_own_files_are_told_apart(path, tmp_path):
    assert not is_named_arrays(path)
    assert not is_named_arrays(tmp_path / "none")
    with h5py.File(path, "r+") as file:
        file.attrs["kerasflow"] = "{}"
    assert is_named_arrays(path)
