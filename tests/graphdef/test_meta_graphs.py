"""Meta graphs: a program that goes on from the files alone, and what TensorFlow's runtime finds in them."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import train
from kerasflow.graphdef.meta_graph import meta_graph_of
from kerasflow.graphdef.values import from_tensor, to_tensor
from kerasflow.io import protos


def program():
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    y = tf.placeholder(tf.float32, [None, 1], name="y")
    hidden = tf.layers.dense(x, 5, activation=tf.tanh, kernel_initializer=tf.glorot_uniform_initializer(1))
    out = tf.layers.dense(hidden, 1, kernel_initializer=tf.glorot_uniform_initializer(2), name="out")
    loss = tf.reduce_mean(tf.square(out - y), name="loss")
    train.AdamOptimizer(0.05).minimize(loss, train.get_or_create_global_step(), name="step")
    tf.add_to_collection("losses of mine", loss)
    tf.add_to_collection("rate", 0.05)
    tf.add_to_collection("kernels of mine", tf.trainable_variables()[0])


RNG = np.random.default_rng(0)
FEEDS = {"x:0": RNG.normal(size=(8, 4)), "y:0": RNG.normal(size=(8, 1))}


def losses(session, steps):
    return [session.run(["loss:0", "step"], FEEDS)[0] for _ in range(steps)]


@pytest.mark.parametrize("version", [None, train.SaverDef.V2])
def test_training_goes_on_from_the_files_alone(tmp_path, version):
    program()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        losses(session, 3)
        path = train.Saver(write_version=version, max_to_keep=3).save(session, tmp_path / "m", 3)
        wanted = losses(session, 4)
    tf.reset_default_graph()
    saver = train.import_meta_graph(f"{path}.meta")
    with tf.Session() as session:
        saver.restore(session, path)
        assert losses(session, 4) == wanted
        assert session.run(train.get_global_step()) == 7
        again = saver.save(session, tmp_path / "n")
    assert [t.name for t in tf.get_collection("losses of mine")] == ["loss:0"]
    assert tf.get_collection("kernels of mine") == tf.trainable_variables()[:1]
    np.testing.assert_allclose(tf.get_collection("rate"), [0.05], rtol=1e-7)
    tf.reset_default_graph()
    train.import_meta_graph(f"{again}.meta", import_scope="twice")
    assert tf.get_default_graph().get_tensor_by_name("twice/loss:0") is tf.get_collection("losses of mine")[0]


def test_the_graph_goes_with_its_checkpoint(tmp_path):
    program()
    saver = train.Saver(max_to_keep=1)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        saver.save(session, tmp_path / "m", 1)
        saver.save(session, tmp_path / "m", 2, meta_graph_suffix="graph")
        assert sorted(p.name for p in tmp_path.iterdir()) == ["checkpoint", "m-2", "m-2.graph"]
        saver.save(session, tmp_path / "m", 3, write_meta_graph=False)
    assert not list(tmp_path.glob("*-3.meta"))


def test_without_tensorboard_no_graph_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(protos, "available", lambda: False)
    program()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        train.Saver().save(session, tmp_path / "m")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["checkpoint", "m"]


def test_what_tensorflows_runtime_saves_with():
    v, w = tf.Variable([1.0, 2.0], name="v"), tf.Variable(3, name="w")
    meta = train.Saver({"first": v, "second": w}, max_to_keep=7).export_meta_graph()
    nodes = {n.name: n for n in meta.graph_def.node}
    saver = meta.saver_def
    assert (saver.filename_tensor_name, saver.restore_op_name) == ("save/Const:0", "save/restore_all")
    assert (saver.save_tensor_name, saver.max_to_keep, saver.version) == ("save/control_dependency:0", 7, 2)
    names = nodes["save/SaveV2/tensor_names"].attr["value"].tensor
    assert from_tensor(names)[0].tolist() == [b"first", b"second"]
    assert list(nodes["save/SaveV2"].input)[3:] == ["v", "w"]
    assert list(nodes["save/SaveV2"].attr["dtypes"].list.type) == [1, 3]
    assert list(nodes["save/Assign_1"].input) == ["w", "save/RestoreV2:1"]
    assert list(nodes["save/restore_all"].input) == ["^save/Assign_0", "^save/Assign_1"]
    tf.reset_default_graph()
    restored = train.import_meta_graph(meta)
    assert sorted(restored._variables) == ["first", "second"]
    assert not [o for o in tf.get_default_graph().get_operations() if o.name.startswith("save")]


def test_a_taken_scope_is_not_used_twice():
    with tf.name_scope("save"):
        tf.constant(1.0)
    tf.Variable(1.0, name="v")
    assert train.Saver().export_meta_graph().saver_def.restore_op_name == "save_1/restore_all"


def test_text_files(tmp_path):
    program()
    path = train.write_graph(tf.get_default_graph(), tmp_path / "new", "graph.pbtxt")
    with open(path) as file:
        assert file.readline() == "node {\n"
    binary = train.write_graph(tf.get_default_graph().as_graph_def(), tmp_path, "graph.pb", as_text=False)
    with open(binary, "rb") as file:
        assert tf.GraphDef.FromString(file.read()) == tf.get_default_graph().as_graph_def()
    train.export_meta_graph(tmp_path / "meta.txt", as_text=True)
    tf.reset_default_graph()
    assert train.import_meta_graph(tmp_path / "meta.txt") is not None
    assert len(tf.trainable_variables()) == 4


def test_collections_that_have_no_form_are_left_out_aloud():
    tf.add_to_collection("functions", len)
    tf.add_to_collection("mixed", 1)
    tf.add_to_collection("mixed", 1.5)
    tf.add_to_collection("plain", 1)
    with pytest.warns(UserWarning, match=r"'functions' is left out.*no form in a file"):
        meta = meta_graph_of(collection_list=["functions", "plain"])
    assert list(meta.collection_def) == ["plain"]
    with pytest.warns(UserWarning, match="'mixed' is left out of the meta graph: it is mixed"):
        meta_graph_of(collection_list=["mixed"])


def test_files_that_are_no_meta_graphs(tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no file"):
        train.import_meta_graph(tmp_path / "nothing.meta")
    for content in (b"this is text", b"\xff\xfe\x00 binary"):
        (tmp_path / "m.meta").write_bytes(content)
        with pytest.raises(ValueError, match="this is not a MetaGraphDef, neither binary nor text"):
            train.import_meta_graph(tmp_path / "m.meta")
    with pytest.raises(TypeError, match="A MetaGraphDef message is expected, got int"):
        train.import_meta_graph(3)


def test_texts_that_go_too_deep(tmp_path):
    path = tmp_path / "deep.meta"
    path.write_text("graph_def { node { attr { value { " + 'func { attr { key: "a" value { ' * 5000)
    with pytest.raises(ValueError, match="not a MetaGraphDef, neither binary nor text"):
        tf.train.import_meta_graph(path)


def test_a_graph_without_variables_has_no_saver():
    tf.constant(1.0, name="c")
    meta = train.export_meta_graph()
    assert not meta.HasField("saver_def")
    tf.reset_default_graph()
    assert train.import_meta_graph(meta) is None
    assert tf.Session().run("c:0") == 1.0


@pytest.mark.parametrize("octets", [b"\xff", b"\x0a\x01\xff"])
def test_variables_that_are_not_described(octets):
    meta = tf.MetaGraphDef()
    meta.collection_def["variables"].bytes_list.value.append(octets)
    with pytest.raises(ValueError, match="describes a variable in a way that is not sound"):
        tf.train.import_meta_graph(meta)


def test_names_of_variables_that_are_numbers():
    tf.Variable(1.0, name="w")
    meta = tf.train.export_meta_graph()
    node = next(n for n in meta.graph_def.node if n.name == "save/SaveV2/tensor_names")
    node.attr["value"].tensor.CopyFrom(to_tensor(np.zeros(1, np.float32), tf.float32))
    with tf.Graph().as_default(), pytest.raises(ValueError, match="are no texts, but float32"):
        tf.train.import_meta_graph(meta)


def test_a_message_that_is_read_stays_as_it_is():
    meta = tf.MetaGraphDef()
    tf.train.import_meta_graph(meta)
    assert not meta.collection_def


@pytest.mark.parametrize("size", [None, 2])
def test_tables_of_files_and_feature_columns_come_back(tmp_path, size):
    path, prefix = tmp_path / "words.txt", str(tmp_path / "model.ckpt")
    path.write_text("red\ngreen\nblue\n")
    words = np.array([["green"], ["blue"], ["?"]])
    with tf.Graph().as_default(), tf.Session() as sess:
        column = tf.feature_column.categorical_column_with_vocabulary_file("word", str(path), size)
        rows = tf.feature_column.input_layer(
            {"word": tf.constant(words)}, [tf.feature_column.embedding_column(column, 2)]
        )
        tf.identity(rows, "rows")
        sess.run(tf.global_variables_initializer())
        sess.run(tf.tables_initializer())
        expected = sess.run(rows)
        tf.train.Saver().save(sess, prefix)
    assert (expected[1] == 0).all() == (size == 2) and (expected[0] != 0).all()
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.train.import_meta_graph(f"{prefix}.meta").restore(sess, prefix)
        sess.run(tf.tables_initializer())
        assert sess.run("rows:0").tolist() == expected.tolist()
