"""Estimators in files: what comes back, and what is refused."""

import json
import zipfile

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

import kerasflow as tf
from kerasflow import losses, optimizers
from kerasflow.callbacks import EarlyStopping
from kerasflow.core.errors import DataLossError
from kerasflow.estimators import (
    DNNClassifier,
    DNNLinearCombinedClassifier,
    DNNLinearCombinedRegressor,
    DNNRegressor,
    KerasClassifier,
    KerasRegressor,
    LinearRegressor,
    LogisticRegression,
    load,
)
from kerasflow.io.files import MissingFileError
from kerasflow.io.hdf5_layout import ForeignFileError
from kerasflow.layers import BatchNormalization, Dense, Input, Layer
from kerasflow.models import Sequential, load_model

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
NUMBERS = X[:, 0] + X[:, 1] ** 2
NAMES = np.array(["low", "middle", "high"])[np.digitize(NUMBERS, [0, 1])]
FRAME = pd.DataFrame({"a": X[:, 0], "b": np.where(X[:, 1] > 0, "up", "down"), "c": np.arange(60) % 3})
FRAME.loc[3, ["a", "b"]] = None
TABLE = {"categorical_features": ["b", "c"], "missing_values": "median"}


def build(n_features_in_, n_outputs, units=4):
    return Sequential([Input((n_features_in_,)), Dense(units, "tanh"), Dense(n_outputs)])


TEMPLATE = Sequential([Input((3,)), BatchNormalization(), Dense(4, "tanh"), Dense(3, "softmax")])
TEMPLATE.compile(optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
QUICK = {"max_iter": 4, "random_state": 0}
CASES = {
    "numbers": (DNNRegressor((4,), **QUICK), X, NUMBERS),
    "several numbers": (DNNRegressor([4, np.int64(3)], **QUICK), X.astype(np.float32), X[:, :2]),
    "classes": (DNNClassifier((4,), **QUICK, class_weight={"low": 2.0, "middle": 1, "high": 0.5}), X, NAMES),
    "objects": (DNNClassifier((4,), **QUICK), X, NAMES.astype(object)),
    "two classes": (DNNClassifier((4,), **QUICK, early_stopping=True), X, NUMBERS > 0),
    "labels": (DNNClassifier((4,), **QUICK), X, np.stack([NUMBERS > 0, NUMBERS > 1], axis=1).astype(int)),
    "several outputs": (DNNClassifier((4,), **QUICK), X, np.stack([NAMES, NAMES[::-1]], axis=1)),
    "a state of chance": (DNNRegressor((4,), max_iter=2, random_state=np.random.RandomState(3)), X, NUMBERS),
    "an optimizer": (DNNRegressor((4,), **QUICK, solver=optimizers.Adam(0.01, beta_1=0.8)), X, NUMBERS),
    "a table": (DNNClassifier((4,), **QUICK, **TABLE), FRAME, NAMES),
    "sparse": (LinearRegressor(), sparse.csr_array(X), NUMBERS),
    "linear": (LinearRegressor(alpha=np.float32(0.5)), X, NUMBERS),
    "logistic": (LogisticRegression(), FRAME[["c"]], NAMES),
    "wide and deep": (DNNLinearCombinedRegressor((4,), **QUICK, **TABLE, crosses=[("b", "c")]), FRAME, NUMBERS),
    "wide and deep classes": (DNNLinearCombinedClassifier((4,), **QUICK), X, NAMES),
    "built": (KerasRegressor(build, model_params={"units": 3}, epochs=3, random_state=0), X, NUMBERS),
    "built classes": (KerasClassifier(build, epochs=3, random_state=0, loss=None), X, NAMES),
    "a model": (KerasClassifier(TEMPLATE, epochs=3, random_state=0), X, NAMES),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_loaded_goes_on_as_if_nothing_had_happened(case, tmp_path):
    model, features, targets = CASES[case]
    model = clone(model).fit(features, targets)
    path = tmp_path / "model"
    model.save(path)
    again = load(path, {"build": build} if case.startswith("built") else None)
    outputs = "predict_proba" if hasattr(model, "predict_proba") else "predict"
    for ours, theirs in zip(*(np.asarray(getattr(m, outputs)(features)) for m in (again, model)), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(again.predict(features), model.predict(features))
    assert again.predict(features).dtype == model.predict(features).dtype
    assert vars(again).keys() == vars(model).keys() and repr(again).split(" at 0x")[0] == repr(model).split(" at 0x")[0]
    assert getattr(again, "loss_curve_", 0) == getattr(model, "loss_curve_", 0)
    if hasattr(model, "partial_fit") and not getattr(model, "early_stopping", False):
        model.partial_fit(features, targets)
        again.partial_fit(features, targets)
        np.testing.assert_allclose(
            np.asarray(getattr(again, outputs)(features), float),
            np.asarray(getattr(model, outputs)(features), float),
            rtol=1e-6,
        )
    fresh, other = (getattr(clone(m).fit(features, targets), outputs)(features) for m in (model, again))
    np.testing.assert_array_equal(np.asarray(other), np.asarray(fresh))


def test_calls_of_partial_fit_go_on_bit_by_bit(tmp_path):
    model = DNNRegressor((4,), random_state=0).partial_fit(X, NUMBERS)
    model.save(tmp_path / "model")
    again = load(tmp_path / "model")
    np.testing.assert_array_equal(again.partial_fit(X, NUMBERS).predict(X), model.partial_fit(X, NUMBERS).predict(X))


def test_keras_opens_the_model_in_the_file(tmp_path):
    model = clone(CASES["a model"][0]).fit(X, NAMES)
    model.save(tmp_path / "model.keras")
    inside = load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(inside.predict(X, verbose=0), model.predict_proba(X), rtol=1e-6)


def test_without_its_builder_it_goes_on_with_its_model(tmp_path):
    model = clone(CASES["built"][0]).fit(X, NUMBERS)
    model.save(tmp_path / "model")
    again = load(tmp_path / "model")
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert isinstance(again.model, Sequential) and again.model is not again.model_
    assert again.fit(X, NUMBERS).model_.layers[0].units == 3
    assert load(tmp_path / "model", {"build": build}).model is build


class Doubled(Layer):
    def call(self, x):
        return 2 * x


def nearest(y_true, y_pred):
    return tf.reduce_mean(tf.abs(y_true - y_pred), -1)


def test_classes_and_functions_of_ones_own_come_from_the_caller(tmp_path):
    model = KerasRegressor(Sequential([Input((3,)), Doubled(), Dense(1)]), loss=nearest, epochs=2, random_state=0)
    model.set_params(metrics=[tf.keras.metrics.MeanSquaredError()]).fit(X, NUMBERS)
    with pytest.raises(
        TypeError, match="The parameter 'loss' of KerasRegressor cannot be saved: .*nearest.* is no data"
    ):
        model.save(tmp_path / "model")
    model.set_params(loss=None).save(tmp_path / "model")
    own = {"Doubled": Doubled, "nearest": nearest}
    again = load(tmp_path / "model", own)
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert again.custom_objects == own
    for objects, message in [(None, "Doubled"), ({"Doubled": Doubled}, "nearest")]:
        with pytest.raises(ForeignFileError, match=message):
            load(tmp_path / "model", objects)


def test_losses_and_metrics_are_data(tmp_path):
    settings = {"loss": losses.Huber(0.5), "metrics": ["mae", tf.keras.metrics.MeanSquaredError(name="m")]}
    model = KerasRegressor(build, epochs=2, random_state=0, **settings).fit(X, NUMBERS)
    model.save(tmp_path / "model")
    again = load(tmp_path / "model", {"build": build})
    assert again.loss.get_config() == model.loss.get_config() and again.metrics[1].name == "m"
    np.testing.assert_array_equal(again.fit(X, NUMBERS).predict(X), model.predict(X))


class OwnRegressor(LinearRegressor):
    """A class of one's own."""


def test_a_class_of_ones_own_is_loaded_by_that_class(tmp_path):
    model = OwnRegressor().fit(X, NUMBERS)
    model.save(tmp_path / "model")
    assert type(OwnRegressor.load(tmp_path / "model")) is OwnRegressor
    with pytest.raises(ForeignFileError, match="an estimator of the class 'OwnRegressor'; load it by that class"):
        load(tmp_path / "model")
    with pytest.raises(ForeignFileError, match="of the class 'OwnRegressor', not 'LinearRegressor'"):
        LinearRegressor.load(tmp_path / "model")


def test_what_is_not_saved(tmp_path):
    with pytest.raises(NotFittedError):
        LinearRegressor().save(tmp_path / "model")
    model = LinearRegressor().fit(X, NUMBERS)
    model.save(tmp_path / "model")
    with pytest.raises(FileExistsError, match="pass overwrite=True"):
        model.save(tmp_path / "model", overwrite=False)
    watched = DNNRegressor((2,), max_iter=2, callbacks=[EarlyStopping("loss")]).fit(X, NUMBERS)
    with pytest.raises(TypeError, match="'callbacks' of DNNRegressor cannot be saved: .*EarlyStopping"):
        watched.save(tmp_path / "model")
    with pytest.raises(MissingFileError):
        load(tmp_path / "nothing")
    with pytest.raises(OSError):
        model.save(tmp_path / "no folder" / "model")
    assert [file.name for file in tmp_path.iterdir()] == ["model"]


# What comes from elsewhere.


@pytest.fixture
def parts(tmp_path):
    """The members of a good file, and a function that loads a file of other members."""
    path = tmp_path / "model"
    clone(CASES["a table"][0]).fit(FRAME, NAMES).save(path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}

    def opened(about=None, **others):
        said = json.loads(members["estimator.json"])
        if about:
            about(said)
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in {**members, "estimator.json": json.dumps(said).encode(), **others}.items():
                archive.writestr(name, content)
        return load(path)

    return opened


def test_the_parts_alone_are_fine(parts):
    assert parts().predict(FRAME).shape == (60,)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a.update(format="keras"), "it is no kerasflow.estimator, but 'keras'"),
        (lambda a: a.update(version=2), "version 2 of the format, this kerasflow knows those up to 1"),
        (lambda a: a.pop("class"), '"class" is missing'),
        (lambda a: a.update({"class": "os.system"}), "of the class 'os.system'"),
        (lambda a: a.update(more=1), "unknown 'more'"),
        (lambda a: a.update(arrays=99), "no member 'arrays/"),
        (lambda a: a.update(learned=[1]), "are objects"),
        (lambda a: a["parameters"].update(units=3), "DNNClassifier has no parameter 'units'"),
        (lambda a: a["learned"].update(predict=3), "'predict' is nothing that DNNClassifier learns"),
        (lambda a: a["learned"].update(__class__=3), "'__class__' is nothing"),
        (lambda a: a["learned"].update(solver="x"), "'solver' is nothing"),
        (lambda a: a["learned"].update(x_={"pickle": "gASV"}), "unknown kind of value 'pickle'"),
        (lambda a: a["learned"].update(x_={"model": None}), "there is no model in the file"),
        (lambda a: a["learned"].update(x_={"array": ["|O", [1], 0]}), "none that is expected"),
        (lambda a: a["learned"].update(x_={"array": ["<f4", [10**12], 0]}), "bytes, which are not"),
        (lambda a: a["learned"].update(x_={"array": ["<f4", [-1], 0]}), "none that is expected"),
        (lambda a: a["learned"].update(x_={"array": [3]}), "malformed array"),
        (lambda a: a["learned"].update(x_={"labels": ["<f4", [1], ["a"]]}), "labels of '<f4'"),
        (lambda a: a["learned"].update(x_={"dict": [[[1], 2]]}), "malformed dict"),
        (lambda a: a["learned"].update(x_={"optimizer": {"class_name": "os.system", "config": {}}}), "os.system"),
        (lambda a: a["learned"]["_table"]["table"].update(names=["a"]), "table: its columns do not fit"),
        (lambda a: a["learned"]["_table"]["table"]["encoder"].update(columns=3), '"columns" is a list'),
        (lambda a: a["learned"]["coefs_"].pop(), "the weights"),
        (lambda a: a["learned"].update(coefs_="?"), "the weights are not those of a network"),
    ],
)
def test_files_that_say_something_else_are_refused(parts, change, message):
    with pytest.raises(ForeignFileError, match=message):
        parts(change)


def test_files_that_are_none(parts, tmp_path):
    with pytest.raises(ForeignFileError, match="not valid JSON"):
        parts(**{"estimator.json": b"{"})
    (tmp_path / "text").write_text("hello")
    with pytest.raises(ForeignFileError, match="not a zip archive"):
        load(tmp_path / "text")
    model = Sequential([Input((3,)), Dense(1)])
    model.save(tmp_path / "model.keras")
    with pytest.raises(ForeignFileError, match=r"it has no member 'estimator\.json'"):
        load(tmp_path / "model.keras")


def test_damage_is_noticed(tmp_path):
    path = tmp_path / "model"
    LinearRegressor().fit(X, NUMBERS).save(path)
    whole = path.read_bytes()
    for place in np.random.default_rng(0).integers(4, len(whole), 60):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            again = load(path)  # what is not read, such as dates in the archive, may be anything
        except (ForeignFileError, DataLossError):
            continue
        np.testing.assert_array_equal(again.predict(X), LinearRegressor().fit(X, NUMBERS).predict(X))
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataLossError):
        load(path)
