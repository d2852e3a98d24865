"""``ds restore``: single files of a run back into the workspace, after a snapshot of what is there (G4)."""

from __future__ import annotations

import argparse
from typing import Any

from ..protocol.failure import ApiError
from .context import Context, as_ref
from .jobs import wait
from .missing import end_incomplete, offering_the_rest, tell_missing
from .output import counted, plain, size
from .places import REF_HELP, inside, of_ref, told
from .status import path_text

_SHOWN = 20


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help=f"{REF_HELP}; or RUN:PATH")
    parser.add_argument("paths", metavar="PATH", nargs="*", help="files, or folders with all below")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be written")
    parser.add_argument(
        "--skip-damaged",
        action="store_true",
        help="all but the files whose stored bytes are damaged; exit code 1 where there are any",
    )


def run(context: Context, arguments: argparse.Namespace) -> None:
    ref, paths = _wanted(context, arguments.run, arguments.paths)
    body = {
        "paths": [told(path) for path in paths],
        "dry_run": arguments.dry_run,
        "skip_damaged": arguments.skip_damaged,
    }
    with offering_the_rest():
        begun = context.worker.post(f"runs/{ref}/restore", body)
        job = wait(context.worker, begun)
    if context.json:
        context.tell(job)
    else:
        _tell(job["result"], arguments.run.partition(":")[0], arguments.dry_run)
    end_incomplete(job["result"])


def _wanted(context: Context, run: str, paths: list[str]) -> tuple[str, list[bytes]]:
    """The run and the files, also where one file is given as `RUN:PATH`. Raises ``bad-request`` without any file."""
    if paths:
        return as_ref(run), [inside(context, path) for path in paths]
    ref, path = of_ref(context, run)
    if not path:
        detail = f"no file is named: ds restore {ref} PATH, or '.' for all"
        raise ApiError.of("bad-request", detail=detail)
    return ref, [path]


def _tell(result: dict[str, Any], ref: str, dry_run: bool) -> None:
    count = counted(result["restored"], "file")
    if dry_run:
        print(f"Would bring back {count} ({size(result['bytes'])}):")
        _list(result["paths"], result["restored"])
    elif result["restored"]:
        print(f"Brought back {count} ({size(result['bytes'])}) of {plain(ref)}.")
    elif not result["unchanged"]:
        print("No file to bring back.")
    if result["unchanged"]:
        print(f"{counted(result['unchanged'], 'file')} so already.")
    if result["lacking"]:
        print(f"{counted(len(result['lacking']), 'file')} not brought back:")
        tell_missing(result)
    if result["snapshot"] and result["restored"]:
        print(f"What was there before is in snapshot @{result['snapshot'][:7]}.")


def _list(paths: list[Any], total: int) -> None:
    for path in paths[:_SHOWN]:
        print(f"  {path_text(path)}")
    if total > _SHOWN:
        print(f"  + {total - _SHOWN:,}")
