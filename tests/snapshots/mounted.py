"""Cases that need disks of their own, each run as root in a mount namespace that ends with it:

unshare -m python -m tests.snapshots.mounted CASE BASE
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

from dotscience_server.chunks.client import Engine
from dotscience_server.chunks.hashing import chunk_hash, file_hash, text_of
from dotscience_server.snapshots import restore
from dotscience_server.snapshots.contract import Unwatched
from dotscience_server.snapshots.filesystem import COARSE_NS, kind_of, racy_window_ns
from dotscience_server.snapshots.policy import Policy
from dotscience_server.store.failures import DiskFloor, DiskFull
from dotscience_server.store.objects import ObjectStore

from .trees import describe
from .workspaces import Workspace


def mount(kind: str, options: str, at: Path) -> None:
    at.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", kind, "-o", options, kind, at], check=True)


def filled(base: Path) -> Workspace:
    """Code, 6 MB in small files, one of 10 MB; the store on a disk of 4 MB."""
    mount("tmpfs", "size=4m", base / "store")
    space = Workspace(base)
    space.file("train.py", b"print()")
    for number in range(30):
        space.file(f"data/{number}", os.urandom(200_000))
    space.file("big", os.urandom(10_000_000))
    return space


def check_store(space: Workspace) -> None:
    """No partial object, nothing unfinished."""
    assert list((space.store / "tmp").iterdir()) == []
    for path in space.object_files():
        name = path.parent.name + path.name
        assert hashlib.sha256(path.read_bytes()).hexdigest() == name


def disk_full_while_storing(base: Path) -> None:
    space = filled(base)
    for _ in range(2):
        try:
            space.freeze()
        except DiskFull as failure:
            assert "free" in failure.fields
        else:
            raise AssertionError("it fitted")
        check_store(space)
        assert space.objects.has(hashlib.sha256(b"print()").hexdigest()), "code comes first"
    subprocess.run(["mount", "-o", "remount,size=64m", base / "store"], check=True)
    out = space.checkout(space.freeze().tree)
    assert describe(os.fsencode(out.path)) == describe(os.fsencode(space.root))


def chunked(base: Path) -> Workspace:
    """The same with an engine in a process of its own."""
    space = filled(base)
    engine = Engine(space.store, base / "cache")
    space.objects = ObjectStore(space.store, base / "cache", engine)
    return space


def check_chunks(space: Workspace) -> None:
    """Nothing unfinished, every xorb and shard whole, and code came first."""
    check_store(space)
    chunks = space.objects.chunks
    assert chunks is not None
    assert not list((space.store / "chunks" / "tmp").iterdir())
    assert not [damage for xorb in chunks.xorbs() for damage in chunks.check_xorb(xorb)]
    assert not [damage for shard in chunks.shards() for damage in chunks.check_shard(shard)]
    code = b"print()"
    key = "x" + text_of(file_hash([chunk_hash(code)], [len(code)]))
    assert space.objects.read(key) == code


def disk_full_while_storing_chunks(base: Path) -> None:
    space = chunked(base)
    for _ in range(2):
        try:
            space.freeze()
        except DiskFull as failure:
            assert "free" in failure.fields
        else:
            raise AssertionError("it fitted")
        check_chunks(space)
    subprocess.run(["mount", "-o", "remount,size=64m", base / "store"], check=True)
    result = space.freeze()
    assert result.refused is None
    out = space.checkout(result.tree)
    assert describe(os.fsencode(out.path)) == describe(os.fsencode(space.root))
    space.objects.close()


def floor_of_free_space_with_chunks(base: Path) -> None:
    space = chunked(base)
    try:
        space.freeze(space.plan(Policy(default="keep", floor_bytes=1_000_000)))
    except DiskFloor:
        pass
    else:
        raise AssertionError("it went below the floor")
    check_chunks(space)
    assert space.objects.free_bytes() >= 1_000_000
    space.objects.close()


def floor_of_free_space(base: Path) -> None:
    space = filled(base)
    plan = space.plan(Policy(default="keep", floor_bytes=1_000_000))
    try:
        space.freeze(plan)
    except DiskFloor:
        pass
    else:
        raise AssertionError("it went below the floor")
    check_store(space)
    assert space.objects.free_bytes() >= 1_000_000


def disk_full_while_checking_out(base: Path) -> None:
    space = Workspace(base)
    for number in range(30):
        space.file(f"data/{number}", os.urandom(200_000))
    tree = space.freeze().tree
    mount("tmpfs", "size=4m", base / "small")
    check_room = restore.check_room
    for check in (check_room, lambda *_: None):
        restore.check_room = check
        try:
            restore.checkout(space.objects, tree, {}, base / "small" / "d" / "out", Unwatched())
        except DiskFull as failure:
            assert failure.fields["what"]
        else:
            raise AssertionError("it fitted")
        assert os.listdir(base / "small") == []


def other_disks_are_not_entered(base: Path) -> None:
    space = Workspace(base)
    space.file("mine", b"1")
    mount("tmpfs", "size=4m", space.root / "theirs")
    space.file("theirs/secret", b"2")
    plan = space.plan()
    assert [file.path for file in plan.files] == [b"mine"]
    assert plan.mounts == (b"theirs",)
    out = space.checkout(space.freeze(plan).tree)
    assert os.listdir(out.path / "theirs") == []


def coarse_clock(base: Path) -> None:
    """ramfs stamps files once a tick: find a change within one tick, and see it caught."""
    mount("ramfs", "mode=755", base / "disk")
    (base / "disk").chmod(0o755)
    space = Workspace(base / "disk")
    assert kind_of(space.root) == "ramfs"
    assert racy_window_ns(space.root, space.store / "tmp") == COARSE_NS
    path = space.root / "data"
    content = hashlib.sha256(b"old").hexdigest()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        path.write_bytes(b"old")
        moment = space.cache.moment()
        before = path.stat()
        path.write_bytes(b"new")
        after = path.stat()
        if (before.st_mtime_ns, before.st_ctime_ns) == (after.st_mtime_ns, after.st_ctime_ns):
            break
    else:
        raise AssertionError("this clock is not coarse")
    space.objects.add_bytes(b"old")
    space.cache.put(before, content, None, moment)
    out = space.checkout(space.freeze().tree)
    assert (out.path / "data").read_bytes() == b"new"


CASES = {
    case.__name__: case
    for case in (
        disk_full_while_storing,
        disk_full_while_storing_chunks,
        floor_of_free_space,
        floor_of_free_space_with_chunks,
        disk_full_while_checking_out,
        other_disks_are_not_entered,
        coarse_clock,
    )
}

if __name__ == "__main__":
    CASES[sys.argv[1]](Path(sys.argv[2]))
