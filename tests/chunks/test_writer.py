"""Writing through the real hf-xet: what is committed is there, what fails says so, nothing leaks."""

from __future__ import annotations

import errno
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dotscience_server.chunks import cas_server
from dotscience_server.chunks import folder as folder_module
from dotscience_server.chunks.cas import Cas
from dotscience_server.chunks.engine_settings import engine_environment
from dotscience_server.chunks.store import ChunkStore
from dotscience_server.store.failures import (
    ChunksRefused,
    DiskFloor,
    DiskFull,
    ObjectDamaged,
    StoreUnwritable,
)
from tests.chunks.stores import noise, put, store_in, writing


def test_paths_and_bytes(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    file = tmp_path / "data"
    file.write_bytes(noise(500_000))
    with writing(store, tmp_path) as writer, file.open("rb") as held:
        pinned = writer.add_path(f"/proc/self/fd/{held.fileno()}")
        file.unlink()
        plain = writer.add_bytes(b"hello", sha256="cd" * 32)
        key, size = pinned.result()
        assert size == 500_000
        writer.commit()
        assert pinned.result() == (key, size)
        assert store.read(key) == noise(500_000)
        assert store.key_of_sha256("cd" * 32) == plain.result()[0]
        writer.commit()  # nothing to do


def test_commits_one_after_the_other(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    content = noise(3_000_000)
    with writing(store, tmp_path) as writer:
        first = writer.add_bytes(content)
        writer.commit()
        assert writer.stored_bytes > 3_000_000
        again = writer.add_bytes(content)
        writer.commit()
        assert (writer.stored_bytes, again.result()) == (0, first.result())
        near = writer.add_bytes(content[:1_500_000] + b"!" + content[1_500_000:])
        writer.commit()
        assert 0 < writer.stored_bytes < 300_000
    assert store.read(near.result()[0])[1_500_000:1_500_001] == b"!"


@pytest.mark.parametrize("lost", ["nothing", "the cache folder"])
def test_another_process_knows_what_is_stored(tmp_path: Path, lost: str) -> None:
    """Also with an empty cache of hf-xet: it is told again what lies in the store."""
    content = noise(2_000_000)
    put(store_in(tmp_path), tmp_path, content)
    cache = tmp_path if lost == "nothing" else tmp_path / "elsewhere"
    store = ChunkStore(tmp_path / "chunks", cache / "cache" / "chunks.sqlite")
    with writing(store, cache) as writer:
        upload = writer.add_bytes(b"head" + content + b"tail")
        writer.commit()
        assert writer.stored_bytes < 400_000
    assert store.read(upload.result()[0]) == b"head" + content + b"tail"


def test_nothing_but_xorbs_and_shards_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No telemetry, no question for leave, and none for each small file."""
    seen: list[str] = []
    parse = cas_server.Handler.parse_request

    def noted(self: cas_server.Handler) -> bool:
        told = parse(self)
        seen.append(f"{self.command} {self.path}")
        return told

    monkeypatch.setattr(cas_server.Handler, "parse_request", noted)
    store = store_in(tmp_path)
    put(store, tmp_path, *(noise(2000, seed) for seed in range(200)))
    put(store, tmp_path, noise(2000, 1) + noise(2000, 2))
    assert len(seen) == 4
    assert {request[: len("POST /v1/xorbs")] for request in seen} == {
        "POST /v1/xorbs",
        "POST /v1/shard",
    }


def test_the_cache_of_the_user_is_left_alone(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.chunks.stores import *;"
        "folder = Path(sys.argv[1]); put(store_in(folder), folder, noise(100_000))"
    )
    home = tmp_path / "home"
    home.mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        check=True,
        env={**kept, "HOME": str(home), "HTTP_PROXY": "http://127.0.0.1:9"},
    )
    assert list(home.iterdir()) == []
    assert [path.name for path in (tmp_path / "cache" / "engine").iterdir()] in ([], ["logs"])


def test_settings_of_the_user_are_not_for_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = {"HF_XET_HIGH_PERFORMANCE": "1", "HF_XET_CACHE": "/theirs", "http_proxy": "http://x"}
    for name, value in theirs.items():
        monkeypatch.setenv(name, value)
    with engine_environment(tmp_path):
        assert os.environ["HF_XET_CACHE"] == str(tmp_path)
        assert "HF_XET_HIGH_PERFORMANCE" not in os.environ
        assert "http_proxy" not in os.environ
    assert {name: os.environ[name] for name in theirs} == theirs
    assert "HF_XET_TELEMETRY_ENABLED" not in os.environ


def test_durable_in_this_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Xorbs, their names, then the shard, its name; then the answer."""
    events: list[str] = []
    fsync, rename = os.fsync, os.rename

    def synced(fd: int) -> None:
        fsync(fd)
        events.append("sync " + os.readlink(f"/proc/self/fd/{fd}"))

    def renamed(source: str, target: str) -> None:
        rename(source, target)
        events.append(f"rename {source} {target}")

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(folder_module.os, "rename", renamed)
    store = store_in(tmp_path)
    put(store, tmp_path, noise(100_000))
    chunks = tmp_path / "chunks"
    (xorb,) = (store.folder.xorb_path(name) for name in store.xorbs())
    (shard,) = (str(store.folder.shard_path(name)) for name in store.shards())

    def position(event: str) -> int:
        return next(i for i, found in enumerate(events) if found.startswith(event))

    def published(target: str) -> tuple[int, int]:
        at = next(i for i, found in enumerate(events) if found.endswith(f" {target}"))
        return position("sync " + events[at].split()[1]), at

    order = [
        *published(xorb),
        position(f"sync {Path(xorb).parent}"),
        position(f"sync {chunks / 'xorbs'}"),
        *published(shard),
        position(f"sync {chunks / 'shards'}"),
    ]
    assert order == sorted(order)


def test_a_dead_cas_fails_within_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Cas, "start", lambda self: None)
    begun = time.monotonic()
    with writing(store_in(tmp_path), tmp_path) as writer:
        writer.add_bytes(noise(100_000))
        with pytest.raises(ChunksRefused):
            writer.commit()
    assert time.monotonic() - begun < 30  # a bound of the design, not a measurement


@pytest.mark.parametrize(
    "failure", [DiskFull("full", kept="all"), StoreUnwritable("no", path="p"), ChunksRefused("no")]
)
def test_what_the_cas_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def refused(*_: object) -> bool:
        raise failure

    store = store_in(tmp_path)
    with writing(store, tmp_path) as writer:
        with monkeypatch.context() as patch:
            patch.setattr(Cas, "take_xorb", refused)
            upload = writer.add_bytes(noise(100_000))
            with pytest.raises(type(failure)) as raised:
                writer.commit()
            assert raised.value is failure
        assert not store.has(upload.result()[0])
        # The next commit is not told that it was stored.
        upload = writer.add_bytes(noise(100_000))
        writer.commit()
        assert store.read(upload.result()[0]) == noise(100_000)


def test_the_floor(tmp_path: Path) -> None:
    with writing(store_in(tmp_path), tmp_path, floor_bytes=1 << 60) as writer:
        writer.add_bytes(b"x")
        with pytest.raises(DiskFloor):
            writer.commit()


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    with writing(store, tmp_path) as writer:
        good = writer.add_bytes(b"good")
        with pytest.raises(ChunksRefused):
            writer.add_path(str(tmp_path / "none")).result()
        with pytest.raises(ChunksRefused):
            writer.commit()
        good = writer.add_bytes(b"good")
        writer.commit()
        assert store.read(good.result()[0]) == b"good"


def test_a_xorb_that_went_behind_its_back(tmp_path: Path) -> None:
    """The near copy is sent whole: no file ever names a xorb that is gone."""
    store = store_in(tmp_path)
    content = noise(1_000_000)
    with writing(store, tmp_path) as writer:
        old = writer.add_bytes(content)
        writer.commit()
        (xorb,) = store.xorbs()
        Path(store.folder.xorb_path(xorb)).unlink()
        near = writer.add_bytes(b"new" + content)
        writer.commit()
        assert writer.stored_bytes > 1_000_000
        assert store.read(near.result()[0]) == b"new" + content
        with pytest.raises(ObjectDamaged):
            store.read(old.result()[0])


def test_a_xorb_that_goes_while_a_commit_is_under_way(tmp_path: Path) -> None:
    """Refused, nothing dangles; the same once more is stored."""
    store = store_in(tmp_path)
    content = noise(1_000_000)
    with writing(store, tmp_path) as writer:
        writer.add_bytes(content)
        writer.commit()
        (xorb,) = store.xorbs()
        near = writer.add_bytes(b"new" + content)
        near.result()
        Path(store.folder.xorb_path(xorb)).unlink()
        with pytest.raises(ChunksRefused, match="not there"):
            writer.commit()
        assert len(list(store.shards())) == 1
        near = writer.add_bytes(b"new" + content)
        writer.commit()
        assert store.read(near.result()[0]) == b"new" + content


def test_an_aborted_commit(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    with writing(store, tmp_path) as writer:
        writer.add_bytes(noise(1000))
        writer.abort()
        writer.abort()
        assert list(store.shards()) == []
        kept = writer.add_bytes(noise(1000, 1))
        writer.commit()
        assert store.read(kept.result()[0]) == noise(1000, 1)
    assert len(list(store.shards())) == 1


def test_an_orphan_xorb_is_used_again(tmp_path: Path) -> None:
    """What a killed writer had sent is not sent again."""
    store = store_in(tmp_path)
    content = noise(1_000_000)
    put(store, tmp_path, content)
    for shard in store.shards():
        store.folder.shard_path(shard).unlink()
    anew = ChunkStore(tmp_path / "chunks")
    with writing(anew, tmp_path) as writer:
        upload = writer.add_bytes(content)
        writer.commit()
        assert writer.stored_bytes == 0
    assert ChunkStore(tmp_path / "chunks").read(upload.result()[0]) == content


def test_a_long_way_to_the_cache_folder(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    store = store_in(folder)
    (key,) = put(store, folder, b"content")
    assert store.read(key) == b"content"


def test_what_ended_processes_left_is_removed(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    store = store_in(tmp_path)
    left = [
        tmp_path / "cache" / "engine" / f"{ended.pid}-1",
        tmp_path / "chunks" / "tmp" / f"{ended.pid}-0",
    ]
    ours = tmp_path / "chunks" / "tmp" / f"{os.getpid()}-99999"
    left[0].mkdir(parents=True)
    left[1].parent.mkdir(parents=True)
    left[1].write_bytes(b"part")
    ours.write_bytes(b"part")
    put(store, tmp_path, b"x")
    assert not left[0].exists()
    assert not left[1].exists()
    assert ours.exists()


@pytest.mark.slow
def test_a_file_truncated_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The result tells what was read; the caller compares."""
    file = tmp_path / "data"
    file.write_bytes(noise(250 << 20))
    take, cut = Cas.take_xorb, threading.Event()

    def taken(self: Cas, xorb: str, body: object) -> bool:
        if not cut.is_set():
            cut.set()
            os.truncate(file, 70 << 20)
        return take(self, xorb, body)  # type: ignore[arg-type]

    monkeypatch.setattr(Cas, "take_xorb", taken)
    store = store_in(tmp_path)
    with writing(store, tmp_path) as writer:
        key, size = writer.add_path(str(file)).result()
        writer.commit()
    assert size < 250 << 20
    assert store.size(key) == size
    assert store.read(key) == noise(250 << 20)[:size]


_KILLED = """
import sys
from pathlib import Path
from dotscience_server.chunks.store import ChunkStore
from dotscience_server.chunks.writer import ChunkWriter
folder = Path(sys.argv[1])
writer = ChunkWriter(ChunkStore(folder / "chunks", folder / "cache" / "c.sqlite"), folder / "cache")
writer.add_path(sys.argv[2]).result()
writer.commit()
"""


@pytest.mark.fault
def test_killed_while_it_sends(tmp_path: Path) -> None:
    """Each time killed, the next one sends what was not stored: at most one xorb twice."""
    file = tmp_path / "data"
    content = b"".join(noise(100 << 20, seed) for seed in range(4))
    file.write_bytes(content)
    store = ChunkStore(tmp_path / "chunks")
    for least in (1, 3):
        writer = subprocess.Popen([sys.executable, "-c", _KILLED, str(tmp_path), str(file)])
        deadline = time.monotonic() + 60
        while len(list(store.xorbs())) < least and time.monotonic() < deadline:
            time.sleep(0.005)
        writer.kill()
        writer.wait()
    stored = store.disk_usage()
    assert stored > 100 << 20
    assert list(store.shards()) == []
    with writing(store, tmp_path) as again:
        upload = again.add_path(str(file))
        again.commit()
        sent = again.stored_bytes
    assert sent <= (400 << 20) - stored + (64 << 20)
    assert store.read(upload.result()[0]) == content
    assert list(store.folder.tmp.iterdir()) == []


_MANY = """
import random, sys
from pathlib import Path
from dotscience_server.chunks.store import ChunkStore
from dotscience_server.chunks.writer import ChunkWriter
folder, chance = Path(sys.argv[1]), random.Random(int(sys.argv[2]))
writer = ChunkWriter(ChunkStore(folder / "chunks", folder / "cache" / "c.sqlite"), folder / "cache")
content = chance.randbytes(300_000)
while True:
    at = chance.randrange(len(content))
    content = content[:at] + chance.randbytes(1000) + content[at:]
    uploads = [writer.add_bytes(content), writer.add_bytes(chance.randbytes(5000))]
    writer.commit()
    print(*(key for upload in uploads for key in upload.result()), flush=True)
"""


@pytest.mark.fault
def test_whatever_was_committed_is_whole(tmp_path: Path) -> None:
    """Killed at any moment, in between and again: what was acknowledged reads, nothing dangles."""
    chance = random.Random(11)
    acknowledged: dict[str, int] = {}
    for seed in range(8):
        writer = subprocess.Popen(
            [sys.executable, "-c", _MANY, str(tmp_path), str(seed)], stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        with writer.stdout as answers:
            for _ in range(chance.randint(1, 12)):
                words = answers.readline().split()
                for key, size in zip(words[::2], words[1::2], strict=True):
                    acknowledged[key.decode()] = int(size)
            time.sleep(chance.random() * 0.02)  # the moment of the kill is what is random
            writer.kill()
            writer.wait()
        store = ChunkStore(tmp_path / "chunks", tmp_path / "cache" / "c.sqlite")
        for key, size in acknowledged.items():
            assert len(store.read(key)) == size
        assert [store.check_shard(shard) for shard in store.shards()] == [[]] * len(
            list(store.shards())
        )
        store.close()
    assert all(map(ChunkStore(tmp_path / "chunks").has, acknowledged))


_MEASURED = """
import os, sys
from pathlib import Path
from dotscience_server.chunks.store import ChunkStore
from dotscience_server.chunks.writer import ChunkWriter
folder = Path(sys.argv[1])
writer = ChunkWriter(ChunkStore(folder / "chunks", folder / "cache" / "c.sqlite"), folder / "cache")
writer.add_path(sys.argv[2])
for _ in range(4000):
    writer.add_bytes(os.urandom(20_000))
writer.commit()
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
"""


@pytest.mark.slow
def test_memory_stays_small(tmp_path: Path) -> None:
    file = tmp_path / "data"
    with file.open("wb") as out:
        for seed in range(8):
            out.write(noise(64 << 20, seed))
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(tmp_path), str(file)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert int(done.stdout) < 330 << 10


def test_pieces_that_end_in_an_error_leave_the_commit_usable(tmp_path: Path) -> None:
    data = os.urandom(3 << 20)

    def broken() -> Iterator[bytes]:
        yield data
        raise OSError(errno.EIO, "the disk does not answer")

    store = store_in(tmp_path)
    with writing(store, tmp_path) as writer:
        with pytest.raises(OSError, match="does not answer"):
            writer.add_pieces(broken())
        key, size = writer.add_pieces([data[: 1 << 20], data[1 << 20 :]])
        writer.commit()
        assert (size, store.read(key)) == (len(data), data)
