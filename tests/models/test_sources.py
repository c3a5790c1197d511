"""Data that come in batches: generators, data sets and iterables, in `fit`, `evaluate` and `predict`."""

import threading
import warnings

import numpy as np
import pytest

from kerasflow import Model, Sequential, callbacks, keras, optimizers
from kerasflow.layers import Dense, Input

RNG = np.random.default_rng(5)
X, Y, W = RNG.standard_normal((10, 2)), RNG.standard_normal((10, 1)), RNG.uniform(0.5, 2, 10)


def model(rate=0.1):
    layer = Dense(1, dtype="float64", kernel_initializer="zeros")
    made = Sequential([Input((2,), dtype="float64"), layer])
    made.compile(optimizers.SGD(rate), "mse")
    return made


def batches(size=4, weighted=False, repeats=1):
    for _ in range(repeats):
        for i in range(0, len(X), size):
            rows = slice(i, i + size)
            yield (X[rows], Y[rows], W[rows]) if weighted else (X[rows], Y[rows])


class Counted(keras.utils.PyDataset):
    """Batches of rows in order, which notes what it is asked."""

    def __init__(self, size=4, **kwargs):
        super().__init__(**kwargs)
        self.size, self.asked, self.told, self.threads = size, [], [], set()

    def __len__(self):
        return -(-len(X) // self.size)

    def __getitem__(self, index):
        self.asked.append(index)
        self.threads.add(threading.current_thread())
        rows = slice(index * self.size, (index + 1) * self.size)
        return X[rows], Y[rows]

    def on_epoch_begin(self):
        self.told.append("begin")

    def on_epoch_end(self):
        self.told.append("end")


def trained(epochs=2, **options):
    """The weights and losses of a training on the arrays, in order."""
    wanted = model()
    history = wanted.fit(X, Y, 4, epochs, shuffle=False, verbose=0, **options).history
    return wanted.get_weights(), history


def same(one, other):
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_a_data_set_trains_as_its_arrays_do():
    weights, history = trained()
    data, made = Counted(), model()
    found = made.fit(data, epochs=2, shuffle=False, verbose=0)
    same(made.get_weights(), weights)
    np.testing.assert_allclose(found.history["loss"], history["loss"], rtol=1e-12)
    assert data.asked == [0, 1, 2, 0, 1, 2] and data.told == ["begin", "end"] * 2
    assert found.stopped is None


def test_the_batches_of_a_data_set_are_shuffled_and_all_of_them_taken():
    data = Counted(size=1)
    model().fit(data, epochs=2, verbose=0)
    first, second = data.asked[:10], data.asked[10:]
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != list(range(10)) and first != second


def test_batches_made_by_threads_come_in_order():
    weights, _ = trained()
    data, made = Counted(workers=3, max_queue_size=2), model()
    made.fit(data, epochs=2, shuffle=False, verbose=0)
    same(made.get_weights(), weights)
    assert threading.main_thread() not in data.threads


def test_an_error_in_a_thread_is_the_callers():
    class Broken(Counted):
        def __getitem__(self, index):
            if index == 1:
                raise OSError("no such picture")
            return super().__getitem__(index)

    with pytest.raises(OSError, match="no such picture"):
        model().fit(Broken(workers=2), verbose=0)


def test_an_iterable_is_iterated_over_in_each_epoch():
    class Loader:
        def __iter__(self):
            return batches()

    weights, history = trained()
    made = model()
    found = made.fit(Loader(), epochs=2, verbose=0).history
    same(made.get_weights(), weights)
    np.testing.assert_allclose(found["loss"], history["loss"], rtol=1e-12)


def test_a_length_that_is_not_known_is_found_out():
    class Endless:
        def __len__(self):
            raise TypeError("no length")

        def __iter__(self):
            return batches()

    found = model().fit(Endless(), epochs=2, verbose=0)
    np.testing.assert_allclose(found.history["loss"], trained()[1]["loss"], rtol=1e-12)


def test_a_generator_gives_its_batches_once():
    weights, history = trained()
    made = model()
    found = made.fit(batches(repeats=2), epochs=2, steps_per_epoch=3, verbose=0)
    same(made.get_weights(), weights)
    np.testing.assert_allclose(found.history["loss"], history["loss"], rtol=1e-12)


def test_a_generator_that_runs_out_ends_the_training_with_a_warning():
    weights, _ = trained(epochs=1)
    for options, done in (({}, [0]), ({"steps_per_epoch": 3}, [0]), ({"steps_per_epoch": 2}, [0, 1])):
        made, begun = model(), []
        watch = callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs, begun=begun: begun.append(epoch))
        with pytest.warns(UserWarning, match="ran out of data; interrupting the training"):
            history = made.fit(batches(), epochs=5, verbose=0, callbacks=[watch], **options)
        assert begun == (done if options != {"steps_per_epoch": 3} else [0, 1])  # whether there is more shows only then
        assert history.epoch == done and history.stopped == "data", options
        same(made.get_weights(), weights)


def test_a_generator_of_one_epoch_needs_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert model().fit(batches(), verbose=0).stopped is None


def test_sample_weights_in_batches():
    wanted = model()
    wanted.fit(X, Y, 4, sample_weight=W, shuffle=False, verbose=0)
    made = model()
    made.fit(batches(weighted=True), verbose=0)
    same(made.get_weights(), wanted.get_weights())


def test_class_weights_in_batches():
    y = (Y > 0).astype(float)
    wanted, made = model(), model()
    wanted.fit(X, y, 4, class_weight={0: 0.5, 1: 3.0}, shuffle=False, verbose=0)
    made.fit(((X[i : i + 4], y[i : i + 4]) for i in (0, 4, 8)), class_weight={0: 0.5, 1: 3.0}, verbose=0)
    same(made.get_weights(), wanted.get_weights())


def test_class_weights_are_for_the_training_alone():
    y = (Y > 0).astype(float)
    history = model(rate=0.0).fit(X, y, class_weight={0: 0.5, 1: 3.0}, validation_split=0.5, verbose=0).history
    assert history["val_loss"][0] == pytest.approx((y[5:] ** 2).mean())
    assert history["loss"][0] == pytest.approx((np.where(y[:5], 3.0, 0.5) * y[:5] ** 2).mean())


def test_steps_per_epoch_of_arrays_go_on_through_the_data():
    wanted, made = model(), model()
    wanted.fit(X, Y, 4, epochs=2, shuffle=False, verbose=0)
    with pytest.warns(UserWarning, match="after 1 batches of the 2 asked for"):
        history = made.fit(X, Y, 4, epochs=4, steps_per_epoch=2, shuffle=False, verbose=0)
    same(made.get_weights(), wanted.get_weights())
    assert history.epoch == [0, 1, 2, 3] and history.stopped is None


def test_steps_per_epoch_of_a_data_set_go_on_through_it():
    data = Counted(size=2)
    model().fit(data, epochs=2, steps_per_epoch=2, shuffle=False, validation_data=(X, Y), verbose=0)
    assert data.asked == [0, 1, 2, 3]


def test_evaluation_of_batches():
    made = model()
    error = (Y**2).mean()
    for x in (batches(), Counted(), list(batches()).__iter__()):
        assert made.evaluate(x, verbose=0) == pytest.approx(error, rel=1e-12)
    assert made.evaluate(batches(weighted=True), verbose=0) == pytest.approx((W[:, None] * Y**2).mean(), rel=1e-12)
    assert made.evaluate(Counted(), steps=2, verbose=0) == pytest.approx((Y[:8] ** 2).mean(), rel=1e-12)
    assert made.evaluate(X, Y, batch_size=3, steps=2, verbose=0) == pytest.approx((Y[:6] ** 2).mean(), rel=1e-12)
    with pytest.warns(UserWarning, match="ran out of data; interrupting the evaluation after 3 batches of the 9"):
        assert made.evaluate(batches(), steps=9, verbose=0) == pytest.approx(error, rel=1e-12)


@pytest.mark.parametrize("data", [Counted(), list(batches())])
def test_validation_on_batches_starts_again_in_each_epoch(data):
    loader = data if isinstance(data, Counted) else type("Loader", (), {"__iter__": lambda self: iter(data)})()
    made = model(rate=0.0)
    history = made.fit(X, Y, epochs=3, validation_data=loader, validation_steps=2, verbose=0).history
    np.testing.assert_allclose(history["val_loss"], [(Y[:8] ** 2).mean()] * 3, rtol=1e-12)


def test_validation_on_a_generator_goes_on_where_it_was():
    made = model(rate=0.0)
    history = made.fit(X, Y, epochs=3, validation_data=batches(), validation_steps=1, verbose=0).history
    np.testing.assert_allclose(history["val_loss"], [(Y[i : i + 4] ** 2).mean() for i in (0, 4, 8)], rtol=1e-12)


def test_validation_in_some_epochs():
    made = model(rate=0.0)
    history = made.fit(X, Y, epochs=5, validation_data=(X, Y), validation_freq=[2, 3, 9], verbose=0)
    assert len(history.history["val_loss"]) == 2 and len(history.history["loss"]) == 5
    assert len(made.fit(X, Y, epochs=5, validation_data=(X, Y), validation_freq=2, verbose=0).history["val_loss"]) == 2


def two_outputs():
    a, b = Input((2,), name="a"), Input((1,), name="b")
    first = Dense(1, name="first", kernel_initializer="ones")(a)
    return Model({"a": a, "b": b}, {"one": first, "two": Dense(2, name="second", kernel_initializer="ones")(b)})


def test_several_outputs_in_batches():
    made = two_outputs()
    parts = [({"a": X[i : i + 4], "b": Y[i : i + 4]}, None) for i in (0, 4, 8)]
    found = made.predict(iter(parts), verbose=0)
    assert sorted(found) == ["one", "two"]
    np.testing.assert_allclose(found["one"], X.sum(1, keepdims=True), rtol=1e-6)
    np.testing.assert_allclose(found["two"], np.repeat(Y, 2, axis=1), rtol=1e-6)
    assert len(made.predict(iter(parts), steps=2, verbose=0)["one"]) == 8
    made.compile("sgd", "mse")
    zeros = [(x, {"one": np.zeros(len(x["a"])), "two": np.zeros((len(x["a"]), 2))}) for x, _ in parts]
    expected = (X.sum(1) ** 2).mean() + (Y**2).mean()
    assert made.evaluate(iter(zeros), verbose=0)[0] == pytest.approx(expected, rel=1e-6)


def test_predictions_of_batches_and_of_steps():
    made = model()
    made.set_weights([np.array([[1.0], [2.0]]), np.zeros(1)])
    expected = X @ [[1.0], [2.0]]
    for x in (batches(), Counted(), (X[i : i + 4] for i in (0, 4, 8)), ((X[i : i + 4],) for i in (0, 4, 8))):
        np.testing.assert_allclose(made.predict(x, verbose=0), expected, rtol=1e-12)
    np.testing.assert_allclose(made.predict(X, batch_size=3, steps=2, verbose=0), expected[:6], rtol=1e-12)
    np.testing.assert_allclose(made.predict(X, batch_size=30, steps=2, verbose=0), expected, rtol=1e-12)
    with pytest.raises(ValueError, match="no batches"):
        made.predict(iter(()), verbose=0)


def test_a_model_learns_its_input_shape_from_a_batch():
    for x in (batches(), Counted()):
        made = Sequential([Dense(1)])
        made.compile("sgd", "mse")
        made.fit(x, verbose=0)
        assert made.input_shape == (None, 2)


def test_callbacks_are_told_of_every_batch():
    told = []
    watch = callbacks.LambdaCallback(
        on_train_batch_begin=lambda batch, logs: told.append(("begin", batch)),
        on_train_batch_end=lambda batch, logs: told.append(("end", batch, logs["loss"])),
        on_test_batch_begin=lambda batch, logs: told.append(("start", batch)),
        on_test_batch_end=lambda batch, logs: told.append(("test", batch)),
        on_predict_batch_begin=lambda batch, logs: told.append(("start", batch)),
        on_predict_batch_end=lambda batch, logs: told.append(("predict", batch, len(logs["outputs"]))),
    )
    made = model(rate=0.0)
    made.fit(batches(), verbose=0, callbacks=[watch])
    assert [t[:2] for t in told] == [(name, i) for i in range(3) for name in ("begin", "end")]
    losses = [(Y[: 4 * i + 4] ** 2).mean() for i in range(3)]
    np.testing.assert_allclose([t[2] for t in told if t[0] == "end"], losses, rtol=1e-12)
    told.clear()
    made.evaluate(X, Y, batch_size=6, verbose=0, callbacks=[watch])
    made.predict(X, batch_size=6, verbose=0, callbacks=[watch])
    tested = [("start", 0), ("test", 0), ("start", 1), ("test", 1)]
    assert told == [*tested, ("start", 0), ("predict", 0, 6), ("start", 1), ("predict", 1, 4)]


def test_steps_per_execution_are_told_of_together():
    told = []
    watch = callbacks.LambdaCallback(
        on_train_batch_begin=lambda batch, logs: told.append(batch),
        on_train_batch_end=lambda batch, logs: told.append(batch),
    )
    made = model()
    made.compile("sgd", "mse", steps_per_execution=2)
    made.fit(X, Y, 2, verbose=0, callbacks=[watch])
    assert told == [0, 1, 2, 3, 4, 4]


def test_a_callback_may_end_an_epoch():
    made = model(rate=0.0)

    class Enough(callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 1

    history = made.fit(X, Y, 2, epochs=5, shuffle=False, verbose=0, callbacks=[Enough()])
    assert history.epoch == [0] and history.stopped == "Enough"
    assert history.history["loss"][0] == pytest.approx((Y[:4] ** 2).mean(), rel=1e-12)
    stop = callbacks.EarlyStopping("loss", patience=1)
    assert made.fit(X, Y, epochs=9, verbose=0, callbacks=[stop]).stopped == "EarlyStopping"


@pytest.mark.parametrize(
    ("data", "options", "what"),
    [
        (batches(), {"y": Y}, "y comes with the batches"),
        (Counted(), {"sample_weight": W}, "sample_weight comes with the batches"),
        (Counted(), {"validation_split": 0.5}, "validation_split takes rows of arrays"),
        (batches, {}, "the function 'batches'.* call it"),
        (iter([(X, Y, W, W)]), {}, r"a tuple of 4"),
        (iter([X]), {}, "Targets are needed"),
        (X, {"y": Y, "steps_per_epoch": 0}, "steps_per_epoch must be"),
        (X, {"y": Y, "validation_data": X}, "validation_data must be"),
        (X, {"y": Y, "validation_data": (X, Y), "validation_freq": [0]}, "validation_freq must be"),
        (type("Empty", (Counted,), {"__len__": lambda self: 0})(), {}, "has no batches"),
    ],
)
def test_what_makes_no_sense_is_refused(data, options, what):
    with pytest.raises((TypeError, ValueError), match=what):
        model().fit(data, verbose=0, **options)


def test_an_argument_that_is_not_known_may_be_another():
    with pytest.raises(TypeError, match="Did you mean 'epochs'"):
        model().fit(X, Y, epoch=3)
    with pytest.raises(TypeError, match="Did you mean 'metrics'"):
        model().compile("sgd", "mse", metric=["mae"])


def test_metrics_may_come_before_loss_weights():
    made = model()
    made.compile("sgd", "mse", ["mae"])
    assert list(made.evaluate(X, Y, verbose=0, return_dict=True)) == ["loss", "mae"]
    made.compile("sgd", "mse", [2.0], ["mae"])
    assert made.evaluate(X, Y, verbose=0) == pytest.approx([2 * (Y**2).mean(), np.abs(Y).mean()])


def test_the_names_of_keras_2():
    weights, _ = trained(epochs=1)
    made = model()
    made.fit_generator(batches(), steps_per_epoch=3, epochs=1, verbose=0, workers=4, max_queue_size=5)
    same(made.get_weights(), weights)
    expected = made.predict(X, verbose=0)
    assert made.evaluate_generator(batches(), 3, workers=2, verbose=0) == pytest.approx(((expected - Y) ** 2).mean())
    np.testing.assert_allclose(made.predict_generator(batches(), steps=3, use_multiprocessing=True), expected)


def test_no_batches_at_all_are_an_error():
    for use, what in (("fit", "train"), ("evaluate", "evaluate"), ("predict", "predict")):
        with pytest.raises(ValueError, match=f"no batches to {what}"):
            getattr(model(), use)(iter(()), verbose=0)


def test_a_validation_without_batches_is_left_out_with_a_warning():
    with pytest.warns(UserWarning, match="ran out of data; interrupting the evaluation after 0 batches"):
        history = model().fit(X, Y, epochs=2, validation_data=iter([(X, Y)]), verbose=0).history
    assert len(history["loss"]) == 2 and len(history["val_loss"]) == 1
