"""MLflow on SQLite, its default for local work."""

import os

mlflow = None
SETTINGS = {"MLFLOW_TRACKING_URI": "sqlite:///mlflow.db"}


def load():
    global mlflow
    os.environ.update(SETTINGS)
    import mlflow as module

    mlflow = module


def start(params):
    run = mlflow.start_run()
    mlflow.log_params(params)
    return run


def log(run, key, value, step):
    mlflow.log_metric(key, value, step=step)


def finish(run):
    mlflow.end_run()


def _runs():
    return mlflow.MlflowClient().search_runs(["0"], max_results=1000)


def count(key, beside=None):
    client = mlflow.MlflowClient()
    runs = [run for run in _runs() if beside is None or beside in run.data.metrics]
    return sum(len(client.get_metric_history(run.info.run_id, key)) for run in runs)


def read(key):
    client = mlflow.MlflowClient()
    return len(client.get_metric_history(_runs()[0].info.run_id, key))


def query():
    client = mlflow.MlflowClient()
    return len(
        client.search_runs(
            ["0"], "metrics.acc > 0.5", order_by=["metrics.acc DESC"], max_results=100
        )
    )
