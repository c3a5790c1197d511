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
    "town": np.array([["Rome"], ["Oslo"], [""], ["Zürich"]]),
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


def sequences(tf):
    """Columns of sequences: numbers and categories, one for each step and several, and how many steps there are."""
    fc, contrib = tf.feature_column, tf.contrib.feature_column
    at = np.array([[0, 0], [0, 1], [0, 2], [0, 3], [2, 0], [2, 1]], np.int64)
    three = np.array([[0, 0, 0], [0, 0, 2], [0, 1, 0], [2, 0, 1]], np.int64)
    shape, deep = np.array([3, 4], np.int64), np.array([3, 2, 3], np.int64)
    inputs = {
        "x": (at, np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], np.float32), shape),
        "ids": (at[[0, 1, 4]], np.array([3, 0, 2], np.int64), np.array([3, 2], np.int64)),
        "words": (at[[0, 1, 4]], np.array(["a", "?", "c"]), np.array([3, 2], np.int64)),
        "deep": (three, np.array([1, 3, 0, 2], np.int64), deep),
        "deep_x": (three, np.array([1.0, 3.0, 0.5, 2.0], np.float32), deep),
        "dense": np.array([["a", "b"], ["", ""], ["c", ""]]),
    }
    number, pairs = (
        contrib.sequence_numeric_column("x", default_value=-1.0),
        contrib.sequence_numeric_column("x", shape=(2,)),
    )
    ids = contrib.sequence_categorical_column_with_identity("ids", 4)
    words = contrib.sequence_categorical_column_with_vocabulary_list("words", LETTERS)
    dense = contrib.sequence_categorical_column_with_vocabulary_list("dense", LETTERS)
    deep_ids = contrib.sequence_categorical_column_with_identity("deep", 4)
    scaled = contrib.sequence_numeric_column(
        "x", normalizer_fn=lambda x: tf.SparseTensor(x.indices, x.values / 2.0, x.dense_shape)
    )
    cases = {
        "numbers": [number],
        "pairs": [pairs],
        "scaled": [scaled],
        "indicator": [fc.indicator_column(ids)],
        "words": [fc.indicator_column(words), fc.embedding_column(words, 2)],
        "both": [fc.embedding_column(ids, 3), pairs],
        "dense": [fc.embedding_column(dense, 2)],
        "deep": [fc.indicator_column(deep_ids), fc.embedding_column(deep_ids, 2, combiner="sum")],
        "deep numbers": [contrib.sequence_numeric_column("deep_x", shape=(3,))],
    }
    found = {}
    for name, columns in cases.items():
        with tf.Graph().as_default(), tf.Session() as session:
            given = {k: tf.SparseTensor(*v) if isinstance(v, tuple) else tf.constant(v) for k, v in inputs.items()}
            rows, lengths = contrib.sequence_input_layer(given, columns)
            fill(tf, session)
            value, steps = session.run([rows, lengths])
            found[name] = [rows.name, value.tolist(), steps.tolist(), [v.name for v in tf.global_variables()]]
    return found


def old(tf):
    """The columns of `tf.contrib.layers`, in the functions there and in those of `tf.feature_column`."""
    c = tf.contrib.layers
    price, pair = c.real_valued_column("price"), c.real_valued_column("pair", 2)
    whole = c.real_valued_column("whole", dtype=tf.int32, normalizer=lambda x: x * 2)
    words, sparse_words = [c.sparse_column_with_keys(k, LETTERS, combiner="mean") for k in ("words", "sparse_words")]
    file = c.sparse_column_with_vocabulary_file("words", vocabulary("cba"), num_oov_buckets=2, vocab_size=3)
    city, strong = (
        c.sparse_column_with_hash_bucket("town", 6),
        c.sparse_column_with_hash_bucket("town", 9, hash_keys=[[1, 2], [3, 4]]),
    )
    ids = c.sparse_column_with_integerized_feature("ids", 5)
    far = c.sparse_column_with_hash_bucket("far", 7, dtype=tf.int32)
    buckets, pairs = c.bucketized_column(price, [0.0, 0.5, 0.5]), c.bucketized_column(pair, (0.1, 2))
    weighted = c.weighted_sparse_column(words, "counts")
    weighted_2 = c.weighted_sparse_column(sparse_words, "weights")
    crossed, keyed = c.crossed_column([words, city], 20), c.crossed_column([city, words], 20, hash_key=5)
    nested = c.crossed_column([c.crossed_column([sparse_words, far], 50), buckets, pairs], 30, combiner="sqrtn")
    shared = c.shared_embedding_columns([words, c.sparse_column_with_keys("sparse_words", LETTERS)], 2)
    alone = {"price": price, "pair": pair, "whole": whole, "buckets": buckets, "pairs": pairs}
    sparse = {"words": words, "sparse words": sparse_words, "file": file, "city": city, "strong": strong, "ids": ids}
    sparse.update(far=far, weighted=weighted, weighted_2=weighted_2, crossed=crossed, keyed=keyed, nested=nested)

    def summed(*columns, **options):
        def make(f, v, t):
            made, variables, bias = c.weighted_sum_from_feature_columns(f, columns, 2, **options)
            v.update({k.name: list(each) for k, each in variables.items()}, bias=[bias])
            return made

        return make

    def entered(*columns, **options):
        return lambda f, v, t: c.input_from_feature_columns(f, columns, cols_to_outs=t, **options)

    found = {}
    for name, column in alone.items():
        found["input " + name] = result(tf, entered(column), BATCH)
        found["core input " + name] = result(tf, layered(tf, column), BATCH)
        found["sum " + name] = result(tf, summed(column), BATCH)
    for name, column in sparse.items():
        found["sum " + name] = result(tf, summed(column), BATCH)
        found["core sum " + name] = result(tf, linear(tf, column), BATCH)
        found["embedding " + name] = result(tf, entered(c.embedding_column(column, 2)), BATCH)
        if column not in (nested, crossed, keyed, weighted):  # which one-hot rows do not take, or not twice in a row
            found["one hot " + name] = result(tf, entered(c.one_hot_column(column)), BATCH)
    every = [
        pair,
        c.one_hot_column(words),
        price,
        c.embedding_column(crossed, 3, "sum"),
        buckets,
        c.embedding_column(ids, 2),
    ]
    found["input"] = result(tf, entered(*every), BATCH)
    found["input scope"] = result(tf, entered(*every, scope="dnn", trainable=False), BATCH)
    found["shared"] = result(tf, entered(price, *shared), BATCH)
    found["sum"] = result(tf, summed(weighted, pair, nested, crossed, buckets, ids, scope="linear"), BATCH)
    return found


def trained(tf):
    """The losses of a wide and deep model, step by step, and its variables in the end."""
    fc = tf.feature_column
    words = fc.categorical_column_with_vocabulary_list("words", LETTERS, num_oov_buckets=1)
    city, ids = fc.categorical_column_with_hash_bucket("city", 20), fc.categorical_column_with_identity("sparse_ids", 7)
    price, pair = fc.numeric_column("price"), fc.numeric_column("pair", 2)
    buckets = fc.bucketized_column(price, [-1.0, 0.0, 1.0])
    wide = [
        words,
        fc.crossed_column(["city", buckets], 30),
        fc.weighted_categorical_column(ids, "weights"),
        buckets,
        price,
    ]
    shared = fc.shared_embedding_columns([ids, fc.categorical_column_with_identity("day", 7)], 3)
    deep = [price, pair, fc.indicator_column(words), fc.embedding_column(city, 4, max_norm=1.5), *shared]
    with tf.Graph().as_default(), tf.Session() as session:
        given = features(tf, BATCH)
        logits = fc.linear_model(given, wide) + tf.layers.dense(fc.input_layer(given, deep), 1, name="top")
        loss = tf.losses.sigmoid_cross_entropy(np.array([[1.0], [0.0], [1.0], [0.0]]), logits)
        variables = tf.trainable_variables()
        linear = [v for v in variables if v.name.startswith("linear")]
        others = [v for v in variables if not v.name.startswith("linear")]
        ftrl = tf.train.FtrlOptimizer(0.5, l1_regularization_strength=0.01).minimize(loss, var_list=linear)
        adagrad = tf.train.AdagradOptimizer(0.2).minimize(loss, var_list=others)
        session.run(tf.global_variables_initializer())
        session.run(tf.tables_initializer())
        for i, v in enumerate(variables):
            shape = v.shape.as_list()
            start = np.sin(np.arange(np.prod(shape)) * 0.7 + i).reshape(shape) * (v in others)
            v.load(start.astype(np.float32), session)
        losses = [float(session.run([loss, ftrl, adagrad])[0]) for _ in range(6)]
        return {"losses": losses, "variables": {v.name: session.run(v).tolist() for v in variables}}


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


def mistakes(tf):
    """The class of the error that each mistake is, None if it is none."""
    fc = tf.feature_column
    number, city = fc.numeric_column("price"), fc.categorical_column_with_hash_bucket("city", 5)
    day = fc.categorical_column_with_identity("day", 3)
    pair, image = fc.numeric_column("pair", 2), fc.numeric_column("image", (2, 3))
    by_list, by_file = fc.categorical_column_with_vocabulary_list, fc.categorical_column_with_vocabulary_file
    path, weighted = vocabulary("ab"), fc.weighted_categorical_column
    words = by_list("words", LETTERS)
    sequence = fc.sequence_categorical_column_with_identity("day", 3)
    given = dict(BATCH, two=np.zeros((2, 1), np.float32), scalar=np.float32(1), price=BATCH["price"])

    def layer(columns, *names, **others):
        given_ = {k: tf.SparseTensor(*given[k]) if isinstance(given[k], tuple) else given[k] for k in names}
        return run(fc.input_layer(dict(given_, **others), columns))

    def model(columns, *names):
        return run(fc.linear_model({k: given[k] for k in names}, columns))

    def run(t):
        with tf.Session() as session:
            session.run([tf.global_variables_initializer(), tf.tables_initializer()])
            return session.run(t)

    unknown = tf.placeholder_with_default
    tries = {
        "numeric shape": lambda: fc.numeric_column("x", (2, 0)),
        "numeric shape 2": lambda: fc.numeric_column("x", (1.5,)),
        "numeric dtype": lambda: fc.numeric_column("x", dtype=tf.string),
        "numeric key": lambda: fc.numeric_column(3),
        "numeric default": lambda: fc.numeric_column("x", (2,), default_value=[1.0, 2.0, 3.0]),
        "numeric default 2": lambda: fc.numeric_column("x", (2,), default_value=1.5, dtype=tf.int32),
        "numeric default 3": lambda: fc.numeric_column("x", default_value="a"),
        "numeric default 4": lambda: fc.numeric_column("x", default_value=["a"]),
        "numeric function": lambda: fc.numeric_column("x", normalizer_fn=3),
        "buckets source": lambda: fc.bucketized_column(city, [1]),
        "buckets shape": lambda: fc.bucketized_column(image, [1]),
        "buckets none": lambda: fc.bucketized_column(number, []),
        "buckets order": lambda: fc.bucketized_column(number, [2.0, 1.0]),
        "buckets twice": lambda: fc.bucketized_column(number, [1.0, 1.0]),
        "buckets kind": lambda: fc.bucketized_column(number, 3),
        "hash none": lambda: fc.categorical_column_with_hash_bucket("x", None),
        "hash zero": lambda: fc.categorical_column_with_hash_bucket("x", 0),
        "hash dtype": lambda: fc.categorical_column_with_hash_bucket("x", 3, tf.float32),
        "hash key": lambda: fc.categorical_column_with_hash_bucket(None, 3),
        "list empty": lambda: by_list("x", []),
        "list twice": lambda: by_list("x", ["a", "a"]),
        "list floats": lambda: by_list("x", [1.5]),
        "list dtype": lambda: by_list("x", ["a"], dtype=tf.int64),
        "list dtype 2": lambda: by_list("x", [1], dtype=tf.string),
        "list both": lambda: by_list("x", ["a"], default_value=0, num_oov_buckets=1),
        "list negative": lambda: by_list("x", ["a"], num_oov_buckets=-1),
        "list key": lambda: by_list(("x",), ["a"]),
        "file none": lambda: by_file("x", None),
        "file missing": lambda: by_file("x", path + "x"),
        "file size": lambda: by_file("x", path, vocabulary_size=0),
        "file both": lambda: by_file("x", path, num_oov_buckets=1, default_value=0),
        "file negative": lambda: by_file("x", path, num_oov_buckets=-1),
        "file dtype": lambda: by_file("x", path, dtype=tf.float32),
        "file long": lambda: layer(fc.indicator_column(by_file("words", path, 9)), "words"),
        "identity none": lambda: fc.categorical_column_with_identity("x", 0),
        "identity default": lambda: fc.categorical_column_with_identity("x", 3, default_value=3),
        "identity key": lambda: fc.categorical_column_with_identity(3, 3),
        "identity large": lambda: layer(fc.indicator_column(day), "day"),
        "identity large 2": lambda: model(day, "day"),
        "identity words": lambda: layer(fc.indicator_column(day), day=BATCH["words"]),
        "identity floats": lambda: layer(fc.indicator_column(day), day=BATCH["price"]),
        "embedding none": lambda: fc.embedding_column(day, None),
        "embedding zero": lambda: fc.embedding_column(day, 0),
        "embedding file": lambda: fc.embedding_column(day, 2, ckpt_to_load_from="x"),
        "embedding start": lambda: fc.embedding_column(day, 2, initializer=3),
        "embedding combiner": lambda: layer(fc.embedding_column(words, 2, "max"), "words"),
        "shared none": lambda: fc.shared_embedding_columns([day, words], 0),
        "shared kinds": lambda: fc.shared_embedding_columns([day, words], 2),
        "shared sizes": lambda: fc.shared_embedding_columns([day, fc.categorical_column_with_identity("far", 4)], 2),
        "shared columns": lambda: fc.shared_embedding_columns([number], 2),
        "weighted dtype": lambda: weighted(words, "counts", tf.string),
        "weighted type": lambda: layer(fc.indicator_column(weighted(words, "ids")), "words", "ids"),
        "weighted spec": lambda: weighted(words, "words").parse_example_spec,
        "crossed one": lambda: fc.crossed_column(["a"], 3),
        "crossed none": lambda: fc.crossed_column([], 3),
        "crossed buckets": lambda: fc.crossed_column(["a", "b"], 0),
        "crossed kind": lambda: fc.crossed_column(["a", 3], 3),
        "crossed number": lambda: fc.crossed_column(["a", number], 3),
        "crossed hash": lambda: fc.crossed_column(["a", city], 3),
        "crossed weights": lambda: model(
            fc.crossed_column(["city", weighted(words, "counts")], 3), "words", "counts", "city"
        ),
        "crossed floats": lambda: layer(fc.indicator_column(fc.crossed_column(["city", "price"], 3)), "city", "price"),
        "layer none": lambda: layer([], "price"),
        "layer dict": lambda: layer({"a": number}, "price"),
        "layer kind": lambda: layer(["price"], "price"),
        "layer categories": lambda: layer([city], "city"),
        "layer twice": lambda: layer([number, fc.numeric_column("price", 1)], "price"),
        "layer missing": lambda: layer([number]),
        "layer scalar": lambda: layer([fc.numeric_column("scalar")], "scalar"),
        "layer scalar 2": lambda: layer([number], price=unknown(np.float32(1), None)),
        "layer batch": lambda: layer([number, fc.numeric_column("two")], "price", "two"),
        "layer batch 2": lambda: layer([number, pair], "price", pair=unknown(np.zeros((2, 2), np.float32), [None, 2])),
        "layer sparse": lambda: layer([fc.numeric_column("weights")], "weights"),
        "layer sequence": lambda: layer([fc.indicator_column(sequence)], "day"),
        "layer sequence 2": lambda: layer([fc.embedding_column(sequence, 2)], "day"),
        "layer string": lambda: layer([fc.numeric_column("city")], "city"),
        "hash of numbers": lambda: layer(fc.indicator_column(city), city=BATCH["day"]),
        "hash of floats": lambda: layer(fc.indicator_column(city), city=BATCH["price"]),
        "list of numbers": lambda: layer(fc.indicator_column(words), words=BATCH["day"]),
        "width": lambda: layer([number], price=BATCH["pair"]),
        "model none": lambda: model([], "price"),
        "model twice": lambda: model([number, number], "price"),
        "model kind": lambda: model([3], "price"),
        "model combiner": lambda: fc.linear_model({"words": BATCH["words"]}, words, sparse_combiner="max"),
        "spec kind": lambda: fc.make_parse_example_spec(["x"]),
        "spec two": lambda: fc.make_parse_example_spec([number, fc.numeric_column("price", 2)]),
    }
    found = {}
    for name, attempt in tries.items():
        with tf.Graph().as_default():
            try:
                attempt()
                found[name] = None
            except Exception as e:  # what it is, is the answer
                found[name] = type(e).__name__
    return found
