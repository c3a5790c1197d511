"""Graphs of feature columns as messages: made of TensorFlow's own nodes, and read back."""

import numpy as np
import pytest

import kerasflow as tf
from tests.golden.column_programs import categorical, features, fill, numeric

pytest.importorskip("tensorboard")

fc = tf.feature_column

# TensorFlow 1.15.5 was given the graphs below, and computed the same numbers.
NODES = set(
    """
    Add AddN AsString Assign BiasAdd Bucketize Cast ConcatV2 Const Equal ExpandDims Fill GatherNd GatherV2 Greater
    GreaterEqual HashTableV2 Identity IdentityN InitializeTableFromTextFileV2 InitializeTableV2 Less
    LogicalAnd LogicalOr LookupTableFindV2 LookupTableSizeV2 MatMul Mul NoOp NotEqual OneHot OnesLike Pack
    PlaceholderWithDefault Prod Range RealDiv Reshape Rsqrt ScatterNd SegmentSum Select SelectV2 Shape Size
    SparseCross SparseFillEmptyRows SparseReshape SparseToDense Sqrt Square StridedSlice
    StringToHashBucketFast Sub Sum Tile Transpose TruncatedNormal Unique UnsortedSegmentSum VariableV2 Where
    ZerosLike
    """.split()
)
COLUMNS = [*[(numeric, name) for name in numeric(tf)], *[(categorical, name) for name in categorical(tf)]]


@pytest.mark.parametrize(("family", "name"), COLUMNS, ids=[f"{f.__name__}-{n}" for f, n in COLUMNS])
def test_graphs_are_made_of_nodes_that_tensorflow_has(family, name):
    with tf.Graph().as_default() as graph, tf.Session() as session:
        needs, column = family(tf)[name]
        given = features(tf, needs)
        dense = (
            [column] if family is numeric else [fc.embedding_column(column, 2, "sqrtn"), fc.indicator_column(column)]
        )
        rows = fc.input_layer(given, dense) + fc.linear_model(given, column)
        start = tf.tables_initializer().name
        fill(tf, session)
        expected = session.run(rows)
        values = {v.op.name: session.run(v) for v in tf.global_variables()}
        definition = graph.as_graph_def()
    assert {node.op for node in definition.node} <= NODES
    with tf.Graph().as_default() as graph, tf.Session() as session:
        tf.import_graph_def(definition, name="")
        for variable, value in values.items():
            assign = graph.get_operation_by_name(f"{variable}/Assign")
            session.run(assign, {assign.inputs[1]: value})
        session.run(start)
        np.testing.assert_array_equal(session.run(rows.name), expected)
