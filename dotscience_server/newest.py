"""The newest runs of a workspace, by the delta feed.

The feed lists runs one by one but for complete column blocks of 4,096; of those only ids are decoded, and each run asked for.
"""

from __future__ import annotations

import gzip
import json
import struct
from base64 import b64decode
from typing import Any

from .client import WorkerClient

Run = dict[str, Any]


def newest_runs(worker: WorkerClient, limit: int) -> tuple[int, list[Run]]:
    """Runs in the workspace, and the newest ``limit`` (0: all) as run summaries, the newest first."""
    feed = worker.get("runs", {"since": 0})
    found = {run["id"]: run for run in feed["runs"]}
    wanted = min(limit or feed["total"], feed["total"])
    for block in reversed(feed["blocks"]):
        if len(found) >= wanted:
            break
        for id in reversed(_ids(worker, block)):
            if len(found) < wanted:
                found.setdefault(id, summary_of(worker.get(f"runs/{id}")))
    newest = sorted(found.values(), key=lambda run: int(run["seq"]), reverse=True)
    return feed["total"], newest[:wanted]


def summary_of(run: Run) -> Run:
    """``run-summary.schema.json`` of a ``run.schema.json``."""
    detail = ("sources", "block_text", "context", "snapshot_detail")
    kept = {key: value for key, value in run.items() if key not in detail}
    return {**kept, "inputs": len(run["inputs"]), "outputs": len(run["outputs"])}


def _ids(worker: WorkerClient, block: dict[str, Any]) -> list[str]:
    """The ids of a block's runs, oldest first."""
    query = {"revision": block["revision"]}
    reply = worker.request("GET", f"w/{worker.id}/blocks/{block['index']}", query)
    packed = reply.headers.get("Content-Encoding") == "gzip"
    columns = json.loads(gzip.decompress(reply.body) if packed else reply.body)["columns"]
    column = next(one for one in columns if one["name"] == "id")
    codes = struct.unpack(f"<{len(b64decode(column['data'])) // 4}I", b64decode(column["data"]))
    return [column["dictionary"][code] for code in codes]
