"""Where a workspace is replicated to, as people write it.

ssh://[USER@]HOST[:PORT]/POOL/DATASET   another host, by ssh
zfs:POOL/DATASET                        another pool of this host
dir:/PATH                               a folder of stream files
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ..zfs import names

_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\]", re.ASCII)
_USER = re.compile(r"[A-Za-z_][A-Za-z0-9._-]*", re.ASCII)
_LABEL_MOST = 28


class TargetRefused(ValueError):
    """Not a target."""


@dataclass(frozen=True)
class Host:
    """Whom ssh is told to call."""

    name: str
    user: str | None = None
    port: int | None = None

    @property
    def address(self) -> str:
        """As ssh takes it behind `--`."""
        name = self.name.strip("[]")
        return f"{self.user}@{name}" if self.user else name


@dataclass(frozen=True)
class Target:
    """Either `dataset`, with the `host` it is on (None: this one), or `folder`."""

    text: str
    dataset: str | None = None
    host: Host | None = None
    folder: Path | None = None

    @property
    def label(self) -> str:
        """What holds and bookmarks for it are called: stable, and readable."""
        said = re.sub(r"[^a-z0-9]+", "-", self.text.lower()).strip("-")[:_LABEL_MOST].strip("-")
        return names.label(f"{said}-{hashlib.sha256(self.text.encode()).hexdigest()[:8]}")


def parse_target(text: str) -> Target:
    """Raises TargetRefused."""
    kind, _, rest = text.partition(":")
    try:
        if kind == "zfs":
            return Target(text, dataset=names.dataset(rest))
        if kind == "dir":
            return _folder(rest)
        if kind == "ssh":
            return _remote(text)
    except names.NameRefused as refusal:
        raise TargetRefused(str(refusal)) from refusal
    raise TargetRefused(f"{text!r} is none of ssh://HOST/POOL/DATASET, zfs:POOL/DATASET, dir:/PATH")


def _folder(path: str) -> Target:
    if not path:
        raise TargetRefused("dir: needs a folder")
    folder = Path(path).absolute()
    return Target(f"dir:{folder}", folder=folder)


def _remote(text: str) -> Target:
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError as error:
        raise TargetRefused(f"{text!r}: {error}") from error
    user, _, host = url.netloc.rpartition("@")
    host = host if port is None else host.rpartition(":")[0]
    # Nothing here may be taken for an option of ssh, or for one of its files.
    if not _HOST.fullmatch(host) or (user and not _USER.fullmatch(user)):
        raise TargetRefused(f"{host!r} is no host, or what stands before it no user")
    if url.query or url.fragment:
        raise TargetRefused(f"{text!r} has more than a dataset")
    dataset = names.dataset(unquote(url.path).strip("/"))
    return Target(text, dataset=dataset, host=Host(host, user or None, port))
