"""Rules of columns learned from weighted rows: those of rows that are there as often as their weights say."""

import numpy as np
import pandas as pd
import pytest

from kerasflow.estimators import DNNClassifier, DNNRegressor
from kerasflow.estimators.tabular import TabularEncoder
from kerasflow.estimators.weighted_columns import numeric_column, text_column

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def columns(count=40, scale=1.0):
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=count) * scale
    numbers[::7] = np.nan
    texts = np.array(rng.choice(["a", "b", "c", "d", "e"], count), object)
    texts[3], texts[4], texts[5] = "once", "twice", None
    return {"number": numbers, "text": texts, "same": np.full(count, 2.5)}


def close(a, b):
    """Whether two descriptions are the same, but for rounding."""
    for one, other in zip(a["columns"], b["columns"], strict=True):
        assert one.keys() == other.keys()
        for key, value in one.items():
            if isinstance(value, float) or key == "shares":
                np.testing.assert_allclose(value, other[key], rtol=1e-12, err_msg=key)
            else:
                assert value == other[key], key


@pytest.mark.parametrize("scale", [1.0, 1e300, 1e-300])
@pytest.mark.parametrize("seed", range(5))
def test_whole_weights_are_repeats(scale, seed):
    weights = np.random.default_rng(seed).integers(1, 4, 40)
    weights[3:5] = 1, 2
    rows = columns(scale=scale)
    repeated = {name: values.repeat(weights) for name, values in rows.items()}
    found = TabularEncoder().fit(rows, weights.astype(float))
    close(found.to_config(), TabularEncoder().fit(repeated).to_config())
    assert "twice" in found.columns[1].values and "once" not in found.columns[1].values


@pytest.mark.parametrize("unit", [1e-3, 0.5])
def test_the_unit_of_small_weights_does_not_matter(unit):
    weights = np.random.default_rng(1).integers(1, 4, 40).astype(float)
    weights[0] = 1.0
    close(
        TabularEncoder().fit(columns(), unit * weights).to_config(),
        TabularEncoder().fit(columns(), weights).to_config(),
    )


def test_columns_without_numbers_or_of_one():
    weights = np.array([1.0, 2.0])
    assert numeric_column("x", np.full(2, np.nan), weights).features == []
    assert numeric_column("x", np.array([3.0, 3.0]), weights).scale == 0.0
    lonely = numeric_column("x", np.array([3.0, np.nan]), weights)
    assert (lonely.median, lonely.mean, lonely.scale, lonely.indicator) == (3.0, 3.0, 0.0, True)
    assert text_column("x", np.array(["a", None], object), weights, 64).values == ()


@pytest.mark.parametrize("cls", [DNNClassifier, DNNRegressor])
def test_estimators_learn_from_weighted_rows_what_they_do_from_repeated_ones(cls):
    frame = pd.DataFrame(columns(60)).drop(columns="same")
    y = np.arange(60) % 3
    weights = np.random.default_rng(2).integers(0, 4, 60)
    model = cls(
        (4,), solver="lbfgs", max_iter=5, random_state=0, categorical_features="from_dtype", missing_values="median"
    )
    weighted = model.fit(frame, y, sample_weight=weights)
    config, found = weighted._table.encoder.to_config(), weighted.predict(frame)
    repeated = model.fit(frame.loc[frame.index.repeat(weights)], y.repeat(weights))
    close(config, repeated._table.encoder.to_config())
    np.testing.assert_allclose(found, repeated.predict(frame), atol=1e-3)


def test_weights_of_classes_do_not_count():
    frame, y = pd.DataFrame(columns()), np.arange(40) % 2
    settings = {"categorical_features": "from_dtype", "missing_values": "median", "max_iter": 2}
    plain, weighted = (DNNClassifier((2,), class_weight=w, **settings).fit(frame, y) for w in (None, {0: 1.0, 1: 9.0}))
    assert plain._table.encoder.to_config() == weighted._table.encoder.to_config()
