"""The policy: which bytes of a workspace are stored (protocol/policy.schema.json).

Rules are gitignore patterns; the last that matches a path wins, `default` holds for the rest.
What is ignored by `ignore.py` is not asked about here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, cast

from pathspec import GitIgnoreSpec

from .failures import PolicyRefused

Default = Literal["auto", "keep", "fingerprint"]
Verdict = Literal["keep", "fingerprint", "ignore"]

_DEFAULTS = ("auto", "keep", "fingerprint")
_DRIVERS = ("auto", "zfs", "btrfs", "reflink", "plain")
_VERDICTS = ("keep", "fingerprint", "ignore")


@dataclass(frozen=True)
class PolicyRule:
    """A gitignore pattern and what becomes of the files it matches."""

    pattern: str
    policy: Verdict


@dataclass(frozen=True)
class Policy:
    """Sizes in bytes. `auto` keeps everything unless it would take more than `limit_bytes`, or
    than `limit_share` of the free space; storing stops when less than `floor_bytes` would be free.
    `driver`: who takes snapshots, where it works; `auto`: the best that does.
    """

    default: Default = "auto"
    limit_bytes: int = 2_000_000_000
    limit_share: float = 0.1
    floor_bytes: int = 1_000_000_000
    rules: tuple[PolicyRule, ...] = field(default=())
    driver: str = "auto"

    @classmethod
    def from_json(cls, value: object) -> Policy:
        """The policy that JSON says; what is missing is the default. Raises PolicyRefused."""
        if not isinstance(value, dict):
            raise PolicyRefused("a policy is an object")
        known = cls()
        policy = cls(
            cast("Default", value.get("default", known.default)),
            value.get("limit_bytes", known.limit_bytes),
            value.get("limit_share", known.limit_share),
            value.get("floor_bytes", known.floor_bytes),
            tuple(_rule(rule) for rule in _list(value.get("rules", []))),
            value.get("driver", known.driver),
        )
        policy._check()
        return policy

    def to_json(self) -> dict[str, Any]:
        """The shape of protocol/policy.schema.json."""
        return {
            "default": self.default,
            "limit_bytes": self.limit_bytes,
            "limit_share": self.limit_share,
            "floor_bytes": self.floor_bytes,
            "rules": [{"pattern": rule.pattern, "policy": rule.policy} for rule in self.rules],
            **({} if self.driver == "auto" else {"driver": self.driver}),
        }

    def _check(self) -> None:
        if self.default not in _DEFAULTS:
            raise PolicyRefused(f"default is one of {', '.join(_DEFAULTS)}")
        if self.driver not in _DRIVERS:
            raise PolicyRefused(f"driver is one of {', '.join(_DRIVERS)}")
        for name in ("limit_bytes", "floor_bytes"):
            value = getattr(self, name)
            if type(value) is not int or value < 0:
                raise PolicyRefused(f"{name} is a number of bytes")
        if type(self.limit_share) not in (int, float) or not 0 <= self.limit_share <= 1:
            raise PolicyRefused("limit_share is between 0 and 1")
        Rules(self.rules)


class Rules:
    """Compiled rules; those with equal `key` judge alike. Raises PolicyRefused for a bad pattern."""

    def __init__(self, rules: tuple[PolicyRule, ...]) -> None:
        self.key = rules
        self._rules = [(_compile(rule.pattern), rule.policy) for rule in reversed(rules)]
        verdicts = [rule.policy for rule in rules]
        # A folder may be left out unseen only if no rule could bring back something in it.
        self._may_prune = bool(verdicts) and "ignore" in verdicts

    def __bool__(self) -> bool:
        return bool(self._rules)

    def verdict(self, path: str) -> Verdict | None:
        """What the last matching rule says of `path` (a folder ends with `/`), or None."""
        for spec, policy in self._rules:
            if spec.match_file(path):
                return policy
        return None

    def prunes(self, folder: str) -> bool:
        """Whether nothing below `folder` (ends with `/`) can be anything but ignored."""
        if not self._may_prune:
            return False
        for spec, policy in self._rules:
            if policy != "ignore":
                return False
            if spec.match_file(folder):
                return True
        return False


def _compile(pattern: str) -> GitIgnoreSpec:
    if pattern.startswith(("!", "#")) or not pattern.strip() or "\n" in pattern:
        raise PolicyRefused(f"{pattern!r} is no pattern a rule may have")
    try:
        return GitIgnoreSpec.from_lines([pattern])
    except ValueError as error:
        raise PolicyRefused(f"{pattern!r} is no gitignore pattern") from error


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise PolicyRefused("rules is a list")
    return value


def _rule(value: object) -> PolicyRule:
    if not isinstance(value, dict) or not isinstance(value.get("pattern"), str):
        raise PolicyRefused("a rule has a pattern and a policy")
    if value.get("policy") not in _VERDICTS:
        raise PolicyRefused(f"a rule's policy is one of {', '.join(_VERDICTS)}")
    return PolicyRule(value["pattern"], value["policy"])
