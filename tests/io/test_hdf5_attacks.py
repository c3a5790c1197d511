"""Every attack of `hdf5_forgery` is refused before any data are read, and whatever else is not as it should be too."""

import re

import h5py
import numpy as np
import pytest
from h5py import h5d, h5s, h5t

from kerasflow.core.errors import DataLossError
from kerasflow.io import hdf5_guard
from kerasflow.io.hdf5 import ForeignFileError, read_arrays, read_meta, read_specs
from kerasflow.io.hdf5_layout import checksum, format_meta, pack
from tests.io.hdf5_forgery import ATTACKS, SECRET, VALUES, seal, sign


@pytest.fixture
def path(tmp_path):
    return tmp_path / "forged.h5"


@pytest.fixture
def secret(tmp_path):
    """A file that the attacker wants to have read."""
    (tmp_path / "secret").write_bytes(SECRET)
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["x"] = VALUES
    return tmp_path / "secret"


def assert_refused(path, message, monkeypatch, error=ForeignFileError):
    monkeypatch.setattr(hdf5_guard.StoredArray, "read", lambda self: pytest.fail("data were read"))
    for read in (read_arrays, read_specs, read_meta, lambda path: read_arrays(path, {}, strict=False)):
        with pytest.raises(error, match=re.escape(message)) as caught:
            read(path)
        assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize(("attack", "message"), ATTACKS.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_an_attack_is_refused_before_data_are_read(attack, message, path, secret, monkeypatch):
    with h5py.File(path, "w", libver="v108") as file:
        attack(file, secret)
        seal(file)
    assert_refused(path, message, monkeypatch)


def test_the_forger_can_make_a_genuine_file(path):
    with h5py.File(path, "w", libver="v108") as file:
        sign(file.create_dataset("x", data=VALUES))
        seal(file)
    arrays, meta = read_arrays(path)
    assert arrays["x"].tolist() == VALUES.tolist() and meta == {"kind": "weights"}


def test_arrays_that_share_their_bytes_are_refused(path, monkeypatch):
    """CVE-2026-0897 by overlap: each array fits into the file, all of them together do not."""
    with h5py.File(path, "w", libver="earliest") as file:  # the old structures have no checksums that would object
        file.create_dataset("a", data=np.ones(1000))
        for name in "bcdefghij":
            h5d.create(file.id, name.encode(), h5t.IEEE_F64LE, h5s.create_simple((1000,)))
        seal(file)
        place = file["a"].id.get_offset().to_bytes(8, "little")
    content, size = path.read_bytes(), (8000).to_bytes(8, "little")
    assert content.count(b"\xff" * 8 + size) == 9
    path.write_bytes(content.replace(b"\xff" * 8 + size, place + size))
    with h5py.File(path) as file:
        assert file["j"][999] == 1
    assert_refused(path, f"its arrays declare 80000 bytes, the whole file has {len(content)}", monkeypatch)


@pytest.mark.parametrize("name", ["x", "/"])
def test_no_checksum(path, name, monkeypatch):
    with h5py.File(path, "w", libver="v108") as file:
        sign(file.create_dataset("x", data=VALUES))
        seal(file)
        del file[name].attrs["checksum"]
    assert_refused(path, "it has no attribute 'checksum'", monkeypatch)


# --- the root --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b'{"format": 1, "kind": "w", "x": ' + b"[" * 5000 + b"]" * 5000 + b"}", "more than 100 levels deep"),
        (b'{"format": 2, "kind": "w"}', "its format is 2, this version of kerasflow reads format 1"),
        (b"[]", "does not say what it is"),
    ],
)
def test_a_foreign_description_is_refused(path, text, message, monkeypatch):
    with h5py.File(path, "w", libver="v108") as file:
        seal(file, text)
    assert_refused(path, message, monkeypatch)


def test_a_huge_description_is_refused(path, monkeypatch):
    with h5py.File(path, "w", libver="v108") as file:
        seal(file, format_meta({"kind": "x" * 2000}))
    monkeypatch.setattr(hdf5_guard, "LARGEST_META", 1000)
    assert_refused(path, "its attribute 'kerasflow' has 2025 bytes", monkeypatch)


@pytest.mark.parametrize("value", ["variable text", np.array([b"a", b"b"]), 3, h5py.Empty("S5")])
def test_a_description_is_one_string_of_fixed_length(path, value, monkeypatch):
    with h5py.File(path, "w", libver="v108") as file:
        seal(file)
        file.attrs["kerasflow"] = value
    assert_refused(path, "its attribute 'kerasflow' is no fixed-length string", monkeypatch)


def test_an_hdf5_file_of_another_program_is_refused(path, monkeypatch):
    with h5py.File(path, "w") as file:
        file.create_dataset("layers/dense/vars/0", data=VALUES)
    assert_refused(path, "an HDF5 file, but not one that kerasflow wrote", monkeypatch)


def test_a_file_behind_other_bytes_is_refused(path, monkeypatch):
    """HDF5 looks for its signature at 512, 1024, ... too: one file, two formats."""
    with h5py.File(path, "w", userblock_size=512) as file:
        seal(file)
    assert_refused(path, "not an HDF5 file", monkeypatch)


def test_another_description_is_seen(path, monkeypatch):
    with h5py.File(path, "w", libver="v108") as file:
        seal(file)
        file.attrs["kerasflow"] = np.bytes_(format_meta({"kind": "weights", "step": 1}))
    assert_refused(path, "the checksum of its table of contents is wrong", monkeypatch, DataLossError)


def test_an_array_that_is_added_or_removed_is_seen(path, monkeypatch):
    for name in ("added", "removed"):
        with h5py.File(path, "w", libver="v108") as file:
            sign(file.create_dataset("x", data=VALUES))
            sign(file.create_dataset("removed", data=VALUES), "removed")
            seal(file)
            if name == "added":
                sign(file.create_dataset("added", data=VALUES), "added")
            else:
                del file["removed"]
        assert_refused(path, "the checksum of its table of contents is wrong", monkeypatch, DataLossError)


# --- what only the data show -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "attributes", "message"),
    [
        (np.array([1, 7], np.uint8).view(bool), {}, "'x' holds booleans that are neither 0 nor 1"),
        (
            np.array([-1, 1], "<i8").view(np.uint8),
            {"strings": np.bytes_("bytes"), "shape": np.array([2])},
            "'x' of str",
        ),
        (
            np.frombuffer(np.array([1], "<i8").tobytes() + b"\xff", np.uint8),
            {"strings": np.bytes_("str"), "shape": np.array([1])},
            "'utf-8' codec can't decode",
        ),
    ],
)
def test_impossible_data_with_the_right_checksum(path, data, attributes, message):
    with h5py.File(path, "w", libver="v108") as file:
        dataset = file.create_dataset("x", data=data)
        dataset.attrs.update(attributes)
        kind = attributes["strings"].decode() if attributes else data.dtype.str
        shape = tuple(attributes["shape"].tolist()) if attributes else data.shape
        packed = pack("x", data)._replace(kind=kind, shape=shape)
        dataset.attrs["checksum"] = np.uint32(checksum("x", packed))
        seal(file)
    with pytest.raises(DataLossError, match=message):
        read_arrays(path)


def test_wrong_data_under_a_checksum(path):
    with h5py.File(path, "w", libver="v108") as file:
        sign(file.create_dataset("x", data=VALUES + 1))
        sign(file.create_dataset("y", data=VALUES), "y")
        seal(file)
    with pytest.raises(DataLossError, match="altered, the checksum of the array 'x' is wrong"):
        read_arrays(path)
    assert list(read_arrays(path, {"y": (float, (4,))}, strict=False)[0]) == ["y"]


def test_swapped_arrays_are_seen(path):
    """Both have the right bytes for their checksums, but under each other's name."""
    with h5py.File(path, "w", libver="v108") as file:
        sign(file.create_dataset("x", data=VALUES), "y")
        sign(file.create_dataset("y", data=VALUES), "x")
        seal(file)
    with pytest.raises(DataLossError, match="the checksum of the array 'x' is wrong"):
        read_arrays(path)
