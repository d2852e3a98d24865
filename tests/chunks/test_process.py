"""The engine's process: what it may and may not, and what becomes of a snapshot when it fails."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dotscience_server.chunks import batch, client
from dotscience_server.chunks.client import Engine
from dotscience_server.chunks.engine_settings import imported
from dotscience_server.snapshots.contract import Unwatched
from dotscience_server.snapshots.driver import choose_driver
from dotscience_server.snapshots.failures import Cancelled
from dotscience_server.snapshots.reading import Stored, Task
from dotscience_server.snapshots.walk import PlannedFile, Status
from dotscience_server.store.objects import ObjectStore
from tests.snapshots.trees import describe
from tests.snapshots.workspaces import Workspace

from .engines import STEPS, LocalEngine, broken

PROJECT = Path(__file__).parents[2]
LARGE = 20 << 20


class Space(Workspace):
    """A workspace whose store has an engine in a process of its own."""

    def __init__(self, base: Path, command: list[str] | None = None) -> None:
        super().__init__(base)
        self.engine = Engine(self.store, base / "cache", command or ())
        self.objects = ObjectStore(self.store, base / "cache", self.engine)
        driver = choose_driver(self.root, self.objects, self.cache)
        self._make_driver = lambda *_: driver

    @property
    def pid(self) -> int:
        assert self.engine._process is not None
        return self.engine._process.pid


MakeSpace = Callable[..., Space]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[MakeSpace]:
    with contextlib.ExitStack() as stack:

        def made(command: list[str] | None = None) -> Space:
            space = Space(tmp_path, command)
            stack.callback(space.objects.close)
            return space

        yield made


def filled(space: Space) -> Space:
    space.file("train.py", b"print()")
    for number in range(20):
        space.file(f"data/{number}", os.urandom(3000))
    space.file("middle", os.urandom(3_000_000))
    return space


def is_whole(space: Space, tree: str) -> bool:
    out = space.checkout(tree)
    return describe(os.fsencode(out.path)) == describe(os.fsencode(space.root))


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_files_go_through_it_into_chunks(make: MakeSpace) -> None:
    space = filled(make())
    result = space.freeze()
    assert result.refused is None
    assert all((entry.hash or "x")[0] == "x" for entry in space.entries(result.tree).values())
    assert is_whole(space, result.tree)
    assert (space.freeze().tree, space.freeze().bytes_new) == (result.tree, 0)


def test_many_files_are_asked_for_in_portions(
    make: MakeSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither side holds more of them at once; what is shown never goes back."""
    monkeypatch.setattr(client, "_PORTION", 5)
    asked: list[int] = []
    send = Engine._send

    def noted(self: Engine, message: dict[str, Any]) -> None:
        asked.extend([len(message["tasks"])] if message["op"] == "read" else [])
        send(self, message)

    monkeypatch.setattr(Engine, "_send", noted)
    space, shown = filled(make()), list[tuple[int, int]]()

    class Watching(Unwatched):
        def update(
            self, done: int, total: int | None, done_bytes: int, total_bytes: int | None
        ) -> None:
            shown.append((done, done_bytes))

    result = space.freeze(progress=Watching())
    assert asked == [5, 5, 5, 5, 2]
    assert shown == sorted(shown)
    assert shown[-1] == (22, sum(f.status.st_size for f in space.plan().files))
    assert (result.refused, result.bytes_new > 3_000_000) == (None, True)
    assert is_whole(space, result.tree)


def test_it_gives_way_to_everybody(make: MakeSpace) -> None:
    space = filled(make())
    space.freeze()
    assert os.getpriority(os.PRIO_PROCESS, space.pid) == 19
    if os.uname().machine == "x86_64":
        assert ctypes.CDLL(None).syscall(252, 1, space.pid) >> 13 == 3  # ioprio_get: the idle class
    assert int(Path(f"/proc/{space.pid}/oom_score_adj").read_text()) >= 600


def test_it_has_nothing_of_the_worker_but_its_pipes(make: MakeSpace, tmp_path: Path) -> None:
    lock = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    os.set_inheritable(lock, True)
    try:
        space = filled(make())
        space.freeze()
        opened = {
            os.readlink(f"/proc/{space.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{space.pid}/fd")
        }
        assert str(tmp_path / "lock") not in opened
        assert os.getsid(space.pid) == space.pid
    finally:
        os.close(lock)


def test_it_ends_with_its_worker(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from dotscience_server.chunks.client import Engine\n"
        f"engine = Engine(Path({str(tmp_path)!r}) / 'store', Path({str(tmp_path)!r}) / 'cache')\n"
        "engine.warm(); print(engine._process.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=PROJECT
    ) as worker:
        assert worker.stdout is not None
        pid = int(worker.stdout.readline())
        assert lives(pid)
        worker.send_signal(signal.SIGKILL)
    until(lambda: not lives(pid))


def test_one_that_ended_for_idleness_is_started_again(make: MakeSpace) -> None:
    space = filled(make())
    space.freeze()
    process = space.engine._process
    assert process is not None and process.stdin is not None
    process.stdin.close()  # as it ends when nobody asks: with 0
    assert process.wait() == 0
    space.file("new", b"1")
    assert space.freeze().refused is None


@pytest.mark.fault
@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("step", [step for step in STEPS if "object" not in step])
def test_killed_once_nobody_notices(
    make: MakeSpace, tmp_path: Path, step: str, number: int
) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    space = filled(make(broken("killed", step, number, 1, marks)))
    space.file("large", os.urandom(LARGE))
    first = space.freeze()
    with (space.root / "large").open("r+b") as file:
        file.seek(LARGE // 2)
        file.write(b"changed")
    result = space.freeze()
    assert (first.refused, result.refused) == (None, None)
    assert len(list(marks.iterdir())) == 1 or number > 1
    assert is_whole(space, result.tree)
    assert space.freeze().tree == result.tree


def test_killed_twice_the_files_are_stored_whole(make: MakeSpace, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    space = filled(make(broken("killed", "before the commit", 1, 2, marks)))
    result = space.freeze()
    assert result.refused is not None and "-9" in result.refused
    assert all((entry.hash or "a")[0] != "x" for entry in space.entries(result.tree).values())
    assert is_whole(space, result.tree)
    space.file("new", b"1")
    assert space.freeze().refused is None, "the next snapshot tries again"


@pytest.mark.fault
def test_hanging_it_is_killed(
    make: MakeSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "STALLED_S", 5.0)
    marks = tmp_path / "marks"
    marks.mkdir()
    space = filled(make(broken("hanging", "before the commit", 1, 1, marks)))
    assert space.freeze().refused is None
    [pid] = [int(mark.name) for mark in marks.iterdir()]
    assert not lives(pid)


def test_taking_too_much_memory_it_ends(make: MakeSpace, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    space = make(broken("memory", "", 0, 2, marks))
    space.file("large", os.urandom(100 << 20))
    result = space.freeze()
    assert result.refused == "it ended with 9"
    assert is_whole(space, result.tree)


def test_one_that_cannot_be_started_is_no_failure_of_the_snapshot(make: MakeSpace) -> None:
    space = filled(make(["/nonexistent/python"]))
    result = space.freeze()
    assert result.refused is not None
    assert is_whole(space, result.tree)


def test_cancelling_leaves_it_ready(make: MakeSpace) -> None:
    space = make()
    space.file("first", b"1")
    space.freeze()
    space.file("large", os.urandom(50 << 20))
    pid = space.pid

    class Impatient(Unwatched):
        calls = 0

        def check(self) -> None:
            self.calls += 1
            if self.calls > 1:
                raise Cancelled("no longer wanted")

    with pytest.raises(Cancelled):
        space.freeze(progress=Impatient())
    assert list((space.store / "tmp").iterdir()) == []
    result = space.freeze()
    assert is_whole(space, result.tree)
    assert lives(pid) or space.pid != pid


def test_progress_never_goes_back(make: MakeSpace, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    space = filled(make(broken("killed", "before the commit", 1, 1, marks)))
    seen: list[tuple[int, int | None, int, int | None]] = []

    class Watching(Unwatched):
        def update(
            self, done: int, total: int | None, done_bytes: int, total_bytes: int | None
        ) -> None:
            seen.append((done, total, done_bytes, total_bytes))

    space.freeze(progress=Watching())
    assert seen == sorted(seen)
    assert seen[-1] == (22, 22, 3_060_007, 3_060_007)


def test_a_pin_of_some_size_goes_into_chunks(make: MakeSpace, tmp_path: Path) -> None:
    space = make()
    (tmp_path / "small").write_bytes(b"1" * 60_000)
    (tmp_path / "large").write_bytes(os.urandom(100_000))
    small, large = (space.objects.add_file(tmp_path / name) for name in ("small", "large"))
    assert (small.hash[0] == "x", large.hash[0] == "x") == (False, True)
    for name, added in (("small", small), ("large", large)):
        assert space.objects.read(added.hash) == (tmp_path / name).read_bytes()
        assert space.objects.size(added.hash) == added.size
        assert space.objects.has(added.hash)
    with pytest.raises(FileNotFoundError):
        space.objects.add_file(tmp_path / "gone")


def test_fifty_similar_models_cost_what_differs(make: MakeSpace, tmp_path: Path) -> None:
    space = make()
    model = bytearray(os.urandom(4 << 20))
    path = tmp_path / "model"
    for number in range(10):
        model[number * 1000 : number * 1000 + 100] = os.urandom(100)
        path.write_bytes(model)
        space.objects.add_file(path)
    assert space.objects.disk_usage() < 7 << 20


def test_a_sparse_tebibyte_costs_its_data(make: MakeSpace) -> None:
    space = make()
    path = space.root / "sparse"
    data = os.urandom(3 << 20)
    with path.open("wb") as file:
        file.truncate(1 << 40)
        file.write(b"start")
        file.seek(1 << 39)
        file.write(data)
    result = space.freeze()
    assert result.refused is None
    assert result.bytes_new < 4 << 20
    entry = space.entries(result.tree)[b"sparse"]
    assert (entry.size, entry.hash is not None) == (1 << 40, True)
    with space.objects.open(entry.hash or "", entry.ranges, entry.size) as stored:
        assert stored.read(8) == b"start\0\0\0"
        stored.seek((1 << 39) - 2)
        assert stored.read(len(data) + 4) == b"\0\0" + data + b"\0\0"
        stored.seek((1 << 40) - 1)
        assert stored.read(8) == b"\0"
    out = space.checkout(result.tree).path / "sparse"
    assert out.stat().st_blocks * 512 < 8 << 20
    with out.open("rb") as file:
        file.seek(1 << 39)
        assert file.read(len(data)) == data


@pytest.mark.slow
def test_of_a_changed_sparse_file_only_what_differs_is_stored(make: MakeSpace) -> None:
    space = make()
    path = space.root / "sparse"
    first, second = os.urandom(20 << 20), os.urandom(20 << 20)
    with path.open("wb") as file:
        file.write(first)
        file.seek(1 << 30)
        file.write(second)
        file.truncate(2 << 30)
    space.freeze()
    middle = (1 << 30) + (7 << 20)
    with path.open("r+b") as file:
        file.seek(middle)
        file.write(b"changed" * 1000)
    result = space.freeze()
    assert 0 < result.bytes_new < 1 << 20
    entry = space.entries(result.tree)[b"sparse"]
    with space.objects.open(entry.hash or "", entry.ranges, entry.size) as stored:
        stored.seek((1 << 30) - 3)
        changed = second[: 7 << 20] + b"changed" * 1000 + second[(7 << 20) + 7000 :]
        assert stored.read(len(changed) + 3) == b"\0\0\0" + changed


@pytest.mark.fault
@pytest.mark.parametrize("how", ["append", "truncate", "replace"])
def test_g3_a_file_that_never_rests_is_named(make: MakeSpace, how: str) -> None:
    space = make()
    path = space.file("log", os.urandom(40 << 20))
    space.freeze()
    stop = threading.Event()

    def move() -> None:
        while not stop.wait(0.002):
            if how == "replace":
                beside = space.base / "beside"
                beside.write_bytes(os.urandom(2 << 20))
                beside.replace(path)
            else:
                with path.open("ab") as file:
                    file.write(b"x" * 1000)
                if how == "truncate":
                    os.truncate(path, 30 << 20)

    mover = threading.Thread(target=move)
    mover.start()
    try:
        result = space.freeze()
    finally:
        stop.set()
        mover.join()
    entry = space.entries(result.tree).get(b"log")
    assert result.refused is None
    if entry is not None and entry.hash is not None:
        assert len(space.objects.read(entry.hash)) == entry.size
    assert result.unstable in ((), (b"log",))  # it may have rested long enough
    assert is_whole(space, space.freeze().tree)


def test_ranges_that_a_file_system_tells_save_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way in for drivers that know what has changed: nothing is compared."""
    path = tmp_path / "large"
    path.write_bytes(os.urandom(LARGE))
    engine = LocalEngine(tmp_path / "store", tmp_path / "cache")
    (tmp_path / "store" / "tmp").mkdir(parents=True)
    status = path.lstat()
    file = PlannedFile(b"large", Status(0, 0, status.st_size, 0, 0, 1, 0))

    def read(task: Task) -> str:
        root = os.fsencode(tmp_path)
        outcomes, _ = engine.read(root, [task], 0, Unwatched(), lambda _: None)
        outcome = outcomes[b"large"]
        assert isinstance(outcome, Stored)
        return outcome.added.hash

    earlier = read(Task(file, None))
    with path.open("r+b") as opened:
        opened.seek(LARGE // 2)
        opened.write(b"changed")
    compared = read(Task(file, None, earlier))

    def refuse(*_: object) -> int:
        raise AssertionError("it was read")

    monkeypatch.setattr(batch.os, "preadv", refuse)
    assert read(Task(file, None, earlier, ((LARGE // 2, 7),))) == compared
    [found] = imported(tmp_path / "theirs").hash_files([str(path)])
    assert compared == f"x{found.hash}"
    engine.close()
