"""Another process: reads what the first one logged, and goes on with its run."""

import json
import sys

import mlflow

id = sys.argv[1]
client = mlflow.MlflowClient()
run = client.get_run(id)
with mlflow.start_run(run_id=id):
    mlflow.log_metric("later", 7, step=1)
print(
    json.dumps(
        {
            "name": run.info.run_name,
            "status": run.info.status,
            "params": run.data.params,
            "history": [(m.step, m.value) for m in client.get_metric_history(id, "loss")],
            "children": len(client.search_runs(["0", run.info.experiment_id], "tags.parent != ''")),
            "experiments": sorted(e.name for e in mlflow.search_experiments()),
        }
    )
)
