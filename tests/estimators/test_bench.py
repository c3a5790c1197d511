"""Models that wait for the next fit of their kind: what happened before changes no bit of it."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn import datasets
from sklearn.preprocessing import StandardScaler

import kerasflow as tf
from kerasflow.estimators import DNNClassifier, DNNRegressor, LinearClassifier, bench
from kerasflow.models import Sequential
from tests.estimators.reference import weights_of

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(autouse=True)
def nobody_waits():
    bench._IDLE.clear()


@pytest.fixture
def built(monkeypatch):
    """The models made from now on."""
    made, build = [], Sequential.__init__

    def watched(self, *args, **kwargs):
        made.append(self)
        build(self, *args, **kwargs)

    monkeypatch.setattr(Sequential, "__init__", watched)
    return made


def wine():
    X, y = datasets.load_wine(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def learned(model):
    return [*weights_of(model), np.array(model.loss_curve_), np.array(model.validation_loss_curve_)]


SETTINGS = {"hidden_layer_sizes": (6,), "max_iter": 4, "batch_size": 30, "random_state": 1}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"dropout": 0.3},
        {"solver": "lbfgs"},
        {"solver": "ftrl", "alpha": 0.0},
        {"early_stopping": True, "learning_rate": "cosine"},
        {"learning_rate": "adaptive", "tol": 10.0, "n_iter_no_change": 1},
        {"max_iter": 1},
        {"max_iter": 120, "batch_size": 4},  # compiled
    ],
)
def test_a_model_that_was_used_trains_as_a_new_one(settings, built):
    X, y = wine()
    settings = {**SETTINGS, **settings}
    new = learned(DNNClassifier(**settings).fit(X, y))
    count = len(built)
    others = {"alpha": 0.5, "random_state": 7} if settings.get("alpha", 1) else {"random_state": 7}
    rate = {} if settings.get("solver") == "lbfgs" else {"learning_rate_init": 0.02}
    DNNClassifier(**{**settings, **others, **rate}).fit(2 * X, (y + 1) % 3)
    DNNClassifier(**{**settings, "max_iter": 3 * settings["max_iter"]}).fit(X[::2], y[::2], sample_weight=1.0 + y[::2])
    used = learned(DNNClassifier(**settings).fit(X, y))
    assert len(built) == count
    assert all(np.array_equal(a, b) for a, b in zip(new, used, strict=True))


def test_models_of_another_kind_are_others(built):
    X, y = wine()
    for settings in [
        {},
        {"hidden_layer_sizes": (7,)},
        {"activation": "tanh"},
        {"dropout": 0.1},
        {"alpha": 0.0},
        {"solver": "sgd"},
        {"solver": tf.optimizers.Adam(beta_1=0.8)},
    ]:
        before = len(built)
        DNNClassifier(**{**SETTINGS, **settings}).fit(X, y)
        assert len(built) == before + 1
    DNNClassifier(**SETTINGS).fit(X.astype(np.float32), y)
    DNNClassifier(**SETTINGS).fit(X, y == 1)
    DNNRegressor(**SETTINGS).fit(X, y)
    assert len(built) == before + 4


def test_few_models_wait():
    X, y = wine()
    for units in range(1, bench._WAITING + 5):
        DNNClassifier((units,), max_iter=1).fit(X, y)
    assert len(bench._IDLE) == bench._WAITING


def test_a_fit_that_fails_leaves_its_model_to_nobody():
    X, y = wine()
    with pytest.raises(ValueError, match="diverged"):
        DNNRegressor(learning_rate_init=1e200, solver="sgd", max_iter=50).fit(X, y)
    fits = [DNNRegressor(**SETTINGS).fit(X, y) for _ in range(2)]
    assert all(np.array_equal(a, b) for a, b in zip(*map(learned, fits), strict=True))

    class Failing(tf.keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise RuntimeError("no more")

    before = len(bench._IDLE)
    with pytest.raises(RuntimeError, match="no more"):
        DNNClassifier(**SETTINGS, callbacks=[Failing()]).fit(X, y)
    assert len(bench._IDLE) == before


def test_threads_have_models_of_their_own():
    X, y = wine()
    seeds = [0, 1, 2] * 4
    alone = [learned(DNNClassifier(**{**SETTINGS, "random_state": s, "dropout": 0.2}).fit(X, y)) for s in seeds]
    with ThreadPoolExecutor(4) as pool:
        jobs = pool.map(lambda s: DNNClassifier(**{**SETTINGS, "random_state": s, "dropout": 0.2}).fit(X, y), seeds)
        together = [learned(model) for model in jobs]
    pairs = [pair for one, two in zip(alone, together, strict=True) for pair in zip(one, two, strict=True)]
    assert all(np.array_equal(a, b) for a, b in pairs)


def test_predictions_share_a_model_and_not_its_weights(built):
    X, y = wine()
    first, second = (DNNClassifier(**{**SETTINGS, "alpha": a}).fit(X, y) for a in (0.1, 10.0))
    count = len(built)
    answers = [model.predict_proba(X) for model in (first, second, first, second)]
    assert len(built) == count + 1
    assert np.array_equal(answers[0], answers[2]) and np.array_equal(answers[1], answers[3])
    assert not np.allclose(answers[0], answers[1])


def test_predictions_do_not_change_with_their_number():
    X, y = wine()
    model = DNNClassifier(**SETTINGS).fit(X.astype(np.float32), y)
    first = model.predict_proba(X[:3])
    assert all(np.array_equal(model.predict_proba(X[:3]), first) for _ in range(1100))


def test_losses_of_several_outputs_are_not_taken_for_one_another():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    two, three = (X[:, 0] > 0).astype(int), np.digitize(X[:, 1], [-0.5, 0.5])
    settings = {"solver": "adam", "max_iter": 3, "tol": 9.0, "n_iter_no_change": 2, "shuffle": False}
    first = LinearClassifier(**settings).fit(X, np.stack([two, three], axis=1)).predict_proba(X)
    second = LinearClassifier(**settings).fit(X, np.stack([three, two], axis=1)).predict_proba(X)
    for found, right in zip(second, first[::-1], strict=True):
        np.testing.assert_allclose(found, right, rtol=1e-9)
    weights = [{0: 1.0, 1: 5.0}, None]
    weighted = LinearClassifier(class_weight=weights, **settings).fit(X, np.stack([two, three], axis=1))
    assert (weighted.predict_proba(X)[0][:, 1] > first[0][:, 1]).all()
    np.testing.assert_allclose(weighted.predict_proba(X)[1], first[1], rtol=1e-9)
