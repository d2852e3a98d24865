"""The trees that are stored, and what is done to them. Random bytes: nobody can compress or share them."""

from __future__ import annotations

import os
from pathlib import Path

MIB = 1 << 20
SMALL_BYTES = 20_000


def mixed(root: Path, scale: float) -> None:
    """The workload of DESIGN §5: 10,000 files of 20 kB and one of 1 GiB, times `scale`."""
    root.mkdir()
    for number in range(int(10_000 * scale)):
        folder = root / f"d{number // 100:03}"
        folder.mkdir(exist_ok=True)
        (folder / f"f{number}").write_bytes(os.urandom(SMALL_BYTES))
    big(root / "big", max(4, int(1024 * scale)))
    os.sync()


def change_mixed(root: Path) -> None:
    """1 MiB in place in the big file, ten small files anew."""
    _overwrite(root / "big", (root / "big").stat().st_size // 2, MIB)
    for path in sorted((root / "d000").iterdir())[:10]:
        path.write_bytes(os.urandom(SMALL_BYTES))
    os.sync()


def big(path: Path, mebibytes: int) -> None:
    """One file of random bytes."""
    with path.open("wb") as file:
        for _ in range(mebibytes):
            file.write(os.urandom(MIB))


def insert(path: Path) -> None:
    """1,000 bytes at about a fifth of the file."""
    data = path.read_bytes()
    at = len(data) // 5
    path.write_bytes(data[:at] + os.urandom(1000) + data[at:])
    os.sync()


def append(path: Path) -> None:
    """1,000 bytes at the end."""
    with path.open("ab") as file:
        file.write(os.urandom(1000))
    os.sync()


def scatter(path: Path) -> None:
    """256 blocks of 4 KiB, evenly spread."""
    step = path.stat().st_size // 256 // 4096 * 4096
    for number in range(256):
        _overwrite(path, number * step, 4096)
    os.sync()


def many(root: Path, files: int) -> None:
    """Small files of their own content, 100 in a folder."""
    for number in range(files):
        folder = root / f"part{number // 10_000:03}" / f"d{number // 100:05}"
        if number % 100 == 0:
            folder.mkdir(parents=True)
        (folder / f"sample-{number:07}.json").write_bytes(b'{"id":%d}\n' % number)
    os.sync()


def change_many(root: Path, files: int, step: int) -> None:
    """Every `step`-th file gets other bytes."""
    for number in range(0, files, 100):
        folder = root / f"part{number // 10_000:03}" / f"d{number // 100:05}"
        (folder / f"sample-{number + step % 100:07}.json").write_bytes(
            b'{"id":%d,"again":"%s"}\n' % (number, os.urandom(8).hex().encode())
        )
    os.sync()


def large(root: Path, gigabytes: float, filled: float) -> None:
    """Two thirds in one file, the rest in ten; of each tenth of a file only `filled` is data."""
    root.mkdir()
    total = int(gigabytes * 10**9)
    _sparse(root / "big", total * 2 // 3, filled)
    for number in range(10):
        _sparse(root / f"part{number}", total // 30, filled)
    os.sync()


def change_large(root: Path) -> None:
    """1 MiB in place in the big file."""
    _overwrite(root / "big", 0, MIB)
    os.sync()


def _sparse(path: Path, size: int, filled: float) -> None:
    tenth = size // 10
    with path.open("wb") as file:
        for number in range(10):
            file.seek(number * tenth)
            for _ in range(max(1, int(tenth * filled) // MIB)):
                file.write(os.urandom(MIB))
        file.truncate(max(size, file.tell()))


def _overwrite(path: Path, offset: int, size: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(os.urandom(size))
