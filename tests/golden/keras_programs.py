"""Small programs in the Keras language. Real Keras and kerasflow run the same text; see `make_keras_models.py`.

Each takes the module that stands for ``keras`` and returns what it saw, as lists and numbers that fit in JSON. The
weights are set from a seeded generator, in the order of `get_weights`, so that a wrong order shows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

ROWS = 26


def data(seed: int, *sizes: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(ROWS, n)).astype(np.float32) for n in sizes]


def fill(model: Any, seed: int = 0) -> None:
    rng = np.random.default_rng(seed)
    model.set_weights([rng.uniform(-0.8, 0.8, w.shape).astype(np.float32) for w in model.get_weights()])


def plain(value: Any) -> Any:
    """`value` with lists and numbers in place of arrays."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return np.asarray(value, dtype=np.float64).tolist() if isinstance(value, (np.ndarray, np.generic)) else value


def seen(model: Any, history: Any, x: Any, **more: Any) -> dict[str, Any]:
    weights = [float(np.sum(w * np.cos(np.arange(w.size)).reshape(w.shape))) for w in model.get_weights()]
    return {
        "history": plain(history.history),
        "layers": [layer.name for layer in model.layers],
        "shapes": [list(w.shape) for w in model.get_weights()],
        "weights": weights,
        "predict": plain(model.predict(x, verbose=0)),
        **{k: plain(v) for k, v in more.items()},
    }


def regression(keras: Any) -> dict[str, Any]:
    """A validation split, an uneven last batch, and targets of one axis."""
    L = keras.layers
    (x,) = data(1, 3)
    y = x[:, 0] - 2 * x[:, 1] + 1
    model = keras.Sequential([keras.Input((3,)), L.Dense(4, activation="tanh", name="a"), L.Dense(1, name="b")])
    fill(model)
    model.compile(keras.optimizers.SGD(0.05), "mse", metrics=["mae"])
    history = model.fit(x, y, batch_size=7, epochs=4, validation_split=0.3, shuffle=False, verbose=0)
    return seen(model, history, x, evaluate=model.evaluate(x, y, batch_size=5, verbose=0))


def classes(keras: Any) -> dict[str, Any]:
    """Integer classes, Adam, weights of the validation samples, a model without an input shape."""
    L = keras.layers
    (x,) = data(2, 4)
    y = np.argmax(x[:, :3], axis=1)
    model = keras.Sequential([L.Dense(5, activation="relu", name="a"), L.Dense(3, activation="softmax", name="b")])
    model.build((None, 4))
    fill(model)
    model.compile(keras.optimizers.Adam(0.03), "sparse_categorical_crossentropy", metrics=["accuracy"])
    weights = np.linspace(0.1, 2, 10).astype(np.float32)
    history = model.fit(
        x, y, batch_size=8, epochs=3, validation_data=(x[:10], y[:10], weights), shuffle=False, verbose=0
    )
    return seen(model, history, x, evaluate=model.evaluate(x, y, verbose=0, return_dict=True))


def weighted(keras: Any) -> dict[str, Any]:
    """Sample weights, and metrics with and without weights."""
    L = keras.layers
    (x,) = data(3, 3)
    y = (x[:, 0] > 0.2).astype(np.int64)
    model = keras.Sequential([keras.Input((3,)), L.Dense(1, activation="sigmoid", name="a")])
    fill(model)
    model.compile(
        keras.optimizers.SGD(0.3, momentum=0.9),
        keras.losses.BinaryCrossentropy(),
        metrics=["accuracy"],
        weighted_metrics=["mse", keras.metrics.BinaryAccuracy(name="heavy")],
    )
    s = np.linspace(0, 3, ROWS).astype(np.float32)
    history = model.fit(x, y, batch_size=9, epochs=3, sample_weight=s, shuffle=False, verbose=0)
    return seen(
        model, history, x, evaluate=model.evaluate(x, y, sample_weight=s, batch_size=6, verbose=0, return_dict=True)
    )


def one_hot(keras: Any) -> dict[str, Any]:
    """One-hot targets with class weights and smoothed labels."""
    L = keras.layers
    (x,) = data(4, 3)
    y = np.eye(3, dtype=np.float32)[np.argmax(x, axis=1)]
    model = keras.Sequential([keras.Input((3,)), L.Dense(3, name="a"), L.Activation("softmax", name="b")])
    fill(model)
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.1)
    model.compile(keras.optimizers.RMSprop(0.02), loss, metrics=["acc", "categorical_crossentropy"])
    history = model.fit(x, y, batch_size=10, epochs=3, class_weight={0: 1.0, 1: 0.2, 2: 4.0}, shuffle=False, verbose=0)
    return seen(model, history, x, evaluate=model.evaluate(x, y, verbose=0, return_dict=True))


def several(keras: Any) -> dict[str, Any]:
    """Two named inputs, a shared layer, two outputs; losses, their weights and metrics by name."""
    L = keras.layers
    a, b = keras.Input((3,), name="first"), keras.Input((3,), name="second")
    shared = L.Dense(4, activation="tanh", name="shared")
    joined = L.Concatenate(name="joined")([shared(a), shared(b)])
    price = L.Dense(1, name="price")(joined)
    kind = L.Dense(3, activation="softmax", name="kind")(joined)
    model = keras.Model([a, b], [price, kind])
    fill(model)
    model.compile(
        keras.optimizers.Adam(0.02),
        loss={"price": "mse", "kind": "sparse_categorical_crossentropy"},
        loss_weights={"price": 0.3, "kind": 2.0},
        metrics={"price": ["mae", "mse"], "kind": "accuracy"},
    )
    x1, x2 = data(5, 3, 3)
    y = {"price": x1[:, :1] * x2[:, :1], "kind": np.argmax(x1, axis=1)}
    x = {"first": x1, "second": x2}
    history = model.fit(x, y, batch_size=8, epochs=3, validation_split=0.25, shuffle=False, verbose=0)
    return seen(
        model,
        history,
        [x1, x2],
        evaluate=model.evaluate([x1, x2], [y["price"], y["kind"]], verbose=0, return_dict=True),
    )


def lists(keras: Any) -> dict[str, Any]:
    """Outputs without names, lists of losses, metrics, targets and sample weights."""
    L = keras.layers
    a = keras.Input((3,), name="x")
    h = L.Dense(4, activation="relu", name="h")(a)
    model = keras.Model(a, [L.Dense(2, name="u")(h), L.Dense(1, name="v")(h)])
    fill(model)
    model.compile(
        keras.optimizers.SGD(0.05),
        loss=["mse", "mae"],
        loss_weights=[1.0, 0.5],
        metrics=[["mae"], ["mse"]],
        weighted_metrics=[["mse"], []],
    )
    (x,) = data(6, 3)
    s = [np.linspace(0, 1, ROWS).astype(np.float32), np.linspace(2, 1, ROWS).astype(np.float32)]
    y = [x[:, :2] * 2, x[:, 2:]]
    history = model.fit(x, y, sample_weight=s, batch_size=8, epochs=3, shuffle=False, verbose=0)
    return seen(model, history, x, evaluate=model.evaluate(x, y, verbose=0, return_dict=True))


def one_loss(keras: Any) -> dict[str, Any]:
    """One loss and one list of metrics for two outputs, which a dict names."""
    L = keras.layers
    a = keras.Input((2,), name="x")
    model = keras.Model(a, {"late": L.Dense(1, name="u")(a), "early": L.Dense(2, name="v")(a)})
    fill(model)
    model.compile(
        keras.optimizers.SGD(0.05), loss={"late": "mse", "early": "mse"}, metrics={"late": ["mae"], "early": ["mae"]}
    )
    (x,) = data(7, 2)
    y = {"early": x * 2, "late": x[:, :1]}
    history = model.fit(x, y, batch_size=13, epochs=2, shuffle=False, verbose=0)
    return seen(model, history, x, evaluate=model.evaluate(x, y, verbose=0, return_dict=True))


def branches(keras: Any) -> dict[str, Any]:
    """Layers of one shape on branches of different length: only their depth says which weights are whose."""
    L = keras.layers
    a, b = keras.Input((3,), name="p"), keras.Input((3,), name="q")
    short = L.Dense(3, name="short")(b)
    long = L.Dense(3, name="long_1")(a)
    skip = L.Dense(3, name="skip")(long)
    long = L.Dense(3, activation="tanh", name="long_2")(long)
    side = L.Dense(3, name="side")(short)
    total = L.Add(name="total")([side, skip, L.Dense(3, name="long_3")(long)])
    model = keras.Model([b, a], [L.Dense(1, name="end")(total), L.Dense(1, name="side_end")(side)])
    fill(model)
    model.compile(keras.optimizers.SGD(0.01), ["mse", "mse"])
    x1, x2 = data(8, 3, 3)
    y = [x1[:, :1], x2[:, :1]]
    history = model.fit([x1, x2], y, batch_size=13, epochs=2, shuffle=False, verbose=0)
    return seen(model, history, [x1, x2])


def nested(keras: Any) -> dict[str, Any]:
    """A model inside a model, called twice, one of its layers frozen."""
    L = keras.layers
    inner = keras.Sequential(
        [keras.Input((3,)), L.Dense(4, activation="tanh", name="i1"), L.Dense(2, name="i2")], name="inner"
    )
    inner.layers[0].trainable = False
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    model = keras.Model([a, b], L.Dense(1, name="top")(L.Subtract(name="minus")([inner(a), inner(b)])))
    fill(model)
    model.compile(keras.optimizers.SGD(0.05), "mse")
    x1, x2 = data(9, 3, 3)
    history = model.fit([x1, x2], x1[:, :1] - x2[:, 1:2], batch_size=8, epochs=3, shuffle=False, verbose=0)
    counts = [len(model.trainable_weights), len(model.non_trainable_weights)]
    return seen(model, history, [x1, x2], counts=counts)


def penalties(keras: Any) -> dict[str, Any]:
    """Regularizers of all three kinds, and constraints; an uneven last batch."""
    L, R = keras.layers, keras.regularizers
    model = keras.Sequential(
        [
            keras.Input((3,)),
            L.Dense(
                4,
                activation="tanh",
                kernel_regularizer=R.L2(0.02),
                bias_regularizer=R.L1(0.01),
                activity_regularizer=R.L1L2(0.03, 0.02),
                kernel_constraint=keras.constraints.MaxNorm(0.7),
                name="a",
            ),
            L.Dense(1, kernel_constraint="non_neg", bias_constraint="non_neg", kernel_regularizer="l2", name="b"),
        ]
    )
    fill(model)
    model.compile(keras.optimizers.SGD(0.1), "mse", metrics=["mse"])
    (x,) = data(10, 3)
    y = x[:, :1] - x[:, 1:2]
    history = model.fit(x, y, batch_size=10, epochs=3, validation_split=0.2, shuffle=False, verbose=0)
    return seen(model, history, x, evaluate=model.evaluate(x, y, batch_size=10, verbose=0, return_dict=True))


def batches(keras: Any) -> dict[str, Any]:
    """Single steps, then epochs that are numbered from the second."""
    L = keras.layers
    model = keras.Sequential([keras.Input((2,)), L.Dense(3, activation="relu", name="a"), L.Dense(1, name="b")])
    fill(model)
    model.compile(keras.optimizers.Adam(0.05), "huber")
    (x,) = data(11, 2)
    y = x[:, :1]
    steps = [float(model.train_on_batch(x[i : i + 6], y[i : i + 6])) for i in (0,)]
    history = model.fit(x, y, batch_size=26, epochs=4, initial_epoch=1, shuffle=False, verbose=0)
    return seen(model, history, x, steps=steps, epochs=history.epoch)


def stopping(keras: Any) -> dict[str, Any]:
    """Early stopping that goes back to the best weights."""
    L = keras.layers
    model = keras.Sequential([keras.Input((2,)), L.Dense(1, name="a")])
    fill(model)
    model.compile(keras.optimizers.SGD(0.9), "mse")
    (x,) = data(12, 2)
    y = x[:, :1]
    stop = keras.callbacks.EarlyStopping("val_loss", patience=2, min_delta=0.001, restore_best_weights=True)
    options = {"batch_size": 5, "epochs": 12, "validation_split": 0.3, "shuffle": False, "verbose": 0}
    history = model.fit(x, y, callbacks=[stop], **options)
    return seen(model, history, x, stopped=stop.stopped_epoch, best=stop.best)


def shapes(keras: Any) -> dict[str, Any]:
    """Dense on three axes, flattening, reshaping, and a loss over several axes."""
    L = keras.layers
    a = keras.Input((4, 3), name="x")
    h = L.Dense(2, activation="tanh", name="each")(a)
    flat = L.Flatten(name="flat")(h)
    model = keras.Model(a, L.Reshape((2, 3), name="out")(L.Dense(6, name="mix")(flat)))
    fill(model)
    model.compile(keras.optimizers.SGD(0.05), "mse", metrics=["mae"])
    (x,) = data(13, 12)
    y = np.tanh(x[:, :6]).reshape(-1, 2, 3)
    x = x.reshape(-1, 4, 3)
    history = model.fit(x, y, batch_size=9, epochs=2, shuffle=False, verbose=0)
    return seen(model, history, x, evaluate=model.evaluate(x, y, verbose=0, return_dict=True))


def merging(keras: Any) -> dict[str, Any]:
    """All merging layers at once."""
    L = keras.layers
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    u, v = L.Dense(3, name="u")(a), L.Dense(3, name="v")(b)
    kinds = (L.Add, L.Subtract, L.Multiply, L.Average, L.Maximum, L.Minimum)
    merged = [kind(name=f"m{i}")([u, v]) for i, kind in enumerate(kinds)]
    merged += [L.Dot(axes=1, name="dot")([u, v]), L.Dot(axes=-1, normalize=True, name="cosine")([u, v])]
    model = keras.Model([a, b], L.Dense(1, name="end")(L.Concatenate(axis=1, name="all")(merged)))
    fill(model)
    model.compile(keras.optimizers.SGD(0.01), "mse")
    x1, x2 = data(14, 3, 3)
    history = model.fit([x1, x2], x1[:, :1], batch_size=13, epochs=2, shuffle=False, verbose=0)
    return seen(model, history, [x1, x2])


def functions(keras: Any) -> dict[str, Any]:
    """A loss and a metric that are plain functions, beside classes and names."""
    L = keras.layers

    def cubed(y_true: Any, y_pred: Any) -> Any:
        return abs(y_true - y_pred) ** 3

    def bias(y_true: Any, y_pred: Any) -> Any:
        return y_pred - y_true

    model = keras.Sequential([keras.Input((2,)), L.Dense(2, name="a")])
    fill(model)
    model.compile("adagrad", cubed, metrics=[bias, keras.metrics.MeanAbsoluteError, "mse"])
    (x,) = data(15, 2)
    history = model.fit(x, x * 0.5, batch_size=8, epochs=2, shuffle=False, verbose=0)
    return seen(model, history, x)


PROGRAMS = [
    regression, classes, weighted, one_hot, several, lists, one_loss, branches, nested, penalties, batches, stopping,
    shapes, merging, functions,
]  # fmt: skip
