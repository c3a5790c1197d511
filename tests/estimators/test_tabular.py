"""Columns become features as scikit-learn's imputer, scaler and one-hot encoder would have them."""

import json
import warnings
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from kerasflow.estimators import tabular_columns
from kerasflow.estimators.tabular import NumericColumn, TabularEncoder, TextColumn
from kerasflow.estimators.tabular_columns import FARTHEST
from kerasflow.io.json_file import JsonError


def texts(*values):
    return np.array(values, object)


def encode(values, train=None):
    """The features of one column, learned from `train` or from itself."""
    encoder = TabularEncoder().fit({"x": values if train is None else train})
    return encoder.transform({"x": values})


# --- numbers ---------------------------------------------------------------------------------------------------------


def test_numbers_are_imputed_and_standardised_as_scikit_learn_does():
    rng = np.random.default_rng(0)
    values = rng.gamma(2.0, 3.0, 500)
    values[rng.random(500) < 0.1] = np.nan
    new = np.append(rng.gamma(2.0, 3.0, 50), np.nan)
    pipeline = make_pipeline(SimpleImputer(strategy="median"), StandardScaler()).fit(values[:, np.newaxis])
    result = encode(new, train=values)
    np.testing.assert_allclose(result[:, 0], pipeline.transform(new[:, np.newaxis])[:, 0], rtol=1e-6, atol=1e-7)
    np.testing.assert_array_equal(result[:, 1], np.isnan(new))


def test_there_is_an_indicator_only_if_training_rows_lacked_the_number():
    train, new = np.array([1.0, 2.0, 6.0]), np.array([np.nan, 2.0])
    encoder = TabularEncoder().fit({"x": train})
    assert encoder.features == ["x"]
    np.testing.assert_allclose(encoder.transform({"x": new})[:, 0], (2.0 - 3.0) / train.std(), rtol=1e-6)
    assert TabularEncoder().fit({"x": np.array([1.0, np.nan, 2.0])}).features == ["x", "x is missing"]


@pytest.mark.parametrize("values", [[3.0, 3.0, 3.0], [0.1] * 7, [0.0, 0.0], [np.nan, np.nan], [5e-324, 1e-323]])
def test_what_is_the_same_everywhere_gives_no_feature(values):
    assert TabularEncoder().fit({"x": np.array(values)}).features == []
    assert encode(np.array([7.0, np.nan]), train=np.array(values)).shape == (2, 0)


def test_a_constant_that_is_missing_here_and_there_gives_the_indicator_alone():
    encoder = TabularEncoder().fit({"x": np.array([3.0, np.nan, 3.0])})
    assert encoder.features == ["x is missing"]
    np.testing.assert_array_equal(encoder.transform({"x": np.array([np.nan, 9.0])}), [[1.0], [0.0]])


@pytest.mark.parametrize("scale", [1e308, 1e-300, 1.0])
def test_no_size_of_numbers_overflows(scale):
    unit = np.array([-1.5, -0.5, 0.5, 1.75])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = encode(unit * scale)[:, 0]
    np.testing.assert_allclose(result, (unit - unit.mean()) / unit.std(), rtol=1e-6)


def test_dates_in_seconds_keep_their_seconds():
    values = 1.6e9 + np.arange(10.0)
    np.testing.assert_allclose(encode(values)[:, 0], StandardScaler().fit_transform(values[:, None])[:, 0], rtol=1e-6)


def test_a_number_far_out_counts_as_one_less_far_out():
    result = encode(np.array([1e308, -1e308, 0.5, 5.4]), train=np.array([0.0, 1.0]))
    np.testing.assert_allclose(result[:, 0], [FARTHEST, -FARTHEST, 0.0, 9.8], rtol=1e-6)


# --- texts -----------------------------------------------------------------------------------------------------------


def test_texts_are_encoded_as_scikit_learn_does():
    rng = np.random.default_rng(1)
    train = rng.choice(["a", "b", "c", "d"], 400, p=[0.5, 0.3, 0.15, 0.05]).astype(object)
    encoder = TabularEncoder().fit({"x": train})
    assert encoder.features == ["x = a", "x = b", "x = c", "x = d"]  # by frequency, which is the alphabet's order here
    reference = OneHotEncoder(sparse_output=False).fit(train[:, None])
    new = texts("d", "a", "c", "b", "a")
    np.testing.assert_array_equal(encoder.transform({"x": new}), reference.transform(new[:, None]))


def test_the_most_frequent_texts_are_kept_and_the_rest_share_a_bucket():
    train = texts(*("b" * 5 + "a" * 5 + "c" * 4 + "d" * 2 + "e"))
    encoder = TabularEncoder(max_values=3).fit({"x": train})
    assert encoder.features == ["x = a", "x = b", "x = c", "x is another"]
    result = encoder.transform({"x": texts("d", "e", "never seen", "b")})
    np.testing.assert_array_equal(result, [[0, 0, 0, 1]] * 3 + [[0, 1, 0, 0]])


def test_a_text_that_occurs_once_teaches_the_bucket():
    encoder = TabularEncoder().fit({"x": texts("a", "a", "b", "b", "c")})
    assert encoder.features == ["x = a", "x = b", "x is another"]


def test_a_new_text_where_no_row_taught_the_bucket_is_the_average_row():
    train = texts("a", "a", "a", "b", "b", None, None, None)
    encoder = TabularEncoder().fit({"x": train})
    assert encoder.features == ["x = a", "x = b", "x is missing"]
    result = encoder.transform({"x": texts("z", np.nan, None)})
    np.testing.assert_array_equal(result, [[3 / 8, 2 / 8, 3 / 8], [0, 0, 1], [0, 0, 1]])
    np.testing.assert_array_equal(result[0], encoder.transform({"x": train}).mean(axis=0))


def test_a_missing_text_is_like_a_new_one_if_no_training_row_lacked_it():
    encoder = TabularEncoder().fit({"x": texts("a", "a", "b", "b", "c")})
    np.testing.assert_array_equal(encoder.transform({"x": texts(np.nan)}), [[0, 0, 1]])


@pytest.mark.parametrize("train", [("a", "a"), ("p", "q", "r"), (None, np.nan)])
def test_texts_that_tell_rows_not_apart_give_no_feature(train):
    encoder = TabularEncoder().fit({"x": texts(*train)})
    assert encoder.features == []
    assert encoder.transform({"x": texts("new", None)}).shape == (2, 0)
    assert encoder.unseen({"x": texts("new", None)}) == {}


def test_what_falls_into_a_bucket_is_counted():
    encoder = TabularEncoder().fit({"x": texts("a", "a", "b", "b"), "y": texts("p", "p", "q", None)})
    counts = encoder.unseen({"x": texts("a", "z", "z", None), "y": texts("p", "p", None, None)})
    assert counts == {"x": 3}


def test_the_order_of_the_rows_decides_nothing():
    train, other = dict.fromkeys("abcdef", 2), dict.fromkeys("fedcba", 2)
    assert TextColumn.learn("x", train, 3) == TextColumn.learn("x", other, 3)


# --- the whole table -------------------------------------------------------------------------------------------------


def table(rows, seed):
    rng = np.random.default_rng(seed)
    numbers = rng.normal(5.0, 2.0, rows)
    numbers[::7] = np.nan
    words = rng.choice(["red", "green", "blue", "rare"], rows, p=[0.4, 0.3, 0.28, 0.02]).astype(object)
    words[::11] = np.nan
    return {"size": numbers, "colour": words, "age": rng.integers(1, 90, rows).astype(float)}


def test_columns_are_found_by_name_and_others_ignored():
    train, new = table(100, 0), table(20, 1)
    encoder = TabularEncoder().fit(train)
    assert encoder.features[:2] == ["size", "size is missing"] and encoder.features[-1] == "age"
    shuffled = {"more": texts(*"x" * 20), **dict(reversed(new.items()))}
    np.testing.assert_array_equal(encoder.transform(shuffled), encoder.transform(new))
    assert encoder.transform(new).dtype == np.float32


def test_a_column_that_gives_no_feature_need_not_be_there():
    train = {**table(100, 0), "same": np.ones(100), "id": np.array([f"row {k}" for k in range(100)], object)}
    encoder, new = TabularEncoder().fit(train), table(20, 1)
    assert [column.name for column in encoder.columns if not column.features] == ["same", "id"]
    expected = encoder.transform({**new, "same": np.full(20, 3.0), "id": texts(*"x" * 20)})
    np.testing.assert_array_equal(encoder.transform(new), expected)
    assert encoder.unseen(new) == {}
    with pytest.raises(ValueError, match=r"^columns are missing: colour$"):
        encoder.transform({name: values for name, values in new.items() if name != "colour"})


def test_what_new_rows_hold_changes_nothing_that_was_learned():
    encoder = TabularEncoder().fit(table(100, 0))
    before = json.dumps(encoder.to_config())
    encoder.transform(table(50, 3))
    assert json.dumps(encoder.to_config()) == before


def test_each_row_is_encoded_by_itself():
    train, new = table(100, 0), table(20, 1)
    encoder = TabularEncoder().fit(train)
    alone = [encoder.transform({name: values[k : k + 1] for name, values in new.items()}) for k in range(20)]
    np.testing.assert_array_equal(np.vstack(alone), encoder.transform(new))


def test_refusals():
    encoder = TabularEncoder().fit({"a": np.array([1.0, 2.0, 3.0, 4.0]), "b": texts("x", "y", "x", "y")})
    with pytest.raises(ValueError, match=r"^columns are missing: a, b$"):
        encoder.transform({"c": np.zeros(2)})
    with pytest.raises(TypeError, match=r"^the column 'a' is numeric, its values are object$"):
        encoder.transform({"a": texts("x", "y"), "b": texts("x", "y")})
    with pytest.raises(TypeError, match=r"^the column 'b' is text, its values are float64$"):
        encoder.transform({"a": np.zeros(2), "b": np.zeros(2)})
    with pytest.raises(ValueError, match="one length"):
        encoder.transform({"a": np.zeros(2), "b": texts("x")})
    with pytest.raises(ValueError, match=r"^the column 'a' holds a number that is infinite$"):
        TabularEncoder().fit({"a": np.array([1.0, np.inf])})
    with pytest.raises(TypeError, match=r"^the column 'a' holds int64, neither float64 nor texts$"):
        TabularEncoder().fit({"a": np.array([1, 2])})
    with pytest.raises(TypeError, match=r"^the column 'a' holds object, neither float64 nor texts$"):
        TabularEncoder().fit({"a": texts("x", 3)})
    for nothing in ({}, {"a": np.zeros(0)}):
        with pytest.raises(ValueError, match=r"^there are no rows to learn from$"):
            TabularEncoder().fit(nothing)


# --- kept and read back ----------------------------------------------------------------------------------------------


def test_the_encoder_comes_back_from_json_exactly():
    encoder = TabularEncoder(max_values=2).fit(table(100, 0))
    copy = TabularEncoder.from_config(json.loads(json.dumps(encoder.to_config(), allow_nan=False)))
    assert copy.columns == encoder.columns and copy.max_values == 2 and copy.features == encoder.features
    np.testing.assert_array_equal(copy.transform(table(50, 1)), encoder.transform(table(50, 1)))


@given(st.lists(st.floats(allow_infinity=False), min_size=1), st.lists(st.floats(allow_infinity=False), min_size=1))
def test_any_numbers_give_finite_features_and_survive_json(train, new):
    encoder = TabularEncoder().fit({"x": np.array(train)})
    copy = TabularEncoder.from_config(json.loads(json.dumps(encoder.to_config(), allow_nan=False)))
    result = copy.transform({"x": np.array(new)})
    assert np.isfinite(result).all() and result.shape == (len(new), len(encoder.features))
    assert copy.columns == encoder.columns


@given(st.lists(st.none() | st.text(), min_size=1), st.lists(st.none() | st.text(), min_size=1), st.integers(0, 4))
def test_any_texts_give_shares_and_survive_json(train, new, most):
    encoder = TabularEncoder(most).fit({"x": texts(*train)})
    copy = TabularEncoder.from_config(json.loads(json.dumps(encoder.to_config())))
    result = copy.transform({"x": texts(*new)})
    assert copy.columns == encoder.columns
    if encoder.features:
        np.testing.assert_allclose(result.sum(axis=1), 1.0, rtol=1e-6)


NUMERIC = {"name": "a", "kind": "numeric", "median": 1.0, "mean": 1.0, "scale": 2.0, "indicator": False}
TEXT = {"name": "b", "kind": "text", "values": ["x", "y"], "missing": False, "others": True, "shares": [0.5, 0.3, 0.2]}

BAD_COLUMNS = [
    (NUMERIC, {"median": "1"}, "\"median\" is a finite number, not '1'"),
    (NUMERIC, {"median": True}, '"median" is a finite number, not True'),
    (NUMERIC, {"mean": float("inf")}, '"mean" is a finite number, not inf'),
    (NUMERIC, {"mean": 10**400}, '"mean" is a finite number'),
    (NUMERIC, {"scale": -1.0}, '"scale" is a finite number from 0 on, not -1.0'),
    (NUMERIC, {"indicator": 1}, '"indicator" is true or false, not 1'),
    (NUMERIC, {"kind": "os.system"}, "\"kind\" is 'numeric' or 'text', not 'os.system'"),
    (NUMERIC, {"name": 7}, '"name" is a text, not 7'),
    (NUMERIC, {"module": "os"}, "unknown 'module'"),
    (TEXT, {"values": ["x", "x"]}, '"values" has a text twice'),
    (TEXT, {"values": ["x", 1]}, '"values" is a list of texts, not 1'),
    (TEXT, {"values": "xy"}, "\"values\" is a list, not 'xy'"),
    (TEXT, {"values": ["x"]}, '"shares" is 2 numbers that sum to 1'),
    (TEXT, {"shares": [0.5, 0.3, 0.3]}, '"shares" is 3 numbers that sum to 1'),
    (TEXT, {"shares": [0.5, 0.7, -0.2]}, '"shares" is a finite number from 0 to 1, not -0.2'),
    (TEXT, {"missing": True}, '"shares" is 4 numbers that sum to 1'),
]


@pytest.mark.parametrize(("column", "change", "message"), BAD_COLUMNS)
def test_a_column_that_does_not_fit_is_refused(column, change, message):
    with pytest.raises(JsonError) as caught:
        TabularEncoder.from_config({"max_values": 64, "columns": [{**column, **change}]}, "schema.json")
    assert message in str(caught.value) and str(caught.value).startswith("schema.json: column 0: ")


@pytest.mark.parametrize("key", [*NUMERIC, *TEXT])
def test_a_column_that_lacks_a_field_is_refused(key):
    column = {name: value for name, value in (NUMERIC if key in NUMERIC else TEXT).items() if name != key}
    with pytest.raises(JsonError, match=f'column 0: "{key}" is missing'):
        TabularEncoder.from_config({"max_values": 64, "columns": [column]})


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ([], "schema.json is an object, not []"),
        ({"max_values": 64}, 'schema.json: "columns" is missing'),
        ({"max_values": 1.5, "columns": []}, 'schema.json: "max_values" is an integer from 0 on, not 1.5'),
        ({"max_values": 64, "columns": [NUMERIC, NUMERIC]}, "schema.json: two columns have the same name"),
        ({"max_values": 64, "columns": [3]}, "schema.json: column 0 is an object, not 3"),
        ({"max_values": 64, "columns": [], "x": 1}, "schema.json: unknown 'x'"),
    ],
)
def test_an_encoder_that_does_not_fit_is_refused(config, message):
    with pytest.raises(JsonError) as caught:
        TabularEncoder.from_config(config, "schema.json")
    assert str(caught.value) == message


def test_columns_are_of_the_two_kinds():
    encoder = TabularEncoder.from_config({"max_values": 64, "columns": [NUMERIC, TEXT]})
    assert encoder.columns == [
        NumericColumn("a", 1.0, 1.0, 2.0, False),
        TextColumn("b", ("x", "y"), False, True, (0.5, 0.3, 0.2)),
    ]


# --- more than fits -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e200])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_column_is_learned_in_chunks_as_if_it_were_whole(size, scale):
    rng = np.random.default_rng(4)
    values = (rng.normal(3.0, 2.0, 1000) + np.linspace(0, 50, 1000)) * scale
    values[rng.random(1000) < 0.1] = np.nan
    values[:10] = np.nan
    chunks = np.split(values, np.arange(size, 1000, size))
    found, whole = NumericColumn.learn("x", lambda: chunks), NumericColumn.learn("x", lambda: [values])
    assert found.median == whole.median == np.nanmedian(values) and found.indicator
    filled = np.where(np.isnan(values), found.median, values) / scale
    np.testing.assert_allclose([found.mean / scale, found.scale / scale], [filled.mean(), filled.std()], rtol=1e-13)


@pytest.mark.parametrize("size", [1, 10, 37, 1000])
def test_the_median_of_very_many_numbers_is_that_of_some_taken_evenly(monkeypatch, size):
    monkeypatch.setattr(tabular_columns, "EXACT", 64)
    values = np.arange(1000.0)
    found = NumericColumn.learn("x", lambda: np.split(values, np.arange(size, 1000, size)))
    assert found.median == np.median(values[::16])  # 63 of them, and not half as many
    assert found.mean == pytest.approx(499.5)


def test_many_rare_texts_share_features_by_their_hash():
    counts = {f"city {k}": 3 for k in range(200)} | {"big": 500, None: 7}
    column = TextColumn.learn("x", counts, 4)
    assert column.values == ("big", "city 0", "city 1", "city 10") and not column.others and column.buckets == 32
    assert len(column.features) == len(column.shares) == 4 + 1 + 32
    assert column.features[-1] == "x is another, hash 31" and sum(column.shares) == pytest.approx(1)
    assert column.shares[:5] == (500 / 1107, 3 / 1107, 3 / 1107, 3 / 1107, 7 / 1107)
    rows = texts("big", None, "city 7", "city 7", "never seen")
    features = np.empty((5, 37), np.float32)
    column.expand(column.code(rows), features)
    assert features.sum(axis=1).tolist() == [1] * 5 and features[0, 0] == features[1, 4] == 1
    np.testing.assert_array_equal(features[2], features[3])
    assert features[2, 5:].sum() == features[4, 5:].sum() == 1 and column.unseen(rows) == 0
    used = {int(column.code(texts(name))[0]) for name in counts if name}
    assert len(used) > 30  # of 36: nearly all buckets have texts
    encoder = TabularEncoder.of([column])
    again = TabularEncoder.from_config(json.loads(json.dumps(encoder.to_config())))
    assert again.columns == [column] and again.transform({"x": rows}).tolist() == features.tolist()


def test_texts_that_hardly_ever_come_twice_get_no_buckets():
    counts = {f"id {k}": 1 for k in range(500)} | {f"twice {k}": 2 for k in range(4 + 63)}
    assert TextColumn.learn("x", counts, 4).buckets == 0 and TextColumn.learn("x", counts, 4).others
    assert TextColumn.learn("x", counts | {"one more": 2}, 4).buckets == 32


def test_a_missing_text_that_training_did_not_have_is_the_average_row():
    column = TextColumn.learn("x", {f"c{k}": 2 for k in range(90)}, 2)
    out = np.empty((1, len(column.features)), np.float32)
    column.expand(column.code(texts(None)), out)
    np.testing.assert_array_equal(out[0], np.float32(column.shares))


def test_codes_take_four_bytes_a_row():
    columns = {"a": np.array([1.0, np.nan, 3.0]), "b": texts("x", "y", "x")}
    encoder = TabularEncoder().fit(columns)
    codes = encoder.code(columns)
    assert [code.dtype for code in codes] == [np.float32, np.int32]
    some = [code[[2, 0]] for code in codes]
    np.testing.assert_array_equal(encoder.expand(some), encoder.transform(columns)[[2, 0]])


def test_a_column_of_which_only_hashes_are_known_is_coded_like_its_texts():
    names = [f"user {k}" for k in range(1000)]
    hashes = np.array([zlib.crc32(name.encode()) % 4096 for name in names])
    column = TextColumn.learn_hashed("x", np.bincount(hashes, minlength=4096), missing=10)
    assert len(column.features) == 1 + 32 and sum(column.shares) == pytest.approx(1) and column.shares[0] == 10 / 1010
    np.testing.assert_array_equal(column.code_hashed(np.append(hashes, -1), 4096), column.code(texts(*names, None)))
    assert TextColumn.learn_hashed("x", np.bincount(hashes, minlength=4096), 0).code_hashed(np.array([-1]), 4096) == 32


@pytest.mark.parametrize(
    "counts", [{"a": 5, "b": 3, None: 2}, {"a": 5, "b": 3, "c": 1}, {f"t{k}": 9 for k in range(150)}]
)
def test_a_column_learned_from_texts_is_coded_from_their_hashes(counts):
    column = TextColumn.learn("x", counts, 64)
    rows = [*counts, "never seen", None]
    hashes = [-1 if text is None else zlib.crc32(text.encode()) % (1 << 18) for text in rows]
    np.testing.assert_array_equal(column.code_hashed(np.array(hashes), 1 << 18), column.code(texts(*rows)))
