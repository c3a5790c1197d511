"""Files of safetensors: the official package reads what is written, what it writes is read, and nothing else is."""

import json
import os
import struct
import tempfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasflow.core.bfloat16 import from_bits, to_bits
from kerasflow.core.errors import DataLossError, NotFoundError
from kerasflow.io.files import MissingFileError
from kerasflow.io.hdf5_layout import ForeignFileError
from kerasflow.io.safetensors import SafeTensors, is_safetensors, read_safetensors, write_safetensors

official = pytest.importorskip("safetensors.numpy")

RNG = np.random.default_rng(3)
CODES = "? u1 i1 u2 i2 f2 u4 i4 f4 u8 i8 f8 c8".split()
ARRAYS = {code: RNG.uniform(0, 100, (2, 3)).astype(code) for code in CODES}
ARRAYS |= {"scalar": np.array(2.5), "empty": np.zeros((0, 4), np.float32), "ä/ü": np.arange(5, dtype=np.int8)}


def content_of(path):
    with open(path, "rb") as file:
        return file.read()


def same(got, wanted):
    assert set(got) == set(wanted)
    for name, array in wanted.items():
        assert got[name].dtype == array.dtype and got[name].shape == array.shape
        np.testing.assert_array_equal(got[name], array)


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "w.safetensors")


def test_the_official_package_reads_what_is_written(path):
    write_safetensors(path, ARRAYS, {"note": "text"})
    same(official.load_file(path), ARRAYS)


def test_what_the_official_package_writes_is_read(path):
    official.save_file(ARRAYS, path, {"note": "text"})
    same(read_safetensors(path), ARRAYS)
    with SafeTensors(path) as file:
        assert file.metadata == {"note": "text"}
        assert str(file.arrays["f4"]) == "float32[2,3]"


def test_each_array_begins_at_a_multiple_of_the_size_of_its_elements(path):
    write_safetensors(path, ARRAYS)
    content = content_of(path)
    (length,) = struct.unpack("<Q", content[:8])
    assert (8 + length) % 8 == 0
    table = json.loads(content[8 : 8 + length])
    assert all(entry["data_offsets"][0] % ARRAYS[name].itemsize == 0 for name, entry in table.items() if name != "c8")
    assert all(array.flags.aligned and not array.flags.owndata for array in read_safetensors(path).values())


def test_numbers_of_bfloat16(path):
    numbers = np.array([1.0, -2.5, 3.140625, np.inf], np.float32)
    write_safetensors(path, {"b": to_bits(numbers)})
    content = content_of(path)
    assert b'"BF16"' in content
    assert content[-8:] == (numbers.view(np.uint32) >> 16).astype("<u2").tobytes()
    np.testing.assert_array_equal(from_bits(read_safetensors(path)["b"]), numbers)


def test_arrays_share_the_pages_of_the_file_and_outlive_it(path):
    write_safetensors(path, {"w": np.arange(1000.0)})
    with SafeTensors(path) as file:
        array = file.read("w")
    assert not array.flags.owndata and not array.flags.writeable
    np.testing.assert_array_equal(array, np.arange(1000.0))


def test_arrays_that_lie_askew_are_read(path):
    header = {"a": entry("U8", [1], 0, 1), "w": entry("F64", [2], 1, 17)}
    forge(path, header, b"\x07" + np.array([1.5, -2.0]).tobytes())
    found = read_safetensors(path)["w"]
    assert found.flags.aligned
    np.testing.assert_array_equal(found, [1.5, -2.0])


def test_a_write_that_fails_leaves_the_file_that_was_there(path):
    write_safetensors(path, {"w": np.ones(2)})
    with pytest.raises(TypeError, match="'z' has the type complex128"):
        write_safetensors(path, {"z": np.ones(2, complex)})
    with pytest.raises(ValueError, match="__metadata__"):
        write_safetensors(path, {"__metadata__": np.ones(2)})
    with pytest.raises(TypeError, match="texts by name"):
        write_safetensors(path, {}, {"step": 3})
    np.testing.assert_array_equal(read_safetensors(path)["w"], [1, 1])
    assert os.listdir(os.path.dirname(path)) == ["w.safetensors"]


def entry(dtype, shape, start, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


def forge(path, header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text) if length is None else length) + text + data)


F4 = entry("F32", [2], 0, 8)
REFUSED = {
    "an empty file": (b"", b"", None, "not a safetensors file"),
    "no object": (b"[1]", b"", None, "no JSON object"),
    "no JSON": (b"{,}", b"", None, "not valid JSON"),
    "a table larger than may be": ({}, b"", 1 << 40, "too many"),
    "a name twice": (b'{"__metadata__":{},"__metadata__":{}}', b"", None, "a key twice"),
    "too deep": ({"a": {"dtype": "F32", "shape": [[2]], "data_offsets": [0, 8]}}, b"", None, "nested too deeply"),
    "an entry with more": ({"a": {**F4, "path": "x"}}, bytes(8), None, "is not its dtype, shape and data_offsets"),
    "an entry with less": ({"a": {"dtype": "F32"}}, bytes(8), None, "is not its dtype, shape and data_offsets"),
    "a list for an entry": ({"a": [1]}, bytes(8), None, "is not its dtype"),
    "a type nobody knows": ({"a": entry("F128", [1], 0, 16)}, bytes(16), None, "type 'F128', which is not supported"),
    "a type that is a list": ({"a": entry(["F32"], [2], 0, 8)}, bytes(8), None, "which is not supported"),
    "a negative size": ({"a": entry("F32", [-2], 0, 8)}, bytes(8), None, "shape of the array 'a'"),
    "a size that is a truth value": ({"a": entry("F32", [2, True], 0, 8)}, bytes(8), None, "shape of the array 'a'"),
    "too many axes": ({"a": entry("U8", [1] * 33, 0, 1)}, bytes(1), None, "shape of the array 'a'"),
    "offsets the wrong way": ({"a": entry("F32", [2], 8, 0)}, bytes(8), None, "data_offsets of the array 'a'"),
    "one offset": ({"a": {**F4, "data_offsets": [8]}}, bytes(8), None, "data_offsets of the array 'a'"),
    "a size that does not fit": ({"a": entry("F32", [3], 0, 8)}, bytes(8), None, r"float32\[3\], but has 8 bytes"),
    "more than there can be": (
        {"a": entry("F32", [0, 1 << 62, 8], 0, 0)},
        b"",
        None,
        "more elements than there can be",
    ),
    "an overlap": ({"a": F4, "b": entry("F32", [2], 4, 12)}, bytes(12), None, "'b' overlaps"),
    "a gap": ({"a": F4, "b": entry("F32", [1], 12, 16)}, bytes(16), None, "'b' leaves a gap"),
    "a gap in front": ({"a": entry("F32", [1], 4, 8)}, bytes(8), None, "'a' leaves a gap"),
    "bytes behind": ({"a": F4}, bytes(9), None, "1 bytes behind"),
    "notes that are no texts": ({"__metadata__": {"a": 1}}, b"", None, "not texts by name"),
    "notes that are a list": ({"__metadata__": []}, b"", None, "not texts by name"),
}


@pytest.mark.parametrize(("header", "data", "length", "message"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused(header, data, length, message, path):
    forge(path, header, data, length)
    with pytest.raises(ForeignFileError, match=message) as caught:
        SafeTensors(path)
    assert path in str(caught.value)


def test_what_is_cut_off_is_damaged(path):
    write_safetensors(path, {"w": np.ones(4)})
    content = content_of(path)
    for size in (len(content) - 1, 20):
        with open(path, "wb") as file:
            file.write(content[:size])
        with pytest.raises(DataLossError, match="truncated"):
            SafeTensors(path)


def test_truth_values_are_0_or_1(path):
    forge(path, {"a": entry("BOOL", [2], 0, 2)}, b"\x01\x02")
    with pytest.raises(DataLossError, match="neither 0 nor 1"):
        read_safetensors(path)


def test_files_and_arrays_that_are_not_there(path):
    with pytest.raises(MissingFileError):
        SafeTensors(path)
    write_safetensors(path, {})
    assert is_safetensors(path) and read_safetensors(path) == {}
    with pytest.raises(NotFoundError, match="no array 'w'"):
        read_safetensors(path, ["w"])


def test_other_files_are_told_apart(path):
    for content in (b"", b"PK\x03\x04" * 5, b"\x89HDF\r\n\x1a\n" * 3, struct.pack("<Q", 100) + b"{"):
        with open(path, "wb") as file:
            file.write(content)
        assert not is_safetensors(path)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_files_with_changed_bytes_end_well(data):
    """A clear error, or arrays; those that the official package finds in the file, if it takes it too."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "w.safetensors")
        write_safetensors(path, {"a": np.arange(3, dtype=np.int32), "b": np.ones(2, bool)}, {"x": "y"})
        content = bytearray(content_of(path))
        for _ in range(data.draw(st.integers(1, 3))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        with open(path, "wb") as file:
            file.write(content[: data.draw(st.sampled_from([len(content), len(content) - 3, 30]))])
        try:
            found = read_safetensors(path)
        except (ForeignFileError, DataLossError):
            return
        for name, array in official.load_file(path).items():
            np.testing.assert_array_equal(found[name], array)
