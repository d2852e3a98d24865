"""Names of datasets, snapshots and holds: ours are generated, others' are checked by the rules of ZFS.

Invariant: whatever reaches an argument of `zfs` went through here, so it is a full name that starts with
a letter and can never be taken for an option. Text of users travels in values of user properties, in base64url.
"""

from __future__ import annotations

import base64
import re

MOST = 255
DEPTH_MOST = 50
OWN = "ds-"
OWN_HOLD = "dotscience"
"""Our hold. A target of replication holds as `ds:<target>`."""

_LABEL = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_COMPONENT = re.compile(r"[A-Za-z0-9_.: -]+", re.ASCII)
_POOL = re.compile(r"[A-Za-z][A-Za-z0-9_.: -]*", re.ASCII)
_GUID = re.compile(r"[0-9]{1,20}", re.ASCII)
_TOKEN = re.compile(r"1-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+", re.ASCII)


class NameRefused(ValueError):
    """No name that ZFS takes, or not one that we make."""


def label(text: str) -> str:
    """A part of a name that we make. Raises NameRefused."""
    if not _LABEL.fullmatch(text):
        raise NameRefused(f"{text!r} is no label")
    return text


def dataset(name: str) -> str:
    """The full name of a file system (`zfs_namecheck.c`). Raises NameRefused."""
    pool, *rest = name.split("/")
    whole = _POOL.fullmatch(pool) and all(map(_is_component, rest))
    if not whole or len(name) > MOST or len(rest) >= DEPTH_MOST or pool.endswith(" "):
        raise NameRefused(f"{name!r} is no name of a dataset")
    return name


def snapshot(name: str) -> str:
    """The full name of a snapshot. Raises NameRefused."""
    return _marked(name, "@")


def bookmark(name: str) -> str:
    """The full name of a bookmark. Raises NameRefused."""
    return _marked(name, "#")


def own_snapshot(of: str, made_from: str) -> str:
    """The name that we give to a snapshot of the dataset `of`. Raises NameRefused."""
    return snapshot(f"{dataset(of)}@{OWN}{label(made_from)}")


def dataset_of(name: str) -> str:
    """The file system of a snapshot or bookmark."""
    return re.split("[@#]", name, maxsplit=1)[0]


def short(name: str) -> str:
    """What stands behind the mark of a snapshot or bookmark."""
    return re.split("[@#]", name, maxsplit=1)[1]


def pool_of(name: str) -> str:
    """The pool of anything with a full name."""
    return dataset_of(name).partition("/")[0]


def guid(text: str) -> str:
    """A guid as ZFS prints it: 64 bits without sign, as text. Raises NameRefused."""
    if not _GUID.fullmatch(text) or int(text) >= 1 << 64:
        raise NameRefused(f"{text!r} is no guid")
    return text


def token(text: str) -> str:
    """A resume token. Raises NameRefused."""
    if not _TOKEN.fullmatch(text):
        raise NameRefused(f"{text!r} is no resume token")
    return text


def target_hold(target: str) -> str:
    """The tag by which a target of replication holds the newest snapshot that it has in common with us."""
    return f"ds:{label(target)}"


def to_value(data: bytes) -> str:
    """A value of a user property: ZFS takes tabs and newlines there, its lists do not."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=") or "-"


def from_value(text: str) -> bytes | None:
    """The inverse of `to_value`; None for what we did not write."""
    if text == "-":
        return b""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None


def _marked(name: str, mark: str) -> str:
    base, found, last = name.partition(mark)
    dataset(base)
    if not found or not _is_component(last) or len(name) > MOST:
        raise NameRefused(f"{name!r} is no name of a {'snapshot' if mark == '@' else 'bookmark'}")
    return name


def _is_component(part: str) -> bool:
    return part not in ("", ".", "..") and _COMPONENT.fullmatch(part) is not None
