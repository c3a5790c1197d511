"""JSON files are read with limits, and field by field."""

import pytest

from kerasflow.io import json_file
from kerasflow.io.json_file import Fields, JsonError, read_json, write_json


def test_what_is_written_is_read_again(tmp_path):
    value = {"a": [1, 2.5, True, None, "ü\n\x00"], "b": {"c": 0.1 + 0.2}}
    write_json(tmp_path / "a.json", value)
    assert read_json(tmp_path / "a.json") == value
    assert (tmp_path / "a.json").read_bytes().endswith(b"\n}\n") and "ü".encode() in (tmp_path / "a.json").read_bytes()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, b""])
def test_what_json_does_not_carry_is_not_written(tmp_path, value):
    with pytest.raises((TypeError, ValueError)):
        write_json(tmp_path / "a.json", [value])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "a.json is not valid JSON: "),
        (b"{", "a.json is not valid JSON: "),
        (b'"\xff"', "a.json is not valid JSON: "),
        (b"[NaN]", "a.json is not valid JSON: the number NaN is not finite"),
        (b"[-Infinity]", "a.json is not valid JSON: the number -Infinity is not finite"),
        (b'{"a": 1, "a": 2}', "a.json is not valid JSON: an object has a key twice"),
        (b"[" * 100_000 + b"]" * 100_000, "a.json is nested too deeply"),
        (b"1" * 5000, "a.json is not valid JSON: "),
    ],
)
def test_what_is_no_json_is_refused(tmp_path, content, message):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(JsonError) as caught:
        read_json(tmp_path / "a.json")
    assert str(caught.value).startswith(message)


def test_a_large_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(json_file, "LARGEST", 1 << 20)
    (tmp_path / "a.json").write_bytes(b" " * (1 << 20) + b"1")
    with pytest.raises(JsonError, match=r"^a.json is larger than 1 MiB$"):
        read_json(tmp_path / "a.json")
    (tmp_path / "a.json").write_bytes(b" " * ((1 << 20) - 1) + b"1")
    assert read_json(tmp_path / "a.json") == 1


def test_a_missing_file_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "a.json")


def test_fields_are_taken_by_their_kinds():
    value = {"i": 3, "n": 2, "f": True, "t": "x", "l": [1, "a"], "s": ["p", "q"], "m": [0, 0.5], "o": {"k": 1}}
    fields = Fields(value, "here")
    assert fields.integer("i", 3, 3) == 3 and fields.number("n", 2, 2) == 2.0 and fields.flag("f") is True
    assert fields.text("t", ("x", "y")) == "x" and fields.items("l") == [1, "a"] and fields.texts("s") == ("p", "q")
    assert fields.numbers("m", 0, 0.5) == (0.0, 0.5)
    inner = fields.fields("o")
    with pytest.raises(JsonError, match="^here: \"o\": unknown 'k'$"):
        inner.done()
    assert inner.take("k") == 1
    fields.done()
    inner.done()


@pytest.mark.parametrize(
    ("take", "message"),
    [
        (lambda f: f.integer("a", 1, 2), 'here: "a" is an integer from 1 to 2, not 3'),
        (lambda f: f.integer("a", high=2), 'here: "a" is an integer up to 2, not 3'),
        (lambda f: f.integer("b"), 'here: "b" is an integer, not 1.0'),
        (lambda f: f.integer("c"), 'here: "c" is an integer, not True'),
        (lambda f: f.number("d"), "here: \"d\" is a finite number, not '1'"),
        (lambda f: f.number("a", 4), 'here: "a" is a finite number from 4 on, not 3'),
        (lambda f: f.text("a"), 'here: "a" is a text, not 3'),
        (lambda f: f.text("d", ("x",)), "here: \"d\" is 'x', not '1'"),
        (lambda f: f.items("d"), "here: \"d\" is a list, not '1'"),
        (lambda f: f.fields("a"), 'here: "a" is an object, not 3'),
        (lambda f: f.flag("a"), 'here: "a" is true or false, not 3'),
        (lambda f: f.take("e"), 'here: "e" is missing'),
        (lambda f: f.done(), "here: unknown 'a', 'b', 'c', 'd'"),
    ],
)
def test_a_field_of_another_kind_is_refused(take, message):
    with pytest.raises(JsonError) as caught:
        take(Fields({"a": 3, "b": 1.0, "c": True, "d": "1"}, "here"))
    assert str(caught.value) == message


def test_a_long_value_is_cut_in_the_message():
    with pytest.raises(JsonError) as caught:
        Fields({"a": "x" * 1000}, "here").integer("a")
    assert len(str(caught.value)) < 120
