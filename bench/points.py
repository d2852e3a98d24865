"""Points of runs: bytes a point and a run on disk, reading a curve, a chart's answer, following a running loop.

One command, no options: ``python bench/points.py``. Needs only what the repository's Python environment has. Everything
lies in a temporary folder with a worker of its own. Prints a table with the bars of docs/benchmarks.md.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import dotscience as ds  # noqa: E402
from dotscience_server.client import WorkerClient, connect  # noqa: E402

POINTS = 100_000
RUNS = 200
FOLLOWED_S = 8.0
TRIES = 15

LOOP = f"""
import random, dotscience as ds
ds.script()
ds.start("many points")
for _ in range({POINTS}):
    ds.metric("loss", random.random())
ds.publish()
"""
SMALL = f"""
import random, dotscience as ds
ds.script()
for number in range({RUNS}):
    ds.start(f"small {{number}}")
    ds.parameter("lr", random.random())
    for step in range(10):
        for key in ("loss", "acc", "val_loss", "val_acc"):
            ds.metric(key, random.random())
    ds.publish()
"""
FOLLOW = f"""
import random, sys, time, dotscience as ds
ds.script()
ds.start("followed")
begun, told = time.perf_counter(), 0
while (passed := time.perf_counter() - begun) < {FOLLOWED_S}:
    if told > 100_000 * passed:
        time.sleep(0.001)
        continue
    for _ in range(100):
        ds.metric("loss", 0.5)
    told += 100
print(told, flush=True)
sys.stdin.readline()
"""
ONE = """
import sys, time, dotscience as ds
ds.script()
for line in sys.stdin:
    print(time.monotonic(), flush=True)
    ds.start("shown")
    ds.metric("a", 1)
"""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="ds-bench-") as folder:
        for name in ("CACHE_HOME", "STATE_HOME", "RUNTIME_DIR", "CONFIG_HOME"):
            os.environ[f"XDG_{name}"] = made = f"{folder}/{name.lower()}"
            os.mkdir(made, 0o700)
        work = Path(folder, "work")
        work.mkdir()
        os.chdir(work)
        client = connect(work, idle_seconds=300)
        worker = int(json.loads((work / ".dotscience/worker.lock").read_bytes())["pid"])
        try:
            for row in _rows(client, work / ".dotscience", worker):
                print("| " + " | ".join(row) + " |", flush=True)
        finally:
            os.kill(worker, signal.SIGTERM)
            while Path(f"/proc/{worker}").exists():
                time.sleep(0.05)


def _rows(client: WorkerClient, store: Path, worker: int) -> Any:
    yield "what", "bar", "measured"
    yield "---", "---", "---"
    small = _stored(store, SMALL, RUNS)
    yield f"bytes a small run (40 points, {RUNS} runs), on disk", "≤ 8,000", f"{small:,.0f}"
    many = _stored(store, LOOP, POINTS)
    yield f"bytes a point on disk, {POINTS:,} random float64", "≤ 12", f"{many:.1f}"
    run = ds.runs(".")[0]
    read = _ms(lambda: (run.points("loss").steps, run.points("loss").values))
    yield "run.points: steps and values, ms (median, best)", "≤ 20", read
    yield "run.points: times too, ms", "", _ms(lambda: list(run.points("loss")))
    path = f"runs/{run.id}/series"
    answer = _ms(lambda: client.get(path, {"key": "loss"}))
    yield "series answer over the socket, warm, 1,000 points, ms", "≤ 20", answer
    shown = _start_to_status(client)
    yield "ds.start → in the status, ms (median, worst)", "≤ 500", f"{shown[0]:.0f}, {shown[1]:.0f}"
    cpu, pace, changes = _followed(client, worker)
    yield f"CPU of the worker that follows {pace:,.0f} points/s, % of a core", "≤ 25", f"{cpu:.0f}"
    yield "status changes a second meanwhile", "≤ 4", f"{changes:.1f}"


def _stored(store: Path, script: str, count: int) -> float:
    """Bytes that the store grew by for each, once the journal is gone; snapshots aside."""
    before = _disk_bytes(store)
    subprocess.run(
        [sys.executable, "-c", script], env=_env(), check=True, stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while list((store / "journal").glob("*.dsj")):
        assert time.monotonic() < deadline, "the journal stays"
        time.sleep(0.05)
    return (_disk_bytes(store) - before) / count


def _disk_bytes(store: Path) -> int:
    """Records by their length, objects by the blocks they take."""
    records = sum(file.stat().st_size for file in (store / "records").iterdir())
    objects = (file.stat().st_blocks * 512 for file in store.glob("objects/*/*"))
    return records + sum(objects)


def _ms(work: Callable[[], object]) -> str:
    times = []
    for _ in range(TRIES):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return f"{statistics.median(times) * 1000:.1f}, {min(times) * 1000:.1f}"


def _start_to_status(client: WorkerClient) -> tuple[float, float]:
    times = []
    for _ in range(TRIES):
        with _script(ONE) as script:
            assert script.stdin is not None and script.stdout is not None
            script.stdin.write("go\n")
            script.stdin.flush()
            begun = float(script.stdout.readline())
            while not any(one["description"] == "shown" for one in client.get("status")["running"]):
                time.sleep(0.002)
            times.append(time.monotonic() - begun)
            script.stdin.close()
        while client.get("status")["running"]:
            time.sleep(0.02)
    return statistics.median(times) * 1000, max(times) * 1000


def _followed(client: WorkerClient, worker: int) -> tuple[float, float, float]:
    with _script(FOLLOW) as script:
        assert script.stdin is not None and script.stdout is not None
        time.sleep(1)
        cpu, begun, status = _cpu_s(worker), time.monotonic(), client.get("status")["status"]
        told = int(script.stdout.readline())
        seconds = time.monotonic() - begun
        used = _cpu_s(worker) - cpu
        changes = client.get("status")["status"] - status
        script.stdin.close()
    return 100 * used / seconds, told / FOLLOWED_S, changes / seconds


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _script(code: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=_env(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _env() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


if __name__ == "__main__":
    main()
