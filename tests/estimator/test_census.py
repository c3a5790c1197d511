"""A wide and deep model with every kind of feature column, on a table like a census that the test writes."""

import csv
import os

import numpy as np
import pytest

import kerasflow as tf

NAMES = ["age", "hours", "gain", "job", "country", "education", "skills", "skill_years", "children", "income"]
JOBS = ["clerk", "farmer", "teacher", "engineer"]
COUNTRIES = ["Chile", "Ghana", "India", "Norway", "Peru", "Spain"]
LEVELS = ["none", "school", "college", "doctorate"]
SKILLS = ["law", "maths", "music", "sales"]


def write_table(path, rows, seed):
    """Rows whose income depends on all columns, some by their products."""
    rng = np.random.default_rng(seed)
    with open(path, "w", newline="") as file:
        out = csv.writer(file)
        for _ in range(rows):
            age, hours, gain = rng.integers(18, 80), rng.integers(10, 70), float(np.exp(rng.normal(3, 1)))
            job, country, level = rng.choice(JOBS), rng.choice(COUNTRIES), int(rng.integers(4))
            skills, years = rng.choice(SKILLS, 2, replace=False), rng.integers(0, 20, 2)
            children = int(rng.integers(6))
            score = 0.05 * (40 - abs(age - 45)) + 0.04 * (hours - 40) + 0.8 * level + 0.3 * np.log(gain)
            score += 1.5 * (job == "engineer") - 1.5 * (job == "farmer") + 1.5 * (country == "Norway" and level == 3)
            score += 0.1 * years[0] * (skills[0] == "law") - 0.2 * children
            label = ">50K" if score + 0.5 * rng.normal() > 2.6 else "<=50K"
            years = [*map(str, years)]
            row = [age, hours, f"{gain:.4f}", job, country, LEVELS[level], *map("|".join, (skills, years)), children]
            out.writerow([*row, label])


def input_fn(path, batch, passes, shuffle):
    """Batches of the table's rows, read as lines."""

    def parsed(lines):
        kinds = [[0.0], [0.0], [0.0], [""], [""], [""], [""], [""], tf.constant([], tf.int64), [""]]
        features = dict(zip(NAMES, tf.decode_csv(lines, kinds), strict=True))
        features["skills"] = tf.string_split(features["skills"], "|")
        years = tf.string_split(features["skill_years"], "|")
        values = tf.string_to_number(years.values, tf.float32)
        features["skill_years"] = tf.SparseTensor(years.indices, values, years.dense_shape)
        return features, features.pop("income")

    def read():
        lines = tf.data.TextLineDataset(path)
        lines = lines.shuffle(2000, seed=1) if shuffle else lines
        return lines.repeat(passes).batch(batch).map(parsed)

    return read


def columns(vocabulary_file):
    """For the linear part and for the dense layers, every kind of column."""
    fc = tf.feature_column
    age, hours = fc.numeric_column("age"), fc.numeric_column("hours", normalizer_fn=lambda x: (x - 40.0) / 15.0)
    gain = fc.numeric_column("gain", normalizer_fn=tf.log1p)
    ages = fc.bucketized_column(age, [25, 35, 45, 55, 65])
    job = fc.categorical_column_with_vocabulary_list("job", JOBS)
    level = fc.categorical_column_with_vocabulary_file("education", vocabulary_file, len(LEVELS), num_oov_buckets=1)
    country = fc.categorical_column_with_hash_bucket("country", 20)
    children = fc.categorical_column_with_identity("children", 6, default_value=0)
    skills = fc.categorical_column_with_vocabulary_list("skills", SKILLS)
    experience = fc.weighted_categorical_column(skills, "skill_years")
    crossed = [fc.crossed_column(["country", "education"], 100), fc.crossed_column([ages, job], 50)]
    shared = fc.shared_embedding_columns([job, fc.categorical_column_with_vocabulary_list("job2", JOBS)], 2)
    wide = [ages, job, level, country, children, experience, *crossed]
    deep = [hours, gain, ages, fc.indicator_column(level), fc.indicator_column(experience)]
    deep += [fc.embedding_column(country, 4, combiner="sqrtn"), fc.embedding_column(children, 2), shared[0]]
    return wide, deep


@pytest.fixture
def census(tmp_path):
    paths = [str(tmp_path / f"{name}.csv") for name in ("train", "test")]
    write_table(paths[0], 1500, 1)
    write_table(paths[1], 500, 2)
    words = tmp_path / "education.txt"
    words.write_text("\n".join(LEVELS) + "\n")
    return *paths, *columns(str(words))


@pytest.mark.slow
def test_a_wide_and_deep_model_learns_from_every_kind_of_column(census, tmp_path):
    training, testing, wide, deep = census
    model = tf.estimator.DNNLinearCombinedClassifier(
        str(tmp_path / "m"),
        linear_feature_columns=wide,
        linear_optimizer=tf.train.FtrlOptimizer(0.1, l1_regularization_strength=0.1),
        dnn_feature_columns=deep,
        dnn_hidden_units=[32, 16],
        dnn_optimizer=lambda: tf.train.AdamOptimizer(0.003),
        dnn_dropout=0.1,
        batch_norm=True,
        label_vocabulary=["<=50K", ">50K"],
        config=tf.estimator.RunConfig(tf_random_seed=1),
    )
    model.train(input_fn(training, 50, 8, shuffle=True))
    found = model.evaluate(input_fn(testing, 100, 1, shuffle=False))
    assert found["accuracy_baseline"] < 0.7 < 0.83 < found["accuracy"] and found["auc"] > 0.9
    assert found["global_step"] == 240
    names = set(model.get_variable_names())
    layer, linear = "dnn/input_from_feature_columns/input_layer", "linear/linear_model"
    assert {
        f"{layer}/country_embedding/embedding_weights", f"{layer}/children_embedding/embedding_weights",
        f"{layer}/job_job2_shared_embedding/embedding_weights", f"{linear}/skills_weighted_by_skill_years/weights",
        f"{linear}/age_bucketized_X_job/weights", f"{linear}/country_X_education/weights",
        "dnn/hiddenlayer_0/batchnorm_0/moving_mean", "dnn/logits/kernel",
    } <= names  # fmt: skip
    rows = list(model.predict(input_fn(testing, 100, 1, shuffle=False), predict_keys=["classes", "probabilities"]))
    with open(testing, newline="") as file:
        labels = [row[-1].encode() for row in csv.reader(file)]
    right = np.mean([r["classes"][0] == y for r, y in zip(rows, labels, strict=True)])
    assert right == pytest.approx(found["accuracy"], abs=1e-6)
    assert os.path.exists(os.path.join(model.model_dir, "eval"))
