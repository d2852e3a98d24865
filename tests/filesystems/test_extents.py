"""What is said to be unchanged is the same, byte for byte, whatever was done to the file (G3)."""

from __future__ import annotations

import ctypes
import os
import random
import threading
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dotscience_server.store import extents as under_test
from dotscience_server.store.extents import changed_between, compared
from dotscience_server.store.ioctls import Extent, clone
from tests.snapshots.freezer_contract import check_ranges, check_unchanged

BLOCK = 4096
KEEP_SIZE, PUNCH_HOLE, COLLAPSE, ZERO, INSERT = 1, 2, 8, 16, 32
_libc = ctypes.CDLL(None, use_errno=True)


def _write(fd: int, at: int, length: int, dice: random.Random) -> None:
    os.pwrite(fd, dice.randbytes(length), at)


def _write_the_same(fd: int, at: int, length: int, dice: random.Random) -> None:
    os.pwrite(fd, os.pread(fd, length, at), at)


def _append(fd: int, at: int, length: int, dice: random.Random) -> None:
    os.pwrite(fd, dice.randbytes(length), os.fstat(fd).st_size)


def _cut(fd: int, at: int, length: int, dice: random.Random) -> None:
    os.ftruncate(fd, at)


def _cut_and_longer(fd: int, at: int, length: int, dice: random.Random) -> None:
    size = os.fstat(fd).st_size
    os.ftruncate(fd, min(at, size))
    os.ftruncate(fd, size)


def _longer(fd: int, at: int, length: int, dice: random.Random) -> None:
    os.ftruncate(fd, os.fstat(fd).st_size + length)


def _allocate(mode: int, aligned: bool) -> object:
    def call(fd: int, at: int, length: int, dice: random.Random) -> None:
        if aligned:
            at, length = at // BLOCK * BLOCK, max(1, length // BLOCK) * BLOCK
        # What a file system or a place in the file does not allow is left out.
        _libc.fallocate(fd, mode, ctypes.c_int64(at), ctypes.c_int64(max(1, length)))

    return call


ACTS = {
    "write": _write,
    "same": _write_the_same,
    "append": _append,
    "cut": _cut,
    "cut and longer": _cut_and_longer,
    "longer": _longer,
    "room": _allocate(0, False),
    "room behind": _allocate(KEEP_SIZE, False),
    "punch": _allocate(KEEP_SIZE | PUNCH_HOLE, False),
    "zero": _allocate(ZERO, False),
    "collapse": _allocate(COLLAPSE, True),
    "insert": _allocate(INSERT, True),
    "sync": lambda fd, at, length, dice: os.fsync(fd),
}
ACT = st.tuples(
    st.sampled_from(sorted(ACTS)),
    st.integers(0, 400_000),
    st.sampled_from([1, 100, 4095, 4096, 4097, 60_000, 200_000]),
)
LAW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@LAW
@given(
    st.integers(0, 1 << 30),
    st.lists(ACT, max_size=4),
    st.lists(st.lists(ACT, min_size=1, max_size=5), min_size=1, max_size=3),
)
@example(1, [("room", 0, 200_000)], [[("write", 5000, 60_000)], [("write", 5001, 100)]])
@example(2, [], [[("cut and longer", 100_001, 1)], [("append", 0, 1)]])
@example(3, [("punch", 8192, 60_000)], [[("punch", 8192, 60_000), ("zero", 100_000, 4097)]])
def test_between_clones(
    sharing_disk: Path, seed: int, first: list[tuple], rounds: list[list[tuple]]
) -> None:
    dice = random.Random(seed)
    path = sharing_disk / "file"
    path.write_bytes(dice.randbytes(dice.randrange(300_000)))
    with path.open("r+b", buffering=0) as file:
        _do(file.fileno(), first, dice)
        clones = [_cloned(file.fileno(), sharing_disk / "clone0")]
        for number, acts in enumerate(rounds, 1):
            _do(file.fileno(), acts, dice)
            clones.append(_cloned(file.fileno(), sharing_disk / f"clone{number}"))
    for before in clones:
        for after in clones:
            _check(before, after)
    for one in clones:
        one.unlink()


def test_a_clone_and_the_file_itself(sharing_disk: Path) -> None:
    path = sharing_disk / "large"
    path.write_bytes(os.urandom(32 << 20))
    with path.open("r+b", buffering=0) as file:
        kept = _cloned(file.fileno(), sharing_disk / "kept")
        with kept.open("rb") as before:
            assert changed_between(before.fileno(), file.fileno()) == ()
            os.pwrite(file.fileno(), b"x" * 10, 5 << 20)
            os.pwrite(file.fileno(), b"x" * 5000, (9 << 20) + 4000)
            assert changed_between(before.fileno(), file.fileno()) == (
                (5 << 20, 4096),
                (9 << 20, 12288),
            )


def test_written_over_while_it_is_compared(sharing_disk: Path) -> None:
    """A map of the clone is looked at twice; the file's own may be of any moment: a clone of it is compared."""
    path = sharing_disk / "busy"
    path.write_bytes(os.urandom(4 << 20))
    stop = threading.Event()

    def write() -> None:
        dice = random.Random(4)
        with path.open("r+b", buffering=0) as file:
            while not stop.is_set():
                os.pwrite(file.fileno(), dice.randbytes(5000), dice.randrange(4 << 20))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        with path.open("rb") as file:
            clones = [_cloned(file.fileno(), sharing_disk / f"busy{n}") for n in range(12)]
    finally:
        stop.set()
        thread.join()
    for before, after in pairwise(clones):
        _check(before, after)


def test_what_moves_meanwhile_is_not_told(
    sharing_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sharing_disk / "moving"
    path.write_bytes(b"x" * 100_000)
    places = iter(range(0, 1 << 30, 1 << 20))
    monkeypatch.setattr(
        under_test, "extents", lambda fd: iter([Extent(0, 100_000, next(places), True)])
    )
    with path.open("rb") as file:
        assert changed_between(file.fileno(), file.fileno()) is None


EXTENTS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 4), st.integers(0, 12), st.booleans()), max_size=6
)


def _laid(parts: list[tuple[int, int, int, bool]]) -> list[Extent]:
    """Extents in order, `hole` apart."""
    at, found = 0, []
    for hole, length, place, told in parts:
        at += hole
        found.append(Extent(at, length, place, told))
        at += length
    return found


def _bytes(extents: list[Extent], size: int) -> list[object]:
    """What each byte of the file is made of; what is not told is equal to nothing."""
    found: list[object] = ["hole"] * size
    for extent in extents:
        for inside in range(extent.length):
            if extent.offset + inside < size:
                found[extent.offset + inside] = extent.place + inside if extent.told else object()
    return found


@settings(max_examples=300, deadline=None)
@given(EXTENTS, EXTENTS, st.integers(0, 30), st.integers(0, 30))
def test_exactly_what_lies_elsewhere_is_told(
    one: list[tuple[int, int, int, bool]],
    other: list[tuple[int, int, int, bool]],
    size: int,
    size_after: int,
) -> None:
    before, after = _laid(one), _laid(other)
    found = compared(before, after, size, size_after)
    check_ranges(found)
    told = {at for start, length in found for at in range(start, start + length)}
    pairs = zip(_bytes(before, size), _bytes(after, size_after), strict=False)
    differing = {at for at, (a, b) in enumerate(pairs) if a != b}
    assert told == differing | set(range(min(size, size_after), max(size, size_after)))


def _do(fd: int, acts: list[tuple], dice: random.Random) -> None:
    for name, at, length in acts:
        ACTS[name](fd, at, length, dice)  # type: ignore[operator]


def _cloned(fd: int, path: Path) -> Path:
    with path.open("wb") as target:
        clone(fd, target.fileno())
    return path


def _check(before: Path, after: Path) -> None:
    with before.open("rb") as one, after.open("rb") as other:
        changed = changed_between(one.fileno(), other.fileno())
        assert changed is not None
        check_unchanged(one.read(), other.read(), changed)
