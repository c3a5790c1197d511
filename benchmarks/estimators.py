"""Estimators against scikit-learn's, both with default settings: ``python benchmarks/estimators.py``.

For each data set the mean score of five-fold cross-validation on standardised features (accuracy, or R2), over three
seeds, and the CPU time of the fifteen fits with their predictions. Set OPENBLAS_NUM_THREADS=1: the products are too
small for threads.
"""

import time
import warnings

from sklearn import datasets
from sklearn.base import is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from kerasflow.estimators import DNNClassifier, DNNRegressor, LinearClassifier, LinearRegressor

SEEDS = 3
RIVALS = [
    ("diabetes", DNNRegressor(), MLPRegressor()),
    ("breast_cancer", DNNClassifier(), MLPClassifier()),
    ("wine", DNNClassifier(), MLPClassifier()),
    ("digits", DNNClassifier(), MLPClassifier()),
    ("diabetes", LinearRegressor(alpha=1.0), Ridge()),
    ("breast_cancer", LinearClassifier(), LogisticRegression()),
    ("wine", LinearClassifier(), LogisticRegression()),
    ("digits", LinearClassifier(), LogisticRegression()),
]


def measured(model, X, y):
    """The mean score, and the CPU time."""
    started, total = time.process_time(), 0.0
    for seed in range(SEEDS):
        folds = (StratifiedKFold if is_classifier(model) else KFold)(5, shuffle=True, random_state=seed)
        pipeline = make_pipeline(StandardScaler(), model.set_params(random_state=seed))
        total += cross_val_score(pipeline, X, y, cv=folds).mean()
    return total / SEEDS, time.process_time() - started


def main():
    """Measure and print."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    print(
        f"{'data':14}{'kerasflow':17}{'score':>7}{'CPU s':>7}   {'scikit-learn':19}{'score':>7}{'CPU s':>7}{'ratio':>7}"
    )
    for name, ours, theirs in RIVALS:
        X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
        (score, seconds), (peer_score, peer_seconds) = measured(ours, X, y), measured(theirs, X, y)
        cells = f"{type(theirs).__name__:19}{peer_score:7.3f}{peer_seconds:7.2f}{peer_seconds / seconds:7.2f}"
        print(f"{name:14}{type(ours).__name__:17}{score:7.3f}{seconds:7.2f}   {cells}")


if __name__ == "__main__":
    main()
