"""What no snapshot ever looks at: by name, by kind of folder, and by `.dotscienceignore`.

Order, first that decides: never (`.git`, `.dotscience`, the caller's folders, our unfinished
checkouts) · the deepest `.dotscienceignore` with a matching pattern (`!` brings back) · the names
below · environments, known by what lies in them. `.gitignore` is not honoured: data is usually
in it, and data is what a run needs.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from pathspec import GitIgnoreSpec

IGNORE_FILE = b".dotscienceignore"
UNFINISHED = b".dotscience-checkout-"
_IGNORE_FILE_MOST = 1 << 20

_NEVER = frozenset({b".git", b".dotscience"})
_ENVIRONMENT_MARKS = frozenset({b"pyvenv.cfg", b"conda-meta"})
_ENVIRONMENT_PARTS = frozenset(
    {b"bin", b"include", b"lib", b"lib64", b"pkgs", b"pyvenv.cfg", b"conda-meta"}
)

_CREDENTIALS = frozenset(
    b".env .envrc .netrc _netrc .pypirc .npmrc .git-credentials .pgpass .my.cnf .htpasswd .s3cfg .boto"
    b" .databrickscfg .vault-token kubeconfig kaggle.json application_default_credentials.json"
    b" .aws .ssh .gnupg .kube .docker .kaggle .azure".split()
)
_CREDENTIAL_PREFIXES = (b"id_rsa", b"id_dsa", b"id_ecdsa", b"id_ed25519", b"client_secret")
_CREDENTIAL_SUFFIXES = (b".pem", b".key", b".p12", b".pfx", b".kubeconfig")
_ENV_EXAMPLES = (b".example", b".sample", b".template", b".dist")

_NAMES = _CREDENTIALS | frozenset(
    b".hg .svn .ipynb_checkpoints .virtual_documents __pycache__ node_modules .jupyter_ystore.db"
    b" .jupyter_ystore.db-wal .jupyter_ystore.db-shm .jupyter_ystore.db-journal .mypy_cache"
    b" .ruff_cache .pytest_cache .hypothesis .tox .nox .cache .DS_Store Thumbs.db lost+found"
    b" .zfs .snapshot".split()
)
_PREFIXES = (*_CREDENTIAL_PREFIXES, b".~", b".nfs", b".Trash-", b".#")
_SUFFIXES = (*_CREDENTIAL_SUFFIXES, b".pyc", b".pyo", b".swp", b".swo")


@dataclass(frozen=True)
class Scope:
    """The `.dotscienceignore` files that hold in a folder: deepest first, each with the length of
    the path it starts from. `outer`, `lines` and `problems` are what it was made of, and from.
    """

    specs: tuple[tuple[int, GitIgnoreSpec], ...] = ()
    outer: Scope | None = None
    lines: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


Because = Literal[
    "ignore-file", "credentials", "environment", "cache", "store", "checkout", "mount"
]


class Why(NamedTuple):
    """Why something is left out; `pattern` is that of the ignore file."""

    because: Because
    pattern: str | None = None


@dataclass
class Ignore:
    """Decides for one walk. `skip` are workspace-relative paths (earlier checkouts); `problems`
    collects what could not be read of ignore files, in words for the user.
    """

    skip: Collection[bytes] = ()
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._skip = frozenset(self.skip)

    def enter(
        self,
        outer: Scope,
        root: bytes,
        folder: bytes,
        names: Collection[bytes],
        before: Scope | None = None,
    ) -> Scope:
        """The scope inside `folder` (relative, b"" for the root), which holds `names`. The same
        object as `before` where nothing has changed since that was entered.
        """
        if IGNORE_FILE not in names:
            return outer
        lines = tuple(self._read(os.path.join(root, folder, IGNORE_FILE), folder))
        if before is None or before.outer is not outer or before.lines != lines:
            start = len(folder) + 1 if folder else 0
            spec, problems = _compile(lines, folder)
            before = Scope(((start, spec), *outer.specs), outer, lines, problems)
        self.problems.extend(before.problems)
        return before

    def ignored(self, scope: Scope, path: bytes, name: bytes, is_folder: bool) -> bool:
        """Whether the entry `name` at `path` is left out."""
        if name in _NEVER or path in self._skip or name.startswith(UNFINISHED):
            return True
        if scope.specs:
            text = path.decode("utf-8", "surrogateescape") + ("/" if is_folder else "")
            for start, spec in scope.specs:
                below = path[start:].decode("utf-8", "surrogateescape") if start else text
                include = spec.check_file(below + "/" if start and is_folder else below).include
                if include is not None:
                    return include
        return _ignored_by_name(name)

    def why(self, scope: Scope, path: bytes, name: bytes, is_folder: bool) -> Why | None:
        """Why `ignored` leaves the entry out; None: it does not."""
        if not self.ignored(scope, path, name, is_folder):
            return None
        if name in _NEVER:
            return Why("store")
        if path in self._skip or name.startswith(UNFINISHED):
            return Why("checkout")
        text = path.decode("utf-8", "surrogateescape") + ("/" if is_folder else "")
        for start, spec in scope.specs:
            found = spec.check_file(text[len(_text(path[:start])) :])
            if found.include and found.index is not None:
                return Why("ignore-file", str(getattr(spec.patterns[found.index], "pattern", "")))
        return Why("credentials" if _is_credential(name) else "cache")

    def is_environment(self, names: Collection[bytes]) -> bool:
        """Whether a folder with these names in it is a Python or conda environment."""
        return not _ENVIRONMENT_MARKS.isdisjoint(names)

    def is_environment_part(self, name: bytes) -> bool:
        """Whether `name` is the environment's where the workspace itself lies in one."""
        return name in _ENVIRONMENT_PARTS

    def _read(self, path: bytes, folder: bytes) -> list[str]:
        try:
            fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(fd, "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise OSError(0, "it is no file")
                data = file.read(_IGNORE_FILE_MOST + 1)
        except OSError as error:
            self._problem(folder, f"cannot be read: {error.strerror}")
            return []
        if len(data) > _IGNORE_FILE_MOST:
            self._problem(folder, "is larger than 1 MiB and not read")
            return []
        return data.decode("utf-8-sig", "surrogateescape").splitlines()

    def _problem(self, folder: bytes, detail: str) -> None:
        self.problems.append(_problem(folder, detail))


def _compile(lines: Iterable[str], folder: bytes) -> tuple[GitIgnoreSpec, tuple[str, ...]]:
    """The patterns, and what is wrong with the others."""
    good, problems = [], []
    for number, line in enumerate(lines, 1):
        try:
            GitIgnoreSpec.from_lines([line])
            good.append(line)
        except ValueError:
            problems.append(_problem(folder, f"line {number} is no pattern: {line!r}"))
    return GitIgnoreSpec.from_lines(good), tuple(problems)


def _problem(folder: bytes, detail: str) -> str:
    name = os.path.join(folder, IGNORE_FILE).decode("utf-8", "replace")
    return f"{name} {detail}"


def _ignored_by_name(name: bytes) -> bool:
    if name in _NAMES or name.startswith(_PREFIXES) or name.endswith(_SUFFIXES):
        return True
    return name.startswith(b".env.") and not name.endswith(_ENV_EXAMPLES)


def _is_credential(name: bytes) -> bool:
    return (
        name in _CREDENTIALS
        or name.startswith((*_CREDENTIAL_PREFIXES, b".env."))
        or name.endswith(_CREDENTIAL_SUFFIXES)
    )


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")
