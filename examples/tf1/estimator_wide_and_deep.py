"""A wide and deep classifier over feature columns, trained and evaluated in turn, exported and served."""

import os
import tempfile

import numpy as np

import kerasflow as tf

CITIES = ["Bern", "Oslo", "Rome"]
rng = np.random.RandomState(0)


def table(rows):
    """Features and labels."""
    age, hours = rng.randint(18, 70, rows), rng.uniform(10.0, 60.0, rows).astype(np.float32)
    city = np.array(CITIES)[rng.randint(0, 3, rows)]
    score = (hours - 35) / 10.0 + (city == "Oslo") * (age > 40) * 3.0 - 1.0
    return {"age": age, "hours": hours, "city": city}, (score + 0.3 * rng.normal(size=rows) > 0).astype(np.int32)


fc = tf.feature_column
age = fc.bucketized_column(fc.numeric_column("age"), [30, 40, 50, 60])
hours = fc.numeric_column("hours", normalizer_fn=lambda x: (x - 35.0) / 15.0)
city = fc.categorical_column_with_vocabulary_list("city", CITIES)
wide = [age, city, fc.crossed_column([age, "city"], 50)]
deep = [age, hours, fc.indicator_column(city)]

folder = tempfile.mkdtemp()
model = tf.estimator.DNNLinearCombinedClassifier(
    model_dir=folder,
    linear_feature_columns=wide,
    dnn_feature_columns=deep,
    dnn_hidden_units=[32, 16],
    dnn_optimizer=tf.train.AdagradOptimizer(0.05),
    config=tf.estimator.RunConfig(tf_random_seed=1, save_checkpoints_steps=200),
)
(x, y), (x_test, y_test) = table(2000), table(500)
spec = fc.make_parse_example_spec(wide + deep)
receiver_fn = tf.estimator.export.build_parsing_serving_input_receiver_fn(spec)
metrics, (path,) = tf.estimator.train_and_evaluate(
    model,
    tf.estimator.TrainSpec(
        tf.estimator.inputs.numpy_input_fn(x, y, batch_size=50, num_epochs=None, shuffle=True), max_steps=600
    ),
    tf.estimator.EvalSpec(
        tf.estimator.inputs.numpy_input_fn(x_test, y_test, shuffle=False),
        steps=None,
        exporters=tf.estimator.FinalExporter("served", receiver_fn),
        throttle_secs=0,
    ),
)
for name in sorted(metrics):
    print(name, metrics[name])
print(sorted(v for v in model.get_variable_names() if v.startswith("dnn/logits")))

example = tf.train.Example()
example.features.feature["age"].float_list.value.append(45.0)
example.features.feature["hours"].float_list.value.append(20.0)
example.features.feature["city"].bytes_list.value.append(b"Oslo")
with tf.Graph().as_default(), tf.Session() as sess:
    meta = tf.saved_model.loader.load(sess, ["serve"], path.decode())
    signature = meta.signature_def["predict"]
    feed = {signature.inputs["examples"].name: [example.SerializeToString()]}
    scores = sess.run(signature.outputs["probabilities"].name, feed)
print(os.path.relpath(os.path.dirname(path.decode()), folder), scores)
assert metrics["accuracy"] > 0.9 and scores[0, 1] > 0.5
