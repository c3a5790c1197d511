"""A network in a scikit-learn pipeline, and a grid search over its settings in two processes."""

from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from kerasflow.estimators import DNNClassifier

if __name__ == "__main__":  # the processes of the search import this file
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=0, stratify=y)
    pipeline = make_pipeline(
        MinMaxScaler(),
        DNNClassifier(learning_rate_init=0.01, early_stopping=True, max_iter=500, random_state=0),
    )
    search = GridSearchCV(
        pipeline,
        {"dnnclassifier__hidden_layer_sizes": [(32,), (64,)], "dnnclassifier__alpha": [0.0, 1e-3]},
        cv=3,
        n_jobs=2,
    )
    search.fit(X_train, y_train)
    score = search.score(X_test, y_test)
    print(f"best settings {search.best_params_}, test accuracy {score:.3f}")
    if score < 0.95:
        raise SystemExit("the test accuracy should be at least 0.95")
