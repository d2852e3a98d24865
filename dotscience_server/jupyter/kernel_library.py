"""Folders for the ``PYTHONPATH`` of kernels of any environment: one that holds nothing but our ``dotscience``, and
any other that is to be found there (`ensure_copy`).

``<cache>/dotscience/library/<hash>/dotscience/``: a copy, named by its content, so that an upgrade of the server never
changes a running kernel's library and two servers that start at once make the same folder. It appears whole (renamed
into place) and is made anew when it was damaged or cleaned away.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

import dotscience
from dotscience import _workspace

_Files = dict[str, bytes]
_SUFFIXES = (".py", ".typed", ".txt", ".json")
_NAMES = ("METADATA", "RECORD", "INSTALLER", "WHEEL")


def ensure_library() -> Path:
    """The folder with our library, made when it is missing. Raises OSError, PermissionError."""
    return ensure_copy(Path(dotscience.__file__).parent)


def ensure_copy(*folders: Path) -> Path:
    """A folder that holds copies of ``folders`` (packages, ``.dist-info``) and nothing else.

    Of their files only what Python reads is taken. Raises OSError, PermissionError.
    """
    files: _Files = {}
    for folder in folders:
        files.update(_source(folder))
    home = Path(_workspace.private_folder(_workspace.cache_dir("library")))
    target = home / _name(files)
    if not _is_whole(target, files):
        _make(target, files)
    return target


def _source(folder: Path) -> _Files:
    found = (file for file in sorted(folder.rglob("*")) if _is_read(file))
    return {file.relative_to(folder.parent).as_posix(): file.read_bytes() for file in found}


def _is_read(file: Path) -> bool:
    return file.suffix in _SUFFIXES or file.name in _NAMES


def _name(files: _Files) -> str:
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def _is_whole(target: Path, files: _Files) -> bool:
    try:
        return all((target / n).read_bytes() == c for n, c in files.items())
    except OSError:
        return False


def _make(target: Path, files: _Files) -> None:
    made = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
    try:
        for name, content in files.items():
            file = made / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        _put(made, target, files)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _put(made: Path, target: Path, files: _Files) -> None:
    try:
        made.rename(target)
    except OSError:
        if _is_whole(target, files):  # another server was first
            return
        damaged = Path(tempfile.mkdtemp(prefix=".old-", dir=target.parent))
        target.rename(damaged / "damaged")
        shutil.rmtree(damaged, ignore_errors=True)
        made.rename(target)
