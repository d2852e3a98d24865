"""How much a training slows down while a first snapshot of 1.28 GB is taken beside it.

    python bench/snapshots_beside_training.py [--scale 1.0] [--rounds 3] [--loops 1]

Loops (pure Python, and NumPy where it is installed) count their steps in processes of their own, with normal priority. The
snapshot runs as in the worker: nice 10, the engine nice 19 with the idle I/O class. In turns the loops run alone and
beside a snapshot into a new store; the ratio of steps per second is told for each round, so that what else
the machine does falls on both. As many loops as cores is the hard case: then nothing is idle.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import statistics
import sys
import tempfile
import time
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from bench.snapshots.workloads import mixed  # noqa: E402
from dotscience_server.chunks.client import Engine  # noqa: E402
from dotscience_server.snapshots.contract import Unwatched  # noqa: E402
from dotscience_server.snapshots.driver import choose_driver  # noqa: E402
from dotscience_server.snapshots.ignore import Ignore  # noqa: E402
from dotscience_server.snapshots.plan import plan_tree  # noqa: E402
from dotscience_server.snapshots.policy import Policy  # noqa: E402
from dotscience_server.snapshots.statcache import StatCache  # noqa: E402
from dotscience_server.store.objects import ObjectStore  # noqa: E402


def train(steps: Synchronized[int]) -> None:
    """Gradient descent on a few weights, for good."""
    try:
        import numpy
    except ImportError:
        numpy = None  # type: ignore[assignment]
    weights = [0.1] * 50
    matrix = None if numpy is None else numpy.random.default_rng(0).random((200, 200))
    while True:
        for index, weight in enumerate(weights):
            weights[index] = weight - 0.01 * (2 * weight - 0.5)
        if matrix is not None:
            matrix = matrix @ matrix / 100
            matrix /= matrix.max()
        steps.value += 1


def snapshot(root: Path, base: Path) -> float:
    """Take a first snapshot into a new store; seconds."""
    os.nice(10)
    objects = ObjectStore(base / "store", base / "cache", Engine(base / "store", base / "cache"))
    cache = StatCache.open(base / "stat.sqlite", root, base / "store" / "tmp")
    begun = time.perf_counter()
    plan = plan_tree(
        root, Policy(default="keep", floor_bytes=0), Ignore(), agreed=True, free_bytes=10**12
    )
    result = choose_driver(root, objects, cache).freeze(plan, Unwatched())
    seconds = time.perf_counter() - begun
    objects.close()
    if result.refused is not None:
        raise SystemExit(f"the engine refused: {result.refused}")
    return seconds


def rate(counts: list[Synchronized[int]], until: multiprocessing.Process | float) -> float:
    """Steps per second of all loops, for so many seconds or until a process ends."""
    begun, before = time.perf_counter(), sum(count.value for count in counts)
    if isinstance(until, float):
        time.sleep(until)
    else:
        until.join()
    return (sum(count.value for count in counts) - before) / (time.perf_counter() - begun)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--loops", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=None)
    asked = parser.parse_args()
    base = Path(tempfile.mkdtemp(dir=asked.folder))
    mixed(base / "work", asked.scale)
    counts: list[Synchronized[int]] = [
        multiprocessing.Value("q", lock=False)
        for _ in range(asked.loops)  # type: ignore[misc]
    ]
    loops = [multiprocessing.Process(target=train, args=(count,), daemon=True) for count in counts]
    for loop in loops:
        loop.start()
    ratios = []
    for number in range(asked.rounds):
        store = base / str(number)
        store.mkdir()
        before = rate(counts, 3.0)
        taker = multiprocessing.Process(target=snapshot, args=(base / "work", store))
        begun = time.perf_counter()
        taker.start()
        beside = rate(counts, taker)
        seconds = time.perf_counter() - begun
        after = rate(counts, 3.0)
        alone = (before + after) / 2
        ratios.append(beside / alone)
        spread = abs(before - after) / alone
        print(
            f"round {number + 1}: alone {alone:.0f} steps/s (±{spread / 2:.1%}), beside {beside:.0f}"
            f" ({beside / alone - 1:+.1%}), snapshot {seconds:.1f} s",
            flush=True,
        )
        shutil.rmtree(store)
    print(
        f"median {statistics.median(ratios) - 1:+.1%} with {asked.loops} loops on {os.cpu_count()} cores"
    )
    for loop in loops:
        loop.kill()
    shutil.rmtree(base)


if __name__ == "__main__":
    main()
