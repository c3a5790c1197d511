"""Zip archives of a few known members."""

import struct
import zipfile

import pytest

from kerasflow.core.errors import DataLossError
from kerasflow.io import archive
from kerasflow.io.archive import is_archive, read_members, write_archive
from kerasflow.io.files import MissingFileError
from kerasflow.io.hdf5_layout import ForeignFileError


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a.keras"
    write_archive(path, {"a": b"alpha" * 100, "b": b""})
    return path


def test_round_trip(path):
    assert is_archive(path)
    assert read_members(path, ["b", "a"]) == {"a": b"alpha" * 100, "b": b""}
    assert read_members(path, ["b"], ["c"]) == {"b": b""}
    with zipfile.ZipFile(path) as file:
        assert {info.compress_type for info in file.infolist()} == {zipfile.ZIP_STORED}


def refused(path, message, error=ForeignFileError, names=("a",)):
    with pytest.raises(error, match=message) as caught:
        read_members(path, names)
    assert str(caught.value).startswith(f"{path}: ")


def test_what_is_not_there(path, tmp_path):
    refused(path, "no member 'c'", names=["a", "c"])
    refused(tmp_path / "none", "no such file", MissingFileError)
    (tmp_path / "text").write_text("PK")
    refused(tmp_path / "text", "not a zip archive")


def test_a_member_twice(path):
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as file:
        file.writestr("a", b"other")
    refused(path, "two members 'a'")


def test_an_encrypted_member(path):
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    path.write_bytes(bytes(content))
    refused(path, "'a' is encrypted")


def test_other_ways_to_compress(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as file:
        file.writestr("a", b"alpha")
    refused(path, "neither stored nor deflated")


def test_bombs(path, monkeypatch):
    monkeypatch.setattr(archive, "FREELY", 1 << 10)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a", bytes(1 << 20))
        file.writestr("b", bytes(1 << 10))
    refused(path, r"'a' expands from \d+ bytes to 1048576, more than it may")
    assert read_members(path, ["b"]) == {"b": bytes(1 << 10)}


def test_a_member_that_lies_about_its_size(path):
    content = path.read_bytes()
    size = struct.pack("<I", 500)
    assert content.count(size) == 4  # stored and expanded, in both headers
    path.write_bytes(content.replace(size, struct.pack("<I", 400)))
    refused(path, "truncated or altered", DataLossError)


def test_many_members(path, monkeypatch):
    monkeypatch.setattr(archive, "MOST_MEMBERS", 1)
    refused(path, "has 2 members, 1 at the most")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_truncated(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    refused(path, "truncated or altered", DataLossError)


def test_a_flipped_bit(path):
    content = bytearray(path.read_bytes())
    content[content.index(b"alpha") + 7] ^= 4
    path.write_bytes(bytes(content))
    refused(path, "truncated or altered", DataLossError)
