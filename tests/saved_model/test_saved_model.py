"""Saved models: what is saved serves again, also TensorFlow's; and what is said when something is amiss."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.errors import DataLossError
from kerasflow.saved_model import files

GENUINE = Path(__file__).parents[1] / "golden" / "saved_model"
X = np.arange(8, dtype=np.float32).reshape(2, 4) / 8


def model():
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    y = tf.layers.dense(x, 3, tf.tanh, kernel_initializer=tf.glorot_uniform_initializer(1), name="dense")
    return x, y


def saved(folder, **more):
    """A model in `folder`; what it gives for X."""
    with tf.Graph().as_default(), tf.Session() as session:
        x, y = model()
        session.run(tf.global_variables_initializer())
        tf.saved_model.simple_save(session, folder, {"features": x}, {"result": y}, **more)
        return session.run(y, {x: X})


def test_what_is_saved_serves_again(tmp_path):
    wanted = saved(tmp_path / "m")
    assert sorted(os.listdir(tmp_path / "m")) == ["saved_model.pb", "variables"]
    assert sorted(os.listdir(tmp_path / "m" / "variables")) == ["variables.data-00000-of-00001", "variables.index"]
    with tf.Session() as session:
        meta = tf.saved_model.loader.load(session, ["serve"], tmp_path / "m")
        signature = meta.signature_def["serving_default"]
        assert signature.method_name == tf.saved_model.signature_constants.PREDICT_METHOD_NAME
        feeds = {signature.inputs["features"].name: X}
        np.testing.assert_array_equal(session.run(signature.outputs["result"].name, feeds), wanted)
        assert [v.op.name for v in tf.trainable_variables()] == ["dense/kernel", "dense/bias"]
        result = tf.saved_model.get_tensor_from_tensor_info(signature.outputs["result"])
        assert result.dims == (None, 3)


def test_what_tensorflow_saved_serves():
    record = json.loads((GENUINE / "output.json").read_text())
    with tf.Session() as session:
        meta = tf.saved_model.load(session, {"serve"}, str(GENUINE))
        signature = meta.signature_def["serving_default"]
        found = session.run(signature.outputs["y"].name, {signature.inputs["x"].name: record["input"]})
        np.testing.assert_allclose(found, record["output"], rtol=1e-6)
        assert session.run("ready:0") == 1  # its init op has run


def test_its_weights_can_be_read_alone():
    found = dict(tf.train.list_variables(GENUINE / "variables" / "variables"))
    assert found == {
        "dense/bias": [5],
        "dense/kernel": [4, 5],
        "dense_1/bias": [3],
        "dense_1/kernel": [5, 3],
        "ready": [],
    }


def test_paths_may_be_bytes_as_estimators_give_them(tmp_path):
    saved(tmp_path / "m")
    path = os.fsencode(tmp_path / "m")
    assert tf.saved_model.maybe_saved_model_directory(path)
    with tf.Session() as session:
        assert tf.saved_model.load(session, ["serve"], path).signature_def
        with pytest.raises(RuntimeError, match=r"in '.*m' has no graph"):
            tf.saved_model.load(session, ["train"], path)


@pytest.mark.parametrize("as_text", [False, True])
def test_several_graphs_share_the_variables(tmp_path, as_text):
    builder = tf.saved_model.builder.SavedModelBuilder(str(tmp_path / "m"))
    with tf.Graph().as_default(), tf.Session() as session:
        x, y = model()
        session.run(tf.global_variables_initializer())
        signatures = {"a": tf.saved_model.predict_signature_def({"x": x}, {"y": y})}
        builder.add_meta_graph_and_variables(session, ["train", "gpu"], signatures)
        wanted = session.run(y, {x: X})
    with tf.Graph().as_default():
        x, y = model()
        builder.add_meta_graph("serve", {"b": tf.saved_model.predict_signature_def({"x": x}, {"y": tf.square(y)})})
    path = builder.save(as_text)
    assert path == str(tmp_path / "m" / ("saved_model.pbtxt" if as_text else "saved_model.pb"))
    for tags, key, result in ((["gpu", "train"], "a", wanted), (["serve"], "b", wanted**2)):
        with tf.Graph().as_default(), tf.Session() as session:
            meta = tf.saved_model.load(session, tags, tmp_path / "m")
            found = session.run(meta.signature_def[key].outputs["y"].name, {"x:0": X})
            np.testing.assert_allclose(found, result, rtol=1e-6)
    with tf.Session() as session:
        with pytest.raises(RuntimeError, match="no graph with the tags train; it has graphs with: gpu, train; serve"):
            tf.saved_model.load(session, ["train"], tmp_path / "m")


def test_into_a_scope_with_an_operation_to_run_first(tmp_path):
    with tf.Graph().as_default(), tf.Session() as session:
        x, y = model()
        count = tf.Variable(5, name="count", collections=[tf.GraphKeys.LOCAL_VARIABLES])
        session.run(tf.global_variables_initializer())
        tf.saved_model.simple_save(session, tmp_path / "m", {"x": x}, {"y": y}, legacy_init_op=count.initializer)
        wanted = session.run(y, {x: X})
    with tf.Session() as session:
        meta = tf.saved_model.load(session, ["serve"], tmp_path / "m", import_scope="inner")
        name = meta.signature_def["serving_default"].outputs["y"].name
        assert session.run("inner/count:0") == 5
        np.testing.assert_array_equal(session.run(f"inner/{name}", {"inner/x:0": X}), wanted)


@pytest.mark.parametrize(("scope", "names"), [(None, ["n", "n_1"]), ("s", ["s/n", "s_1/n"])])
def test_each_graph_runs_its_own_operation_first(tmp_path, scope, names):
    with tf.Graph().as_default(), tf.Session() as session:
        n = tf.Variable(5, name="n", collections=[tf.GraphKeys.LOCAL_VARIABLES])
        x = tf.placeholder(tf.float32, name="x")
        tf.saved_model.simple_save(session, tmp_path / "m", {"x": x}, {"y": -x}, legacy_init_op=n.initializer)
    with tf.Session() as session:
        for name in names:
            tf.saved_model.load(session, ["serve"], tmp_path / "m", import_scope=scope)
            assert session.run(f"{name}:0") == 5


def test_a_model_without_variables(tmp_path):
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [], name="x")
        tf.saved_model.simple_save(session, tmp_path / "m", {"x": x}, {"y": x * 2.0})
    assert os.listdir(tmp_path / "m") == ["saved_model.pb"]
    with tf.Session() as session:
        tf.saved_model.load(session, ["serve"], tmp_path / "m")
        assert session.run("mul:0", {"x:0": 3.0}) == 6.0


def test_a_saver_says_what_is_saved(tmp_path):
    with tf.Graph().as_default(), tf.Session() as session:
        v, w = tf.Variable(1.0, name="v"), tf.Variable(2.0, name="w")
        session.run(tf.global_variables_initializer())
        builder = tf.saved_model.Builder(tmp_path / "m")
        builder.add_meta_graph_and_variables(session, ["serve"], saver=tf.train.Saver({"other": v}))
        builder.save()
        assert w is not None
    assert tf.train.list_variables(tmp_path / "m" / "variables" / "variables") == [("other", [])]
    with tf.Session() as session:
        tf.saved_model.load(session, ["serve"], tmp_path / "m")
        assert session.run("v:0") == 1.0
        with pytest.raises(tf.errors.FailedPreconditionError):
            session.run("w:0")


# --- complaints ------------------------------------------------------------------------------------------------------


def test_nothing_is_written_over(tmp_path):
    saved(tmp_path / "m")
    before = (tmp_path / "m" / "saved_model.pb").read_bytes()
    with pytest.raises(AssertionError, match="already exists"):
        saved(tmp_path / "m")
    assert (tmp_path / "m" / "saved_model.pb").read_bytes() == before


def test_the_order_of_building(tmp_path):
    builder = tf.saved_model.Builder(tmp_path / "m")
    with pytest.raises(AssertionError, match="no graph to save"):
        builder.save()
    with pytest.raises(AssertionError, match="first graph is added"):
        builder.add_meta_graph(["serve"])
    with tf.Session() as session:
        tf.constant(1.0)
        for tags in ([], [3]):
            with pytest.raises(ValueError, match="at least one tag"):
                builder.add_meta_graph_and_variables(session, tags)
        with pytest.raises(ValueError, match="assets_collection"):
            builder.add_meta_graph_and_variables(session, ["serve"], assets_collection=["file"])
        with pytest.raises(TypeError, match="main_op must be an operation, got 'init'"):
            builder.add_meta_graph_and_variables(session, ["serve"], main_op="init")
        builder.add_meta_graph_and_variables(session, ["serve"])
        with pytest.raises(AssertionError, match="saved with the first graph"):
            builder.add_meta_graph_and_variables(session, ["serve"])


def test_there_is_no_model(tmp_path):
    assert not tf.saved_model.contains_saved_model(tmp_path)
    with tf.Session() as session, pytest.raises(FileNotFoundError, match="There is no saved model in"):
        tf.saved_model.load(session, ["serve"], tmp_path)
    saved(tmp_path / "m")
    assert tf.saved_model.maybe_saved_model_directory(tmp_path / "m")


@pytest.mark.parametrize("octets", [b"\x12\x7f not a model", b"\xff\xfe"])
@pytest.mark.parametrize("name", ["saved_model.pb", "saved_model.pbtxt"])
def test_damaged_models(tmp_path, name, octets):
    (tmp_path / name).write_bytes(octets)
    with tf.Session() as session, pytest.raises(ValueError, match="this is not a saved model, or it is damaged"):
        tf.saved_model.load(session, ["serve"], tmp_path)


def test_damaged_variables(tmp_path):
    saved(tmp_path / "m")
    data = tmp_path / "m" / "variables" / "variables.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:-1] + b"?")
    with tf.Session() as session, pytest.raises(DataLossError, match="the checksum of 'dense/kernel' is wrong"):
        tf.saved_model.load(session, ["serve"], tmp_path / "m")


def test_signatures():
    texts, numbers = tf.placeholder(tf.string, [None], name="t"), tf.placeholder(tf.float32, [None], name="n")
    utils = tf.saved_model.signature_def_utils
    classifier = utils.classification_signature_def(texts, texts, numbers)
    assert {k: v.name for k, v in classifier.outputs.items()} == {"classes": "t:0", "scores": "n:0"}
    assert utils.regression_signature_def(texts, numbers).inputs["inputs"].dtype == 7
    with pytest.raises(TypeError, match="The examples of this signature have type string, got float32"):
        utils.classification_signature_def(numbers, None, numbers)
    with pytest.raises(ValueError, match="classes or scores"):
        utils.classification_signature_def(texts, None, None)
    with pytest.raises(ValueError, match="A signature has outputs"):
        utils.predict_signature_def({"x": numbers}, {})
    with pytest.raises(TypeError, match="describes a tensor, got 3"):
        tf.saved_model.utils.build_tensor_info(3)


def test_the_schema_comes_first(tmp_path):
    """As the consumers of such files expect it."""
    saved(tmp_path / "m")
    assert (tmp_path / "m" / files.MODEL).read_bytes()[:3] == b"\x08\x01\x12"
