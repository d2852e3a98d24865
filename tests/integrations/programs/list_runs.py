"""What is recorded here, as JSON: a list of runs, the oldest first; points of the metrics named as arguments."""

import json
import sys

import dotscience as ds

print(
    json.dumps(
        [
            {
                "id": run.id,
                "description": run.description,
                "state": run.state,
                "error": run.error,
                "parameters": run.parameters,
                "metrics": {key: repr(value) for key, value in run.metrics.items()},
                "labels": run.labels,
                "outputs": run.outputs,
                "points": {
                    key: list(zip(run.points(key).steps, run.points(key).values, strict=True))
                    for key in sys.argv[1:]
                    if key in run.metrics
                },
            }
            for run in reversed(list(ds.runs()))
        ]
    )
)
