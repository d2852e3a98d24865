"""Fits outside and inside a run; autolog is called before scikit-learn is imported."""

import dotscience as ds

ds.autolog()

from sklearn.datasets import load_iris  # noqa: E402
from sklearn.ensemble import GradientBoostingClassifier  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.model_selection import GridSearchCV  # noqa: E402
from sklearn.neural_network import MLPClassifier  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

X, y = load_iris(return_X_y=True)
make_pipeline(StandardScaler(), LogisticRegression(C=0.5)).fit(X, y)
with ds.run("inside"):
    model = MLPClassifier((4,), max_iter=600, random_state=0).fit(X, y)
    model.score(X[:50], y[:50])
GridSearchCV(LogisticRegression(max_iter=300), {"C": [0.1, 1, 10]}, cv=2, n_jobs=2).fit(X, y)
GradientBoostingClassifier(n_estimators=5).fit(X, y)
try:
    LogisticRegression(C="no").fit(X, y)
except Exception as error:
    print(type(error).__name__)
