"""What observing files costs the user's code: with it, and without (``DOTSCIENCE_OBSERVE=0``).

    python bench/observe.py [--rounds 5] [--files 100000] [--python PYTHON]

Fresh processes, in turn, in a workspace of their own; both track a run. Times are CPU times of the whole process, our thread
and the kernel's part included, because those hardly depend on what else the machine does. Prints the
median of the rounds and their ratio as Markdown. ``--python`` names an interpreter that has numpy and pandas.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]

#: name → (unit, divisor of seconds, code that sets `took` in seconds for `count` times)
LOOPS = {
    "`os.open` + `os.close`, one file": (
        "µs",
        1e-6,
        """
count = 50_000
began = clock()
for _ in range(count): os.close(os.open(name, os.O_RDONLY))
took = clock() - began
""",
    ),
    "`open().read()`, one small file": (
        "µs",
        1e-6,
        """
count = 20_000
began = clock()
for _ in range(count):
    with open(name, "rb") as file: file.read()
took = clock() - began
""",
    ),
    "{files:,} files of 3 kB, read and hashed": (
        "s",
        1,
        """
import hashlib
count = 1
began = clock()
for n in range(files):
    with open(f"set/{n // 1000}/{n}", "rb") as file: hashlib.sha1(file.read())
took = clock() - began
""",
    ),
    "import numpy, pandas": (
        "s",
        1,
        """
count = 1
began = clock()
import numpy, pandas
took = clock() - began
""",
    ),
    "training-like step: 64 rows of a kept matrix, a log line each": (
        "µs",
        1e-6,
        """
count = 30_000
rows = [[float(i * j % 7) for j in range(16)] for i in range(64)]
with open("log.txt", "w") as log:
    began = clock()
    for step in range(count):
        loss = sum(map(sum, rows[step % 64 : step % 64 + 4]))
        log.write(f"{step} {loss}\\n")
    took = clock() - began
""",
    ),
    "the first thing tracked": (
        "ms",
        1e-3,
        """
count = 1
took = first
""",
    ),
}
PROGRAM = """
import os, sys, json, time
clock = time.process_time
files, name = {files}, "small.txt"
import dotscience as ds
began = clock()
ds.start()
first = clock() - began
observer = getattr(sys, "_dotscience_observer", None)
assert (observer is not None) == {is_on}
{wait}
{loop}
print(json.dumps(took / count))
"""
#: The watch stands before a loop is timed, as in a kernel.
WAIT = """
if observer is not None:
    observer._armed.wait(5)
    while observer._watch is not None and observer._watch.has_work: time.sleep(0.01)
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--python", default=sys.executable)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-observe-") as folder:
        workspace = Path(folder, "workspace")
        prepare(workspace, options.files)
        print("| | without | with | ratio |\n|---|---|---|---|")
        for name, (unit, divisor, loop) in LOOPS.items():
            measured = measure(workspace, loop, options)
            if measured is not None:
                row(name.format(files=options.files), unit, divisor, *measured)


def prepare(workspace: Path, files: int) -> None:
    (workspace / ".dotscience").mkdir(parents=True)
    (workspace / "small.txt").write_text("x" * 100)
    content = os.urandom(3000)
    for number in range(files):
        path = workspace / "set" / str(number // 1000) / str(number)
        if number % 1000 == 0:
            path.parent.mkdir(parents=True)
        path.write_bytes(content)


def measure(workspace: Path, loop: str, options: argparse.Namespace) -> tuple[float, float] | None:
    """Medians in seconds (without, with), rounds in turn; None where the loop's libraries are missing."""
    taken: dict[bool, list[float]] = {False: [], True: []}
    cache = os.fspath(workspace.with_name(workspace.name + "-pyc"))
    for turn in range(options.rounds + 1):
        for is_on in taken:
            wait = "" if "first" in loop else WAIT
            code = PROGRAM.format(files=options.files, is_on=is_on, wait=wait, loop=loop)
            env = {**os.environ, "PYTHONPATH": str(PROJECT), "DOTSCIENCE_OBSERVE": str(int(is_on))}
            env = {**env, "PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""}
            command = [options.python, "-c", code]
            done = subprocess.run(
                command, cwd=workspace, env=env, capture_output=True, text=True, check=False
            )
            if done.returncode != 0:
                print(done.stderr.strip().splitlines()[-1], file=sys.stderr)
                return None
            if turn:  # the first fills the caches
                taken[is_on].append(float(json.loads(done.stdout)))
    return statistics.median(taken[False]), statistics.median(taken[True])


def row(name: str, unit: str, divisor: float, without: float, observed: float) -> None:
    numbers = f"{without / divisor:.3g} | {observed / divisor:.3g} | {observed / without:.2f}"
    print(f"| {name}, {unit} | {numbers} |", flush=True)


if __name__ == "__main__":
    main()
