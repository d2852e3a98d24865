"""The CAS keeps what is right, refuses what is not, and answers downloads of an unmodified hf-xet."""

from __future__ import annotations

import socket
import struct
from array import array
from pathlib import Path

import pytest

from dotscience_server.chunks import cas_server
from dotscience_server.chunks import folder as folder_module
from dotscience_server.chunks import shard as shards
from dotscience_server.chunks.engine_settings import (
    engine_environment,
    engine_settings,
    imported,
)
from dotscience_server.chunks.hashing import chunk_hash, file_hash, range_hash, text_of
from dotscience_server.chunks.shard import Shard, ShardFile, ShardXorb, Term
from dotscience_server.chunks.store import ChunkStore, key_of
from dotscience_server.chunks.xorb import XorbBuilder, pack
from dotscience_server.store.failures import ChunksRefused, DiskFloor, DiskFull, StoreUnwritable
from tests.chunks.stores import noise, put, put_file, store_in
from tests.chunks.talk import Talk, serving

CHUNKS = [noise(1000, 1), noise(2000, 2), b"a" * 3000]


def built(*chunks: bytes) -> tuple[str, bytes]:
    builder = XorbBuilder()
    for chunk in chunks:
        builder.add(chunk)
    layout, parts = builder.finish()
    return text_of(layout.xorb_hash()), b"".join(parts)


def described(*chunks: bytes, start: int = 0, end: int | None = None) -> Shard:
    """A shard of a xorb of `chunks` and of one file, its chunks `start` to `end`."""
    hashes = [chunk_hash(chunk) for chunk in chunks]
    sizes = [len(chunk) for chunk in chunks]
    builder = XorbBuilder()
    for chunk in chunks:
        builder.add(chunk)
    xorb = builder.finish()[0].xorb_hash()
    end = len(chunks) if end is None else end
    term = Term(xorb, start, end, sum(sizes[start:end]))
    proof = range_hash(b"".join(hashes[start:end]))
    file = ShardFile(file_hash(hashes[start:end], sizes[start:end]), [term], [proof])
    return Shard([file], [ShardXorb(xorb, b"".join(hashes), array("I", sizes))])


def send_xorb(talk: Talk, *chunks: bytes) -> str:
    xorb, data = built(*chunks)
    assert talk.ask("POST", f"/v1/xorbs/default/{xorb}", data)[0] == 200
    return xorb


def test_a_xorb_and_its_shard(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    with serving(store, tmp_path) as talk:
        xorb, data = built(*CHUNKS)
        for inserted in (b"true", b"false"):
            status, body = talk.ask("POST", f"/v1/xorbs/default/{xorb}", data)
            assert (status, body) == (200, b'{"was_inserted": ' + inserted + b"}")
            talk.cas.settle()
        shard = described(*CHUNKS, start=1)
        assert talk.ask("POST", "/v1/shards", shards.write(shard)) == (200, b'{"result": 1}')
        assert store.read(key_of(shard.files[0].hash)) == CHUNKS[1] + CHUNKS[2]


def test_routes_it_does_not_have(tmp_path: Path) -> None:
    with serving(store_in(tmp_path), tmp_path) as talk:
        for path in ("/", "/v2/shards", f"/v1/xorb-grants/default/{'1' * 64}", "/v1/telemetry"):
            assert talk.ask("POST", path, b"x" * 5000)[0] == 404
            assert talk.ask("GET", path)[0] == 404
        for path in (f"/v1/chunks/default-merkledb/{'1' * 64}", f"/v1/reconstructions/{'1' * 64}"):
            assert talk.ask("GET", path)[0] == 404
        assert talk.ask("GET", "/xorbs/..%2f..%2fetc")[0] == 404
        assert talk.ask("HEAD", f"/xorbs/{'1' * 64}")[0] == 404
        assert talk.ask("PUT", "/v1/shards", b"")[0] == 501
        assert talk.cas.failure is None


XORB, XORB_BYTES = built(*CHUNKS)
WRONG_XORBS = {
    "of another name": (built(b"x")[0], XORB_BYTES),
    "cut off": (XORB, XORB_BYTES[:-1]),
    "with more": (XORB, XORB_BYTES + pack(b"more")),
    "changed": (XORB, XORB_BYTES[:500] + bytes((XORB_BYTES[500] ^ 1,)) + XORB_BYTES[501:]),
    "empty": (XORB, b""),
}


@pytest.mark.parametrize("what", WRONG_XORBS)
def test_a_xorb_that_is_wrong(tmp_path: Path, what: str) -> None:
    store = store_in(tmp_path)
    name, data = WRONG_XORBS[what]
    with serving(store, tmp_path) as talk:
        assert talk.ask("POST", f"/v1/xorbs/default/{name}", data)[0] == 400
        assert isinstance(talk.cas.failure, ChunksRefused)
        # What follows is refused until a new commit begins.
        assert talk.ask("POST", f"/v1/xorbs/default/{XORB}", XORB_BYTES)[0] == 400
        talk.cas.reset()
        send_xorb(talk, *CHUNKS)
    assert list(store.xorbs()) == [XORB]
    assert list(store.folder.tmp.iterdir()) == []


def wrong_shards() -> dict[str, Shard]:
    right = described(*CHUNKS)
    (file,), (xorb,), (term,) = right.files, right.xorbs, right.files[0].terms
    more = Term(term.xorb, 0, 4, term.size)
    none = Term(term.xorb, 2, 2, 0)
    other = Term(term.xorb, 0, 2, 3000)
    return {
        "of an absent xorb": described(b"not there"),
        "of an absent xorb, no file": Shard([], described(b"not there").xorbs),
        "beyond the end": Shard([ShardFile(file.hash, [more], file.proofs)], []),
        "of no chunk": Shard([ShardFile(file.hash, [none], [range_hash(b"")])], []),
        "of another hash": Shard([ShardFile(bytes(31) + b"x", file.terms, file.proofs)], []),
        "of other chunks": Shard([ShardFile(file.hash, [other], file.proofs)], []),
        "without proofs": Shard([ShardFile(file.hash, file.terms, [])], []),
        "with a wrong xorb": Shard([], [ShardXorb(xorb.hash, xorb.hashes, array("I", [1, 2, 3]))]),
    }


@pytest.mark.parametrize("what", wrong_shards())
def test_a_shard_that_is_wrong(tmp_path: Path, what: str) -> None:
    store = store_in(tmp_path)
    with serving(store, tmp_path) as talk:
        send_xorb(talk, *CHUNKS)
        data = shards.write(wrong_shards()[what])
        assert talk.ask("POST", "/v1/shards", data)[0] == 400
        assert isinstance(talk.cas.failure, ChunksRefused)
    assert list(store.shards()) == []


def test_bodies_that_are_too_large_are_not_read(tmp_path: Path) -> None:
    with serving(store_in(tmp_path), tmp_path) as talk:
        for length in ("99999999999", "9" * 40, "-1", "x"):
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(20)
            with connection:
                connection.connect(talk.address)
                head = f"POST /v1/xorbs/default/{XORB} HTTP/1.1\r\nContent-Length: {length}\r\n\r\n"
                connection.sendall(head.encode())
                answer = connection.recv(1000)
                assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 411"))
                while connection.recv(1000):
                    pass
            talk.cas.reset()


def test_a_body_that_breaks_off(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    with serving(store, tmp_path) as talk:
        connection = socket.socket(socket.AF_UNIX)
        with connection:
            connection.connect(talk.address)
            head = f"POST /v1/xorbs/default/{XORB} HTTP/1.1\r\nContent-Length: 6000\r\n\r\n"
            connection.sendall(head.encode() + XORB_BYTES[:1500])
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(20)
            while connection.recv(1000):
                pass
        assert isinstance(talk.cas.failure, ChunksRefused)
    assert list(store.xorbs()) == []
    assert list(store.folder.tmp.iterdir()) == []


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(fd: int, data: memoryview, at: int) -> None:
        raise OSError(28, "No space left on device")

    store = store_in(tmp_path)
    with serving(store, tmp_path) as talk:
        with monkeypatch.context() as patch:
            patch.setattr(folder_module, "write_all", full)
            assert talk.ask("POST", f"/v1/xorbs/default/{XORB}", XORB_BYTES)[0] == 400
        assert isinstance(talk.cas.failure, DiskFull)
        assert talk.cas.failure.fields["kept"]
    assert list(store.folder.tmp.iterdir()) == []


def test_the_floor(tmp_path: Path) -> None:
    with serving(store_in(tmp_path), tmp_path, floor_bytes=1 << 60) as talk:
        assert talk.ask("POST", f"/v1/xorbs/default/{XORB}", XORB_BYTES)[0] == 400
        assert isinstance(talk.cas.failure, DiskFloor)


def test_a_sync_that_fails_refuses_the_shard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(fd: int) -> None:
        raise OSError(5, "Input/output error")

    store = store_in(tmp_path)
    with serving(store, tmp_path) as talk:
        with monkeypatch.context() as patch:
            patch.setattr(folder_module.os, "fsync", broken)
            send_xorb(talk, *CHUNKS)
            assert talk.ask("POST", "/v1/shards", shards.write(described(*CHUNKS)))[0] == 400
        assert isinstance(talk.cas.failure, StoreUnwritable)
    assert list(store.xorbs()) == list(store.shards()) == []


def test_only_our_own_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(store_in(tmp_path), tmp_path) as talk:
        assert (tmp_path / "sockets").stat().st_mode & 0o777 == 0o700
        monkeypatch.setattr(cas_server.os, "geteuid", lambda: 12_345)
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(20)
        with connection:
            connection.connect(talk.address)
            assert connection.recv(10) == b""


def test_ranges_are_merged(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    shard = described(*CHUNKS)
    (term,) = shard.files[0].terms
    with serving(store, tmp_path) as talk:
        send_xorb(talk, *CHUNKS)
        hashes = [chunk_hash(CHUNKS[n]) for n in (0, 1, 1, 2, 0)]
        sizes = [len(CHUNKS[n]) for n in (0, 1, 1, 2, 0)]
        terms = [
            Term(term.xorb, 0, 2, 3000),
            Term(term.xorb, 1, 3, 5000),
            Term(term.xorb, 0, 1, 1000),
        ]
        proofs = [range_hash(b"".join(hashes[a:b])) for a, b in ((0, 2), (2, 4), (4, 5))]
        file = ShardFile(file_hash(hashes, sizes), terms, proofs)
        assert talk.ask("POST", "/v1/shards", shards.write(Shard([file], [])))[0] == 200
        path = f"/v1/reconstructions/{text_of(file.hash)}"
        whole = talk.json(path)
        assert [term["unpacked_length"] for term in whole["terms"]] == [3000, 5000, 1000]
        ((only,),) = whole["fetch_info"].values()
        assert only["range"] == {"start": 0, "end": 3}
        assert only["url_range"] == {"start": 0, "end": len(XORB_BYTES) - 1}
        part = talk.json(path, Range="bytes=1500-3499")
        assert part["offset_into_first_range"] == 500
        assert [term["range"] for term in part["terms"]] == [
            {"start": 1, "end": 2},
            {"start": 1, "end": 2},
        ]
        assert talk.ask("GET", path, Range="bytes=9000-")[0] == 416
        status, body = talk.ask("GET", f"/xorbs/{XORB}", Range="bytes=8-107")
        assert (status, body) == (206, CHUNKS[0][:100])


def test_an_unmodified_hf_xet_downloads(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    content = noise(900_000)
    content += content[:300_000] + content[500_000:700_000] + b"A" * 500_000
    (key,) = put(store, tmp_path, content)
    hf_xet = imported(tmp_path / "theirs")
    with serving(store, tmp_path) as talk, engine_environment(tmp_path / "theirs"):
        session = hf_xet.XetSession(engine_settings(hf_xet, talk.address))
        info = hf_xet.XetFileInfo(key[1:], len(content))
        group = session.new_file_download_group(endpoint="http://localhost")
        group.start_download_file(info, str(tmp_path / "back"))
        group.wait_to_finish()
    assert (tmp_path / "back").read_bytes() == content


def test_a_shard_names_every_xorb_it_needs(tmp_path: Path) -> None:
    """A xorb that no stored shard describes yet (its writer was killed) is described with the file."""
    store = store_in(tmp_path)
    with serving(store, tmp_path) as talk:
        send_xorb(talk, *CHUNKS)
        alone = Shard(described(*CHUNKS).files, [])
        assert talk.ask("POST", "/v1/shards", shards.write(alone))[0] == 200
    (name,) = store.shards()
    assert [text_of(xorb.hash) for xorb in store.shard_of(name).xorbs] == [XORB]
    anew = ChunkStore(store.folder.folder)
    assert anew.read(key_of(alone.files[0].hash)) == b"".join(CHUNKS)


def test_a_hostile_shard_takes_no_memory(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    put_file(store, b"x")
    data = bytearray(shards.write(described(*CHUNKS)))
    for at in (48 + 36, len(data) - 48 * 5 + 36):
        lying = bytearray(data)
        struct.pack_into("<I", lying, at, 0xFFFFFFFF)
        with serving(store, tmp_path) as talk:
            assert talk.ask("POST", "/v1/shards", bytes(lying))[0] == 400
