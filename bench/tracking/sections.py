"""The sections of the comparison: what is done, and the rows that come out of it.

Every section takes the peers and the size of the work and gives, for each peer, a row of cells. Peers take turns
within a round, so that a change of the machine's load hits all of them.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .peerset import Peer
from .running import Told, place, small_disk, unwritable

Rows = dict[str, dict[str, Any]]


class Size(NamedTuple):
    """How much work is done."""

    rounds: int
    calls: int
    runs: int
    points: int
    steps: int
    budget_s: float


class Section(NamedTuple):
    """``columns`` name what a row's cells are; a cell that is a number is compared with ours."""

    key: str
    title: str
    columns: dict[str, str]
    measure: Callable[[Sequence[Peer], Size], Rows]


def imports(peers: Sequence[Peer], size: Size) -> Rows:
    return _rounds(peers, size.rounds, lambda peer: _once(peer, "imports"))


def starts(peers: Sequence[Peer], size: Size) -> Rows:
    def one(peer: Peer) -> Told:
        with place(peer) as here:
            first, second = here.run("starts"), here.run("starts")
            return {**first, "second_ms": second.get("first_ms")}

    return _rounds(peers, size.rounds, one)


def calls(peers: Sequence[Peer], size: Size) -> Rows:
    def one(peer: Peer) -> Told:
        with place(peer) as here:
            told = here.run("calls", size.calls, size.budget_s, "end")
            whole = here.run("size").get("bytes", 0)
        with place(peer) as here:
            here.run("calls", 1, size.budget_s, "end")
            empty = here.run("size").get("bytes", 0)
        made = told.get("calls", 1)
        return {**told, "bytes_a_point": (whole - empty) / max(1, made - 2)}

    rows = _rounds(peers, max(1, size.rounds // 2), one)
    for peer in peers:
        rows[peer.title]["kept"] = _survivors(peer, "calls", size.calls, size.budget_s, "kill")
        rows[peer.title]["kept_paced"] = _survivors(peer, "paced", 1000, 200)
    return rows


def many_runs(peers: Sequence[Peer], size: Size) -> Rows:
    def one(peer: Peer) -> Told:
        with place(peer) as here:
            made = here.run("runs", size.runs, size.budget_s * 3, timeout_s=900)
            disk = here.run("size", timeout_s=600)
            found = here.run("query", timeout_s=600)
            count = max(1, made.get("made", 1))
            return {
                **made,
                "disk_kb": disk.get("bytes", 0) / count / 1024,
                "allocated_kb": disk.get("allocated", 0) / count / 1024,
                **{name: found.get(name) for name in ("first_ms", "repeat_ms", "found", "failed")},
            }

    return _rounds(peers, 1, one)


def long_metric(peers: Sequence[Peer], size: Size) -> Rows:
    def one(peer: Peer) -> Told:
        with place(peer) as here:
            written = here.run("long_write", size.points, size.budget_s * 3, timeout_s=900)
            disk = here.run("size", timeout_s=600).get("bytes", 0)
            read = here.run("long_read", timeout_s=600)
            count = max(1, written.get("written", 1))
            return {**written, **read, "bytes_a_point": disk / count}

    return _rounds(peers, 1, one)


def hostile(peers: Sequence[Peer], size: Size) -> Rows:
    from .tasks import HOSTILE

    rows: Rows = {}
    for peer in peers:
        row: dict[str, Any] = {}
        for name in HOSTILE:
            row[name] = _verdict(_once(peer, "hostile", name))
        row["parameter of 100 kB"] = _verdict(_once(peer, "parameter", 100_000))
        row["steps 5, 3, 4, 3"] = _kept_of(peer, 4, "steps")
        row["two processes, new folder"] = _two_processes(peer)
        rows[peer.title] = row
    return rows


def disks(peers: Sequence[Peer], size: Size) -> Rows:
    rows: Rows = {}
    for peer in peers:
        with small_disk(peer, "4m") as here:
            full = here.run("endure", 200_000, 15, timeout_s=60)
        with unwritable(peer) as here:
            refused = here.run("endure", 1000, 15, timeout_s=60)
        rows[peer.title] = {
            "full": _endured(full),
            "full_longest_ms": full.get("longest_ms"),
            "unwritable": _endured(refused),
            "unwritable_longest_ms": refused.get("longest_ms"),
        }
    return rows


def sharing(peers: Sequence[Peer], size: Size) -> Rows:
    rows: Rows = {}
    for peer in peers:
        row: dict[str, Any] = {}
        with place(peer) as here:
            told = here.run("forks", 2, 100, timeout_s=60)
            counts = [here.run("counted", f"child{n}", "main").get("count") for n in range(2)]
            row["forks"] = _shared(told, sum(c or 0 for c in counts), 200)
        with place(peer) as here:
            told = here.run("threads", 8, 500, timeout_s=120)
            row["threads"] = _shared(
                told, here.run("counted", "loss", "main").get("count") or 0, 4000
            )
        rows[peer.title] = row
    return rows


def training(peers: Sequence[Peer], size: Size) -> Rows:
    """Paired: each tracked loop stands beside an untracked one of the same round."""
    rounds = _once(peers[0], "calibrate", 1.0)["rounds"]
    ratios: dict[str, list[float]] = {peer.title: [] for peer in peers}
    for _ in range(max(3, size.rounds)):
        for peer in peers:
            bare = _once(peer, "training", size.steps, rounds, "bare").get("loop_s")
            told = _once(peer, "training", size.steps, rounds, "tracked").get("loop_s")
            if bare and told:
                ratios[peer.title].append(told / bare)
    return {
        title: {"slower_percent": (statistics.median(seen) - 1) * 100 if seen else None}
        for title, seen in ratios.items()
    }


SECTIONS = (
    Section(
        "import",
        "Import, fresh process",
        {"import_ms": "ms", "modules": "modules", "rss_mib": "MiB"},
        imports,
    ),
    Section(
        "start",
        "Start with three parameters → first metric",
        {"first_ms": "new folder, ms", "second_ms": "second run, ms", "finish_ms": "finish, ms"},
        starts,
    ),
    Section(
        "calls",
        "One scalar with a step, tight loop",
        {
            "p50_us": "p50, µs",
            "p90_us": "p90, µs",
            "p99_us": "p99, µs",
            "max_ms": "max, ms",
            "total_s": "total, s",
            "calls": "calls made",
            "finish_s": "finish, s",
            "main_us": "CPU a call, µs",
            "background_us": "other threads, µs",
            "bytes_a_point": "bytes a point",
            "kept": "kept after `kill -9`",
            "kept_paced": "kept, 200 a second",
        },
        calls,
    ),
    Section(
        "runs",
        "Small runs of 10 parameters and 10 metrics; `acc > 0.5`, best first",
        {
            "made": "made",
            "create_ms": "create, ms",
            "disk_kb": "kB a run",
            "allocated_kb": "allocated, kB",
            "first_ms": "query, ms",
            "repeat_ms": "again, ms",
            "found": "found",
            "failed": "",
        },
        many_runs,
    ),
    Section(
        "long",
        "One metric of very many points",
        {
            "written": "written",
            "points_per_s": "points/s",
            "bytes_a_point": "bytes a point",
            "read": "read",
            "read_ms": "read, ms",
            "again_ms": "again, ms",
        },
        long_metric,
    ),
    Section("hostile", "Hostile values (r: raises into the user's code)", {}, hostile),
    Section(
        "disk",
        "Full disk (4 MB) and unwritable folder",
        {
            "full": "full disk",
            "full_longest_ms": "longest call, ms",
            "unwritable": "unwritable folder",
            "unwritable_longest_ms": "longest call, ms",
        },
        disks,
    ),
    Section(
        "sharing",
        "Forks and threads: points that are in the run",
        {"forks": "2 forked children × 100", "threads": "8 threads × 500"},
        sharing,
    ),
    Section(
        "training",
        "A training loop of 1 ms steps, one call a step",
        {"slower_percent": "slower by, %"},
        training,
    ),
)


def _once(peer: Peer, task: str, *arguments: object) -> Told:
    with place(peer) as here:
        return here.run(task, *arguments)


def _rounds(peers: Sequence[Peer], rounds: int, one: Callable[[Peer], Told]) -> Rows:
    """Medians over rounds of the cells that are numbers; the last word of the others."""
    seen: dict[str, list[Told]] = {peer.title: [] for peer in peers}
    for _ in range(rounds):
        for peer in peers:
            seen[peer.title].append(one(peer))
    return {title: _medians(told) for title, told in seen.items()}


def _medians(told: list[Told]) -> dict[str, Any]:
    row: dict[str, Any] = dict(told[-1])
    for key, value in row.items():
        numbers = [one[key] for one in told if isinstance(one.get(key), (int, float))]
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            row[key] = statistics.median(numbers)
    return row


def _survivors(peer: Peer, task: str, *arguments: object) -> str:
    """Points that a fresh process finds after the writer was killed."""
    import time

    with place(peer) as here:
        made = here.run(task, *arguments, timeout_s=180).get("made")
        time.sleep(4)  # side processes of the peer may still drain what they were given
        kept = here.run("counted", timeout_s=300).get("count")
    return f"{_or_dash(kept)} of {_or_dash(made)}"


def _or_dash(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _verdict(told: Told) -> str:
    if "hung" in told:
        return "hangs"
    if "failed" in told:
        return "r"
    return "ok" if told.get("raised") is None else "r"


def _kept_of(peer: Peer, wanted: int, task: str) -> str:
    with place(peer) as here:
        verdict = _verdict(here.run(task))
        kept = here.run("counted").get("count")
    return verdict if verdict != "ok" else f"{_or_dash(kept)} of {wanted}"


def _two_processes(peer: Peer) -> str:
    """Two runs of 500 calls that begin at once in one new folder."""
    with place(peer) as here:
        both = [here.begin("calls", 499, 60, "end") for _ in range(2)]
        told = [here.end(one, 120) for one in both]
        kept = here.run("counted").get("count")
    raised = sum("failed" in one for one in told)
    hung = sum("hung" in one for one in told)
    words = [f"{_or_dash(kept)} of 1,000"]
    words += [f"{raised} r"] if raised else []
    return ", ".join(words + ([f"{hung} hang"] if hung else []))


def _endured(told: Told) -> str:
    if "hung" in told:
        return f"hangs > {told['hung']:.0f} s"
    if "failed" in told:
        return f"dies: {told['failed'].split(':')[0]}"
    if "raised_at" in told:
        return f"r at start after {told['start_s']:.1f} s"
    raised = sum(told["raised"].values())
    words = [f"r in {raised:,} of {told['made']:,}"] if raised else ["goes on"]
    words += ["finish r"] if told.get("finish_raised") else []
    return ", ".join([*words, "warns" if told.get("warned") else "silent"])


def _shared(told: Told, kept: int, wanted: int) -> str:
    if "hung" in told:
        return f"hangs > {told['hung']:.0f} s"
    if "failed" in told and isinstance(told["failed"], str):
        return "r"
    words = [f"{kept:,} of {wanted:,}"]
    words += [f"r in {told['raised']:,}"] if told.get("raised") else []
    return ", ".join(words + ([f"{told['failed']} children died"] if told.get("failed") else []))
