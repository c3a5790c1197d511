"""Names, checksums and the note at the root: the parts of the format that need no HDF5."""

import json
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasflow.core.errors import InvalidArgumentError, NotFoundError
from kerasflow.io.hdf5_layout import (
    DEEPEST_META,
    LONGEST_NAME,
    LONGEST_PATH,
    ArraySpec,
    ForeignFileError,
    Packed,
    as_spec,
    check_expected,
    checksum,
    format_meta,
    names_of,
    pack,
    parse_meta,
    stored_names,
    unpack,
)

NASTY = st.text(st.sampled_from(list("ab/.%_=~\0\n\x7fé2E5")), max_size=6)
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["kernel", "dense/kernel", "W/Adam_1", "größe/b:0", "a b/c-d", "a.b/..c", "_"])
def test_ordinary_names_stay_as_they_are(name):
    assert stored_names([name]) == {name: name}


@given(st.sets(NASTY | ANY, max_size=8))
def test_names_are_stored_as_a_tree_and_come_back(names):
    stored = stored_names(names)
    paths = set(stored.values())
    assert len(paths) == len(names)
    for path in paths:
        parts = path.split("/")
        assert not {"", ".", ".."} & set(parts) and "\0" not in path
        assert not {"/".join(parts[:end]) for end in range(1, len(parts))} & paths, "an array where a folder is"
    assert names_of(paths) == stored


@pytest.mark.parametrize(
    "paths",
    [["a%41"], ["a%"], ["%2e"], ["a", "a%"], ["a%", "a"], ["a%%", "a/b"], ["%_a"], ["b%25c%2"], [" a%0a"], ["a\n"]],
)
def test_names_that_are_not_written_are_refused(paths):
    with pytest.raises(ForeignFileError, match="names that kerasflow does not write"):
        names_of(paths)


def test_a_name_is_a_valid_string_of_some_length():
    with pytest.raises(TypeError, match="a string, not 3"):
        stored_names([3])
    with pytest.raises(ValueError, match="not valid Unicode"):
        stored_names(["\ud800"])
    with pytest.raises(ValueError, match="has 1025 characters, 1024 at the most"):
        stored_names(["x" * (LONGEST_NAME + 1)])
    for character in "/%.\0x":
        assert len(stored_names([character * LONGEST_NAME, "a"])[character * LONGEST_NAME]) <= LONGEST_PATH


# --- arrays ----------------------------------------------------------------------------------------------------------


def test_the_checksum_is_the_crc_of_name_kind_shape_and_bytes():
    array = np.arange(6, dtype=">f4").reshape(2, 3)
    expected = zlib.crc32(b'["w", "<f4", [2, 3]]' + array.astype("<f4").tobytes())
    assert checksum("w", pack("w", array)) == checksum("w", pack("w", np.asfortranarray(array))) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("v", [1, 2, 3, 4]),
        ("w", [[1, 2], [3, 4]]),
        ("w", np.array([1, 2, 3, 4], np.uint64)),
        ("w", [1, 2, 3, 5]),
        ("w", np.array([1, 2, 3, 4], np.int64).view(np.float64)),
    ],
)
def test_the_checksum_sees_a_change_of_anything(name, value):
    assert checksum(name, pack(name, value)) != checksum("w", pack("w", np.array([1, 2, 3, 4], np.int64)))


def test_bytes_and_text_of_the_same_letters_are_two_things():
    texts, letters = pack("s", ["a", "bc"]), pack("s", [b"a", b"bc"])
    assert texts.data.tolist() == letters.data.tolist() and checksum("s", texts) != checksum("s", letters)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.zeros(2, "M8[s]"), r"'w' has the dtype datetime64\[s\], which is not stored"),
        (np.zeros(2, "f4,i4"), "'w' has the dtype"),
        (np.zeros(2, np.longdouble), "'w' has the dtype"),
        (np.zeros(2, np.void), "'w' has the dtype"),
        (np.array([b"a", "a"], object), "'w' of objects holds bytes, str; only"),
        (np.array([b"a", None], object), "'w' of objects holds NoneType, bytes; only"),
        (np.array([{}], object), "'w' of objects holds dict"),
    ],
)
def test_what_is_not_stored_is_refused(value, message):
    with pytest.raises(TypeError, match=message):
        pack("w", value)


def test_the_rank_has_a_limit():
    with pytest.raises(ValueError, match="'w' has 33 dimensions, 32 at the most"):
        pack("w", np.zeros((1,) * 33))


@pytest.mark.parametrize(
    "data",
    [
        np.array([1, 1], "<i8"),  # texts of two bytes, and none there
        np.array([-1, 1], "<i8"),
        np.array([2**62, 2**62, 2**62], "<i8"),
        np.array([0, 0, 0], "<i8"),  # eight bytes of text, and none declared
        np.array([0], "<i8"),  # one length for two
    ],
)
def test_strings_that_are_not_laid_out_as_strings_are_refused(data):
    with pytest.raises(ValueError, match="'s' of strings is not laid out"):
        unpack("s", Packed("bytes", (2,), data.view(np.uint8)))


def test_a_boolean_is_zero_or_one():
    with pytest.raises(ValueError, match="'t' holds booleans that are neither"):
        unpack("t", Packed("|b1", (2,), np.array([1, 7], np.uint8).view(bool)))


# --- the note at the root --------------------------------------------------------------------------------------------


def test_the_description_comes_back():
    meta = {"kind": "weights", "step": 3, "loss": float("inf"), "names": ["ä", None, {"a": [1.5]}]}
    assert parse_meta(format_meta(meta)) == meta
    assert json.loads(format_meta(meta))["format"] == 1


@pytest.mark.parametrize("meta", [{}, {"kind": 3}, {"kind": "w", "format": 1}])
def test_a_description_has_a_kind_and_no_format(meta):
    with pytest.raises(ValueError, match="has a 'kind', a string, and no 'format'"):
        format_meta(meta)


def test_a_description_is_json():
    with pytest.raises(TypeError, match="not JSON serializable"):
        format_meta({"kind": "w", "x": np.zeros(2)})


def nested(levels):
    return b'{"format": 1, "kind": "w", "x": ' + b"[" * levels + b"]" * levels + b"}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"[]", "does not say what it is"),
        (b"3", "does not say what it is"),
        (b'{"kind": "w"}', "does not say what it is"),
        (b'{"kind": "w", "format": true}', "does not say what it is"),
        (b'{"kind": "w", "format": "1"}', "does not say what it is"),
        (b'{"format": 1}', "does not say what it is"),
        (b'{"kind": 1, "format": 1}', "does not say what it is"),
        (b'{"kind": "w", "format": 2}', "its format is 2, this version of kerasflow reads format 1"),
        (b'{"kind": "w", "format": 0}', "its format is 0"),
        (nested(DEEPEST_META), "more than 100 levels deep"),
        (nested(1_000_000), "more than 100 levels deep"),
    ],
)
def test_a_foreign_description_is_refused(text, message):
    with pytest.raises(ForeignFileError, match=message):
        parse_meta(text)


def test_the_deepest_description_is_read():
    assert parse_meta(nested(DEEPEST_META - 1))["kind"] == "w"


def test_a_description_has_a_limit(monkeypatch):
    monkeypatch.setattr("kerasflow.io.hdf5_layout.LARGEST_META", 1000)
    for function, value in ((format_meta, {"kind": "x" * 1000}), (parse_meta, b" " * 1001)):
        with pytest.raises(ForeignFileError, match="bytes, 1000 at the most"):
            function(value)


# --- what is expected ------------------------------------------------------------------------------------------------

SPECS = {"a": as_spec("f4", (2, 3)), "b": as_spec("i8", ()), "s": as_spec(bytes, [2])}


def test_a_spec_reads_as_a_dtype_and_a_shape():
    assert [str(spec) for spec in SPECS.values()] == ["float32[2,3]", "int64[]", "string[2]"]
    assert as_spec(np.float32, np.array([2, 3])) == SPECS["a"]
    assert as_spec("U7", (2,)) == as_spec(object, (2,)) == SPECS["s"] == ArraySpec(np.dtype(object), (2,))


def test_what_fits_passes():
    check_expected("f", SPECS, SPECS, strict=True)
    check_expected("f", SPECS, {"a": SPECS["a"]}, strict=False)


def test_all_that_does_not_fit_is_listed_at_once():
    wanted = {"x": SPECS["a"], "y": SPECS["b"], "a": as_spec("f8", (2, 3)), "b": as_spec("i8", (1,))}
    with pytest.raises(NotFoundError) as caught:
        check_expected("f.h5", SPECS, wanted, strict=True)
    assert str(caught.value) == (
        "f.h5: the file does not fit, nothing was read. missing: x, y; unexpected: s; "
        "different: a is float32[2,3], expected float64[2,3], b is int64[], expected int64[1]"
    )


@pytest.mark.parametrize("wanted", [{**SPECS, "a": as_spec("f4", (3, 2))}, {"a": SPECS["a"], "b": SPECS["b"]}])
def test_a_difference_or_a_left_over_alone_is_an_invalid_argument(wanted):
    with pytest.raises(InvalidArgumentError):
        check_expected("f", SPECS, wanted, strict=True)
