"""Losses and metrics by output: nesting, names, weights, masks; the numbers against NumPy."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import Model, Sequential, keras, losses, metrics
from kerasflow.layers import Dense, Embedding, Input
from kerasflow.models.nesting import Layout
from kerasflow.models.objectives import Objectives

RNG = np.random.default_rng(7)
X, A, C = RNG.standard_normal((9, 3)), RNG.standard_normal((9, 1)), RNG.standard_normal((9, 2))
W = RNG.uniform(0.5, 2, 9)


def dense(units, name):
    return Dense(units, name=name, dtype="float64", kernel_initializer="ones")


def two(pack=lambda a, c: [a, c], **settings):
    x = Input((3,), dtype="float64")
    model = Model(x, pack(dense(1, "a")(x), dense(2, "c")(x)))
    model.compile("sgd", **settings)
    return model


def report(model, y, **options):
    return model.evaluate(X, y, batch_size=4, verbose=0, return_dict=True, **options)


SUM = X.sum(1, keepdims=True)
A_LOSS, C_LOSS = ((SUM - A) ** 2).mean(), ((SUM - C) ** 2).mean()


def test_each_output_has_its_loss_weight_and_metrics():
    model = two(loss=["mse", "mae"], loss_weights=[2.0, 0.5], metrics=[["mae"], None])
    logs = report(model, [A, C])
    c_loss = np.abs(SUM - C).mean()
    assert logs == {
        "loss": pytest.approx(2 * A_LOSS + 0.5 * c_loss),
        "a_loss": pytest.approx(A_LOSS),
        "c_loss": pytest.approx(c_loss),
        "a_mae": pytest.approx(np.abs(SUM - A).mean()),
    }
    values = model.evaluate(X, [A, C], batch_size=4, verbose=0)
    assert values == [logs[name] for name in model.metrics_names]
    assert model.metrics_names == ["loss", "a_loss", "c_loss", "a_mae"]


def test_outputs_in_a_nest():
    model = two(
        lambda a, c: {"q": a, "p": (c, a)},
        loss={"q": "mse", "p": ["mse", None]},
        metrics={"p": [["mae"], ["mse"]]},
    )
    logs = report(model, {"p": (C, A), "q": A})
    assert logs["loss"] == pytest.approx(A_LOSS + C_LOSS)
    assert {k: v for k, v in logs.items() if k != "loss"} == {
        "p/c_loss": pytest.approx(C_LOSS),
        "q_loss": pytest.approx(A_LOSS),
        "c_mae": pytest.approx(np.abs(SUM - C).mean()),
        "a_mse": pytest.approx(A_LOSS),
    }
    found = model.predict(X, verbose=0)
    assert list(found) == ["q", "p"] and isinstance(found["p"], tuple)
    np.testing.assert_allclose(found["p"][1], SUM)


@pytest.mark.parametrize(
    ("loss", "wanted"),
    [
        ("mse", ["z_loss", "a_loss"]),
        ({"z": "mse", "a": "mse"}, ["z_loss", "a_loss"]),
        ({"a": "mse", "z": "mse"}, ["a_loss", "z_loss"]),
    ],
)
def test_values_are_listed_in_the_order_of_the_losses(loss, wanted):
    model = two(lambda a, c: {"z": a, "a": c}, loss=loss)
    y = {"z": A, "a": C}
    named = report(model, y)
    assert model.metrics_names == ["loss", *wanted]
    assert model.evaluate(X, y, batch_size=4, verbose=0) == [named[n] for n in ["loss", *wanted]]


def test_one_tensor_may_be_two_outputs():
    model = two(lambda a, c: [a, a], loss="mse")
    assert report(model, [A, SUM])["loss"] == pytest.approx(A_LOSS)
    np.testing.assert_array_equal(*model.predict(X, verbose=0))


def test_targets_only_where_they_are_needed():
    by_name, by_place = two(loss={"c": "mse"}), two(loss=[None, "mse"])
    for model, y in ((by_name, {"c": C}), (by_place, [None, C]), (by_place, [C]), (by_name, {"a": A, "c": C})):
        assert report(model, y) == {"loss": pytest.approx(C_LOSS)}
    with pytest.raises(ValueError, match="needed for the output 'c'"):
        report(by_name, {"a": A})
    with pytest.raises(ValueError, match="Targets are needed: pass y"):
        report(by_name, None)


def test_sample_weights_by_output():
    model = two(loss="mse", weighted_metrics=[["mse"], ["mse"]])
    weighted = (W[:, None] * (SUM - A) ** 2).mean()
    for given in ({"a": W}, [W, None]):
        logs = report(model, [A, C], sample_weight=given)
        assert (logs["a_loss"], logs["c_loss"]) == (pytest.approx(weighted), pytest.approx(C_LOSS))
        assert logs["a_mse"] == pytest.approx(np.average((SUM - A)[:, 0] ** 2, weights=W))
        assert logs["c_mse"] == pytest.approx(C_LOSS)
    both = report(model, [A, C], sample_weight=W)
    assert both["c_loss"] == pytest.approx((W[:, None] * (SUM - C) ** 2).mean())


def test_class_weights_by_output():
    classes = np.arange(9) % 2
    model = two(loss={"a": "mse", "c": "mse"})
    model.optimizer.learning_rate = 0.0
    history = model.fit(X, {"a": classes, "c": C}, class_weight={"a": {0: 1.0, 1: 3.0}}, verbose=0).history
    expected = (np.where(classes, 3.0, 1.0) * (SUM[:, 0] - classes) ** 2).mean()
    assert history["a_loss"][0] == pytest.approx(expected)
    assert history["c_loss"][0] == pytest.approx(C_LOSS)
    with pytest.raises(ValueError, match=r"weights for \['b'\], which are no outputs"):
        model.fit(X, {"a": classes, "c": C}, class_weight={"b": {0: 1.0, 1: 3.0}}, verbose=0)


def test_metrics_with_one_name_are_numbered_and_weighted_ones_say_so():
    x = Input((3,), dtype="float64")
    model = Model(x, dense(1, "a")(x))
    model.compile("sgd", "mse", metrics=["mae", "mae"], weighted_metrics=["mae"])
    logs = report(model, A, sample_weight=W)
    assert list(logs) == ["loss", "mae", "mae_1", "weighted_mae"]
    assert logs["mae"] == logs["mae_1"] == pytest.approx(np.abs(SUM - A).mean())
    assert logs["weighted_mae"] == pytest.approx(np.average(np.abs(SUM - A)[:, 0], weights=W))


def masked(reduction="sum_over_batch_size"):
    ids = Input((4,), dtype="int32")
    table = Embedding(5, 2, mask_zero=True, embeddings_initializer=tf.keras.initializers.RandomNormal(seed=1))
    model = Model(ids, Dense(1, kernel_initializer="ones")(table(ids)))
    model.compile("sgd", losses.MeanSquaredError(reduction), metrics=["mae"], weighted_metrics=["mse"])
    return model


@pytest.mark.parametrize("weighted", [None, "samples", "steps"])
def test_what_a_mask_leaves_out_does_not_count(weighted):
    ids = np.array([[1, 2, 0, 0], [3, 4, 1, 0], [2, 0, 0, 0]])
    y = RNG.standard_normal((3, 4, 1))
    weights = {None: None, "samples": W[:3], "steps": RNG.uniform(0.5, 2, (3, 4))}[weighted]
    w = np.ones((3, 4)) if weights is None else np.broadcast_to(weights.reshape(3, -1), (3, 4))
    model, kept = masked(), ids > 0
    error = (model.predict(ids, verbose=0) - y)[..., 0]
    loss, mae, mse = model.evaluate(ids, y, sample_weight=weights, verbose=0)
    assert loss == pytest.approx((w * error**2)[kept].mean(), rel=1e-5)
    assert mae == pytest.approx(np.abs(error)[kept].mean(), rel=1e-5)
    assert mse == pytest.approx(np.average((error**2)[kept], weights=w[kept]), rel=1e-5)
    summed = masked("sum").evaluate(ids, y, sample_weight=weights, verbose=0)[0]
    assert summed == pytest.approx((w * error**2)[kept].sum(), rel=1e-5)


def test_what_a_mask_leaves_out_has_no_gradient():
    ids = np.array([[1, 0, 0, 0], [2, 3, 0, 0]])
    y = RNG.standard_normal((2, 4, 1))
    changed = y.copy()
    changed[0, 1:], changed[1, 2:] = 100.0, -100.0
    one, other = masked(), masked()
    other.set_weights(one.get_weights())
    one.fit(ids, y, epochs=3, verbose=0)
    other.fit(ids, changed, epochs=3, verbose=0)
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_batches_of_sequences_of_any_length_share_a_program():
    model = Sequential([Input((None, 2)), Dense(1)])
    model.compile("sgd", "mse")
    for length in (2, 3, 5):
        model.train_on_batch(np.ones((2, length, 2)), np.ones((2, length, 1)), np.ones((2, length)))
    assert len(model._workspace._steps) == 1


def test_a_loss_of_ones_own_making():
    class Halved(Model):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            return tf.reduce_mean(tf.abs(y - y_pred)) / 2.0 + tf.reduce_sum(x) * 0.0

    x = Input((3,), dtype="float64")
    model = Halved(x, dense(1, "a")(x))
    model.compile("sgd", metrics=["mse"])
    before = model.get_weights()[0]
    logs = model.evaluate(X, A, verbose=0, return_dict=True)
    assert logs == {"loss": pytest.approx(np.abs(SUM - A).mean() / 2), "mse": pytest.approx(A_LOSS)}
    model.train_on_batch(X, A)
    slope = (np.sign(SUM - A) * X).mean(0)[:, None] / 2
    np.testing.assert_allclose(before - model.get_weights()[0], 0.01 * slope, rtol=1e-6)
    with pytest.raises(RuntimeError, match="while a step"):
        Sequential().compute_loss(None, 1.0, 2.0)


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"loss": {"b": "mse"}}, r"losses for \['a', 'c'\]; unexpected: \['b'\]"),
        ({"loss": ["mse", "mse", "mse"]}, r"list or dict of 2 losses, for \['a', 'c'\]; got 3"),
        ({"loss": "mse", "metrics": {"d": ["mae"]}}, r"metrics for .* unexpected: \['d'\]"),
        ({"loss": "mse", "loss_weights": [1.0, 2.0, 3.0]}, "loss weights"),
        ({"loss": "mze"}, "Did you mean"),
    ],
)
def test_what_fits_no_output_is_refused(settings, what):
    with pytest.raises(ValueError, match=what):
        two(**settings)


def test_data_that_fit_no_output_are_refused():
    model = two(loss="mse")
    with pytest.raises(ValueError, match=r"2 targets, for \['t', 'u'\]"):
        two(lambda a, c: {"u": a, "t": c}, loss="mse").fit(X, A, verbose=0)
    with pytest.raises(ValueError, match=r"missing: \['c'\], unexpected: \['b'\]|unexpected: \['b'\]"):
        model.fit(X, {"a": A, "b": C}, verbose=0)
    with pytest.raises(ValueError, match="list or dict of 2 targets"):
        model.fit(X, A, verbose=0)
    with pytest.raises(ValueError, match="sample weights"):
        model.fit(X, [A, C], sample_weight={"b": W}, verbose=0)
    with pytest.raises(ValueError, match="no loss"):
        two(metrics=[["mae"], None]).fit(X, [A], verbose=0)


def test_a_model_without_a_loss_is_measured():
    assert report(two(metrics=[["mse"], None]), [A]) == {"loss": 0.0, "a_mse": pytest.approx(A_LOSS)}


def test_metrics_that_are_a_number_per_class(capsys):
    model = two(loss=["mse", "mse"], metrics=[None, keras.metrics.R2Score(class_aggregation=None, name="r")])
    a, c = X.sum(1, keepdims=True), X.sum(1, keepdims=True) + C
    wanted = 1 - ((a - c) ** 2).sum(0) / ((c - c.mean(0)) ** 2).sum(0)
    np.testing.assert_allclose(report(model, [A, c])["c_r"], wanted, rtol=1e-6)
    np.testing.assert_allclose(model.evaluate(X, [A, c], verbose=1)[-1], wanted, rtol=1e-6)
    assert f"c_r: [{wanted[0]:.4g} {wanted[1]:.4g}]" in capsys.readouterr().out
    history = model.fit(X, [A, c], epochs=2, verbose=0, validation_data=(X, [A, c])).history
    assert np.shape(history["c_r"]) == np.shape(history["val_c_r"]) == (2, 2)
    stop = keras.callbacks.EarlyStopping("c_r", mode="max")
    with pytest.raises(ValueError, match="EarlyStopping watches 'c_r', which has 2 numbers"):
        model.fit(X, [A, c], verbose=0, callbacks=[stop])


def test_metrics_start_over():
    model = two(loss="mse", metrics=[[metrics.MeanSquaredError()], None])
    for use in (model.test_on_batch, model.test_on_batch, model.train_on_batch):
        assert use(X, [A, C], return_dict=True)["a_mean_squared_error"] == pytest.approx(A_LOSS)
        model.test_on_batch(X, [A + 1.0, C])
    model.reset_metrics()
    assert [float(m.result()) for m in model.metrics] == [0.0] * 4


def test_what_a_nest_holds():
    layout = Layout([1, {"u": 2, "t": 3}], ["a", "b", "c"])
    assert layout.take({"b": "x"}, "losses", partly=True) == [None, "x", None]
    assert (
        layout.take(["x", {"u": "y", "t": "z"}], "losses") == layout.take(["x", "z", "y"], "losses") == ["x", "z", "y"]
    )
    assert layout.pack([1, 2, 3]) == [1, {"u": 3, "t": 2}]
    assert Objectives(None, None, None, None, layout).needed == [False] * 3


def test_a_description_of_a_loss_is_no_dict_by_name():
    x = Input((3,), dtype="float64")
    model = Model(x, dense(1, "a")(x))
    model.compile(
        "sgd", keras.losses.serialize(losses.Huber(2.0)), metrics=[keras.metrics.serialize(metrics.get("mae"))]
    )
    assert report(model, A)["mae"] == pytest.approx(np.abs(SUM - A).mean())
