"""Metrics between graphs and arrays: where an update runs, what a result is, and metrics of one's own."""

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest

import kerasflow as tf

metrics = tf.keras.metrics


class Largest(metrics.Metric):
    """Written as for Keras: it assigns, and returns nothing."""

    def __init__(self, name="largest", **kwargs):
        super().__init__(name=name, **kwargs)
        self.largest = self.add_weight("largest", initializer="zeros")
        self.seen = self.add_weight(name="seen", shape=(), initializer="zeros", dtype="int64")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.largest.assign(tf.maximum(self.largest, tf.cast(tf.reduce_max(y_pred), tf.float64)))
        self.seen.assign_add(tf.shape(y_pred)[0])
        self.seen.assign_sub(0)

    def result(self):
        return self.largest


class Harmonic(metrics.Metric):
    """Made of other metrics."""

    def __init__(self, name="harmonic"):
        super().__init__(name)
        self.precision = metrics.Precision()
        self.recalls = [metrics.Recall()]

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.precision.update_state(y_true, y_pred, sample_weight)
        for recall in self.recalls:
            recall.update_state(y_true, y_pred, sample_weight)

    def result(self):
        p, r = self.precision.result(), self.recalls[0].result()
        return 2.0 * p * r / (p + r)


def pair(shape=(None,)):
    return tf.placeholder(tf.float32, shape), tf.placeholder(tf.float32, shape)


def test_tensors_make_one_operation_and_a_tensor():
    y, p = pair()
    metric = metrics.MeanAbsoluteError()
    update, result = metric.update_state(y, p), metric.result()
    assert isinstance(update, tf.Operation) and isinstance(result, tf.Tensor) and result.dtype is tf.float64
    with tf.Session() as sess:
        assert sess.run(result) == 0.0
        sess.run(update, {y: [0.0, 1.0], p: [0.5, 1.0]})
        sess.run(update, {y: [2.0], p: [3.0]})
        assert sess.run(result) == 0.5
        metric.reset_state()
        assert sess.run(result) == 0.0


def test_the_result_comes_after_the_update_of_the_same_run():
    y, p = pair()
    metric = metrics.MeanAbsoluteError()
    both = [metric.update_state(y, p), metric.result()]
    assert tf.Session().run(both, {y: [0.0], p: [3.0]}) == [None, 3.0]
    together = metric(y, p)
    assert tf.Session().run(together, {y: [0.0], p: [5.0]}) == 4.0


def test_arrays_are_added_at_once_and_leave_nothing_behind():
    before = tf.get_default_graph().size
    metric = metrics.MeanAbsoluteError()
    assert metric.update_state([0.0, 1.0], [0.5, 1.0]) is None
    metric.update_state(np.array([2], np.int8), np.array([[3.0]], np.float32), sample_weight=np.array([2.0]))
    assert metric.result() == (0.5 + 2.0) / 4 and type(metric.result()) is np.float64
    assert metric([0.0], [0.1]) == pytest.approx(2.6 / 5, rel=1e-15)  # lists of floats are doubles
    assert tf.get_default_graph().size == before and not tf.local_variables()


def test_the_state_is_one_wherever_it_is_added_to():
    metric = metrics.MeanAbsoluteError()
    graphs = [tf.Graph(), tf.Graph()]
    for graph, error in zip(graphs, (1.0, 5.0), strict=True):
        with graph.as_default():
            update = metric.update_state(tf.constant([0.0]), tf.constant([error]))
        tf.Session(graph=graph).run(update)
    metric.update_state([0.0], [3.0])
    assert metric.result() == 3.0
    with graphs[0].as_default():
        assert tf.Session().run(metric.result()) == 3.0
        assert metric.result().graph is graphs[0]


def test_the_state_is_local_and_named_after_the_metric():
    y, p = pair()
    metric = metrics.MeanSquaredError(name="my error")
    update = metric.update_state(y, p)
    assert [v.op.name for v in tf.local_variables()] == ["my_error/count", "my_error/total"]
    assert not tf.global_variables() and not tf.trainable_variables()
    assert update.name == "my_error/group_deps"
    assert [w.name for w in metric.weights] == [
        "my_error/total",
        "my_error/count",
    ] and metric.variables == metric.weights


def test_graphs_are_not_held():
    metric, other = metrics.AUC(), Harmonic()
    dead = []
    for _ in range(3):
        graph = tf.Graph()
        with graph.as_default():
            y, p = pair()
            metric.update_state(y, p), metric.result(), other.update_state(y, p), other.result()
        dead.append(weakref.ref(graph))
        del graph, y, p
    gc.collect()
    assert [r() for r in dead] == [None] * 3
    assert metric.result() is not None


def test_batches_of_many_sizes_use_the_same_operations():
    metric = metrics.AUC()
    metric.update_state([0, 1], [0.1, 0.2])
    size = metric._private.graph.size
    for rows in range(1, 20):
        metric.update_state(np.arange(rows) % 2, np.linspace(0, 1, rows))
    assert metric._private.graph.size == size


def test_one_of_ones_own():
    largest = Largest()
    assert [largest([0.0, 0.0], [3.0, 5.0]), largest([0.0], [4.0])] == [5.0, 5.0]
    assert largest.seen.numpy() == 3 and largest.seen.dtype is tf.int64
    largest.reset_state()
    y, p = pair()
    update, result = largest.update_state(y, p), largest.result()
    with tf.Session() as sess:
        for batch in ([1.0, 7.0], [2.0]):
            sess.run(update, {y: batch, p: batch})
        assert sess.run(result) == 7.0
    assert largest.seen.numpy() == 3


def test_one_made_of_others():
    rows = [([0, 1, 1], [0.7, 0.8, 0.1]), ([1], [0.9])]
    harmonic = Harmonic()
    for batch in rows:
        harmonic.update_state(*batch)
    assert harmonic.result() == pytest.approx(2 / 3, rel=1e-15)
    assert len(harmonic.weights) == 2
    harmonic.reset_state()
    y, p = pair()
    update, result = harmonic.update_state(y, p), harmonic.result()
    with tf.Session() as sess:
        for batch in rows:
            sess.run(update, dict(zip((y, p), batch, strict=True)))
        assert sess.run(result) == pytest.approx(2 / 3, rel=1e-15)
    with tf.Graph().as_default():
        assert harmonic.result() == pytest.approx(2 / 3, rel=1e-15)
        harmonic.reset_state()
        harmonic.update_state([1], [0.9])
        assert harmonic.result() == 1.0


def test_a_subclass_may_call_what_it_replaces():
    class Doubled(metrics.MeanAbsoluteError):
        def update_state(self, y_true, y_pred, sample_weight=None):
            return super().update_state(2.0 * y_true, 2.0 * y_pred, sample_weight)

        def result(self):
            return super().result() + 1.0

    assert Doubled()(np.array([0.0, 1.0]), np.array([0.5, 1.0])) == 1.5
    y, p = pair()
    metric = Doubled()
    assert tf.Session().run(metric(y, p), {y: [0.0, 1.0], p: [0.5, 1.0]}) == 1.5


def test_counts_stay_exact_where_float32_stops_counting():
    metric = metrics.BinaryAccuracy()
    metric.total.assign(2.0**27)
    metric.count.assign(2.0**27)
    metric.update_state(np.array([1.0, 0.0], np.float32), np.array([0.9, 0.9], np.float32))
    assert metric.total.numpy() == 2.0**27 + 1 and metric.count.numpy() == 2.0**27 + 2
    total = metrics.Sum()
    total.update_state(np.array([2.0**24, 1.0], np.float32))
    assert total.result() == 2.0**24 + 1
    hits = metrics.TruePositives()
    hits.histogram.assign(np.full(4, 2.0**40))
    hits.update_state([1, 1, 1], [0.9, 0.8, 0.1])
    assert hits.result() == 2.0**40 + 2


def test_state_can_be_set_by_hand():
    metric = Largest()
    metric.largest.assign(3.0)
    metric.largest.assign_add(2.0)
    metric.largest.assign_sub(0.5)
    assert metric.result() == 4.5 and float(metric.largest.numpy()) == 4.5


@pytest.mark.parametrize("initializer", ["ones", tf.keras.initializers.Constant(1.0), 1.0, np.ones((2, 3)), 1])
def test_state_begins_as_it_is_told(initializer):
    metric = metrics.Metric()
    state = metric.add_weight((2, 3), initializer, name="s")
    state.assign(np.zeros((2, 3)))
    metric.reset_state()
    assert state.numpy().tolist() == np.ones((2, 3)).tolist() and state.name == "metric/s"
    assert metric.add_weight("first", (4,)).shape == (4,)
    with pytest.raises(ValueError, match=r"must have a known shape, got \(\?,\)"):
        metric.add_weight((None,))


def test_the_type_of_the_result_can_be_chosen():
    metric = metrics.MeanAbsoluteError(dtype="float32")
    metric.update_state([0.0], [0.1])
    assert type(metric.result()) is np.float32 and metric.total.dtype is tf.float64
    y, p = pair()
    metric.update_state(y, p)
    assert metric.result().dtype is tf.float32


@pytest.mark.parametrize("make", [lambda m: pickle.loads(pickle.dumps(m)), copy.deepcopy], ids=["pickle", "copy"])
@pytest.mark.parametrize("cls", [metrics.AUC, metrics.R2Score, Largest, Harmonic])
def test_copies_have_the_same_state_and_go_their_own_way(make, cls):
    metric = cls()
    y, p = pair((None, 1))
    metric.update_state(y, p)
    with tf.Graph().as_default():
        metric.update_state([[0.0], [1.0], [1.0]], [[0.1], [0.9], [0.2]])
        twin = make(metric)
        assert twin.result() == metric.result() and twin.name == metric.name
        before = metric.result()
        twin.update_state([[0.0], [0.0]], [[0.95], [1.0]])
        assert metric.result() == before != twin.result()
        twin.reset_state()
        assert [w.numpy().any() for w in twin.weights] == [False] * len(twin.weights)


def test_a_failed_update_leaves_nothing_half_done():
    metric = metrics.MeanSquaredError()
    with pytest.raises(ValueError, match="do not fit predictions"):
        metric.update_state(np.zeros((2, 1)), np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"same number of rows, got \[2, 3\]"):
        metric.update_state([0.0, 1.0], [0.0, 1.0, 2.0])
    with pytest.raises(ValueError, match=r"same number of rows, got \[2, 2, 1\]"):
        metric.update_state([0.0, 1.0], [0.0, 1.0], [1.0])
    metric.update_state([0.0], [2.0])
    assert metric.result() == 4.0


def test_what_a_metric_must_define():
    class Nothing(metrics.Metric):
        pass

    metric = Nothing()
    assert metric.name == "nothing" and repr(metric) == "<Nothing 'nothing'>"
    with pytest.raises(NotImplementedError, match="Nothing must define update_state"):
        metric.update_state([0.0], [0.0])
    with pytest.raises(NotImplementedError, match="Nothing must define result"):
        metric.result()


def test_a_model_uses_it():
    model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(1,), kernel_initializer="ones")])
    largest = Largest()
    model.compile("sgd", "mse", metrics=[largest, Harmonic(), "mae"])
    x = np.arange(10.0, dtype=np.float32)[:, None]
    found = model.evaluate(x, np.ones(10), batch_size=4, verbose=0)
    assert found == pytest.approx([np.mean((x - 1) ** 2), 9.0, 2 * 0.9 / 1.9, 3.7])
    assert largest.result() == 9.0 and largest.seen.numpy() == 10
