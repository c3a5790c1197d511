"""What layers adapt to, models that take texts, and what is refused. That they do as Keras does is tested beside."""

import json

import numpy as np
import pandas as pd
import pytest

import kerasflow as tf
from kerasflow import layers
from kerasflow.layers.preprocessing.base import outside

WORDS = [["red", "green"], ["green", "blue"], ["green", "red"]]
X = np.random.default_rng(12).standard_normal((40, 3)) * [1.0, 5.0, 0.1] + [0.0, 3.0, -1.0]


class Batches:
    """Used like a `PyDataset`."""

    def __init__(self, data, size):
        self.data, self.size = data, size

    def __len__(self):
        return -(-len(self.data) // self.size)

    def __getitem__(self, i):
        part = self.data[i * self.size : (i + 1) * self.size]
        return part, np.zeros(len(part))


@pytest.mark.parametrize(
    "data",
    [
        X,
        X.tolist(),
        pd.DataFrame(X, columns=list("abc")),
        [X[:30], X[30:]],
        (part for part in (X[:7], X[7:])),
        Batches(X, 16),
        tf.data.Dataset.from_tensor_slices(X).batch(9),
    ],
    ids=lambda data: type(data).__name__,
)
def test_moments_of_data_of_all_kinds(data):
    layer = layers.Normalization(dtype="float64")
    layer.adapt(data)
    mean, variance, count = layer.get_weights()
    np.testing.assert_allclose(mean, X.mean(0), rtol=1e-12)
    np.testing.assert_allclose(variance, X.var(0), rtol=1e-12)
    assert count == 0 and not layer.trainable_weights
    np.testing.assert_allclose(layer.transform(X), (X - X.mean(0)) / X.std(0), rtol=1e-10)


@pytest.mark.parametrize(
    "data",
    [
        WORDS,
        np.array(WORDS),
        np.array(WORDS, dtype=object),
        np.array(WORDS, dtype="S"),
        pd.DataFrame(WORDS),
        (np.array(row) for row in WORDS),
        Batches(np.array(WORDS), 2),
        tf.data.Dataset.from_tensor_slices(np.array(WORDS)).batch(2),
    ],
    ids=lambda data: type(data).__name__,
)
def test_words_of_data_of_all_kinds(data):
    layer = layers.StringLookup(output_mode="tf_idf")
    layer.adapt(data)
    assert layer.get_vocabulary() == ["[UNK]", "green", "red", "blue"]
    rare = np.log1p(3 / (1 + np.array([3, 2, 1])))
    np.testing.assert_allclose(layer.own_arrays()["idf_weights"], [rare.mean(), *rare], rtol=1e-6)


def test_some_batches_and_data_anew():
    layer = layers.IntegerLookup()
    layer.adapt(pd.Series([7, 7, 8]))
    assert layer.get_vocabulary() == [-1, 7, 8]
    layer.adapt(iter([[[1]], [[2]], [[3]]]), steps=2)
    assert layer.get_vocabulary() == [-1, 2, 1]
    text = layers.TextVectorization()
    text.adapt((["a b", "b"] for _ in range(3)), steps=1)
    assert text.get_vocabulary() == ["", "[UNK]", "b", "a"]
    bins = layers.Discretization(num_bins=2)
    bins.adapt(np.arange(10.0))
    first = bins.bin_boundaries
    bins.adapt([np.arange(10.0, 15.0), np.arange(15.0, 20.0)])
    assert 3 < first[0] < 6 and 13 < bins.bin_boundaries[0] < 16


def test_bins_are_about_equally_full():
    data = np.random.default_rng(13).exponential(size=20_000)
    layer = layers.Discretization(num_bins=10)
    layer.adapt(data[i : i + 1000] for i in range(0, len(data), 1000))
    shares = np.bincount(layer.transform(data), minlength=10) / len(data)
    assert np.abs(shares - 0.1).max() < 0.025


# In models.


@pytest.fixture
def any_engine():
    yield
    tf.config.set_engine("auto")


def texts_model():
    vectorize = layers.TextVectorization(output_sequence_length=5)
    vectorize.adapt(["good food", "bad food", "very good", "very bad"])
    x = tf.keras.Input((1,), dtype="string")
    y = layers.Embedding(vectorize.vocabulary_size(), 4, mask_zero=True)(vectorize(x))
    return tf.keras.Model(x, layers.Dense(1, activation="sigmoid")(layers.GlobalAveragePooling1D()(y)))


@pytest.mark.parametrize("engine", ["interpreter", "native"])
def test_a_model_of_texts_learns(engine, any_engine):
    if engine == "native":
        pytest.importorskip("llvmlite")
    tf.set_random_seed(3)
    tf.config.set_engine(engine)
    model = texts_model()
    texts = ["good food", "very good food", "bad food", "very bad food"] * 8
    model.compile(tf.keras.optimizers.Adam(0.1), "binary_crossentropy")
    model.fit(texts, np.array([1, 1, 0, 0] * 8), batch_size=8, epochs=20, verbose=0)
    shares = model.predict(["GOOD!", "bad.", "very very good"], verbose=0)[:, 0]
    assert shares[0] > 0.9 and shares[1] < 0.1 and shares[2] > 0.8


def test_inputs_of_several_kinds():
    words, numbers, age = (
        tf.keras.Input((1,), dtype=d, name=n) for d, n in (("string", "w"), ("int64", "n"), ("float32", "a"))
    )
    normal = layers.Normalization()
    normal.adapt(np.array([[10.0], [30.0]]))
    parts = [
        layers.StringLookup(vocabulary=["a", "b"], output_mode="one_hot")(words),
        layers.IntegerLookup(vocabulary=[5, 6], output_mode="multi_hot")(numbers),
        layers.Hashing(4, output_mode="one_hot")(words),
        layers.Discretization([15.0, 25.0], output_mode="one_hot")(age),
        normal(age),
    ]
    model = tf.keras.Model([words, numbers, age], layers.Concatenate()(parts))
    frame = pd.DataFrame({"w": ["b", "zz"], "n": [6, 5], "a": [30.0, 10.0]})
    y = model.predict({name: frame[name] for name in frame}, verbose=0)
    known = [[0, 0, 1, 0, 0, 1], [1, 0, 0, 0, 1, 0]]
    np.testing.assert_array_equal(y[:, :6], known)
    np.testing.assert_array_equal(y[:, 6:10].sum(1), [1, 1])
    np.testing.assert_allclose(y[:, 10:], [[0, 0, 1, 1], [1, 0, 0, -1]], rtol=1e-6)


def test_a_model_follows_what_its_layers_learn_later():
    lookup, normal = layers.StringLookup(vocabulary=["a"]), layers.Normalization()
    words, number = tf.keras.Input((1,), dtype="string"), tf.keras.Input((1,))
    model = tf.keras.Model([words, number], [lookup(words), normal(number)])
    data = [np.array([["b"]]), np.array([[3.0]])]
    assert [v.item() for v in model.predict(data, verbose=0)] == [0, 3.0]
    lookup.set_vocabulary(["a", "b"])
    normal.adapt(np.array([[1.0], [5.0]]))
    assert [v.item() for v in model.predict(data, verbose=0)] == [2, 0.0]


def test_on_the_tensors_of_a_graph():
    lookup = layers.StringLookup(vocabulary=["a", "b"])
    texts = tf.placeholder(tf.string, [None])
    places = lookup(texts)
    assert places.dtype == tf.int64 and places.shape.as_list() == [None]
    with tf.Session() as sess:
        assert sess.run(places, {texts: ["b", "a", "c"]}).tolist() == [2, 1, 0]
        assert sess.run(lookup(["b", "z"])).tolist() == [2, 0]


def test_functions_of_ones_own():
    def shout(texts):
        return np.char.upper(texts)

    def by_bars(texts):
        return [text.split("|") for text in texts]

    layer = layers.TextVectorization(standardize=shout, split=by_bars)
    layer.adapt(["a|b b", "a"])
    assert layer.get_vocabulary() == ["", "[UNK]", "A", "B B"]
    assert layer.transform(["b b|a|c"]).tolist() == [[3, 2, 1]]
    config = json.loads(json.dumps(layer.get_config()))
    assert config["split"]["config"] == "by_bars"
    with pytest.raises(ValueError, match="The function standardize of a TextVectorization, 'shout', is not known"):
        layers.TextVectorization.from_config(config)
    with tf.keras.utils.custom_object_scope({"shout": shout, "by_bars": by_bars}):
        again = layers.TextVectorization.from_config(config)
    assert again.standardize is shout and again.split is by_bars
    with pytest.raises(ValueError, match="no name cannot be saved"):
        layers.TextVectorization(split=lambda texts: texts).get_config()


# What is refused.


def test_a_vocabulary_is_no_file(tmp_path):
    path = tmp_path / "vocabulary.txt"
    path.write_text("secret\n")
    for make in (
        lambda: layers.StringLookup(vocabulary=str(path)),
        lambda: layers.IntegerLookup(vocabulary=str(path)),
        lambda: layers.TextVectorization(vocabulary=str(path)),
        lambda: layers.StringLookup.from_config({"name": "x", "vocabulary": str(path)}),
        lambda: layers.StringLookup().set_vocabulary(str(path)),
    ):
        with pytest.raises(ValueError, match="the terms of a vocabulary, not a file"):
            make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.StringLookup(max_tokens=1), "max_tokens above 1, got 1"),
        (lambda: layers.StringLookup(pad_to_max_tokens=True), "max_tokens if pad_to_max_tokens"),
        (lambda: layers.StringLookup(num_oov_indices=-1), "num_oov_indices of at least 0, got -1"),
        (
            lambda: layers.StringLookup(output_mode="both"),
            "one_hot, multi_hot, count, tf_idf as output_mode",
        ),
        (lambda: layers.StringLookup(invert=True, output_mode="count"), "output_mode='int' if invert"),
        (lambda: layers.StringLookup(vocabulary=["a", "a"]), r"there twice: \['a'\]"),
        (lambda: layers.StringLookup(vocabulary=["a", ""], mask_token=""), r"\[''\] is at another place"),
        (lambda: layers.StringLookup(vocabulary=["a", "[UNK]"], invert=True), r"\['\[UNK\]'\] is at another place"),
        (
            lambda: layers.StringLookup(vocabulary=["a", "b", "c"], max_tokens=3),
            "max_tokens=3; with its tokens there are 4",
        ),
        (lambda: layers.StringLookup(vocabulary=[]), "at least one term"),
        (lambda: layers.StringLookup(vocabulary=[1]), "texts as terms, got 1"),
        (lambda: layers.IntegerLookup(vocabulary=["a"]), "whole numbers as terms, got 'a'"),
        (lambda: layers.StringLookup(vocabulary=["a"], output_mode="tf_idf"), "idf_weights for 'tf_idf'"),
        (lambda: layers.StringLookup(idf_weights=[1.0]), "output_mode='tf_idf' if idf_weights are given"),
        (lambda: layers.IntegerLookup(salt=3), "oov_method='farmhash' if there is a salt"),
        (lambda: layers.StringLookup(salt="x"), "an integer or two of them as salt"),
        (lambda: layers.StringLookup(sparse=True), "sparse=True is not in kerasflow"),
        (lambda: layers.StringLookup(vocabulary=["a"]).adapt(["b"]), "it was given its vocabulary"),
        (lambda: layers.StringLookup().adapt(iter([])), "there are no data"),
        (lambda: layers.TextVectorization(ragged=True), "ragged=False"),
        (lambda: layers.TextVectorization(ngrams=0), "positive lengths as ngrams"),
        (lambda: layers.TextVectorization(split="words"), "one of whitespace, character, a function or None as split"),
        (lambda: layers.TextVectorization(output_mode="count", output_sequence_length=3), "if there is an output_seq"),
        (lambda: layers.TextVectorization().adapt([["a", "b"]]), r"one text for each sample, got the shape \(1, 2\)"),
        (lambda: layers.CategoryEncoding(), "positive integer as num_tokens, got None"),
        (lambda: layers.CategoryEncoding(3, "int"), "one of count, one_hot, multi_hot as output_mode"),
        (lambda: layers.CategoryEncoding(3)(np.array([1]), count_weights=np.array([1.0])), "count_weights are for"),
        (lambda: layers.Hashing(0), "positive integer as num_bins"),
        (lambda: layers.Hashing(3, dtype="float32"), "int32 or int64, got dtype='float32'"),
        (lambda: layers.Discretization(), "either bin_boundaries or num_bins; got None and None"),
        (lambda: layers.Discretization([1.0], 3), "either bin_boundaries or num_bins"),
        (lambda: layers.Discretization([2.0, 1.0]), "boundaries that go up"),
        (lambda: layers.Discretization(num_bins=2, epsilon=0.0), "an epsilon between 0 and 1"),
        (lambda: layers.Discretization([1.0]).adapt([1.0]), "was given its boundaries"),
        (lambda: layers.Normalization(mean=1.0), "a mean and a variance of one shape, or neither"),
        (lambda: layers.Normalization(mean=[[1.0]], variance=[[1.0]]), r"of shape \(1, 1\) needs as many axes"),
        (lambda: layers.Normalization(mean=[1.0], variance=[1.0]).adapt(X), "was given its mean and variance"),
        (lambda: layers.Normalization().adapt(np.zeros((0, 3))), "there are no data"),
        (lambda: layers.Normalization(3).adapt(X), r"there is none in the shape \(\?, 3\)"),
        (lambda: layers.Normalization()(tf.keras.Input((None,))), "needs to know the sizes along its axes"),
        (lambda: layers.Normalization().adapt([[1.0, 2.0], [3.0]]), "differ in their lengths"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.StringLookup().adapt([1, 2]), "Expected texts for layer"),
        (lambda: layers.StringLookup().adapt(["a", None]), "got None among them"),
        (lambda: layers.StringLookup().adapt("abc"), "adapts to arrays, lists, data frames"),
        (lambda: layers.Normalization().adapt(["a"]), "Expected numbers for layer"),
        (lambda: layers.IntegerLookup().adapt([1.5]), "Expected whole numbers for layer"),
        (lambda: layers.Normalization().adapt(3), "cannot adapt to 3"),
        (lambda: texts_model().predict([1, 2], verbose=0), "Expected texts for the input"),
        (lambda: texts_model().predict(["a", None], verbose=0), "got None among them"),
    ],
)
def test_data_of_another_kind_are_refused(make, message):
    with pytest.raises(TypeError, match=message):
        make()


def test_in_a_run():
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="no place for terms that are not in its vocabulary, such as 'b'"
    ):
        layers.StringLookup(vocabulary=["a"], num_oov_indices=0).transform(["b"])
    with pytest.raises(tf.errors.InvalidArgumentError, match="must adapt to data before it is used"):
        layers.Discretization(num_bins=3).transform([1.0])
    with pytest.raises(RuntimeError, match="needs its vocabulary before it is called"):
        layers.StringLookup(output_mode="count").transform([["a"]])


def test_data_of_other_shapes_are_refused():
    layer = layers.Normalization()
    layer.adapt(X)
    with pytest.raises(ValueError, match=r"takes the shape \(\?, 3\); it cannot adapt to data of the shape \(40, 2\)"):
        layer.adapt(X[:, :2])


def test_the_number_of_places_is_not_changed_under_other_layers():
    layer = layers.StringLookup(vocabulary=["a", "b"], output_mode="multi_hot")
    with pytest.raises(RuntimeError, match="has 3 places, on which other layers rely"):
        layer.set_vocabulary(["a", "b", "c"])
    layer.set_vocabulary(["c", "d"])
    assert layer.transform([["d"]]).tolist() == [[0, 0, 1]]


def test_what_is_prepared_outside():
    x = tf.placeholder(tf.int32, [None, 2])
    same, other = outside(lambda a: a + 1.5, x, tf.float64), outside(lambda a: a[:, :1].astype(str), x, tf.string, (1,))
    assert (same.dtype, same.shape.as_list()) == (tf.float64, [None, 2])
    assert (other.dtype, other.shape.as_list()) == (tf.string, [None, 1])
    with tf.Session() as sess:
        assert sess.run(same, {x: [[1, 2]]}).tolist() == [[2.5, 3.5]]
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"has the shape \(1, 1\), expected \(1, 2\)"):
            sess.run(outside(lambda a: a[:, :1], x, tf.int32), {x: [[1, 2]]})
    assert tf.gradients(same, tf.cast(x, tf.float64)) == [None]


def test_what_comes_after_is_compiled(any_engine):
    pytest.importorskip("llvmlite")
    tf.config.set_engine("native")
    model = texts_model()
    model.compile("adam", "binary_crossentropy")
    model.fit(["good food"] * 8, np.ones(8), batch_size=8, verbose=0)
    (left,) = [line for line in model.explain().splitlines() if "with the interpreter:" in line]
    assert "1 Prepare (no compiled form)" in left and "shape not known" not in left


@pytest.mark.parametrize("given", [True, False])
def test_moments_are_shown_as_they_broadcast(given):
    x = np.random.default_rng(0).normal(2, 3, size=(20, 5, 3))
    mean, variance = x.mean((0, 1)), x.var((0, 1))
    layer = tf.keras.layers.Normalization(**({"mean": mean, "variance": variance} if given else {}))
    assert layer.mean is None and layer.variance is None
    layer.build(x.shape) if given else layer.adapt(x)
    np.testing.assert_allclose(layer.mean, mean.reshape(1, 1, 3), rtol=1e-6)
    np.testing.assert_allclose(layer.variance, variance.reshape(1, 1, 3), rtol=1e-6)
