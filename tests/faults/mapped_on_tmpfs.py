"""Stores to mapped memory on tmpfs, which never tells: unshare -m python -m tests.faults.mapped_on_tmpfs BASE"""

from __future__ import annotations

import mmap
import subprocess
import sys
from pathlib import Path

from dotscience_server.snapshots.filesystem import kind_of
from tests.snapshots.running import running


def main() -> None:
    disk = Path(sys.argv[1]) / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk], check=True)
    for engine in (False, True):
        base = disk / str(engine)
        base.mkdir()
        with running(base, engine) as space:
            assert kind_of(space.root) == "tmpfs"
            path = space.file("mapped", bytes(100_000))
            space.file("other", b"1")
            with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
                for number in range(1, 6):
                    memory[50_000] = number
                    tree = space.freeze().tree
                    assert space.content(tree, b"mapped")[50_000] == number
                memory[50_000] = 9
            tree = space.freeze().tree  # left since the last one
            assert space.content(tree, b"mapped")[50_000] == 9


if __name__ == "__main__":
    main()
