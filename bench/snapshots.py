"""Snapshots of the DESIGN §5 workload beside peers, in one run.

    python bench/snapshots.py [--scale 1.0] [--repeat 3] [--folder DIR] [--only git]

1.28 GB in 10,000 files and one of 1 GiB (times --scale). Three snapshots: the first; after 1 MiB of
the big file and 10 small files changed; nothing changed. Prints medians and ratios as Markdown.
Our rows: `new process` starts Python as the peers start theirs, `running worker` is what the user
of a worker sees. Nothing is dropped from the page cache.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from dotscience_server.snapshots.contract import Driver, Unwatched  # noqa: E402
from dotscience_server.snapshots.driver import choose_driver  # noqa: E402
from dotscience_server.snapshots.ignore import Ignore  # noqa: E402
from dotscience_server.snapshots.plan import plan_tree  # noqa: E402
from dotscience_server.snapshots.policy import Policy  # noqa: E402
from dotscience_server.snapshots.statcache import StatCache  # noqa: E402
from dotscience_server.store.objects import ObjectStore  # noqa: E402

STEPS = ("first", "changed", "unchanged")
SMALL_BYTES = 20_000
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": True}


class Measured(NamedTuple):
    """Seconds of wall and processor time, and bytes that the store grew by."""

    seconds: float
    cpu: float
    bytes: int


class Ours:
    """The driver `plain`, the store and stat cache kept open as a worker keeps them."""

    def __init__(self, root: Path, base: Path) -> None:
        self.store = base / "store"
        self._root = root
        self._objects = ObjectStore(self.store)
        self._cache = StatCache.open(base / "stat.sqlite", root, self.store / "tmp")
        self._driver: Driver = choose_driver(root, self._objects, self._cache)

    def prepare(self) -> None:
        """Nothing."""

    def snapshot(self) -> None:
        """Plan and freeze."""
        plan = plan_tree(
            self._root,
            Policy(default="keep"),
            Ignore(),
            agreed=True,
            free_bytes=self._objects.free_bytes(),
            cache=self._cache,
        )
        self._driver.freeze(plan, Unwatched())


class Command:
    """A program started for each snapshot."""

    def __init__(self, store: Path, prepare: list[list[str]], run: list[list[str]]) -> None:
        self.store = store
        self._prepare = prepare
        self._run = run

    def prepare(self) -> None:
        """Make the repository."""
        for argv in self._prepare:
            subprocess.run(argv, **QUIET)  # type: ignore[call-overload]

    def snapshot(self) -> None:
        """Run the commands one after the other."""
        for argv in self._run:
            subprocess.run(argv, **QUIET)  # type: ignore[call-overload]


Subject = Ours | Command


def our_process(root: Path, base: Path) -> Command:
    script = str(Path(__file__).resolve())
    return Command(base / "store", [], [[sys.executable, script, "--once", str(root), str(base)]])


def git(root: Path, base: Path) -> Command:
    store = base / "git"
    call = ["git", f"--git-dir={store}", f"--work-tree={root}", "-c", "gc.auto=0"]
    name = ["-c", "user.name=x", "-c", "user.email=x", "-c", "core.fsync=all"]
    commit = [*call, *name, "commit", "-qm", "x", "--allow-empty"]
    return Command(store, [[*call, "init", "-q"]], [[*call, *name, "add", "-A"], commit])


def borg(root: Path, base: Path) -> Command:
    store = base / "borg"
    create = ["borg", "create", f"{store}::{{now:%H%M%S%f}}", str(root)]
    return Command(store, [["borg", "init", "-e", "none", str(store)]], [create])


def restic(root: Path, base: Path) -> Command:
    store = base / "restic"
    os.environ["RESTIC_PASSWORD"] = "bench"
    call = ["restic", "-q", "-r", str(store)]
    return Command(store, [[*call, "init"]], [[*call, "backup", str(root)]])


SUBJECTS: dict[str, tuple[str | None, Callable[[Path, Path], Subject]]] = {
    "dotscience, running worker": (None, Ours),
    "dotscience, new process": (None, our_process),
    "git": ("git", git),
    "borg": ("borg", borg),
    "restic": ("restic", restic),
}


def make_workload(root: Path, scale: float) -> None:
    """Random bytes: nobody can compress or share them."""
    root.mkdir()
    for number in range(int(10_000 * scale)):
        folder = root / f"d{number // 100:03}"
        folder.mkdir(exist_ok=True)
        (folder / f"f{number}").write_bytes(os.urandom(SMALL_BYTES))
    with (root / "big").open("wb") as file:
        for _ in range(max(2, int(1024 * scale))):
            file.write(os.urandom(1 << 20))
    os.sync()


def change_workload(root: Path) -> None:
    """1 MiB in place in the big file, ten small files anew."""
    with (root / "big").open("r+b") as file:
        file.seek((root / "big").stat().st_size // 2)
        file.write(os.urandom(1 << 20))
    for path in sorted((root / "d000").iterdir())[:10]:
        path.write_bytes(os.urandom(SMALL_BYTES))
    os.sync()


def cpu_seconds() -> float:
    """Of this process and its ended children."""
    return sum(os.times()[:4])


def disk_bytes(folder: Path) -> int:
    if not folder.exists():
        return 0
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def measure_once(make: Callable[[Path, Path], Subject], root: Path, base: Path) -> list[Measured]:
    """The three steps, in order."""
    subject = make(root, base)
    subject.prepare()
    found = []
    for step in STEPS:
        if step == "changed":
            change_workload(root)
        before = disk_bytes(subject.store)
        start, cpu = time.perf_counter(), cpu_seconds()
        subject.snapshot()
        seconds, used = time.perf_counter() - start, cpu_seconds() - cpu
        found.append(Measured(seconds, used, disk_bytes(subject.store) - before))
        os.sync()
    return found


def measure(root: Path, folder: Path, repeat: int, only: str) -> dict[str, list[Measured]]:
    """Medians by subject; the subjects take turns, so that all see the same noise."""
    present = {
        name: make
        for name, (tool, make) in SUBJECTS.items()
        if only in name and (tool is None or shutil.which(tool))
    }
    runs: dict[str, list[list[Measured]]] = {name: [] for name in present}
    for _ in range(repeat):
        for name, make in present.items():
            base = Path(tempfile.mkdtemp(dir=folder))
            runs[name].append(measure_once(make, root, base))
            shutil.rmtree(base)
            os.sync()
    return {
        name: [_median(step) for step in zip(*found, strict=True)] for name, found in runs.items()
    }


def _median(step: tuple[Measured, ...]) -> Measured:
    seconds = statistics.median(one.seconds for one in step)
    cpu = statistics.median(one.cpu for one in step)
    return Measured(seconds, cpu, int(statistics.median(one.bytes for one in step)))


def table(medians: dict[str, list[Measured]]) -> str:
    """Markdown; ratios are to `dotscience, running worker`."""
    ours = next(iter(medians.values()))
    lines = [
        "| | " + " | ".join(f"{step} s | ratio | cpu s | bytes" for step in STEPS) + " |",
        "|---|" + "---:|" * 12,
    ]
    for name, steps in medians.items():
        cells = [
            f"{one.seconds:.3f} | {one.seconds / own.seconds:.1f} | {one.cpu:.2f} | {one.bytes:,}"
            for one, own in zip(steps, ours, strict=True)
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--only", default="", help="subjects whose name holds this text")
    parser.add_argument("--once", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        Ours(*options.once).snapshot()
        return
    folder = Path(tempfile.mkdtemp(prefix="ds-bench-", dir=options.folder))
    try:
        make_workload(folder / "ws", options.scale)
        medians = measure(folder / "ws", folder, options.repeat, options.only)
        files = int(10_000 * options.scale)
        print(f"{files:,} files of 20 kB and one of {max(2, int(1024 * options.scale)):,} MiB, ")
        print(f"{options.repeat} runs, medians; load {os.getloadavg()[0]:.1f}\n")
        print(table(medians))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
