"""Which paths are nobody's data: interpreters, libraries, devices, caches, our own store.

Pure but for what it reads when it is made. Paths are absolute text, normalised (`os.fsdecode`).
"""

from __future__ import annotations

import os
import sys

#: Folder names below which nothing is a run's file, wherever they stand.
SKIPPED = frozenset(
    (
        *(".git", ".hg", ".svn", ".dotscience", "__pycache__", "node_modules"),
        *(".ipynb_checkpoints", ".ipython", ".virtual_documents"),
        *(".mypy_cache", ".pytest_cache", ".ruff_cache", "site-packages", "dist-packages"),
    )
)
_CODE = (".py", ".pyc", ".pyi", ".so")
#: SQLite's own beside a database.
_BESIDE = ("-journal", "-wal", "-shm")
_REMEMBERED = 20_000
_INSIDE, _OUTSIDE, _NOISE = range(3)
_SYSTEM = (
    *("/usr/", "/bin/", "/sbin/", "/lib/", "/lib64/", "/etc/", "/proc/", "/sys/", "/dev/"),
    *("/var/lib/", "/var/cache/"),
)


class Noise:
    """The filter of a workspace ``root`` (real path, no slash at its end) whose store is ``store``.

    ``prefixes``: what begins so is noise; empty where the workspace itself lies below one.
    """

    def __init__(self, root: str, store: str) -> None:
        self._root = root.rstrip("/") + "/"
        found = {_folder(path) for path in [*_SYSTEM, *_of_python(), *_of_user(), store] if path}
        found = {path for path in found if path.count("/") > 1}  # not "/"
        outer = {path for path in found if self._root.startswith(path)}
        self._outer = tuple(sorted(outer))
        self._inner = tuple(sorted(found - outer))
        self.prefixes = self._inner if not outer else ()
        self._folders: dict[str, int] = {}

    def source_of(self, path: str) -> str:
        """The module a cached bytecode file in the workspace stands for, else the path itself."""
        if path.endswith(".pyc") and path.startswith(self._root):
            folder, _, name = path.rpartition("/")
            if folder.endswith("/__pycache__"):
                return f"{folder[: -len('__pycache__')]}{name.partition('.')[0]}.py"
        return path

    def covers(self, path: str) -> bool:
        """Whether the path is noise."""
        folder, _, name = path.rpartition("/")
        kind = self._folders.get(folder)
        if kind is None:
            kind = self._kind(folder + "/")
            if len(self._folders) < _REMEMBERED:
                self._folders[folder] = kind
        if kind == _NOISE or self.covers_name(name):
            return True
        return kind == _OUTSIDE and name.endswith(_CODE)

    def covers_name(self, name: str) -> bool:
        """Whether a file of that name is noise in any folder."""
        return name.endswith(_BESIDE) or name in SKIPPED

    def _kind(self, folder: str) -> int:
        if folder.startswith(self._inner):
            return _NOISE
        if folder.startswith(self._root):
            return _INSIDE if _is_free(folder[len(self._root) :]) else _NOISE
        return _OUTSIDE if _is_free(folder) and not folder.startswith(self._outer) else _NOISE


def _is_free(folder: str) -> bool:
    return SKIPPED.isdisjoint(folder.split("/"))


def _folder(path: str) -> str:
    return os.path.abspath(path).rstrip("/") + "/"


def _of_python() -> list[str]:
    names = ("prefix", "base_prefix", "exec_prefix", "base_exec_prefix", "pycache_prefix")
    found = [getattr(sys, name, None) or "" for name in names]
    # The library of a virtual environment made with links lies where its files lead to.
    return [*found, *(os.path.realpath(path) for path in found if path), *_of_library()]


def _of_library() -> list[str]:
    """The folder that this very package was loaded from, where it is a copy in a cache."""
    return [os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]


def _of_user() -> list[str]:
    home, value = os.path.expanduser("~"), os.environ.get
    found = [os.path.join(home, name) for name in (".ipython", ".jupyter", ".local/share/jupyter")]
    found += [os.path.join(home, ".local/lib"), value("XDG_CACHE_HOME") or home + "/.cache"]
    found += [value("XDG_CONFIG_HOME") or home + "/.config"]
    state = value("XDG_STATE_HOME") or home + "/.local/state"
    found += [os.path.join(state, "dotscience"), value("JUPYTER_RUNTIME_DIR") or ""]
    found += [value(name) or "" for name in ("JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR")]
    found += [value(name) or "" for name in ("IPYTHONDIR", "MPLCONFIGDIR", "NUMBA_CACHE_DIR")]
    return [path for path in found if os.path.isabs(path)]
