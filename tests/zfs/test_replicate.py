"""Replication: guids alone say what is common, nothing is forced, cut streams go on, and the copy brings runs back."""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO
from uuid import uuid4

import pytest

from dotscience_server.replication import frames
from dotscience_server.replication.failures import ReplicationRefused
from dotscience_server.replication.into_folder import Folder, FolderRefused, missing
from dotscience_server.replication.into_zfs import IntoZfs
from dotscience_server.replication.plan import Diverged, Point, Step, plan
from dotscience_server.replication.replicating import (
    Sent,
    Watch,
    receive_all,
    to_folder,
    to_pipe,
    to_zfs,
)
from dotscience_server.replication.source import Source
from dotscience_server.replication.target import Target, TargetRefused, parse_target
from dotscience_server.store.failures import FreezeRefused
from dotscience_server.zfs import names
from dotscience_server.zfs.command import Zfs
from tests.cli.conftest import SCRIPT, enter, run_ds
from tests.filesystems.disks import being
from tests.running_workers import end_workers

from .machines import second_machine
from .pools import KERNEL, Pool, ZfsGround, destroyed, run, zfs

any_zfs = [pytest.mark.slow, pytest.mark.any_zfs]


def points(text: str) -> list[Point]:
    return [Point(f"p/d@{name}", name) for name in text]


@pytest.mark.parametrize(
    ("ours", "there", "sent"),
    [
        ("abc", None, "-a ab bc"),
        ("abc", {"a"}, "ab bc"),
        ("abc", {"a", "c", "x"}, ""),
        ("abc", {"b"}, "bc"),
        ("", None, ""),
    ],
)
def test_what_is_missing_is_sent(ours: str, there: set[str] | None, sent: str) -> None:
    steps = plan(points(ours), [], there)
    told = " ".join(f"{step.since.guid if step.since else '-'}{step.to.guid}" for step in steps)
    assert told == sent


def test_nothing_in_common_is_told_and_a_bookmark_is_common() -> None:
    with pytest.raises(Diverged):
        plan(points("abc"), [], {"x"})
    with pytest.raises(Diverged):
        plan(points("abc"), [], set())
    mark = Point("p/d#m", "m", bookmark=True)
    assert plan(points("ab"), [mark], {"m"})[0] == Step(mark, points("a")[0])


@pytest.mark.parametrize(
    "text",
    [
        "ssh://-oProxyCommand=x/p/d",
        "ssh://a b/p/d",
        "ssh://h/p/../d",
        "ssh://h/",
        "ssh://-l@h/p",
        "ssh://h:99999999/p",
        "ssh://h/p/d?x",
        "zfs:-F",
        "zfs:p/d@s",
        "dir:",
        "/path",
        "",
    ],
)
def test_targets_that_are_none(text: str) -> None:
    with pytest.raises(TargetRefused):
        parse_target(text)


def test_targets() -> None:
    remote = parse_target("ssh://me@box.example:22/tank/a%20b")
    assert remote.host is not None and remote.host.address == "me@box.example"
    assert remote.dataset == "tank/a b" and remote.host.port == 22
    names.target_hold(remote.label)
    assert remote.label != parse_target("ssh://me@box.example:22/tank/a-b").label
    six = parse_target("ssh://[::1]/tank/a")
    assert six.host is not None and six.host.address == "::1"


class Cut(Exception):
    """The line broke."""


@pytest.fixture(scope="module")
def other(pool: Pool) -> Iterator[Pool]:
    """A second pool of the same host."""
    name, vdev = f"o{uuid4().hex[:8]}", pool.folder / "vdev2"
    with vdev.open("wb") as file:
        file.truncate(256 << 20)
    run("zpool", "create", "-m", pool.folder / "other", name, vdev)
    yield Pool(name, pool.folder)
    run("zpool", "destroy", "-f", name, ok=False)


def source_of(ground: ZfsGround) -> Source:
    found = Zfs.find()
    assert found is not None
    return Source(found, ground.dataset, ground.replica, b"")


def target_in(other: Pool) -> tuple[IntoZfs, Target]:
    found = Zfs.find()
    assert found is not None
    name = f"{other.name}/{uuid4().hex[:8]}"
    return IntoZfs(found, name), parse_target(f"zfs:{name}")


def watching(tell: Callable[[int], None] = lambda _count: None) -> Watch:
    return Watch(lambda _title, _all: None, tell)


def sent(source: Source, into: IntoZfs, target: Target, watch: Watch | None = None) -> Sent:
    return to_zfs(source, into, target, uuid4().hex[:12], watch or watching())


def content(into: IntoZfs, inside: str, at: Path) -> bytes:
    """A file of the newest snapshot there, by a clone."""
    newest = into.datasets.snapshots(into.dataset)[-1].name
    clone = f"{names.pool_of(into.dataset)}/{uuid4().hex[:8]}"
    zfs("clone", "-o", f"mountpoint={at}", newest, clone)
    try:
        return (at / inside).read_bytes()
    finally:
        destroyed(clone)


class TestDatasets:
    pytestmark = any_zfs

    def test_increments_arrive_without_others_snapshots(
        self, ground: ZfsGround, other: Pool, tmp_path: Path
    ) -> None:
        into, target = target_in(other)
        file, freezer = ground.top / "data", ground.freezer()
        file.write_bytes(b"one" * 50_000)
        first = freezer.take("one")
        done = sent(source_of(ground), into, target)
        assert first.guid in (into.there() or set()) and done.newest in (into.there() or set())
        ground.foreign()
        file.write_bytes(b"two" * 50_000)
        second = freezer.take("two")
        done = sent(source_of(ground), into, target)
        there = into.there() or set()
        assert {first.guid, second.guid} <= there
        assert not any("@ds-" not in one.name for one in into.datasets.snapshots(into.dataset))
        assert into.datasets.get(into.dataset, "readonly") == "on"
        assert content(into, "data", tmp_path / "at") == b"two" * 50_000
        # Of those taken for the target only the newest is kept here, where one was needed at all.
        taken = [one for one in source_of(ground).snapshots(target.label) if "@ds-r-" in one.name]
        assert [one.guid for one in taken] in ([], [done.newest])

    def test_what_both_have_is_held_here(self, ground: ZfsGround, other: Pool) -> None:
        into, target = target_in(other)
        sent(source_of(ground), into, target)
        (newest,) = source_of(ground).snapshots(target.label)
        with pytest.raises(FreezeRefused) as refusal:
            source_of(ground).datasets.destroy(newest.name)
        assert refusal.value.code in ("zfs-replicated", "zfs-held", "zfs-busy")

    def test_a_copy_that_was_written_to_is_left_alone(
        self, ground: ZfsGround, other: Pool, tmp_path: Path
    ) -> None:
        into, target = target_in(other)
        sent(source_of(ground), into, target)
        at = tmp_path / "copy"
        zfs("set", "readonly=off", into.dataset)
        zfs("set", f"mountpoint={at}", into.dataset)
        if not at.is_mount():
            zfs("mount", into.dataset)
        (at / "mine").write_text("written there")
        os.sync()
        before = into.there()
        (ground.top / "new").write_text("x")
        with pytest.raises(FreezeRefused) as refusal:
            sent(source_of(ground), into, target)
        assert refusal.value.code == "zfs-target-modified"
        zfs("snapshot", f"{into.dataset}@theirs")
        with pytest.raises(FreezeRefused) as refusal:
            sent(source_of(ground), into, target)
        assert refusal.value.code in ("zfs-diverged", "zfs-target-modified")
        assert (at / "mine").read_text() == "written there" and before is not None
        assert before < (into.there() or set())

    def test_a_dataset_that_is_no_copy_is_refused_and_nothing_is_made(
        self, ground: ZfsGround, other: Pool
    ) -> None:
        into, target = target_in(other)
        zfs("create", into.dataset)
        with pytest.raises(ReplicationRefused):
            sent(source_of(ground), into, target)
        assert source_of(ground).snapshots(target.label) == []

    def test_a_snapshot_made_again_under_its_name_is_not_common(
        self, ground: ZfsGround, other: Pool
    ) -> None:
        into, target = target_in(other)
        freeze = ground.freezer().take("x")
        done = sent(source_of(ground), into, target)
        hold = names.target_hold(target.label)
        for one in source_of(ground).snapshots(target.label):
            run("zfs", "release", hold, one.name, ok=False)
            run("zfs", "release", "dotscience", one.name, ok=False)
            zfs("destroy", one.name)
        for mark in source_of(ground).bookmarks(target.label):
            zfs("destroy", mark.name)
        ground.make_again(freeze)
        with pytest.raises(ReplicationRefused):
            sent(source_of(ground), into, target)
        assert done.newest in (into.there() or set())

    def test_cut_at_random_bytes_it_goes_on(
        self, ground: ZfsGround, other: Pool, tmp_path: Path
    ) -> None:
        rng = random.Random(7)
        into, target = target_in(other)
        body = rng.randbytes(6 << 20)
        (ground.top / "data").write_bytes(body)
        ground.freezer().take("one")
        tokens = 0
        for most in (rng.randrange(4 << 20), rng.randrange(1 << 20), rng.randrange(1000)):
            with contextlib.suppress(Cut, FreezeRefused):
                sent(source_of(ground), into, target, watching(after(most)))
            tokens += into.token() is not None
        assert bool(tokens) == KERNEL
        goes_on = into.token() is not None
        assert sent(source_of(ground), into, target).resumed == goes_on
        assert content(into, "data", tmp_path / "at") == body
        assert {one.guid for one in source_of(ground).snapshots(target.label)} <= (
            into.there() or set()
        )


class TestFilesAndPipes:
    pytestmark = any_zfs

    def test_by_disk(self, ground: ZfsGround, other: Pool, tmp_path: Path) -> None:
        folder, into = Folder(tmp_path / "stick"), target_in(other)[0]
        target = parse_target(f"dir:{folder.path}")
        for text in ("one", "two"):
            (ground.top / "data").write_text(text)
            ground.freezer().take(text)
            to_folder(source_of(ground), folder, target, uuid4().hex[:12], watching())
        wanted = folder.streams()
        # Where the host cannot tell that nothing was written, each time takes a snapshot of its own.
        assert len(wanted) == (2 if KERNEL else 4) and wanted[0].since is None
        done = received(folder, into)
        assert done.streams == len(wanted) and content(into, "data", tmp_path / "at") == b"two"
        assert received(folder, into).streams == 0
        marks = zfs("get", "-H", "-o", "value", "ds:replica", f"{into.dataset}@ds-two")
        assert names.from_value(marks) == ground.replica.encode()

    def test_what_sending_failed_with_is_told_and_nothing_is_listed(
        self, ground: ZfsGround, tmp_path: Path
    ) -> None:
        folder, source = Folder(tmp_path / "stick"), source_of(ground)
        step = Step(None, Point(f"{ground.dataset}@ds-never", "7"))
        with pytest.raises(FreezeRefused) as refusal, source.send(step) as stream:
            folder.write(step, stream, lambda _count: None)
        assert refusal.value.code == "zfs-gone" and folder.streams() == []

    def test_a_flipped_bit_is_found_before_anything_is_received(
        self, ground: ZfsGround, other: Pool, tmp_path: Path
    ) -> None:
        folder, into = Folder(tmp_path / "stick"), target_in(other)[0]
        (ground.top / "data").write_bytes(os.urandom(100_000))
        target = parse_target(f"dir:{folder.path}")
        to_folder(source_of(ground), folder, target, uuid4().hex[:12], watching())
        (file,) = folder.path.glob("*.zfs")
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 4
        file.write_bytes(data)
        with pytest.raises(FolderRefused):
            received(folder, into)
        assert into.there() is None

    def test_a_pipe_cut_at_random_bytes(
        self, ground: ZfsGround, other: Pool, tmp_path: Path
    ) -> None:
        rng, into = random.Random(11), target_in(other)[0]
        (ground.top / "data").write_bytes(rng.randbytes(2 << 20))
        ground.freezer().take("one")
        for most in (rng.randrange(2 << 20), rng.randrange(100), None):
            piped(source_of(ground), into, most)
        assert len(content(into, "data", tmp_path / "at")) == 2 << 20
        ground.freezer().take("two")
        piped(source_of(ground), into, None)
        known = {one.name.partition("@")[2] for one in into.datasets.snapshots(into.dataset)}
        assert {"ds-one", "ds-two"} <= known


def received(folder: Folder, into: IntoZfs) -> Sent:
    there = into.there()
    wanted = missing(folder.streams(), there)
    return receive_all(folder.opened(wanted), into, there, watching())


def piped(source: Source, into: IntoZfs, most: int | None) -> None:
    """Both ends at once; the pipe breaks after ``most`` bytes."""
    reading, writing = os.pipe()
    there = into.there()

    def send() -> None:
        with contextlib.suppress(BrokenPipeError), open(writing, "wb", buffering=0) as out:
            piece: IO[bytes] = out if most is None else Broken(out, most)  # type: ignore[assignment]
            with contextlib.suppress(BrokenPipeError):
                target = Target("the pipe")
                to_pipe(source, piece, there or set(), target, uuid4().hex[:12], watching())

    sender = threading.Thread(target=send)
    sender.start()
    with open(reading, "rb") as coming, contextlib.suppress(frames.PipeCut, FreezeRefused):
        receive_all(frames.read(coming), into, there, watching())  # type: ignore[arg-type]
    sender.join()


class Broken:
    """A pipe's end that breaks after so many bytes."""

    def __init__(self, out: IO[bytes], most: int) -> None:
        self._out = out
        self._left = most

    def write(self, data: bytes) -> int:
        self._out.write(data[: self._left])
        self._left -= len(data)
        if self._left <= 0:
            raise BrokenPipeError
        return len(data)

    def flush(self) -> None:
        self._out.flush()


def after(most: int) -> Callable[[int], None]:
    """A line that breaks after so many bytes."""
    carried = 0

    def tell(count: int) -> None:
        nonlocal carried
        carried += count
        if carried > most:
            raise Cut

    return tell


@pytest.mark.openzfs
def test_a_bookmark_stands_in_for_a_snapshot_that_is_gone(
    ground: ZfsGround, other: Pool, tmp_path: Path
) -> None:
    into, target = target_in(other)
    (ground.top / "data").write_text("one")
    sent(source_of(ground), into, target)
    (common,) = source_of(ground).snapshots(target.label)
    zfs("release", names.target_hold(target.label), common.name)
    zfs("release", "dotscience", common.name)
    zfs("destroy", common.name)
    (ground.top / "data").write_text("two")
    done = sent(source_of(ground), into, target)
    assert done.streams == 1 and content(into, "data", tmp_path / "at") == b"two"
    assert len(source_of(ground).bookmarks(target.label)) == 1


@pytest.mark.openzfs
def test_a_user_replicates_with_the_rights_that_doctor_prints(pool: Pool, other: Pool) -> None:
    ground = ZfsGround(pool, user=1000)
    rights = "snapshot,hold,release,userprop,destroy,mount,send,bookmark,diff"
    zfs("allow", "-u", "1000", rights, ground.dataset)
    zfs("allow", "-u", "1000", "receive,create,mount,userprop,readonly,mountpoint", other.name)
    into, target = target_in(other)
    with being(1000):
        (ground.top / "data").write_text("one")
        sent(source_of(ground), into, target)
        (ground.top / "data").write_text("two")
        done = sent(source_of(ground), into, target)
    assert done.newest in (into.there() or set())


@pytest.mark.openzfs
def test_a_stream_of_one_source_is_not_resumed_by_another(ground: ZfsGround, other: Pool) -> None:
    into, target = target_in(other)
    (ground.top / "data").write_bytes(os.urandom(4 << 20))
    with contextlib.suppress(Cut, FreezeRefused):
        sent(source_of(ground), into, target, watching(after(2 << 20)))
    assert into.token() is not None
    for one in source_of(ground).snapshots(target.label):
        run("zfs", "release", "dotscience", one.name, ok=False)
        zfs("destroy", one.name)
    with pytest.raises(FreezeRefused) as refusal:
        sent(source_of(ground), into, target)
    assert refusal.value.code in ("zfs-resume-lost", "zfs-gone")


@pytest.mark.slow
def test_a_run_comes_back_on_another_machine(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, pool: Pool
) -> None:
    """Over ssh to a machine with a ZFS and a network of its own; opened there from a clone of the copy."""
    place = tmp_path_factory.mktemp("machines")
    with second_machine(place) as machine:
        a = place / "a"
        a.mkdir()
        enter(a, monkeypatch)
        _, at = pool.dataset()
        monkeypatch.setenv("PATH", f"{machine.path}:{os.environ['PATH']}")
        monkeypatch.chdir(at)
        run_ds("init")
        run_ds("policy", "--floor", "0")
        subprocess.run([sys.executable, "-c", SCRIPT], check=True, env=with_path())
        run_ds("snapshot")
        url = f"{machine.url}/copy"
        assert "stream" in run_ds("replicate", url).stdout
        (at / "model.bin").unlink()
        done = json.loads(run_ds("--json", "replicate", url).stdout)
        assert done["streams"] >= 1 and done["bytes"] > 0
        runs = json.loads(run_ds("runs", "--json").stdout)
        monkeypatch.chdir(place)
        end_workers(at)

        newest = machine.there("zfs", "list", "-H", "-t", "snapshot", "-o", "name").split("\n")[-1]
        assert machine.there("zfs", "get", "-Hp", "-o", "value", "guid", newest) == done["newest"]
        work = place / "work"
        machine.there("zfs", "clone", "-o", f"mountpoint={work}", newest, f"{machine.pool}/work")
        b = Ds(machine.pid, place / "b")
        assert [one["id"] for one in json.loads(b("-C", work, "runs", "--json"))] == [
            one["id"] for one in runs
        ]
        oldest = runs[-1]["id"]
        b("-C", work, "checkout", oldest[:8], "--into", place / "out")
        b.end(work)
        assert (place / "out" / "model.bin").read_bytes() == b"model 5"


def with_path() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}


class Ds:
    """The command on another machine, with a home of its own."""

    def __init__(self, pid: int, home: Path) -> None:
        home.mkdir()
        self._enter = ["nsenter", "-m", "-n", "-p", "-t", str(pid)]
        named = {f"XDG_{name}_HOME": str(home / name) for name in ("CACHE", "STATE", "CONFIG")}
        (home / "run").mkdir(mode=0o700)
        self._env = {
            **with_path(),
            **named,
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home / "run"),
        }

    def __call__(self, *arguments: str | Path) -> str:
        command = [*self._enter, sys.executable, "-m", "dotscience_server", *map(str, arguments)]
        done = subprocess.run(
            command, capture_output=True, text=True, env=self._env, timeout=90, cwd="/"
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def end(self, workspace: Path) -> None:
        """Its worker, by the pid that it signed with."""
        store = workspace / ".dotscience" / "worker.lock"
        text = subprocess.run([*self._enter, "cat", str(store)], capture_output=True).stdout
        subprocess.run([*self._enter, "kill", str(json.loads(text)["pid"])], check=True)
