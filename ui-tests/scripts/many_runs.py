"""Makes FOLDER a workspace with COUNT synthetic runs, through the real store code.

    python many_runs.py FOLDER COUNT

Each run has a block and a failed or missing snapshot: lists, tables and pages need no more.
"""

import os
import random
import sys
from datetime import datetime, timedelta, timezone
from uuid import UUID

from dotscience_server.store.layout import locate, open_store
from dotscience_server.store.records import Draft, RecordWriter

BATCH = 1_000
START = datetime(2026, 9, 1, tzinfo=timezone.utc)
rng = random.Random(7)


def run_draft(number: int) -> Draft:
    """One run's block; every field that lists show."""
    begun = START + timedelta(minutes=11 * number)
    time = begun.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    body = {
        "version": "1",
        "description": f"Run {number}",
        "error": "out of memory" if number % 97 == 0 else None,
        "start": time,
        "end": time,
        "input": ["data/train.csv"],
        "output": [f"models/{number % 20}.joblib"],
        "labels": {},
        "parameters": {"alpha": f"{10 ** -rng.uniform(1, 5):.2e}", "seed": str(number % 9)},
        "summary": {"val_accuracy": f"{rng.uniform(0.9, 0.99):.4f}"},
        "workload-file": "train.ipynb",
        "text": "",
        "base": "",
    }
    id = str(UUID(int=rng.getrandbits(128), version=4))
    return Draft(
        "run.block", "notebook:train.ipynb", {k: v for k, v in body.items() if v is not None}, id
    )


def main(folder: str, count: int) -> None:
    os.makedirs(folder, exist_ok=True)
    store = open_store(locate(folder))
    writer = RecordWriter(store.path, 0)
    for first in range(0, count, BATCH):
        writer.append([run_draft(n + 1) for n in range(first, min(first + BATCH, count))])
    writer.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
