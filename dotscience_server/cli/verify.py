"""``ds verify``: every stored byte is checked. Exit code 1 when something is damaged."""

from __future__ import annotations

import argparse
from typing import Any

from .context import Context
from .jobs import wait
from .output import counted, duration, paint, plain, size

Json = dict[str, Any]
_SHOWN = 10
_WHAT = {
    "object": "object",
    "xorb": "chunks",
    "shard": "list of files",
    "record": "records",
    "manifest": "list of a snapshot's files",
    "missing": "missing",
    "held": "kept by the file system",
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--repair",
        action="store_true",
        help="mend what files of the workspace still hold; what is sound is never touched",
    )


def run(context: Context, arguments: argparse.Namespace) -> None:
    wait(context.worker, context.worker.post("verify", {"repair": arguments.repair}))
    report = context.worker.get("verify")
    if context.json:
        context.tell(report)
    else:
        print("\n".join(_lines(report)))
    if report["damaged"]:
        raise SystemExit(1)


def _lines(report: Json) -> list[str]:
    took = f"{size(report['checked_bytes'])} in {counted(report['checked'], 'file')}"
    lines = [f"Checked {took}, {duration(report['duration_s'])}."]
    if report.get("repaired"):
        lines.append(f"{counted(report['repaired'], 'damage')} repaired.")
    if not report["damaged"]:
        return [*lines, "Everything is as it was stored."]
    for one in report["damaged"]:
        lines += _damaged(one)
    lines.append("")
    if report["runs"]:
        lines.append("Runs with damaged files:")
        for run in report["runs"]:
            files = counted(run["files"], "file")
            lines.append(f"  {run['run'][:8]}  {files}  {plain(run['title'])}")
    else:
        needed = any(one["files"] for one in report["damaged"])
        lines.append(f"No run needs any of it{', but snapshots do' if needed else ''}.")
    if report["repairable"]:
        count = counted(report["repairable"], "damage")
        lines.append(f"{count} can be repaired from the workspace: ds verify --repair")
    return lines


def _damaged(one: Json) -> list[str]:
    name = one["name"] if one["what"] == "record" else one["name"][:16]
    head = f"{_WHAT.get(one['what'], one['what'])} {name}: {plain(one['detail'])}"
    lines = ["", paint(head, "red")]
    for path in list(dict.fromkeys(_path(file["path"]) for file in one["files"]))[:_SHOWN]:
        lines.append(f"  {plain(path)}")
    if one["file_count"] > _SHOWN:
        lines.append(f"  … {counted(one['file_count'], 'place')} in runs and snapshots in all")
    return lines


def _path(told: Any) -> str:
    if isinstance(told, str):
        return told
    from dotscience._tree import name_from_json

    return name_from_json(told).decode("utf-8", "backslashreplace")
