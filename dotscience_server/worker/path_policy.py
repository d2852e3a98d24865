"""What is kept of a path and because of what; the policy is changed for single paths here.

Any thread. A look at the whole tree serves all questions of the next seconds, for as long as the policy is the same.
"""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Sequence
from typing import Any

from dotscience._tree import TreeError, name_from_json, name_to_json

from ..protocol.failure import ApiError
from ..snapshots.ignore import Why
from ..snapshots.policy import Policy, PolicyRule
from ..snapshots.reach import (
    Reach,
    Reached,
    amount,
    last_rule,
    pattern_of,
    why_left_out,
    with_rule,
)
from .tree import Tree

_AGE_S = 3.0
_VERDICTS = ("keep", "fingerprint", "ignore")


class PathPolicies:
    """Answers in the shape of ``path-policy.schema.json``. Raise ``ApiError`` and ``SnapshotFailure``."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._lock = threading.Lock()
        self._reach: Reach | None = None
        self._at = 0.0

    def of_path(self, path: Any) -> dict[str, Any]:
        """``path`` as JSON holds it, workspace-relative; "" or "." is the workspace."""
        name = _normal(path)
        reach = self._look()
        kind = _kind(os.path.join(reach.root, name))
        found = _told(reach, reach.below(name), name, kind)
        pattern = pattern_of(name, kind == "folder")
        return {
            **found,
            "path": name_to_json(name),
            "kind": kind,
            "own_rule": any(rule.pattern == pattern for rule in reach.policy.rules),
            "pattern": pattern,
        }

    def of_pattern(self, pattern: str) -> dict[str, Any]:
        """What a rule of this pattern would name, whatever other rules say."""
        reach = self._look()
        files = reach.matching(PolicyRule(pattern, "keep"))
        return {
            **_verdict(reach, files, b"", "missing"),
            **_counts(files),
            "path": "",
            "kind": "folder" if pattern.endswith("/") else "file",
            "own_rule": any(rule.pattern == pattern for rule in reach.policy.rules),
            "pattern": pattern,
        }

    def changed(self, paths: Any, policy: Any) -> Policy:
        """The policy with one rule for each path, which names that alone; ``policy`` None takes it away."""
        if policy is not None and policy not in _VERDICTS:
            raise ApiError.of("bad-request", detail=f"policy is null or one of {_VERDICTS}")
        if not isinstance(paths, Sequence) or isinstance(paths, str) or not paths:
            raise ApiError.of("bad-request", detail="paths is a list of paths")
        new = self._tree.policy
        for name in map(_normal, paths):
            new = with_rule(new, self._pattern(name), policy)
        return new

    def _pattern(self, name: bytes) -> str:
        kind = _kind(os.path.join(self._tree.root, name))
        pattern = pattern_of(name, kind == "folder")
        if pattern is None:
            detail = "no rule can name it" if name else "the default says what becomes of all"
            raise ApiError.of("path-refused", path=os.fsdecode(name) or ".", detail=detail)
        return pattern

    def _look(self) -> Reach:
        with self._lock:
            last, now = self._reach, time.monotonic()
            settings = (self._tree.policy, self._tree.agreed)
            if last and now - self._at < _AGE_S and settings == (last.policy, last.agreed):
                return last
            self._reach = self._tree.reach()
            self._at = time.monotonic()
            return self._reach


def _told(reach: Reach, files: Sequence[Reached], name: bytes, kind: str) -> dict[str, Any]:
    why = why_left_out(reach.root, name, reach.ignore) if name else None
    if why is not None:
        return {**_left_out(why), **_counts(())}
    return {**_verdict(reach, files, name, kind), **_counts(files)}


def _left_out(why: Why) -> dict[str, Any]:
    return {"policy": "ignore", "because": why.because, "rule": why.pattern}


def _verdict(reach: Reach, files: Sequence[Reached], name: bytes, kind: str) -> dict[str, Any]:
    """What becomes of the files together, and the reason that weighs most."""
    states = {_state(file) for file in files}
    path = os.fsdecode(name) + ("/" if kind == "folder" else "")
    rule = last_rule(reach.policy, path) if name else None
    if not states:
        state = _default(reach.policy) if rule is None else rule.policy
    else:
        state = states.pop() if len(states) == 1 else "mixed"
    if rule is not None:
        return {"policy": state, "because": "rule", "rule": rule.pattern}
    return {"policy": state, "because": _because(reach, files), "rule": _one_rule(reach, files)}


def _state(file: Reached) -> str:
    return "ignore" if file.verdict == "ignore" else "keep" if file.kept else "fingerprint"


def _default(policy: Policy) -> str:
    return "fingerprint" if policy.default == "fingerprint" else "keep"


def _because(reach: Reach, files: Sequence[Reached]) -> str:
    if any(file.verdict is not None for file in files):
        return "rule"
    held = any(not file.kept for file in files)
    if not held or reach.policy.default != "auto":
        return "default"
    return "home" if reach.home else "size"


def _one_rule(reach: Reach, files: Sequence[Reached]) -> str | None:
    """The rule where one speaks for all of them."""
    if not files or any(file.verdict is None for file in files):
        return None
    rules = {last_rule(reach.policy, os.fsdecode(file.path)) for file in files[:100]}
    only = rules.pop() if len(rules) == 1 else None
    return only.pattern if only else None


def _counts(files: Sequence[Reached]) -> dict[str, int]:
    found = amount(files)
    return {
        "files": found.files,
        "bytes": found.bytes,
        "kept_files": found.kept_files,
        "kept_bytes": found.kept_bytes,
    }


def _kind(path: bytes) -> str:
    try:
        return "folder" if stat.S_ISDIR(os.lstat(path).st_mode) else "file"
    except (OSError, ValueError):
        return "missing"


def _normal(path: Any) -> bytes:
    try:
        name = name_from_json(path)
    except (TreeError, UnicodeEncodeError):
        raise ApiError.of("bad-request", detail="path is no path") from None
    name = name.strip(b"/") if not name.startswith(b"/") else name
    parts = [] if name in (b"", b".") else name.split(b"/")
    if b"\0" in name or any(part in (b"", b".", b"..") for part in parts):
        shown = name.decode("utf-8", "replace")
        raise ApiError.of("path-refused", path=shown, detail="it is not below the workspace")
    return b"/".join(parts)
