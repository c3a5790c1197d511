"""Losses and metrics of the graph API on some batches: programs for TensorFlow and for kerasflow."""

import numpy as np

RNG = np.random.RandomState(5)
Y, P = RNG.rand(4, 3).astype(np.float32), RNG.rand(4, 3).astype(np.float32)
HOT = np.eye(3, dtype=np.float32)[[0, 2, 1, 1]]
LOGITS = RNG.randn(4, 3).astype(np.float32)
W = {
    "none": 1.0,
    "two": 2.0,
    "rows": np.array([[1.0], [0.0], [2.0], [0.5]], np.float32),
    "all": np.array([[1, 0, 2], [0, 0, 0], [3, 1, 1], [0.5, 2, 0]], np.float32),
    "zero": np.zeros((4, 1), np.float32),
}
REDUCTIONS = ("SUM_BY_NONZERO_WEIGHTS", "SUM", "MEAN", "SUM_OVER_BATCH_SIZE", "NONE")
ARGUMENTS = {
    "absolute_difference": (Y, P),
    "mean_squared_error": (Y, P),
    "huber_loss": (Y * 3, P),
    "log_loss": (HOT, P),
    "hinge_loss": (HOT, LOGITS),
    "sigmoid_cross_entropy": (HOT, LOGITS),
}


def losses(tf):
    """Each loss with each weight and reduction: name of the result, and numbers."""
    found = {}

    def add(key, make):
        with tf.Graph().as_default(), tf.Session() as session:
            t = make()
            total = tf.losses.get_total_loss() if t.shape.ndims == 0 else tf.constant(0.0)
            found[key] = [t.name, np.ravel(session.run(t)).tolist(), float(session.run(total))]

    for name, pair in ARGUMENTS.items():
        for weight, w in W.items():
            for r in REDUCTIONS:
                kind = getattr(tf.losses.Reduction, r)
                make = getattr(tf.losses, name)
                add(f"{name} {weight} {r}", lambda m=make, p=pair, w=w, k=kind: m(*p, weights=w, reduction=k))
    vector = np.array([1.0, 0.0, 2.0, 0.5], np.float32)
    add("huber_loss delta", lambda: tf.losses.huber_loss(Y * 3, P, delta=0.3))
    add("log_loss epsilon", lambda: tf.losses.log_loss(HOT, P, epsilon=0.1))
    add("cosine", lambda: tf.losses.cosine_distance(Y, P, axis=1, weights=W["rows"]))
    add("softmax", lambda: tf.losses.softmax_cross_entropy(HOT, LOGITS, weights=vector))
    add("softmax smooth", lambda: tf.losses.softmax_cross_entropy(HOT, LOGITS, label_smoothing=0.2))
    add("sigmoid smooth", lambda: tf.losses.sigmoid_cross_entropy(HOT, LOGITS, label_smoothing=0.2))
    add("sparse", lambda: tf.losses.sparse_softmax_cross_entropy([0, 2, 1, 1], LOGITS, weights=vector))
    add("sparse column", lambda: tf.losses.sparse_softmax_cross_entropy([[0], [2], [1], [1]], LOGITS))
    add("pairwise", lambda: tf.losses.mean_pairwise_squared_error(Y, P))
    add("pairwise weights", lambda: tf.losses.mean_pairwise_squared_error(Y, P, weights=W["rows"]))
    add("scoped", lambda: tf.losses.mean_squared_error(Y, P, scope="mine"))
    add("integers", lambda: tf.losses.compute_weighted_loss(np.array([1, 2, 6], np.int32), 0.5))
    return found


BATCHES = [(RNG.randint(0, 2, 6), RNG.rand(6).astype(np.float32), RNG.rand(6).astype(np.float32)) for _ in range(3)]
CLASSES = [(RNG.randint(0, 3, 6), RNG.randint(0, 3, 6), RNG.rand(6).astype(np.float32)) for _ in range(3)]
VECTORS = [tuple(RNG.rand(2, 4).astype(np.float32) for _ in range(3)) for _ in range(3)]


def metrics(tf):
    """Each metric over three batches: the values after each, the one at the end, and the names of its variables."""
    found = {}

    def add(key, batches, make):
        with tf.Graph().as_default(), tf.Session() as session:
            inputs = [tf.placeholder(tf.as_dtype(a.dtype), [None] * (a.ndim - 1) + [a.shape[-1]]) for a in batches[0]]
            value, update = make(*inputs)
            session.run(tf.local_variables_initializer())
            updates = [np.ravel(session.run(update, {inputs[k]: a for k, a in enumerate(b)})).tolist() for b in batches]
            names = [v.name for v in tf.local_variables()]
            found[key] = [updates, np.ravel(session.run(value)).tolist(), names, value.name, update.name]

    m = tf.metrics
    for weighed in (False, True):
        end = " weighed" if weighed else ""

        def w(x, use=weighed):
            return x if use else None

        add("mean" + end, BATCHES, lambda y, p, x: m.mean(p, w(x)))
        add("accuracy" + end, CLASSES, lambda y, p, x: m.accuracy(y, p, w(x)))
        for name in ("mean_absolute_error", "mean_squared_error", "root_mean_squared_error"):
            add(name + end, VECTORS, lambda y, p, x, n=name: getattr(m, n)(y, p, w(x)))
        add("percentage_below" + end, BATCHES, lambda y, p, x: m.percentage_below(p, 0.4, w(x)))
        add("mean_tensor" + end, BATCHES, lambda y, p, x: m.mean_tensor(p, w(x)))
        for name in ("true_positives", "false_positives", "true_negatives", "false_negatives", "precision", "recall"):
            add(name + end, BATCHES, lambda y, p, x, n=name: getattr(m, n)(y, tf.greater(p, 0.5), w(x)))
        for name in ("precision_at_thresholds", "recall_at_thresholds"):
            add(name + end, BATCHES, lambda y, p, x, n=name: getattr(m, n)(y, p, [0.2, 0.5, 0.9], w(x)))
        for curve in ("ROC", "PR"):
            for method in ("trapezoidal", "minoring", "majoring"):
                arguments = {"curve": curve, "summation_method": method, "num_thresholds": 11}
                key = f"auc {curve} {method}{end}"
                add(key, BATCHES, lambda y, p, x, a=arguments: m.auc(y, p, w(x), **a))
        add("sensitivity" + end, BATCHES, lambda y, p, x: m.sensitivity_at_specificity(y, p, 0.6, w(x)))
        add("specificity" + end, BATCHES, lambda y, p, x: m.specificity_at_sensitivity(y, p, 0.6, w(x)))
        add("per class" + end, CLASSES, lambda y, p, x: m.mean_per_class_accuracy(y, p, 4, w(x)))
        add("iou" + end, CLASSES, lambda y, p, x: m.mean_iou(y, p, 4, w(x)))
    add("relative", VECTORS, lambda y, p, x: m.mean_relative_error(y, p, x))
    add("cosine", VECTORS, lambda y, p, x: m.mean_cosine_distance(y, p, 1))
    return found
