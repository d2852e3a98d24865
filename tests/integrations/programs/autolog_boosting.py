"""XGBoost and LightGBM, by their own functions and as estimators; imported before autolog is called."""

import lightgbm
import numpy as np
import xgboost

import dotscience as ds

ds.autolog("xgboost", "lightgbm")
seeded = np.random.default_rng(0)
X, y = seeded.normal(size=(200, 4)), seeded.integers(0, 2, 200)

with ds.run("xgboost"):
    data = xgboost.DMatrix(X, label=y)
    params = {"eta": 0.3, "objective": "binary:logistic", "eval_metric": ["logloss", "auc"]}
    xgboost.train(params, data, num_boost_round=7, evals=[(data, "train")], verbose_eval=False)
with ds.run("xgboost estimator"):
    model = xgboost.XGBClassifier(n_estimators=20, early_stopping_rounds=2)
    model.fit(X[:150], y[:150], eval_set=[(X[150:], y[150:])], verbose=False)
with ds.run("lightgbm"):
    data = lightgbm.Dataset(X, label=y)
    params = {
        "objective": "binary",
        "metric": "binary_logloss",
        "learning_rate": 0.2,
        "verbose": -1,
    }
    lightgbm.train(params, data, num_boost_round=6, valid_sets=[data], valid_names=["train"])
with ds.run("lightgbm estimator"):
    model = lightgbm.LGBMClassifier(n_estimators=30, verbose=-1)
    stop = lightgbm.early_stopping(2, verbose=False)
    model.fit(X[:150], y[:150], eval_set=[(X[150:], y[150:])], callbacks=[stop])
xgboost.train({"eta": 0.1}, xgboost.DMatrix(X, label=y), 2)
