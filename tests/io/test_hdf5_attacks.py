"""Files made to harm whoever loads them, each built for real, are refused before any of their data is read.

Every forged file carries the right attributes and checksums, so that nothing but the attack itself is wrong with it.
The numbers are those of the advisories on loaders of Keras files that the attacks come from.
"""

import re

import h5py
import numpy as np
import pytest
from h5py import h5d, h5p, h5s, h5t, h5z

from kerasflow.core.errors import DataLossError
from kerasflow.io import hdf5_guard
from kerasflow.io.hdf5 import ForeignFileError, read_arrays, read_meta, read_specs
from kerasflow.io.hdf5_layout import checksum, format_meta, pack, root_checksum

VALUES = np.arange(4.0)
SECRET = b"root:x:0:0:a secret of this machine"
FLAT = h5s.create_simple((4,))


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


def sign(dataset, name="x", value=VALUES):
    """Give a dataset the checksum of the array it claims to be."""
    dataset.attrs["checksum"] = np.uint32(checksum(name, pack(name, value)))


def seal(file, text=None):
    """Give a file the attributes of a genuine one; datasets without a checksum get one."""
    checksums = {}
    text = format_meta({"kind": "weights"}) if text is None else text
    for name in file:
        if isinstance(file.get(name, getlink=True), h5py.HardLink) and isinstance(file[name], h5py.Dataset):
            file[name].attrs.setdefault("checksum", np.uint32(0))
            checksums[name] = int(np.max(file[name].attrs["checksum"]))
    file.attrs["kerasflow"] = np.bytes_(text)
    file.attrs["checksum"] = np.uint32(root_checksum(text, checksums))


def low_level(file, kind=h5t.IEEE_F64LE, space=FLAT, plist=None):
    """Make the dataset x with HDF5's own functions."""
    h5d.create(file.id, b"x", kind, space, plist)


def plist(**calls):
    """Make a list of creation properties by method names and arguments."""
    result = h5p.create(h5p.DATASET_CREATE)
    for name, arguments in calls.items():
        getattr(result, name)(*arguments)
    return result


# --- the attacks: what is done to the file, what the message says ----------------------------------------------------


def soft_link(file, secret):
    sign(file.create_dataset("y", data=VALUES))
    file["x"] = h5py.SoftLink("/y")


def dangling_link(file, secret):
    file["x"] = h5py.SoftLink("/nowhere")


def external_link(file, secret):
    """Read arrays of another file."""
    file["x"] = h5py.ExternalLink(f"{secret}.h5", "/x")


def external_storage(file, secret):
    """CVE-2026-1669: the bytes of any file come back as an array."""
    file.create_dataset("x", (len(SECRET),), "u1", external=[(str(secret), 0, len(SECRET))])


def virtual_dataset(file, secret):
    """The bytes of any HDF5 file come back as an array."""
    layout = h5py.VirtualLayout((4,), "f8")
    layout[:] = h5py.VirtualSource(f"{secret}.h5", "x", (4,))
    file.create_virtual_dataset("x", layout)


def virtual_dataset_of_itself(file, secret):
    layout = h5py.VirtualLayout((4,), "f8")
    layout[:] = h5py.VirtualSource(".", "x", (4,))
    file.create_virtual_dataset("x", layout)


def second_hard_link(file, secret):
    sign(file.create_dataset("x", data=VALUES))
    file["y"] = file["x"]


def loop_to_the_root(file, secret):
    file.create_group("a")["b"] = file["/"]


def loop_of_groups(file, secret):
    file.create_group("a/b/c")
    file["a/b/c/d"] = file["a"]


def chunks(file, secret):
    sign(file.create_dataset("x", data=VALUES, chunks=(2,)))


def compression(file, secret):
    sign(file.create_dataset("x", data=VALUES, compression="gzip"))


def foreign_filter(file, secret):
    """A filter that HDF5 would look for among the plug-ins of the machine."""
    low_level(file, plist=plist(set_chunk=((4,),), set_filter=(32008, h5z.FLAG_OPTIONAL, (1, 2))))


def chunked_bomb(file, secret):
    """CVE-2026-0897: an exabyte declared in a file of some kilobytes."""
    file.create_dataset("x", (2**57,), "f8", chunks=(2**10,), compression="gzip")


def contiguous_bomb(file, secret):
    """The same without chunks: HDF5 sets no room aside until something is written."""
    low_level(file, space=h5s.create_simple((2**57,)))


def string_bomb(file, secret):
    file.create_dataset("x", data=np.zeros(8, np.uint8))
    file["x"].attrs.update({"strings": np.bytes_("bytes"), "shape": np.array([2**50])})


def negative_shape(file, secret):
    file.create_dataset("x", data=np.zeros(8, np.uint8))
    file["x"].attrs.update({"strings": np.bytes_("bytes"), "shape": np.array([-1, -1])})


def shape_of_high_rank(file, secret):
    file.create_dataset("x", data=np.zeros(8, np.uint8))
    file["x"].attrs.update({"strings": np.bytes_("bytes"), "shape": np.ones(5000, np.int64)})


def strings_of_floats(file, secret):
    file.create_dataset("x", data=np.zeros(8))
    file["x"].attrs.update({"strings": np.bytes_("bytes"), "shape": np.array([1])})


def strings_of_another_kind(file, secret):
    file.create_dataset("x", data=np.zeros(8, np.uint8))
    file["x"].attrs.update({"strings": np.bytes_("pickle"), "shape": np.array([1])})


def shape_of_floats(file, secret):
    file.create_dataset("x", data=np.zeros(8, np.uint8))
    file["x"].attrs.update({"strings": np.bytes_("bytes"), "shape": np.array([1.0])})


def variable_strings(file, secret):
    file.create_dataset("x", data=["a", "b"], dtype=h5py.string_dtype())


def ragged_arrays(file, secret):
    file.create_dataset("x", (2,), dtype=h5py.vlen_dtype(np.float64))


def object_references(file, secret):
    file.create_dataset("x", data=[file.ref], dtype=h5py.ref_dtype)


def region_references(file, secret):
    file.create_dataset("x", (1,), dtype=h5py.regionref_dtype)


def records(file, secret):
    file.create_dataset("x", data=np.zeros(2, "f4,i4"))


def huge_elements(file, secret):
    """An array type: one element of the dataset is a gigabyte."""
    low_level(file, h5t.array_create(h5t.IEEE_F64LE, (2**27,)), h5s.create(h5s.SCALAR))


def opaque_bytes(file, secret):
    file.create_dataset("x", data=np.zeros(2, "V8"))


def fixed_strings(file, secret):
    file.create_dataset("x", data=np.array([b"abc"]))


def big_endian(file, secret):
    file.create_dataset("x", data=VALUES.astype(">f8"))


def time_type(file, secret):
    low_level(file, h5t.UNIX_D32LE)


def odd_float(file, secret):
    """A type of 24 bits, which NumPy does not have."""
    kind = h5t.IEEE_F32LE.copy()
    kind.set_fields(23, 15, 8, 0, 15)
    kind.set_size(3)
    low_level(file, kind)


def no_dataspace(file, secret):
    file.create_dataset("x", data=h5py.Empty("f8"))


def named_type(file, secret):
    file["x"] = np.dtype("f8")


def escaped_letter(file, secret):
    """Two paths that would mean one name."""
    file.create_dataset("%61", data=VALUES)


def marked_without_need(file, secret):
    file.create_dataset("a%", data=VALUES)


def deep_groups(file, secret):
    """Walked by recursion, this ends the process."""
    group = file["/"].id
    for _ in range(3000):
        group = h5py.h5g.create(group, b"g")


def checksum_of_floats(file, secret):
    file.create_dataset("x", data=VALUES).attrs["checksum"] = 1.5


def list_of_checksums(file, secret):
    file.create_dataset("x", data=VALUES).attrs["checksum"] = np.array([1])


ATTACKS = {
    soft_link: "'x' is a soft or external link",
    dangling_link: "'x' is a soft or external link",
    external_link: "'x' is a soft or external link",
    external_storage: "'x' keeps its data in another file",
    virtual_dataset: "'x' is a virtual dataset",
    virtual_dataset_of_itself: "'x' is a virtual dataset",
    second_hard_link: "is a second link to the same object",
    loop_to_the_root: "'a/b' is a second link to the same object",
    loop_of_groups: "'a/b/c/d' is a second link to the same object",
    chunks: "'x' is stored in chunks or through filters",
    compression: "'x' is stored in chunks or through filters",
    foreign_filter: "'x' is stored in chunks or through filters",
    chunked_bomb: "'x' is stored in chunks or through filters",
    contiguous_bomb: "declares float64[144115188075855872], 1152921504606846976 bytes, and holds 0",
    string_bomb: "'x' claims 1125899906842624 strings in 8 bytes",
    negative_shape: "'x' claims 1 strings in 8 bytes",
    shape_of_high_rank: "its attribute 'shape' is no list of integers",
    strings_of_floats: "'x' claims to hold strings and does not",
    strings_of_another_kind: "'x' claims to hold strings and does not",
    shape_of_floats: "its attribute 'shape' is no list of integers",
    variable_strings: "'x' holds object, not plain",
    ragged_arrays: "'x' holds object, not plain",
    object_references: "'x' holds object, not plain",
    region_references: "'x' holds object, not plain",
    records: "'x' holds [('f0', '<f4'), ('f1', '<i4')], not plain",
    huge_elements: "not plain little-endian numbers",
    opaque_bytes: "'x' holds |V8, not plain",
    fixed_strings: "'x' holds |S3, not plain",
    big_endian: "'x' holds >f8, not plain",
    time_type: "'x' holds no plain numbers",
    odd_float: "not plain little-endian numbers",
    no_dataspace: "'x' has no shape",
    named_type: "'x' is neither a group nor a dataset",
    escaped_letter: "names that kerasflow does not write",
    marked_without_need: "names that kerasflow does not write",
    deep_groups: "has a name of more than 4096 characters",
    checksum_of_floats: "its attribute 'checksum' is no integer",
    list_of_checksums: "its attribute 'checksum' is no integer",
}


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
