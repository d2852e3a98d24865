"""Where a workspace's store lies and whose it is: ``workspace.json``, lineage, replica, binding.

Lineage is shared by copies of a workspace; a replica is one directory. A move binds the replica to its
new place; a copy whose original still stands becomes a new replica (docs/formats/store.md).
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from dotscience import _workspace

from ..protocol.failure import ApiError
from .failures import StoreFailure, writing
from .stamps import new_id, now

FOLDERS = ("journal", "pins", "records", "objects", "tmp")
Binding = Literal["new", "same", "moved", "copied"]


@dataclass(frozen=True)
class Located:
    """A workspace that was chosen, whether or not it has a store yet."""

    path: Path
    store: Path
    socket: Path
    reason: str


@dataclass(frozen=True)
class Store:
    """An opened store. ``binding`` says what happened to its replica on opening; ``branched`` what it goes on from
    (docs/formats/store.md), None for a workspace of its own."""

    located: Located
    lineage: str
    replica: str
    host: str
    binding: Binding
    branched: dict[str, Any] | None = None
    read_only: bool = False
    """Nothing of it can be written: old files can be read all the same."""

    @property
    def workspace(self) -> Path:
        """The workspace's absolute folder."""
        return self.located.path

    @property
    def path(self) -> Path:
        """The store's folder."""
        return self.located.store

    @property
    def branch(self) -> str | None:
        """The name of the branch that it is."""
        name = (self.branched or {}).get("name")
        return name if isinstance(name, str) else None

    @property
    def cache(self) -> Path:
        """Folder of the index and stat cache; made on demand. A store that cannot be written may be the copy of one
        that is in use: it has a folder of its own."""
        return read_cache(self.located, self.replica) if self.read_only else _cache(self.replica)

    @property
    def log(self) -> Path:
        """The worker's log file."""
        return Path(_workspace.log_path(self.replica))


def locate(path: str | os.PathLike[str]) -> Located:
    """The workspace a file or folder belongs to. Raises ``ApiError`` ``workspace-not-found``."""
    if not Path(path).exists():
        raise ApiError.of("workspace-not-found", path=os.fspath(path))
    chosen = _workspace.choose_workspace(path)
    store = Path(chosen.store)
    socket_path = Path(_workspace.socket_path(chosen.store))
    return Located(Path(chosen.root), store, socket_path, chosen.reason)


def open_store(located: Located) -> Store:
    """Make or bind the store. Only the holder of the worker's lock may call this.

    Raises ``ApiError``: ``store-unwritable``, ``disk-full``.
    """
    try:
        with writing(located.store, "the store"):
            make_folders(located.store)
            return _bind(located)
    except StoreFailure as failure:
        raise as_api_error(failure) from failure


def open_read_only(located: Located) -> Store | None:
    """The store as it is, nothing written; None where there is none to read."""
    info = _read(located.store / "workspace.json")
    if info is None:
        return None
    branched = info.get("branched")
    known_branch = branched if isinstance(branched, dict) else None
    host = str(info.get("host"))
    return Store(located, info["lineage"], info["replica"], host, "same", known_branch, True)


def read_cache(located: Located, replica: str) -> Path:
    """The cache of a store that cannot be written."""
    place = hashlib.sha256(os.fsencode(located.store)).hexdigest()[:16]
    return Path(_workspace.cache_dir(f"{replica}-read-{place}"))


def _cache(replica: str) -> Path:
    return Path(_workspace.cache_dir(replica))


def make_folders(store: Path) -> None:
    """The store's folders, the user's alone."""
    _workspace.make_store(os.fspath(store))
    for name in FOLDERS:
        (store / name).mkdir(mode=0o700, exist_ok=True)


def as_api_error(failure: StoreFailure) -> ApiError:
    """A failure of the store as an error of the catalogue."""
    return ApiError.of(failure.code, **failure.fields)  # type: ignore[arg-type]


def _bind(located: Located) -> Store:
    file = located.store / "workspace.json"
    known = _read(file)
    binding = _judge(known, located)
    info = dict(known or {"format": 1, "lineage": new_id(), "created": now()})
    if binding in ("new", "copied"):
        info["replica"] = new_id()
    info.update(_place(located.path))
    if info != known:
        write_whole(file, json.dumps(info, indent=1, sort_keys=True).encode() + b"\n")
    branched = info.get("branched")
    known_branch = branched if isinstance(branched, dict) else None
    return Store(located, info["lineage"], info["replica"], info["host"], binding, known_branch)


def _judge(known: dict[str, Any] | None, located: Located) -> Binding:
    if known is None:
        return "new"
    recorded = Path(known["path"])
    if recorded == located.path:
        return "same"
    place = _place(located.path)
    if (place["host"], place["dev"]) == (known.get("host"), known.get("dev")):
        # On one file system a folder that was moved keeps its inode.
        return "moved" if place["ino"] == known.get("ino") else "copied"
    return "copied" if _still_stands(recorded, known) else "moved"


def _still_stands(recorded: Path, known: dict[str, Any]) -> bool:
    """Whether the original is at its recorded place, with a store of the same replica."""
    other = (
        _read(Path(_workspace.store_path(recorded)) / "workspace.json")
        if recorded.is_dir()
        else None
    )
    return other is not None and other["replica"] == known["replica"]


def _place(path: Path) -> dict[str, Any]:
    info = path.stat()
    host = socket.gethostname()
    return {"path": os.fspath(path), "dev": info.st_dev, "ino": info.st_ino, "host": host}


def _read(file: Path) -> dict[str, Any] | None:
    try:
        info = json.loads(file.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    whole = isinstance(info, dict) and all(
        isinstance(info.get(k), str) for k in ("lineage", "replica", "path")
    )
    return info if whole else None


def write_whole(file: Path, content: bytes) -> None:
    """Replace a small file so that a reader sees the old or the new content, also after power loss."""
    temporary = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    with temporary.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(file)
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
