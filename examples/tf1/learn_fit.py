"""TF.Learn: dense layers that are fitted to arrays, as scikit-learn does it, in a few lines."""

import tempfile

import numpy as np

import kerasflow as tf

learn = tf.contrib.learn
rng = np.random.RandomState(1)
angle = rng.uniform(0.0, np.pi, 1000)
label = rng.randint(0, 2, 1000)
moon = np.where(label, -1.0, 1.0)
x = np.stack([np.cos(angle) * moon + label, np.sin(angle) * moon + 0.5 * label], 1) + 0.1 * rng.normal(size=(1000, 2))
x_train, x_test, y_train, y_test = x[:800], x[800:], label[:800], label[800:]

columns = learn.infer_real_valued_columns_from_input(x_train)
classifier = learn.DNNClassifier(
    hidden_units=[20, 20],
    n_classes=2,
    feature_columns=columns,
    model_dir=tempfile.mkdtemp(),
    config=learn.RunConfig(tf_random_seed=42),
)
compatible = learn.SKCompat(classifier)
compatible.fit(x_train, y_train, batch_size=50, steps=1000)
found = compatible.predict(x_test)
print("classes:", found["classes"][:10])
print("right:", np.mean(found["classes"] == y_test))
scores = compatible.score(x_test, y_test)
for name in sorted(scores):
    print(name, scores[name])
print(classifier.get_variable_value("dnn/logits/weights").shape)
assert scores["accuracy"] > 0.97
