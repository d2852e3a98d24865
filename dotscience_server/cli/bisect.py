"""``ds bisect``: the first run at which a metric went bad, and what changed between the last good one and it."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from ..newest import newest_runs
from ..protocol.failure import ApiError
from ..rerun.between import FileChange, file_changes, value_changes
from ..rerun.bisect import Found, Limit, Point, bisect
from .context import Context
from .jobs import wait
from .output import counted, paint, plain

Json = dict[str, Any]
_PAGE = 1_000
_DIFF_LINES = 40
_NOT_FOUND = 3


def configure(parser: argparse.ArgumentParser) -> None:
    parser.usage = (
        "ds bisect --metric KEY (--below X | --above X) [--good RUN] [--bad RUN] [--rerun]"
    )
    parser.description = (
        "Among the runs of one notebook or script, in order, find the first at which a metric is bad, and tell what "
        "changed between the last good run and it. It takes for granted that the metric went bad once. Exit code 3: no "
        "such place."
    )
    parser.add_argument("--metric", required=True, metavar="KEY")
    limit = parser.add_mutually_exclusive_group(required=True)
    limit.add_argument("--below", type=float, metavar="X", help="values below are bad")
    limit.add_argument("--above", type=float, metavar="X", help="values above are bad")
    parser.add_argument("--good", metavar="RUN", help="begin here")
    parser.add_argument(
        "--bad", metavar="RUN", help="end here (default: the newest run with the metric)"
    )
    parser.add_argument(
        "--rerun",
        action="store_true",
        help="run what has no value: snapshots without a run, runs without the metric",
    )


def run(context: Context, arguments: argparse.Namespace) -> None:
    search = _Search(context, arguments)
    found = search.run()
    changes = search.changes(found)
    if context.json:
        context.tell({**asdict(found), "changes": changes})
    else:
        _tell(found, arguments.metric, search.limit, changes)
    sys.stdout.flush()
    if found.good is None or found.bad is None:
        raise SystemExit(_NOT_FOUND)


class _Search:
    def __init__(self, context: Context, arguments: argparse.Namespace) -> None:
        self._worker = context.worker
        self._context = context
        self._metric = arguments.metric
        self._rerun = arguments.rerun
        self.limit = Limit(arguments.below, arguments.above)
        self._good = None if arguments.good is None else context.run_id(arguments.good)
        self._bad = None if arguments.bad is None else context.run_id(arguments.bad)
        self._reference = ""

    def run(self) -> Found:
        """Look at what is known; run what is not, where that is wanted."""
        points = self._points()
        if not points:
            raise ApiError.of("bad-request", detail=f"no run has a metric {self._metric}")
        return bisect(points, self.limit, self._ask if self._rerun else None)

    def changes(self, found: Found) -> Json | None:
        """What lies between; None where there is no such place."""
        good, bad = found.good, found.bad
        if good is None or bad is None:
            return None
        sides = [self._worker.get(f"runs/{one.ref}") if one.is_run else None for one in (good, bad)]
        files = self._files(good, bad, sides[1] or sides[0])
        told: Json = {
            "files": [asdict(one) for one in files],
            "parameters": [],
            "environment": None,
            "command": None,
        }
        if sides[0] is not None and sides[1] is not None:
            changed = value_changes(sides[0]["parameters"], sides[1]["parameters"])
            told["parameters"] = [
                {"key": key, "before": before, "after": after} for key, before, after in changed
            ]
            told["environment"] = self._environment(good, bad)
            before, after = (_command(one) for one in sides if one is not None)
            if before != after:
                told["command"] = {"before": before, "after": after}
        return told

    def _points(self) -> list[Point]:
        runs = newest_runs(self._worker, 0)[1][::-1]
        reference = self._reference_of(runs)
        if reference is None:
            return []
        key = self._key(reference)
        alike = [one for one in runs if self._key(one) == key and not self._is_repetition(one)]
        self._reference = (self._reference_of(alike) or reference)["id"]
        ids = [one["id"] for one in alike]
        first = ids.index(self._good) if self._good in ids else 0
        last = ids.index(self._bad) if self._bad in ids else len(ids) - 1
        chosen = alike[first : last + 1]
        points = [self._point(one) for one in chosen]
        if self._rerun and points:
            points += self._snapshots(chosen, points[0].time, points[-1].time)
        return sorted(points, key=lambda one: one.time)

    def _reference_of(self, runs: list[Json]) -> Json | None:
        if self._bad is not None or self._good is not None:
            named = self._bad or self._good
            return next((one for one in runs if one["id"] == named), None)
        return next((one for one in reversed(runs) if self._value(one) is not None), None)

    def _is_repetition(self, told: Json) -> bool:
        return self._worker.get(f"runs/{told['id']}").get("repeats") is not None

    def _key(self, told: Json) -> Any:
        if told["notebook"] or told["workload"]:
            return told["notebook"], told["workload"]
        argv = (self._worker.get(f"runs/{told['id']}").get("context") or {}).get("argv") or []
        return next((word for word in argv if word.endswith((".py", ".sh", ".R", ".jl"))), argv[:1])

    def _point(self, told: Json) -> Point:
        title = told["description"] or told["notebook"] or told["workload"] or "run"
        return Point(told["id"], title, told["started"] or told["recorded"], self._value(told))

    def _value(self, told: Json) -> float | None:
        found = next((one for one in told["metrics"] if one["key"] == self._metric), None)
        try:
            return None if found is None else float(found["text"])
        except ValueError:
            return None

    def _snapshots(self, runs: list[Json], since: str, until: str) -> list[Point]:
        """Those in between that are no run's."""
        taken = {one["snapshot"]["id"] for one in runs}
        told = self._worker.get("snapshots", {"limit": 10_000})["snapshots"]
        return [
            Point(f"@{one['id']}", one.get("message") or "snapshot", one["time"], None, False)
            for one in told
            if one["id"] not in taken and since < one["time"] < until
        ]

    def _ask(self, point: Point) -> float | None:
        print(f"Running {plain(point.title)} ({_short(point)})", file=sys.stderr, flush=True)
        run = point.ref if point.is_run else self._reference
        body = {"files": point.ref, "variables": dict(os.environ)}
        try:
            job = wait(self._worker, self._worker.post(f"runs/{run}/rerun", body))
        except ApiError as error:
            if error.code == "cancelled":
                raise
            print(f"  {plain(str(error))}", file=sys.stderr)
            return None
        text = (job["result"].get("metrics") or {}).get(self._metric)
        print(f"  {self._metric} {plain(str(text))}", file=sys.stderr, flush=True)
        try:
            return None if text is None else float(text)
        except ValueError:
            return None

    def _files(self, good: Point, bad: Point, run: Json | None) -> list[FileChange]:
        seen = (run or {}).get("undeclared") or []
        inputs = [_text(one["path"]) for one in (run or {}).get("inputs") or []]
        inputs += [_text(one["path"]) for one in seen if "r" in one["mode"]]
        outputs = [_text(one["path"]) for one in (run or {}).get("outputs") or []]
        return file_changes(
            self._contents(good),
            self._contents(bad),
            lambda path: self._read(good, path),
            lambda path: self._read(bad, path),
            inputs,
            outputs,
        )

    def _contents(self, point: Point) -> dict[str, str]:
        """Path to content; of files that are not kept, size and time."""
        found: dict[str, str] = {}
        after: Any = None
        while True:
            query = {"limit": _PAGE, "after": None if after is None else _text(after)}
            page = self._worker.get(f"runs/{quote(point.ref, safe='@')}/files", query)
            for one in page["files"]:
                if one["kind"] == "file":
                    content = one["object"] or f"{one['size']} {one['mtime_ns']}"
                    found[_text(one["path"])] = content
            after = page["next"]
            if after is None:
                return found

    def _read(self, point: Point, path: str) -> bytes | None:
        try:
            with self._worker.stream(f"runs/{point.ref}/file", {"path": path}) as reply:
                return b"".join(reply.chunks)
        except ApiError:
            return None

    def _environment(self, good: Point, bad: Point) -> Json | None:
        try:
            told = self._worker.get(f"runs/{bad.ref}/environment", {"to": good.ref})
        except ApiError:
            return None
        return told["compared"]  # type: ignore[no-any-return]


def _tell(found: Found, metric: str, limit: Limit, changes: Json | None) -> None:
    known = [one for one in found.points if one.value is not None]
    print(f"{metric} {limit.text()} is bad; {counted(len(known), 'value')} known", end="")
    print(f", {counted(found.asked, 'repetition')} made." if found.asked else ".")
    if found.good is None or found.bad is None:
        only = "good" if found.bad is None else "bad before any good one"
        print(f"No place where it went bad: every known value is {only}.")
        return
    for word, point, colour in (
        ("last good", found.good, "green"),
        ("first bad", found.bad, "red"),
    ):
        told = f"{word}  {_short(point)}  {metric} {point.value:g}  {plain(point.title)}"
        print(paint(told, colour))
    if found.unknown:
        count = counted(len(found.unknown), "run or snapshot", "runs or snapshots")
        print(f"{count} in between have no value (ds bisect --rerun runs them).")
    if found.steps > 1:
        print(
            f"Not a single step: the metric turned {found.steps} times; this is the first time it went bad."
        )
    if changes is not None:
        _tell_changes(changes)


def _tell_changes(changes: Json) -> None:
    environment = changes["environment"] or {"python": None, "packages": [], "other": []}
    packages = [
        *([environment["python"]] if environment["python"] else []),
        *environment["packages"],
    ]
    command = changes["command"]
    for head, rows in (
        ("Command", [("arguments", command["before"], command["after"])] if command else []),
        (
            "Parameters",
            [(one["key"], one["before"], one["after"]) for one in changes["parameters"]],
        ),
        ("Packages", [(one["name"], one["before"], one["after"]) for one in packages]),
        ("Environment", [(o["name"], o["before"], o["after"]) for o in environment["other"]]),
    ):
        if rows:
            print(f"\n{head}")
        for name, before, after in rows:
            print(
                plain(
                    f"  {name}: {before if before is not None else '-'} → {after if after is not None else '-'}"
                )
            )
    for role, head in (("code", "Code"), ("input", "Inputs"), ("other", "Other files")):
        files = [one for one in changes["files"] if one["role"] == role]
        if files:
            print(f"\n{head}")
        for one in files:
            print(plain(f"  {one['path']} ({one['kind']})"))
            _tell_diff(one["diff"])
    told = (changes["files"], changes["parameters"], command, packages, environment["other"])
    if not any(told):
        print("\nNothing that is recorded differs: 'ds rerun --why' of the good run may tell more.")


def _tell_diff(diff: str | None) -> None:
    lines = (diff or "").splitlines()
    for line in lines[:_DIFF_LINES]:
        colour = {"+": "green", "-": "red"}.get(line[:1])
        told = f"    {plain(line)}"
        print(told if colour is None else paint(told, colour))
    if len(lines) > _DIFF_LINES:
        print(f"    and {len(lines) - _DIFF_LINES:,} more lines")


def _command(run: Json) -> str | None:
    """With its arguments, as a shell would have it; None where none is recorded."""
    argv = (run.get("context") or {}).get("argv")
    return shlex.join(argv) if argv else None


def _short(point: Point) -> str:
    return point.ref[:8]


def _text(path: Any) -> str:
    """A path of JSON; one that is no UTF-8 as the JSON that names it."""
    import json

    return path if isinstance(path, str) else json.dumps(path)
