"""What all feature columns share: that they are values, where features come from, which scopes they make."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.feature_column.base import DenseColumn, FeatureTransformationCache, StateManager

fc = tf.feature_column
DAY = fc.categorical_column_with_identity("day", 7)


def run(t, feeds=None):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(tf.tables_initializer())
        return sess.run(t, feeds)


def test_columns_are_values():
    assert fc.numeric_column("x") == fc.numeric_column("x", shape=1) != fc.numeric_column("y")
    assert len({DAY, fc.categorical_column_with_identity("day", 7), fc.indicator_column(DAY)}) == 2
    assert fc.numeric_column("a") < fc.numeric_column("b") and fc.numeric_column("b") > fc.numeric_column("a")
    words = fc.categorical_column_with_vocabulary_list("w", np.array(["a", "b"]))
    assert hash(words) == hash(fc.categorical_column_with_vocabulary_list("w", ["a", "b"]))
    crossed = fc.crossed_column(["w", DAY], 10)
    assert (crossed.keys, crossed.parents, DAY.parents, fc.indicator_column(DAY).parents) == (
        ("w", DAY),
        ["w", DAY],
        ["day"],
        [DAY],
    )


def test_columns_that_are_equal_as_tuples_are_told_apart():
    """One-field tuples of the same column are equal, whatever their kinds."""
    indicator, sequence = fc.indicator_column(DAY), fc.sequence_categorical_column_with_identity("day", 7)
    cache = FeatureTransformationCache({"day": tf.constant([[1, 2]], tf.int64)})
    assert tuple(indicator) == tuple(sequence)[:0] + (DAY,)
    assert indicator.transform_feature(cache, None).shape.as_list() == [1, 7]
    assert isinstance(cache.get(DAY), tf.SparseTensor) and cache.get(indicator) is cache.get(indicator)


def test_a_feature_of_unknown_rank_is_known_in_the_run():
    x = tf.placeholder(tf.float32, None)
    rows = fc.input_layer({"x": x}, fc.numeric_column("x"))
    with tf.Session() as sess:
        assert sess.run(rows, {x: [1.0, 2.0]}).tolist() == sess.run(rows, {x: [[1.0], [2.0]]}).tolist() == [[1], [2]]
        with pytest.raises(tf.errors.InvalidArgumentError, match="rank 0"):
            sess.run(rows, {x: 1.0})


def test_features_may_be_arrays_lists_values_of_sparse_tensors_or_what_a_column_made_before():
    sparse = tf.SparseTensorValue(np.array([[0, 0], [1, 0]]), np.array([3, 1]), np.array([2, 1]))
    vector = tf.SparseTensor(tf.constant([[1]], tf.int64), tf.constant([5], tf.int64), [2])
    column = fc.indicator_column(DAY)
    for feature, expected in ((sparse, [3, 1]), ([3, 1], [3, 1]), (np.array([[3], [1]]), [3, 1]), (vector, [None, 5])):
        rows = run(fc.input_layer({"day": feature}, column))
        assert rows.tolist() == [np.eye(7)[d].tolist() if d is not None else [0] * 7 for d in expected]
    ready = tf.constant([[9.0]])
    assert run(fc.input_layer({fc.numeric_column("x"): ready}, fc.numeric_column("x"))).tolist() == [[9]]


def test_the_number_of_examples_is_taken_from_features_that_are_used():
    features = {"day": tf.placeholder(tf.int64, [None, 1]), "other": tf.zeros([9, 1])}
    rows = fc.input_layer(features, [fc.embedding_column(DAY, 2), fc.indicator_column(DAY)])
    assert run(rows, {features["day"]: [[1], [-1], [2]]}).shape == (3, 9)


def test_scopes_reuse_and_partitioners():
    features = {"day": tf.constant([1, 2])}

    def net():
        with tf.variable_scope("net", reuse=tf.AUTO_REUSE, partitioner=tf.fixed_size_partitioner(2)):
            return fc.input_layer(features, fc.embedding_column(DAY, 2))

    first, second = net(), net()
    (table,) = tf.global_variables()
    assert (table.name, first.name) == (
        "net/input_layer/day_embedding/embedding_weights:0",
        "net/input_layer/concat/concat:0",
    )
    both = run([first, second])
    assert both[0].tolist() == both[1].tolist()


def test_linear_model_starts_at_zero_and_counts_each_category():
    columns = {}
    features = {"day": tf.constant([[1, 1], [-1, 2]]), "x": tf.constant([2.0, 3.0])}
    y = fc.linear_model(features, [DAY, fc.numeric_column("x")], sparse_combiner="sum", cols_to_vars=columns)
    (days,), (x,), (bias,) = columns[DAY], columns[fc.numeric_column("x")], columns["bias"]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(y).tolist() == [[0], [0]]
        days.load(np.arange(7.0)[:, None] * 10, sess)
        x.load([[0.5]], sess)
        bias.load([100.0], sess)
        assert sess.run(y).tolist() == [[20 + 1 + 100], [20 + 1.5 + 100]]


def test_tables_that_are_shared_are_one_and_must_fit():
    seen, bought = [fc.categorical_column_with_identity(k, 5) for k in ("seen", "bought")]
    columns = fc.shared_embedding_columns([seen, bought], 2, shared_embedding_collection_name="things")
    features = {"seen": tf.constant([1, 2]), "bought": tf.constant([2, 1])}
    rows = run(fc.input_layer(features, columns))
    assert rows[0, :2].tolist() == rows[1, 2:].tolist() and rows[0, 2:].tolist() == rows[1, :2].tolist()
    wider = fc.shared_embedding_columns([seen], 3, shared_embedding_collection_name="things")
    with pytest.raises(ValueError, match="'things' must hold one table of shape \\[5, 3\\]"):
        fc.input_layer(features, wider)


def test_norms_are_limited():
    column = fc.embedding_column(DAY, 2, initializer=tf.constant_initializer(3.0), max_norm=1.0)
    np.testing.assert_allclose(run(fc.input_layer({"day": [1]}, column)), [[0.5**0.5] * 2], rtol=1e-6)


def test_what_a_state_manager_must_do():
    for attempt in (lambda m: m.create_variable(DAY, "w", [1]), lambda m: m.get_variable(DAY, "w")):
        with pytest.raises(NotImplementedError):
            attempt(StateManager())


def test_messages_name_the_column_and_what_came():
    with pytest.raises(ValueError, match=r"Feature day is not in features dictionary. Features: 'x'\."):
        fc.input_layer({"x": [1.0]}, fc.indicator_column(DAY))
    with pytest.raises(ValueError, match="feature 'a' has 2, feature 'b' has 3"):
        fc.input_layer({"a": [1.0, 2.0], "b": [1.0, 2.0, 3.0]}, [fc.numeric_column("b"), fc.numeric_column("a")])
    with pytest.raises(ValueError, match="'w' holds 'a' twice|holds 'a' twice"):
        fc.categorical_column_with_vocabulary_list("w", ["a", "b", "a"])
    rows = fc.input_layer({"day": tf.constant([3, 8])}, fc.indicator_column(DAY))
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"the feature 'day': 8 is not in \[0, 7\)"):
        run(rows)
    with pytest.raises(ValueError, match="must be a dict"):
        fc.input_layer([1.0], fc.numeric_column("x"))


def test_a_column_of_ones_own_joins_a_layer():
    class Doubled(DenseColumn):
        name = "doubled"
        variable_shape = tf.TensorShape([1])

        def create_state(self, state_manager):
            state_manager.create_variable(self, "factor", [1], tf.float32, initializer=tf.constant_initializer(2.0))

        def get_dense_tensor(self, transformation_cache, state_manager):
            with pytest.raises(ValueError, match="has no variable 'offset'"):
                state_manager.get_variable(self, "offset")
            return transformation_cache.get("x", state_manager) * state_manager.get_variable(self, "factor")

    rows = fc.input_layer({"x": [1.0, 4.0]}, [Doubled(), fc.numeric_column("x")])
    assert run(rows).tolist() == [[2, 1], [8, 4]]
    assert [v.name for v in tf.trainable_variables()] == ["input_layer/doubled/factor:0"]


@pytest.mark.parametrize("feature", [[True, False], [1.5, 2.0], [1 + 2j, 0j]])
def test_categories_are_words_or_integers(feature):
    for column in (DAY, fc.categorical_column_with_hash_bucket("day", 5)):
        with pytest.raises(ValueError, match="'day'"):
            fc.input_layer({"day": tf.constant(feature)}, fc.indicator_column(column))
