"""Which paths are nobody's data: interpreters, libraries, devices, caches, our own store.

Pure but for what it reads when it is made. Paths are absolute text, normalised (`os.fsdecode`).
"""

from __future__ import annotations

import os
import re
import sys

#: Folder names below which nothing is a run's file, wherever they stand.
SKIPPED = frozenset(
    (
        *(".git", ".hg", ".svn", ".dotscience", "__pycache__", "node_modules"),
        *(".ipynb_checkpoints", ".ipython", ".virtual_documents"),
        *(".mypy_cache", ".pytest_cache", ".ruff_cache", "site-packages", "dist-packages"),
    )
)
_SKIPPED = re.compile("/(?:{})(?:/|$)".format("|".join(map(re.escape, sorted(SKIPPED)))))
_CODE = (".py", ".pyc", ".pyi", ".so")
_SQLITE = re.compile(r"-(?:journal|wal|shm)$")
_CACHED = re.compile(r"^(.*)/__pycache__/([^/.]+)\.[^/]*\.pyc$")
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

    def source_of(self, path: str) -> str:
        """The module a cached bytecode file in the workspace stands for, else the path itself."""
        if path.endswith(".pyc") and path.startswith(self._root):
            match = _CACHED.match(path)
            if match:
                return f"{match.group(1)}/{match.group(2)}.py"
        return path

    def covers(self, path: str) -> bool:
        """Whether the path is noise."""
        if path.startswith(self._inner):
            return True
        if path.startswith(self._root):
            return _is_skipped(path)
        return path.startswith(self._outer) or path.endswith(_CODE) or _is_skipped(path)


def _is_skipped(path: str) -> bool:
    return _SKIPPED.search(path) is not None or _SQLITE.search(path) is not None


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
