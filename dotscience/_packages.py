"""Installed packages with versions and where they came from, by folder names and small files.

Nothing is imported: a millisecond for 150 packages, some twenty with their origins. A package that
pip took from an index has no origin entry.
"""

from __future__ import annotations

import os
import re

from dotscience._git_state import source_state
from dotscience._variables import without_credentials

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

_CONDA_URL = re.compile(rb'"url"\s*:\s*"([^"\\]+)"')
_QUOTED = re.compile(rb"%([0-9a-fA-F]{2})")
_CONDA_MD5 = re.compile(rb'"md5"\s*:\s*"([0-9a-f]{32})"')
_INFO_BYTES = 64 << 10
#: Editable packages whose source state is asked for: each is a Git command.
_SOURCES = 8


def installed(folders: list[str]) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """(name to version, name to origin) of all distributions in ``folders``."""
    versions: dict[str, str] = {}
    origins: dict[str, dict[str, Any]] = {}
    states: dict[str, tuple[str | None, bool | None]] = {}
    for name, version, path in _distributions(folders):
        if name not in versions:
            versions[name] = version
            origin = _origin(path, states)
            if origin is not None:
                origins[name] = origin
    return dict(sorted(versions.items())), dict(sorted(origins.items()))


def packages(folders: list[str]) -> dict[str, str]:
    """Installed distributions, name to version; of one found twice, the first, as imports do."""
    found: dict[str, str] = {}
    for name, version, _ in _distributions(folders):
        found.setdefault(name, version)
    return dict(sorted(found.items()))


def conda(prefix: str) -> list[str] | None:
    """``url#md5`` of every conda package, as ``conda list --explicit`` prints; None outside conda."""
    folder = os.path.join(prefix, "conda-meta")
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".json"))
    except OSError:
        return None
    lines = (_conda_line(os.path.join(folder, name)) for name in names)
    return [line for line in lines if line is not None]


def _distributions(folders: list[str]) -> Iterator[tuple[str, str, str]]:
    for folder in folders:
        try:
            names = os.listdir(folder or os.curdir)
        except OSError:
            continue
        for entry in names:
            if entry.endswith((".dist-info", ".egg-info")):
                name, dash, rest = entry.rpartition(".")[0].partition("-")
                version = rest.partition("-py")[0]
                if dash and version:
                    yield name.replace("_", "-").lower(), version, os.path.join(folder, entry)


def _origin(path: str, states: dict[str, Any]) -> dict[str, Any] | None:
    direct = _read(os.path.join(path, "direct_url.json"))
    if direct:
        return _direct(direct, states)
    if _read(os.path.join(path, "INSTALLER")).strip() == b"conda":
        return {"kind": "conda", "url": None, "commit": None, "dirty": None}
    return None


def _direct(text: bytes, states: dict[str, Any]) -> dict[str, Any] | None:
    """PEP 610: https://packaging.python.org/specifications/direct-url/."""
    import json

    try:
        told = json.loads(text)
        url = str(told["url"])
    except (KeyError, TypeError, ValueError):
        return None
    origin: dict[str, Any] = {"url": without_credentials(url), "commit": None, "dirty": None}
    if isinstance(told.get("vcs_info"), dict):
        return {**origin, "kind": "vcs", "commit": told["vcs_info"].get("commit_id")}
    folder = local_path(url)
    if folder is None or not isinstance(told.get("dir_info"), dict):
        return {**origin, "kind": "local" if folder is not None else "url"}
    if not told["dir_info"].get("editable"):
        return {**origin, "kind": "local"}
    if folder not in states and len(states) < _SOURCES:
        states[folder] = source_state(folder)
    commit, dirty = states.get(folder, (None, None))
    return {**origin, "kind": "editable", "commit": commit, "dirty": dirty}


def local_path(url: str) -> str | None:
    """The path of a ``file://`` URL; None of another."""
    if not url.startswith("file://"):
        return None
    # By hand: urllib.parse takes longer to import than all packages take to be read.
    quoted = url[len("file://") :].encode("utf-8", "surrogatepass")
    return _QUOTED.sub(lambda found: bytes((int(found[1], 16),)), quoted).decode("utf-8", "replace")


def _conda_line(path: str) -> str | None:
    text = _read(path, 16 << 20)
    url, md5 = _CONDA_URL.search(text), _CONDA_MD5.search(text)
    if url is None:
        return None
    line = without_credentials(url.group(1).decode("utf-8", "replace"))
    return line if md5 is None else f"{line}#{md5.group(1).decode()}"


def _read(path: str, limit: int = _INFO_BYTES) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(limit)
    except OSError:
        return b""
