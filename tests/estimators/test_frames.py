"""Frames of pandas and polars straight into an estimator: categories, texts, missing values, names of columns."""

import datetime
import decimal
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from kerasflow.estimators import DNNClassifier, DNNRegressor, LinearRegressor
from kerasflow.estimators.frames import FrameReader
from kerasflow.estimators.tabular import TabularEncoder

try:
    import polars as pl
except ImportError:  # an extra of the tests: frames of pandas are tested without it
    pl = None
try:
    import pyarrow
except ImportError:
    pyarrow = None

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

CITIES = {"oslo": 3.0, "rome": -2.0, "lima": 0.5}


def as_polars_frame(frame):
    """A frame of pandas as one of polars; without pyarrow, which `polars.from_pandas` asks for."""
    columns = {name: [None if pd.isna(v) else v for v in frame[name].tolist()] for name in frame}
    return pl.DataFrame(columns)


def houses(count=120):
    """Prices that depend on a number and a text, both of which are missing at times."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"size": rng.normal(80, 20, count), "city": rng.choice([*CITIES], count)})
    price = (frame["size"] - 80) / 20 + frame["city"].map(CITIES)
    frame["color"] = rng.choice(["red", "blue"], count)
    return frame, price.to_numpy()


def with_gaps(frame):
    frame = frame.copy()
    frame.loc[::7, "size"] = np.nan
    frame.loc[::11, "city"] = None
    return frame


OPTIONS = {"categorical_features": "from_dtype", "missing_values": "median"}


def test_a_frame_with_texts_is_what_its_one_hot_columns_are():
    frame, price = houses()
    model = LinearRegressor(categorical_features=["city"]).fit(frame[["size", "city"]], price)
    by_hand = np.column_stack([frame["size"], *[frame["city"] == city for city in CITIES]])
    plain = LinearRegressor().fit(by_hand, price)
    np.testing.assert_allclose(model.predict(frame), plain.predict(by_hand), atol=1e-3)
    assert model.score(frame, price) > 0.9999
    assert model.feature_names_in_.tolist() == ["size", "city"] and model.n_features_in_ == 2
    assert LinearRegressor(categorical_features=["city", "color"]).fit(frame, price).score(frame, price) > 0.9999


@pytest.mark.parametrize("wanted", ["from_dtype", ["city", "color"], [1, 2], [1, -1], np.array([False, True, True])])
def test_ways_to_name_the_columns(wanted):
    frame, price = houses()
    expected = TabularEncoder().fit(
        {"size": frame["size"].to_numpy(), **{c: frame[c].to_numpy(object) for c in ("city", "color")}}
    )
    model = LinearRegressor(categorical_features=wanted).fit(frame, price)
    assert model._table.encoder.to_config() == expected.to_config()
    assert len(model.coef_) == 1 + 3 + 2


def kinds_of(frame):
    """The same table in the types that columns may have."""
    nullable = frame.astype({"size": "Float64", "city": "string", "color": "category"})
    yield "nullable", nullable
    yield "objects", frame.astype(object)
    yield "categories", frame.astype({"city": "category", "color": "category"})
    yield "array", frame.to_numpy(object)
    yield "lists", frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    if pyarrow is not None:
        yield "arrow", frame.astype({"size": "double[pyarrow]", "city": "string[pyarrow]", "color": "string[pyarrow]"})
    if pl is not None:
        as_polars = as_polars_frame(frame)
        yield "polars", as_polars
        yield "polars categories", as_polars.with_columns(pl.col("city", "color").cast(pl.Categorical))
        yield "polars enum", as_polars.with_columns(pl.col("color").cast(pl.Enum(["red", "blue"])))


def test_types_of_columns_do_not_matter():
    frame, price = houses()
    frame = with_gaps(frame)
    model = LinearRegressor(**OPTIONS).fit(frame, price)
    for kind, other in kinds_of(frame):
        again = clone(model).fit(other, price)
        np.testing.assert_array_equal(again.coef_, model.coef_, err_msg=kind)
        np.testing.assert_array_equal(again.predict(other), model.predict(frame), err_msg=kind)


def test_numbers_booleans_and_codes():
    frame = pd.DataFrame(
        {
            "whole": pd.array([1, 2, None, 4] * 5, dtype="Int64"),
            "flag": pd.array([True, None, False, False] * 5, dtype="boolean"),
            "code": [7.0, 7.0, np.nan, 8.0] * 5,
            "exact": [decimal.Decimal("1.5"), None, decimal.Decimal(2), decimal.Decimal(0)] * 5,
        }
    )
    reader = FrameReader.learn(frame, ["code"])
    columns = reader.read(frame)
    np.testing.assert_array_equal(columns["whole"][:4], [1, 2, np.nan, 4])
    np.testing.assert_array_equal(columns["flag"][:4], [1, np.nan, 0, 0])
    np.testing.assert_array_equal(columns["exact"][:4], [1.5, np.nan, 2, 0])
    assert columns["code"][:4].tolist() == ["7", "7", None, "8"]
    whole = frame.assign(code=pd.array([7, 7, None, 8] * 5, dtype="Int64"))
    assert reader.read(whole)["code"].tolist() == columns["code"].tolist()
    assert FrameReader.learn(frame, "from_dtype").categorical == (False,) * 4


def as_categories(column):
    return FrameReader(("a",), (True,)).read(pd.DataFrame({"a": column}))["a"].tolist()


def test_numbers_as_categories():
    ids = [2**63, 2**63 + 1, 2**53 + 1]
    exact = np.array(ids, np.uint64)
    for column in (exact, exact.astype(object), pd.array(exact, dtype="UInt64")):
        assert as_categories(column) == [str(i) for i in ids]
    assert as_categories(pd.array([2**53 + 1, None, 7], dtype="Int64")) == [str(2**53 + 1), None, "7"]
    assert as_categories([1.5, 2.0, 1e300, np.inf, np.nan]) == ["1.5", "2", "1e+300", "inf", None]
    for column in ([True, False], np.array([True, False], object), pd.array([True, False], dtype="boolean")):
        assert as_categories(column) == ["True", "False"]
    assert as_categories(np.array([True, 1, None, "1", 1.0], object)) == ["True", "1", None, "1", "1"]
    assert FrameReader(("x0",), (True,)).read(np.array([[2**53 + 1], [5]]))["x0"].tolist() == [str(2**53 + 1), "5"]
    if pl is not None:
        frame = pl.DataFrame({"0": pl.Series([2**53 + 1, None], dtype=pl.Int64), "b": pl.Series([True, None])})
        columns = FrameReader(("0", "b"), (True, True)).read(frame)
        assert [c.tolist() for c in columns.values()] == [[str(2**53 + 1), None], ["True", None]]


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (np.array([1j, 2.0]), "holds complex128"),
        (np.array([1j, 2.0], object), "holds complex"),
        (np.array([10**400, 2.0], object), "holds a number that is too large for float64"),
        (np.array([b"a", b"b"], object), "holds bytes"),
    ],
)
def test_values_that_are_neither_numbers_nor_texts(column, message):
    with pytest.raises(ValueError, match=f"The column 'a' {message}"):
        FrameReader(("a",), (False,)).read(column[:, None])


@pytest.mark.skipif(pl is None, reason="polars is not installed")
@pytest.mark.parametrize("options", [{}, OPTIONS])
def test_lazy_frames_of_polars(options):
    lazy = pl.DataFrame({"a": [1.0, 2.0]}).lazy()
    with pytest.raises(TypeError, match="X is a LazyFrame, whose rows are not there yet: pass X.collect"):
        LinearRegressor(**options).fit(lazy, [1.0, 2.0])


@pytest.mark.skipif(pl is None, reason="polars is not installed")
def test_structs_of_polars():
    with pytest.raises(ValueError, match="The column 'a' holds Struct"):
        LinearRegressor(**OPTIONS).fit(pl.DataFrame({"a": [{"x": 1}, {"x": 2}]}), [1.0, 2.0])


def test_categories_of_any_type():
    size = np.array([1.0, 5.0, 9.0, np.nan] * 5)
    frame = pd.DataFrame({"size": pd.cut(size, [0, 4, 8, 12])})
    reader = FrameReader.learn(frame, "from_dtype")
    assert reader.categorical == (True,)
    assert reader.read(frame)["size"][:4].tolist() == ["(0, 4]", "(4, 8]", "(8, 12]", None]
    model = LinearRegressor(**OPTIONS).fit(frame, np.nan_to_num(size))
    np.testing.assert_allclose(model.predict(frame[:4]), [1, 5, 9, 0], atol=1e-5)


def test_marks_of_pandas_in_objects_are_missing_values():
    X = np.array([[1.0, "oslo"], [pd.NA, "rome"], [2.0, pd.NA], [None, np.nan]] * 5, dtype=object)
    columns = FrameReader.learn(X, [1]).read(X)
    np.testing.assert_array_equal(columns["x0"][:4], [1, np.nan, 2, np.nan])
    assert columns["x1"][:4].tolist() == ["oslo", "rome", None, None]


@pytest.mark.skipif(pl is None, reason="polars is not installed")
def test_booleans_of_polars():
    booleans = pl.DataFrame({"flag": [True, None, False]})
    np.testing.assert_array_equal(FrameReader.learn(booleans, None).read(booleans)["flag"], [1, np.nan, 0])
    assert FrameReader.learn(booleans, [0]).read(booleans)["flag"].tolist() == ["True", None, "False"]


@pytest.mark.parametrize(
    "values",
    [
        pd.date_range("2020-01-01", periods=4),
        pd.date_range("2020-01-01", periods=4, tz="Europe/Oslo"),
        pd.to_timedelta([1, 2, 3, 4], unit="D"),
        [datetime.date(2020, 1, 1)] * 4,
        pd.period_range("2020-01", periods=4, freq="M"),
    ],
)
def test_dates_are_refused_by_name(values):
    frame = pd.DataFrame({"size": [1.0, 2, 3, 4], "built": values})
    message = "The column 'built' holds .*neither numbers nor texts"
    for wanted in ("from_dtype", None, ["built"]):
        with pytest.raises(ValueError, match=message) as caught:
            LinearRegressor(categorical_features=wanted, missing_values="median").fit(frame, [1, 2, 3, 4])
    if not isinstance(values, pd.PeriodIndex):
        assert "holds dates or times" in str(caught.value) and "Make numbers of them first" in str(caught.value)
    if not isinstance(values, pd.PeriodIndex) and pl is not None:
        with pytest.raises(ValueError, match="'built' holds dates or times"):
            LinearRegressor(**OPTIONS).fit(as_polars_frame(frame), [1, 2, 3, 4])


def test_missing_values_are_the_median_and_a_feature():
    frame, price = houses()
    gaps = with_gaps(frame)
    price = price + 5 * gaps["size"].isna()
    model = LinearRegressor(**OPTIONS, alpha=1e-6).fit(gaps, price)
    filled = gaps["size"].fillna(gaps["size"].median())
    by_hand = np.column_stack(
        [filled, gaps["size"].isna(), gaps["city"].isna(), *[gaps["city"] == city for city in CITIES]]
    ).astype(float)
    plain = LinearRegressor(alpha=1e-6).fit(by_hand, price)
    gaps = gaps[["city", "size"]].assign(color="red")
    np.testing.assert_allclose(model.predict(gaps), plain.predict(by_hand), atol=0.2)  # the color has its own share
    assert model.score(gaps, price) > 0.9
    with pytest.raises(ValueError, match=r"The column 'size' lacks 18 of 120 values, the first in row 0\. missing_val"):
        LinearRegressor(categorical_features="from_dtype").fit(with_gaps(frame), price)
    refused = LinearRegressor(categorical_features="from_dtype").fit(frame, price)
    with pytest.raises(ValueError, match="The column 'city' lacks 1 of 3 values, the first in row 1"):
        refused.predict(frame.head(3).assign(city=["oslo", None, "rome"]))


def test_rows_that_are_held_out_teach_nothing():
    frame, price = houses()
    frame = with_gaps(frame)
    settings = {"hidden_layer_sizes": (4,), "max_iter": 3, "random_state": 0, "early_stopping": True, **OPTIONS}
    model = DNNRegressor(**settings, validation_fraction=0.25).fit(frame, price)
    rows, others = train_test_split(np.arange(120), test_size=0.25, random_state=np.random.RandomState(0))
    columns = model._table.reader.read(frame.iloc[rows])
    assert model._table.encoder.to_config() == TabularEncoder().fit(columns).to_config()
    changed = frame.copy()
    changed.loc[others, "size"] = 1e6
    changed.loc[others, "city"] = "nowhere"
    again = DNNRegressor(**settings, validation_fraction=0.25).fit(changed, price)
    np.testing.assert_array_equal(again.coefs_[0].shape, model.coefs_[0].shape)
    assert again.loss_curve_[0] == model.loss_curve_[0] and again.validation_loss_curve_ != model.validation_loss_curve_
    passed = DNNRegressor(**settings).fit(frame.iloc[rows], price[rows], X_val=frame.iloc[others], y_val=price[others])
    assert passed._table.encoder.to_config() == model._table.encoder.to_config()


@pytest.mark.parametrize("learn", ["fit", "partial_fit"])
def test_rows_of_weight_zero_teach_nothing(learn):
    frame, price = houses()
    frame = with_gaps(frame)
    frame.loc[:9, "city"], frame.loc[:9, "size"] = "nowhere", 1e6
    weights = np.repeat([0.0, 2.0], [10, 110])
    model = LinearRegressor(**OPTIONS, solver="sgd", max_iter=3, shuffle=False)
    all_rows = getattr(clone(model), learn)(frame, price, sample_weight=weights)
    some = getattr(model, learn)(frame[10:], price[10:])
    assert all_rows._table.encoder.to_config() == some._table.encoder.to_config()
    assert "city = nowhere" not in some._table.encoder.features


def test_the_names_of_what_the_network_is_given():
    frame, price = houses()
    model = LinearRegressor(**OPTIONS).fit(with_gaps(frame), price)
    weights = dict(zip(model.encoded_features_, model.coef_, strict=True))
    cities = sorted(CITIES, key=lambda city: weights[f"city = {city}"])
    assert cities == sorted(CITIES, key=CITIES.get) and len(weights) == len(model.coef_)
    assert LinearRegressor().fit(frame[["size"]], price).encoded_features_ == ["size"]
    assert LinearRegressor().fit(frame[["size"]].to_numpy(), price).encoded_features_ == ["x0"]
    with pytest.raises(NotFittedError):
        str(LinearRegressor().encoded_features_)


def test_numbers_of_an_array_may_be_missing():
    X = np.random.default_rng(1).normal(size=(60, 2))
    y = X.sum(axis=1)
    X[::5, 1] = np.nan
    model = LinearRegressor(missing_values="median", alpha=1e-6).fit(X, y)
    filled = np.column_stack([X[:, 0], np.where(np.isnan(X[:, 1]), np.nanmedian(X[:, 1]), X[:, 1]), np.isnan(X[:, 1])])
    np.testing.assert_allclose(model.predict(X), LinearRegressor(alpha=1e-6).fit(filled, y).predict(filled), atol=1e-4)
    with pytest.raises(ValueError, match="infinite"):
        model.predict(np.full((1, 2), np.inf))


def test_new_categories_fall_into_the_bucket_of_others():
    frame, price = houses()
    frame.loc[3, "city"] = "once"  # teaches the bucket of others
    model = LinearRegressor(categorical_features="from_dtype").fit(frame, price)
    rows = pd.concat([frame.iloc[[3]]] * 2).assign(city=["once", "never seen"])
    np.testing.assert_array_equal(*model.predict(rows))
    rows["city"] = ["once", "oslo"]
    assert np.diff(model.predict(rows)) != 0


@pytest.mark.parametrize("made", [lambda f: f] + ([as_polars_frame] if pl else []))
def test_columns_are_found_by_name(made):
    frame, price = houses()
    model = LinearRegressor(categorical_features="from_dtype").fit(made(frame), price)
    expected = model.predict(made(frame))
    np.testing.assert_array_equal(model.predict(made(frame[["color", "size", "city"]].assign(more=1))), expected)
    with pytest.raises(ValueError, match="Columns are missing: 'city'; X has"):
        model.predict(made(frame[["color", "size"]]))
    with pytest.raises(ValueError, match="The column 'size' holds texts .'a', 'a', 'a'. where numbers are expected"):
        model.predict(made(frame.assign(size="a")))
    with (
        pytest.raises(ValueError, match="X has 2 features, but LinearRegressor is expecting 3"),
        pytest.warns(UserWarning, match="does not have valid feature names"),
    ):
        model.predict(frame.to_numpy(object)[:, :2])


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (["town"], "categorical_features names 'town', which is no column"),
        ([3], "categorical_features names 3, which is no column"),
        ([True, False], "a mask of 2 columns; X has 3"),
        ("by_type", "must be None, 'from_dtype', or a list of names or places of columns, or a mask. Got 'by_type'"),
        ([1.5], "must be None, 'from_dtype'"),
        (
            ["city"],
            r"The column 'color' holds texts \('.*'\) where numbers are expected; name it in categorical_features",
        ),
    ],
)
def test_columns_that_are_not_there(wanted, message):
    frame, price = houses()
    with pytest.raises(ValueError, match=message):
        DNNRegressor(categorical_features=wanted).fit(frame, price)


def test_tables_without_anything_to_learn_from():
    frame, price = houses()
    with pytest.raises(ValueError, match="every column says the same in all rows"):
        LinearRegressor(categorical_features="from_dtype").fit(frame[["size"]] * 0, price)
    with pytest.raises(ValueError, match="Found array with 0 sample"):
        LinearRegressor(categorical_features="from_dtype").fit(frame[:0], price[:0])
    twice = frame.rename(columns={"color": "city"})
    with pytest.raises(ValueError, match="Two columns are called '1'"):
        FrameReader.learn(frame.rename(columns={"size": 1, "city": "1"}), None)
    with pytest.raises(ValueError, match="'city' 2 times|columns are called 'city'"):
        LinearRegressor(categorical_features="from_dtype").fit(twice, price)


def test_at_home_in_scikit_learn():
    frame, price = houses()
    frame = with_gaps(frame)
    y = np.where(price > 0, "dear", "cheap")
    model = DNNClassifier((8,), **OPTIONS, max_iter=100, learning_rate_init=0.02, random_state=0)
    scores = cross_val_score(make_pipeline(FunctionTransformer(), model), frame, y, cv=3)
    assert scores.mean() > 0.75
    fitted = model.fit(frame, y)
    assert fitted.coefs_[0].dtype == np.float32
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict_proba(frame), fitted.predict_proba(frame))
    fitted.set_params(categorical_features=None, missing_values=None)  # waits for the next fit
    np.testing.assert_array_equal(again.predict_proba(frame), fitted.predict_proba(frame))
    numbers = frame[["size"]].fillna(0.0)
    np.testing.assert_array_equal(
        fitted.fit(numbers, y).predict_proba(numbers), clone(fitted).fit(numbers, y).predict_proba(numbers)
    )


def test_a_warm_start_keeps_the_features_it_knows():
    frame, price = houses()
    model = DNNRegressor((4,), categorical_features="from_dtype", warm_start=True, max_iter=2, random_state=0)
    kept = model.fit(frame, price)._table
    model.fit(frame[frame["city"] != "lima"], price[frame["city"] != "lima"])
    assert model._table is kept


def test_more_frames_for_a_network_that_is_fitted():
    frame, price = houses()
    numbers = frame[["size"]] / 80
    for X, options in [(frame, OPTIONS), (numbers, {})]:
        model = DNNRegressor((4,), **options, max_iter=3, random_state=0)
        model.partial_fit(X, price).partial_fit(X, price)
        assert model.n_iter_ == 2 and model.feature_names_in_.tolist() == X.columns.tolist()
        model.fit(X[:90], price[:90], X_val=X[90:], y_val=price[90:])
        assert len(model.validation_loss_curve_) == 3


@pytest.mark.parametrize("made", [lambda f: f] + ([as_polars_frame] if pl else []))
def test_frames_of_numbers_alone_are_asked_for_by_name(made):
    frame, price = houses()
    with pytest.raises(ValueError, match="Columns hold texts or categories: 'city', 'color'. categorical_features="):
        LinearRegressor().fit(made(frame), price)
    with pytest.raises(
        ValueError, match="The column 'size' lacks 18 of 120 values, the first in row 0. missing_values="
    ):
        LinearRegressor().fit(made(with_gaps(frame)[["size"]]), price)
    dates = pd.DataFrame({"built": pd.date_range("2020-01-01", periods=4)})
    with pytest.raises(ValueError, match="The column 'built' holds dates or times"):
        LinearRegressor().fit(made(dates), [1, 2, 3, 4])
    model = LinearRegressor().fit(made(frame[["size"]]), price)
    with pytest.raises(ValueError, match="The column 'size' lacks 18 of 120 values"):
        model.predict(made(with_gaps(frame)[["size"]]))


@pytest.mark.parametrize("options", [{}, {"categorical_features": "from_dtype"}])
def test_frames_without_columns_or_with_two_of_one_name(options):
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]})
    with pytest.raises(ValueError, match=r"Found array with 0 feature\(s\) \(shape=\(2, 0\)\) while a minimum of 1"):
        LinearRegressor(**options).fit(frame[[]], [0, 1])
    with pytest.raises(ValueError, match="Two columns are called 'b'"):
        LinearRegressor(**options).fit(frame[["a", "b", "b"]], [0, 1])


@pytest.mark.parametrize("X", [[["a", 1], ["b", 2]], np.array([["a", 1], ["b", 2]], object)])
def test_texts_in_arrays_name_the_parameter_that_takes_them(X):
    with pytest.raises(ValueError, match="'a'. categorical_features takes columns of texts"):
        LinearRegressor().fit(X, [0, 1])
    LinearRegressor(categorical_features=[0]).fit(X, [0, 1])
