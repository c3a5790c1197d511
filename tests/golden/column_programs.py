"""Feature columns on a batch of four examples: programs for TensorFlow and for kerasflow."""

import os
import tempfile

import numpy as np

# Some rows of the sparse features are empty, a word is unknown, weights have all signs.
AT, SHAPE = np.array([[0, 0], [0, 1], [2, 0], [2, 2], [3, 1]], np.int64), np.array([4, 3], np.int64)
BATCH = {
    "price": np.array([[0.5], [-2.0], [3.25], [0.0]], np.float32),
    "pair": np.array([[1.0, 2.0], [0.0, -1.0], [4.5, 0.1], [2.0, 2.0]], np.float32),
    "whole": np.array([3, -1, 0, 12], np.int32),
    "image": np.arange(24, dtype=np.float64).reshape(4, 2, 3),
    "words": np.array([["a", "zz"], ["", "b"], ["c", "c"], ["", ""]]),
    "city": np.array(["Rome", "Oslo", "a name of more than sixteen bytes", "Zürich"]),
    "long": np.array([["x" * n] for n in (1, 33, 64, 130)]),
    "day": np.array([[3], [0], [-1], [6]], np.int64),
    "far": np.array([[3], [9], [-7], [-1]], np.int32),
    "ids": np.array([[5, 3], [-1, 3], [2**40, 7], [-1, -1]], np.int64),
    "counts": np.array([[2.0, 0.5], [0.0, 1.5], [1.0, 3.0], [0.0, 0.0]], np.float32),
    "cube": np.array([[["a", "b"], ["", ""]], [["", "c"], ["a", "a"]], [["", ""], ["", ""]], [["b", ""], ["c", ""]]]),
    "sparse_words": (AT, np.array(["b", "a", "?", "c", "c"]), SHAPE),
    "sparse_ids": (AT, np.array([1, 6, 0, 3, 3], np.int64), SHAPE),
    "weights": (AT, np.array([0.5, -1.0, 2.0, 0.0, 4.0], np.float32), SHAPE),
    "int_weights": (AT, np.array([1, -1, 2, 0, 4], np.int32), SHAPE),
}
LETTERS = ["a", "b", "c"]


def vocabulary(lines):
    path = os.path.join(tempfile.mkdtemp(), "vocabulary.txt")
    with open(path, "w", encoding="utf-8") as f:
        f.write("".join(f"{line}\n" for line in lines))
    return path


def features(tf, names):
    """Tensors of the batch, whose values are not known before they are run."""

    def fed(x):
        return tf.placeholder_with_default(x, np.shape(x))

    return {k: tf.SparseTensor(*map(fed, BATCH[k])) if isinstance(BATCH[k], tuple) else fed(BATCH[k]) for k in names}


def numeric(tf):
    """Dense columns by what they show, each with the names of its features."""
    fc = tf.feature_column
    price = fc.numeric_column("price")
    pair = fc.numeric_column("pair", shape=(2,))
    return {
        "number": (["price"], price),
        "pair": (["pair"], pair),
        "whole": (["whole"], fc.numeric_column("whole", dtype=tf.int32)),
        "image": (["image"], fc.numeric_column("image", shape=[2, 3], dtype=tf.float64)),
        "normal": (["price"], fc.numeric_column("price", normalizer_fn=lambda x: (x - 1.0) / 2.0)),
        "buckets": (["price"], fc.bucketized_column(price, [-2.0, 0.0, 0.5])),
        "pairs": (["pair"], fc.bucketized_column(pair, (0.1, 2))),
    }


def categorical(tf):
    """Columns of categories by what they show, each with the names of its features."""
    fc = tf.feature_column
    words = fc.categorical_column_with_vocabulary_list("words", LETTERS)
    sparse_words = fc.categorical_column_with_vocabulary_list("sparse_words", LETTERS)
    sparse_ids = fc.categorical_column_with_identity("sparse_ids", 7)
    day = fc.categorical_column_with_identity("day", 7)
    buckets = fc.bucketized_column(fc.numeric_column("price"), [-1.0, 0.5])
    crossed = fc.crossed_column(["city", "words"], 50)
    from_file = fc.categorical_column_with_vocabulary_file
    return {
        "words": (["words"], words),
        "words 2": (["words"], fc.categorical_column_with_vocabulary_list("words", LETTERS, default_value=1)),
        "words 3": (["words"], fc.categorical_column_with_vocabulary_list("words", LETTERS, num_oov_buckets=4)),
        "file": (["words"], from_file("words", vocabulary("cba"), num_oov_buckets=2)),
        "file 2": (["words"], from_file("words", vocabulary("cba"), vocabulary_size=2, default_value=1)),
        "numbers": (["ids"], fc.categorical_column_with_vocabulary_list("ids", [3, 5, 7], num_oov_buckets=3)),
        "numbers 2": (["far"], fc.categorical_column_with_vocabulary_list("far", [3, 9], dtype=tf.int64)),
        "lines": (["ids"], from_file("ids", vocabulary([7, 5]), dtype=tf.int64)),
        "hash": (["city"], fc.categorical_column_with_hash_bucket("city", 4)),
        "hash 2": (["long"], fc.categorical_column_with_hash_bucket("long", 20)),
        "hash 3": (["ids"], fc.categorical_column_with_hash_bucket("ids", 30, tf.int64)),
        "hash 4": (["far"], fc.categorical_column_with_hash_bucket("far", 10, tf.int32)),
        "identity": (["day"], day),
        "default": (["far"], fc.categorical_column_with_identity("far", 4, default_value=2)),
        "sparse": (["sparse_words"], sparse_words),
        "sparse 2": (["sparse_ids"], sparse_ids),
        "buckets": (["price"], buckets),
        "weighted": (["words", "counts"], fc.weighted_categorical_column(words, "counts")),
        "weighted 2": (["sparse_ids", "weights"], fc.weighted_categorical_column(sparse_ids, "weights")),
        "weighted 3": (
            ["sparse_words", "int_weights"],
            fc.weighted_categorical_column(sparse_words, "int_weights", tf.int32),
        ),
        "crossed": (["city", "words"], crossed),
        "crossed 2": (["city", "words", "price", "day"], fc.crossed_column([crossed, buckets, day], 40, hash_key=7)),
        "crossed 3": (["ids", "words"], fc.crossed_column(["ids", words], 30)),
        "crossed 4": (["sparse_words", "sparse_ids"], fc.crossed_column(["sparse_words", sparse_ids], 30)),
    }


def fill(tf, session):
    """Give the variables numbers, each other ones; TensorFlow's names say which."""
    session.run(tf.tables_initializer())
    for i, v in enumerate(sorted(tf.global_variables(), key=lambda v: v.name)):
        shape = v.shape.as_list()
        v.load(np.sin(np.arange(np.prod(shape)) * 0.7 + i).reshape(shape).astype(np.float32), session)


def result(tf, make, names):
    """What a program makes: names and shapes, numbers, and the gradients of the sum of their squares."""
    with tf.Graph().as_default(), tf.Session() as session:
        to_vars, to_outputs = {}, {}
        made = make(features(tf, names), to_vars, to_outputs)
        variables = tf.global_variables()
        fill(tf, session)
        grads = tf.gradients(tf.reduce_sum(tf.square(made)), variables)
        there = [tf.convert_to_tensor(g) for g in grads if g is not None]
        value, slopes = session.run([made, there])
        return {
            "name": made.name,
            "shape": made.shape.as_list(),
            "value": value.tolist(),
            "variables": [[v.name, v.shape.as_list()] for v in variables],
            "trainable": [v.name for v in tf.trainable_variables()],
            "model": [v.name for v in tf.get_collection(tf.GraphKeys.MODEL_VARIABLES)],
            "used": [g is not None for g in grads],
            "gradients": [g.tolist() for g in slopes],
            "to_vars": sorted([getattr(c, "name", c), [v.name for v in vs]] for c, vs in to_vars.items()),
            "to_outputs": sorted([c.name, t.name] for c, t in to_outputs.items()),
        }


def layered(tf, *columns, **options):
    return lambda f, v, t: tf.feature_column.input_layer(
        f, columns, cols_to_vars=v, cols_to_output_tensors=t, **options
    )


def linear(tf, *columns, **options):
    return lambda f, v, t: tf.feature_column.linear_model(f, columns, cols_to_vars=v, **options)


def alone(tf):
    """Each column by itself, in each way it can be used."""
    fc = tf.feature_column
    found = {}
    for name, (needs, column) in numeric(tf).items():
        found["input_layer " + name] = result(tf, layered(tf, column), needs)
        found["linear_model " + name] = result(tf, linear(tf, column, units=2), needs)
    for name, (needs, column) in categorical(tf).items():
        found["indicator " + name] = result(tf, layered(tf, fc.indicator_column(column)), needs)
        found["embedding " + name] = result(tf, layered(tf, fc.embedding_column(column, 2)), needs)
        found["categories " + name] = result(tf, linear(tf, column, units=2), needs)
        for how in ("mean", "sqrtn") if "weighted" in name or name == "words" else ():
            key = f"categories {how} {name}"
            found[key] = result(tf, linear(tf, column, units=2, sparse_combiner=how), needs)
            embedded = fc.embedding_column(column, 2, combiner={"mean": "sum"}.get(how, how), max_norm=0.9)
            found[f"embedding {how} {name}"] = result(tf, layered(tf, embedded), needs)
    return found


def together(tf):
    """Several columns, in one function and in several, in scopes, with the arguments that functions have."""
    fc = tf.feature_column
    needs = ["price", "pair", "words", "ids", "day", "sparse_ids"]
    price, pair = fc.numeric_column("price"), fc.numeric_column("pair", shape=2)
    words = fc.categorical_column_with_vocabulary_list("words", LETTERS)
    day, ids = [fc.categorical_column_with_identity(k, 7) for k in ("day", "sparse_ids")]
    crossed = fc.crossed_column(["words", "ids"], 10)
    buckets = fc.bucketized_column(price, [0.0, 1.0])
    still = fc.embedding_column(ids, 3, trainable=False)
    shared = fc.shared_embedding_columns([ids, day], 2, combiner="sum")
    weighed = fc.weighted_categorical_column(ids, "weights")
    named = fc.shared_embedding_columns([weighed, day], 2, shared_embedding_collection_name="days")
    every = [pair, fc.indicator_column(words), price, fc.embedding_column(crossed, 2), buckets, still]

    def twice(function, *columns):
        def make(f, v, t):
            function(tf, *columns)(f, {}, {})
            with tf.variable_scope("inner"):
                function(tf, *columns)(f, {}, {})
                return function(tf, *columns)(f, v, t)

        return make

    def reused(f, v, t):
        with tf.variable_scope("net"):
            first = layered(tf, *every)(f, {}, {})
        with tf.variable_scope("net", reuse=True):
            return first + layered(tf, *every)(f, v, t)

    def collected(f, v, t):
        made = layered(tf, *every, weight_collections=["mine"], trainable=False)(f, v, t)
        return made + len(tf.get_collection("mine"))

    return {
        "input_layer": result(tf, layered(tf, *every), needs),
        "input_layer twice": result(tf, twice(layered, *every), needs),
        "input_layer reused": result(tf, reused, needs),
        "input_layer collected": result(tf, collected, needs),
        "linear_model": result(tf, linear(tf, words, pair, crossed, buckets, price, still), needs),
        "linear_model twice": result(tf, twice(linear, words, price, buckets), needs),
        "linear_model still": result(tf, linear(tf, words, price, trainable=False), needs),
        "shared": result(tf, layered(tf, *shared), needs),
        "shared twice": result(tf, twice(layered, *shared), needs),
        "shared linear": result(tf, linear(tf, *shared, units=2), needs),
        "shared named": result(tf, layered(tf, *named, price), [*needs, "weights"]),
        "one": result(tf, lambda f, v, t: fc.input_layer(f, price), needs),
        "generator": result(tf, lambda f, v, t: fc.linear_model(f, (c for c in [price, words])), needs),
    }


def described(tf):
    """Names, specs and texts of columns."""
    fc = tf.feature_column
    columns = [c for _, c in [*numeric(tf).values(), *categorical(tf).values()]]
    columns += [fc.indicator_column(c) for _, c in categorical(tf).values()]
    columns += fc.shared_embedding_columns([fc.categorical_column_with_identity(k, 3) for k in "ba"], 4)
    columns.append(fc.embedding_column(fc.categorical_column_with_identity("a", 3), 4))
    columns.append(fc.numeric_column("price", (2, 1), default_value=[[1.0], [2]]))
    columns.append(fc.numeric_column("price", (2,), default_value=3, dtype=tf.int64))
    columns.append(fc.numeric_column("price", 2, default_value=np.array([1.5, 2])))
    columns.append(fc.sequence_numeric_column("price", 2))
    columns.append(fc.sequence_categorical_column_with_hash_bucket("words", 3))
    found = []
    for c in columns:
        spec = c.parse_example_spec if hasattr(c, "parse_example_spec") else fc.make_parse_example_spec([c])
        spec = sorted([k, repr(v)] for k, v in spec.items())
        rest = [type(c).__name__.lstrip("_"), list(c._fields)]
        dims = getattr(c, "variable_shape", getattr(c, "_variable_shape", None))
        rest.append(None if dims is None else [int(n) for n in dims])
        found.append([c.name, spec, *rest, getattr(c, "num_buckets", None)])
    return {"columns": found, "texts": [repr(c) for _, c in [*numeric(tf).values()][:4]]}
