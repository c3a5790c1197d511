"""Tables become columns on the disk that say what pandas would, in bounded memory, and are trusted only if whole."""

import json
import os
import zlib

import numpy as np
import pandas as pd
import pytest

from kerasflow.io import column_writer, csv_source, text_stream
from kerasflow.io.column_cache import ColumnCache
from kerasflow.io.table import Dialect, TableError, read_table


@pytest.fixture
def save(tmp_path):
    def save(text, name="DATA.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return save


@pytest.fixture
def make(tmp_path, save):
    def make(text, dialect=None, **settings):
        return ColumnCache.make(tmp_path / "cache", save(text), dialect or Dialect(), **settings)

    return make


def read_in_pieces(monkeypatch, size):
    monkeypatch.setattr(text_stream, "PIECE", size)
    monkeypatch.setattr(csv_source, "SAMPLE", 4)


def texts(cache, name):
    vocabulary = [*cache.vocabulary(name), None]
    return [vocabulary[code] for code in cache.codes(name).tolist()]


def test_a_small_table(make, tmp_path):
    cache = make('n,t,e\n1.5,a,\n\n,"b,\nc",NA\n-2,a,?\n')
    assert cache.names == ["n", "t", "e"] and cache.rows == 3
    assert cache.kinds == {"n": "numeric", "t": "text", "e": "text"}
    np.testing.assert_array_equal(cache.numbers("n"), [1.5, np.nan, -2])
    assert texts(cache, "t") == ["a", "b,\nc", "a"] and texts(cache, "e") == [None] * 3
    assert cache.codes("t").dtype == np.int32 and cache.codes("t", 1, 2).tolist() == [1]
    assert [cache.place(row) for row in range(3)] == [(str(tmp_path / "DATA.csv"), line) for line in (2, 4, 6)]
    assert str(cache.error("no", 1, "t")) == f"{tmp_path}/DATA.csv:4:t: no"
    with pytest.raises(IndexError, match="^there are 3 rows, no row 3$"):
        cache.place(3)
    with pytest.raises(KeyError, match="no numeric column 't'"):
        cache.numbers("t")


@pytest.mark.parametrize("piece", [64, 300, 10_000])
def test_blocks_of_any_size_give_what_the_whole_table_gives(make, monkeypatch, piece):
    read_in_pieces(monkeypatch, piece)
    rng = np.random.default_rng(0)
    n = rng.normal(size=100)
    words = ['"x, y"', "plain", '"with ""marks"""', '"two\nlines"', "", "5"]
    lines = [
        f"{a!r},{words[k]},{'late' if row == 90 else row}"
        for row, (a, k) in enumerate(zip(n.tolist(), rng.integers(0, 6, 100), strict=True))
    ]
    text = "n,word,late\n" + "\n".join(lines) + "\n"
    cache = make(text)
    frame = read_table(cache.place(0)[0])
    assert cache.kinds == {"n": "numeric", "word": "text", "late": "text"} and cache.rows == 100
    assert cache.numbers("n").tobytes() == n.tobytes()
    for name in ("word", "late"):
        assert texts(cache, name) == [None if pd.isna(cell) else cell for cell in frame[name]]
        assert cache.vocabulary(name) == list(dict.fromkeys(frame[name].dropna()))
    assert [cache.place(row)[1] for row in range(100)] == frame.index.tolist()
    for start, stop in ((0, 100), (3, 4), (17, 61), (99, 100), (40, 40), (90, 200)):
        assert cache.numbers("n", start, stop).tolist() == n[start:stop].tolist()
        assert cache.codes("late", start, stop).tolist() == cache.codes("late").tolist()[start:stop]


def test_a_column_that_turns_out_to_be_text_keeps_its_early_texts(make, monkeypatch):
    read_in_pieces(monkeypatch, 40)
    cache = make("a,b,n\n" + "007,1,1\n1.50,2,2\n" * 20 + "x,3,3\n" + "7,z,4\n" * 5)
    assert cache.kinds == {"a": "text", "b": "text", "n": "numeric"}
    assert texts(cache, "a") == ["007", "1.50"] * 20 + ["x"] + ["7"] * 5
    assert texts(cache, "b") == ["1", "2"] * 20 + ["3"] + ["z"] * 5
    assert cache.numbers("n").sum() == 20 * 3 + 3 + 20


def test_too_many_texts_are_hashed(make, monkeypatch):
    read_in_pieces(monkeypatch, 200)
    monkeypatch.setattr(column_writer, "MOST_TEXTS", 100)
    monkeypatch.setattr(column_writer, "BUCKETS", 1000)
    names = [f"id{row}" for row in range(300)]
    names[50] = ""
    cache = make("id,few\n" + "".join(f"{name},{row % 100}x\n" for row, name in enumerate(names)))
    assert cache.buckets("id") == 1000 and cache.vocabulary("id") == []
    assert cache.codes("id").tolist() == [zlib.crc32(name.encode()) % 1000 if name else -1 for name in names]
    assert cache.sample("id")[:3] == ["id0", "id1", "id2"]
    assert cache.buckets("few") == 0 and texts(cache, "few") == [f"{row % 100}x" for row in range(300)]


def test_kinds_can_be_asked_for(make, tmp_path):
    cache = make("a,b\n01,1\n02,\n", kinds={"a": "text", "c": "text"})
    assert cache.kinds == {"a": "text", "b": "numeric"} and cache.vocabulary("a") == ["01", "02"]
    assert make("a\nNA\n?\n", kinds={"a": "numeric"}).kinds == {"a": "numeric"}
    with pytest.raises(TableError) as caught:
        make('a,b\n"x\ny",1\n1,2\n"p\nq",oops\n', kinds={"b": "numeric"})
    assert str(caught.value) == f"{tmp_path}/DATA.csv:6:b: expected a number, found 'oops'"


def test_infinite_numbers_are_refused_when_they_are_asked_for(make, tmp_path):
    cache = make('t,a,b\n"x\ny",1,1\n"x\ny",-inf,2\nz,inf,3\n')
    assert cache.numbers("b").tolist() == [1, 2, 3]
    with pytest.raises(TableError) as caught:
        cache.numbers("a", 0, 1)
    assert str(caught.value) == f"{tmp_path}/DATA.csv:5:a: expected a finite number, found '-inf'"


def test_files_are_read_as_one(save, tmp_path):
    paths = [save("a,b\n1,x\n2,y\n", "1.csv"), save("a;b\n3;z\n", "2.csv")]
    cache = ColumnCache.make(tmp_path / "cache", paths)
    assert cache.numbers("a").tolist() == [1, 2, 3] and texts(cache, "b") == ["x", "y", "z"]
    assert [cache.place(row) for row in range(3)] == [(paths[0], 2), (paths[0], 3), (paths[1], 2)]
    assert cache.places(np.array([2, 0])) == [(paths[1], 2), (paths[0], 2)] and cache.places(np.array([], int)) == []


def test_rows_can_be_limited(make, monkeypatch):
    read_in_pieces(monkeypatch, 16)
    text = "a,t\n" + "".join(f"{row},{'x' if row > 3 else row}\n" for row in range(100))
    for limit in (1, 4, 5, 17):
        cache = make(text, Dialect(limit=limit))
        assert cache.numbers("a").tolist() == list(range(limit))
        assert cache.kinds["t"] == ("text" if limit > 4 else "numeric")


# --- again -----------------------------------------------------------------------------------------------------------


def test_the_same_content_is_not_read_again(make, save, tmp_path, monkeypatch):
    first = make("a\n1\n2\n")
    monkeypatch.setattr(column_writer, "read_files", lambda *args: pytest.fail("it was read again"))
    again = make("a\n1\n2\n")
    assert again.fingerprint == first.fingerprint and again.numbers("a").tolist() == [1, 2]
    moved = ColumnCache.make(tmp_path / "cache", save("a\n1\n2\n", "moved.csv"))
    assert moved.place(1) == (str(tmp_path / "moved.csv"), 3)


@pytest.mark.parametrize(
    "change",
    [{"text": "a\n1\n3\n"}, {"dialect": Dialect(decimal=",")}, {"dialect": Dialect(limit=2)}, {"kinds": {"a": "text"}}],
)
def test_what_differs_is_read_again(make, change):
    fingerprints = [make("a\n1\n2\n").fingerprint, make(**{"text": "a\n1\n2\n"} | change).fingerprint]
    assert fingerprints[0] != fingerprints[1]


def test_a_cache_that_is_damaged_is_made_again(make, tmp_path):
    make("a\n1\n2\n")
    (tmp_path / "cache" / "part0").write_bytes(b"12345678")
    with pytest.raises(ValueError, match="part0 is not as long as it has to be"):
        ColumnCache.open(tmp_path / "cache")
    assert make("a\n1\n2\n").numbers("a").tolist() == [1, 2]


def test_a_cache_that_is_made_anew_is_not_read_from_unawares(make, tmp_path):
    old, new = make("a,b\n1,x\n2,y\n"), make("a,b\n3,y\n4,x\n")
    for read in (lambda: old.numbers("a"), lambda: old.codes("b"), lambda: old.vocabulary("b")):
        with pytest.raises(OSError, match="the columns of the table were made anew by another run.*cache'$"):
            read()
    assert new.numbers("a").tolist() == [3, 4] and new.vocabulary("b") == ["y", "x"]


def test_a_folder_that_is_no_cache_is_not_replaced(make, tmp_path):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "thesis.txt").write_text("dear")
    with pytest.raises(FileExistsError, match="holds no 'cache.json', so it is not replaced"):
        make("a\n1\n")
    assert os.listdir(tmp_path / "cache") == ["thesis.txt"]


def test_failing_leaves_nothing_behind(make, tmp_path):
    with pytest.raises(TableError):
        make("a,b\n1,2\n3\n")
    assert sorted(os.listdir(tmp_path)) == ["DATA.csv"]


@pytest.mark.parametrize("start", ["b", "a\n2"])
def test_a_file_that_changes_while_it_is_read_is_refused(make, tmp_path, monkeypatch, start):
    read_in_pieces(monkeypatch, 16)
    late = column_writer.ColumnWriter._write_late

    def change(self, digests):
        with open(self.paths[0], "r+") as stream:
            stream.write(start)
        late(self, digests)

    monkeypatch.setattr(column_writer.ColumnWriter, "_write_late", change)
    with pytest.raises(TableError, match="DATA.csv: the file was changed while it was read$"):
        make("a\n" + "1\n" * 20 + "x\n")


DAMAGE = {
    "format": lambda content: content.update(format=2),
    "a column twice": lambda content: content["columns"].append(content["columns"][0]),
    "a column of another kind": lambda content: content["columns"][0].update(kind="text"),
    "more texts": lambda content: content["columns"][1].update(texts=9),
    "more rows": lambda content: content["sources"][0].update(rows=9),
    "other rows in a part": lambda content: content["parts"][0].update(chunks=[1]),
    "no rows in a chunk": lambda content: content["parts"][0].update(chunks=[0, 2]),
    "a part that is not there": lambda content: content["columns"][0].update(part=1),
    "another type": lambda content: content["parts"][0]["columns"].update(a="|O8"),
    "a key too many": lambda content: content.update(more=1),
    "an infinite cell nowhere": lambda content: content["columns"][0].update(infinite={"line": 1}),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_what_does_not_fit_is_refused(make, tmp_path, damage):
    make("a,b\n1,x\n2,y\n")
    path = tmp_path / "cache" / "cache.json"
    content = json.loads(path.read_text())
    damage(content)
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError):
        ColumnCache.open(tmp_path / "cache")


def test_codes_without_texts_are_refused(make, tmp_path):
    cache = make("b\nx\ny\n")
    (tmp_path / "cache" / "part0").write_bytes(np.array([0, 7], "<i4").tobytes())
    with pytest.raises(ValueError, match="b has a code without a text"):
        cache.codes("b")
