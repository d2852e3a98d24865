"""What a run ran in: installed packages and the Git commit, read from file names and small files.

No process is started and nothing imported: a millisecond for 150 packages.
"""

from __future__ import annotations

import os
import sys

from dotscience._workspace import find_git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def environment(workspace: str) -> dict[str, Any]:
    """The payload of an environment record for the workspace's root."""
    return {"packages": packages(sys.path), "git": git_state(workspace)}


def packages(folders: list[str]) -> dict[str, str]:
    """Installed distributions, name to version; of one found twice, the first, as imports do."""
    found: dict[str, str] = {}
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
                    found.setdefault(name.replace("_", "-").lower(), version)
    return dict(sorted(found.items()))


def git_state(folder: str) -> dict[str, str | None] | None:
    """The commit and the branch checked out, None outside a Git repository.

    ``commit`` is None before the first commit and where refs are in a reftable.
    """
    git = find_git(folder)
    if git is None:
        return None
    head = _read(os.path.join(git.gitdir, "HEAD")).strip()
    if not head.startswith("ref: "):
        return {"commit": head or None, "branch": None}
    ref = head[len("ref: ") :]
    commit = _read(os.path.join(git.gitdir, ref)) or _read(os.path.join(git.common, ref))
    branch = ref[len("refs/heads/") :] if ref.startswith("refs/heads/") else ref
    return {"commit": commit.strip() or _packed(git.common, ref), "branch": branch}


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
