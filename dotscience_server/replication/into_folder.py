"""A folder of stream files, on a disk that is carried: one file a stream, and a list that says in which order they belong.

    000001-<guid>.zfs …   raw streams of `zfs send`, each durable before the list names it
    streams.json          {"format": 1, "streams": [{"file", "name", "guid", "since", "bytes", "sha256", "properties"}]}
A list that comes from elsewhere is hostile: only names of this kind are opened, and every file is hashed before it is used.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

from ..store.failures import writing
from ..store.layout import sync_folder, write_whole
from ..zfs import names
from .plan import Step
from .pump import PIECE, Tell, carry

_LIST = "streams.json"
_FILE = re.compile(r"[0-9]{6}-[0-9]{1,20}\.zfs", re.ASCII)


class FolderRefused(ValueError):
    """Not a folder of streams, or one that is damaged."""


@dataclass(frozen=True)
class Kept:
    """One stream. `since`: the guid that the receiver must have, None where it needs none; `name`: the snapshot's, without
    its dataset.
    """

    file: str
    name: str
    guid: str
    since: str | None
    bytes: int
    sha256: str
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Folder:
    """Streams below `path`."""

    path: Path

    def streams(self) -> list[Kept]:
        """In their order; none where there is no folder yet. Raises FolderRefused, OSError."""
        try:
            told = json.loads((self.path / _LIST).read_bytes())
            return [checked(Kept(**one)) for one in told["streams"]]
        except FileNotFoundError:
            return []
        except (ValueError, TypeError, KeyError) as error:
            raise FolderRefused(f"{self.path / _LIST} is no list of streams ({error})") from error

    def there(self) -> set[str] | None:
        """The guids that a receiver of all of them has; None where there are none."""
        return {one.guid for one in self.streams()} or None

    def write(self, step: Step, stream: IO[bytes], tell: Tell) -> tuple[int, str]:
        """Write a stream, durably; its bytes and SHA-256. It counts only once it is `keep`t. Raises StoreFailure."""
        with writing(self.path, "the stream was"):
            self.path.mkdir(parents=True, exist_ok=True)
            digest = hashlib.sha256()
            with self._part(step).open("wb") as out:
                count = carry(_Hashed(stream, digest), out.write, tell)  # type: ignore[arg-type]
                out.flush()
                os.fsync(out.fileno())
        return count, digest.hexdigest()

    def keep(self, step: Step, written: tuple[int, str], properties: dict[str, str]) -> None:
        """Name in the list what was written and is whole. Raises StoreFailure."""
        known = self.streams()
        file = f"{len(known) + 1:06d}-{step.to.guid}.zfs"
        since = None if step.since is None else step.since.guid
        one = Kept(file, names.short(step.to.name), step.to.guid, since, *written, properties)
        listed = {"format": 1, "streams": [asdict(each) for each in (*known, one)]}
        with writing(self.path, "the stream was"):
            self._part(step).replace(self.path / file)
            sync_folder(self.path)
            write_whole(self.path / _LIST, json.dumps(listed, indent=1).encode() + b"\n")

    def _part(self, step: Step) -> Path:
        return self.path / f"{step.to.guid}.zfs.part"

    def forget_last(self) -> None:
        """A stream that failed while it was written: nothing names it."""
        for part in self.path.glob("*.zfs.part"):
            part.unlink(missing_ok=True)

    def opened(self, wanted: Iterable[Kept]) -> Iterator[tuple[Kept, IO[bytes]]]:
        """Each with its bytes, which have been compared with the list, open until the next. Raises FolderRefused,
        OSError.
        """
        for kept in wanted:
            with (self.path / kept.file).open("rb") as file:
                digest = hashlib.sha256()
                for data in iter(partial(file.read, PIECE), b""):
                    digest.update(data)
                if digest.hexdigest() != kept.sha256:
                    raise FolderRefused(f"{kept.file} is not what was written")
                file.seek(0)
                yield kept, file


class _Hashed:
    def __init__(self, source: IO[bytes], digest: hashlib._Hash) -> None:
        self._source = source
        self._digest = digest

    def read(self, most: int) -> bytes:
        data = self._source.read(most)
        self._digest.update(data)
        return data


def checked(kept: Kept) -> Kept:
    """The same, when everything in it may be used. Raises ValueError."""
    names.guid(kept.guid)
    names.snapshot(f"p@{kept.name}")
    if kept.since is not None:
        names.guid(kept.since)
    counted = isinstance(kept.bytes, int)
    if not _FILE.fullmatch(kept.file) or not counted or not _are_ours(kept.properties):
        raise ValueError(f"{kept.file!r} is no stream")
    return kept


def _are_ours(properties: dict[str, str]) -> bool:
    return isinstance(properties, dict) and all(
        key.startswith("ds:") and names.from_value(value) is not None
        for key, value in properties.items()
    )


def missing(streams: list[Kept], there: set[str] | None) -> Iterator[Kept]:
    """Those that a receiver with these guids still needs, in order. Raises FolderRefused where it cannot take them."""
    have = set(there or ())
    for one in streams:
        if one.guid in have:
            continue
        if one.since is not None and one.since not in have:
            raise FolderRefused(f"{one.file} goes on from a snapshot that is not there")
        if one.since is None and there is not None:
            raise FolderRefused("the dataset exists and is no copy of this one")
        have.add(one.guid)
        yield one
