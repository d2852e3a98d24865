"""Ours beside Trackio, W&B offline, MLflow, Aim, DVCLive and tensorboardX on the same work, in one run.

    python -m bench.tracking [--quick] [--only import calls …] [--peers trackio …] [--rounds N] [--json FILE]

The first run installs the peers below ``.cache/bench`` (pip, about 2 GB). Prints Markdown: medians of fresh
processes that take turns, and ratios to ours in brackets. Needs Linux; full disk and unwritable folder need root.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from typing import Any

from .peerset import OURS, PEERS, Peer, interpreter
from .sections import SECTIONS, Rows, Section, Size

FULL = Size(rounds=7, calls=20_000, runs=1_000, points=100_000, steps=3_000, budget_s=20)
QUICK = Size(rounds=3, calls=5_000, runs=200, points=20_000, steps=1_000, budget_s=5)


def main() -> None:
    given = _arguments()
    peers = [OURS, *(p for p in PEERS if not given.peers or _named(p, given.peers))]
    for peer in peers:
        interpreter(peer)
    size = QUICK if given.quick else FULL
    size = size._replace(
        rounds=given.rounds or size.rounds, budget_s=given.budget_s or size.budget_s
    )
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, Linux {platform.release()}."
    )
    results: dict[str, Rows] = {}
    for section in SECTIONS:
        if given.only and section.key not in given.only:
            continue
        if section.key == "disk" and os.geteuid() != 0:
            print(f"\n### {section.title}\n\nLeft out: needs root.")
            continue
        before = os.getloadavg()[0]
        rows = results[section.key] = section.measure(peers, size)
        print(f"\n### {section.title}\n\nLoad {before:.1f} → {os.getloadavg()[0]:.1f}.\n")
        print(table(section, rows), flush=True)
    if given.json:
        with open(given.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)


def table(section: Section, rows: Rows) -> str:
    """Markdown, a line a peer; in brackets the ratio to ours."""
    ours = rows[OURS.title]
    columns = section.columns or {name: name for name in ours}
    columns = {key: title or key for key, title in columns.items() if _any(rows, key)}
    lines = ["| | " + " | ".join(columns.values()) + " |", "|---|" + "---|" * len(columns)]
    for title, row in rows.items():
        cells = [_cell(row.get(key), ours.get(key), title == OURS.title) for key in columns]
        failed = row.get("failed") if len(row) <= 2 else None
        cells = [str(failed)] + [""] * (len(cells) - 1) if failed else cells
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _any(rows: Rows, key: str) -> bool:
    return any(row.get(key) is not None for row in rows.values())


def _cell(value: Any, ours: Any, is_ours: bool) -> str:
    if value is None:
        return "–"
    if not isinstance(value, (int, float)):
        return str(value).replace("|", "/")
    shown = f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.2f}"
    comparable = isinstance(ours, (int, float)) and abs(ours) > 1e-9 and not is_ours
    return f"{shown} ({value / ours:,.1f})" if comparable else shown


def _named(peer: Peer, names: list[str]) -> bool:
    return any(name.lower() in f"{peer.title} {peer.module}".lower() for name in names)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.tracking", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "--quick", action="store_true", help="less work: a look, no figures to quote"
    )
    parser.add_argument("--only", nargs="*", choices=[section.key for section in SECTIONS])
    parser.add_argument("--peers", nargs="*", default=[])
    parser.add_argument("--rounds", type=int, help="fresh processes behind each median")
    parser.add_argument("--budget-s", type=float, help="seconds a slow peer's loop may take")
    parser.add_argument("--json", metavar="FILE")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
