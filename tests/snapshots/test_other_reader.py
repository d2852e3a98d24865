"""The formats say enough: a reader written from docs/formats/store.md alone finds what we stored."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from dotscience_server.store.records import Draft, RecordWriter

from .running import running

READER = Path(__file__).with_name("other_reader.py")


@pytest.mark.parametrize("engine", [False, True], ids=["objects", "chunks"])
def test_another_program_reads_the_store(tmp_path: Path, engine: bool) -> None:
    chance = random.Random(1)
    with running(tmp_path, engine) as space:
        space.file("notes.md", b"# Notes\n" * 5000)
        space.file("weights", b"".join(chance.randbytes(2) + b"\x80\x3f" for _ in range(300_001)))
        space.file("data/random", chance.randbytes(3_000_001))
        space.file("data/empty", b"")
        space.file(b"odd\xff\nname", b"odd")
        os.link(space.root / "notes.md", space.root / "linked")
        (space.root / "link").symlink_to("data")
        first = space.freeze()
        with (space.root / "data/random").open("r+b") as file:
            os.pwrite(file.fileno(), b"changed", 1_500_000)
        tree = space.freeze().tree
        assert tree != first.tree
        _record(space.store, tree)
        command = [sys.executable, str(READER), str(space.store)]
        lines = subprocess.run(command, capture_output=True, check=True, text=True).stdout
        found = {_name(entry["p"]): entry for entry in map(json.loads, lines.splitlines())}
        assert set(found) == set(space.entries(tree))
        for path, entry in found.items():
            at = os.path.join(os.fsencode(space.root), path)
            if entry["k"] == "f":
                data = Path(os.fsdecode(at)).read_bytes()
                assert entry["sha256"] == hashlib.sha256(data).hexdigest()
            elif entry["k"] == "l":
                assert _name(entry["l"]) == os.readlink(at)
        assert found[b"linked"]["x"] == found[b"notes.md"]["x"]


def _record(store: Path, tree: str) -> None:
    (store / "records").mkdir()
    log = RecordWriter(store, 0)
    log.append([Draft("snapshot", "worker", {"tree": tree})])
    log.close()


def _name(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode()
    assert isinstance(value, dict)
    return base64.b64decode(value["b64"])
