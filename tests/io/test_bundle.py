"""TensorFlow's checkpoints: one that TensorFlow 1.15.5 wrote, ours, and what is said of damaged ones."""

import os
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest

from kerasflow.core.errors import DataLossError
from kerasflow.io import bundle, sorted_table
from kerasflow.io.crc32c import crc32c, masked
from kerasflow.io.files import MissingFileError
from kerasflow.io.wire import fields, message, read_varint, varint
from tests.golden.checkpoint_values import VALUES

GENUINE = Path(__file__).parents[1] / "golden" / "checkpoint" / "m.ckpt-3"
DATA = ".data-00000-of-00001"


@pytest.fixture
def prefix(tmp_path):
    """A copy of the genuine checkpoint."""
    for end in (".index", DATA):
        shutil.copy(f"{GENUINE}{end}", tmp_path / f"m{end}")
    return tmp_path / "m"


def assert_same(found, wanted):
    assert list(found) == list(wanted)
    for name, value in wanted.items():
        assert (found[name].dtype, found[name].shape) == (value.dtype, value.shape), name
        np.testing.assert_array_equal(found[name], value)


def test_what_tensorflow_wrote_is_read():
    assert_same(bundle.read_bundle(GENUINE, VALUES), VALUES)
    specs = bundle.read_bundle_specs(GENUINE)
    assert list(specs) == sorted(VALUES)
    assert {n: s.shape for n, s in specs.items()} == {n: v.shape for n, v in VALUES.items()}


def test_the_same_values_give_the_same_bytes_as_tensorflow(tmp_path):
    bundle.write_bundle(tmp_path / "m", VALUES)
    assert (tmp_path / f"m{DATA}").read_bytes() == Path(f"{GENUINE}{DATA}").read_bytes()
    ours, theirs = (sorted_table.read_table(Path(f"{p}.index").read_bytes()) for p in (tmp_path / "m", GENUINE))
    assert list(ours) == list(theirs)
    for name in list(theirs)[1:]:
        assert [*fields(ours[name])] == [*fields(theirs[name])], name


def test_what_is_written_is_read(tmp_path):
    values = {
        "a": np.random.default_rng(0).normal(size=(300, 500)),
        "b/c": np.asfortranarray(np.arange(12, dtype=">i4").reshape(3, 4)),
        "u": np.array([1 << 31, 5], np.uint32),
        "v": np.array(1 << 63, np.uint64),
        "texts": np.array(["ü", "x" * 200]),
    }
    bundle.write_bundle(tmp_path / "m", values)
    found = bundle.read_bundle(tmp_path / "m", values)
    np.testing.assert_array_equal(found.pop("texts"), [b"\xc3\xbc", b"x" * 200])
    del values["texts"]
    for name, value in values.items():
        np.testing.assert_array_equal(found[name], value)
        assert found[name].dtype == value.dtype.newbyteorder("=")
    assert [os.path.basename(f) for f in bundle.bundle_files(tmp_path / "m")] == ["m.index", f"m{DATA}"]
    assert bundle.bundle_files(tmp_path / "other") == []


def test_types_that_are_not_stored(tmp_path):
    with pytest.raises(TypeError, match="'d' has the type datetime64"):
        bundle.write_bundle(tmp_path / "m", {"d": np.array(["2020-01-01"], "datetime64[D]")})
    with pytest.raises(TypeError, match="'d' of texts holds 3"):
        bundle.write_bundle(tmp_path / "m", {"d": np.array([b"x", 3], object)})
    assert os.listdir(tmp_path) == []


def test_every_altered_byte_is_noticed(prefix):
    """Of the data and of the index; the ends of the index that no checksum covers are read as something else."""
    for end in (".index", DATA):
        path = Path(f"{prefix}{end}")
        whole = path.read_bytes()
        for at in range(0, len(whole), 5 if end == DATA else 7):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :])
            try:
                found = bundle.read_bundle(prefix, VALUES)
            except (DataLossError, ValueError):
                continue
            assert_same(found, VALUES)
            assert end == ".index" and at >= len(whole) - 48, f"byte {at} of {end}"
        path.write_bytes(whole)


def test_truncated_files(prefix):
    for end in (".index", DATA):
        path = Path(f"{prefix}{end}")
        whole = path.read_bytes()
        for size in (0, 10, len(whole) // 2, len(whole) - 1):
            path.write_bytes(whole[:size])
            with pytest.raises(DataLossError, match=end.removesuffix("-of-00001")):
                bundle.read_bundle(prefix, VALUES)
        path.write_bytes(whole)


def test_missing_files(prefix):
    with pytest.raises(MissingFileError, match="no file '.*nothing.index'"):
        bundle.read_bundle_specs(prefix.parent / "nothing")
    Path(f"{prefix}{DATA}").unlink()
    with pytest.raises(MissingFileError, match="this file of the checkpoint is missing"):
        bundle.read_bundle(prefix, VALUES)


def with_entry(prefix, name, value):
    table = sorted_table.read_table(Path(f"{prefix}.index").read_bytes())
    table[name] = value
    Path(f"{prefix}.index").write_bytes(sorted_table.write_table(table))


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        (message((1, 14), (5, 4)), "has the type number 14"),
        (message((1, 1), (5, 4), (7, b"")), "several parts"),
    ],
)
def test_what_is_not_supported_is_said_when_it_is_wanted(prefix, entry, what):
    with_entry(prefix, b"odd", entry)
    assert "odd" not in bundle.read_bundle_specs(prefix)
    bundle.read_bundle(prefix, VALUES)
    with pytest.raises(ValueError, match=f"'odd' .*{what}"):
        bundle.read_bundle(prefix, ["odd"])


@pytest.mark.parametrize(
    "entry",
    [
        message((1, 1), (2, message((2, message((1, 1 << 40))))), (5, 1 << 42)),  # more than there is
        message((1, 1), (2, message((2, message((1, 1 << 40))))), (5, 4)),  # not what the shape says
        message((1, 7), (2, message((2, message((1, 1 << 40))))), (5, 4)),
        message((1, 1), (2, message((2, message((1, -1)))))),
        message((1, 1), (2, message(*[(2, message((1, 1)))] * 255)), (5, 4)),
        message((1, 1), (2, message(*[(2, message((1, 1 << 62)))] * 254)), (5, 4)),
        message((1, b"text")),
        b"\x0a\x7f",
    ],
)
def test_shapes_and_sizes_are_not_trusted(prefix, entry):
    with_entry(prefix, b"bomb", entry)
    with pytest.raises(DataLossError):
        bundle.read_bundle(prefix, ["bomb"])


def test_big_endian_machines_are_refused(prefix):
    with_entry(prefix, b"", message((1, 1), (2, 1)))
    with pytest.raises(ValueError, match="big-endian"):
        bundle.read_bundle_specs(prefix)


def test_the_wire():
    for number in (0, 1, 127, 128, 300, 1 << 32, (1 << 64) - 1):
        assert read_varint(b"." + varint(number) + b"\xff", 1) == (number, 1 + len(varint(number)))
    octets = message((1, 150), (2, b"hi"), (3, -2), (4, 7), (5, 0), fixed=frozenset({4}))
    assert [*fields(octets)] == [(1, 150), (2, b"hi"), (3, (1 << 64) - 2), (4, 7)]
    assert [*fields(b"\x09" + struct.pack("<Q", 5))] == [(1, 5)]
    for wrong in (b"\x08", b"\x08\x80", b"\x12\x03ab", b"\x0d\x01\x02", b"\x0b", b"\x08" + b"\xff" * 10):
        with pytest.raises(ValueError):
            [*fields(wrong)]


def test_tables_of_many_blocks():
    entries = {b"key/%06d" % k: bytes([k % 251]) * (k % 300) for k in range(3000)}
    data = sorted_table.write_table(entries)
    assert sorted_table.read_table(data) == entries
    assert sorted_table.read_table(sorted_table.write_table({})) == {}


def table_of(block, kind=b"\0"):
    """A table that has this one block."""
    out = bytearray()

    def append(content, kind=b"\0"):
        handle = varint(len(out)) + varint(len(content))
        out.extend(content + kind + struct.pack("<I", masked(crc32c(content + kind))))
        return handle

    none = struct.pack("<II", 0, 1)
    handle = append(block, kind)
    index = b"\x00\x01" + varint(len(handle)) + b"z" + handle + none
    footer = append(none) + append(index)
    return bytes(out) + footer.ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)


RESTARTS = struct.pack("<II", 0, 1)


def test_a_table_by_hand():
    assert sorted_table.read_table(table_of(b"\x00\x01\x01a1\x01\x01\x01b2" + RESTARTS)) == {b"a": b"1", b"ab": b"2"}


@pytest.mark.parametrize(
    ("block", "kind", "what"),
    [
        (b"\x00\x01\x01a1" + RESTARTS, b"\1", "compressed"),
        (b"\x00\x01\x01b1\x00\x01\x01a1" + RESTARTS, b"\0", "not in order"),
        (b"\x00\x01\x01a1\x00\x01\x01a1" + RESTARTS, b"\0", "not in order"),
        (b"\x01\x01\x01a1" + RESTARTS, b"\0", "reaches past"),
        (b"\x00\x01\x02a1" + RESTARTS, b"\0", "reaches past"),
        (b"\x00\x01\x01a1" + struct.pack("<II", 0, 9), b"\0", "too short"),
        (b"a", b"\0", "too short"),
    ],
)
def test_tables_that_lie(block, kind, what):
    with pytest.raises(ValueError, match=what):
        sorted_table.read_table(table_of(block, kind))


def test_keys_that_would_fill_the_memory():
    growing = b"".join(varint(k) + b"\x01\x00a" for k in range(3000))  # each is the one before and a letter more
    with pytest.raises(ValueError, match="keys of a block are much longer"):
        sorted_table.read_table(table_of(growing + RESTARTS))


def test_tables_that_point_nowhere():
    data = sorted_table.write_table({b"a": b"1"})
    footer = varint(0) + varint(1 << 40)
    with pytest.raises(ValueError, match="past its end"):
        sorted_table.read_table(data[:-48] + footer.ljust(40, b"\0") + data[-8:])
    with pytest.raises(ValueError, match="does not end"):
        sorted_table.read_table(data[:-1] + b"\0")
