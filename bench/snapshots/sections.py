"""The sections: what is done to each subject, and the rows that come out. Subjects take turns within a
round, so that a change of the machine's load hits all of them.
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from . import workloads
from .running import Measured
from .subjects import Kind, Subject

# What was written a moment ago is read twice by those who are careful.
_REST_S = 3.0

Cell = float | str | None
Row = dict[str, Cell]
Rows = dict[str, Row]


class Size(NamedTuple):
    """How much work: `scale` of the workload of DESIGN §5, `budget_s` for each operation."""

    rounds: int
    scale: float
    edit_mib: int
    files: tuple[int, ...]
    large_gb: float
    budget_s: float


class Place(NamedTuple):
    """Where a section works; `root` is the workspace, shared by all."""

    folder: Path
    root: Path


Section = Callable[[Sequence[Kind], Size, Path], Iterator[tuple[str, Rows]]]


def steps(kinds: Sequence[Kind], size: Size, folder: Path) -> Iterator[tuple[str, Rows]]:
    """First, changed, unchanged; and bringing back."""
    with _place(folder) as place:
        workloads.mixed(place.root, size.scale)
        rounds = [
            _round(kinds, place, lambda subject: _steps(subject, place, size))
            for _ in range(size.rounds)
        ]
    merged = _merged(rounds)
    back = ("all, s", "one file, ms", "1 MiB of the big file, ms", "restore MiB")
    what = f"{int(10_000 * size.scale):,} files of 20 kB and one of {int(1024 * size.scale):,} MiB"
    yield f"{what}: first, changed (1 MiB and 10 files), unchanged", _without(merged, back)
    yield f"{what}: bringing back", _only(merged, back)


def edits(kinds: Sequence[Kind], size: Size, folder: Path) -> Iterator[tuple[str, Rows]]:
    """Bytes that small edits of a large file cost."""

    def one(subject: Subject) -> Row:
        path = place.root / "data"
        workloads.big(path, size.edit_mib)
        row: Row = {}
        if not _noted(row, "first", subject.snapshot(size.budget_s)):
            return row
        for name, edit in (
            ("insert 1,000 B", workloads.insert),
            ("append 1,000 B", workloads.append),
            ("256 × 4 KiB", workloads.scatter),
        ):
            subject.seal(size.budget_s)
            edit(path)
            before = _bytes(subject.store)
            if _noted(row, name, subject.snapshot(size.budget_s)):
                subject.seal(size.budget_s)
                row[f"{name}, kB"] = (_bytes(subject.store) - before) / 1000
        return row

    with _place(folder) as place:
        place.root.mkdir()
        rows = _merged([_round(kinds, place, one) for _ in range(size.rounds)])
    yield f"Small edits of one file of {size.edit_mib} MiB, one after the other", rows


def many(kinds: Sequence[Kind], size: Size, folder: Path) -> Iterator[tuple[str, Rows]]:
    """Many small files."""
    for files in size.files:
        with _place(folder) as place:
            workloads.many(place.root, files)
            step = iter(range(1, 1_000_000))
            rows = _round(
                kinds,
                place,
                lambda subject, files=files, step=step, place=place: _changed(  # type: ignore[misc]
                    subject,
                    size,
                    lambda: workloads.change_many(place.root, files, next(step)),
                ),
            )
        yield f"{files:,} files of 20 bytes, 100 in a folder, one of each 100 changed", rows


def large(kinds: Sequence[Kind], size: Size, folder: Path) -> Iterator[tuple[str, Rows]]:
    """A large workspace; sparse where the disk is short of room for two of it."""
    free = shutil.disk_usage(folder).free
    filled = min(1.0, 0.4 * free / (size.large_gb * 1e9))
    with _place(folder) as place:
        workloads.large(place.root, size.large_gb, filled)
        rows = _round(
            kinds,
            place,
            lambda subject: _changed(subject, size, lambda: workloads.change_large(place.root)),
        )
    data = "all of it data" if filled == 1 else f"{filled:.0%} of it data, the rest holes"
    yield f"{size.large_gb:g} GB in 11 files, {data}; 1 MiB changed", rows


SECTIONS: dict[str, Section] = {"steps": steps, "edits": edits, "many": many, "large": large}


def _steps(subject: Subject, place: Place, size: Size) -> Row:
    row = _changed(subject, size, lambda: workloads.change_mixed(place.root))
    if "failed" in row:
        return row
    _bring_back(subject, place, size, row)
    return row


def _changed(subject: Subject, size: Size, change: Callable[[], None]) -> Row:
    """First snapshot, one after a change, one after nothing."""
    row: Row = {}
    for name in ("first", "changed", "unchanged"):
        if name == "changed":
            change()
        before = _bytes(subject.store)
        time.sleep(_REST_S)
        if not _noted(row, name, subject.snapshot(size.budget_s)):
            row["bytes, MB"] = _bytes(subject.store) / 1e6
            return row
        if not _sealed(row, name, subject, size.budget_s):
            return row
        if name != "unchanged":
            row[f"{name}, MB"] = (_bytes(subject.store) - before) / 1e6
    row["on disk, MB"] = _allocated(subject.store) / 1e6
    return row


def _bring_back(subject: Subject, place: Place, size: Size, row: Row) -> None:
    big = place.root / "big"
    middle = big.stat().st_size // 2 - workloads.MIB // 2
    out = place.folder / "out"
    done = subject.restore(out, size.budget_s)
    row["all, s"] = done.failed or done.seconds
    row["restore MiB"] = done.memory / workloads.MIB
    if done.failed is None and _bytes(out) != _bytes(place.root):
        row["all, s"] = "not the same bytes"
    one, part = place.folder / "one", place.folder / "part"
    small = sorted((place.root / "d000").iterdir())[-1]
    done = subject.file(f"d000/{small.name}", one, size.budget_s)
    same = done.failed is None and one.read_bytes() == small.read_bytes()
    row["one file, ms"] = done.failed or (done.seconds * 1000 if same else "not the same bytes")
    done = subject.range("big", middle, workloads.MIB, part, size.budget_s)
    with big.open("rb") as file:
        file.seek(middle)
        same = done.failed is None and part.read_bytes() == file.read(workloads.MIB)
    row["1 MiB of the big file, ms"] = done.failed or (
        done.seconds * 1000 if same else "not the same bytes"
    )
    shutil.rmtree(out, ignore_errors=True)
    for path in (one, part):
        path.unlink(missing_ok=True)


def _noted(row: Row, name: str, done: Measured) -> bool:
    """Write down what an operation took; whether it came to its end."""
    row["peak MiB"] = max(float(row.pop("peak MiB", None) or 0), done.memory / workloads.MIB)
    row["cpu s"] = float(row.pop("cpu s", None) or 0) + done.cpu
    if done.failed is not None:
        row[f"{name}, s"] = done.failed
        row["failed"] = done.failed
        return False
    row[f"{name}, s"] = done.seconds
    return True


def _sealed(row: Row, name: str, subject: Subject, budget_s: float) -> bool:
    """With a file system that freezes: what it takes until all is hashed, frozen already being part of it."""
    done = subject.seal(budget_s)
    if done is None:
        return True
    frozen = row[f"{name}, s"]
    if not _noted(row, f"{name} sealed", done):
        return False
    row[f"{name} sealed, s"] = done.seconds + float(frozen or 0)
    return True


def _round(kinds: Sequence[Kind], place: Place, one: Callable[[Subject], Row]) -> Rows:
    rows: Rows = {}
    for kind in kinds:
        base = Path(tempfile.mkdtemp(prefix="store-", dir=place.folder))
        subject = kind.make(place.root, base)
        try:
            made = subject.prepare()
            rows[kind.title] = {"failed": made.failed} if made.failed else one(subject)
        finally:
            subject.end()
            shutil.rmtree(base, ignore_errors=True)
            os.sync()
    return rows


def _merged(rounds: list[Rows]) -> Rows:
    """Medians of the numbers; of words the last."""
    return {
        title: {key: _median([found[title].get(key) for found in rounds]) for key in row}
        for title, row in rounds[-1].items()
    }


def _median(cells: list[Cell]) -> Cell:
    numbers = [cell for cell in cells if isinstance(cell, int | float)]
    return statistics.median(numbers) if len(numbers) == len(cells) else cells[-1]


def _without(rows: Rows, keys: Sequence[str]) -> Rows:
    return {t: {k: c for k, c in row.items() if k not in keys} for t, row in rows.items()}


def _only(rows: Rows, keys: Sequence[str]) -> Rows:
    return {t: {k: c for k, c in row.items() if k in (*keys, "failed")} for t, row in rows.items()}


@contextmanager
def _place(folder: Path) -> Iterator[Place]:
    base = Path(tempfile.mkdtemp(prefix="ds-bench-", dir=folder))
    try:
        yield Place(base, base / "ws")
    finally:
        shutil.rmtree(base, ignore_errors=True)


def _bytes(folder: Path) -> int:
    return sum(status.st_size for status in _files(folder))


def _allocated(folder: Path) -> int:
    return sum(status.st_blocks * 512 for status in _files(folder))


def _files(folder: Path) -> Iterator[os.stat_result]:
    """All but what shares its bytes with the workspace: freezes and clones."""
    for here, below, names in os.walk(folder):
        below[:] = [name for name in below if name not in ("freezes", "clones")]
        for name in names:
            try:
                yield os.lstat(os.path.join(here, name))
            except FileNotFoundError:
                continue
