"""The tracking library beside the original 0.8.7 and tensorboardX, in one run.

    python bench/library.py [--rounds 7] [--calls 20000]

Makes a scratch environment with the peers (pip; `--no-peers` does without), then runs each library
in fresh processes, in turn, in new folders: import, start to first value, 20,000 calls of one
metric, publish, and how many values survive `kill -9` right after the last call. Prints medians and
ratios to ours as Markdown. The bars are those of DESIGN §8.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).resolve().parents[1]
PEERS = ["tensorboardX==2.6.5", "dotscience==0.8.7", "setuptools<81"]

TIMED = """
import json, os, sys, time
clock = time.perf_counter_ns
began = clock()
{importing}
imported = clock()
{start}
{first}
first = clock()
calls = []
for i in range({calls}):
    a = clock()
    {call}
    calls.append(clock() - a)
if {kill}:
    import signal
    os.kill(os.getpid(), signal.SIGKILL)
done = clock()
{finish}
finished = clock()
calls.sort()
size = sum(os.path.getsize(os.path.join(p, n)) for p, _, ns in os.walk(".") for n in ns)
print(json.dumps(dict(
    import_ms=(imported - began) / 1e6, first_ms=(first - imported) / 1e6,
    p50_us=calls[len(calls) // 2] / 1e3, p99_us=calls[len(calls) * 99 // 100] / 1e3,
    max_ms=calls[-1] / 1e6, finish_ms=(finished - done) / 1e6, bytes_a_call=size / len(calls),
)), file=sys.stderr)
"""


class Library(NamedTuple):
    """A library under test: its interpreter, its calls, and a program that counts kept values."""

    name: str
    python: str
    path: str
    importing: str
    start: str
    first: str
    call: str
    finish: str
    count: str

    def run(self, calls: int, kill: bool = False) -> dict[str, float]:
        """One fresh process in a new folder; what it measured, or the values kept when killed."""
        fields = self._asdict()
        code = TIMED.format(calls=calls, kill=kill, **fields)
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            done = self._python(code, folder)
            if not kill:
                return dict(json.loads(done.stderr.splitlines()[-1]))
            return {"kept": int(self._python(self.count, folder).stdout.split()[-1])}

    def _python(self, code: str, folder: str) -> subprocess.CompletedProcess[str]:
        work = Path(folder, "work")
        work.mkdir(exist_ok=True)
        env = {**os.environ, "PYTHONPATH": self.path, "PYTHONWARNINGS": "ignore", "HOME": folder}
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        return subprocess.run(
            [self.python, "-c", code], cwd=work, env=env, capture_output=True, text=True
        )


OURS_COUNT = """
import glob
from dotscience._journal import POINT, read_records
found = (r for f in glob.glob(".dotscience/journal/*.dsj") for r in read_records(f)[0])
print(sum(len(r.data) // POINT.size for r in found))
"""
BOARD_COUNT = """
import glob, struct
total = 0
for name in glob.glob("**/events*", recursive=True):
    data = open(name, "rb").read(); at = 0
    while at + 12 <= len(data):
        (n,) = struct.unpack_from("<Q", data, at); at += n + 16
        total += at <= len(data)
print(max(0, total - 1))
"""

DS = {
    "importing": "import dotscience as ds",
    "start": "ds.start()",
    "first": "ds.metric('first', 0)",
    "call": "ds.metric('loss', 0.5)",
    "finish": "ds.publish()",
}
BOARD = {
    "importing": "from tensorboardX import SummaryWriter",
    "start": "w = SummaryWriter('runs')",
    "first": "w.add_scalar('first', 0, 0)",
    "call": "w.add_scalar('loss', 0.5, i)",
    "finish": "w.close()",
}


def libraries(peers: str | None) -> list[Library]:
    """Ours, and the peers of the interpreter ``peers``."""
    ours = Library("dotscience", sys.executable, str(PROJECT), **DS, count=OURS_COUNT)
    if peers is None:
        return [ours]
    original = Library("original 0.8.7", peers, "", **DS, count="print(0)")
    board = Library("tensorboardX 2.6.5", peers, "", **BOARD, count=BOARD_COUNT)
    return [ours, original, board]


def peer_interpreter(folder: str) -> str:
    """An environment with the peers."""
    venv.create(folder, with_pip=True)
    python = str(Path(folder, "bin", "python"))
    subprocess.run([python, "-m", "pip", "install", "-q", *PEERS], check=True)
    return python


def measure(tested: list[Library], rounds: int, calls: int) -> dict[str, dict[str, float]]:
    """Medians for each library; libraries take turns, so that load hits all alike."""
    seen: dict[str, list[dict[str, float]]] = {library.name: [] for library in tested}
    for library in tested:
        library.run(10)  # byte code and page cache
    for _ in range(rounds):
        for library in tested:
            seen[library.name].append(library.run(calls))
    return {
        library.name: {
            **{key: statistics.median(row[key] for row in rows) for key in rows[0]},
            **library.run(calls, kill=True),
        }
        for library, rows in ((library, seen[library.name]) for library in tested)
    }


ROWS = [
    ("import_ms", "import, ms", "≤ 50"),
    ("first_ms", "start → first value, new folder, ms", "≤ 5"),
    ("p50_us", "one call, p50, µs", "≤ 10"),
    ("p99_us", "one call, p99, µs", "≤ 100"),
    ("max_ms", "slowest call, ms", "≤ 10"),
    ("finish_ms", "publish / close, ms", ""),
    ("bytes_a_call", "bytes a value on disk", ""),
    ("kept", "values kept after `kill -9`", "all"),
]


def table(results: dict[str, dict[str, float]], calls: int) -> str:
    """Markdown; in brackets the ratio to ours."""
    ours = results["dotscience"]
    lines = ["| | bar | " + " | ".join(results) + " |", "|---|---|" + "---|" * len(results)]
    for key, title, bar in ROWS:
        cells = []
        for name, row in results.items():
            ratio = (
                "" if name == "dotscience" or not ours[key] else f" ({row[key] / ours[key]:.1f})"
            )
            cells.append(
                f"{row[key]:,.0f} of {calls + 1:,}" if key == "kept" else f"{row[key]:.2f}{ratio}"
            )
        lines.append(f"| {title} | {bar} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--no-peers", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-peers-") as folder:
        peers = None if given.no_peers else peer_interpreter(folder)
        results = measure(libraries(peers), given.rounds, given.calls)
    load = os.getloadavg()[0]
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {load:.1f},")
    print(
        f"median of {given.rounds} fresh processes, {given.calls:,} calls; ratio to ours in brackets\n"
    )
    print(table(results, given.calls))


if __name__ == "__main__":
    main()
