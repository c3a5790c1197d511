"""skl2onnx converts estimators, alone and at the end of pipelines, with nothing registered."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import kerasflow as tf
from kerasflow.estimators import (
    DNNClassifier,
    DNNLinearCombinedClassifier,
    DNNLinearCombinedRegressor,
    DNNRegressor,
    KerasClassifier,
    KerasRegressor,
    LinearClassifier,
)
from kerasflow.onnx import ExportError
from tests.onnx.running import run

skl2onnx = pytest.importorskip("skl2onnx")
data_types = pytest.importorskip("skl2onnx.common.data_types")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4)).astype(np.float32)
NUMBERS = X @ np.array([1.0, -2.0, 0.5, 3.0], np.float32) + 10.0
TEXTS = np.array(["low", "mid", "überhaupt"])[np.digitize(X[:, 0], [-0.5, 0.5])]
TWO = np.where(X[:, 1] > 0, "yes", "no")
PLACES = np.digitize(X[:, 0], [-0.5, 0.5]) * 5 - 3
LABELS = (X[:, :2] > 0).astype(int)


def converted(estimator, **options):
    """The outputs of the converted estimator for `X`."""
    given = [("X", data_types.FloatTensorType([None, 4]))]
    if hasattr(estimator, "classes_"):
        options = {"options": {id(estimator): {"zipmap": False}}, **options}
    model = skl2onnx.convert_sklearn(estimator, initial_types=given, **options)
    return run(model, {"X": X})


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("y", [NUMBERS, np.stack([NUMBERS, X[:, 0]], axis=1)], ids=["one", "two"])
def test_a_regressor(y, activation, dtype):
    model = DNNRegressor((8,), activation, solver="lbfgs", max_iter=30, tol=10.0, random_state=0).fit(
        X.astype(dtype), y
    )
    wanted = model.predict(X.astype(dtype)).reshape(60, -1)
    np.testing.assert_allclose(converted(model)["variable"], wanted, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize(
    "y", [TEXTS, TWO, PLACES, TWO == "yes", np.full(60, "one")], ids=["texts", "two", "places", "truth", "one"]
)
@pytest.mark.parametrize("kind", [DNNClassifier, LinearClassifier])
def test_a_classifier(kind, y):
    settings = {"solver": "lbfgs", "max_iter": 20, "tol": 10.0, "random_state": 0}
    model = kind(**settings).fit(X, y) if kind is LinearClassifier else kind((8,), **settings).fit(X, y)
    found = converted(model)
    np.testing.assert_allclose(found["probabilities"], model.predict_proba(X), atol=1e-5)
    assert found["label"].tolist() == model.predict(X).tolist()


def test_labels_that_go_together():
    model = DNNClassifier((8,), solver="lbfgs", max_iter=20, tol=10.0, random_state=0).fit(X, LABELS)
    found = converted(model)
    np.testing.assert_allclose(found["probabilities"], model.predict_proba(X), atol=1e-5)
    np.testing.assert_array_equal(found["label"], model.predict(X))


def test_a_pipeline_of_a_table_with_an_input_for_each_column():
    table = pd.DataFrame({"age": X[:, 0], "size": X[:, 1], "town": RNG.choice(["a", "b", "c"], 60)})
    first = ColumnTransformer(
        [("numbers", StandardScaler(), ["age", "size"]), ("texts", OneHotEncoder(handle_unknown="ignore"), ["town"])],
        sparse_threshold=0,
    )
    model = make_pipeline(first, DNNClassifier((8,), solver="lbfgs", max_iter=20, tol=10.0, random_state=0))
    model.fit(table, TEXTS)
    number, text = data_types.FloatTensorType([None, 1]), data_types.StringTensorType([None, 1])
    made = skl2onnx.convert_sklearn(
        model,
        initial_types=[("age", number), ("size", number), ("town", text)],
        options={id(model): {"zipmap": False}},
    )
    found = run(made, {name: table[[name]].to_numpy() for name in table})
    assert found["label"].tolist() == model.predict(table).tolist()
    np.testing.assert_allclose(found["probabilities"], model.predict_proba(table), atol=1e-5)


def table_of(missing):
    town = RNG.choice(np.array(["a", "b", "ä"], object), 60)
    columns = {"age": X[:, 0].astype(np.float64), "size": X[:, 1].astype(np.float64), "town": town}
    for values in columns.values() if missing else ():
        values[RNG.random(60) < 0.2] = None if values.dtype == object else np.nan
    return pd.DataFrame(columns)


SETTINGS = {"solver": "lbfgs", "max_iter": 20, "tol": 10.0, "random_state": 0, "categorical_features": "from_dtype"}


@pytest.mark.parametrize("kind", [DNNClassifier, DNNLinearCombinedClassifier])
@pytest.mark.parametrize("missing", [False, True], ids=["complete", "missing"])
def test_an_estimator_that_takes_a_table_itself(kind, missing):
    table, others = table_of(missing), table_of(missing)
    others.loc[:5, "town"] = "elsewhere"
    model = kind((8,), missing_values="median" if missing else None, **SETTINGS).fit(table, TEXTS)
    number, text = data_types.DoubleTensorType([None, 1]), data_types.StringTensorType([None, 1])
    made = skl2onnx.convert_sklearn(model, initial_types=[("town", text), ("age", number), ("size", number)])
    found = run(made, {name: others[[name]].fillna("" if name == "town" else np.nan).to_numpy() for name in others})
    assert found["label"].tolist() == model.predict(others).tolist()
    np.testing.assert_allclose(found["probabilities"], model.predict_proba(others), atol=1e-5)


def test_wide_and_deep_networks():
    settings = {name: value for name, value in SETTINGS.items() if name != "categorical_features"}
    model = DNNLinearCombinedRegressor((8,), **settings).fit(X, NUMBERS)
    np.testing.assert_allclose(converted(model)["variable"][:, 0], model.predict(X), rtol=1e-5, atol=1e-4)


def test_tables_that_do_not_fit():
    table = table_of(False)
    model = DNNClassifier((4,), **SETTINGS).fit(table, TEXTS)
    number, text = data_types.DoubleTensorType([None, 1]), data_types.StringTensorType([None, 1])
    with pytest.raises(ExportError, match=r"an input for each of the columns \['age', 'size', 'town'\], got \['age'\]"):
        skl2onnx.convert_sklearn(model, initial_types=[("age", number)])
    with pytest.raises(ExportError, match="The column 'town' is text, its input is DoubleTensorType"):
        skl2onnx.convert_sklearn(model, initial_types=[("age", number), ("size", number), ("town", number)])
    table["coast"] = table["town"]
    crossed = DNNLinearCombinedClassifier((4,), crosses=[("town", "coast")], **SETTINGS).fit(table, TEXTS)
    with pytest.raises(ExportError, match="combines columns of texts"):
        skl2onnx.convert_sklearn(crossed, initial_types=[(n, text) for n in table])


@pytest.mark.parametrize("opset", [13, 17, 18, 21])
def test_operator_sets(opset):
    layers = tf.keras.layers

    def build():
        return tf.keras.Sequential([tf.keras.Input((4,)), layers.LayerNormalization(), layers.Dense(1)])

    model = KerasRegressor(build, random_state=0).fit(X, NUMBERS)
    found = converted(model, target_opset=opset)["variable"]
    np.testing.assert_allclose(found[:, 0], model.predict(X), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("last", "y"),
    [
        ([3], TEXTS),
        ([3, "softmax"], TEXTS),
        ([1], TWO),
        ([1, "sigmoid"], TWO),
        ([2, "softmax"], TWO),
        ([2, "sigmoid"], LABELS),
        ([2], LABELS),
    ],
    ids=["logits", "softmax", "one logit", "sigmoid", "two", "labels", "logits of labels"],
)
def test_a_classifier_around_a_model(last, y):
    layers = tf.keras.layers
    model = tf.keras.Sequential([tf.keras.Input((4,)), layers.Dense(6, "tanh"), layers.Dense(*last)])
    classifier = KerasClassifier(model, epochs=3, learning_rate=0.05, random_state=0).fit(X, y)
    found = converted(classifier)
    np.testing.assert_allclose(found["probabilities"], classifier.predict_proba(X), atol=1e-5)
    assert found["label"].tolist() == classifier.predict(X).tolist()


def test_what_is_refused():
    several = DNNClassifier((4,), solver="lbfgs", max_iter=5, tol=10.0, random_state=0).fit(
        X, np.stack([TWO, TEXTS], 1)
    )
    with pytest.raises(ExportError, match="several outputs of classes"):
        converted(several)
    a, b = tf.keras.Input((3,)), tf.keras.Input((1,))
    inputs = tf.keras.Model([a, b], tf.keras.layers.Dense(1)(tf.keras.layers.Concatenate()([a, b])))
    with pytest.raises(
        ExportError, match="The model of this KerasRegressor has 2 inputs: convert the model, model_, its"
    ):
        converted(KerasRegressor(inputs).fit(X, NUMBERS))
    with pytest.raises(ExportError, match="operator set 13 or a later one, got 11"):
        converted(DNNRegressor((4,), solver="lbfgs", max_iter=5, tol=10.0).fit(X, NUMBERS), target_opset=11)


@pytest.mark.slow
def test_nothing_is_loaded_before_it_is_asked_for():
    program = "import sys, kerasflow.estimators; print(not {'onnx', 'skl2onnx'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"
