"""Another program: reads a store by docs/formats/store.md alone, with nothing of ours.

    python other_reader.py STORE

Prints a line of JSON for each entry of the last snapshot, after checking every hash on the way.
"""

from __future__ import annotations

import base64
import glob
import hashlib
import itertools
import json
import struct
import sys
import zlib
from pathlib import Path

import lz4.frame
from blake3 import blake3

CHUNK = bytes.fromhex("6697f5775b9550de3135cbaca597181c9de421109beb2b58b4d0b04b93adf229")
NODE = bytes.fromhex("017ec5c7a5472996fd946666b48a02e65ddd536f37c76dd2f86352e64a53713f")


def text(raw):
    return b"".join(raw[at : at + 8][::-1] for at in range(0, 32, 8)).hex()


def records(store):
    for name in sorted(glob.glob(f"{store}/records/*.jsonl")):
        for line in Path(name).read_bytes().splitlines():
            check, body = line.split(b" ", 1)
            assert int(check, 16) == zlib.crc32(body)
            yield json.loads(body)


def get_object(store, name):
    data = Path(f"{store}/objects/{name[:2]}/{name[2:]}").read_bytes()
    assert hashlib.sha256(data).hexdigest() == name
    return data


def files_of_shards(store):
    """Terms by content key, and keys by SHA-256."""
    terms, joined = {}, {}
    for name in glob.glob(f"{store}/chunks/shards/*.mdb"):
        data = Path(name).read_bytes()
        assert hashlib.sha256(data).hexdigest() in name
        lines = (data[at : at + 48] for at in itertools.count(48, 48))
        while (head := next(lines))[:32] != b"\xff" * 32:
            key = "x" + text(head[:32])
            flags, count = struct.unpack("<II", head[32:40])
            ours = [next(lines) for _ in range(count)]
            terms[key] = [(text(t[:32]), *struct.unpack("<4xIII", t[32:48])) for t in ours]
            if flags >> 31 & 1:
                [next(lines) for _ in range(count)]
            if flags >> 30 & 1:
                joined[text(next(lines)[:32])] = key
    return terms, joined


def chunks_of_xorb(store, name):
    data, at = Path(f"{store}/chunks/xorbs/{name[:2]}/{name}.xorb").read_bytes(), 0
    while at < len(data):
        stored, scheme = int.from_bytes(data[at + 1 : at + 4], "little"), data[at + 4]
        size = int.from_bytes(data[at + 5 : at + 8], "little")
        chunk = data[at + 8 : at + 8 + stored]
        if scheme:
            chunk = lz4.frame.decompress(chunk)
        if scheme == 2:
            groups, whole = [], bytearray(size)
            for group in range(4):
                length, begin = (size + 3 - group) // 4, sum(map(len, groups))
                groups.append(chunk[begin : begin + length])
                whole[group::4] = groups[-1]
            chunk = bytes(whole)
        assert data[at] == 0 and len(chunk) == size
        yield chunk
        at += 8 + stored


def file_hash(chunks):
    row = [(blake3(chunk, key=CHUNK).digest(), len(chunk)) for chunk in chunks]
    while len(row) > 1:
        above, group = [], []
        for at, (raw, size) in enumerate(row):
            group.append((raw, size))
            ends = len(group) > 2 and int.from_bytes(raw[24:], "little") % 4 == 0
            if ends or len(group) == 9 or at == len(row) - 1:
                lines = "".join(f"{text(one)} : {length}\n" for one, length in group)
                total = sum(length for _, length in group)
                above.append((blake3(lines.encode(), key=NODE).digest(), total))
                group = []
        row = above
    return text(blake3(row[0][0], key=bytes(32)).digest()) if row else "0" * 64


def content(store, key, terms, joined):
    if len(key) == 64 and key not in joined:
        return get_object(store, key)
    key = joined.get(key, key)
    chunks = []
    for xorb, size, first, end in terms.get(key, []):
        some = list(itertools.islice(chunks_of_xorb(store, xorb), first, end))
        assert sum(map(len, some)) == size
        chunks += some
    assert "x" + file_hash(chunks) == key
    return b"".join(chunks)


def name_of(value):
    return value.encode() if isinstance(value, str) else base64.b64decode(value["b64"])


def entries(store):
    snapshot = [record for record in records(store) if record["kind"] == "snapshot"][-1]["body"]
    root = json.loads(get_object(store, snapshot["tree"]))
    assert root["format"] in (1, 2)
    last, files, size = b"", 0, 0
    terms, joined = files_of_shards(store)
    for page in root["pages"]:
        lines = get_object(store, page["hash"]).splitlines()
        assert len(lines) == page["count"] and json.loads(lines[0])["p"] == page["first"]
        for entry in map(json.loads, lines):
            assert last < name_of(entry["p"])
            last = name_of(entry["p"])
            if entry["k"] == "f":
                files, size = files + 1, size + entry["s"]
            if "h" in entry:
                data = content(store, entry["h"], terms, joined)
                if len(data) != entry["s"]:  # the data ranges alone
                    assert len(data) == sum(length for _, length in entry["q"])
                entry["sha256"] = hashlib.sha256(data).hexdigest()
            yield entry
    assert (files, size) == (root["files"], root["bytes"])


if __name__ == "__main__":
    for found in entries(sys.argv[1]):
        print(json.dumps(found))
