"""What the policy's rules reach: every file that a rule could keep, and what becomes of it now.

What ignore files, names and environments leave out is not reached; `why_left_out` says which of them
it is. Invariant: a file is `kept` here exactly when a snapshot planned at the same moment keeps it.
"""

from __future__ import annotations

import os
import stat
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from .holding import Holding, hold_back
from .ignore import Ignore, Scope, Why
from .policy import Policy, PolicyRule, Rules, Verdict
from .statcache import StatCache
from .walk import PlannedFile, walk


class Reached(NamedTuple):
    """A regular file. `verdict` is what the rules say of it (None: nothing); sizes in bytes."""

    path: bytes
    size: int
    verdict: Verdict | None
    kept: bool


@dataclass(frozen=True)
class Amount:
    """How many files there are, and how many of them keep their bytes."""

    files: int
    bytes: int
    kept_files: int
    kept_bytes: int


@dataclass(frozen=True)
class Reach:
    """All files, sorted by path, under the policy that they were looked at with."""

    root: bytes
    policy: Policy
    ignore: Ignore
    home: bool
    agreed: bool | None
    files: tuple[Reached, ...]

    def below(self, path: bytes) -> tuple[Reached, ...]:
        """The file itself, or all below the folder; b"" is the workspace."""
        if not path:
            return self.files
        prefix = path + b"/"
        start = bisect_left(self.files, prefix, key=lambda file: file.path)
        end = bisect_left(self.files, path + b"0", key=lambda file: file.path)
        own = bisect_left(self.files, path, key=lambda file: file.path)
        if own < len(self.files) and self.files[own].path == path:
            return (self.files[own],)
        return self.files[start:end]

    def matching(self, rule: PolicyRule) -> list[Reached]:
        """What the rule's pattern matches, whatever later rules say. Raises PolicyRefused."""
        only = Rules((rule,))
        return [file for file in self.files if only.verdict(_text(file.path)) is not None]


def reach(
    root: Path,
    policy: Policy,
    ignore: Ignore,
    holding: Holding,
    cache: StatCache | None,
    check: Callable[[], None] = lambda: None,
) -> Reach:
    """Look at the tree below `root`, by stat alone. Raises OSError for `root` itself."""
    top = os.fsencode(root)
    rules = Rules(policy.rules)
    nodes = [_ruled(node, rules) for node in walk(top, ignore, Rules(()), check).files]
    held = hold_back([node for node in nodes if node.verdict != "ignore"], holding, cache)
    files = (
        Reached(
            node.path,
            node.status.st_size,
            node.verdict,
            node.verdict != "ignore" and node.path not in held.paths,
        )
        for node in nodes
    )
    return Reach(top, policy, ignore, holding.home, holding.agreed, tuple(sorted(files)))


def _ruled(node: PlannedFile, rules: Rules) -> PlannedFile:
    verdict = rules.verdict(_text(node.path)) if rules else None
    return node._replace(verdict=verdict, keep=verdict in (None, "keep"))


def amount(files: Iterable[Reached]) -> Amount:
    """Counted."""
    found = list(files)
    kept = [file for file in found if file.kept]
    return Amount(
        len(found),
        sum(file.size for file in found),
        len(kept),
        sum(file.size for file in kept),
    )


def why_left_out(root: bytes, path: bytes, ignore: Ignore) -> Why | None:
    """What keeps all rules from reaching `path` or a folder above it; None: nothing does."""
    scope, folder = Scope(), b""
    names = _names(root)
    environment = ignore.is_environment(names)
    device = os.lstat(root).st_dev
    for name in path.split(b"/"):
        scope = ignore.enter(scope, root, folder, names)
        if environment and not folder and ignore.is_environment_part(name):
            return Why("environment")
        folder = folder + b"/" + name if folder else name
        status = _status(os.path.join(root, folder))
        is_folder = status is not None and stat.S_ISDIR(status.st_mode)
        if why := ignore.why(scope, folder, name, is_folder):
            return why
        if status is None or not is_folder:
            return None
        if status.st_dev != device:
            return Why("mount")
        names = _names(os.path.join(root, folder))
        if ignore.is_environment(names):
            return Why("environment")
    return None


def last_rule(policy: Policy, path: str) -> PolicyRule | None:
    """The rule that decides for `path` (a folder ends with `/`)."""
    for rule in reversed(policy.rules):
        if Rules((rule,)).verdict(path) is not None:
            return rule
    return None


def pattern_of(path: bytes, is_folder: bool) -> str | None:
    """The gitignore pattern that names exactly this path; None where no pattern can."""
    try:
        text = path.decode()
    except UnicodeDecodeError:
        return None
    # A line of an ignore file holds no line ends and ends in no white space.
    if not text or text != text.rstrip() or any(mark in text for mark in "\n\r"):
        return None
    escaped = "".join("\\" + mark if mark in "\\*?[]" else mark for mark in text)
    return f"/{escaped}/" if is_folder else f"/{escaped}"


def with_rule(policy: Policy, pattern: str, verdict: Verdict | None) -> Policy:
    """The policy in which the rule of exactly this pattern says `verdict` (None: there is none).

    It comes last, so that it holds, but before rules that name something inside the folder it names.
    """
    rest = [rule for rule in policy.rules if rule.pattern != pattern]
    if verdict is not None:
        inside = [
            at
            for at, rule in enumerate(rest)
            if pattern.endswith("/") and rule.pattern.startswith(pattern)
        ]
        last_other = max((at for at in range(len(rest)) if at not in inside), default=-1)
        place = next((at for at in inside if at > last_other), len(rest))
        rest.insert(place, PolicyRule(pattern, verdict))
    return Policy(
        policy.default, policy.limit_bytes, policy.limit_share, policy.floor_bytes, tuple(rest)
    )


def _names(folder: bytes) -> set[bytes]:
    try:
        return set(os.listdir(folder))
    except OSError:
        return set()


def _status(path: bytes) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except OSError:
        return None


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")
