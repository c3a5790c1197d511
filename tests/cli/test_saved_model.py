"""`kerasflow saved-model`: signatures shown, arrays run, mistakes named."""

import zipfile

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.cli.main import main
from kerasflow.saved_model.files import read_graphs, write_graphs


@pytest.fixture
def model(tmp_path):
    """A model that multiplies by a matrix, with two signatures."""
    folder = tmp_path / "model"
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        n = tf.placeholder(tf.int32, [], name="n")
        y = tf.matmul(x, tf.Variable([[1.0, 2.0, 3.0], [0.0, 1.0, 0.0]], name="w"), name="y")
        session.run(tf.global_variables_initializer())
        signatures = {
            "product": tf.saved_model.predict_signature_def({"x": x}, {"y": y, "sum": tf.reduce_sum(y, name="sum")}),
            "scaled": tf.saved_model.predict_signature_def({"x": x, "n": n}, {"y": tf.cast(n, tf.float32) * y}),
        }
        builder = tf.saved_model.Builder(folder)
        builder.add_meta_graph_and_variables(session, ["serve", "cpu"], signatures)
        builder.save()
    return str(folder)


def run(model, *more, signature="product"):
    return main(["saved-model", "run", "--dir", model, "--tag_set", "serve,cpu", "--signature_def", signature, *more])


def test_what_is_shown(model, capsys):
    assert main(["saved-model", "show", "--dir", model]) == 0
    assert capsys.readouterr().out == "cpu,serve\n"
    assert main(["saved-model", "show", "--dir", model, "--all"]) == 0
    everything = capsys.readouterr().out.splitlines()
    assert everything[:5] == [
        "graph cpu,serve",
        "  signature product, method tensorflow/serving/predict",
        "    input x: float32 [?, 2], tensor x:0",
        "    output sum: float32 [], tensor sum:0",
        "    output y: float32 [?, 3], tensor y:0",
    ]
    assert main(["saved-model", "show", "--dir", model, "--tag_set", "cpu,serve", "--signature_def", "scaled"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "  signature scaled, method tensorflow/serving/predict"


def test_numbers_on_the_command_line(model, capsys):
    assert run(model, "--input_exprs", "x=[[1.0, 2.0], [0, 1]]") == 0
    assert capsys.readouterr().out == "sum:\n9.\ny:\n[[1. 4. 3.]\n [0. 1. 0.]]\n"


def test_arrays_in_files(model, tmp_path, capsys):
    np.save(tmp_path / "x.npy", np.array([[1.0, 0.0]]))
    np.savez(tmp_path / "all.npz", n=np.int64(3), other=1)
    out = tmp_path / "new" / "folder"
    inputs = f"x={tmp_path / 'x.npy'}; n={tmp_path / 'all.npz'}[n]"
    assert run(model, "--inputs", inputs, "--outdir", str(out), signature="scaled") == 0
    assert capsys.readouterr().out == f"{out / 'y.npy'}\n"
    np.testing.assert_array_equal(np.load(out / "y.npy"), [[3.0, 6.0, 9.0]])
    assert run(model, "--inputs", inputs, "--outdir", str(out), signature="scaled") == 2
    assert "would be replaced; --overwrite allows it" in capsys.readouterr().err
    assert run(model, "--inputs", inputs, "--outdir", str(out), "--overwrite", signature="scaled") == 0


@pytest.mark.parametrize(
    ("more", "code", "what"),
    [
        (["--input_exprs", "x=__import__('os').system('true')"], 2, "expected numbers as in"),
        (["--input_exprs", "x=[[1, 2], [3]]"], 2, "expected numbers as in"),
        (["--input_exprs", "x=None"], 2, "expected numbers as in"),
        (["--input_exprs", "x"], 2, "expected NAME=VALUE, got 'x'"),
        (["--input_exprs", "z=1"], 2, "no input 'z'; there are x"),
        ([], 2, "no value for x"),
        (["--inputs", "x=nothing.npy"], 2, "there is no file 'nothing.npy'"),
        (["--input_exprs", "x=[[1.0, 2.0, 3.0]]"], 3, "(1, 3)"),
        (["--input_exprs", "x=['text']"], 3, "the input x has type float32, got <U4"),
    ],
)
def test_mistakes(model, more, code, what, capsys):
    assert run(model, *more) == code
    said = capsys.readouterr().err
    assert said.startswith("kerasflow saved-model: ") and what in said and said.count("\n") == 1


def test_files_that_are_no_arrays(model, tmp_path, capsys):
    (tmp_path / "x.npy").write_text("1,2")
    assert run(model, "--inputs", f"x={tmp_path / 'x.npy'}") == 3
    assert "this is no .npy or .npz file" in capsys.readouterr().err
    np.savez(tmp_path / "all.npz", a=1)
    assert run(model, "--inputs", f"x={tmp_path / 'all.npz'}") == 2
    assert "all.npz[a]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kind", "code", "what"),
    [
        ("not a zip", 3, "this is no .npy or .npz file"),
        ("no arrays", 2, "there are: none"),
        ("a text", 3, "a is no array"),
        ("objects", 3, "Object arrays cannot be loaded"),
        ("altered", 3, "this is no .npy or .npz file"),
    ],
)
def test_archives_that_are_not_sound(model, tmp_path, kind, code, what, capsys):
    path = tmp_path / "all.npz"
    if kind == "not a zip":
        path.write_bytes(b"PK\x03\x04 and more")
    elif kind in ("no arrays", "a text"):
        with zipfile.ZipFile(path, "w") as archive:
            if kind == "a text":
                archive.writestr("a", "hello")
    else:
        np.savez(path, a=np.array([{}], object) if kind == "objects" else np.zeros((100, 2)))
    if kind == "altered":
        octets = path.read_bytes()
        path.write_bytes(octets[:600] + b"?" + octets[601:])
    assert run(model, "--inputs", f"x={path}[a]") == code
    said = capsys.readouterr().err
    assert what in said and said.count("\n") == 1


def test_types_that_are_not_known(model, capsys):
    graphs = read_graphs(model)
    graphs[0].signature_def["product"].inputs["x"].dtype = 20
    write_graphs(model, graphs, as_text=False)
    assert run(model, "--input_exprs", "x=[[1, 2]]") == 4
    assert "the input x: The type number 20" in capsys.readouterr().err


def test_no_such_model_graph_or_signature(model, tmp_path, capsys):
    assert main(["saved-model", "show", "--dir", str(tmp_path)]) == 2
    assert "--dir: There is no saved model" in capsys.readouterr().err
    assert main(["saved-model", "show", "--dir", model, "--tag_set", "gpu"]) == 2
    assert "no graph has the tags gpu; there are cpu,serve" in capsys.readouterr().err
    assert run(model, signature="none") == 2
    assert "there is no 'none'; there are product, scaled" in capsys.readouterr().err
    (tmp_path / "saved_model.pb").write_bytes(b"\x12\x7f")
    assert main(["saved-model", "show", "--dir", str(tmp_path)]) == 4
    assert "damaged" in capsys.readouterr().err
