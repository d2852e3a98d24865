"""``ds replicate``: the workspace's dataset with its snapshots and records a second time, elsewhere.

ds replicate TARGET                     to a dataset (zfs:, ssh://) or a folder of stream files (dir:)
ds replicate --from dir:/PATH TARGET    from such a folder into a dataset
ds replicate --stdout | … ds replicate --stdin TARGET      over anything that carries bytes
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..replication import frames
from ..replication.failures import ReplicationRefused, ReplicationStopped
from ..replication.into_folder import Folder, FolderRefused, missing
from ..replication.into_zfs import IntoZfs
from ..replication.remote import remote_zfs
from ..replication.replicating import Sent, Watch, receive_all, to_folder, to_pipe, to_zfs
from ..replication.source import Source
from ..replication.target import Target, TargetRefused, parse_target
from ..store.layout import Located, locate
from ..store.stamps import new_id
from ..zfs.command import Zfs
from ..zfs.names import NameRefused
from ..zfs.places import place_of
from .context import Context
from .jobs import showing
from .output import counted, plain, size
from .own_work import OwnWork, failures_told

Json = dict[str, Any]
_PIPE = Target("the pipe")
_COMMANDS_S = 120.0


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "target",
        metavar="TARGET",
        nargs="?",
        help="ssh://[USER@]HOST/POOL/DATASET, zfs:POOL/DATASET, or dir:/PATH",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--from", dest="source", metavar="dir:/PATH", help="from stream files")
    which.add_argument("--stdin", action="store_true", help="receive what --stdout writes")
    which.add_argument("--stdout", action="store_true", help="write the streams to stdout")
    which.add_argument(
        "--guids", action="store_true", help="print what TARGET has, for --have at the other end"
    )
    parser.add_argument(
        "--have",
        metavar="GUID",
        action="append",
        default=[],
        help="with --stdout: a snapshot that the other end has (may be given often)",
    )


def run(context: Context, arguments: argparse.Namespace) -> None:
    target = _target(arguments)
    with failures_told(), showing() as show:
        work = OwnWork(show)
        watch = Watch(lambda title, all_: work.begin(title, 0, all_), lambda n: work.tell(0, n))
        with _stopping(target):
            done = _done(context, arguments, target, watch)
    if isinstance(done, Sent):
        _tell(context, target, done, to_stderr=arguments.stdout)


def _done(
    context: Context, arguments: argparse.Namespace, target: Target, watch: Watch
) -> Sent | None:
    if arguments.guids:
        there = _into(target).there()
        print("\n".join(sorted(there or ())))
        return None
    if arguments.stdin:
        into = _into(target)
        pairs = ((kept, frame) for kept, frame in frames.read(sys.stdin.buffer))
        return receive_all(pairs, into, into.there(), watch)  # type: ignore[arg-type]
    if arguments.source is not None:
        return _from_folder(parse_target(arguments.source), _into(target), watch)
    source = _source(locate(context.workspace), target)
    stamp = new_id()[-12:]
    if arguments.stdout:
        return to_pipe(source, sys.stdout.buffer, set(arguments.have), target, stamp, watch)
    if target.folder is not None:
        return to_folder(source, Folder(target.folder), target, stamp, watch)
    _refuse_itself(source, target)
    return to_zfs(source, _into(target), target, stamp, watch)


def _from_folder(source: Target, into: IntoZfs, watch: Watch) -> Sent:
    if source.folder is None:
        raise TargetRefused("--from takes dir:/PATH")
    folder = Folder(source.folder)
    there = into.there()
    wanted = missing(folder.streams(), there)
    return receive_all(folder.opened(wanted), into, there, watch)


def _target(arguments: argparse.Namespace) -> Target:
    if arguments.target is None:
        if arguments.stdout:
            return _PIPE
        raise _wrong("TARGET is needed")
    try:
        return parse_target(arguments.target)
    except TargetRefused as refusal:
        raise _wrong(str(refusal)) from None


def _wrong(why: str) -> SystemExit:
    print(f"ds replicate: {why}", file=sys.stderr)
    return SystemExit(2)


def _into(target: Target) -> IntoZfs:
    if target.dataset is None:
        raise TargetRefused("a dataset is needed here: zfs:POOL/DATASET or ssh://HOST/POOL/DATASET")
    if target.host is not None:
        remote = remote_zfs(target.host, _COMMANDS_S)
        remote.reached()
        return IntoZfs(remote, target.dataset)
    return IntoZfs(_local(target), target.dataset)


def _local(target: Target) -> Zfs:
    zfs = Zfs.find()
    if zfs is None:
        raise ReplicationRefused(
            target.text, "the commands zfs and zpool are not installed", "Install OpenZFS."
        )
    return Zfs(zfs.zfs, zfs.zpool, _COMMANDS_S)


def _source(located: Located, target: Target) -> Source:
    """The workspace's dataset, which must hold its history too."""
    place = place_of(located.path)
    if place is None:
        raise ReplicationRefused(
            target.text,
            f"{located.path} lies in no ZFS dataset",
            "'ds init --zfs POOL' moves it into one.",
        )
    try:
        replica = json.loads((located.store / "workspace.json").read_bytes())["replica"]
        beside = place_of(located.store)
    except (OSError, ValueError, KeyError) as error:
        hint = "'ds init' first."
        raise ReplicationRefused(target.text, "the folder is not tracked", hint) from error
    if beside is None or beside.dataset != place.dataset:
        raise ReplicationRefused(
            target.text,
            f"its records lie elsewhere, in {located.store}: a copy without them brings nothing back",
            "Replicate from the folder that has the repository, or move that with 'ds init --zfs'.",
        )
    return Source(_local(target), place.dataset, str(replica), place.below)


def _refuse_itself(source: Source, target: Target) -> None:
    own = target.host is None and target.dataset is not None
    if own and f"{target.dataset}/".startswith(f"{source.dataset}/"):
        raise ReplicationRefused(
            target.text, "that is the workspace's own dataset", "Name another one."
        )


@contextmanager
def _stopping(target: Target) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        raise ReplicationStopped(target.text, "it was cancelled") from None
    except frames.PipeCut as cut:
        raise ReplicationStopped(target.text, str(cut), "Send again what is missing.") from cut
    except (FolderRefused, NameRefused, TargetRefused) as refusal:
        hint = "Look at the folder and the name again; nothing was overwritten."
        raise ReplicationRefused(target.text, str(refusal), hint) from refusal
    except BrokenPipeError:
        raise  # who read us has gone, and says why
    except OSError as error:
        why = f"{error.strerror or error} ({os.fsdecode(error.filename or '?')})"
        hint = "Look at the disk and its files, then give the command again."
        raise ReplicationStopped(target.text, why, hint) from error


def _tell(context: Context, target: Target, done: Sent, to_stderr: bool) -> None:
    out: Callable[[str], None] = _to_stderr if to_stderr else print
    if context.json and not to_stderr:
        context.tell(
            {
                "target": target.text,
                "streams": done.streams,
                "bytes": done.bytes,
                "resumed": done.resumed,
                "newest": done.newest,
                "snapshots": done.snapshots,
            }
        )
    elif not done.streams:
        out(f"{plain(target.text)} has everything already.")
    else:
        went_on = " (the first went on where it was cut off)" if done.resumed else ""
        what = counted(done.streams, "stream")
        out(f"{what}, {size(done.bytes)}, to {plain(target.text)}{went_on}.")


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr)
