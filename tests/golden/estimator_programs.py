"""Canned estimators over every form of their heads and options: programs for TensorFlow and for kerasflow."""

import numpy as np

ROWS, BATCH, STEPS = 120, 40, 9


def data():
    """Features by name, and labels by name."""
    rng = np.random.RandomState(0)
    x = rng.normal(size=(ROWS, 3)).astype(np.float32)
    age = rng.randint(18, 80, ROWS)
    city = np.array(["Rome", "Oslo", "Bern", "Nowhere"])[rng.randint(0, 4, ROWS)]
    weight = rng.uniform(0.5, 2.0, ROWS).astype(np.float32)
    score = x[:, 0] - x[:, 1] * x[:, 2] + (age > 40) + 1.5 * (city == "Oslo") + 0.3 * rng.normal(size=ROWS)
    three = np.digitize(score, [0.0, 1.5]).astype(np.int32)
    labels = {
        "number": score.astype(np.float32),
        "numbers": np.stack([score, 1.0 - score], 1).astype(np.float32),
        "two": (score > 0.7).astype(np.int32),
        "yes": np.array(["no", "yes"])[(score > 0.7).astype(int)],
        "three": three,
        "height": np.array(["low", "mid", "high"])[three],
    }
    return {"x": x, "age": age, "city": city, "weight": weight}, labels


def columns(tf):
    """Columns for linear models and for dense layers."""
    fc = tf.feature_column
    x = fc.numeric_column("x", shape=[3])
    age = fc.bucketized_column(fc.numeric_column("age"), [30, 40, 60])
    city = fc.categorical_column_with_vocabulary_list("city", ["Rome", "Oslo", "Bern"])
    hashed = fc.categorical_column_with_hash_bucket("city", 5)
    wide = [x, age, city, fc.crossed_column([age, "city"], 20)]
    return wide, [x, age, fc.indicator_column(city), fc.embedding_column(hashed, 3)]


def estimators(tf):
    """By name: the labels' name, and a function that makes the estimator in a folder."""
    wide, deep = columns(tf)
    e, train = tf.estimator, tf.train
    both = {"linear_feature_columns": wide, "dnn_feature_columns": deep, "dnn_hidden_units": [8, 4]}
    ftrl = {"l1_regularization_strength": 0.1, "l2_regularization_strength": 0.1}
    height = ["low", "mid", "high"]
    each = tf.losses.Reduction.SUM_OVER_BATCH_SIZE
    return {
        "linear two": ("two", lambda **k: e.LinearClassifier(wide, **k)),
        "linear names, weights": (
            "yes",
            lambda **k: e.LinearClassifier(
                wide, weight_column="weight", label_vocabulary=["no", "yes"], optimizer="Adam", **k
            ),
        ),
        "linear three": (
            "three",
            lambda **k: e.LinearClassifier(wide, n_classes=3, optimizer=lambda: train.FtrlOptimizer(0.1, **ftrl), **k),
        ),
        "linear number": ("number", lambda **k: e.LinearRegressor(wide, sparse_combiner="mean", **k)),
        "linear numbers": (
            "numbers",
            lambda **k: e.LinearRegressor(wide, label_dimension=2, weight_column="weight", **k),
        ),
        "dnn two": ("two", lambda **k: e.DNNClassifier([8, 4], deep, **k)),
        "dnn names": (
            "height",
            lambda **k: e.DNNClassifier(
                [8, 4], deep, n_classes=3, label_vocabulary=height, optimizer="RMSProp", activation_fn=tf.nn.tanh, **k
            ),
        ),
        "dnn normalized": (
            "two",
            lambda **k: e.DNNClassifier(
                [8, 4], deep, batch_norm=True, optimizer=lambda: train.AdamOptimizer(0.01), **k
            ),
        ),
        "dnn number": ("number", lambda **k: e.DNNRegressor([8, 4], deep, loss_reduction=each, **k)),
        "both two": ("two", lambda **k: e.DNNLinearCombinedClassifier(**both, **k)),
        "both three": (
            "three",
            lambda **k: e.DNNLinearCombinedClassifier(
                n_classes=3, linear_optimizer="SGD", dnn_optimizer="Adam", **both, **k
            ),
        ),
        "both number": ("number", lambda **k: e.DNNLinearCombinedRegressor(weight_column="weight", **both, **k)),
        "baseline two": ("two", lambda **k: e.BaselineClassifier(**k)),
        "baseline three": ("three", lambda **k: e.BaselineClassifier(n_classes=3, weight_column="weight", **k)),
        "baseline number": ("number", lambda **k: e.BaselineRegressor(**k)),
    }


def input_fns(tf, labels):
    """What trains, and what evaluates in batches that do not divide the rows."""
    features, y = data()
    make = tf.estimator.inputs.numpy_input_fn
    return (
        make(features, y[labels], batch_size=BATCH, num_epochs=None, shuffle=False),
        make(features, y[labels], batch_size=50, num_epochs=1, shuffle=False),
    )


def plain(value):
    """A number, a text, or nested lists of these."""
    if isinstance(value, bytes):
        return value.decode()
    value = np.asarray(value)
    if value.dtype == object:
        return [plain(v) for v in value]
    return float(f"{value:.7g}") if value.ndim == 0 else [plain(v) for v in value]


def judged(estimator, input_fn):
    """Metrics, and the predictions of two rows."""
    metrics = {key: plain(value) for key, value in sorted(estimator.evaluate(input_fn).items())}
    rows = list(estimator.predict(input_fn))
    return {"metrics": metrics, "predictions": [{key: plain(v) for key, v in r.items()} for r in (rows[0], rows[77])]}


def signatures(tf, meta_graph):
    """Of an exported model: for each signature the method, and names, types and sizes of inputs and outputs."""

    def infos(given):
        return sorted([key, i.dtype, [d.size for d in i.tensor_shape.dim]] for key, i in given.items())

    return {k: [s.method_name, infos(s.inputs), infos(s.outputs)] for k, s in meta_graph.signature_def.items()}
