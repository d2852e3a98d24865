"""The Git commit that a run's code is at, and what is not committed.

- Commit and branch are read from files; only what files do not say is asked of ``git``.
- ``git`` runs for `TIME_S` at most and starts nothing the repository or the user configured: no hooks, pager,
  external diff, text conversion, file system monitor, prompt. It takes no locks.
- It is started in a thread of ours by a shell that ends at once (``posix_spawn``: no fork of the user's process), so
  that no ``os.wait()`` of the user's code meets it or waits for it (docs/decisions/0073).
- No ``git``, or a refusal: what files say, with ``dirty`` None.
"""

from __future__ import annotations

import os
import signal
import time

from dotscience._workspace import find_git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

DIFF_BYTES = 1 << 20
TIME_S = 3.0
_STEP = 1 << 16
_IN_REFTABLE = ".invalid"
_SHELL = "/bin/sh"
_APART = '( git "$@" && printf "\\\\000done" ) &'
_DONE = b"\0done"

_OPTIONS = (
    *("--no-pager", "--no-optional-locks", "--literal-pathspecs"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.untrackedCache=false"),
    *("-c", "core.quotePath=true"),
    *("-c", "core.bigFileThreshold=1m"),
    *("-c", "diff.external="),
    *("-c", "credential.helper="),
)
_DIFF = ("--no-ext-diff", "--no-textconv", "--no-color", "--ignore-submodules=dirty")
_VARIABLES = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "true",
    "GIT_PAGER": "cat",
    "GIT_LFS_SKIP_SMUDGE": "1",
    "LC_ALL": "C",
}
#: Of the environment: `GIT_DIR` and the like would name another repository.
_PASSED = ("PATH", "HOME", "XDG_CONFIG_HOME", "USER", "LOGNAME", "TMPDIR")


def git_files(folder: str) -> dict[str, Any] | None:
    """``git`` of an environment record as files say it; None outside a Git repository.

    ``commit`` is None before the first commit.
    """
    found = find_git(folder)
    if found is None:
        return None
    commit, branch = _head(found.gitdir, found.common)
    told = {"commit": commit, "branch": branch, "dirty": None}
    return {**told, "diff": None, "diff_bytes": 0, "untracked": 0}


def git_state(
    folder: str, keep_diff: Callable[[bytes], str | None] | None = None
) -> dict[str, Any] | None:
    """As `git_files`, with what only ``git`` knows.

    ``diff`` is what ``keep_diff`` made of the uncommitted changes (a binary patch, cut at `DIFF_BYTES`),
    ``diff_bytes`` its length.
    """
    found, told = find_git(folder), git_files(folder)
    if found is None or told is None:
        return None
    if told["branch"] == _IN_REFTABLE:
        told["commit"] = _line(found.top, "rev-parse", "--verify", "HEAD")
        told["branch"] = _line(found.top, "symbolic-ref", "--short", "HEAD")
    diff = _diff(found.top, DIFF_BYTES, "--binary") if told["commit"] else None
    others = _git(found.top, DIFF_BYTES, "ls-files", "--others", "--exclude-standard", "-z")
    told["untracked"] = (others or b"").count(b"\0")
    if diff is not None:
        told.update(dirty=bool(diff), diff_bytes=len(diff))
    if diff and keep_diff is not None:
        told.update(diff=keep_diff(diff), diff_sha256=_sha256(diff))
    return told


def source_state(folder: str) -> tuple[str | None, bool | None]:
    """(commit, dirty) of the repository an editable package's source lies in."""
    found = find_git(os.path.realpath(folder))
    if found is None:
        return None, None
    commit = _head(found.gitdir, found.common)[0]
    diff = _diff(found.top, 1, "--name-only") if commit else None
    return commit, None if diff is None else bool(diff)


def _diff(top: str, limit: int, form: str) -> bytes | None:
    """What differs from the commit. Filters that the repository itself configures are commands: they are off."""
    pattern = r"^filter\..*\.(clean|process)$"
    own = _git(top, _STEP, "config", "--local", "--name-only", "-z", "--get-regexp", pattern) or b""
    names = [os.fsdecode(name) for name in own.split(b"\0") if name and b"=" not in name]
    options = [part for name in names for part in ("-c", name + "=")]
    return _git(top, limit, *options, "diff", "HEAD", form, *_DIFF)


def _sha256(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


def _head(gitdir: str, common: str) -> tuple[str | None, str | None]:
    head = _read(os.path.join(gitdir, "HEAD")).strip()
    if not head.startswith("ref: "):
        return head or None, None
    ref = head[len("ref: ") :]
    commit = _read(os.path.join(gitdir, ref)) or _read(os.path.join(common, ref))
    branch = ref[len("refs/heads/") :] if ref.startswith("refs/heads/") else ref
    return commit.strip() or _packed(common, ref), branch


def _packed(common: str, ref: str) -> str | None:
    for line in _read(os.path.join(common, "packed-refs")).splitlines():
        commit, _, name = line.partition(" ")
        if name == ref:
            return commit
    return None


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _line(top: str, *arguments: str) -> str | None:
    told = _git(top, _STEP, *arguments)
    return told.decode("utf-8", "replace").strip() or None if told is not None else None


def _git(top: str, limit: int, *arguments: str) -> bytes | None:
    """What ``git`` prints, at most ``limit`` bytes; None where it can't be asked, fails, or takes too long."""
    if not hasattr(os, "posix_spawnp"):
        return None
    env = {name: os.environ[name] for name in _PASSED if name in os.environ}
    reading, writing = os.pipe()
    null = os.open(os.devnull, os.O_RDWR)
    try:
        actions = [(os.POSIX_SPAWN_DUP2, fd, to) for fd, to in ((null, 0), (writing, 1), (null, 2))]
        argv = ["sh", "-c", _APART, "git", "-C", top, *_OPTIONS, *arguments]
        pid = os.posix_spawn(_SHELL, argv, {**env, **_VARIABLES}, file_actions=actions, setpgroup=0)
    except OSError:
        os.close(reading)
        return None
    finally:
        os.close(writing)
        os.close(null)
    try:
        _reap(pid)
        return _answer(pid, reading, limit)
    finally:
        os.close(reading)


def _answer(group: int, reading: int, limit: int) -> bytes | None:
    """What ``git``, alone in its process group, prints up to `_DONE`; ended by force where it lives on."""
    import select

    deadline = time.monotonic() + TIME_S
    told = bytearray()
    ended = False
    while len(told) < limit + len(_DONE) and not ended:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([reading], [], [], left)[0]:
            break
        part = os.read(reading, _STEP)
        told += part
        ended = not part
    if not ended:
        try:
            # It holds the pipe still: the group's number can't be another's yet.
            os.killpg(group, signal.SIGKILL)
        except OSError:
            pass
    _reap(-group)
    if ended and told.endswith(_DONE):
        return bytes(told[: -len(_DONE)][:limit])
    return bytes(told[:limit]) if len(told) >= limit + len(_DONE) else None


def _reap(pid: int) -> None:
    """Take the shell; of a group, what fell to us because we are a container's first process."""
    try:
        os.waitpid(pid, 0 if pid > 0 else os.WNOHANG)
    except ChildProcessError:
        pass  # no child of ours, or the user's code waits for any
