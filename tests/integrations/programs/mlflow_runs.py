"""A program that knows MLflow alone: nested runs, points, artifacts, models, autologging, an exception."""

import json
from pathlib import Path

import mlflow
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

mlflow.set_experiment("irises")
mlflow.autolog(silent=True, log_datasets=False)
X, y = load_iris(return_X_y=True)

with mlflow.start_run(run_name="plain") as outer:
    mlflow.log_params({"lr": 0.1, "layers": [1, 2]})
    for step in range(5):
        mlflow.log_metric("loss", 1 / (step + 1), step=step * 10)
    mlflow.log_metric("score", float("nan"))
    Path("note.txt").write_text("hello")
    mlflow.log_artifact("note.txt")
    mlflow.log_dict({"a": 1}, "conf/x.json")
    mlflow.set_tags({"team": "red", "mlflow.note.content": "a note"})
    with mlflow.start_run(run_name="child", nested=True):
        mlflow.log_metric("m", 2)

GridSearchCV(LogisticRegression(max_iter=300), {"C": [0.1, 1, 10]}, cv=2).fit(X, y)

try:
    with mlflow.start_run(run_name="broken"):
        raise ValueError("no")
except ValueError:
    pass

client = mlflow.MlflowClient()
model = mlflow.last_logged_model()
print(
    json.dumps(
        {
            "id": outer.info.run_id,
            "history": [
                (m.step, m.value) for m in client.get_metric_history(outer.info.run_id, "loss")
            ],
            "found": [
                run.info.run_name
                for run in mlflow.search_runs(
                    filter_string="metrics.loss < 0.5", output_format="list"
                )
            ],
            "artifacts": [
                item.path for item in mlflow.artifacts.list_artifacts(run_id=outer.info.run_id)
            ],
            "model": type(mlflow.sklearn.load_model(f"models:/{model.model_id}")).__name__,
        }
    )
)
