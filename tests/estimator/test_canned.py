"""Canned estimators against TensorFlow 1.15.5: from its first checkpoints on they learn what its own learned."""

import base64
import json
import os
import zlib
from pathlib import Path

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.saved_model.files import read_graphs
from kerasflow.train.checkpoints import write_checkpoint
from tests.golden import estimator_programs as programs

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "estimators.json").read_text(encoding="utf-8"))


@pytest.fixture(params=sorted(GOLDEN))
def case(request, tmp_path):
    """An estimator in a folder with TensorFlow's first checkpoint, what gives it data, and what TensorFlow found."""
    golden = GOLDEN[request.param]
    folder = str(tmp_path / "m")
    os.makedirs(folder)
    path = os.path.join(folder, "model.ckpt-0")
    types = {"global_step": np.int64}
    arrays = {name: np.array(v, types.get(name, np.float32)) for name, v in golden["start"].items()}
    write_checkpoint(path, arrays, 0, for_tensorflow=True)
    tf.train.update_checkpoint_state(folder, path, [path])
    labels, make = programs.estimators(tf)[request.param]
    config = tf.estimator.RunConfig(tf_random_seed=5)
    return make(model_dir=folder, config=config), *programs.input_fns(tf, labels), golden


def same(found, wanted):
    if isinstance(wanted, dict):
        assert sorted(found) == sorted(wanted)
        for key in wanted:
            same(found[key], wanted[key])
    elif isinstance(wanted, list):
        assert len(found) == len(wanted)
        for f, w in zip(found, wanted, strict=True):
            same(f, w)
    else:
        assert found == (wanted if isinstance(wanted, str) else pytest.approx(wanted, rel=3e-5, abs=3e-6))


def test_it_learns_what_tensorflow_learns(case):
    estimator, training, judging, golden = case
    estimator.train(training, steps=programs.STEPS)
    same(programs.judged(estimator, judging), golden["trained"])
    names = {name: list(np.shape(value)) for name, value in golden["start"].items()}
    assert {name: list(estimator.get_variable_value(name).shape) for name in estimator.get_variable_names()} == names
    events = [name for name in os.listdir(estimator.model_dir) if "tfevents" in name]
    read = tf.train.summary_iterator(os.path.join(estimator.model_dir, events[0]))
    assert sorted({v.tag for e in read for v in e.summary.value}) == golden["tags"]


def test_it_is_exported_with_tensorflows_signatures(case):
    estimator, _, _, golden = case
    wide, deep = programs.columns(tf)
    spec = tf.feature_column.make_parse_example_spec({*wide, *deep})
    receiver_fn = tf.estimator.export.build_parsing_serving_input_receiver_fn(spec)
    folder = estimator.export_saved_model(os.path.join(estimator.model_dir, "exported"), receiver_fn).decode()
    same(programs.signatures(tf, read_graphs(folder)[0]), golden["signatures"])


def serialized(features, i):
    """Row `i` of features as an `Example`."""

    def feature(value):
        if isinstance(value, str):
            return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value.encode()]))
        return tf.train.Feature(float_list=tf.train.FloatList(value=np.reshape(value, -1).astype(float).tolist()))

    parts = {name: feature(features[name][i]) for name in ("x", "age", "city")}
    return tf.train.Example(features=tf.train.Features(feature=parts)).SerializeToString()


def test_an_exported_model_serves(tmp_path):
    labels, make = programs.estimators(tf)["both three"]
    training, judging = programs.input_fns(tf, labels)
    estimator = make(model_dir=str(tmp_path)).train(training, steps=2)
    wide, deep = programs.columns(tf)
    spec = tf.feature_column.make_parse_example_spec({*wide, *deep})
    receiver_fn = tf.estimator.export.build_parsing_serving_input_receiver_fn(spec)
    folder = estimator.export_saved_model(str(tmp_path / "exported"), receiver_fn).decode()
    features, _ = programs.data()
    with tf.Session(graph=tf.Graph()) as sess:
        signature = tf.saved_model.load(sess, ["serve"], folder).signature_def["predict"]
        outputs = {key: info.name for key, info in signature.outputs.items()}
        rows = [serialized(features, i) for i in range(5)]
        found = sess.run(outputs, {signature.inputs["examples"].name: rows})
    for i, wanted in zip(range(5), estimator.predict(judging), strict=False):
        same({k: programs.plain(v[i]) for k, v in found.items()}, {k: programs.plain(v) for k, v in wanted.items()})


def test_a_model_that_tensorflow_exported_is_served(tmp_path):
    golden = json.loads((Path(__file__).parents[1] / "golden" / "served.json").read_text(encoding="utf-8"))
    for name, packed in golden["files"].items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(zlib.decompress(base64.b64decode(packed)))
    features, _ = programs.data()
    with tf.Session(graph=tf.Graph()) as sess:
        signature = tf.saved_model.load(sess, ["serve"], str(tmp_path)).signature_def["predict"]
        outputs = {key: info.name for key, info in signature.outputs.items()}
        rows = [serialized(features, i) for i in range(5)]
        found = sess.run(outputs, {signature.inputs["examples"].name: rows})
    for i, wanted in enumerate(golden["answers"]):
        same({key: programs.plain(value[i]) for key, value in found.items()}, wanted)
