"""Arrays go into a file and come back the same to the bit, and a file that does not fit is refused as a whole."""

import math
import os
import resource
import subprocess
import sys

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kerasflow.core.errors import DataLossError, InvalidArgumentError, NotFoundError
from kerasflow.io.hdf5 import ForeignFileError, read_arrays, read_meta, read_specs, write_arrays

META = {"kind": "weights"}
NUMBERS = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.h5"


def assert_same(found, written):
    assert set(found) == set(written)
    for name, value in written.items():
        value, array = np.asarray(value), found[name]
        assert isinstance(array, np.ndarray) and array.shape == value.shape
        if value.dtype.kind in "SUO":
            assert array.dtype == object and array.ravel().tolist() == value.ravel().tolist()
            assert {type(item) for item in array.flat} <= {bytes, str}
        else:
            assert array.dtype == value.dtype.newbyteorder("=") and array.dtype.isnative
            assert array.tobytes() == value.astype(array.dtype).tobytes()  # the bits: NaNs and signed zeros too


def round_trip(path, arrays):
    write_arrays(path, arrays, META)
    found, meta = read_arrays(path, {name: (np.asarray(a).dtype, np.shape(a)) for name, a in arrays.items()})
    assert_same(found, arrays)
    assert list(found) == list(arrays) and meta == META
    everything, _ = read_arrays(path)
    assert_same(everything, arrays)
    assert list(everything) == sorted(arrays)


# --- round trips -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", NUMBERS)
@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 0, 2), (4, 3), (1,) * 32])
def test_every_dtype_and_shape_comes_back(path, dtype, shape):
    bits = np.random.default_rng(0).integers(
        0, 2 if dtype == "?" else 256, (*shape, np.dtype(dtype).itemsize), np.uint8
    )
    values = bits.view(dtype)[..., 0]
    round_trip(path, {"x": values, "scope/y": values.astype(values.dtype.newbyteorder(">"))})


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "c8", "c16"])
def test_special_values_keep_their_bits(path, dtype):
    values = np.array([np.nan, -np.nan, np.inf, -np.inf, -0.0, np.finfo(dtype).smallest_subnormal], dtype)
    round_trip(path, {"x": values})


@pytest.mark.parametrize(
    "value",
    [
        np.array([b"", b"\0", b"a\0", b"\xff" * 300], object),
        np.array([["", "a\0b"], ["ä€😀", "\ud800 alone"]], object),
        np.array(b"scalar", object),
        np.array("scalar"),
        np.array([b"ab", b"c"]),
        np.array([["ab"], ["cde"]]),
        np.empty((0, 2), object),
        np.empty((2, 0), "S3"),
        ["from", "a list"],
    ],
)
def test_strings_come_back(path, value):
    round_trip(path, {"s": value, "t/s": value})


def test_views_come_back(path):
    base = np.arange(24.0).reshape(4, 6)
    round_trip(path, {"f": np.asfortranarray(base), "s": base[::2, 1::3], "r": base[::-1], "b": np.broadcast_to(1, 3)})


def test_what_was_written_is_untouched_and_what_was_read_is_ours(path):
    values = np.arange(3.0)
    values.flags.writeable = False
    write_arrays(path, {"x": values}, META)
    found, _ = read_arrays(path)
    found["x"] += 1
    assert values.tolist() == [0, 1, 2] and read_arrays(path)[0]["x"].tolist() == [0, 1, 2]


def test_any_names_live_in_one_file(path):
    names = ["a", "a/b", "a/b/c", "", "/", "//x", "x/", ".", "./x", "..", "%", "a%", "%2F", "é", "\0", "a b\n", "W:0"]
    round_trip(path, {name: np.full(2, number) for number, name in enumerate(names)})


def test_no_arrays_make_a_file(path):
    round_trip(path, {})


def test_the_longest_names_and_thousands_of_arrays(path):
    arrays = {"/" * 1024: 1, "%" * 1024: 2, "x" * 1024: 3, "." * 1024: 4}
    round_trip(path, arrays | {f"layer_{number}/kernel": number for number in range(2000)})


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.text("ab/.%\0é", max_size=5),
        st.sampled_from(NUMBERS).flatmap(lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, min_side=0)))
        | hnp.arrays(object, hnp.array_shapes(min_dims=0, min_side=0, max_side=3), elements=st.binary(max_size=5)),
        max_size=5,
    )
)
def test_anything_comes_back(tmp_path_factory, arrays):
    round_trip(tmp_path_factory.getbasetemp() / "anything.h5", arrays)


def test_a_description_of_any_size_comes_back(path):
    meta = {"kind": "weights", "long": "ä" * 300_000, "loss": [math.inf, 1e-300], "deep": {"a": [None, True]}}
    write_arrays(path, {}, meta)
    assert read_meta(path) == meta == read_arrays(path)[1]


def test_the_same_content_makes_the_same_file(tmp_path):
    for name in ("a", "b"):
        write_arrays(tmp_path / name, {"x": np.ones(3), "s": [b"x"]}, META)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_other_programs_find_plain_datasets(path):
    write_arrays(path, {"dense/kernel": np.ones((2, 3), np.float32), "flags": [True]}, META)
    with h5py.File(path) as file:
        assert file["dense/kernel"].dtype == "f4" and file["dense/kernel"][1, 2] == 1 and file["flags"].dtype == bool


def test_specs_and_description_are_read_without_data(path, monkeypatch):
    write_arrays(path, {"b": np.ones((2, 3), np.float16), "a": ["x"], "c/d": 1}, META)
    monkeypatch.setattr("kerasflow.io.hdf5_guard.StoredArray.read", lambda self: pytest.fail("data were read"))
    specs = read_specs(path)
    assert specs == {"a": (np.dtype(object), (1,)), "b": (np.dtype("f2"), (2, 3)), "c/d": (np.dtype("i8"), ())}
    assert list(specs) == ["a", "b", "c/d"] and read_meta(path, kind="weights") == META


# --- what does not fit -----------------------------------------------------------------------------------------------


@pytest.fixture
def fitting(path):
    write_arrays(path, {"a": np.ones(2), "b": np.ones((2, 3)), "s": ["x"]}, META)
    return path


def test_everything_that_does_not_fit_is_in_one_message_and_nothing_is_read(fitting, monkeypatch):
    monkeypatch.setattr("kerasflow.io.hdf5_guard.StoredArray.read", lambda self: pytest.fail("data were read"))
    with pytest.raises(NotFoundError) as caught:
        read_arrays(fitting, {"x": ("f4", ()), "a": ("f4", (2,)), "b": ("f8", (3, 2)), "y": ("f4", (1,))})
    for part in ("missing: x, y;", "unexpected: s;", "a is float64[2], expected float32[2]", "b is float64[2,3]"):
        assert part in str(caught.value)
    with pytest.raises(InvalidArgumentError, match=r"different: s is string\[1\], expected string\[2\]$"):
        read_arrays(fitting, {"s": (object, (2,))}, strict=False)
    with pytest.raises(InvalidArgumentError, match="different: s is string"):
        read_arrays(fitting, {"s": ("f8", (1,))}, strict=False)


def test_only_what_is_expected_is_read_if_not_strict(fitting):
    found, _ = read_arrays(fitting, {"b": (np.float64, [2, 3])}, strict=False)
    assert_same(found, {"b": np.ones((2, 3))})


def test_an_expectation_that_is_none_is_the_callers_error(fitting):
    with pytest.raises(TypeError, match="no dtype"):
        read_arrays(fitting, {"a": ("no dtype", (2,))})


def test_another_kind_is_refused(fitting):
    assert read_arrays(fitting, kind="weights")[1] == META
    for read in (read_arrays, read_specs, read_meta):
        with pytest.raises(ForeignFileError, match="a.h5: it holds 'weights', not 'checkpoint'"):
            read(fitting, kind="checkpoint")


# --- no file, or no file of ours -------------------------------------------------------------------------------------


@pytest.mark.parametrize("read", [read_arrays, read_specs, read_meta])
def test_a_missing_file_and_a_missing_folder(read, tmp_path):
    for error in (FileNotFoundError, ValueError):
        with pytest.raises(error, match="a.h5: there is no such file"):
            read(tmp_path / "a.h5")
    with pytest.raises(NotFoundError, match="there is no folder '.*nowhere'"):
        read(tmp_path / "nowhere" / "a.h5")


def test_a_relative_path_has_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="a.h5: there is no such file"):
        read_arrays("a.h5")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(IsADirectoryError):
        read_arrays(tmp_path)
    with pytest.raises(FileExistsError, match="is not a file"):
        write_arrays(tmp_path, {}, META)


@pytest.mark.parametrize("content", [b"PK\x03\x04 a zip file", b"a,b\n1,2\n", b"\x89HDF\r\n\x1a\r superblock"])
def test_a_foreign_file_is_a_value_error(path, content):
    path.write_bytes(content)
    with pytest.raises(ForeignFileError, match="a.h5: not an HDF5 file"):
        read_arrays(path)


def test_an_empty_file_is_truncated(path):
    path.touch()
    with pytest.raises(DataLossError, match="a.h5: the file is truncated, it has 0 bytes"):
        read_arrays(path)


def test_a_missing_folder_to_write_into(tmp_path):
    for error in (FileNotFoundError, ValueError):
        with pytest.raises(error, match="there is no folder"):
            write_arrays(tmp_path / "nowhere" / "a.h5", {}, META)


@pytest.mark.parametrize(
    ("arrays", "meta", "error"),
    [
        ({"x": np.ones(2), "y": object()}, META, TypeError),
        ({"x": np.ones(2), 3: np.ones(2)}, META, TypeError),
        ({"x": np.ones(2), "\udcff": 1}, META, ValueError),
        ({"x": np.ones(2)}, {}, ValueError),
        ({"x": np.ones(2)}, {"kind": "w", "f": print}, TypeError),
    ],
)
def test_a_failing_write_keeps_the_old_file(path, arrays, meta, error):
    write_arrays(path, {"old": np.ones(2)}, META)
    with pytest.raises(error):
        write_arrays(path, arrays, meta)
    assert os.listdir(path.parent) == ["a.h5"]
    assert_same(read_arrays(path)[0], {"old": np.ones(2)})


def test_the_room_is_loaded_by_nobody_else():
    source = "import sys, kerasflow.io, kerasflow.io.files, kerasflow.io.hdf5_layout; sys.exit('h5py' in sys.modules)"
    subprocess.run([sys.executable, "-c", source], check=True)


@pytest.mark.parametrize("limit", [0, 1000, 50_000])
def test_a_full_disk_is_an_error_like_any_other(tmp_path, limit):
    path, before = tmp_path / "w.h5", resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))  # the system refuses what goes beyond
    try:
        with pytest.raises(OSError, match=r"^\[Errno 27\] File too large"):
            write_arrays(path, {"a": np.zeros(10_000), "b": np.zeros(5)}, {"kind": "weights"})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []
