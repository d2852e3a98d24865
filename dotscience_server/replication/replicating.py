"""One replication from its beginning to its end.

    rest of a stream that was cut off ─► snapshot of now ─► plan ─► stream, proof by guid, hold: for each step
Killed anywhere: the next one goes on from the newest snapshot that both have, or in the middle of a stream where the
target keeps a token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO

from ..store.failures import FreezeRefused
from ..zfs import names
from .failures import ReplicationRefused
from .frames import Writer
from .into_folder import Folder, FolderRefused, Kept, missing
from .into_zfs import IntoZfs
from .plan import Diverged, Point, Step, plan
from .pump import Tell
from .source import Source
from .target import Target


@dataclass(frozen=True)
class Watch:
    """`begin(title, bytes)` before each part (0: not known), `tell` with bytes while it goes on; may raise to stop."""

    begin: Callable[[str, int], None]
    tell: Tell


@dataclass
class Sent:
    """What was done. `bytes`: carried; `newest`: the guid that both have at the end."""

    streams: int = 0
    bytes: int = 0
    resumed: bool = False
    newest: str | None = None
    snapshots: list[str] = field(default_factory=list)
    last: Point | None = None


def to_zfs(source: Source, into: IntoZfs, target: Target, stamp: str, watch: Watch) -> Sent:
    """Into another dataset. Raises ReplicationRefused, FreezeRefused, OSError."""
    done = Sent()
    token = into.token()
    if token is not None:
        watch.begin("Going on", 0)
        with source.resume(token, target) as stream:
            done.bytes += into.receive(stream, first=not into.there(), tell=watch.tell)
        done.streams, done.resumed = 1, True
    there = into.there()
    if token is not None:
        common = [one for one in source.snapshots(target.label) if one.guid in (there or ())]
        done.last = common[-1] if common else None
        done.newest = done.last.guid if done.last else None
    steps = _steps(source, there, target, stamp, watch)
    with _keeping(source, target, done):
        for step in steps:
            first = there is None and step.since is None
            with source.send(step) as stream:
                done.bytes += into.receive(stream, first=first, tell=watch.tell)
            if first:
                into.after_first()
            into.check(step)
            into.mark(step.to, source.properties(step.to))
            _did(done, step)
    return done


def to_folder(source: Source, folder: Folder, target: Target, stamp: str, watch: Watch) -> Sent:
    """Into files. Raises ReplicationRefused, FolderRefused, StoreFailure, OSError."""
    done = Sent()
    folder.forget_last()
    there = folder.there()
    if there is None and source.bookmarks(target.label):
        raise ReplicationRefused(
            target.text,
            "streams were written to that folder before, and it has none now: is the disk mounted?",
            "Mount it; or name another folder, which gets everything anew.",
        )
    steps = _steps(source, there, target, stamp, watch)
    with _keeping(source, target, done):
        for step in steps:
            with source.send(step) as stream:
                written = folder.write(step, stream, watch.tell)
            folder.keep(step, written, source.properties(step.to))  # sending has not failed
            done.bytes += written[0]
            _did(done, step)
    return done


def to_pipe(
    source: Source, out: IO[bytes], have: set[str], target: Target, stamp: str, watch: Watch
) -> Sent:
    """Into a pipe that carries bytes in one direction. What the other end has is not known but by `have`, so nothing is
    held for it.
    """
    done, writer = Sent(), Writer(out)
    for step in _steps(source, have or None, target, stamp, watch):
        since = None if step.since is None else step.since.guid
        properties = source.properties(step.to)
        about = Kept(_PIPED, names.short(step.to.name), step.to.guid, since, 0, "", properties)
        with source.send(step) as stream:
            done.bytes += writer.add(about, stream, watch.tell)
        _did(done, step)
    writer.end()
    source.forget_older(target.label, have)
    return done


def receive_all(
    streams: Iterable[tuple[Kept, IO[bytes]]], into: IntoZfs, there: set[str] | None, watch: Watch
) -> Sent:
    """From files or a pipe: each stream must fit what is there, by guid. Raises FreezeRefused, FolderRefused."""
    done = Sent()
    for kept, stream in streams:
        if kept.guid in (there or ()):
            done.newest = kept.guid
            continue
        wanted = next(missing([kept], there))
        watch.begin(f"Receiving {wanted.name}", wanted.bytes)
        with_first = there is None
        done.bytes += into.receive(stream, first=with_first, tell=watch.tell, resumable=False)
        if with_first:
            into.after_first()
        point = Point(f"{into.dataset}@{kept.name}", kept.guid)
        step = Step(None, point)
        into.check(step)
        into.mark(point, kept.properties)
        there = (there or set()) | {kept.guid}
        _did(done, step)
    return done


_PIPED = "000001-0.zfs"


def _steps(
    source: Source, there: set[str] | None, target: Target, stamp: str, watch: Watch
) -> list[Step]:
    label = target.label
    snapshots, bookmarks = source.snapshots(label), source.bookmarks(label)
    try:
        plan(snapshots, bookmarks, there)  # before anything is made
        if not (snapshots and source.is_clean_since(snapshots[-1])):
            snapshots = [*snapshots, source.take(label, stamp)]
        steps = plan(snapshots, bookmarks, there)
    except Diverged:
        raise ReplicationRefused(
            target.text,
            "what is there has no snapshot of this workspace",
            "Name a dataset that does not exist yet; the one that is there is left as it is.",
        ) from None
    sizes = [source.estimate(step) for step in steps]
    known = [size for size in sizes if size is not None]
    watch.begin("Sending", sum(known) if len(known) == len(sizes) else 0)
    return steps


@contextmanager
def _keeping(source: Source, target: Target, done: Sent) -> Iterator[None]:
    """However the body ends, the newest snapshot that arrived is held at last."""
    try:
        yield
    except BaseException:
        if done.last is not None:
            with suppress(FreezeRefused):  # what ended the body is what is told
                source.keep_common(target.label, done.last)
        raise
    if done.last is not None:
        source.keep_common(target.label, done.last)


def _did(done: Sent, step: Step) -> None:
    done.streams += 1
    done.newest, done.last = step.to.guid, step.to
    done.snapshots.append(names.short(step.to.name))


__all__ = [
    "FolderRefused",
    "Sent",
    "Watch",
    "receive_all",
    "to_folder",
    "to_pipe",
    "to_zfs",
]
