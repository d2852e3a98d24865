"""Trees of files for tests: made from Hypothesis data, and described for comparison."""

from __future__ import annotations

import hashlib
import os
import stat
from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple

from hypothesis import strategies as st

from dotscience_server.snapshots.ignore import IGNORE_FILE, Ignore, Scope
from dotscience_server.store.copying import data_ranges

HARD_NAMES = [
    b"plain",
    "\u00e9".encode(),  # NFC
    "e\u0301".encode(),  # NFD
    b"Case",
    b"case",
    b"-rf",
    b"new\nline",
    b"tab\there",
    b"\xff\xfe",
    b"sp ace.",
    b'"quote\\',
    b"a.txt",
    b"a",
    b"a0",
    b"x" * 255,
]
BLOCK = 4096
# ext4 with 256-byte inodes: 1901 to 2446.
TIMES = st.integers(-2_000_000_000 * 10**9, 4_000_000_000 * 10**9)
MODES = st.one_of(
    st.sampled_from([0o644, 0o755, 0o000, 0o400, 0o4755, 0o2644, 0o1644]), st.integers(0, 0o7777)
)


def _is_name(name: bytes) -> bool:
    if name in (b".", b"..") or b"/" in name or b"\0" in name:
        return False
    meant = name == IGNORE_FILE or Ignore().is_environment([name])
    return not meant and not Ignore().ignored(Scope(), name, name, False)


NAMES = st.one_of(st.sampled_from(HARD_NAMES), st.binary(min_size=1, max_size=12).filter(_is_name))


class Item(NamedTuple):
    """One thing to make: `parent` and `to` choose among what was made before."""

    kind: str
    parent: int
    name: bytes
    mode: int
    mtime_ns: int
    content: list[tuple[int, bytes]]
    target: bytes
    to: int


ITEMS = st.builds(
    Item,
    kind=st.sampled_from(["file", "file", "folder", "folder", "link", "hardlink", "sparse"]),
    parent=st.integers(0, 50),
    name=NAMES,
    mode=MODES,
    mtime_ns=TIMES,
    content=st.lists(st.tuples(st.integers(0, 80), st.binary(max_size=600)), max_size=3),
    target=st.one_of(
        st.sampled_from([b"/etc/passwd", b"nowhere", b"..", b".", b"a", b"\xff"]),
        st.binary(min_size=1, max_size=20).filter(lambda name: b"\0" not in name),
    ),
    to=st.integers(0, 50),
)
TREES = st.lists(ITEMS, max_size=14)


def make_tree(root: bytes, items: list[Item]) -> None:
    """Make the items below `root`; what clashes is left out."""
    folders = [root]
    files: list[bytes] = []
    finish: list[tuple[bytes, int, int]] = []
    for item in items:
        path = os.path.join(folders[item.parent % len(folders)], item.name)
        if os.path.lexists(path):
            continue
        if item.kind == "folder":
            os.mkdir(path)
            folders.append(path)
            finish.append((path, item.mode, item.mtime_ns))
        elif item.kind == "link":
            os.symlink(item.target, path)
            os.utime(path, ns=(item.mtime_ns, item.mtime_ns), follow_symlinks=False)
        elif item.kind == "hardlink" and files:
            os.link(files[item.to % len(files)], path)
        else:
            _make_file(path, item)
            files.append(path)
    for path, mode, mtime_ns in reversed(finish):
        _finish(path, mode, mtime_ns)


def _make_file(path: bytes, item: Item) -> None:
    with open(path, "wb") as file:
        at = 0
        for gap, data in item.content:
            at += gap * BLOCK if item.kind == "sparse" else 0
            os.pwrite(file.fileno(), data, at)
            at += len(data)
        if item.kind == "sparse":
            os.ftruncate(file.fileno(), at + item.to * BLOCK)
    _finish(path, item.mode, item.mtime_ns)


def _finish(path: bytes, mode: int, mtime_ns: int) -> None:
    if os.geteuid() != 0:  # only root can read what it may not
        mode |= 0o700
    os.chmod(path, mode)
    os.utime(path, ns=(mtime_ns, mtime_ns))


class Described(NamedTuple):
    """All that a checkout must bring back of one path."""

    kind: str
    mode: int
    mtime_ns: int
    content: object = None
    holes: object = None
    same_file: tuple[bytes, ...] = ()


def describe(
    root: bytes, leave_out: Callable[[bytes], bool] = lambda _path: False
) -> dict[bytes, Described]:
    """Everything below `root`."""
    found: dict[bytes, Described] = {}
    names: defaultdict[tuple[int, int], list[bytes]] = defaultdict(list)
    for path, status in _below(root, b"", leave_out):
        names[status.st_dev, status.st_ino].append(path)
        found[path] = _described(os.path.join(root, path), status)
    for same in names.values():
        for path in same:
            found[path] = found[path]._replace(same_file=tuple(sorted(same)))
    return found


def _below(
    root: bytes, folder: bytes, leave_out: Callable[[bytes], bool]
) -> list[tuple[bytes, os.stat_result]]:
    found = []
    for name in os.listdir(os.path.join(root, folder)):
        path = os.path.join(folder, name)
        if leave_out(path):
            continue
        status = os.lstat(os.path.join(root, path))
        found.append((path, status))
        if stat.S_ISDIR(status.st_mode):
            found.extend(_below(root, path, leave_out))
    return found


def _described(path: bytes, status: os.stat_result) -> Described:
    mode, mtime_ns = stat.S_IMODE(status.st_mode), status.st_mtime_ns
    if stat.S_ISLNK(status.st_mode):
        return Described("link", mode, mtime_ns, os.readlink(path))
    if stat.S_ISDIR(status.st_mode):
        return Described("folder", mode, mtime_ns)
    fd = os.open(path, os.O_RDONLY)
    try:
        content = hashlib.sha256(os.pread(fd, status.st_size, 0)).hexdigest()
        return Described("file", mode, mtime_ns, content, data_ranges(fd, status))
    finally:
        os.close(fd)
