"""Cases for what features of categories go through: `bucketing`, `categories`, `crossing`, `safe_embeddings`."""

import itertools

import numpy as np

import kerasflow as tf
from kerasflow.core.graph import apply
from kerasflow.core.ops import bucketize, checked_categories
from tests.core.ops.harness import NOTHING, VALUE, Case

LIMITS = (-1.5, 0.0, 0.1, 2.0)
# On boundaries, beside them (0.1 is rounded to single precision), far out, and nowhere.
X = np.array([[-2.0, -1.5, -1.0, 0.0], [0.1, float(np.float32(0.1)), 2.0, 1e30], [-np.inf, np.inf, np.nan, 0.05]])
MANY = tuple(np.linspace(-3, 3, 40).astype(np.float32).tolist())


def reached(limits):
    rounded = [float(np.float32(limit)) for limit in limits]
    return lambda x: np.array([[sum(not v < r for r in rounded) for v in row] for row in x.tolist()], np.int32)


AT = np.array([[0, 0], [0, 1], [2, 0]], np.int64)
WORDS = np.array([b"a", b"b", b"c"], object)
NUMBERS = np.array([5, -1, 7], np.int64)
SHAPE_ = np.array([3, 2], np.int64)
TEXT = np.array([[b"x", b"yy"], [b"", b"w"], [b"p" * 20, b"q" * 70]], object)
DIGITS = np.array([[1, 2, 3], [4, 5, 6], [7, 8, -9]], np.int32)


def listed(s):
    return [s.indices, s.values, s.dense_shape]


def combined(*features):
    """What crosses are by definition: the product of the values in each row, the last changing fastest."""
    rows = list(zip(*features, strict=True))
    made = [
        [b"_X_".join(b"%d" % v if isinstance(v, int) else v for v in c) for c in itertools.product(*r)] for r in rows
    ]
    at = [(i, j) for i, row in enumerate(made) for j in range(len(row))]
    values = np.array([v for row in made for v in row], object)
    return [np.array(at, np.int64).reshape(-1, 2), values, np.array([len(rows), max(map(len, made))], np.int64)]


def in_rows(at, values):
    return [[v for (i, _), v in zip(at.tolist(), values.tolist(), strict=True) if i == row] for row in range(3)]


def hashed(*tensors):
    at, words, dims, text = tensors
    return listed(tf.sparse.cross_hashed([text, tf.SparseTensor(at, words, dims)], num_buckets=1000))


def buckets(at, words, dims, text):
    """What TensorFlow 1.15 gives."""
    where, _, shape = combined(in_rows(at, words), text.tolist())
    return [where, np.array([892, 757, 4, 984, 203, 547]), shape]


# Bags of ids: two of three axes name the bag; some are empty, some ids do not count, one is there twice in a bag.
PLACES = np.array([[0, 0, 0], [0, 0, 2], [0, 0, 3], [0, 2, 0], [1, 1, 0], [1, 1, 1]], np.int64)
IDS, FAR_IDS = np.array([4, 1, 4, -1, 0, 4], np.int64), np.array([4, 10**9, 4, -1, 0, 4], np.int64)
DIMS = np.array([2, 3, 4], np.int64)
COMBINED = {"sum": lambda n: 1.0, "mean": lambda n: 1 / n, "sqrtn": lambda n: n**-0.5}


def bags(combiner, places=PLACES, dims=DIMS):
    def build(at, ids):
        return list(apply("Bags", at, ids, tf.constant(dims), combiner=combiner, dtype=tf.float64))

    def reference(at, ids):
        bag = [np.ravel_multi_index(row[:-1], dims[:-1]) for row in at.tolist()]
        known = [(b, i) for b, i in zip(bag, ids.tolist(), strict=True) if i >= 0]
        different = sorted({i for _, i in known})
        sizes = [sum(other == b for other, _ in known) for b, _ in known]
        where = np.array([b for b, _ in known], np.int64)
        places_ = np.array([different.index(i) for _, i in known], np.int64)
        factors = np.array([COMBINED[combiner](n) for n in sizes], np.float64)
        return [np.array(different, ids.dtype), where, places_, factors, np.int64(len(different))]

    return build, reference


def bag_sums(rows, source, target, factor, count, back):
    total = np.zeros((int(count), rows.shape[1]), rows.dtype)
    for s, t, f in zip(source, target, factor, strict=True):
        total[t] += f * rows[s]
    return total


def weighed(*tensors):
    return apply("BagSums", *tensors, weighs=True)


def there(x, missing):
    at = np.argwhere(x != missing)
    return [at, x[tuple(at.T)]]


ROWS = np.random.default_rng(3).normal(size=(3, 4))
SOURCE, FACTOR = np.array([2, 0, 2, 1, 1]), np.array([0.5, -1.0, 2.0, 1.0, 0.25])
SIZES = (np.int64(5), np.int64(3))
EITHER = {"differentiable": False, "shape_from": NOTHING, "knows": NOTHING}
CASES = {
    "Bags": [
        *[Case(*bags(c)[:1], (PLACES, IDS), bags(c)[1], False, shape_from=NOTHING) for c in COMBINED],
        Case(bags("mean")[0], (PLACES, FAR_IDS), bags("mean")[1], False, shape_from=NOTHING),
        Case(bags("sum")[0], (PLACES[:0], IDS[:0]), bags("sum")[1], False, shape_from=NOTHING),
        Case(
            bags("sqrtn", None, np.array([3, 2]))[0],
            (AT, NUMBERS.astype(np.int32)),
            bags("sqrtn", None, np.array([3, 2]))[1],
            False,
            shape_from=NOTHING,
        ),
    ],
    "BagSums": [
        Case(weighed, (ROWS, SOURCE, np.array(target), FACTOR, *SIZES), bag_sums, (0,), shape_from=VALUE)
        for target in ([0, 0, 3, 4, 4], [4, 1, 4, 0, 2], [0, 1, 2, 3, 4])
    ]
    + [
        Case(
            weighed, (ROWS[:, :1], SOURCE, np.array([4, 1, 4, 0, 2]), FACTOR, *SIZES), bag_sums, (0,), shape_from=VALUE
        ),
        Case(
            lambda *t: apply("BagSums", *t, weighs=False),
            (ROWS, SOURCE, np.array([4, 1, 4, 0, 2]), np.ones(5), *SIZES),
            bag_sums,
            (0,),
            shape_from=VALUE,
        ),
    ],
    "CheckedCategories": [
        Case(lambda x: checked_categories(x, 5, "x"), (x,), lambda x: x, False)
        for x in (DIMS, np.array([[0, 4]], np.int32))
    ],
    "DenseToSparse": [
        Case(
            lambda x: list(apply("DenseToSparse", x, tf.constant(-1))),
            (np.array([[3, -1], [0, 4]], np.int32),),
            lambda x: there(x, -1),
            False,
            shape_from=NOTHING,
        ),
        Case(
            lambda x: list(apply("DenseToSparse", x, tf.constant(""))),
            (TEXT,),
            lambda x: there(x, b""),
            False,
            shape_from=NOTHING,
        ),
        Case(
            lambda x: list(apply("DenseToSparse", x, tf.zeros([], x.dtype))),
            (ROWS,),
            lambda x: there(x, 9.0),
            shape_from=NOTHING,
        ),
        Case(
            lambda x: list(apply("DenseToSparse", x, tf.zeros([], x.dtype))),
            (np.array([[0.5, 0.0], [0.0, 2.0]]),),
            lambda x: there(x, 0.0),
            False,
            shape_from=NOTHING,
        ),
    ],
    "Bucketize": [
        Case(lambda x: bucketize(x, LIMITS), (X,), reached(LIMITS), False),
        Case(lambda x: bucketize(x, MANY), (np.linspace(-4.0, 4.0, 12).reshape(3, 4),), reached(MANY), False),
        Case(lambda x: bucketize(x, (2, 5)), (np.array([[1, 2, 3, 5, 9]]),), reached((2, 5)), False),
    ],
    "SparseCross": [
        Case(
            lambda at, v, d, text, n: listed(tf.sparse.cross([n, tf.SparseTensor(at, v, d), text])),
            (AT, NUMBERS, SHAPE_, TEXT, DIGITS),
            lambda at, v, d, text, n: combined(in_rows(at, v), n.tolist(), text.tolist()),
            **EITHER,
        ),
        Case(
            lambda text, n: listed(tf.sparse.cross([text, n])),
            (TEXT[:, :1], DIGITS[:, 1:2]),
            lambda text, n: combined(text.tolist(), n.tolist()),
            **EITHER,
        ),
        Case(hashed, (AT, WORDS, SHAPE_, TEXT), buckets, **EITHER),
        Case(
            lambda text: listed(tf.sparse.cross([text])),
            (TEXT[:0],),
            lambda t: [np.zeros((0, 2), np.int64), np.zeros(0, object), np.array([0, 0])],
            **EITHER,
        ),
    ],
}
