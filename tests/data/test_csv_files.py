"""CSV files as data sets, with the values TensorFlow 1.15.5 gives."""

import gzip

import pytest

import kerasflow as tf

CsvDataset, make_csv_dataset = tf.data.experimental.CsvDataset, tf.data.experimental.make_csv_dataset
Wrong = tf.errors.InvalidArgumentError


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.csv").write_text('x,y,name,big\n1,1.5,a,5\n2,,"b, c",5000000000\n,2.5,"d\ne",7\n')
    (tmp_path / "b.csv").write_text('x,y,name,big\n4,1e40,"q""r",8\n')
    (tmp_path / "c.csv").write_text("x,z\n1,2\n")
    (tmp_path / "d.csv").write_text("1;2;NA\n3;NA;t\n")
    (tmp_path / "bad.csv").write_text("1,2\n3\n5,x\n")
    return tmp_path


def plain(value):
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    return (
        tuple(plain(v) for v in value)
        if isinstance(value, tuple)
        else value.tolist()
        if hasattr(value, "tolist")
        else value
    )


def elements(dataset, ends=None):
    """The elements, up to an error of the class `ends`, and that error."""
    found, coming = [], iter(dataset.as_numpy_iterator())
    try:
        for element in coming:
            found.append(plain(element))
    except tf.errors.OpError as error:
        assert ends is not None and isinstance(error, ends)
        return found, str(error)
    assert ends is None
    return found


def paths(folder, names):
    return [str(folder / f"{name}.csv") for name in names]


def test_records(folder):
    data = CsvDataset(paths(folder, "ab"), [[0], [0.0], tf.string, tf.int64], header=True)
    assert data.output_types == (tf.int32, tf.float32, tf.string, tf.int64)
    assert [s.as_list() for s in data.output_shapes] == [[]] * 4
    assert elements(data) == [
        (1, 1.5, b"a", 5),
        (2, 0.0, b"b, c", 5000000000),
        (0, 2.5, b"d\ne", 7),
        (4, float("inf"), b'q"r', 8),
    ]


def test_what_comes_before_a_record_that_cannot_be_read(folder):
    found, error = elements(CsvDataset(paths(folder, "a"), [tf.int32, [0.0], [""], tf.int64], header=True), Wrong)
    assert found == [(1, 1.5, b"a", 5), (2, 0.0, b"b, c", 5000000000)]
    assert "field 0 is required but missing, in the record b',2.5" in error
    found, error = elements(CsvDataset(paths(folder, ["bad"]), [[0], [9]]), Wrong)
    assert found == [(1, 2)] and "expected 2 fields, got 1, in the record b'3'" in error


def test_how_files_are_written(folder):
    semicolons = CsvDataset(paths(folder, "d"), [[0], [9], [""]], field_delim=";", na_value="NA")
    assert elements(semicolons) == [(1, 2, b""), (3, 9, b"t")]
    no_quotes = CsvDataset(paths(folder, "b"), [[0], [0.0], [""], [0]], header=True, use_quote_delim=False)
    assert elements(no_quotes)[0][2] == b'"q""r"'
    two = CsvDataset(paths(folder, "a"), [[0.0], [""]], header=True, select_cols=[1, 2])
    assert elements(two)[0] == (1.5, b"a")
    assert elements(CsvDataset(paths(folder, "d"), [tf.string], select_cols=[0])) == [(b"1;2;NA",), (b"3;NA;t",)]
    packed = folder / "d.csv.gz"
    packed.write_bytes(gzip.compress((folder / "d.csv").read_bytes()))
    assert elements(CsvDataset(str(packed), [tf.string], "GZIP", select_cols=[0])) == [(b"1;2;NA",), (b"3;NA;t",)]


def test_more_records_than_are_converted_at_a_time(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text("".join(f"{n},{n}.5\n" for n in range(2500)))
    assert elements(CsvDataset(str(path), [[0], [0.0]])) == [(n, n + 0.5) for n in range(2500)]


def test_batches_by_name(folder):
    data = make_csv_dataset(paths(folder, "ab"), 2, label_name="y", num_epochs=1, shuffle=False)
    features, label = data.output_types
    assert list(features.items()) == [("x", tf.int32), ("name", tf.string), ("big", tf.int64)] and label is tf.float64
    assert elements(data) == [
        ({"x": [1, 2], "name": [b"a", b"b, c"], "big": [5, 5000000000]}, [1.5, 0.0]),
        ({"x": [0, 4], "name": [b"d\ne", b'q"r'], "big": [7, 8]}, [2.5, 1e40]),
    ]


def test_some_columns_for_some_epochs(folder):
    by_number = make_csv_dataset(
        paths(folder, "ab"), 3, num_epochs=2, shuffle=False, select_columns=[0, 3], label_name="big"
    )
    assert elements(by_number) == [
        ({"x": [1, 2, 0]}, [5, 5000000000, 7]),
        ({"x": [4, 1, 2]}, [8, 5, 5000000000]),
        ({"x": [0, 4]}, [7, 8]),
    ]
    by_name = make_csv_dataset(str(folder / "[ab].csv"), 3, num_epochs=1, shuffle=False, select_columns=["name", "x"])
    assert elements(by_name) == [{"x": [1, 2, 0], "name": [b"a", b"b, c", b"d\ne"]}, {"x": [4], "name": [b'q"r']}]


def test_for_ever_batches_are_full(folder):
    data = make_csv_dataset(paths(folder, "ab"), 3, shuffle=False)
    assert data.output_shapes["x"].as_list() == [3]
    assert [e["x"].tolist() for e in data.take(3).as_numpy_iterator()] == [[1, 2, 0], [4, 1, 2], [0, 4, 1]]


def test_names_and_types_that_are_given(folder):
    given = dict(column_names=["p", "q", "r"], header=False, field_delim=";", num_epochs=1, shuffle=False)
    data = make_csv_dataset(paths(folder, "d"), 1, na_value="NA", **given)
    assert elements(data) == [{"p": [1], "q": [2], "r": [b""]}, {"p": [3], "q": [0], "r": [b"t"]}]
    data = make_csv_dataset(paths(folder, "d"), 1, na_value="NA", column_defaults=[[0.5], [7], "?"], **given)
    assert data.output_types["p"] is tf.float32
    assert elements(data)[1] == {"p": [3.0], "q": [7], "r": [b"t"]}


def test_the_order_is_another_in_each_epoch(tmp_path):
    for k in range(4):
        (tmp_path / f"{k}.csv").write_text("n\n" + "".join(f"{10 * k + i}\n" for i in range(10)))

    def order(seed):
        data = make_csv_dataset(str(tmp_path / "*.csv"), 1, num_epochs=2, shuffle_seed=seed)
        return [e["n"][0] for e in elements(data)]

    one = order(1)
    assert sorted(one[:40]) == sorted(one[40:]) == list(range(40))
    assert one == order(1) and one[:40] != one[40:] and one != order(2)


def test_errors_may_end_a_file(folder):
    given = dict(column_names=["a", "b"], column_defaults=[0, 0], header=False, num_epochs=1, shuffle=False)
    assert elements(make_csv_dataset(paths(folder, ["bad"]), 1, ignore_errors=True, **given)) == [{"a": [1], "b": [2]}]
    with pytest.raises(Wrong, match="expected 2 fields"):
        list(make_csv_dataset(paths(folder, ["bad"]), 1, **given).as_numpy_iterator())


@pytest.mark.parametrize(
    ("names", "arguments", "match"),
    [
        (["ac"], {}, "different column names"),
        (["d"], {"header": False}, "without a header"),
        (["ab"], {"label_name": "nope"}, "label_name.*nope"),
        (["ab"], {"column_names": ["a", "a"]}, "duplicate"),
        (["ab"], {"column_defaults": [0, 0]}, "default for each"),
        (["ab"], {"select_columns": ["x", "w"]}, "no column 'w'"),
        (["none"], {}, "No files match"),
    ],
)
def test_what_is_refused(names, arguments, match, folder):
    files = [p for n in names for p in (paths(folder, n) if n != "none" else [str(folder / "zz*.csv")])]
    with pytest.raises(ValueError, match=match):
        make_csv_dataset(files, 3, **arguments)


def test_columns_to_take_must_rise(folder):
    with pytest.raises(Wrong, match="must rise"):
        CsvDataset(paths(folder, "a"), [[0.0], [7]], select_cols=[1, 0])
