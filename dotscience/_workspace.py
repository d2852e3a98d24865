"""Where things lie: the workspace of a path, its store, socket, cache and log.

The one implementation of the table in ``docs/formats/store.md``; the library and the server
both use it.

- Nothing here creates or writes anything, but for `private_folder` and `make_store`.
- A workspace's root is a real path (no symbolic links): one workspace, one store, one socket.
- Paths are ``str`` in Python's file system encoding (bytes that are no UTF-8 as surrogates).
"""

from __future__ import annotations

import os
import stat

STORE_NAME = ".dotscience"

#: Why a folder was chosen: a store stands there; it is a Git top folder; it is the path's own
#: folder; it is the home folder, one above it, or a shared one like /tmp (then only notebooks and
#: declared files are kept until the user agrees).
REASONS = ("tracked-parent", "git-root", "folder", "home")

_SOCKET_NAME_LIMIT = 107
_KEY_LIMIT = 200
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")


class Workspace:
    """A chosen workspace: ``root``, ``store`` (absolute, need not exist yet), ``reason`` (one of
    `REASONS`)."""

    __slots__ = ("reason", "root", "store")

    def __init__(self, root: str, store: str, reason: str) -> None:
        self.root = root
        self.store = store
        self.reason = reason

    def __repr__(self) -> str:
        return f"Workspace({self.root!r}, {self.store!r}, {self.reason!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Workspace) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))


class GitFolder:
    """A Git working tree: ``top`` folder, its own ``gitdir``, ``common`` folder shared by worktrees,
    ``name`` of the store of its top folder."""

    __slots__ = ("common", "gitdir", "name", "top")

    def __init__(self, top: str, gitdir: str, common: str, name: str) -> None:
        self.top = top
        self.gitdir = gitdir
        self.common = common
        self.name = name


def choose_workspace(path: str | os.PathLike[str]) -> Workspace:
    """The workspace of a file or folder: the nearest tracked parent, else the Git top folder, else
    the folder itself.

    ``path`` need not exist; the folder is then the nearest one that does. Reads a few folders,
    writes nothing, raises only for a wrong type.
    """
    folder = _folder_of(path)
    if not _may_be_parent(folder):
        return Workspace(folder, store_path(folder), "home")
    for parent in _parents(folder):
        if (parent == folder or _may_be_parent(parent)) and has_store(parent):
            return Workspace(parent, store_path(parent), "tracked-parent")
    git = find_git(folder)
    if git is not None and (git.top == folder or _may_be_parent(git.top)):
        return Workspace(git.top, store_path(git.top), "git-root")
    return Workspace(folder, store_path(folder), "folder")


def store_path(root: str | os.PathLike[str]) -> str:
    """The store of the workspace ``root``, whether or not it exists.

    A ``.dotscience`` that already stands in ``root`` stays the store when the folder becomes a Git repository.
    """
    root = os.path.realpath(root)
    plain = os.path.join(root, STORE_NAME)
    git = None if os.path.isdir(plain) else find_git(root)
    if git is None:
        return plain
    return os.path.join(git.common, "dotscience", _store_key(git, root))


def has_store(root: str) -> bool:
    """Whether a store stands for this very folder."""
    return os.path.isdir(store_path(root))


def find_git(folder: str) -> GitFolder | None:
    """The Git working tree that ``folder`` (a real path) lies in, or None. Reads files only, runs no command."""
    for top in _parents(folder):
        gitdir = _gitdir(os.path.join(top, ".git"))
        if gitdir is None:
            continue
        common = _first_line(os.path.join(gitdir, "commondir"))
        if common is None:
            return GitFolder(top, gitdir, gitdir, "main")
        common = os.path.realpath(os.path.join(gitdir, common))
        return GitFolder(top, gitdir, common, "wt-" + os.path.basename(gitdir))
    return None


def socket_path(store: str) -> str:
    """The worker's Unix socket for a store; its folder is made by `private_folder`."""
    import hashlib

    name = hashlib.sha256(os.fsencode(store)).hexdigest()[:16] + ".sock"
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(runtime) and _is_own_folder(runtime):
        path = os.path.join(runtime, "dotscience", name)
        if len(os.fsencode(path)) <= _SOCKET_NAME_LIMIT:
            return path
    return f"/tmp/dotscience-{os.getuid()}/{name}"


def cache_dir(replica: str) -> str:
    """Folder of the index and the stat cache of a workspace replica, on a local disk."""
    return os.path.join(_xdg("XDG_CACHE_HOME", ".cache"), "dotscience", replica)


def log_path(replica: str) -> str:
    """The worker's log file of a workspace replica."""
    state = _xdg("XDG_STATE_HOME", ".local/state")
    return os.path.join(state, "dotscience", "log", replica + ".log")


def fallback_journal_dir() -> str:
    """Where journals go whose store cannot be written; each names its workspace in the session record."""
    return os.path.join(_xdg("XDG_STATE_HOME", ".local/state"), "dotscience", "journal")


def private_folder(path: str) -> str:
    """Make ``path`` (mode 0700) where it is missing and return it.

    Raises PermissionError where it is no folder, not the user's own, or open to others; OSError
    where it can't be made.
    """
    os.makedirs(os.path.dirname(path), exist_ok=True)
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        pass
    info = os.lstat(path)
    if not stat.S_ISDIR(info.st_mode) or info.st_uid != os.getuid() or info.st_mode & 0o077:
        raise PermissionError(f"{path} must be a folder of yours with mode 0700")
    return path


def make_store(store: str) -> None:
    """Make the store's folder and ``journal/`` where they are missing. Raises OSError."""
    if not os.path.isdir(store):
        os.makedirs(os.path.dirname(store), exist_ok=True)
        try:
            os.mkdir(store, 0o700)
        except FileExistsError:
            pass
        if os.path.basename(store) == STORE_NAME:
            # The folder may become a Git repository later: `git add .` must not take the store.
            with open(os.path.join(store, ".gitignore"), "w") as file:
                file.write("*\n")
    os.makedirs(os.path.join(store, "journal"), mode=0o700, exist_ok=True)


def _folder_of(path: str | os.PathLike[str]) -> str:
    folder = os.path.realpath(path)
    while not os.path.isdir(folder) and folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
    return folder


def _parents(folder: str) -> list[str]:
    """``folder`` and everything above it, nearest first."""
    found = [folder]
    while folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
        found.append(folder)
    return found


def _is_home_or_above(folder: str) -> bool:
    home = os.path.realpath(os.path.expanduser("~"))
    return folder in _parents(home) or folder == os.path.dirname(folder)


def _may_be_parent(folder: str) -> bool:
    """False for ``/``, the home folder, what is above it, and folders like /tmp where everybody
    may put a store."""
    if _is_home_or_above(folder):
        return False
    try:
        mode = os.stat(folder).st_mode
    except OSError:
        return False
    return not (mode & stat.S_ISVTX and mode & stat.S_IWOTH)


def _store_key(git: GitFolder, root: str) -> str:
    below = os.path.relpath(root, git.top)
    if below == ".":
        return git.name
    quoted = "".join(
        chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in os.fsencode(below)
    )
    key = git.name + "+" + quoted
    if len(key) <= _KEY_LIMIT:
        return key
    import hashlib

    # "+" is always encoded inside a path, so this can not be the key of another folder.
    return git.name + "++" + hashlib.sha256(os.fsencode(below)).hexdigest()[:32]


def _gitdir(dot_git: str) -> str | None:
    """The Git folder that a ``.git`` folder or file stands for; None where it is neither."""
    if not os.path.isdir(dot_git):
        line = _first_line(dot_git)
        if line is None or not line.startswith("gitdir: "):
            return None
        dot_git = os.path.join(os.path.dirname(dot_git), line[len("gitdir: ") :])
    dot_git = os.path.realpath(dot_git)
    return dot_git if os.path.isfile(os.path.join(dot_git, "HEAD")) else None


def _first_line(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            return os.fsdecode(file.readline(4096).rstrip(b"\r\n"))
    except OSError:
        return None


def _is_own_folder(path: str) -> bool:
    try:
        info = os.stat(path)
    except OSError:
        return False
    return stat.S_ISDIR(info.st_mode) and info.st_uid == os.getuid()


def _xdg(variable: str, default: str) -> str:
    value = os.environ.get(variable, "")
    return value if os.path.isabs(value) else os.path.join(os.path.expanduser("~"), default)
