"""How two versions differ: the files, and the text of one of them. Reads only, any thread.

Of two stored versions only the pages of the manifests are read that are not in both.

`now` is the tree as it is: contents that the stat cache knows are not read; others are compared with what is stored,
piece by piece, and only where the sizes are equal.
"""

from __future__ import annotations

import os
import stat
import threading
from collections import Counter, OrderedDict
from typing import Any

from dotscience._tree import Entry, name_to_json

from ..snapshots.comparing import holds, same_stored
from ..snapshots.differences import Difference, differences
from ..snapshots.folders import Folders, opened
from ..snapshots.holding import is_notebook
from ..snapshots.text_diff import NOTEBOOK_MOST, TEXT_MOST, TextDiff, diff_texts, text_of
from ..store.layout import Store
from ..store.objects import ObjectStore
from .refs import Version
from .tree import Tree
from .trees import Trees

Json = dict[str, Any]
PAGE_FILES = 1_000
_REMEMBERED = 4
_BINARY = frozenset(
    b".png .jpg .jpeg .gif .webp .bmp .ico .tif .tiff .pdf .zip .gz .bz2 .xz .zst .7z .tar .whl .so .pyc .bin .pt .pth"
    b" .ckpt .safetensors .onnx .pkl .pickle .joblib .npy .npz .h5 .hdf5 .parquet .feather .arrow .mp3 .mp4 .wav"
    b" .ogg .mov .sqlite .db".split()
)


class Diffs:
    """Remembers the last few differences."""

    def __init__(self, store: Store, objects: ObjectStore, trees: Trees, tree: Tree) -> None:
        self._root = store.workspace
        self._objects = objects
        self._trees = trees
        self._tree = tree
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[Any, ...], tuple[list[Difference], int]] = OrderedDict()

    def page(self, a: Version, b: Version, under: bytes, after: bytes, limit: int) -> Json:
        """``diff.schema.json``."""
        found, same = self._differences(a, b, bool(after))
        if under:
            folder = under.rstrip(b"/")
            found = [one for one in found if _is_below(one, folder)]
        counts = Counter[str](one.kind for one in found)
        rest = [one for one in found if one.path > after]
        files = [self._shown(one) for one in rest[:limit]]
        kinds = ("added", "modified", "deleted", "moved", "mode")
        return {
            "a": _side(a),
            "b": _side(b),
            "counts": {**{kind: counts[kind] for kind in kinds}, "same": same},
            "files": files,
            "next": files[-1]["path"] if len(rest) > limit else None,
        }

    def file(self, a: Version, b: Version, path: bytes) -> Json:
        """``file-diff.schema.json``. Raises ``file-not-found`` where neither has it."""
        found = self._text_diff(a, b, path)
        return {
            "path": name_to_json(path),
            "state": found.state,
            "diff": found.diff,
            "added": found.added,
            "removed": found.removed,
        }

    def _differences(
        self, a: Version, b: Version, goes_on: bool = False
    ) -> tuple[list[Difference], int]:
        """Of files as they are, what was found for the first page stays for those that follow."""
        fixed = not (a.is_now or b.is_now)
        key = (a.run_id, a.snapshot_id, _revision(a), b.run_id, b.snapshot_id, _revision(b))
        with self._lock:
            if (fixed or goes_on) and key in self._known:
                return self._known[key]
        if fixed:
            left, right, shared = self._trees.apart(a, b)
        else:
            left, right, shared = self._entries(a), self._entries(b), 0
        listed, same = differences(left, right, _Comparing(self._objects, self._root))
        found = listed, same + shared
        with self._lock:
            self._known[key] = found
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return found

    def _entries(self, version: Version) -> list[Entry]:
        return self._tree.present() if version.is_now else self._trees.entries(version)

    def _shown(self, one: Difference) -> Json:
        moved = one.kind == "moved" and one.a is not None
        return {
            "path": name_to_json(one.path),
            "kind": one.kind,
            "from": name_to_json(one.a.path) if moved and one.a else None,
            "size_a": None if one.a is None else one.a.size,
            "size_b": None if one.b is None else one.b.size,
            "text": one.kind in ("added", "modified", "deleted")
            and all(side is None or self._may_be_text(side) for side in (one.a, one.b)),
        }

    def _may_be_text(self, entry: Entry) -> bool:
        if entry.kind != "f" or (entry.size or 0) > _most(entry.path):
            return False
        unread = entry.hash is None and entry.not_kept is None
        readable = unread or self._trees.state(entry) == "kept"
        return readable and os.path.splitext(entry.path)[1].lower() not in _BINARY

    def _text_diff(self, a: Version, b: Version, path: bytes) -> TextDiff:
        sides = [self._content(version, path) for version in (a, b)]
        if all(side is None for side in sides):
            self._trees.file(a if b.is_now else b, path)  # says that it is not there
        states = [side for side in sides if isinstance(side, TextDiff)]
        if states:
            return states[0]
        if sides[0] == sides[1]:
            return TextDiff("same")
        texts = [text_of(side, is_notebook(path)) if side else "" for side in sides]  # type: ignore[arg-type]
        if None in texts:
            return TextDiff("binary")
        return diff_texts(*map(str, texts))

    def _content(self, version: Version, path: bytes) -> bytes | TextDiff | None:
        """The bytes; why there are none to show; None where there is no such file."""
        if version.is_now:
            return self._present_content(path)
        entry = self._trees.entry(version, path)
        if entry is None or entry.kind == "d":
            return None
        if entry.kind == "l":
            return (entry.target or b"") + b"\n"
        if self._trees.state(entry) != "kept":
            return TextDiff("not_kept")
        if (entry.size or 0) > _most(path):
            return TextDiff("large")
        with self._objects.open(entry.hash or "", entry.ranges, entry.size) as stored:
            return stored.read()

    def _present_content(self, path: bytes) -> bytes | TextDiff | None:
        try:
            with opened(self._root) as root, Folders(root) as at:
                folder, name = at.parent(path)
                status = os.stat(name, dir_fd=folder, follow_symlinks=False)
                if stat.S_ISLNK(status.st_mode):
                    return os.readlink(name, dir_fd=folder) + b"\n"
                if not stat.S_ISREG(status.st_mode):
                    return None
                if status.st_size > _most(path):
                    return TextDiff("large")
                flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
                with open(os.open(name, flags, dir_fd=folder), "rb") as file:
                    return file.read(_most(path))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            return TextDiff("not_kept")


class _Comparing:
    """Whether two entries of one size hold the same; an entry of `now` whose content is not known is read."""

    def __init__(self, objects: ObjectStore, root: os.PathLike[str]) -> None:
        self._objects = objects
        self._root = root

    def __call__(self, a: Entry, b: Entry) -> bool:
        if a.hash is not None and b.hash is not None:
            return same_stored(self._objects, a, b)
        unread = next((one for one in (a, b) if one.hash is None and one.not_kept is None), None)
        other = b if unread is a else a
        if unread is None or other.hash is None:
            return a.mtime_ns == b.mtime_ns
        with opened(self._root) as root, Folders(root) as at:
            try:
                folder, name = at.parent(unread.path)
            except OSError:
                return False
            return holds(self._objects, other, folder, name, lambda: None)


def _is_below(one: Difference, folder: bytes) -> bool:
    return any(
        side is not None and (side.path == folder or side.path.startswith(folder + b"/"))
        for side in (one.a, one.b)
    )


def _most(path: bytes) -> int:
    return NOTEBOOK_MOST if is_notebook(path) else TEXT_MOST


def _revision(version: Version) -> int:
    """A run's own files may still come."""
    return 0 if version.run is None else version.run.revision


def _side(version: Version) -> Json:
    return {
        "ref": version.ref,
        "run": version.run_id,
        "snapshot": version.snapshot_id or None,
        "title": version.title,
        "time": version.time,
    }
