"""Files made to harm whoever loads them, built for real: each attack, and what the refusal has to say.

A forged file carries the right attributes and checksums, so that nothing but the attack itself is wrong with it. The
numbers are those of the advisories on loaders of Keras files that the attacks come from.
"""

import h5py
import numpy as np
from h5py import h5d, h5p, h5s, h5t, h5z

from kerasflow.io.hdf5_layout import checksum, format_meta, pack, root_checksum

VALUES = np.arange(4.0)
SECRET = b"root:x:0:0:a secret of this machine"
FLAT = h5s.create_simple((4,))


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
