"""Estimators around models of any kind: what becomes of the model, of the targets and of the parameters."""

import copy
import pickle
import re
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.special import softmax
from sklearn import config_context, datasets
from sklearn.base import clone
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.metrics import get_scorer, log_loss
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

import kerasflow as tf
from kerasflow import losses, optimizers
from kerasflow.callbacks import Callback, EarlyStopping
from kerasflow.estimators import KerasClassifier, KerasRegressor, load
from kerasflow.estimators.answers import log_probabilities_of
from kerasflow.layers import (
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    Input,
    Layer,
    Normalization,
    StringLookup,
)
from kerasflow.models import Model, Sequential
from tests.estimators.checks import with_checks


def dense(n_features_in_, n_outputs, dtype="float32", units=8, activation=None):
    """A network that suits whatever it is fitted to."""
    return Sequential(
        [
            Input((n_features_in_,), dtype=dtype),
            Dense(units, "tanh", dtype=dtype),
            Dense(n_outputs, activation, dtype=dtype),
        ]
    )


def iris():
    X, y = datasets.load_iris(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def quick(cls=KerasClassifier, model=dense, **settings):
    return cls(model, **{"epochs": 3, "random_state": 0, **settings})


def trained(cls=KerasClassifier, model=dense, **settings):
    return quick(cls, model, **{"epochs": 60, "learning_rate": 0.02, **settings})


def arrays(model):
    return model.model_.get_weights()


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(arrays(first), arrays(second), strict=True))


class Builder:
    """A builder that has the same name in every process, so that tests do, too."""

    def __call__(self, n_features_in_, n_outputs, dtype):
        return dense(n_features_in_, n_outputs, dtype)

    def __repr__(self):
        return "dense"


@with_checks(
    *[cls(Builder(), epochs=60, learning_rate=0.04, batch_size=200) for cls in (KerasRegressor, KerasClassifier)]
)
def test_scikit_learn(estimator, check):
    check(estimator)


# The model.


def test_a_model_is_cloned_and_never_changed():
    X, y = iris()
    model = Sequential([Input((4,)), Dense(5, "tanh"), Dense(3, "softmax")])
    model.compile(optimizers.SGD(0.5), "sparse_categorical_crossentropy", metrics=["accuracy"])
    before, config = model.get_weights(), model.to_json()
    fitted = quick(model=model, random_state=1).fit(X, y)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert model.to_json() == config and model.optimizer.iterations == 0 and model.history is None
    assert fitted.model is model and fitted.model_ is not model
    assert type(fitted.model_.optimizer) is optimizers.SGD and float(fitted.model_.optimizer.learning_rate) == 0.5
    assert fitted.model_.optimizer.iterations == 3 * 5 and set(fitted.history_) == {"accuracy", "loss"}
    assert same(fitted, quick(model=model, random_state=1).fit(X, y))
    assert not same(fitted, quick(model=model, random_state=2).fit(X, y))


def test_what_training_leaves_alone_is_kept():
    X, y = datasets.load_iris(return_X_y=True)
    scaler = Normalization()
    scaler.adapt(X)
    frozen = Dense(6, "tanh", trainable=False)
    model = Sequential([Input((4,)), scaler, frozen, Dense(3)])
    fitted = trained(model=model, epochs=40, learning_rate=0.05).fit(X, y)
    assert fitted.score(X, y) > 0.8
    for ours, theirs in zip(fitted.model_.non_trainable_weights, model.non_trainable_weights, strict=True):
        np.testing.assert_array_equal(ours.numpy_value, theirs.numpy_value)
    assert not np.array_equal(fitted.model_.layers[-1].get_weights()[0], model.layers[-1].get_weights()[0])


def test_a_model_without_an_input_shape_learns_it():
    X, y = iris()
    model = Sequential([Dense(5, "tanh"), Dense(3)])
    assert trained(model=model).fit(X, y).score(X, y) > 0.9
    assert not model.built


def test_builders_are_told_what_they_ask_for():
    told = {}

    def build(n_features_in_, input_shape, n_outputs, classes, n_classes, target_type, dtype, units=2):
        given = locals()
        told.update({name: given[name] for name in given if name != "told"})
        return dense(n_features_in_, n_outputs, units=units)

    X, y = iris()
    quick(model=build, model_params={"units": 3}).fit(X, np.array(["a", "b", "c"])[y])
    assert told.pop("classes").tolist() == ["a", "b", "c"]
    assert told == {
        **{"n_features_in_": 4, "input_shape": (4,), "n_outputs": 3, "n_classes": 3, "target_type": "multiclass"},
        **{"dtype": "float64", "units": 3},
    }
    quick(model=build).fit(X.astype(np.float32), y > 0)
    assert (told["n_outputs"], told["n_classes"], told["dtype"], told["units"]) == (1, 2, "float32", 2)
    quick(KerasRegressor, build).fit(X, X[:, :2])
    assert (told["n_outputs"], told["classes"], told["n_classes"]) == (2, None, None)
    quick(model=lambda **rest: dense(4, 3, **rest), model_params={"units": 7}).fit(X, y)


def test_a_builder_may_bring_weights_of_its_own():
    X, y = iris()
    taught = dense(4, 3)

    def build():
        model = dense(4, 3)
        model.set_weights(taught.get_weights())
        return model

    fitted = quick(model=build, epochs=1, learning_rate=1e-9).fit(X, y)
    for ours, theirs in zip(arrays(fitted), taught.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_images_and_what_was_compiled_by_the_builder():
    digits = datasets.load_digits()
    X, y = digits.images[:300, :, :, None] / 16, digits.target[:300]

    def build(input_shape, n_classes):
        model = Sequential(
            [Input(input_shape), Conv2D(8, 3, activation="relu"), Flatten(), Dense(n_classes, "softmax")]
        )
        model.compile(optimizers.Adam(0.01), "categorical_crossentropy")
        return model

    fitted = quick(model=build, epochs=12).fit(X, y)
    assert fitted.score(X, y) > 0.95 and fitted.predict_proba(X).shape == (300, 10)
    assert float(fitted.model_.optimizer.learning_rate) == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (None, "must be a model or a function that builds one. Got None"),
        (lambda: 3, "must return a model, it returned 3"),
        (lambda n_outputs: dense(4, n_outputs + 1), "has targets of 3 classes, its model gives 4 outputs"),
        (lambda: Model(a := Input((4,)), [Dense(3)(a), Dense(3)(a)]), "has one output; .* has 2 outputs"),
        (lambda: several(name=2), r"take 5 columns \('day' 1, 'name' 2, 'size' 2\), X has 4"),
        (lambda: several(size=None), r"The input 'size' of shape .* does not say how many columns it takes"),
        (lambda: several(day="string"), "The input 'day' takes texts, and X has none: let it be a frame"),
        (lambda: several(day="int32"), "The input 'day' takes integers of type int32; X has other numbers for it"),
    ],
)
def test_models_that_do_not_fit(model, message):
    with pytest.raises(ValueError, match=message):
        quick(model=model).fit(*iris())


def test_a_builder_without_that_argument():
    with pytest.raises(ValueError, match=r"dense\(\) takes no argument 'unit'. Did you mean 'units'\?"):
        quick().set_params(model__unit=3).fit(*iris())


def several(day="float32", size=2, name=1):
    """A model of three inputs, which goes by their names alone."""
    inputs = {"size": Input((size,)), "day": Input((1,), dtype=day), "name": Input((name,))}
    days = inputs["day"] if day == "float32" else Flatten()(inputs["name"])
    size = inputs["size"] if size else inputs["name"]
    return Model(inputs, Dense(3, name="all")(Concatenate()([days, 2 * size, 3 * inputs["name"]])))


def test_inputs_of_a_model_take_the_columns_in_turn():
    X, y = iris()
    for model in (several(), several):
        fitted = quick(model=model).fit(X, y, X_val=X, y_val=y)
        kernel, bias = fitted.model_.get_layer("all").get_weights()
        in_order = np.hstack([X[:, :1], 2 * X[:, 2:], 3 * X[:, 1:2]])  # day, name and size
        np.testing.assert_allclose(softmax(in_order @ kernel + bias, axis=1), fitted.predict_proba(X), rtol=1e-4)
        again = pickle.loads(pickle.dumps(fitted))
        np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
        history = fitted.partial_fit(X, y).history_
        assert (len(history["loss"]), len(history["val_loss"])) == (4, 3)
    with pytest.raises(ValueError, match="has 3 inputs, which take the columns of X: not a sparse matrix"):
        quick(model=several).fit(sparse.csr_matrix(X), y)
    with pytest.raises(
        ValueError, match=r"has 3 inputs, which take the columns of X: not an array of shape \(150, 2, 2\)"
    ):
        quick(model=several).fit(X.reshape(-1, 2, 2), y)


def test_inputs_that_are_called_as_columns_take_these():
    X, y = iris()
    frame = pd.DataFrame(X, columns=["name", "rest", "day", "more"]).assign(size=np.arange(150) % 7)
    fitted = quick(model=lambda: several(size=1), validation_fraction=0.2).fit(frame, y)
    kernel, bias = fitted.model_.get_layer("all").get_weights()
    by_name = frame[["day", "size", "name"]] * [1, 2, 3]
    expected = softmax(by_name.to_numpy() @ kernel + bias, axis=1)
    np.testing.assert_allclose(fitted.predict_proba(frame), expected, rtol=1e-4, atol=1e-6)

    def embedded():
        day, size = Input((), dtype="int32", name="day"), Input((2, 1), name="size")
        return Model([day, size], Dense(3)(Concatenate()([Embedding(7, 2)(day), Flatten()(size)])))

    X = np.column_stack([np.arange(150) % 7, X[:, :2]])
    assert quick(model=embedded).fit(X, y).predict(X).shape == (150,)
    with pytest.raises(ValueError, match="The input 'day' takes integers of type int32"):
        quick(model=embedded).fit(X, y).predict(X + 0.5)


def halved(x):
    return x / 2


def test_models_of_feature_columns_with_functions_of_ones_own(tmp_path):
    fc = tf.feature_column
    size = fc.bucketized_column(fc.numeric_column("size", normalizer_fn=halved), [0.0, 0.5])
    day = fc.embedding_column(fc.categorical_column_with_identity("day", 3), 2)
    inputs = {"size": Input((1,)), "day": Input((1,), dtype="int64")}
    model = Model(inputs, Dense(3)(tf.keras.layers.DenseFeatures([size, day])(inputs)))
    X, y = iris()
    frame = pd.DataFrame({"more": X[:, 1], "size": X[:, 0], "day": np.arange(150) % 3})[["size", "day"]]
    fitted = quick(model=model).fit(frame, y)
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict_proba(frame), fitted.predict_proba(frame))
    fitted.save(tmp_path / "model")
    opened = load(tmp_path / "model", {"halved": halved})
    np.testing.assert_array_equal(opened.predict_proba(frame), fitted.predict_proba(frame))
    with pytest.raises(ValueError, match="There is no normalizer_fn 'halved'"):
        load(tmp_path / "model")
    stack = quick(model=Sequential([tf.keras.layers.DenseFeatures([size, day]), Dense(3)])).fit(frame, y)
    features = {"size": frame["size"].to_numpy(), "day": frame["day"].to_numpy()}
    np.testing.assert_allclose(
        stack.predict_proba(frame), softmax(stack.model_.predict(features, verbose=0), axis=1), rtol=1e-5
    )


def wines(count=60):
    """A frame of texts, numbers and whole numbers, and a label that a text decides."""
    rng = np.random.default_rng(0)
    color = rng.choice(["red", "white"], count)
    frame = pd.DataFrame({"size": rng.normal(size=count), "color": color, "day": rng.integers(0, 7, count)})
    return frame, np.where(color == "red", "beef", "fish")


def mixed():
    """A model with an input for each column, one of texts."""
    inputs = {"color": Input((1,), dtype="string"), "day": Input((), dtype="int32"), "size": Input((1,))}
    color = Flatten()(Embedding(4, 2)(StringLookup(vocabulary=["red", "white"])(inputs["color"])))
    return Model(inputs, Dense(2)(Concatenate()([color, Embedding(7, 2)(inputs["day"]), inputs["size"]])))


def test_texts_of_a_frame_go_to_inputs_of_their_names(tmp_path):
    frame, food = wines()
    frame["color"] = frame["color"].astype("category")
    settings = {"epochs": 60, "learning_rate": 0.05, "random_state": 0, "validation_fraction": 0.2}
    fitted = KerasClassifier(mixed, **settings).fit(frame, food, sample_weight=np.ones(60))
    assert fitted.score(frame, food) == 1.0 and fitted.feature_names_in_.tolist() == ["size", "color", "day"]
    arrays = {name: frame[name].to_numpy() for name in frame}
    np.testing.assert_allclose(fitted.decision_function(frame), np.diff(fitted.model_.predict(arrays, verbose=0))[:, 0])
    again = KerasClassifier(mixed(), **settings).fit(frame, food, X_val=frame[:9], y_val=food[:9])
    assert again.score(frame, food) == 1.0 and cross_val_score(again, frame, food, cv=2).min() > 0.9
    again.save(tmp_path / "model")
    np.testing.assert_array_equal(load(tmp_path / "model").predict(frame), again.predict(frame))
    with pytest.raises(ValueError, match="should be in the same order|must be in the same order"):
        fitted.predict(frame[["color", "size", "day"]])
    assert again.partial_fit(frame, food).n_iter_ == 61


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"day": 0.5}, "The input 'day' takes integers of type int32; X has other numbers for it"),
        ({"day": 1e300}, "The input 'day' takes integers of type int32; X has other numbers for it"),
        ({"size": np.inf}, "The column 'size' holds a number that is infinite"),
        ({"size": "large"}, "The input 'size' takes numbers; the column of that name holds texts"),
        ({"color": 1, "other": "text"}, "The input 'color' takes texts; the column of that name holds numbers"),
        ({"color": 1}, "The input 'color' takes texts, and X has none: let it be a frame with a column of that name"),
        ({"size": np.nan}, "The column 'size' lacks 60 of 60 values, the first in row 0. Fill them in first"),
        ({"day": pd.Timestamp("2020-01-01")}, "The column 'day' holds dates or times"),
    ],
)
def test_columns_of_a_frame_that_inputs_do_not_take(changed, message):
    frame, food = wines()
    with pytest.raises(ValueError, match=message):
        KerasClassifier(mixed).fit(frame.assign(**changed), food)


# The targets.


@pytest.mark.parametrize("names", [["no", "yes"], [False, True], [3, -1]])
@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("activation", [None, "sigmoid"])
def test_two_classes(names, outputs, activation):
    X, y = iris()
    X, y = X[y > 0], np.array(names)[y[y > 0] - 1]
    activation = "softmax" if activation and outputs == 2 else activation
    model = trained(model=lambda: dense(4, outputs, activation=activation)).fit(X, y)
    assert model.classes_.tolist() == sorted(names) and model.predict(X).dtype == y.dtype
    assert model.score(X, y) > 0.9
    z = model.model_.predict(X, verbose=0).astype(float)
    p = (1 / (1 + np.exp(-z)) if outputs == 1 else np.exp(z) / np.exp(z).sum(1, keepdims=True)) if not activation else z
    expected = np.hstack([1 - p, p]) if outputs == 1 else p
    np.testing.assert_allclose(model.predict_proba(X), expected, atol=2e-6)
    np.testing.assert_allclose(model.decision_function(X), np.log(expected[:, 1] / expected[:, 0]), atol=1e-3)
    np.testing.assert_allclose(model.predict_log_proba(X), np.log(expected), atol=1e-3)


@pytest.mark.parametrize(
    ("loss", "activation"),
    [
        (None, None),
        (None, "softmax"),
        ("sparse_categorical_crossentropy", "softmax"),
        ("categorical_crossentropy", "softmax"),
        (losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.01), None),
        ("binary_crossentropy", "sigmoid"),
        ("mse", "softmax"),
    ],
)
def test_the_loss_says_what_the_outputs_are(loss, activation):
    X, y = iris()
    model = trained(loss=loss, model_params={"activation": activation}, epochs=100).fit(X, np.array(["a", "b", "c"])[y])
    p = model.predict_proba(X)
    assert log_loss(y, p) < 0.25 and model.score(X, np.array(["a", "b", "c"])[y]) > 0.9
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(model.decision_function(X).argmax(1), p.argmax(1))
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), p, rtol=1e-5, atol=1e-7)


def test_logarithms_of_probabilities_that_are_next_to_nothing():
    for outputs in ([[1000.0]], [[0.0, 1000.0]]):
        np.testing.assert_array_equal(log_probabilities_of(np.array(outputs), "logits", False), [[-1000.0, 0.0]])
    np.testing.assert_array_equal(log_probabilities_of(np.array([[-1000.0, 9e9]]), "logits", True), [[-1000.0, 0.0]])
    np.testing.assert_array_equal(log_probabilities_of(np.array([[1.0]]), "probabilities", False), [[-np.inf, 0.0]])


def test_scores_are_no_probabilities():
    X, y = iris()
    model = trained(loss="hinge").fit(X, y == 0)
    assert model.score(X, y == 0) == 1.0
    assert not hasattr(model, "predict_proba") and not hasattr(model, "predict_log_proba")
    with pytest.raises(AttributeError, match="has no attribute 'predict_proba'") as caught:
        model.predict_proba(X)
    assert "its model gives scores" in str(caught.value.__cause__)
    np.testing.assert_array_equal(model.decision_function(X), model.model_.predict(X, verbose=0)[:, 0])
    assert hasattr(quick(), "predict_proba")


def test_labels_that_go_together():
    X, y = iris()
    labels = np.stack([y == 0, y == 2, X[:, 0] > 0], axis=1).astype(int)
    model = trained(epochs=100).fit(X, labels)
    assert model.classes_.tolist() == [0, 1, 2] and model.predict(X).shape == model.predict_proba(X).shape == (150, 3)
    assert (model.predict(X) == labels).mean() > 0.95
    z = model.model_.predict(X, verbose=0)
    np.testing.assert_allclose(model.predict_proba(X), 1 / (1 + np.exp(-z)), rtol=1e-5)
    np.testing.assert_allclose(model.predict_log_proba(X), -np.log1p(np.exp(-z)), rtol=1e-4, atol=1e-6)
    with pytest.raises(ValueError, match="class_weight is for classes"):
        quick(class_weight="balanced").fit(X, labels)


@pytest.mark.parametrize("given", [[{0: 1.0}], [], "auto", {0: -1.0}, {0: np.nan}, {0: "2"}, 3.0])
def test_what_the_weights_of_classes_cannot_be(given):
    X, y = iris()
    listed = " A list is for several outputs." * isinstance(given, list)
    message = (
        "'class_weight' of KerasClassifier must be None, 'balanced', or a dict from class to a number in [0, inf)."
    )
    with pytest.raises(ValueError, match=re.escape(f"{message} Got {given!r}.{listed}") + "$"):
        quick(class_weight=given).fit(X, y)


def test_several_classes_at_once_are_for_several_models():
    X, y = iris()
    with pytest.raises(ValueError, match="y has 2 columns of other values: MultiOutputClassifier fits a model for eac"):
        quick().fit(X, np.stack([y, y], axis=1))


def test_numbers_are_learned_in_their_own_unit():
    X, y = iris()
    model = trained(KerasRegressor, metrics=["mae"]).fit(X, X[:, 0])
    assert model.predict(X).shape == (150,) and model.score(X, X[:, 0]) > 0.95
    loss = ((model.predict(X) - X[:, 0]) ** 2).mean()
    np.testing.assert_allclose(model.model_.evaluate(X, X[:, 0], verbose=0)[0], loss, rtol=1e-5)
    assert model.fit(X, X[:, :1]).predict(X).shape == (150, 1)
    with pytest.warns(DataConversionWarning):
        quick().fit(X, y[:, None])


def test_weights_of_samples_and_classes():
    X, y = iris()
    w = np.random.default_rng(0).integers(0, 3, 150)
    settings = {"epochs": 5, "batch_size": 999}
    weighted = quick(**settings).fit(X, y, sample_weight=w).predict_proba(X)
    repeated = quick(**settings).fit(X.repeat(w, axis=0), y.repeat(w)).predict_proba(X)
    np.testing.assert_allclose(weighted, repeated, atol=1e-12)
    factors = {0: 1.0, 1: 4.0, 2: 0.25}
    by_class = quick(**settings, class_weight=factors).fit(X, y).predict_proba(X)
    by_hand = quick(**settings).fit(X, y, sample_weight=np.vectorize(factors.get)(y)).predict_proba(X)
    np.testing.assert_array_equal(by_class, by_hand)
    balanced = quick(**settings, class_weight="balanced").fit(X[:120], y[:120]).predict_proba(X)
    by_hand = quick(**settings).fit(X[:120], y[:120], sample_weight=1 / np.bincount(y[:120])[y[:120]]).predict_proba(X)
    np.testing.assert_allclose(balanced, by_hand, atol=1e-12)


# Training.


def test_random_state_alone_decides():
    X, y = iris()
    build = Sequential([Dense(8, "relu"), Dropout(0.3), Dense(3)])
    first = quick(model=build).fit(X, y)
    np.random.seed(5)
    tf.set_random_seed(5)
    assert same(first, quick(model=build).fit(X, y))
    assert not same(first, quick(model=build, random_state=1).fit(X, y))
    assert not same(first, quick(model=build, shuffle=False).fit(X, y))


def test_parts_of_the_data_are_an_epoch_each():
    X, y = iris()
    plain = {"shuffle": False, "batch_size": 50}
    order = np.random.default_rng(0).permutation(150)
    X, y = X[order], y[order]
    whole = quick(**plain, epochs=2).fit(X, y)
    parts = quick(**plain)
    for _ in range(2):
        for k in range(0, 150, 50):
            parts.partial_fit(X[k : k + 50], y[k : k + 50], classes=[0, 1, 2])
    for a, b in zip(arrays(whole), arrays(parts), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    assert parts.n_iter_ == 6 and len(parts.history_["loss"]) == 6
    with pytest.raises(ValueError, match="y has the classes .7., which are not among"):
        parts.partial_fit(X[:9], np.full(9, 7))
    with pytest.raises(ValueError, match="not the same as on last call"):
        parts.partial_fit(X, y, classes=[0, 1])
    first = quick().partial_fit(X[y == 1], y[y == 1], classes=np.unique(y))
    assert first.predict_proba(X).shape == (150, 3)
    regressor = quick(KerasRegressor).partial_fit(X, y)
    assert regressor.partial_fit(X, y).n_iter_ == 2


def test_a_warm_start_goes_on_with_the_optimizer():
    X, y = iris()
    shuffled = quick(warm_start=True).fit(X, y)
    assert same(pickle.loads(pickle.dumps(shuffled)).fit(X, y), shuffled.fit(X, y))
    once = quick(shuffle=False, epochs=6).fit(X, y)
    twice = quick(shuffle=False, epochs=3, warm_start=True).fit(X, y)
    again = pickle.loads(pickle.dumps(twice)).fit(X, y)  # a pickle goes on where it was
    twice.fit(X, y)
    assert same(once, twice) and same(once, again)
    assert twice.history_["loss"] == once.history_["loss"] and twice.n_iter_ == 6
    assert not same(once, quick(shuffle=False, epochs=3).fit(X, y).fit(X, y))
    with pytest.raises(ValueError, match="which are not among"):
        twice.fit(X, y + 1)


class Counting(Callback):
    def __init__(self):
        self.epochs = 0

    def on_epoch_end(self, epoch, logs=None):
        self.epochs += 1
        self.model.stop_training = self.epochs == 2


def test_callbacks_are_copied_for_each_fit():
    X, y = iris()
    callback = Counting()
    model = quick(epochs=9, callbacks=[callback])
    assert model.fit(X, y).n_iter_ == 2 and model.fit(X, y).n_iter_ == 2
    assert callback.epochs == 0 and callback.model is None


def test_samples_to_evaluate_on():
    X, y = iris()
    split = quick(validation_fraction=0.2).fit(X, y)
    rows = train_test_split(np.arange(150), test_size=0.2, random_state=np.random.RandomState(0), stratify=y)
    held = log_loss(y[rows[1]], split.predict_proba(X[rows[1]]))
    np.testing.assert_allclose(split.history_["val_loss"][-1], held, rtol=1e-9)
    w = np.random.default_rng(0).uniform(0, 3, 50)
    given = quick().fit(X[:100], y[:100], X_val=X[100:], y_val=y[100:] % 2, sample_weight_val=w)
    held = log_loss(y[100:] % 2, given.predict_proba(X[100:]), labels=[0, 1], sample_weight=w)
    np.testing.assert_allclose(given.history_["val_loss"][-1], held, rtol=1e-9)
    stopped = trained(validation_fraction=0.3, epochs=500, callbacks=[EarlyStopping(patience=2)], learning_rate=0.1)
    assert stopped.fit(X, y).n_iter_ < 500
    with pytest.raises(ValueError, match="cannot hold out some of 3 samples"):
        quick(validation_fraction=0.1).fit(X[::50], y[::50])


def test_a_fit_that_fails_leaves_the_last_one():
    X, y = iris()
    model = quick(KerasRegressor).fit(X, y)
    before, kept = arrays(model), dict(vars(model))
    for features, targets, settings in [(X * np.nan, y, {}), (X, y, {"optimizer": optimizers.SGD(1e30)})]:
        with pytest.raises(ValueError, match="NaN|diverged"):
            model.set_params(**settings).fit(features, targets)
        model.set_params(optimizer=None)
        assert vars(model) == kept and all(np.array_equal(a, b) for a, b in zip(before, arrays(model), strict=True))
    with pytest.raises(ValueError, match="diverged"):
        model.partial_fit(X, y * 1e200)
    assert all(np.array_equal(a, b) for a, b in zip(before, arrays(model), strict=True))
    with pytest.raises(NotFittedError):
        quick().predict(X)


def test_sparse_matrices_are_made_dense_batch_by_batch():
    X, y = iris()
    X = np.where(np.abs(X) > 0.5, X, 0.0)
    labels = np.stack([y == 0, y == 2], axis=1).astype(int)
    settings = {"batch_size": 40, "validation_fraction": 0.2, "class_weight": "balanced"}
    for made in (sparse.csr_matrix, sparse.coo_array):
        for cls, targets, rest in [
            (KerasClassifier, y, settings),
            (KerasRegressor, X[:, 0], {}),
            (KerasClassifier, labels, {}),
        ]:
            full, few = quick(cls, **rest).fit(X, targets), quick(cls, **rest).fit(made(X), targets)
            for a, b in zip(arrays(full), arrays(few), strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
            assert {k: pytest.approx(v) for k, v in full.history_.items()} == few.history_
            np.testing.assert_allclose(few.predict(made(X)), full.predict(X), rtol=1e-9)
    few.partial_fit(sparse.csr_array(X), sparse.csr_array(labels))
    full.partial_fit(X, labels)
    np.testing.assert_allclose(few.predict_proba(X), full.predict_proba(X), rtol=1e-9)
    rng = np.random.default_rng(0)
    wide = sparse.random_array((3000, 3000), density=0.001, format="csr", dtype=np.float32, rng=rng)
    model = quick(model=lambda n_features_in_: dense(n_features_in_, 1), epochs=1)
    tracemalloc.start()
    model.fit(wide, np.arange(3000) % 2).predict(wide)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3000 * 3000 * 4 / 2


# At home in scikit-learn.


def test_scores_are_monitored_by_callbacks_of_scikit_learn():
    callback = pytest.importorskip("sklearn.callback", reason="scikit-learn is older than 1.9")
    X, y = iris()
    for cls, scoring in [(KerasClassifier, "neg_log_loss"), (KerasRegressor, "r2")]:
        monitor = callback.ScoringMonitor(scoring=scoring)
        model = quick(cls).set_callbacks(monitor).fit(X, y)
        scores = [row[scoring] for row in monitor.get_logs().data if row["task_name"] == "epoch"]
        shorter = [get_scorer(scoring)(quick(cls, epochs=k).fit(X, y), X, y) for k in (1, 2, 3)]
        np.testing.assert_allclose(scores, shorter, rtol=1e-9)
        assert same(model, quick(cls).fit(X, y))
        assert pickle.loads(pickle.dumps(model)).n_iter_ == 3


def test_a_pipeline_transforms_the_samples_to_evaluate_on():
    X, y = iris()
    X = 100 * X
    with config_context(enable_metadata_routing=True):
        model = quick().set_fit_request(X_val=True, y_val=True)
        pipeline = Pipeline([("scaler", StandardScaler()), ("model", model)], transform_input=["X_val"])
        pipeline.fit(X[::2], y[::2], X_val=X[1::2], y_val=y[1::2])
    scaler = StandardScaler().fit(X[::2])
    by_hand = quick().fit(scaler.transform(X[::2]), y[::2], X_val=scaler.transform(X[1::2]), y_val=y[1::2])
    assert pipeline[-1].history_ == by_hand.history_


def test_threads_do_not_meet():
    X, y = iris()
    template = Sequential([Dense(5, "relu"), Dropout(0.2), Dense(3)])
    alone = quick(model=template).fit(X, y)
    with ThreadPoolExecutor(4) as pool:
        fits = list(pool.map(lambda _: quick(model=template).fit(X, y), range(6)))
        opened = pickle.loads(pickle.dumps(alone))
        answers = list(pool.map(lambda _: opened.predict_proba(X), range(12)))
    assert all(same(alone, fit) for fit in fits)
    assert all(np.array_equal(answer, alone.predict_proba(X)) for answer in answers)


def test_arguments_of_the_builder_are_parameters():
    X, y = iris()
    model = quick(model_params={"units": 3})
    assert model.get_params()["model__units"] == 3 and "model__units" not in model.get_params(deep=False)
    params = model.model_params
    again = clone(model).set_params(model__units=5, model__activation="softmax")
    assert again.model_params == {"units": 5, "activation": "softmax"} and params == {"units": 3}
    assert [a.shape for a in arrays(again.fit(X, y))] == [(4, 5), (5,), (5, 3), (3,)]
    pipeline = make_pipeline(StandardScaler(), model).set_params(kerasclassifier__model__units=6)
    assert pipeline.fit(X, y)[-1].model_.layers[0].units == 6


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"epochs": 0}, "'epochs' of KerasClassifier must be a positive integer"),
        ({"batch_size": 1.5}, "'batch_size' of KerasClassifier must be a positive integer"),
        ({"validation_fraction": 1}, r"a number in \[0, 1\)"),
        ({"model_params": [3]}, "must be a dict or None"),
    ],
)
def test_parameters_are_checked_when_it_is_fitted(setting, message):
    with pytest.raises(ValueError, match=message):
        quick(**setting).fit(*iris())


@pytest.mark.slow
def test_a_search_in_two_processes_is_the_search():
    X, y = iris()
    model = Sequential([Dense(5, "tanh"), Dense(3)])
    grid = {"learning_rate": [0.001, 0.05], "batch_size": [20, 50]}
    searches = [GridSearchCV(quick(model=model), grid, cv=2, n_jobs=jobs).fit(X, y) for jobs in (1, 2)]
    scores = [s.cv_results_["mean_test_score"] for s in searches]
    np.testing.assert_array_equal(*scores)
    assert searches[1].best_params_["learning_rate"] == 0.05


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
@pytest.mark.parametrize("model", [dense, Sequential([Dense(3, "tanh"), Dense(3, "softmax")])])
def test_a_copy_predicts_the_same_and_lives_on_its_own(copied, model):
    X, y = iris()
    fitted = quick(model=model, metrics=["accuracy"]).fit(X, y)
    before = fitted.predict_proba(X)
    other = copied(fitted)
    np.testing.assert_array_equal(other.predict_proba(X), before)
    other.partial_fit(X, y)
    np.testing.assert_array_equal(fitted.predict_proba(X), before)
    assert not np.array_equal(other.predict_proba(X), before)
    refitted = copied(fitted).fit(X, y)
    np.testing.assert_array_equal(refitted.predict_proba(X), before)
    copied(clone(fitted)).fit(X, y)


class Doubled(Layer):
    def call(self, x):
        return 2 * x


class Own(Model):
    def __init__(self, units=3, **rest):
        super().__init__(**rest)
        self.units, self.inner = units, Dense(units)

    def call(self, x):
        return self.inner(x)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def nearest(y_true, y_pred):
    return tf.reduce_mean(tf.abs(y_true - y_pred), -1)


def steep(x):
    return tf.nn.relu(10 * x)


@pytest.mark.parametrize(
    ("model", "settings"),
    [
        (Sequential([Doubled(), Dense(2, steep), Dense(1)]), {"loss": nearest, "metrics": [nearest, "mse"]}),
        (Sequential([Dense(1)]), {"loss": losses.LossFunctionWrapper(nearest)}),
        (Own, {"model_params": {"units": 1}}),
    ],
)
def test_parts_of_ones_own_are_in_pickles_by_name(model, settings):
    X, y = iris()
    fitted = quick(KerasRegressor, model, **settings).fit(X, y)
    for again in (pickle.loads(pickle.dumps(fitted)), copy.deepcopy(fitted)):
        np.testing.assert_array_equal(again.predict(X), fitted.predict(X))
        again.partial_fit(X, y)


class Ending(Model):
    """A model of one's own that ends with a function."""

    def __init__(self, last=None, layer=None):
        super().__init__()
        self.last, self.inner = last, Dense(3, layer)

    def call(self, x):
        return self.inner(x) if self.last is None else self.last(self.inner(x))


@pytest.mark.parametrize(
    ("settings", "probabilities"),
    [({}, False), ({"layer": "softmax"}, True), ({"last": tf.nn.softmax}, True), ({"last": tf.nn.relu}, False)],
)
def test_a_model_of_ones_own_gives_what_its_call_does_last(settings, probabilities):
    X, y = iris()
    alone = quick(model=Ending, model_params=settings).fit(X, y)
    within = quick(model=lambda: Sequential([Input((4,)), Ending(**settings)])).fit(X, y)
    for model in (alone, within):
        outputs = model.model_.predict(X, verbose=0)
        expected = outputs if probabilities else np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
        np.testing.assert_allclose(model.predict_proba(X), expected, rtol=1e-5)


def test_a_softmax_over_one_output_is_refused():
    X, y = iris()
    with pytest.raises(ValueError, match="A softmax over one output is always 1: .* needs a sigmoid, or two outputs"):
        quick(model=lambda: dense(4, 1, activation="softmax")).fit(X, y > 0)


@pytest.mark.parametrize("rate", [-0.1, 0.0, np.inf, np.nan, True])
def test_learning_rates_that_are_none(rate):
    with pytest.raises(ValueError, match="'learning_rate' must be a number above 0 or a schedule. Got"):
        quick(learning_rate=rate).fit(*iris())


def test_frames_of_what_is_no_number():
    frame = pd.DataFrame({"size": [1.0, 2.0], "sea": ["near", "far"], "day": pd.to_datetime(["2020-01-01"] * 2)})
    with pytest.raises(ValueError, match="texts or categories: 'sea'. Make numbers of them first, say by a OneHotEnc"):
        quick().fit(frame[["size", "sea"]], [0, 1])
    with pytest.raises(ValueError, match="The column 'day' holds dates or times"):
        quick().fit(frame[["size", "day"]], [0, 1])
    with pytest.raises(
        ValueError, match="The column 'size' lacks 1 of 2 values, the first in row 1. Fill them in first"
    ):
        quick().fit(frame[["size"]].where([[True], [False]]), [0, 1])


def test_of_a_model_of_ones_own_no_other_is_made():
    with pytest.raises(ValueError, match="No other can be made of <Own .*: give its class, or a function that builds"):
        quick(model=Own()).fit(*iris())


def test_optimizers_that_cannot_be_kept():
    def build():
        model = dense(4, 1)
        model.compile(tf.train.AdamOptimizer(), "mse")
        return model

    for model in (build, build(), dense(4, 1)):
        with pytest.raises(ValueError, match="use one of tf.keras.optimizers, not"):
            optimizer = None if callable(model) and model is build else tf.train.AdamOptimizer()
            quick(KerasRegressor, model, optimizer=optimizer).fit(*iris())


def test_joblib_files(tmp_path):
    X, y = iris()
    model = quick().fit(X, y)
    joblib.dump(model, tmp_path / "model")
    np.testing.assert_array_equal(
        joblib.load(tmp_path / "model", mmap_mode="r").predict_proba(X), model.predict_proba(X)
    )


def test_nothing_is_left_in_the_users_graph():
    X, y = iris()
    quick(model=Sequential([Dense(3)])).fit(X, y).predict(X)
    pickle.loads(pickle.dumps(quick(KerasRegressor).fit(X, y))).predict(X)
    assert tf.get_default_graph().size == 0 and tf.get_default_graph().get_all_collection_keys() == []
